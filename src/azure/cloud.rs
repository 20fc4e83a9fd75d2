//! Azure clouds: where Resource Manager and the token authority are, and for whom tokens are asked.

use serde::Deserialize;
use url::Url;

use crate::azure::written_url;

/// The names that [`Cloud::named`] knows, for messages. `custom` is not among them: it has no fixed endpoints.
pub const CLOUD_NAMES: &str = "public, usgovernment, dod, china";

/// One Azure cloud as this program needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `public`, `usgovernment`, `dod`, `china`, `custom`, or what the metadata endpoint calls it.
    pub name: String,
    /// Root of Azure Resource Manager; no path, query or credentials.
    pub resource_manager_endpoint: Url,
    /// Root of the authority that issues tokens (`https` always); no path, query or credentials.
    pub authority_host: Url,
    /// For whom tokens are issued. The `resource` of v1-style requests (managed identity); see [`Cloud::scope`].
    pub audience: String,
}

struct KnownCloud {
    names: &'static [&'static str],
    metadata_name: &'static str,
    resource_manager: &'static str,
    authority: &'static str,
}

/// Endpoints as go-azure-sdk has them; the audience is the endpoint, as there. DoD (Government L5) differs from
/// Government only outside Resource Manager. `custom` in azapi's sense has no row.
const CLOUDS: &[KnownCloud] = &[
    KnownCloud {
        names: &["public", "global"],
        metadata_name: "AzureCloud",
        resource_manager: "https://management.azure.com",
        authority: "https://login.microsoftonline.com",
    },
    KnownCloud {
        names: &["usgovernment", "usgovernmentl4"],
        metadata_name: "AzureUSGovernment",
        resource_manager: "https://management.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
    },
    KnownCloud {
        names: &["dod", "usgovernmentl5"],
        metadata_name: "AzureUSGovernment",
        resource_manager: "https://management.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
    },
    KnownCloud {
        names: &["china"],
        metadata_name: "AzureChinaCloud",
        resource_manager: "https://management.chinacloudapi.cn",
        authority: "https://login.chinacloudapi.cn",
    },
];

fn known(name: &str) -> Option<&'static KnownCloud> {
    CLOUDS.iter().find(|cloud| cloud.names.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
}

impl Cloud {
    /// The cloud of an `environment` name as azurerm takes it, ignoring case; `None` if the name is not known.
    pub fn named(name: &str) -> Option<Self> {
        let known = known(name)?;
        Some(Self {
            name: (*known.names.first()?).to_owned(),
            resource_manager_endpoint: Url::parse(known.resource_manager).ok()?,
            authority_host: Url::parse(known.authority).ok()?,
            audience: known.resource_manager.to_owned(),
        })
    }

    /// The scope of v2 token requests. A slash at the end of the audience stays, and doubles: the token's `aud` is the
    /// scope less `/.default`.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience)
    }
}

/// What keeps some installations of Azure Stack Hub out.
const ADFS: &str = "its users log in with AD FS, which is not supported. Only clouds with Microsoft Entra ID are";

/// Whether a tenant or the end of an authority's path means AD FS, which issues tokens at `/adfs/oauth2/token` instead of a
/// tenant's `/oauth2/v2.0/token`; azure_identity knows the second only.
pub fn is_adfs(tenant: &str) -> bool {
    tenant.eq_ignore_ascii_case("adfs")
}

/// One cloud as `GET /metadata/endpoints` describes it (docs/reference/azure-resource-manager.md#clouds). Every member
/// may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    name: Option<String>,
    resource_manager: Option<String>,
    authentication: Authentication,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Authentication {
    login_endpoint: Option<String>,
    audiences: Vec<String>,
}

