use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use time::format_description::well_known::Rfc3339;

use super::azure::Azure;
use super::client::{TerraformClient, client};
use super::leaks;
use super::run::Running;
use super::workspace::Workspace;
use crate::simulator::catalogue;
use crate::simulator::entra::Bearer;
use crate::simulator::{AcceptedRestore, Ending, Fault, JobScript, Journal, OperationScript};
use crate::simulator::{CLIENT, CLIENT_SECRET, SUBSCRIPTION, TENANT};

/// One simulated Azure, one private workspace with the provider set up for it, and one restore to write into it.
///
/// Ends with [`Scenario::finish`], which asserts what every scenario promises; one that is dropped without it fails.
pub struct Scenario {
    workspace: Workspace,
    azure: Azure,
    /// Further arguments of the provider block.
    provider: String,
    /// What must be found nowhere in the end.
    planted: Vec<String>,
    finished: bool,
    _turn: ScenarioPermit,
}

impl Scenario {
    pub fn new() -> Self {
        let turn = ScenarioPermit::take();
        let mut workspace = Workspace::new();
        let certificate_file = workspace.root().join("authority.pem");
        let azure = Azure::start(&certificate_file);
        for (name, value) in [
            ("ARM_SUBSCRIPTION_ID", SUBSCRIPTION),
            ("ARM_TENANT_ID", TENANT),
            ("ARM_CLIENT_ID", CLIENT),
            // Here and not in the configuration, which plans and states may repeat.
            ("ARM_CLIENT_SECRET", CLIENT_SECRET),
        ] {
            workspace.set(name, value);
        }
        workspace.set("SSL_CERT_FILE", certificate_file);
        let mut scenario = Self {
            workspace,
            azure,
            provider: String::new(),
            planted: vec![CLIENT_SECRET.to_owned()],
            finished: false,
            _turn: turn,
        };
        scenario.provider("");
        scenario
    }

    /// Ends the scenario: so many restores were accepted in all, every request is one that Azure knows, and nothing secret
    /// is in an output, the state, the provider's log or any file left behind.
    #[track_caller]
    pub fn finish(mut self, restores: usize) {
        self.finished = true;
        self.expect_restores(restores);
        let journal = self.journal();
        crate::contract::check(&journal);
        // A fault that comes before the service keeps it from looking at the token.
        for entry in journal.entries.iter().filter(|entry| entry.fault.is_none()) {
            assert_ne!(entry.bearer, Bearer::Unknown, "a token that was not given out here was sent: {entry:?}");
        }
        let planted: Vec<&str> = self.planted.iter().map(String::as_str).collect();
        let found = leaks::search(&self.workspace, &planted);
        assert!(found.is_empty(), "secrets got out: {found:#?}");
    }

    /// One more secret that must be found nowhere in the end, beside the client secret, tokens and signed queries.
    pub fn plant(&mut self, secret: &str) {
        self.planted.push(secret.to_owned());
    }

    // The simulated Azure.

    /// A handle that a waiting closure can own.
    pub fn azure(&self) -> Azure {
        self.azure.clone()
    }

    pub fn journal(&self) -> Journal {
        self.azure.journal()
    }

    /// How many restores have been accepted.
    pub fn restores(&self) -> usize {
        self.azure.restores()
    }

    #[track_caller]
    pub fn expect_restores(&self, count: usize) {
        assert_eq!(self.restores(), count, "accepted restores\n{}", self.account());
    }

    /// The restore that was accepted last.
    #[track_caller]
    pub fn job(&self) -> AcceptedRestore {
        let journal = self.journal();
        let last = journal.accepted_restores().last().map(|accepted| (*accepted).clone());
        last.unwrap_or_else(|| panic!("no restore was accepted\n{}", self.account()))
    }

    /// How often a job was read by its id, in either region.
    pub fn job_looks(&self) -> usize {
        self.azure.job_looks()
    }

    pub fn next_job(&self, script: JobScript) {
        self.azure.simulator().next_restore(script);
    }

    pub fn next_validation(&self, script: OperationScript) {
        self.azure.simulator().next_validation(script);
    }

