//! Microsoft Entra ID, as far as a client that signs in by itself needs it: tokens for client credentials, instance
//! discovery, the tenant's configuration. Tokens look like JWTs and are known by their text.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::message::{Reply, Request};
use super::mint::Mint;
use super::world::World;

/// How long the tokens last that are given out from now on.
#[derive(Clone, Copy, Debug)]
pub struct TokenLife {
    /// `expires_in`, and the instant at which the token ends.
    pub seconds: u32,
    /// After so many calls to Resource Manager the token counts as expired, whatever it says; `None`: no such limit.
    pub calls: Option<u32>,
}

impl Default for TokenLife {
    fn default() -> Self {
        Self { seconds: 3599, calls: None }
    }
}

#[derive(Clone, Debug)]
struct Token {
    tenant: String,
    /// Of the tenant of everything. Tokens of other tenants are good as auxiliary ones only.
    home: bool,
    expires: OffsetDateTime,
    calls_left: Option<u32>,
    revoked: bool,
}

/// What was presented as `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    Absent,
    Valid,
    Expired,
    /// Not given out here, or for another audience.
    Unknown,
}

impl Bearer {
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Entra {
    pub life: TokenLife,
    tokens: BTreeMap<String, Token>,
}

impl Entra {
    /// The state of the token in `authorization`; a call costs one of its uses.
    pub fn judge(&mut self, authorization: Option<&str>, now: OffsetDateTime) -> Bearer {
        let Some(text) = authorization else { return Bearer::Absent };
        match bearer(text).and_then(|token| self.tokens.get_mut(token)) {
            Some(token) if token.home => Self::used(token, now),
            _ => Bearer::Unknown,
        }
    }

    /// The state of the worst token in `x-ms-authorization-auxiliary`, and the tenants of the valid ones.
    pub fn judge_auxiliary(&mut self, header: Option<&str>, now: OffsetDateTime) -> (Bearer, Vec<String>) {
        let (mut worst, mut tenants) = (Bearer::Absent, Vec::new());
        for text in header.into_iter().flat_map(|header| header.split([',', ';'])) {
            let found = bearer(text.trim()).and_then(|token| self.tokens.get_mut(token)).filter(|token| !token.home);
            let state = match found {
                None => Bearer::Unknown,
                Some(token) => {
                    let state = Self::used(token, now);
                    tenants.extend((state == Bearer::Valid).then(|| token.tenant.clone()));
                    state
                }
            };
            if matches!(worst, Bearer::Absent | Bearer::Valid) {
                worst = state;
            }
        }
        (worst, tenants)
    }

    fn used(token: &mut Token, now: OffsetDateTime) -> Bearer {
        if token.revoked || now >= token.expires || token.calls_left == Some(0) {
            return Bearer::Expired;
        }
        token.calls_left = token.calls_left.map(|left| left - 1);
        Bearer::Valid
    }

    /// From now on the presented token counts as expired.
    pub fn revoke(&mut self, authorization: Option<&str>) {
        if let Some(token) = authorization.and_then(bearer).and_then(|token| self.tokens.get_mut(token)) {
            token.revoked = true;
        }
    }

    /// The answer to a path that is not Resource Manager's; `None`: nothing of Entra's either.
    pub fn answer(
        &mut self,
        request: &Request,
        world: &World,
        mint: &mut Mint,
        now: OffsetDateTime,
        endpoint: &str,
    ) -> Option<(Reply, String)> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let found = match (request.method.as_str(), segments.as_slice()) {
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => {
                let fields: BTreeMap<String, String> =
                    url::form_urlencoded::parse(&request.body).into_owned().collect();
                match self.token(tenant, &fields, world, mint, now, endpoint) {
                    Ok(token) => (Reply::json(200, &token), "signed in".to_owned()),
                    Err(refusal) => {
                        let note = format!("was refused a token ({})", refusal.1);
                        (refusal.reply(mint, now), note)
                    }
                }
            }
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => (
                Reply::json(200, &openid_configuration(endpoint, tenant)),
                "read the tenant's configuration".to_owned(),
            ),
            ("GET", ["common", "discovery", "instance"]) => {
                (Reply::json(200, &instance_discovery(request, endpoint)), "asked where to sign in".to_owned())
            }
            _ => return None,
        };
        Some(found)
    }