impl Metadata {
    /// Reads either form of the answer: one object (api-version 2022-09-01) or an array (2019-05-01).
    ///
    /// # Errors
    /// The parser's own, if the text is neither.
    pub fn parse(body: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        // A derived untagged enum would hide which member was wrong.
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            serde_json::from_slice(body)
        } else {
            serde_json::from_slice(body).map(|one| vec![one])
        }
    }

    /// Chooses the cloud called `environment`, in azurerm's words (`china`) or the service's (`AzureChinaCloud`). A
    /// single cloud is taken whatever it is called: azurerm ignores names when there is a metadata host, and private
    /// clouds invent theirs.
    ///
    /// # Errors
    /// A text that names the clouds on offer, if there are several and none fits.
    pub fn choose<'a>(clouds: &'a [Self], environment: Option<&str>) -> Result<&'a Self, String> {
        if let [only] = clouds {
            return Ok(only);
        }
        let wanted = environment.unwrap_or("public");
        let in_azures_words = known(wanted).map_or(wanted, |known| known.metadata_name);
        clouds
            .iter()
            .find(|cloud| cloud.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(in_azures_words)))
            .ok_or_else(|| {
                let names: Vec<&str> = clouds.iter().filter_map(|cloud| cloud.name.as_deref()).collect();
                format!("it describes no cloud called {in_azures_words:?}, only [{}]", names.join(", "))
            })
    }

    /// # Errors
    /// A text naming the member that is missing or is no usable URL.
    pub fn cloud(&self) -> Result<Cloud, String> {
        let resource_manager = self.resource_manager.as_deref().ok_or("it names no resourceManager")?;
        let authority = self.authentication.login_endpoint.as_deref().ok_or("it names no loginEndpoint")?;
        if leads_to_adfs(authority) {
            return Err(ADFS.to_owned());
        }
        let resource_manager_endpoint =
            endpoint(resource_manager).map_err(|problem| format!("its resourceManager {problem}"))?;
        let authority_host = endpoint(authority).map_err(|problem| format!("its loginEndpoint {problem}"))?;
        if authority_host.scheme() != "https" {
            return Err("its loginEndpoint must be https".to_owned());
        }
        let bare = resource_manager.trim_end_matches('/');
        let audiences = &self.authentication.audiences;
        // Azure Stack has an audience of its own; elsewhere the endpoint is among the audiences.
        let audience = audiences
            .iter()
            .find(|audience| audience.trim_end_matches('/').eq_ignore_ascii_case(bare))
            .map(|audience| audience.trim_end_matches('/').to_owned())
            .or_else(|| audiences.first().cloned())
            .unwrap_or_else(|| bare.to_owned());
        Ok(Cloud {
            name: self.name.clone().unwrap_or_else(|| "custom".to_owned()),
            resource_manager_endpoint,
            authority_host,
            audience,
        })
    }
}

/// As the URL of an authority.
fn leads_to_adfs(authority: &str) -> bool {
    let path = Url::parse(authority).map(|url| url.path().trim_end_matches('/').to_owned());
    path.is_ok_and(|path| path.rsplit('/').next().is_some_and(is_adfs))
}

