//! What comes in at the socket and is no call of a well-behaved client: no panic, no hang, no memory without a bound, and
//! the next proper call is answered.

use tfplugin::proto::tfplugin6::get_metadata;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use super::client::{Client, tls};
use super::plugin::{PATIENCE, Plugin, Start};

/// All cases together may leave so much behind. Message sizes are claimed that are eight times as large.
#[cfg(target_os = "linux")]
const MOST_GROWTH_KIB: usize = 32 * 1024;

/// How far the sender gets before it talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The bare socket.
    Socket,
    /// TLS without a certificate.
    Anonymous,
    /// TLS with the certificate that the plugin was started with.
    Tls,
}

/// What the sender does then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It waits until the server closes the connection.
    IsClosed,
    /// The same, where that takes as long as a handshake may.
    IsGivenUp,
    /// It waits until each of so many streams is answered: headers, a reset, or the end of the connection.
    IsAnswered(usize),
    /// It closes its half, and waits for the other one.
    Hangs,
    /// It goes without waiting for anything.
    Goes,
}

struct Case {
    name: &'static str,
    over: Over,
    sends: Vec<u8>,
    then: Then,
}

fn case(name: &'static str, over: Over, sends: impl Into<Vec<u8>>, then: Then) -> Case {
    Case { name, over, sends: sends.into(), then }
}

// HTTP/2, as far as it takes to get it wrong (RFC 9113, section 6; RFC 7541 for the headers).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;
const CONTINUATION: u8 = 0x9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header field, without compression.
fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![0x00], text(name), text(value)].concat()
}

fn headers_of(path: &str) -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ];
    fields.into_iter().flat_map(|(name, value)| field(name, value)).collect()
}

const METADATA: &str = "/tfplugin6.Provider/GetMetadata";

/// The beginning of a connection, then these frames.
fn connection(frames: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let begin = [PREFACE.to_vec(), frame(SETTINGS, 0, 0, &[])];
    begin.into_iter().chain(frames).flatten().collect()
}

/// A call on this stream with these bytes as its one message, prefix and all.
fn call(stream: u32, path: &str, message: &[u8]) -> Vec<u8> {
    let headers = frame(HEADERS, END_HEADERS, stream, &headers_of(path));
    [headers, frame(DATA, END_STREAM, stream, message)].concat()
}

/// A call whose message is announced with this prefix, and of which nothing more comes.
fn announced(stream: u32, prefix: [u8; 5]) -> Vec<u8> {
    let headers = frame(HEADERS, END_HEADERS, stream, &headers_of(METADATA));
    [headers, frame(DATA, 0, stream, &prefix)].concat()
}

/// The numbers of a client's streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| 2 * number + 1)
}