    fn token(
        &mut self,
        tenant: &str,
        fields: &BTreeMap<String, String>,
        world: &World,
        mint: &mut Mint,
        now: OffsetDateTime,
        endpoint: &str,
    ) -> Result<Value, TokenRefusal> {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if !world.has_tenant(tenant) {
            return Err(TokenRefusal(400, 90002, "invalid_request", "Tenant was not found."));
        }
        if field("grant_type") != "client_credentials" {
            return Err(TokenRefusal(
                400,
                70003,
                "unsupported_grant_type",
                "The app requested an unsupported grant type.",
            ));
        }
        let Some(application) =
            world.applications.iter().find(|own| own.client_id.eq_ignore_ascii_case(field("client_id")))
        else {
            return Err(TokenRefusal(
                400,
                700_016,
                "unauthorized_client",
                "Application was not found in the directory.",
            ));
        };
        let asserted = field("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            && !field("client_assertion").is_empty();
        match field("client_secret") {
            "" if asserted => {}
            "" => {
                return Err(TokenRefusal(
                    401,
                    7_000_218,
                    "invalid_client",
                    "The request body must contain client_assertion or client_secret.",
                ));
            }
            secret if secret == application.client_secret => {}
            _ => return Err(TokenRefusal(401, 7_000_215, "invalid_client", "Invalid client secret provided.")),
        }
        let Some(resource) = resource_of(field("scope")) else {
            return Err(TokenRefusal(400, 1_002_012, "invalid_scope", "The provided value for scope is not valid."));
        };
        let audiences = [endpoint, "https://management.azure.com", "https://management.core.windows.net"];
        if !audiences.contains(&resource.trim_end_matches('/')) {
            return Err(TokenRefusal(
                400,
                500_011,
                "invalid_resource",
                "The resource principal was not found in the tenant.",
            ));
        }
        let home = tenant.eq_ignore_ascii_case(&world.tenant);
        let text = self.issue((tenant, home), &application.client_id, resource, mint, now);
        let seconds = self.life.seconds;
        Ok(json!({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": text}))
    }

    fn issue(
        &mut self,
        (tenant, home): (&str, bool),
        client: &str,
        audience: &str,
        mint: &mut Mint,
        now: OffsetDateTime,
    ) -> String {
        let expires = now + time::Duration::seconds(self.life.seconds.into());
        let claims = json!({
            "aud": audience, "iss": format!("https://sts.windows.net/{tenant}/"), "appid": client, "tid": tenant,
            "oid": mint.uuid().to_string(), "iat": now.unix_timestamp(), "nbf": now.unix_timestamp(),
            "exp": expires.unix_timestamp(), "ver": "1.0",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}.{}", part(&json!({"typ": "JWT", "alg": "RS256"})), part(&claims), mint.noise(342));
        let token = Token { tenant: tenant.to_lowercase(), home, expires, calls_left: self.life.calls, revoked: false };
        self.tokens.insert(text.clone(), token);
        text
    }
}

/// The one resource that a scope asks for. What clients add to every request, as Go's MSAL does, says who signs in and not
/// what for.
fn resource_of(scope: &str) -> Option<&str> {
    let of_sign_in = ["openid", "profile", "offline_access", "email"];
    let mut others = scope.split_ascii_whitespace().filter(|word| !of_sign_in.contains(word));
    others.next()?.strip_suffix("/.default").filter(|_| others.next().is_none())
}

fn bearer(authorization: &str) -> Option<&str> {
    authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token)
}

/// Status, number of the AADSTS code, OAuth error, description.
struct TokenRefusal(u16, u32, &'static str, &'static str);

impl TokenRefusal {
    fn reply(&self, mint: &mut Mint, now: OffsetDateTime) -> Reply {
        let Self(status, number, error, description) = self;
        let (trace, correlation) = (mint.uuid(), mint.uuid());
        let stamp = super::clock::with_seconds(now).replace('T', " ");
        Reply::json(
            *status,
            &json!({
                "error": error,
                "error_description": format!("AADSTS{number}: {description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"),
                "error_codes": [number], "timestamp": stamp,
                "trace_id": trace.to_string(), "correlation_id": correlation.to_string(),
            }),
        )
    }
}

fn openid_configuration(endpoint: &str, tenant: &str) -> Value {
    json!({
        "token_endpoint": format!("{endpoint}/{tenant}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{endpoint}/{tenant}/oauth2/v2.0/authorize"),
        "issuer": format!("{endpoint}/{tenant}/v2.0"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    })
}

fn instance_discovery(request: &Request, endpoint: &str) -> Value {
    let host = endpoint.strip_prefix("https://").unwrap_or(endpoint);
    let tenant = request
        .query("authorization_endpoint")
        .and_then(|url| url.split('/').nth(3).map(str::to_owned))
        .unwrap_or_else(|| "common".to_owned());
    json!({
        "tenant_discovery_endpoint": format!("{endpoint}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::data_protection::guards::ResourceGuard;
    use super::super::data_protection::vaults::BackupVault;
    use super::super::world::{CLIENT, CLIENT_SECRET, OTHER_TENANT, TENANT};
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);
    const ENDPOINT: &str = "https://127.0.0.1:1";

    fn sign_in(entra: &mut Entra, fields: &[(&str, &str)]) -> Reply {
        let request = Request::new("POST", format!("/{TENANT}/oauth2/v2.0/token")).form(fields);
        let answer = entra.answer(&request, &World::default(), &mut Mint::default(), NOW, ENDPOINT);
        answer.map_or_else(|| Reply::empty(0), |(reply, _)| reply)
    }

    fn right() -> Vec<(&'static str, &'static str)> {
        vec![
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_secret", CLIENT_SECRET),
            ("scope", "https://management.azure.com/.default"),
        ]
    }

    fn authorization(reply: &Reply) -> String {
        format!("Bearer {}", reply.value()["access_token"].as_str().unwrap())
    }

    #[test]
    fn a_token_is_valid_until_it_ends() {
        let mut entra = Entra::default();
        let token = authorization(&sign_in(&mut entra, &right()));
        assert_eq!(entra.judge(Some(&token), NOW), Bearer::Valid);
        assert_eq!(entra.judge(Some(&token), NOW + time::Duration::hours(1)), Bearer::Expired);
        assert_eq!(entra.judge(Some("Bearer other"), NOW), Bearer::Unknown);
        assert_eq!(entra.judge(None, NOW), Bearer::Absent);
    }

    #[test]
    fn a_token_can_be_worn_out_by_calls() {
        let mut entra = Entra { life: TokenLife { seconds: 3599, calls: Some(1) }, ..Entra::default() };
        let token = authorization(&sign_in(&mut entra, &right()));
        assert_eq!(entra.judge(Some(&token), NOW), Bearer::Valid);
        assert_eq!(entra.judge(Some(&token), NOW), Bearer::Expired);
    }

    #[test]
    fn a_token_of_another_tenant_is_good_as_an_auxiliary_one_only() {
        let guarded = BackupVault::new("v").protected_by(ResourceGuard::new("g").tenant(OTHER_TENANT));
        let mut world = World::default();
        world.backup_vaults_mut().push(guarded);
        let (mut entra, mut mint) = (Entra::default(), Mint::default());
        let mut sign_in = |tenant: &str, world: &World| {
            let request = Request::new("POST", format!("/{tenant}/oauth2/v2.0/token")).form(&right());
            let (reply, _) = entra.answer(&request, world, &mut mint, NOW, ENDPOINT).unwrap();
            reply
        };
        assert_eq!(sign_in(OTHER_TENANT, &World::default()).value()["error_codes"][0], 90002);
        let (own, other) = (authorization(&sign_in(TENANT, &world)), authorization(&sign_in(OTHER_TENANT, &world)));
        assert_eq!(entra.judge(Some(&other), NOW), Bearer::Unknown);
        assert_eq!(entra.judge_auxiliary(Some(&other), NOW), (Bearer::Valid, vec![OTHER_TENANT.to_owned()]));
        assert_eq!(entra.judge_auxiliary(Some(&own), NOW).0, Bearer::Unknown);
        let (worst, tenants) = entra.judge_auxiliary(Some(&format!("{other}, Bearer x")), NOW);
        assert_eq!((worst, tenants.len()), (Bearer::Unknown, 1));
        assert_eq!(entra.judge_auxiliary(None, NOW), (Bearer::Absent, Vec::new()));
    }

    #[test]
    fn an_assertion_takes_the_place_of_the_secret() {
        let mut fields = right();
        fields.retain(|(name, _)| *name != "client_secret");
        assert_eq!(sign_in(&mut Entra::default(), &fields).value()["error_codes"][0], 7_000_218);
        fields.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        fields.push(("client_assertion", "a.b.c"));
        assert_eq!(sign_in(&mut Entra::default(), &fields).status, 200);
    }

    #[test]
    fn a_scope_may_have_the_words_that_clients_add_and_names_one_resource() {
        let ask = |scope: &'static str| {
            let mut fields = right();
            fields.retain(|(name, _)| *name != "scope");
            fields.push(("scope", scope));
            let reply = sign_in(&mut Entra::default(), &fields);
            (reply.status, reply.value()["error"].as_str().unwrap_or_default().to_owned())
        };
        // As Go's and Python's MSAL send it; the audience of Resource Manager ends with a slash of its own.
        let accepted = (200, String::new());
        assert_eq!(ask("https://management.azure.com//.default openid offline_access profile"), accepted);
        assert_eq!(ask("openid https://management.core.windows.net//.default"), accepted);
        let refused = (400, "invalid_scope".to_owned());
        assert_eq!(ask("openid offline_access profile"), refused);
        assert_eq!(ask("https://management.azure.com/user_impersonation openid"), refused);
        assert_eq!(ask("https://management.azure.com/.default https://vault.azure.net/.default"), refused);
        assert_eq!(ask(""), refused);
    }

    #[test]
    fn wrong_credentials_are_refused_as_entra_refuses_them() {
        for (name, value, status, error) in [
            ("client_secret", "wrong", 401, "invalid_client"),
            ("client_id", "00000000-0000-0000-0000-000000000000", 400, "unauthorized_client"),
            ("scope", "https://vault.azure.net/.default", 400, "invalid_resource"),
            ("grant_type", "password", 400, "unsupported_grant_type"),
        ] {
            let mut fields = right();
            fields.retain(|(own, _)| *own != name);
            fields.push((name, value));
            let reply = sign_in(&mut Entra::default(), &fields);
            assert_eq!((reply.status, reply.value()["error"].as_str()), (status, Some(error)));
        }
    }
}
