//! Proxies that cannot be used, found before anything is asked: reqwest without SOCKS would fail with a text that names
//! neither the variable nor the reason.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The variable that sends one of `urls` through a SOCKS proxy, if there is one. `variable` reads the environment, by the
/// rules of reqwest: `HTTPS_PROXY` and `HTTP_PROXY` go before `ALL_PROXY`, and `NO_PROXY` lists the hosts that need none.
pub fn socks_proxy<'a>(
    urls: impl IntoIterator<Item = &'a Url>,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let set = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, variable(name).filter(|text| !text.is_empty())?)))
    };
    let all = set(["ALL_PROXY", "all_proxy"]);
    let https = set(["HTTPS_PROXY", "https_proxy"]).or_else(|| all.clone());
    let http = set(["HTTP_PROXY", "http_proxy"]).or(all);
    let text = |found: &Option<(&'static str, String)>| found.as_ref().map(|(_, url)| url_of(url)).unwrap_or_default();
    let none_for = set(["NO_PROXY", "no_proxy"]);
    let matcher = Matcher::builder().https(text(&https)).http(text(&http)).no(text(&none_for)).build();
    urls.into_iter().find_map(|url| {
        let intercept = matcher.intercept(&url.as_str().parse().ok()?)?;
        let found = if url.scheme() == "https" { &https } else { &http };
        let is_socks = intercept.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks"));
        found.as_ref().filter(|_| is_socks).map(|(name, _)| *name)
    })
}

/// With its scheme in lower case: in any other, reqwest would pass over the proxy without a word.
fn url_of(text: &str) -> String {
    let text = text.trim();
    match text.split_once("://") {
        Some((scheme, rest)) => format!("{}://{rest}", scheme.to_ascii_lowercase()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)], urls: &[&str]) -> Option<&'static str> {
        let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).unwrap()).collect();
        let variable = |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, text)| (*text).to_owned());
        socks_proxy(&urls, variable)
    }

    const ARM: &str = "https://management.azure.com/";
    const AUTHORITY: &str = "https://login.microsoftonline.com/";
    const SOCKS: &str = "socks5h://127.0.0.1:1080";

    #[test]
    fn a_socks_proxy_is_found_where_it_would_be_used() {
        for scheme in ["socks4", "socks4a", "socks5", "SOCKS5h"] {
            let proxy = format!("{scheme}://user:secret@127.0.0.1:1080");
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                assert_eq!(found(&[(name, &proxy)], &[ARM]), Some(name), "{proxy}");
            }
        }
        assert_eq!(found(&[("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", SOCKS)], &[ARM]), None);
        assert_eq!(found(&[("HTTP_PROXY", SOCKS)], &[ARM]), None);
        assert_eq!(found(&[("HTTPS_PROXY", ""), ("ALL_PROXY", SOCKS)], &[ARM]), Some("ALL_PROXY"));
        assert_eq!(found(&[], &[ARM]), None);
    }

    #[test]
    fn hosts_that_need_no_proxy_are_not_served_by_one() {
        for none_for in ["*", ".azure.com,.microsoftonline.com", "management.azure.com, login.microsoftonline.com"] {
            let variables = [("ALL_PROXY", SOCKS), ("NO_PROXY", none_for)];
            assert_eq!(found(&variables, &[ARM, AUTHORITY]), None, "{none_for}");
        }
        let half = [("ALL_PROXY", SOCKS), ("no_proxy", "azure.com")];
        assert_eq!(found(&half, &[ARM]), None);
        assert_eq!(found(&half, &[ARM, AUTHORITY]), Some("ALL_PROXY"));
        let network = [("ALL_PROXY", SOCKS), ("NO_PROXY", "10.0.0.0/8")];
        assert_eq!(found(&network, &["https://10.1.2.3/"]), None);
        assert_eq!(found(&network, &["https://11.1.2.3/"]), Some("ALL_PROXY"));
    }
}
