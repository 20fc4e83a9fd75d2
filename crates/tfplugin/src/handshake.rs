//! go-plugin's handshake as pure functions: the environment of the process in, a decision and one line out.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Terraform's and OpenTofu's value of `TF_PLUGIN_MAGIC_COOKIE`. No secret: it tells a start by Terraform from one by hand.
pub const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The only version of Terraform's plugin protocol spoken here. Its minor versions are not negotiated.
pub const PROTOCOL_VERSION: u32 = 6;

const CORE_PROTOCOL_VERSION: u32 = 1;

/// What go-plugin's client tells a plugin through the environment, as it stands there.
#[derive(Clone, Debug, Default)]
pub struct PluginEnvironment {
    magic_cookie: Option<String>,
    protocol_versions: Option<String>,
    client_certificate: Option<String>,
    minimum_port: Option<String>,
    maximum_port: Option<String>,
    socket_directory: Option<PathBuf>,
    temporary_directory: Option<PathBuf>,
    multiplexing: bool,
}

impl PluginEnvironment {
    /// Takes what matters from `variable`, usually [`std::env::var_os`].
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let text = |name| set(name).and_then(|value| value.into_string().ok());
        Self {
            magic_cookie: text("TF_PLUGIN_MAGIC_COOKIE"),
            protocol_versions: text("PLUGIN_PROTOCOL_VERSIONS"),
            client_certificate: set("PLUGIN_CLIENT_CERT").map(|value| value.to_string_lossy().into_owned()),
            minimum_port: text("PLUGIN_MIN_PORT"),
            maximum_port: text("PLUGIN_MAX_PORT"),
            socket_directory: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            temporary_directory: set("TMPDIR").map(PathBuf::from),
            multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
        }
    }

    /// Decides whether and how to serve.
    ///
    /// # Errors
    /// [`HandshakeError`] if this is not a start by Terraform, or one that cannot be served safely.
    pub fn negotiate(&self) -> Result<NegotiatedStart, HandshakeError> {
        if self.magic_cookie.as_deref() != Some(MAGIC_COOKIE) {
            return Err(HandshakeError::StartedByHand);
        }
        let client_certificate = match &self.client_certificate {
            None => None,
            Some(pem) => {
                let der = CertificateDer::from_pem_slice(pem.as_bytes());
                Some(der.map_err(|_| HandshakeError::UnreadableClientCertificate)?)
            }
        };
        Ok(NegotiatedStart {
            client_certificate,
            version_offered: self.version_offered(),
            bind_options: self.bind_options(),
            multiplexing: self.multiplexing,
        })
    }

    /// Where to listen; all that matters of the environment when no client started this process.
    pub fn bind_options(&self) -> BindOptions {
        BindOptions {
            socket_directory: self.socket_directory.clone(),
            temporary_directory: self.temporary_directory.clone(),
            ports: self.ports(),
        }
    }

    /// A client that names no versions is older than the variable and takes what it gets.
    fn version_offered(&self) -> bool {
        self.protocol_versions
            .as_deref()
            .is_none_or(|versions| versions.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION)))
    }

    fn ports(&self) -> RangeInclusive<u16> {
        let port = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse::<u16>().ok());
        match (port(&self.minimum_port), port(&self.maximum_port)) {
            (Some(minimum), Some(maximum)) if minimum <= maximum => minimum..=maximum,
            _ => 0..=0,
        }
    }
}

/// What was agreed on with the client that started this process.
#[derive(Clone, Debug)]
pub struct NegotiatedStart {
    /// The only certificate that may connect; none if the client has switched TLS off.
    pub client_certificate: Option<CertificateDer<'static>>,
    /// False if the client does not speak protocol 6. Answer all the same: only a client that reads the version in the
    /// handshake line can tell its user what is wrong; after an exit it complains about the file's format.
    pub version_offered: bool,
    /// Where the server may listen.
    pub bind_options: BindOptions,
    multiplexing: bool,
}

