//! Scripted failures of the way between client and service: which request, which time, what happens.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::message::{Delivery, Reply, Request};

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub matcher: Matcher,
    pub action: Action,
}

/// Which requests a fault meets.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// `None`: every method.
    #[serde(default)]
    pub method: Option<String>,
    /// Of the whole path, without case; `*` stands for any text, slashes too.
    pub path: String,
    /// The first matching request that is met, from 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many matching requests in a row are met; `None`: all from there on.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Matching begins only after so many restores have been accepted.
    #[serde(default)]
    pub after_accepted_restores: usize,
}

fn one() -> u32 {
    1
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants a function of the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

/// What happens to a request that is met. "Before" means that the service never saw it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Before: this answer.
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Value,
    },
    /// The service acts, the answer is replaced by this one: a gateway that gave up waiting.
    StatusAfterAcceptance {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Value,
    },
    /// Before: the connection breaks.
    ResetBeforeAcceptance,
    /// The service acts, then the connection breaks without an answer.
    ResetAfterAcceptance,
    /// The service acts; half of the answer arrives.
    TruncatedBody,
    /// The service acts; the answer is whole and not JSON.
    MalformedBody,
    /// The service acts; the answer comes late. Milliseconds; the endpoint waits, not the core.
    SlowHeaders(u64),
    SlowBody(u64),
    /// Before: 401 `ExpiredAuthenticationToken`, and the presented token stays expired.
    TokenExpired,
    /// Before: a page for people, as proxies and gateways send them.
    Html {
        status: u16,
    },
    /// Before: 307.
    RedirectTo(String),
}

impl Action {
    fn word(&self) -> String {
        match self {
            Self::Status { status, .. } => format!("{status}"),
            Self::StatusAfterAcceptance { status, .. } => format!("{status} after it was accepted"),
            Self::ResetBeforeAcceptance => "connection reset before it was accepted".into(),
            Self::ResetAfterAcceptance => "connection reset after it was accepted".into(),
            Self::TruncatedBody => "half an answer".into(),
            Self::MalformedBody => "answer that is not JSON".into(),
            Self::SlowHeaders(_) | Self::SlowBody(_) => "late answer".into(),
            Self::TokenExpired => "token expired".into(),
            Self::Html { status } => format!("page with status {status}"),
            Self::RedirectTo(_) => "redirect".into(),
        }
    }

    /// The answer where the service does not get to see the request.
    pub fn before(&self) -> Option<Reply> {
        match self {
            Self::Status { status, headers, body } => Some(scripted(*status, headers, body)),
            Self::ResetBeforeAcceptance => Some(Reply { delivery: Delivery::Dropped, ..Reply::empty(0) }),
            Self::Html { status } => Some(Reply {
                body: b"<html><head><title>Error</title></head><body><h1>Our services aren't available right \
                        now</h1></body></html>"
                    .to_vec(),
                ..Reply::empty(*status).header("content-type", "text/html")
            }),
            Self::RedirectTo(url) => Some(Reply::empty(307).header("location", url.as_str())),
            _ => None,
        }
    }

    /// What becomes of the service's own answer.
    pub fn after(&self, reply: Reply) -> Reply {
        match self {
            Self::StatusAfterAcceptance { status, headers, body } => scripted(*status, headers, body),
            Self::ResetAfterAcceptance => Reply { delivery: Delivery::Dropped, ..Reply::empty(0) },
            Self::TruncatedBody => Reply { delivery: Delivery::Truncated, ..reply },
            Self::MalformedBody => Reply { body: b"{\"value\": [{\"id\": ".to_vec(), ..reply },
            Self::SlowHeaders(wait) => Reply { delivery: Delivery::SlowHeaders(Duration::from_millis(*wait)), ..reply },
            Self::SlowBody(wait) => Reply { delivery: Delivery::SlowBody(Duration::from_millis(*wait)), ..reply },
            _ => reply,
        }
    }
}

fn scripted(status: u16, headers: &BTreeMap<String, String>, body: &Value) -> Reply {
    let mut reply = match body {
        Value::Null => Reply::empty(status),
        Value::String(text) => Reply { body: text.clone().into_bytes(), ..Reply::empty(status) },
        value => Reply::json(status, value),
    };
    for (name, value) in headers {
        reply.headers.set(name, value.as_str());
    }
    reply
}

