//! `azurebackup_on_demand_backup`: the life of a restore with another request, and the point that it waits for at its end. In
//! process, on a paused clock. The whole way from an empty vault to a restored database is in `from_an_empty_vault.rs`.

mod backup_vaults;
mod from_an_empty_vault;
mod lost_and_found;
mod points;

use serde_json::{Value as Json, json};

use crate::in_process::{PlannedStep, Session, SessionResult, text};
use crate::restores::command_line::example;
use crate::simulator::{Ending, ItemPoint, JobScript, ProtectedItem, ServiceError, catalogue};

const KIND: &str = "azurebackup_on_demand_backup";
const TRIGGER: &str = "*/protectedItems/*/backup";

/// A backup inside this process.
struct Backup {
    session: Session,
    item: &'static str,
}

impl Backup {
    fn of(item: &'static str) -> Self {
        Self { session: Session::new().of_type(KIND), item }
    }

    /// Of the database of SQL Server.
    fn new() -> Self {
        Self::of(catalogue::VM_SQL_DATABASE)
    }

    /// Another workspace in front of the same Azure.
    fn elsewhere(&self) -> Self {
        Self { session: Session::behind(self.session.transport(), 2).of_type(KIND), item: self.item }
    }

    /// The item alone, and further arguments.
    fn item(&self, more: Json) -> Json {
        let mut own = json!({"protected_item_id": self.session.thing("protected_items", self.item)});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own
    }

    /// A full backup, with further arguments.
    fn full(&self, more: Json) -> Json {
        let mut own = self.item(json!({"backup_type": "Full"}));
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own
    }

    async fn apply(&mut self, arguments: Json) -> SessionResult {
        let config = self.session.configuration_of(&arguments);
        self.session.apply(&config).await
    }

    #[track_caller]
    fn succeeded(&self, finished: &SessionResult) {
        self.session.succeeded(finished);
    }

    /// It ended well, and nobody has anything to say about it.
    #[track_caller]
    fn is_done(&self, finished: &SessionResult) {
        self.succeeded(finished);
        assert_eq!(finished.text(), "");
    }