/// Where a listener may be opened.
#[derive(Clone, Debug)]
pub struct BindOptions {
    /// Directory for sockets named by the client; then no other will do.
    pub socket_directory: Option<PathBuf>,
    /// The user's directory for temporary files, if it is not the system's.
    pub temporary_directory: Option<PathBuf>,
    /// TCP ports to try, in order; `0..=0` leaves the choice to the system.
    pub ports: RangeInclusive<u16>,
}

/// Why this process will not serve. The text is for the person who reads standard error; the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The magic cookie is missing or wrong.
    #[error(
        "This program is a Terraform provider. Terraform and OpenTofu start it by themselves and talk to it over a \
         private connection; it does nothing when started by hand. Name the provider in a configuration and run \
         `terraform init`, or start it with -debug and attach Terraform to it."
    )]
    StartedByHand,
    /// Going on would mean serving whoever connects.
    #[error("PLUGIN_CLIENT_CERT does not hold a certificate in PEM form, so no client could be told from another.")]
    UnreadableClientCertificate,
}

/// Where the server listens, as the handshake line and Terraform's reattach variable write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Absolute path of a unix socket.
    Unix(PathBuf),
    /// A loopback address with its port.
    Tcp(std::net::SocketAddr),
}

impl Address {
    /// The kind of socket as go-plugin calls it: `unix` or `tcp`.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(formatter),
            Self::Tcp(address) => address.fmt(formatter),
        }
    }
}

/// The line that tells the client where and how to connect, with its newline.
///
/// Fields: go-plugin's own version, Terraform's protocol version, network, address, kind of RPC, the server's certificate
/// (DER in base64 without padding: clients refuse padding). A seventh field only for clients that ask: older ones take it
/// for a part of the certificate.
pub fn handshake_line(
    terms: &NegotiatedStart,
    address: &Address,
    server_certificate: Option<&CertificateDer<'_>>,
) -> String {
    let certificate = server_certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplexing = if terms.multiplexing { "|false" } else { "" };
    let network = address.network();
    format!("{CORE_PROTOCOL_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{multiplexing}\n")
}