    /// The operation of the next restore; its job is there from the start.
    pub fn next_operation(&self, script: OperationScript) {
        self.azure.simulator().next_restore_operation(script);
    }

    pub fn fault(&self, fault: Fault) {
        self.azure.simulator().inject(fault);
    }

    /// Lets the held job take its next step.
    #[track_caller]
    pub fn release_job(&self) {
        assert!(self.azure.simulator().release(&self.last_job()));
    }

    #[track_caller]
    pub fn end_job(&self, ending: Ending) {
        assert!(self.azure.simulator().finish(&self.last_job(), ending));
    }

    /// The vault's list shows the job from now on.
    #[track_caller]
    pub fn list_job(&self) {
        assert!(self.azure.simulator().list_from_now(&self.last_job()));
    }

    /// The job's record ages out.
    #[track_caller]
    pub fn forget_job(&self) {
        assert!(self.azure.simulator().forget(&self.last_job()));
    }

    /// A restore of the operational backup that somebody else starts now. Its job's ARM id.
    pub fn start_elsewhere(&self, script: JobScript) -> String {
        self.azure.start_elsewhere(&self.point(), script)
    }

    /// Ids of the points of the vaulted backup, newest first.
    pub fn recovery_points(&self) -> Vec<String> {
        self.azure.recovery_points()
    }

    #[track_caller]
    fn last_job(&self) -> String {
        let jobs = self.azure.simulator().jobs();
        jobs.last().unwrap_or_else(|| panic!("there is no job\n{}", self.account())).id.clone()
    }

    // What is in it.

    pub fn vault_id(&self) -> String {
        self.azure.thing("backup_vaults", super::azure::VAULT)
    }

    pub fn operational_id(&self) -> String {
        self.azure.thing("backup_instances", super::azure::OPERATIONAL)
    }

    /// The Recovery Services vault of the catalogue.
    pub fn recovery_services_vault_id(&self) -> String {
        self.azure.thing("recovery_services_vaults", catalogue::RECOVERY_SERVICES_VAULT)
    }

    /// The file share that it protects.
    pub fn protected_file_share_id(&self) -> String {
        self.azure.thing("protected_items", catalogue::FILE_SHARE)
    }

    pub fn vaulted_id(&self) -> String {
        self.azure.thing("backup_instances", super::azure::VAULTED)
    }

    /// Name of the account that the operational backup protects.
    pub fn operational_account(&self) -> String {
        super::azure::OPERATIONAL_ACCOUNT.to_owned()
    }

    pub fn operational_account_id(&self) -> String {
        self.azure.thing("storage_accounts", super::azure::OPERATIONAL_ACCOUNT)
    }

    pub fn target_account(&self) -> String {
        super::azure::TARGET_ACCOUNT.to_owned()
    }

    pub fn target_account_id(&self) -> String {
        self.azure.thing("storage_accounts", super::azure::TARGET_ACCOUNT)
    }

    /// A moment to which the operational backup can go back, in whole seconds.
    pub fn point(&self) -> String {
        let at = self.azure.started() - time::Duration::days(1);
        let at = at.replace_nanosecond(0).expect("zero is a nanosecond");
        at.format(&Rfc3339).expect("it can be written")
    }

    // The configuration.

    /// Adds arguments to the provider block.
    pub fn provider(&mut self, more: &str) {
        self.provider = more.to_owned();
        self.provider_anew(&format!("{}\n  {more}", self.provider_arguments()));
    }

    /// Replaces the arguments of the provider block.
    pub fn provider_anew(&mut self, arguments: &str) {
        let required = "terraform {\n  required_providers {\n    azurebackup = {\n      \
                        source = \"azurebackup/azurebackup\"\n    }\n  }\n}\n";
        self.write("provider.tf", &format!("{required}provider \"azurebackup\" {{\n  {arguments}\n}}\n"));
    }

    /// The arguments that lead to the simulated Azure.
    pub fn provider_arguments(&self) -> String {
        let endpoint = self.azure.simulator().endpoint();
        format!("resource_manager_endpoint = {endpoint:?}\n  authority_host = {endpoint:?}\n  poll_interval = \"20ms\"")
    }