/// Reads a root URL: `https`, or `http` on the loopback interface for a simulator that never gets a token.
///
/// # Errors
/// The end of a sentence that begins with what the URL is for.
pub fn endpoint(text: &str) -> Result<Url, String> {
    let url =
        written_url::parse(text).map_err(|error| format!("is not a URL such as https://host.example ({error})"))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => return Err("names no host".to_owned()),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err("must begin with https://".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".to_owned());
    }
    if leads_to_adfs(text) {
        return Err(format!("leads to AD FS: {ADFS}"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must end after the host and port".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(name: &str, arm: &str, login: &str, audiences: &[&str]) -> serde_json::Value {
        serde_json::json!({ "name": name, "portal": "https://portal.example", "resourceManager": arm,
            "authentication": { "loginEndpoint": login, "audiences": audiences, "tenant": "common" } })
    }

    #[test]
    fn every_name_azurerm_takes_leads_to_its_cloud() {
        for (name, host, login) in [
            ("public", "management.azure.com", "login.microsoftonline.com"),
            ("Global", "management.azure.com", "login.microsoftonline.com"),
            ("usgovernment", "management.usgovcloudapi.net", "login.microsoftonline.us"),
            ("usgovernmentl4", "management.usgovcloudapi.net", "login.microsoftonline.us"),
            ("dod", "management.usgovcloudapi.net", "login.microsoftonline.us"),
            ("usgovernmentl5", "management.usgovcloudapi.net", "login.microsoftonline.us"),
            ("CHINA", "management.chinacloudapi.cn", "login.chinacloudapi.cn"),
        ] {
            let cloud = Cloud::named(name).unwrap();
            assert_eq!(cloud.resource_manager_endpoint.host_str(), Some(host), "{name}");
            assert_eq!(cloud.authority_host.host_str(), Some(login), "{name}");
            assert_eq!(cloud.scope(), format!("https://{host}/.default"), "{name}");
        }
        assert_eq!(Cloud::named("german"), None);
        assert_eq!(Cloud::named("custom"), None);
    }

    #[test]
    fn a_metadata_object_becomes_a_cloud_whose_audience_is_the_endpoint_without_its_slash() {
        let body = metadata(
            "AzureCloud",
            "https://management.azure.com/",
            "https://login.microsoftonline.com",
            &["https://management.core.windows.net/", "https://management.azure.com/"],
        );
        let clouds = Metadata::parse(body.to_string().as_bytes()).unwrap();
        let cloud = Metadata::choose(&clouds, None).unwrap().cloud().unwrap();
        assert_eq!(cloud.scope(), "https://management.azure.com/.default");
        assert_eq!(cloud.name, "AzureCloud");
    }

    #[test]
    fn a_private_cloud_keeps_its_own_audience_and_is_taken_whatever_environment_says() {
        let body = metadata(
            "AzureStack-User-1",
            "https://management.local.azurestack.external",
            "https://login.contoso.example/",
            &["https://management.contoso.example/0c5b"],
        );
        let clouds = Metadata::parse(body.to_string().as_bytes()).unwrap();
        let cloud = Metadata::choose(&clouds, Some("public")).unwrap().cloud().unwrap();
        assert_eq!(cloud.audience, "https://management.contoso.example/0c5b");
        assert_eq!(cloud.authority_host.as_str(), "https://login.contoso.example/");
    }

    #[test]
    fn environment_chooses_from_an_array_by_name() {
        let array = serde_json::json!([
            metadata("AzureCloud", "https://a.example", "https://la.example", &[]),
            metadata("AzureChinaCloud", "https://c.example", "https://lc.example", &[]),
            metadata("Corp", "https://p.example", "https://lp.example", &[]),
        ]);
        let clouds = Metadata::parse(array.to_string().as_bytes()).unwrap();
        let host = |environment| {
            let cloud = Metadata::choose(&clouds, environment).unwrap().cloud().unwrap();
            cloud.resource_manager_endpoint.host_str().unwrap().to_owned()
        };
        assert_eq!(host(None), "a.example");
        assert_eq!(host(Some("china")), "c.example");
        assert_eq!(host(Some("corp")), "p.example");
        let message = Metadata::choose(&clouds, Some("usgovernment")).unwrap_err();
        assert_eq!(
            message,
            "it describes no cloud called \"AzureUSGovernment\", only [AzureCloud, AzureChinaCloud, Corp]"
        );
    }

    #[test]
    fn metadata_without_the_needed_members_says_which() {
        let cloud = |text: &str| Metadata::parse(text.as_bytes()).unwrap().remove(0).cloud().unwrap_err();
        assert_eq!(cloud("{}"), "it names no resourceManager");
        assert_eq!(cloud(r#"{"resourceManager":"https://a.example"}"#), "it names no loginEndpoint");
        assert_eq!(
            cloud(r#"{"resourceManager":"https://a.example","authentication":{"loginEndpoint":"https://a/adfs"}}"#),
            "its users log in with AD FS, which is not supported. Only clouds with Microsoft Entra ID are"
        );
        assert!(Metadata::parse(b"<html>").is_err());
    }

    #[test]
    fn an_endpoint_is_https_or_loopback_and_nothing_but_a_root() {
        assert!(endpoint("https://management.azure.com").is_ok());
        assert!(endpoint("https://127.0.0.1:8443/").is_ok());
        assert!(endpoint("http://127.0.0.1:8080").is_ok());
        assert!(endpoint("http://[::1]:8080").is_ok());
        assert!(endpoint("http://localhost:8080").is_ok());
        assert!(endpoint("https://login.corp.example/ADFS/").unwrap_err().contains("AD FS, which is not supported"));
        for wrong in [
            "management.azure.com",
            "http://management.azure.com",
            "https://user:password@host.example",
            "https://host.example/path",
            "https://host.example/?q",
            "unix:/tmp/x",
        ] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