/// The assignment that attaches Terraform and OpenTofu to a provider started by hand, ready to paste into a shell.
///
/// `provider_address` is `host/namespace/type`; the other client's default host is named as well, because each reads an
/// unqualified source with its own.
pub fn reattach_line(provider_address: &str, address: &Address, process: u32) -> String {
    let provider = provider_address.split_once('/').map_or(provider_address, |(_, provider)| provider);
    let entry = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": process,
        // Terraform 1.11 panics over protocol 6 if this is false.
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    });
    let mut entries = serde_json::Map::new();
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        entries.insert(format!("{host}/{provider}"), entry.clone());
    }
    entries.insert(provider_address.to_owned(), entry);
    format!("TF_REATTACH_PROVIDERS='{}'\n", serde_json::Value::Object(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> PluginEnvironment {
        PluginEnvironment::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    const COOKIE: (&str, &str) = ("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE);

    #[test]
    fn without_the_cookie_or_with_another_one_it_was_started_by_hand() {
        assert_eq!(environment(&[]).negotiate().unwrap_err(), HandshakeError::StartedByHand);
        let wrong = environment(&[("TF_PLUGIN_MAGIC_COOKIE", "biscuit")]);
        assert_eq!(wrong.negotiate().unwrap_err(), HandshakeError::StartedByHand);
    }

    #[test]
    fn version_six_is_found_in_any_order_and_missed_when_absent() {
        for (versions, offered) in
            [("5,6", true), ("6,5", true), (" 6 ", true), ("", true), ("5", false), ("5,16", false)]
        {
            let terms = environment(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", versions)]).negotiate().unwrap();
            assert_eq!(terms.version_offered, offered, "{versions:?}");
        }
    }

    #[test]
    fn a_client_certificate_that_cannot_be_read_is_never_served_in_plain_text() {
        let refused = environment(&[COOKIE, ("PLUGIN_CLIENT_CERT", "not a certificate")]).negotiate();
        assert_eq!(refused.unwrap_err(), HandshakeError::UnreadableClientCertificate);
        assert!(environment(&[COOKIE]).negotiate().unwrap().client_certificate.is_none());
    }

    #[test]
    fn a_range_of_ports_needs_both_ends_in_order() {
        let ports =
            |minimum, maximum| environment(&[("PLUGIN_MIN_PORT", minimum), ("PLUGIN_MAX_PORT", maximum)]).ports();
        assert_eq!(ports("10000", "25000"), 10000..=25000);
        assert_eq!(ports("10000", ""), 0..=0);
        assert_eq!(ports("25000", "10000"), 0..=0);
        assert_eq!(ports("ten", "70000"), 0..=0);
    }

    #[test]
    fn the_line_has_six_fields_and_a_certificate_without_padding() {
        let terms = environment(&[COOKIE]).negotiate().unwrap();
        let address = Address::Unix("/tmp/plugin/socket".into());
        assert_eq!(handshake_line(&terms, &address, None), "1|6|unix|/tmp/plugin/socket|grpc|\n");
        let certificate = CertificateDer::from(vec![0xfb, 0xff, 0xfe, 0x01]);
        let line = handshake_line(&terms, &Address::Tcp(([127, 0, 0, 1], 12345).into()), Some(&certificate));
        assert_eq!(line, "1|6|tcp|127.0.0.1:12345|grpc|+//+AQ\n");
    }

    #[test]
    fn a_seventh_field_is_written_only_for_clients_that_ask() {
        let terms = environment(&[COOKIE, ("PLUGIN_MULTIPLEX_GRPC", "1")]).negotiate().unwrap();
        let line = handshake_line(&terms, &Address::Unix("/s".into()), None);
        assert_eq!(line, "1|6|unix|/s|grpc||false\n");
    }

    #[test]
    fn the_reattach_line_names_both_registries() {
        let line = reattach_line("registry.terraform.io/a/b", &Address::Unix("/s".into()), 42);
        let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix("'\n").unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["registry.opentofu.org/a/b", "registry.terraform.io/a/b"]);
        let entry = &value["registry.opentofu.org/a/b"];
        assert_eq!(entry["Addr"], serde_json::json!({"Network": "unix", "String": "/s"}));
        assert_eq!((&entry["Pid"], &entry["Test"]), (&serde_json::json!(42), &serde_json::json!(true)));
        assert_eq!(entry["ProtocolVersion"], serde_json::json!(6));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_environment_is_served_safely_or_refused(
            values in proptest::collection::vec(proptest::option::of("(6|5,6|[0-9]{0,7}|/tmp|-----BEGIN CERTIFICATE-----\n[A-Za-z=]{0,9}\n-----END CERTIFICATE-----|\\PC{0,9})"), 7),
            cookie in proptest::prelude::any::<bool>(),
        ) {
            let names = ["PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_CLIENT_CERT", "PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT", "PLUGIN_UNIX_SOCKET_DIR", "TMPDIR", "PLUGIN_MULTIPLEX_GRPC"];
            let environment = PluginEnvironment::read(|name| match names.iter().position(|own| *own == name) {
                Some(position) => values[position].clone().map(Into::into),
                None => cookie.then(|| MAGIC_COOKIE.into()),
            });
            match environment.negotiate() {
                Ok(terms) => {
                    proptest::prop_assert!(cookie);
                    // Whoever names a certificate is never served without one.
                    let named = values[1].as_ref().is_some_and(|value| !value.is_empty());
                    proptest::prop_assert_eq!(terms.client_certificate.is_some(), named);
                    proptest::prop_assert!(terms.bind_options.ports.start() <= terms.bind_options.ports.end());
                }
                Err(error) => proptest::prop_assert_eq!(error == HandshakeError::StartedByHand, !cookie),
            }
        }
    }
}
