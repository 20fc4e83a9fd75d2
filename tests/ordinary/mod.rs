//! Ordinary resources: a vault, the registration of a virtual machine, the protection of a database. What is true of
//! each stands in a file of its own; what only the real client shows, in `client.rs`.

mod client;
mod command_line;
mod container;
mod database;
mod found;
mod refusals;
mod vault;

use serde_json::{Value, json};

use crate::contract;
use crate::in_process::{PlannedStep, Session, SessionResult, text};
use crate::simulator::{Entry, catalogue};

const VAULT: &str = "azurebackup_recovery_services_vault";
const CONTAINER: &str = "azurebackup_vm_workload_container";
const DATABASE: &str = "azurebackup_protected_vm_sql_database";

/// One ordinary resource in front of a simulated Azure, in one process.
struct Ordinary {
    session: Session,
}

impl Ordinary {
    fn new(type_name: &'static str) -> Self {
        Self { session: Session::new().of_type(type_name) }
    }

    /// Another resource in front of the same Azure.
    fn beside(&self, type_name: &'static str) -> Self {
        Self { session: Session::behind(self.session.transport(), 2).of_type(type_name) }
    }

    fn vault_id(&self) -> String {
        self.session.thing("recovery_services_vaults", catalogue::RECOVERY_SERVICES_VAULT)
    }

    fn machine_id(&self) -> String {
        self.session.thing("resources", catalogue::NEW_SQL_MACHINE)
    }

    fn policy_id(&self, name: &str) -> String {
        self.session.thing("backup_policies", &format!("{}/{name}", catalogue::RECOVERY_SERVICES_VAULT))
    }

    async fn apply(&mut self, arguments: &Value) -> SessionResult {
        let config = self.session.configuration_of(arguments);
        self.session.apply(&config).await
    }

    #[track_caller]
    fn is(finished: &SessionResult, step: PlannedStep) {
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!(finished.step, step, "{}", finished.text());
    }

    /// Applies, and then there is nothing to do.
    async fn applied(&mut self, arguments: &Value, step: PlannedStep) -> SessionResult {
        let finished = self.apply(arguments).await;
        Self::is(&finished, step);
        let config = self.session.configuration_of(arguments);
        let (plan, second) = self.session.plan(&config).await;
        assert_eq!(second.step, PlannedStep::Nothing, "{:?}\n{:?}", self.session.object, plan.planned);
        finished
    }

    async fn destroyed(&mut self) {
        let diagnostics = self.session.destroy().await;
        assert!(!diagnostics.has_errors(), "{}", text(&diagnostics));
        assert!(self.session.object.is_none());
    }

    /// Terraform's process was killed: Azure has what was made, no state knows it.
    fn forget(&mut self) {
        self.session.object = None;
    }

    /// What was asked since, as `METHOD last/two`, without what only reads.
    fn writes(&self, since: usize) -> Vec<String> {
        let journal = self.session.journal().since(since);
        let writes = journal.entries.iter().filter(|entry| entry.method != "GET" && !entry.path.ends_with("/token"));
        writes.map(|entry| format!("{} {}", entry.method, end(&entry.path))).collect()
    }

    fn last(&self) -> usize {
        self.session.journal().last_number()
    }

    fn entry(&self, method: &str, path: &str) -> Entry {
        let journal = self.session.journal();
        let found = journal.find(method, path).last().cloned();
        found.unwrap_or_else(|| panic!("no {method} of {path}\n{}", journal.text()))
    }

    fn finish(self) {
        contract::check(&self.session.journal());
        assert_eq!(self.session.restores(), 0);
    }
}

/// The last segment of a path.
fn end(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn registration(o: &Ordinary) -> Value {
    json!({"vault_id": o.vault_id(), "virtual_machine_id": o.machine_id()})
}
