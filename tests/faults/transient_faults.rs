//! What can go wrong on the way between the product and Azure: the rows of the matrix.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::phases::{MatrixKind, RequestPhase};
use crate::in_process::{InProcessTransport, NetworkBreak, NetworkFault};
use crate::simulator::fault::Matcher;
use crate::simulator::{Action, Fault};

/// A host that is not Azure's.
pub const ELSEWHERE: &str = "https://management.azure.com.elsewhere.example/take";

/// A fault, most of them over soon.
#[derive(Clone, Debug)]
pub enum InjectedFault {
    Http(Action),
    Network(NetworkBreak),
}

/// A row of the matrix.
#[derive(Clone, Debug)]
pub struct TransientFault {
    pub name: &'static str,
    pub what: InjectedFault,
    /// How many requests of the phase in a row meet it; `None`: all.
    pub times: Option<u32>,
}

impl TransientFault {
    /// Puts it over the request of `phase`, which `kind` has.
    pub fn inject(&self, transport: &InProcessTransport, kind: &MatrixKind, phase: &RequestPhase) {
        let (method, path) = kind.request(phase).expect("the phase is one of this kind");
        match &self.what {
            InjectedFault::Http(action) => {
                let matcher = Matcher {
                    method: Some(method.to_owned()),
                    path,
                    nth: phase.nth,
                    times: self.times,
                    after_accepted_restores: phase.after_accepted_restores,
                };
                transport.simulator().inject(Fault { matcher, action: action.clone() });
            }
            InjectedFault::Network(what) => transport.break_down(NetworkFault {
                method,
                path,
                nth: phase.nth,
                times: self.times,
                after_accepted_restores: phase.after_accepted_restores,
                what: *what,
            }),
        }
    }
}

fn status(status: u16, headers: &[(&str, &str)], code: &str) -> InjectedFault {
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body =
        if code.is_empty() { Value::Null } else { json!({"error": {"code": code, "message": "scripted by the test"}}) };
    InjectedFault::Http(Action::Status { status, headers, body })
}

fn answer(body: Value) -> InjectedFault {
    InjectedFault::Http(Action::Status { status: 200, headers: BTreeMap::new(), body })
}

/// All rows, in the order of the table.
pub fn all() -> Vec<TransientFault> {
    let once = |name, what| TransientFault { name, what, times: Some(1) };
    let thrice = |name, what| TransientFault { name, what, times: Some(3) };
    let always = |name, what| TransientFault { name, what, times: None };
    let nested = Value::String("[".repeat(200_000));
    let wrong = json!({"value": 7, "id": [], "name": {}, "status": {"a": 1}, "properties": "text", "access_token": 7,
        "expires_in": "soon"});
    vec![
        thrice("429 in seconds", status(429, &[("Retry-After", "7")], "TooManyRequests")),
        once("429 as a date", status(429, &[("Retry-After", "Fri, 20 Nov 2026 12:01:00 GMT")], "TooManyRequests")),
        thrice("429 without time", status(429, &[], "TooManyRequests")),
        once("429 absurd", status(429, &[("Retry-After", "99999999999")], "TooManyRequests")),
        always("429 for ever", status(429, &[("Retry-After", "60")], "TooManyRequests")),
        thrice("500", status(500, &[], "InternalServerError")),
        thrice("500 empty", status(500, &[], "")),
        thrice("502", status(502, &[], "BadGateway")),
        thrice("502 empty", status(502, &[], "")),
        thrice("503", status(503, &[("Retry-After", "20")], "ServiceUnavailable")),
        thrice("503 empty", status(503, &[], "")),
        thrice("504", status(504, &[], "GatewayTimeout")),
        thrice("504 empty", status(504, &[], "")),
        always("500 for ever", status(500, &[], "InternalServerError")),
        once(
            "504 accepted",
            InjectedFault::Http(Action::StatusAfterAcceptance {
                status: 504,
                headers: BTreeMap::new(),
                body: Value::Null,
            }),
        ),
        thrice("refused", InjectedFault::Network(NetworkBreak::Refused)),
        always("refused for ever", InjectedFault::Network(NetworkBreak::Refused)),
        thrice("no such host", InjectedFault::Network(NetworkBreak::NoSuchHost)),
        thrice("tls failure", InjectedFault::Network(NetworkBreak::TlsFailure)),
        thrice("untrusted", InjectedFault::Network(NetworkBreak::Untrusted)),
        once("reset before", InjectedFault::Http(Action::ResetBeforeAcceptance)),
        once("reset after", InjectedFault::Http(Action::ResetAfterAcceptance)),
        once("cut short", InjectedFault::Http(Action::TruncatedBody)),
        once("slow headers", InjectedFault::Http(Action::SlowHeaders(70_000))),
        once("slower headers", InjectedFault::Http(Action::SlowHeaders(700_000))),
        once("slow body", InjectedFault::Http(Action::SlowBody(70_000))),
        once("slower body", InjectedFault::Http(Action::SlowBody(700_000))),
        once("swallowed", InjectedFault::Network(NetworkBreak::Swallowed)),
        once("silence", InjectedFault::Network(NetworkBreak::Silence)),
        once("expired token", InjectedFault::Http(Action::TokenExpired)),
        always("401 for ever", status(401, &[], "InvalidAuthenticationToken")),
        always("403", status(403, &[], "AuthorizationFailed")),
        once("404 once", status(404, &[], "ResourceNotFound")),
        always("404 for ever", status(404, &[], "ResourceNotFound")),
        always("400", status(400, &[], "BadRequest")),
        once("408", status(408, &[], "RequestTimeout")),
        once("malformed", InjectedFault::Http(Action::MalformedBody)),
        always("malformed always", InjectedFault::Http(Action::MalformedBody)),
        once("nested", answer(nested)),
        once("huge", InjectedFault::Network(NetworkBreak::Huge)),
        once("wrong types", answer(wrong)),
        once("odd jobs", answer(json!({"value": [{"x": 1}, 7]}))),
        always("odd jobs always", answer(json!({"value": [{"x": 1}, 7]}))),
        once("null", answer(Value::String("null".into()))),
        once("page", InjectedFault::Http(Action::Html { status: 502 })),
        once("page as 200", InjectedFault::Http(Action::Html { status: 200 })),
        always("page as 200 always", InjectedFault::Http(Action::Html { status: 200 })),
        once("redirected", InjectedFault::Http(Action::RedirectTo(ELSEWHERE.into()))),
        once("http redirect", InjectedFault::Http(Action::RedirectTo("http://management.azure.com/x".into()))),
    ]
}
