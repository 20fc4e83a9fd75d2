//! Azure Resource Manager in front of the services: the token, the api-version, the resource group, the way to a
//! service, and the headers every answer has.

use serde_json::{Value, json};

use super::bodies::BodyError;
use super::entra::Bearer;
use super::error::{ServiceError, gateway_error};
use super::journal::AcceptedRestore;
use super::message::{Reply, Request};
use super::resources;
use super::service::SimulatedService;
use super::state::SimulatorState;
use super::storage;
use super::subscriptions;
use super::throttling::Verdict;

/// What the simulator has no model of.
#[derive(Debug)]
pub struct Unmodelled(pub String);

#[derive(Debug)]
pub struct ServiceAnswer {
    pub reply: Reply,
    /// What happened, for the journal.
    pub note: String,
    pub accepted_restore: Option<AcceptedRestore>,
}

impl ServiceAnswer {
    pub fn new(reply: Reply, note: String) -> Self {
        Self { reply, note, accepted_restore: None }
    }

    pub fn noted(mut self, note: String) -> Self {
        self.note = note;
        self
    }
}

/// A request on its way to a service.
pub struct ArmCall<'a> {
    pub request: &'a Request,
    pub subscription: &'a str,
    pub resource_group: Option<&'a str>,
    /// What follows the namespace.
    pub resource: Vec<&'a str>,
    pub api_version: String,
    /// Tenants of which a valid auxiliary token was shown.
    pub auxiliary_tenants: Vec<String>,
    /// The client's request id, which becomes the activity id of errors and jobs.
    pub activity_id: String,
}

impl ArmCall<'_> {
    pub fn unmodelled(&self) -> Unmodelled {
        Unmodelled(format!("{} {}", self.request.method, self.request.path()))
    }

    pub fn check_api_version(&self, namespace: &str, known: &[&str]) -> Option<ServiceAnswer> {
        if known.contains(&self.api_version.as_str()) {
            return None;
        }
        let message = format!(
            "The api-version '{}' is not valid for '{namespace}'. The supported versions are '{}'.",
            self.api_version,
            known.join(",")
        );
        let reply = gateway_error(400, "InvalidApiVersionParameter", &message);
        Some(ServiceAnswer::new(reply, format!("asked for api-version {:?}, which is not known", self.api_version)))
    }

    /// The body as JSON of the right shape; the inner error is the answer to a body that is not.
    pub fn body(
        &self,
        check: impl Fn(&mut Value) -> Result<(), BodyError>,
    ) -> Result<Result<Value, ServiceAnswer>, Unmodelled> {
        let media_type = self.request.headers.get("content-type").unwrap_or_default();
        if !media_type.to_ascii_lowercase().starts_with("application/json") {
            let message = format!(
                "The content media type '{media_type}' is not supported. Only 'application/json' is supported."
            );
            let reply = gateway_error(415, "UnsupportedMediaType", &message);
            return Ok(Err(ServiceAnswer::new(reply, "sent a body that does not say it is JSON".into())));
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&self.request.body) else {
            let reply = gateway_error(
                400,
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized.",
            );
            return Ok(Err(ServiceAnswer::new(reply, "sent a body that is not JSON".into())));
        };
        match check(&mut body) {
            Ok(()) => Ok(Ok(body)),
            Err(BodyError::Unmodelled(what)) => Err(Unmodelled(format!("{}: {what}", self.unmodelled().0))),
            Err(BodyError::Invalid(why)) => {
                let reply = ServiceError::invalid_input().reply(400, &self.activity_id);
                Ok(Err(ServiceAnswer::new(reply, format!("sent a body that Azure refuses: {why}"))))
            }
        }
    }
}

/// The state of the tokens that a request presents.
#[derive(Clone, Copy, Debug)]
pub struct PresentedTokens {
    pub bearer: Bearer,
    pub auxiliary: Bearer,
}

impl PresentedTokens {
    pub const NOTHING: Self = Self { bearer: Bearer::Absent, auxiliary: Bearer::Absent };
}

