//! What is logged, and what never is.

use std::io;
use std::sync::Mutex;

use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct LogLines(Arc<Mutex<Vec<u8>>>);

impl io::Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogLines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn every_failed_try_is_reported_and_neither_token_nor_query_nor_body_ever_is() {
    let lines = LogLines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    // With one dispatcher alive, a call site that a parallel test reaches first would be switched off for all threads;
    // with two, every dispatcher is asked.
    let _second = Dispatch::new(NoSubscriber::default());
    let guard = tracing::dispatcher::set_default(&Dispatch::new(subscriber));
    tracing::callsite::rebuild_interest_cache();
    let transport = ScriptedTransport::new(vec![
        answer(401, ""),
        answer(502, ""),
        with_headers(307, &[("location", "https://westeurope.management.azure.com/y?sig=QUERY")], ""),
        answer(200, "{}"),
        answer(202, ""),
    ]);
    let client = client(&transport);
    let signed = url("https://management.azure.com/x/operationStatus/Zm==?t=1&s=QUERY");
    client.get_url(&signed, &deadline(600), Ok).await.unwrap();
    let (body, client_request_id) = (json!({"secret": "BODY"}), Uuid::nil());
    let write =
        WriteRequest { method: WriteMethod::Post, path: PATH, api_version: "1", body: &body, client_request_id };
    client.send_once(write, &deadline(3600), WAIT).await.unwrap();
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for expected in ["GET /x/operationStatus/Zm==", "status 502", "trying again", "wait_ms=1500", "sending once"] {
        assert!(text.contains(expected), "{expected} in:\n{text}");
    }
    for secret in ["token-1", "token-2", "QUERY", "BODY"] {
        assert!(!text.contains(secret), "{secret} in:\n{text}");
    }
}