    #[track_caller]
    fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        self.session.failed(finished, parts);
    }

    fn change_item<T>(&self, change: impl FnOnce(&mut ProtectedItem) -> T) -> T {
        self.session.azure().change_item(self.item, change).expect("it is protected")
    }

    fn points(&self) -> Vec<ItemPoint> {
        self.change_item(|item| item.points.clone())
    }

    /// The newest point of the item.
    fn newest(&self) -> ItemPoint {
        self.points().into_iter().max_by_key(|point| point.time).expect("it has points")
    }

    /// The bodies of all requests for a backup.
    fn sent(&self) -> Vec<Json> {
        self.session.journal().find("POST", "/backup").filter_map(|entry| entry.body.clone()).collect()
    }

    #[track_caller]
    fn finish(self, backups: usize) {
        assert_eq!(self.session.restores(), backups, "accepted backups\n{}", self.session.journal().text());
        crate::contract::check(&self.session.journal());
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_taken_once_and_gives_its_point() {
    let mut b = Backup::new();
    let before = b.points().len();
    let arguments = b.full(json!({"expires_at": "2026-12-31T01:00:00+01:00"}));
    let finished = b.apply(arguments.clone()).await;
    b.is_done(&finished);
    let point = b.newest();
    assert_eq!(b.points().len(), before + 1);
    assert_eq!((b.session.text("recovery_point_id"), point.backup_type.as_str()), (point.name, "Full"));
    assert_eq!(b.session.text("recovery_point_time"), crate::simulator::clock::with_seconds(point.time));
    assert_eq!(point.expiry, Some(time::macros::datetime!(2026-12-31 0:00 UTC)));
    for name in ["id", "job_id", "client_request_id", "start_time", "end_time"] {
        assert_ne!(b.session.text(name), "", "{name}");
    }
    assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
    let before = b.session.journal().last_number();
    let said = b.session.destroy().await;
    assert!(said.is_empty(), "{}", text(&said));
    assert_eq!(b.session.journal().since(before).entries.len(), 0, "the point stays");
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_item_is_backed_up() {
    for (item, more) in [
        (catalogue::VM_SQL_DATABASE, json!({"backup_type": "Differential"})),
        (catalogue::VM_SQL_DATABASE, json!({"backup_type": "CopyOnlyFull"})),
        (catalogue::HANA_DATABASE, json!({"backup_type": "Full", "compression_enabled": true})),
        (catalogue::HANA_DATABASE, json!({"backup_type": "Incremental"})),
        (catalogue::FILE_SHARE, json!({"expires_at": "2026-12-31T00:00:00Z"})),
        (catalogue::VIRTUAL_MACHINE, json!({})),
    ] {
        let mut b = Backup::of(item);
        let arguments = b.item(more.clone());
        let finished = b.apply(arguments.clone()).await;
        b.is_done(&finished);
        assert_eq!(b.session.text("recovery_point_id"), b.newest().name, "{item} {more}");
        assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
        b.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_are_those_of_the_azure_cli() {
    let until = json!({"expires_at": "2026-12-31T00:00:00Z"});
    for (record, item, more) in [
        ("sql_full", catalogue::VM_SQL_DATABASE, json!({"backup_type": "Full", "expires_at": until["expires_at"]})),
        ("sql_log", catalogue::VM_SQL_DATABASE, json!({"backup_type": "Log"})),
        ("azurefileshare", catalogue::FILE_SHARE, until.clone()),
        ("vm", catalogue::VIRTUAL_MACHINE, until.clone()),
    ] {
        let Some(recorded) = example(&format!("cli-built/protection_backup-now_{record}.json")) else { return };
        let mut b = Backup::of(item);
        let arguments = b.item(more);
        let finished = b.apply(arguments).await;
        b.succeeded(&finished);
        assert_eq!(b.sent(), [recorded["requests"][0]["body"].clone()], "{record}");
        b.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_item_does_not_take_is_told_by_the_plan() {
    let sql = catalogue::VM_SQL_DATABASE;
    for (item, more, argument) in [
        (sql, json!({}), "backup_type"),
        (sql, json!({"backup_type": "Incremental"}), "backup_type"),
        (sql, json!({"backup_type": "Log", "expires_at": "2027-01-01T00:00:00Z"}), "expires_at"),
        (sql, json!({"backup_type": "Full", "expires_at": "2026-11-20T11:59:59Z"}), "expires_at"),
        (sql, json!({"backup_type": "Full", "expires_at": "soon"}), "expires_at"),
        (catalogue::FILE_SHARE, json!({"backup_type": "Full"}), "backup_type"),
        (catalogue::VIRTUAL_MACHINE, json!({"compression_enabled": true}), "compression_enabled"),
    ] {
        let mut b = Backup::of(item);
        let config = b.session.configuration_of(&b.item(more.clone()));
        let (_, finished) = b.session.plan(&config).await;
        assert_eq!(finished.at_fault(), [argument], "{more}: {}", finished.text());
        assert!(!finished.text().contains("Not a backup"), "{}", finished.text());
        b.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_not_there_or_deleted_is_told_on_its_argument_and_nothing_is_sent() {
    let mut b = Backup::new();
    let mut gone = b.full(json!({}));
    gone["protected_item_id"] = json!(format!("{}x", gone["protected_item_id"].as_str().unwrap()));
    let finished = b.apply(gone).await;
    b.failed(&finished, &["Backing up SQL Server database", "There is no protected item", "protected_items"]);
    b.change_item(|item| item.soft_deleted = true);
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["Backing up SQL Server database", "have been deleted", "Undelete"]);
    assert_eq!(finished.errors()[0].path.as_ref().unwrap().to_string(), "protected_item_id");
    assert_eq!(b.sent(), Vec::<Json>::new());
    b.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_is_told_with_azures_reason_and_taken_again_by_the_next_apply() {
    let mut b = Backup::new();
    b.session.azure().next_restore(JobScript::fails(
        "UserErrorBackupFailedAsTransactionLogIsFull",
        "The log is full.",
        "Free the log.",
    ));
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments.clone()).await;
    b.failed(&finished, &["Backing up SQL Server database", "the job failed", "The log is full.", "Free the log."]);
    b.failed(&finished, &["starts the backup again"]);
    assert!(!finished.text().to_lowercase().contains("restor"), "{}", finished.text());
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    assert_eq!(finished.step, PlannedStep::Replace);
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn warnings_are_an_error_until_they_are_accepted() {
    let warned = |b: &Backup| {
        b.session.azure().next_restore(JobScript::completes_with_warnings(vec![crate::simulator::Warning {
            resource_name: String::new(),
            warning: ServiceError::new("UserErrorSomething", "Something was left out."),
        }]));
    };
    let mut b = Backup::new();
    warned(&b);
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["completed with warnings", "Something was left out.", "accept_warnings"]);
    warned(&b);
    let arguments = b.full(json!({"accept_warnings": true}));
    let finished = b.apply(arguments).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert!(finished.text().contains("The backup of SQL Server database"), "{}", finished.text());
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn only_what_has_a_meaning_backs_up_again() {
    let mut b = Backup::new();
    let arguments = b.full(json!({"expires_at": "2026-12-31T00:00:00Z"}));
    let finished = b.apply(arguments.clone()).await;
    b.is_done(&finished);
    for (more, step) in [
        (json!({"expires_at": "2026-12-31T01:00:00+01:00"}), PlannedStep::Nothing),
        (json!({"compression_enabled": false}), PlannedStep::Update),
        (json!({"adopt": "completed"}), PlannedStep::Update),
        (json!({"cancel_on_destroy": true}), PlannedStep::Update),
        (json!({"expires_at": "2027-12-31T00:00:00Z"}), PlannedStep::Replace),
        (json!({"triggers": {"run": "2"}}), PlannedStep::Replace),
        (json!({"backup_type": "CopyOnlyFull"}), PlannedStep::Replace),
    ] {
        let mut changed = arguments.clone();
        changed.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let config = b.session.configuration_of(&changed);
        let (_, finished) = b.session.plan(&config).await;
        assert_eq!(finished.step, step, "{more}: {}", finished.text());
    }
    let again = b.full(json!({"expires_at": "2026-12-31T00:00:00Z", "triggers": {"run": "2"}}));
    let finished = b.apply(again).await;
    b.is_done(&finished);
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_was_started_elsewhere_is_imported_by_its_job() {
    let mut other = Backup::new();
    let arguments = other.full(json!({}));
    let finished = other.apply(arguments.clone()).await;
    other.is_done(&finished);
    let mut b = other.elsewhere();
    let said = b.session.import(&other.session.text("id")).await;
    assert!(said.is_empty(), "{}", text(&said));
    for name in ["protected_item_id", "backup_type", "recovery_point_id", "job_id", "status"] {
        assert_eq!(b.session.text(name), other.session.text(name), "{name}");
    }
    let log = b.item(json!({"backup_type": "Log"}));
    let finished = b.apply(log).await;
    b.failed(&finished, &["The imported job did something else", "The job: \"Full\""]);
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    assert_eq!(finished.step, PlannedStep::Update);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_no_backup_is_not_imported() {
    let mut b = Backup::of(catalogue::FILE_SHARE);
    let restore = b
        .session
        .azure()
        .add_foreign_item_restore(crate::simulator::ForeignItemRestore {
            share: catalogue::FILE_SHARE.to_owned(),
            activity_id: "6b033cf6-f875-4c03-8985-9add07ec2845".to_owned(),
            script: JobScript::completes(),
            started_ago: time::Duration::HOUR,
        })
        .unwrap();
    let said = b.session.import(&restore).await;
    assert!(text(&said).contains("is no backup"), "{}", text(&said));
    b.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_read_is_not_imported_and_the_error_names_it_and_says_why() {
    let vaults =
        [("recovery_services_vaults", catalogue::RECOVERY_SERVICES_VAULT), ("backup_vaults", "vault-rehearsal")];
    for (kind, name) in vaults {
        let mut b = Backup::new();
        let job = "d1a9c7a6-6b1f-4f0e-9a53-0c7b9a3a9b11";
        let id = format!("{}/backupJobs/{job}", b.session.thing(kind, name));
        let said = b.session.import(&id).await;
        let [error] = said.iter().collect::<Vec<_>>()[..] else { panic!("{}", text(&said)) };
        assert_eq!(error.summary, format!("Importing a backup: cannot read job {job}"));
        assert!(error.detail.contains("404"), "{}", error.detail);
        b.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_forgets_a_backup_that_runs_or_cancels_it_if_it_is_said() {
    for cancels in [false, true] {
        let mut b = Backup::new();
        b.session.azure().next_restore(JobScript::running(60).then(Ending::Completed));
        let arguments = b.full(json!({"cancel_on_destroy": cancels, "timeouts": {"create": "40s"}}));
        let finished = b.apply(arguments).await;
        b.failed(&finished, &["terraform untaint"]);
        b.session.untaint();
        let said = b.session.destroy().await;
        assert!(!said.has_errors(), "{}", text(&said));
        let status = b.session.azure().jobs()[0].status.clone();
        assert_eq!(status == "Cancelled", cancels, "{status}");
        assert!(text(&said).contains("A backup is "), "{}", text(&said));
        b.finish(1);
    }
}