/// The answer of everything behind Resource Manager's host.
pub fn answer(state: &mut SimulatorState, request: &Request) -> (Result<ServiceAnswer, Unmodelled>, PresentedTokens) {
    if request.path().eq_ignore_ascii_case("/metadata/endpoints") {
        return (Ok(metadata(state, request)), PresentedTokens::NOTHING);
    }
    let now = state.platform.clock.now();
    let bearer = state.entra.judge(request.headers.get("authorization"), now);
    let header = request.headers.get("x-ms-authorization-auxiliary");
    let (auxiliary, auxiliary_tenants) = state.entra.judge_auxiliary(header, now);
    let second = if auxiliary == Bearer::Absent { Bearer::Valid } else { auxiliary };
    let refusal = refuse_token(state, bearer).or_else(|| refuse_token(state, second));
    let (verdict, answer) = match refusal {
        Some(refusal) => (None, Ok(refusal)),
        None => {
            let verdict = state.throttling.as_mut().map(|throttling| throttling.judge(&request.method, now));
            match verdict {
                Some(Verdict::Refused { retry_after_seconds }) => (verdict, Ok(throttled(retry_after_seconds))),
                _ => (verdict, dispatch(state, request, auxiliary_tenants)),
            }
        }
    };
    let answer = answer.map(|mut answer| {
        sign_off(state, request, verdict, &mut answer.reply);
        answer
    });
    (answer, PresentedTokens { bearer, auxiliary })
}

fn dispatch(
    state: &mut SimulatorState,
    request: &Request,
    auxiliary_tenants: Vec<String>,
) -> Result<ServiceAnswer, Unmodelled> {
    let unmodelled = || Unmodelled(format!("{} {}", request.method, request.path()));
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if !segments.first().is_some_and(|first| first.eq_ignore_ascii_case("subscriptions")) {
        return Err(unmodelled());
    }
    if let Some(refusal) = refuse_without_api_version(request) {
        return Ok(refusal);
    }
    if let Some(answer) = subscriptions::answer(&state.platform.world, &request.method, &segments) {
        return Ok(answer);
    }
    let [_, subscription, rest @ ..] = segments.as_slice() else { return Err(unmodelled()) };
    let (resource_group, rest) = match rest {
        [word, group, rest @ ..] if word.eq_ignore_ascii_case("resourceGroups") => (Some(*group), rest),
        rest => (None, rest),
    };
    let [providers, namespace, resource @ ..] = rest else { return Err(unmodelled()) };
    if !providers.eq_ignore_ascii_case("providers") {
        return Err(unmodelled());
    }
    if !state.platform.world.has_subscription(subscription) {
        return Ok(subscriptions::not_found(subscription));
    }
    if let Some(group) = resource_group.filter(|group| !state.platform.world.has_resource_group(subscription, group)) {
        return Ok(subscriptions::no_such_group(group));
    }
    let own_id = state.platform.mint.uuid().to_string();
    let call = ArmCall {
        request,
        subscription,
        resource_group,
        resource: resource.to_vec(),
        api_version: request.query("api-version").unwrap_or_default(),
        auxiliary_tenants,
        activity_id: request.headers.get("x-ms-client-request-id").map_or(own_id, str::to_owned),
    };
    let SimulatorState { platform, services, .. } = state;
    let types: Vec<&str> = services.all().into_iter().flat_map(SimulatedService::resource_types).collect();
    let own = services.all_mut().into_iter().find(|own| own.namespace().eq_ignore_ascii_case(namespace));
    if let Some(service) = own {
        return service.answer(platform, &call);
    }
    let looked_at = if namespace.eq_ignore_ascii_case("Microsoft.Storage") {
        storage::answer(&platform.world, &request.method, &call.resource, request.path())
    } else {
        resources::answer(&platform.world, &types, &request.method, request.path())
    };
    looked_at.map(|(reply, note)| ServiceAnswer::new(reply, note)).ok_or_else(unmodelled)
}

