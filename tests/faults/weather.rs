//! What can go wrong on the way between the product and Azure: the rows of the matrix.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::phases::{Kind, Phase};
use crate::in_process::{Break, Broken, Door};
use crate::simulator::fault::Matcher;
use crate::simulator::{Action, Fault};

/// A host that is not Azure's.
pub const ELSEWHERE: &str = "https://management.azure.com.elsewhere.example/take";

/// One kind of bad weather.
#[derive(Clone, Debug)]
pub enum What {
    Http(Action),
    Below(Break),
}

/// A row of the matrix.
#[derive(Clone, Debug)]
pub struct Weather {
    pub name: &'static str,
    pub what: What,
    /// How many requests of the phase in a row meet it; `None`: all.
    pub times: Option<u32>,
}

impl Weather {
    /// Puts it over the request of `phase`, which `kind` has.
    pub fn over(&self, door: &Door, kind: &Kind, phase: &Phase) {
        let (method, path) = kind.request(phase).expect("the phase is one of this kind");
        match &self.what {
            What::Http(action) => {
                let matcher = Matcher {
                    method: Some(method.to_owned()),
                    path,
                    nth: phase.nth,
                    times: self.times,
                    after_accepted_restores: phase.after_accepted_restores,
                };
                door.simulator().inject(Fault { matcher, action: action.clone() });
            }
            What::Below(what) => door.break_down(Broken {
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

fn status(status: u16, headers: &[(&str, &str)], code: &str) -> What {
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body =
        if code.is_empty() { Value::Null } else { json!({"error": {"code": code, "message": "scripted by the test"}}) };
    What::Http(Action::Status { status, headers, body })
}

fn answer(body: Value) -> What {
    What::Http(Action::Status { status: 200, headers: BTreeMap::new(), body })
}

/// All rows, in the order of the table.
pub fn all() -> Vec<Weather> {
    let once = |name, what| Weather { name, what, times: Some(1) };
    let thrice = |name, what| Weather { name, what, times: Some(3) };
    let always = |name, what| Weather { name, what, times: None };
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
            What::Http(Action::StatusAfterAcceptance { status: 504, headers: BTreeMap::new(), body: Value::Null }),
        ),
        thrice("refused", What::Below(Break::Refused)),
        always("refused for ever", What::Below(Break::Refused)),
        thrice("no such host", What::Below(Break::NoSuchHost)),
        thrice("tls failure", What::Below(Break::TlsFailure)),
        thrice("untrusted", What::Below(Break::Untrusted)),
        once("reset before", What::Http(Action::ResetBeforeAcceptance)),
        once("reset after", What::Http(Action::ResetAfterAcceptance)),
        once("cut short", What::Http(Action::TruncatedBody)),
        once("slow headers", What::Http(Action::SlowHeaders(70_000))),
        once("slower headers", What::Http(Action::SlowHeaders(700_000))),
        once("slow body", What::Http(Action::SlowBody(70_000))),
        once("slower body", What::Http(Action::SlowBody(700_000))),
        once("swallowed", What::Below(Break::Swallowed)),
        once("silence", What::Below(Break::Silence)),
        once("expired token", What::Http(Action::TokenExpired)),
        always("401 for ever", status(401, &[], "InvalidAuthenticationToken")),
        always("403", status(403, &[], "AuthorizationFailed")),
        once("404 once", status(404, &[], "ResourceNotFound")),
        always("404 for ever", status(404, &[], "ResourceNotFound")),
        always("400", status(400, &[], "BadRequest")),
        once("408", status(408, &[], "RequestTimeout")),
        once("malformed", What::Http(Action::MalformedBody)),
        always("malformed always", What::Http(Action::MalformedBody)),
        once("nested", answer(nested)),
        once("huge", What::Below(Break::Huge)),
        once("wrong types", answer(wrong)),
        once("odd jobs", answer(json!({"value": [{"x": 1}, 7]}))),
        always("odd jobs always", answer(json!({"value": [{"x": 1}, 7]}))),
        once("null", answer(Value::String("null".into()))),
        once("page", What::Http(Action::Html { status: 502 })),
        once("page as 200", What::Http(Action::Html { status: 200 })),
        always("page as 200 always", What::Http(Action::Html { status: 200 })),
        once("redirected", What::Http(Action::RedirectTo(ELSEWHERE.into()))),
        once("http redirect", What::Http(Action::RedirectTo("http://management.azure.com/x".into()))),
    ]
}
