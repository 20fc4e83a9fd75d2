//! Everything the simulator knows, and the way of one request through it: fault, service, fault, journal.

use serde_json::{Value, json};

use super::arm::{self, PresentedTokens, ServiceAnswer, Unmodelled};
use super::entra::{Bearer, Entra};
use super::fault::{Action, Faults};
use super::journal::{Entry, Journal};
use super::message::{Delivery, Reply, Request};
use super::platform::Platform;
use super::script::Progress;
use super::service::Services;
use super::throttling::Throttling;

#[derive(Clone, Debug, Default)]
pub struct SimulatorState {
    pub platform: Platform,
    pub services: Services,
    pub entra: Entra,
    pub throttling: Option<Throttling>,
    pub faults: Faults,
    pub journal: Journal,
    pub accepted_restores: usize,
}

impl SimulatorState {
    pub fn handle(&mut self, request: &Request) -> Reply {
        let met = self.faults.meet(request, self.accepted_restores);
        let (action, fault) = met.map_or((None, None), |(action, word)| (Some(action), Some(word)));
        let mut entry = self.entry(request, fault);
        let reply = match self.before(request, action.as_ref()) {
            Some(reply) => {
                entry.note = format!("sent {} {}", request.method, request.path());
                reply
            }
            None => {
                let (answer, presented) = self.serve(request);
                (entry.bearer, entry.auxiliary) = (presented.bearer, presented.auxiliary);
                let reply = match answer {
                    Ok(answer) => {
                        entry.note = answer.note;
                        entry.accepted_restore = answer.accepted_restore;
                        answer.reply
                    }
                    Err(Unmodelled(what)) => {
                        entry.note = format!("asked for what the simulator does not model: {what}");
                        entry.unmodelled = true;
                        let error = json!({"code": "SimulatorNotModelled", "message": format!("the simulator has no model of: {what}")});
                        Reply::json(501, &json!({"error": error}))
                    }
                };
                match &action {
                    Some(action) => action.after(reply),
                    None => reply,
                }
            }
        };
        entry.status = if reply.delivery == Delivery::Dropped { 0 } else { reply.status };
        self.accepted_restores += usize::from(entry.accepted_restore.is_some());
        self.journal.entries.push(entry);
        reply
    }

    /// The answer where a scripted fault keeps the request from the service.
    fn before(&mut self, request: &Request, action: Option<&Action>) -> Option<Reply> {
        if action == Some(&Action::TokenExpired) {
            self.entra.revoke(request.headers.get("authorization"));
            let message = "The access token expiry UTC time is earlier than the current UTC time.";
            return Some(arm::unauthorized(self, "ExpiredAuthenticationToken", message));
        }
        let mut reply = action?.before()?;
        arm::sign_off(self, request, None, &mut reply);
        Some(reply)
    }

    fn serve(&mut self, request: &Request) -> (Result<ServiceAnswer, Unmodelled>, PresentedTokens) {
        let Platform { world, mint, endpoint, clock, .. } = &mut self.platform;
        match self.entra.answer(request, world, mint, clock.now(), endpoint) {
            Some((reply, note)) => (Ok(ServiceAnswer::new(reply, note)), PresentedTokens::NOTHING),
            None => arm::answer(self, request),
        }
    }

    fn entry(&self, request: &Request, fault: Option<String>) -> Entry {
        let header = |name: &str| request.headers.get(name).map(str::to_owned);
        let is_token_call = request.path().to_lowercase().ends_with("/oauth2/v2.0/token");
        Entry {
            number: self.journal.entries.len() + 1,
            method: request.method.clone(),
            path: request.path().to_owned(),
            query_names: request.query_pairs().into_iter().map(|(name, _)| name).collect(),
            api_version: request.query("api-version"),
            client_request_id: header("x-ms-client-request-id"),
            correlation_id: header("x-ms-correlation-request-id"),
            accept: header("accept"),
            content_type: header("content-type"),
            user_agent: header("user-agent"),
            bearer: if header("authorization").is_some() { Bearer::Unknown } else { Bearer::Absent },
            auxiliary: if header("x-ms-authorization-auxiliary").is_some() { Bearer::Unknown } else { Bearer::Absent },
            body: serde_json::from_slice::<Value>(&request.body).ok().filter(|_| !is_token_call),
            has_body: !request.body.is_empty(),
            status: 0,
            fault,
            accepted_restore: None,
            unmodelled: false,
            note: String::new(),
        }
    }

    /// Every running operation ends and every job takes its next step, held or not.
    pub fn advance(&mut self) {
        let now = self.platform.clock.now();
        for service in self.services.all_mut() {
            service.end_operations(now);
            for job in service.jobs() {
                service.move_job(&mut self.platform, &job.id, &mut Progress::advance);
            }
        }
    }

    /// Moves one job by hand. `false`: there is none with this name or ARM id.
    pub fn move_job(&mut self, id: &str, mut change: impl FnMut(&mut Progress)) -> bool {
        let platform = &mut self.platform;
        self.services.all_mut().into_iter().any(|service| service.move_job(platform, id, &mut change))
    }
}
