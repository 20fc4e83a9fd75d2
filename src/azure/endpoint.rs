//! The Resource Manager endpoint: how its URLs are made, and which other URLs belong to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use url::{Host, Url};

use super::resource_id;

const ENCODED_IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'$')
    .remove(b'\'')
    .remove(b':')
    .remove(b',');

/// Where Azure Resource Manager is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
}

/// Why a URL cannot be a Resource Manager endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Tokens go over https only. A loopback address may be http, and is then sent no token.
    #[error("the Resource Manager endpoint must be https (http only on a loopback address, without a token)")]
    NotHttps,
    /// A user name, a query or a fragment, or no host at all.
    #[error("the Resource Manager endpoint is a scheme, a host and possibly a port and a path")]
    NotBare,
}

impl Endpoint {
    /// Takes the URL of a cloud or of a private endpoint, with a path in front of all others if it has one.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] names what is wrong with it.
    pub fn new(mut base: Url) -> Result<Self, InvalidEndpoint> {
        if base.host().is_none() || has_user(&base) || base.query().is_some() || base.fragment().is_some() {
            return Err(InvalidEndpoint::NotBare);
        }
        if base.scheme() != "https" && !(base.scheme() == "http" && is_loopback(&base)) {
            return Err(InvalidEndpoint::NotHttps);
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(Self { base })
    }

    /// The URL of a path with a query. The path is an id, or written as one: what is encoded in it stays so, what is not
    /// and must be becomes so, and no segment of it can become another segment, a query or a fragment.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{}", resource_id::path_of(path)));
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        url.set_query(Some(pairs.join("&").as_str()).filter(|query| !query.is_empty()));
        url
    }

    /// Reads a URL that Azure gave; a relative one is taken as one of this endpoint. It is not checked.
    pub fn resolve(&self, text: &str) -> Option<Url> {
        Url::options().base_url(Some(&self.base)).parse(text.trim()).ok()
    }

    /// Whether a token may go to `url`: same scheme, same port, and this host or a subdomain of it (the status URLs of
    /// operations lead to regional hosts). An IP address and `localhost` have no subdomains.
    pub fn owns(&self, url: &Url) -> bool {
        let same_origin =
            url.scheme() == self.base.scheme() && url.port_or_known_default() == self.base.port_or_known_default();
        let same_host = match (self.base.host(), url.host()) {
            (Some(Host::Domain(own)), Some(Host::Domain(other))) => {
                own == other || (own != "localhost" && other.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
            }
            (own, other) => own == other,
        };
        same_origin && same_host && !has_user(url)
    }
}

/// Whether a token may be sent to it at all.
pub(super) fn is_https(url: &Url) -> bool {
    url.scheme() == "https"
}

/// Whether it leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Host and port, for people.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Blanks become `%20`, which every service takes; `+` is not taken by all.
fn encode(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, ENCODED_IN_QUERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::new(Url::parse(text).unwrap()).unwrap()
    }

    fn owns(own: &str, other: &str) -> bool {
        endpoint(own).owns(&Url::parse(other).unwrap())
    }

    #[test]
    fn the_host_and_its_subdomains_belong_to_the_endpoint() {
        let azure = "https://management.azure.com/";
        assert!(owns(azure, "https://management.azure.com/x"));
        assert!(owns(azure, "https://MANAGEMENT.azure.com:443/x"));
        assert!(owns(azure, "https://eastus2euap.management.azure.com/x"));
    }

    #[test]
    fn look_alikes_other_schemes_ports_and_users_do_not() {
        let azure = "https://management.azure.com";
        for other in [
            "https://evil.com/management.azure.com",
            "https://management.azure.com.evil.com/",
            "https://evilmanagement.azure.com/",
            "https://azure.com/",
            "http://management.azure.com/",
            "https://management.azure.com:8443/",
            "https://user@management.azure.com/",
            "https://management.azure.com@evil.com/",
            "https://20.1.2.3/",
        ] {
            assert!(!owns(azure, other), "{other}");
        }
    }

    #[test]
    fn a_loopback_endpoint_owns_exactly_its_host_and_port() {
        assert!(owns("https://127.0.0.1:4711", "https://127.0.0.1:4711/x"));
        assert!(!owns("https://127.0.0.1:4711", "https://127.0.0.1:4712/x"));
        assert!(!owns("https://127.0.0.1:4711", "https://localhost:4711/x"));
        assert!(!owns("https://127.0.0.1:4711", "http://127.0.0.1:4711/x"));
        assert!(owns("https://localhost:1", "https://localhost:1/x"));
        assert!(!owns("https://localhost:1", "https://a.localhost:1/x"));
    }

    #[test]
    fn http_is_for_loopback_only() {
        let new = |text: &str| Endpoint::new(Url::parse(text).unwrap());
        assert_eq!(new("http://management.azure.com"), Err(InvalidEndpoint::NotHttps));
        assert_eq!(new("ftp://127.0.0.1"), Err(InvalidEndpoint::NotHttps));
        assert!(new("http://127.0.0.1:8080").is_ok() && new("http://[::1]:8080").is_ok());
        assert_eq!(new("https://u:p@management.azure.com"), Err(InvalidEndpoint::NotBare));
        assert_eq!(new("https://management.azure.com/?x=1"), Err(InvalidEndpoint::NotBare));
    }

    #[test]
    fn paths_are_encoded_where_they_must_be_and_nowhere_else() {
        let url = endpoint("https://management.azure.com/").url(
            "/subscriptions/s/resourceGroups/a b(1)/x/VM;c;d/operationStatus/Zm==",
            &[("api-version", "2026-06-01"), ("$filter", "startDate eq '2026-01-01T00:00:00.0000000Z' and a&b")],
        );
        assert_eq!(
            url.as_str(),
            "https://management.azure.com/subscriptions/s/resourceGroups/a%20b(1)/x/VM;c;d/operationStatus/Zm==\
             ?api-version=2026-06-01&$filter=startDate%20eq%20%272026-01-01T00:00:00.0000000Z%27%20and%20a%26b"
        );
    }

    #[test]
    fn a_path_of_the_endpoint_stays_in_front() {
        assert_eq!(endpoint("https://127.0.0.1:1/arm/").url("/x", &[]).as_str(), "https://127.0.0.1:1/arm/x");
    }

    #[test]
    fn an_operations_url_is_kept_to_the_letter() {
        let text = format!(
            "https://eastus2euap.management.azure.com/subscriptions/s/operationStatus/ZmM7Zg==;x?api-version=2026-03-01&t=1&c={}&s=-_{}&h=a_-",
            "MII-_".repeat(600),
            "x".repeat(340)
        );
        assert_eq!(endpoint("https://management.azure.com").resolve(&text).unwrap().as_str(), text);
    }
}