    /// A second provider block, with the arguments of the first.
    pub fn alias(&self, name: &str) -> String {
        let (arguments, more) = (self.provider_arguments(), &self.provider);
        format!("provider \"azurebackup\" {{\n  alias = {name:?}\n  {arguments}\n  {more}\n}}\n")
    }

    /// Writes what is beside the provider block, in place of what was there.
    pub fn configure(&self, text: &str) {
        self.write("main.tf", text);
    }

    /// An operational restore `azurebackup_blob_restore.x` to [`Scenario::point`], with these further lines.
    pub fn restore(&self, more: &str) {
        self.configure(&format!(
            "resource \"azurebackup_blob_restore\" \"x\" {{\n{}\n}}\n",
            self.operational_arguments(more)
        ));
    }

    /// A vaulted restore `azurebackup_blob_restore.x` into the target account, with these further lines.
    pub fn vaulted(&self, more: &str) {
        let (instance, target) = (self.vaulted_id(), self.target_account_id());
        self.configure(&format!(
            "resource \"azurebackup_blob_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
             target_storage_account_id = {target:?}\n  {more}\n}}\n"
        ));
    }

    /// A restore `azurebackup_blob_restore.x` with exactly these arguments, each a name and an expression.
    pub fn write_restore(&self, arguments: &[(&str, &str)]) {
        let lines: Vec<String> = arguments.iter().map(|(name, value)| format!("  {name} = {value}")).collect();
        self.configure(&format!("resource \"azurebackup_blob_restore\" \"x\" {{\n{}\n}}\n", lines.join("\n")));
    }

    /// The body of [`Scenario::restore`].
    pub fn operational_arguments(&self, more: &str) -> String {
        let (instance, point) = (self.operational_id(), self.point());
        format!("  backup_instance_id = {instance:?}\n  point_in_time = {point:?}\n  {more}")
    }

    /// Values of the variables that the examples declare.
    pub fn set_variables(&mut self) {
        let job = self.start_elsewhere(JobScript::ended(Ending::Completed));
        for (name, value) in [
            ("operational_backup_instance_id", self.operational_id()),
            ("vaulted_backup_instance_id", self.vaulted_id()),
            ("target_storage_account_id", self.target_account_id()),
            ("backup_vault_id", self.vault_id()),
            ("backup_job_id", job),
            ("point_in_time", self.point()),
        ] {
            self.set(&format!("TF_VAR_{name}"), value);
        }
        self.set_variables_of_workloads();
    }

    fn set_variables_of_workloads(&mut self) {
        let container = format!("{}/{}", catalogue::FILES_ACCOUNT, catalogue::FILES_CONTAINER);
        let sql_database = format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_DATABASE);
        let pool = format!("{}/{}", catalogue::SQL_TARGET_SERVER, catalogue::SQL_POOL);
        let long_term = format!("{}/{} Hot", catalogue::SQL_SERVER, catalogue::SQL_LOST_DATABASE);
        let managed_database = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_DATABASE);
        let managed_long_term = format!("{}/{} Hot", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_LOST_DATABASE);
        for (name, group, thing) in [
            ("postgresql_backup_instance_id", "backup_instances", catalogue::POSTGRESQL),
            ("mysql_backup_instance_id", "backup_instances", catalogue::MYSQL),
            ("disk_backup_instance_id", "backup_instances", catalogue::DISK),
            ("data_lake_backup_instance_id", "backup_instances", catalogue::LAKE),
            ("cluster_backup_instance_id", "backup_instances", catalogue::CLUSTER),
            ("cosmosdb_backup_instance_id", "backup_instances", catalogue::COSMOSDB),
            ("protected_file_share_id", "protected_items", catalogue::FILE_SHARE),
            ("recovery_services_vault_id", "recovery_services_vaults", catalogue::RECOVERY_SERVICES_VAULT),
            ("sql_virtual_machine_id", "resources", catalogue::NEW_SQL_MACHINE),
            ("file_share_account_id", "storage_accounts", catalogue::FILE_SHARE_ACCOUNT),
            ("copied_file_share_id", "protected_items", catalogue::COPIED_FILE_SHARE),
            ("copied_virtual_machine_id", "protected_items", catalogue::COPIED_VIRTUAL_MACHINE),
            ("secondary_region_account_id", "storage_accounts", catalogue::SECONDARY_REGION_ACCOUNT),
            ("target_file_share_account_id", "storage_accounts", catalogue::FILE_SHARE_TARGET_ACCOUNT),
            ("protected_virtual_machine_id", "protected_items", catalogue::VIRTUAL_MACHINE),
            ("restored_resource_group_id", "resource_groups", catalogue::MACHINE_TARGET_GROUP),
            ("restore_staging_account_id", "storage_accounts", catalogue::MACHINE_STAGING_ACCOUNT),
            ("protected_sql_database_id", "protected_items", catalogue::VM_SQL_DATABASE),
            ("target_sql_container_id", "protection_containers", catalogue::VM_SQL_TARGET_MACHINE),
            ("protected_hana_database_id", "protected_items", catalogue::HANA_DATABASE),
            ("target_hana_container_id", "protection_containers", catalogue::HANA_MACHINE),
            ("container_url", "container_urls", container.as_str()),
            ("container_id", "containers", container.as_str()),
            ("target_cluster_id", "resources", catalogue::TARGET_CLUSTER),
            ("target_cosmosdb_account_id", "resources", catalogue::COSMOSDB_TARGET_ACCOUNT),
            ("target_data_lake_id", "storage_accounts", catalogue::LAKE_TARGET_ACCOUNT),
            ("staging_resource_group_id", "resource_groups", catalogue::STAGING_RESOURCE_GROUP),
            ("staging_storage_account_id", "storage_accounts", catalogue::STAGING_ACCOUNT),
            ("sql_server_id", "sql_servers", catalogue::SQL_SERVER),
            ("target_sql_server_id", "sql_servers", catalogue::SQL_TARGET_SERVER),
            ("sql_database_id", "sql_databases", sql_database.as_str()),
            ("elastic_pool_id", "elastic_pools", pool.as_str()),
            ("long_term_retention_backup_id", "long_term_backups", long_term.as_str()),
            ("managed_instance_id", "managed_instances", catalogue::MANAGED_INSTANCE),
            ("target_managed_instance_id", "managed_instances", catalogue::MANAGED_TARGET_INSTANCE),
            ("managed_database_id", "managed_databases", managed_database.as_str()),
            ("managed_long_term_retention_backup_id", "managed_long_term_backups", managed_long_term.as_str()),
        ] {
            let value = self.azure.thing(group, thing);
            self.set(&format!("TF_VAR_{name}"), value);
        }
        let group = self.azure.thing("resource_groups", catalogue::STAGING_RESOURCE_GROUP);
        let subnet = format!("{}/subnets/apps", self.azure.thing("resources", catalogue::NETWORK));
        let yesterday = (self.azure.started() - time::Duration::days(1)).format(&Rfc3339).expect("it can be written");
        let month_end = (self.azure.started() - time::Duration::days(60)).format(&Rfc3339).expect("it can be written");
        for (name, value) in [
            ("target_resource_group_id", group.as_str()),
            ("vault_principal_id", "0f0e0d0c-0b0a-4908-8706-050403020100"),
            ("month_end", &month_end),
            ("subnet_id", &subnet),
            ("vault_region", "westeurope"),
            ("resource_group_name", crate::simulator::RESOURCE_GROUP),
            ("recovery_services_vault_name", catalogue::RECOVERY_SERVICES_VAULT),
            ("sql_database_name", catalogue::NEW_SQL_DATABASE),
            ("file_share_name", catalogue::FILE_SHARE),
            ("target_file_share_name", catalogue::FILE_SHARE_TARGET),
            ("spare_file_share_name", catalogue::FILE_SHARE_SPARE),
            ("before_the_incident", &yesterday),
            ("secondary_region", catalogue::SECONDARY_REGION),
            ("subscription_id", crate::simulator::SUBSCRIPTION),
        ] {
            self.set(&format!("TF_VAR_{name}"), value);
        }
    }

    // Steps.

    /// Starts an apply and waits until Azure has accepted its restore and the provider knows the job: its second look tells
    /// that the answer to the first has arrived.
    #[track_caller]
    pub fn apply_until_the_job_runs(&mut self) -> Running {
        let (azure, restores, looks) = (self.azure(), self.restores(), self.job_looks());
        let mut apply = self.spawn_apply(&[]);
        apply
            .wait_until("the job was looked at twice", || azure.restores() > restores && azure.job_looks() > looks + 1);
        apply
    }

    /// Starts an apply that sends nothing, and waits until it waits for the job.
    #[track_caller]
    pub fn apply_until_it_waits(&mut self) -> Running {
        let mut apply = self.spawn_apply(&[]);
        let (azure, looks) = (self.azure(), self.job_looks());
        // A plan may look once or twice; the rest is an apply that waits.
        apply.wait_until("it waits for the job", || azure.job_looks() > looks + 5);
        apply
    }

    /// The restore at `address` is done, and it is the last one that Azure has accepted.
    #[track_caller]
    pub fn is_done(&self, address: &str) {
        let x = self.state().get(address);
        assert!(!x.tainted);
        assert_eq!((x.text("status"), x.text("job_id")), ("Completed", self.job().job_id.as_str()));
    }

    /// Ends a scenario in which the one restore's job is held: an apply waits for it, it ends, and nothing more is sent.
    #[track_caller]
    pub fn goes_on_with_the_same_job(mut self, address: &str) {
        let apply = self.apply_until_it_waits();
        self.release_job();
        self.keep(apply).succeeds();
        self.is_done(address);
        self.plans_nothing();
        self.finish(1);
    }

    /// Ends a scenario in which the one restore's job has ended well: the next apply takes it, and nothing more is sent.
    #[track_caller]
    pub fn takes_the_ended_job(mut self, address: &str) {
        self.apply(&[]).succeeds();
        self.is_done(address);
        self.plans_nothing();
        self.finish(1);
    }

    /// Runs a step during which Azure must be asked nothing at all.
    #[track_caller]
    pub fn asks_nothing<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.journal().last_number();
        let outcome = step(self);
        let since = self.journal().since(before);
        assert!(since.entries.is_empty(), "Azure was asked:\n{}", since.text());
        outcome
    }

    /// Waits for a condition that no command of this scenario is needed for.
    #[track_caller]
    pub fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        for _ in 0..12_000 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("waited a minute for: {what}\n{}", self.account());
    }

    /// What happened so far, for a message.
    fn account(&self) -> String {
        let last = self.history().last().map(ToString::to_string).unwrap_or_default();
        let TerraformClient { executable, version } = client();
        let client = format!("--- {} {version}", executable.display());
        format!("{client}\n--- Azure was asked\n{}--- last command\n{last}", self.journal().text())
    }
}

impl Deref for Scenario {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.workspace
    }
}

impl DerefMut for Scenario {
    fn deref_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The test's own message says what; this says how it came to it.
            eprintln!("--- Azure was asked\n{}", self.journal().text());
            if std::env::var_os("AZUREBACKUP_TEST_KEEP").is_some() {
                eprintln!("--- kept: {}", self.workspace.keep_files().display());
            }
        } else {
            assert!(self.finished, "a scenario ends with finish()");
        }
    }
}

/// So many scenarios at once: each runs several processes, and time limits are wall time.
pub struct ScenarioPermit;

static TURNS: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl ScenarioPermit {
    pub fn take() -> Self {
        let most = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let mut taken = TURNS.lock().expect("nobody panics with it");
        while *taken >= most {
            taken = FREED.wait(taken).expect("nobody panics with it");
        }
        *taken += 1;
        Self
    }
}

impl Drop for ScenarioPermit {
    fn drop(&mut self) {
        *TURNS.lock().expect("nobody panics with it") -= 1;
        FREED.notify_one();
    }
}
