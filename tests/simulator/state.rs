//! Everything the simulator knows, and the way of one request through it: fault, service, fault, journal.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arm::{self, Answer, Presented, Unmodelled};
use super::clock::Clock;
use super::data_protection::jobs::Job;
use super::data_protection::order::{self, Order};
use super::data_protection::{self, disks};
use super::entra::{Bearer, Entra};
use super::fault::{Action, Faults};
use super::journal::{Entry, Journal};
use super::message::{Delivery, Reply, Request};
use super::mint::Mint;
use super::resources::Resource;
use super::story::Ending;
use super::throttling::Throttling;
use super::world::World;

/// How lists are cut.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    pub size: usize,
    /// The first page is empty and has a `nextLink`, which is legal.
    pub begins_with_an_empty_page: bool,
}

impl Default for Paging {
    fn default() -> Self {
        Self { size: 100, begins_with_an_empty_page: false }
    }
}

#[derive(Clone, Debug)]
pub struct State {
    /// Scheme, host and port of the URLs given out.
    pub endpoint: String,
    /// The same for URLs of operations, where it is another.
    pub operation_endpoint: Option<String>,
    pub clock: Clock,
    pub mint: Mint,
    pub world: World,
    pub entra: Entra,
    pub throttling: Option<Throttling>,
    pub paging: Paging,
    pub faults: Faults,
    pub journal: Journal,
    pub data_protection: data_protection::Service,
    pub accepted_restores: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            endpoint: "https://management.azure.com".into(),
            operation_endpoint: None,
            clock: Clock::default(),
            mint: Mint::default(),
            world: World::default(),
            entra: Entra::default(),
            throttling: None,
            paging: Paging::default(),
            faults: Faults::default(),
            journal: Journal::default(),
            data_protection: data_protection::Service::default(),
            accepted_restores: 0,
        }
    }
}

impl State {
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

    pub fn operation_endpoint(&self) -> &str {
        self.operation_endpoint.as_deref().unwrap_or(&self.endpoint)
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

    fn serve(&mut self, request: &Request) -> (Result<Answer, Unmodelled>, Presented) {
        let now = self.clock.now();
        let endpoint = self.endpoint.clone();
        match self.entra.answer(request, &self.world, &mut self.mint, now, &endpoint) {
            Some((reply, note)) => (Ok(Answer::new(reply, note)), Presented::NOTHING),
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

    /// To be called whenever a job may have moved: fixes its end. What has been taken on the target since it began fails it,
    /// and one that went well leaves something behind.
    pub fn settle(&mut self, at: usize) {
        let now = self.clock.now();
        let Some(job) = self.data_protection.jobs.get_mut(at) else { return };
        if job.is_running()
            && matches!(job.progress.ending(), Some(Ending::Completed | Ending::CompletedWithWarnings(_)))
            && let Some(error) = order::taken(&self.world, &job.order)
        {
            job.progress.finish(Ending::Failed(vec![error]));
        }
        if job.settle(now) {
            let job = job.clone();
            self.restored(&job);
        }
    }

    fn restored(&mut self, job: &Job) {
        let Order { destination, creates, .. } = &job.order;
        if let Some(disk) = Resource::named(destination).filter(|_| disks::makes_a_disk(&job.order)) {
            self.world.resources.push(disk.location(&job.source.location));
        } else if let Some(account) = self.world.storage_account_mut(destination) {
            account.containers.extend(creates.iter().cloned());
        }
    }

    /// Every running operation ends and every job takes its next step, held or not.
    pub fn advance(&mut self) {
        let now = self.clock.now();
        self.data_protection.operations.iter_mut().for_each(|operation| operation.finish(now));
        let ids: Vec<String> = self.data_protection.jobs.iter().map(|job| job.id.clone()).collect();
        for id in ids {
            self.move_job(&id, super::story::Progress::advance);
        }
    }

    /// Moves one job by hand. `false`: there is none with this GUID or ARM id.
    pub fn move_job(&mut self, id: &str, change: impl FnOnce(&mut super::story::Progress)) -> bool {
        let Some(at) = self.data_protection.position(id) else { return false };
        if let Some(job) = self.data_protection.jobs.get_mut(at) {
            change(&mut job.progress);
        }
        self.settle(at);
        true
    }

    /// Facts of the scenario that a person or a script needs to talk about its things.
    pub fn things(&self) -> Value {
        let mut instances = BTreeMap::new();
        for vault in &self.world.backup_vaults {
            for instance in vault.instances.iter() {
                instances.insert(instance.name.clone(), vault.instance_id(&instance.name));
            }
        }
        let accounts: BTreeMap<String, String> =
            self.world.storage_accounts.iter().map(|account| (account.name.clone(), account.id())).collect();
        let vaults: BTreeMap<String, String> =
            self.world.backup_vaults.iter().map(|vault| (vault.name.clone(), vault.id())).collect();
        let (mut containers, mut container_urls) = (BTreeMap::new(), BTreeMap::new());
        for account in &self.world.storage_accounts {
            for container in &account.containers {
                let key = format!("{}/{container}", account.name);
                containers.insert(key.clone(), account.container_id(container));
                container_urls.insert(key, account.container_url(container));
            }
        }
        let resources: BTreeMap<&str, String> =
            self.world.resources.iter().map(|resource| (resource.name.as_str(), resource.id())).collect();
        let group_id = |subscription: &str, name: &str| format!("/subscriptions/{subscription}/resourceGroups/{name}");
        let groups: BTreeMap<&str, String> =
            self.world.places().map(|(subscription, name)| (name, group_id(subscription, name))).collect();
        let guards = self.world.backup_vaults.iter().filter_map(|vault| vault.resource_guard.as_ref());
        let guards: BTreeMap<&str, &str> = guards.map(|guard| (last_segment(&guard.id), guard.id.as_str())).collect();
        let identities = self.world.backup_vaults.iter().flat_map(|vault| &vault.user_assigned_identities);
        let identities: BTreeMap<&str, &String> = identities.map(|id| (last_segment(id), id)).collect();
        json!({
            "backup_instances": instances, "storage_accounts": accounts, "backup_vaults": vaults,
            "containers": containers, "container_urls": container_urls, "resources": resources,
            "resource_groups": groups, "resource_guards": guards, "user_assigned_identities": identities,
        })
    }
}

fn last_segment(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