fn cases() -> Vec<Case> {
    let noise: Vec<u8> = (0u32..200_000).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let half_hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    let filler = field("x", &"a".repeat(200)).repeat(60);
    let http1 =
        "POST /tfplugin6.Provider/GetMetadata HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0";
    let oversized = [1u32 << 28, u32::MAX].map(|length| {
        let [a, b, c, d] = (length - 1).to_be_bytes();
        [0, a, b, c, d]
    });
    let unknown = ["/", "/tfplugin6.Provider/", "/tfplugin5.Provider/GetSchema", "/tfplugin6.Provider/%00"];
    vec![
        case("rubbish instead of TLS", Over::Socket, noise.clone(), Then::IsClosed),
        case("HTTP/1 instead of TLS", Over::Socket, http1, Then::IsClosed),
        case("HTTP/2 instead of TLS", Over::Socket, connection([call(1, METADATA, &[0; 5])]), Then::IsClosed),
        case("half a hello, and gone", Over::Socket, half_hello, Then::Goes),
        case("half a hello, then the half is closed", Over::Socket, half_hello, Then::Hangs),
        case("half a hello, then silence", Over::Socket, half_hello, Then::IsGivenUp),
        case("nothing at all", Over::Socket, [], Then::IsGivenUp),
        case("nothing, then the half is closed", Over::Socket, [], Then::Hangs),
        case("no certificate", Over::Anonymous, connection([call(1, METADATA, &[0; 5])]), Then::IsClosed),
        case("rubbish", Over::Tls, noise, Then::IsClosed),
        case("HTTP/1", Over::Tls, http1, Then::IsClosed),
        case("half a preface, then the half is closed", Over::Tls, &PREFACE[..9], Then::Hangs),
        case("nothing after TLS, and gone", Over::Tls, [], Then::Goes),
        case(
            "half a frame, then the half is closed",
            Over::Tls,
            &connection([call(1, METADATA, &[])])[..40],
            Then::Hangs,
        ),
        case("a call, and gone", Over::Tls, connection([call(1, METADATA, &[0; 5])]), Then::Goes),
        case("a call, then the half is closed", Over::Tls, connection([call(1, METADATA, &[0; 5])]), Then::Hangs),
        case("a frame longer than any", Over::Tls, connection([[0xff; 9].to_vec()]), Then::IsClosed),
        case(
            "frames of unknown kinds",
            Over::Tls,
            connection((64..=255).map(|kind| frame(kind, 0xff, 0, &[7; 99]))),
            Then::Goes,
        ),
        case("a setting that is none", Over::Tls, connection([frame(SETTINGS, 0, 0, &[0; 5])]), Then::IsClosed),
        case("data on no stream", Over::Tls, connection([frame(DATA, 0, 0, b"x")]), Then::IsClosed),
        case("data on a stream nobody opened", Over::Tls, connection([frame(DATA, 0, 99, b"x")]), Then::IsClosed),
        case("a stream of the server's", Over::Tls, connection([call(2, METADATA, &[0; 5])]), Then::IsClosed),
        case(
            "headers that are none",
            Over::Tls,
            connection([frame(HEADERS, END_HEADERS, 1, &[0xff; 64])]),
            Then::IsClosed,
        ),
        case(
            "headers without an end, then a ping",
            Over::Tls,
            connection([frame(HEADERS, 0, 1, &headers_of(METADATA)), frame(PING, 0, 0, &[0; 8])]),
            Then::IsClosed,
        ),
        case(
            "headers that never end",
            Over::Tls,
            connection(
                std::iter::once(frame(HEADERS, 0, 1, &headers_of(METADATA)))
                    .chain((0..5_000).map(|_| frame(CONTINUATION, 0, 1, &filler))),
            ),
            Then::IsClosed,
        ),
        case(
            "huge headers",
            Over::Tls,
            connection([
                frame(HEADERS, 0, 1, &headers_of(METADATA)),
                frame(CONTINUATION, 0, 1, &filler),
                frame(CONTINUATION, END_HEADERS, 1, &filler),
            ]),
            Then::IsAnswered(1),
        ),
        case(
            "ten thousand streams without an end",
            Over::Tls,
            connection(streams(10_000).map(|stream| frame(HEADERS, END_HEADERS, stream, &headers_of(METADATA)))),
            Then::Goes,
        ),
        case(
            "ten thousand calls",
            Over::Tls,
            connection(streams(10_000).map(|stream| call(stream, METADATA, &[0; 5]))),
            Then::Goes,
        ),
        case(
            "ten thousand streams that are reset at once",
            Over::Tls,
            connection(streams(10_000).map(|stream| {
                [
                    frame(HEADERS, END_HEADERS, stream, &headers_of(METADATA)),
                    frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]),
                ]
                .concat()
            })),
            Then::IsClosed,
        ),
        case(
            "a hundred thousand pings",
            Over::Tls,
            connection((0..100_000).map(|_| frame(PING, 0, 0, &[0; 8]))),
            Then::Goes,
        ),
        case("no message", Over::Tls, connection([call(1, METADATA, &[])]), Then::IsAnswered(1)),
        case("half a prefix", Over::Tls, connection([call(1, METADATA, &[0, 0])]), Then::IsAnswered(1)),
        case(
            "fewer bytes than the prefix says",
            Over::Tls,
            connection([call(1, METADATA, &[0, 0, 0, 0, 9, 1])]),
            Then::IsAnswered(1),
        ),
        case(
            "more bytes than the prefix says",
            Over::Tls,
            connection([call(1, METADATA, &[0, 0, 0, 0, 1, 8, 1, 1])]),
            Then::IsAnswered(1),
        ),
        case(
            "a message that is none",
            Over::Tls,
            connection([call(1, "/tfplugin6.Provider/ApplyResourceChange", &[0, 0, 0, 0, 3, 0xff, 0xff, 0xff])]),
            Then::IsAnswered(1),
        ),
        case(
            "the flag of compression",
            Over::Tls,
            connection([call(1, METADATA, &[1, 0, 0, 0, 1, 0x1f])]),
            Then::IsAnswered(1),
        ),
        case("a flag that is none", Over::Tls, connection([call(1, METADATA, &[9, 0, 0, 0, 0])]), Then::IsAnswered(1)),
        case(
            "the largest message there may be, announced a hundred times",
            Over::Tls,
            connection(streams(100).map(|stream| announced(stream, oversized[0]))),
            Then::Goes,
        ),
        case("a message larger than any", Over::Tls, connection([announced(1, oversized[1])]), Then::IsAnswered(1)),
        case(
            "methods that nobody knows",
            Over::Tls,
            connection(streams(4).zip(unknown).map(|(stream, path)| call(stream, path, &[0; 5]))),
            Then::IsAnswered(4),
        ),
    ]
}

trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytes for S {}

async fn connect(plugin: &Plugin, over: Over) -> Box<dyn Bytes> {
    match over {
        Over::Socket => Box::new(UnixStream::connect(plugin.field(3)).await.unwrap()),
        Over::Anonymous => Box::new(tls(plugin, None).await.unwrap()),
        Over::Tls => Box::new(tls(plugin, plugin.identity.as_ref()).await.unwrap()),
    }
}

/// How many of a client's streams these bytes answer, and whether they end the connection.
fn answered(mut bytes: &[u8]) -> (usize, bool) {
    let (mut streams, mut over) = (std::collections::BTreeSet::new(), false);
    while let [a, b, c, kind, _, stream @ ..] = bytes
        && let Some((stream, rest)) = stream.split_first_chunk::<4>()
    {
        match *kind {
            HEADERS | RST_STREAM => drop(streams.insert(u32::from_be_bytes(*stream))),
            GOAWAY => over = true,
            _ => {}
        }
        bytes = rest.get(usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)..).unwrap_or_default();
    }
    (streams.len(), over)
}

/// Plays one case. What went wrong, if anything.
async fn play(plugin: &Plugin, case: &Case) -> Result<(), String> {
    let (mut reader, mut writer) = tokio::io::split(connect(plugin, case.over).await);
    let sends = case.sends.clone();
    // A server that has heard enough takes no more, and what it has said is read meanwhile.
    let sender = tokio::spawn(async move {
        let _ = writer.write_all(&sends).await;
        let _ = writer.flush().await;
        writer
    });
    let mut heard = Vec::new();
    let waits = async {
        match case.then {
            Then::Goes => tokio::select! {
                sent = sender => drop(sent.unwrap()),
                _ = reader.read_to_end(&mut heard) => {}
            },
            Then::Hangs => {
                let mut writer = sender.await.unwrap();
                let _ = writer.shutdown().await;
                let _ = reader.read_to_end(&mut heard).await;
            }
            Then::IsClosed | Then::IsGivenUp => drop(reader.read_to_end(&mut heard).await),
            Then::IsAnswered(count) => loop {
                let (streams, over) = answered(&heard);
                if streams >= count || over || !matches!(reader.read_buf(&mut heard).await, Ok(1..)) {
                    break;
                }
            },
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waits).await;
    waited.map_err(|_| format!("{}: nothing comes of it; heard {} bytes", case.name, heard.len()))
}

async fn is_answered(client: &Client) -> Result<(), String> {
    let call = client.unary::<_, get_metadata::Response>(METADATA, get_metadata::Request {});
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(status)) => Err(format!("a proper call is answered with {status}")),
        Err(_) => Err("a proper call is not answered".to_owned()),
    }
}

#[cfg(target_os = "linux")]
fn resident_kib(plugin: &Plugin) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", plugin.child.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn whatever_comes_in_harms_nobody_and_the_next_proper_call_is_answered() {
    let mut plugin = Start::by_terraform().env("TF_LOG", "WARN").plugin().await;
    let faithful = plugin.client().await;
    is_answered(&faithful).await.unwrap();
    #[cfg(target_os = "linux")]
    let before = resident_kib(&plugin);
    let mut wrong = Vec::new();
    let (slow, quick): (Vec<Case>, Vec<Case>) = cases().into_iter().partition(|case| case.then == Then::IsGivenUp);
    let [silent, mute] = slow.as_slice() else { panic!("{} slow cases", slow.len()) };
    let busy = async {
        let mut found = Vec::new();
        for case in &quick {
            found.extend(play(&plugin, case).await.err());
            let mut proper = is_answered(&faithful).await;
            if proper.is_ok() {
                proper = is_answered(&plugin.client().await).await;
            }
            found.extend(proper.err().map(|error| format!("after {}: {error}", case.name)));
        }
        found
    };
    let (silent, mute, busy) = tokio::join!(play(&plugin, silent), play(&plugin, mute), busy);
    wrong.extend(silent.err());
    wrong.extend(mute.err());
    wrong.extend(busy);
    is_answered(&faithful).await.unwrap();
    #[cfg(target_os = "linux")]
    {
        let growth = resident_kib(&plugin).saturating_sub(before);
        if growth > MOST_GROWTH_KIB {
            wrong.push(format!("{growth} KiB more than before"));
        }
    }
    let said = plugin.stderr_with("", 0).await;
    if said.contains("panic") {
        wrong.push(said);
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    faithful.shutdown().await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}