fn refuse_without_api_version(request: &Request) -> Option<ServiceAnswer> {
    if request.query("api-version").is_some_and(|version| !version.is_empty()) {
        return None;
    }
    let message = "The api-version query parameter (?api-version=) is required for all requests.";
    let reply = gateway_error(400, "MissingApiVersionParameter", message);
    Some(ServiceAnswer::new(reply, "asked without an api-version".into()))
}

fn refuse_token(state: &SimulatorState, bearer: Bearer) -> Option<ServiceAnswer> {
    let (code, message, note) = match bearer {
        Bearer::Valid => return None,
        Bearer::Absent => (
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            "asked without a token",
        ),
        Bearer::Expired => (
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than the current UTC time.",
            "asked with an expired token",
        ),
        Bearer::Unknown => {
            ("InvalidAuthenticationToken", "The access token is invalid.", "asked with a token from elsewhere")
        }
    };
    Some(ServiceAnswer::new(unauthorized(state, code, message), note.into()))
}

pub fn unauthorized(state: &SimulatorState, code: &str, message: &str) -> Reply {
    let challenge = format!(
        "Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", error_description=\"{message}\"",
        state.platform.endpoint, state.platform.world.tenant
    );
    gateway_error(401, code, message).header("www-authenticate", challenge)
}

fn throttled(retry_after_seconds: Option<u32>) -> ServiceAnswer {
    let message = "The request for the subscription could not be processed due to an excessive volume of traffic.";
    let mut reply = gateway_error(429, "SubscriptionRequestsThrottled", message);
    if let Some(seconds) = retry_after_seconds {
        reply.headers.set("retry-after", seconds.to_string());
    }
    ServiceAnswer::new(reply, "was throttled".into())
}

/// The headers of every answer. Request and correlation ids are new for each request unless the client named one.
pub fn sign_off(state: &mut SimulatorState, request: &Request, verdict: Option<Verdict>, reply: &mut Reply) {
    let own = state.platform.mint.uuid().to_string();
    let correlation = request.headers.get("x-ms-correlation-request-id").unwrap_or(&own).to_owned();
    let stamp = super::clock::with_seconds(state.platform.clock.now()).replace(['-', ':'], "");
    reply.headers.set("x-ms-request-id", own);
    reply.headers.set("x-ms-correlation-request-id", correlation);
    reply.headers.set("x-ms-routing-request-id", format!("WESTEUROPE:{stamp}:{}", state.platform.mint.uuid()));
    reply.headers.set("cache-control", "no-cache");
    reply.headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
    if request.headers.get("x-ms-return-client-request-id").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        && let Some(id) = request.headers.get("x-ms-client-request-id")
    {
        reply.headers.set("x-ms-client-request-id", id);
    }
    let (kind, most) = if request.method == "GET" { ("reads", 249) } else { ("writes", 199) };
    let left = match verdict {
        Some(Verdict::Left(left)) => left,
        Some(Verdict::Refused { .. }) => 0,
        None => most,
    };
    reply.headers.set(&format!("x-ms-ratelimit-remaining-subscription-{kind}"), left.to_string());
}

/// The description of this cloud, without a token: one object, or a list of clouds in the oldest version.
fn metadata(state: &SimulatorState, request: &Request) -> ServiceAnswer {
    let endpoint = &state.platform.endpoint;
    let cloud = json!({
        "name": "AzureSimulator", "portal": endpoint,
        "authentication": {
            "loginEndpoint": endpoint, "audiences": [endpoint, "https://management.azure.com/"],
            "tenant": "common", "identityProvider": "AAD",
        },
        "resourceManager": format!("{endpoint}/"),
        "suffixes": {"storage": "core.windows.net", "sqlServerHostname": "database.windows.net", "keyVaultDns": "vault.azure.net"},
    });
    let body = match request.query("api-version").as_deref() {
        Some("2019-05-01") => json!([cloud]),
        _ => cloud,
    };
    ServiceAnswer::new(Reply::json(200, &body), "asked what cloud this is".into())
}