impl Fault {
    /// Meets the first request of `method` whose path matches `path` (`*` for any text), once.
    pub fn on(method: &str, path: &str, action: Action) -> Self {
        let matcher = Matcher {
            method: Some(method.into()),
            path: path.into(),
            nth: 1,
            times: Some(1),
            after_accepted_restores: 0,
        };
        Self { matcher, action }
    }

    /// An answer with this status, these headers and an ARM error of this code.
    pub fn status(method: &str, path: &str, status: u16, headers: &[(&str, &str)], code: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = serde_json::json!({"error": {"code": code, "message": "scripted by the test"}});
        Self::on(method, path, Action::Status { status, headers, body })
    }

    pub fn nth(mut self, nth: u32) -> Self {
        self.matcher.nth = nth;
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.matcher.times = Some(times);
        self
    }

    pub fn always(mut self) -> Self {
        self.matcher.times = None;
        self
    }

    pub fn after_accepted_restores(mut self, count: usize) -> Self {
        self.matcher.after_accepted_restores = count;
        self
    }
}

/// The faults of a scenario, each with the number of matching requests so far.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The action that meets this request, with its name for the journal. Every fault counts; the first in order acts.
    pub fn meet(&mut self, request: &Request, accepted_restores: usize) -> Option<(Action, String)> {
        let mut met = None;
        for (Fault { matcher, action }, seen) in &mut self.0 {
            let right_method = matcher.method.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(&request.method));
            if !right_method
                || accepted_restores < matcher.after_accepted_restores
                || !matches(&matcher.path.to_lowercase(), &request.path().to_lowercase())
            {
                continue;
            }
            *seen += 1;
            let within = matcher.times.is_none_or(|times| *seen - matcher.nth.min(*seen) < times);
            if *seen >= matcher.nth && within && met.is_none() {
                met = Some((action.clone(), action.word()));
            }
        }
        met
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(faults: &mut Faults, method: &str, path: &str, accepted: usize) -> bool {
        faults.meet(&Request::new(method, path), accepted).is_some()
    }

    #[test]
    fn a_pattern_is_of_the_whole_path_and_without_case() {
        let mut faults = Faults::default();
        faults.push(Fault::on("POST", "*/backupInstances/*/restore", Action::ResetAfterAcceptance).always());
        assert!(met(&mut faults, "POST", "/subscriptions/s/BackupInstances/i/RESTORE?api-version=1", 0));
        assert!(!met(&mut faults, "POST", "/subscriptions/s/backupInstances/i/validateRestore", 0));
        assert!(!met(&mut faults, "GET", "/subscriptions/s/backupInstances/i/restore", 0));
    }

    #[test]
    fn nth_and_times_choose_a_run_of_requests() {
        let mut faults = Faults::default();
        faults.push(Fault::on("GET", "*", Action::TruncatedBody).nth(2).times(2));
        let seen: Vec<bool> = (0..5).map(|_| met(&mut faults, "GET", "/x", 0)).collect();
        assert_eq!(seen, [false, true, true, false, false]);
    }

    #[test]
    fn a_fault_can_wait_for_an_accepted_restore() {
        let mut faults = Faults::default();
        faults.push(Fault::on("GET", "*", Action::MalformedBody).after_accepted_restores(1));
        assert!(!met(&mut faults, "GET", "/x", 0));
        assert!(met(&mut faults, "GET", "/x", 1));
    }

    #[test]
    fn a_fault_can_be_written_as_json() {
        let fault: Fault = serde_json::from_value(serde_json::json!({
            "matcher": {"method": "POST", "path": "*/restore"},
            "action": {"status": {"status": 429, "headers": {"Retry-After": "1"}}},
        }))
        .unwrap();
        let reply = fault.action.before().unwrap();
        assert_eq!((reply.status, reply.headers.get("retry-after")), (429, Some("1")));
        let plain: Fault =
            serde_json::from_value(serde_json::json!({"matcher": {"path": "*"}, "action": "reset_after_acceptance"}))
                .unwrap();
        assert_eq!(plain.action, Action::ResetAfterAcceptance);
    }
}
