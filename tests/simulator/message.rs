//! One HTTP request and one reply, without a socket. What happens to a reply on its way is a [`Delivery`]: the core
//! only says it, the endpoint does it.

use std::time::Duration;

use serde_json::Value;

/// Header fields in the order they were set; names compare without case.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Sets `name`, dropping what was there before.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.push(name, value);
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A request as it arrived. `target` is path and query exactly as on the wire: signed queries are compared byte by byte.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            target: target.into(),
            headers: Headers::default(),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.headers.set("content-type", "application/json");
        self.body = body.to_string().into_bytes();
        self
    }

    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.headers.set("content-type", "application/x-www-form-urlencoded");
        self.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        self
    }

    /// The path as on the wire, not decoded.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query as on the wire, without the question mark.
    pub fn raw_query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.raw_query().as_bytes()).into_owned().collect()
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The segments of the path, percent-decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path().split('/').filter(|segment| !segment.is_empty()).map(percent_decoded).collect()
    }
}

/// What the endpoint does with a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Sends it.
    #[default]
    Whole,
    /// Breaks the connection without a word of answer.
    Dropped,
    /// Announces the whole length, sends half of the body, breaks the connection.
    Truncated,
    /// Waits before the status line.
    SlowHeaders(Duration),
    /// Sends the status line and half of the body, waits, sends the rest.
    SlowBody(Duration),
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub delivery: Delivery,
}

impl Reply {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Headers::default(), body: Vec::new(), delivery: Delivery::Whole }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.set("content-type", "application/json; charset=utf-8");
        reply.body = body.to_string().into_bytes();
        reply
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The body as JSON; `Null` where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hexadecimal(*high).zip(hexadecimal(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_kept_as_on_the_wire_and_decoded_on_demand() {
        let request = Request::new("get", "/a%20b/c==?api-version=2026-06-01&%24filter=x%20eq%20'1'");
        assert_eq!(request.method, "GET");
        assert_eq!(request.path(), "/a%20b/c==");
        assert_eq!(request.segments(), ["a b", "c=="]);
        assert_eq!(request.query("$filter").as_deref(), Some("x eq '1'"));
        assert_eq!(request.raw_query(), "api-version=2026-06-01&%24filter=x%20eq%20'1'");
    }

    #[test]
    fn a_percent_sign_without_digits_stays() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%2"), "%zz%2");
    }
}
