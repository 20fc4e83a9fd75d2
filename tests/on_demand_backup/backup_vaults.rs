//! Backup instances of Backup vaults: the same life, asked for in other words.

use serde_json::{Value as Json, json};

use super::KIND;
use crate::in_process::{PlannedStep, Session, SessionResult, text};
use crate::simulator::{Action, Ending, Fault, JobScript, RecoveryPoint, catalogue};

const TRIGGER: &str = "*/backupInstances/*/backup";

struct BackedUpInstance {
    session: Session,
}

impl BackedUpInstance {
    fn new() -> Self {
        Self { session: Session::new().of_type(KIND) }
    }

    fn arguments(&self, more: Json) -> Json {
        let instance = self.session.thing("backup_instances", catalogue::DISK);
        let mut own = json!({"backup_instance_id": instance, "rule_name": "BackupDaily"});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own
    }

    async fn apply(&mut self, more: Json) -> SessionResult {
        let config = self.session.configuration_of(&self.arguments(more));
        self.session.apply(&config).await
    }

    #[track_caller]
    fn is_done(&self, finished: &SessionResult) {
        assert!(finished.succeeded(), "{}\n{}", finished.text(), self.session.journal().text());
        assert_eq!((self.session.text("status").as_str(), finished.text().as_str()), ("Completed", ""));
        assert_eq!(self.session.text("recovery_point_id"), self.newest().id);
    }

    fn newest(&self) -> RecoveryPoint {
        let points = self.session.azure().change(|world| {
            world.instance_named(catalogue::DISK).map(|own| own.recovery_points.clone()).unwrap_or_default()
        });
        points.into_iter().max_by_key(|point| point.time).expect("it has points")
    }

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
async fn an_instance_is_backed_up_by_a_rule_and_gives_its_point() {
    let mut i = BackedUpInstance::new();
    let finished = i.apply(json!({"retention_tag": "yearly"})).await;
    i.is_done(&finished);
    let options = json!({"ruleName": "BackupDaily", "triggerOption": {"retentionTagOverride": "yearly"}});
    assert_eq!(i.sent(), [json!({"backupRuleOptions": options})]);
    assert_eq!(i.apply(json!({"retention_tag": "yearly"})).await.step, PlannedStep::Nothing);
    let finished = i.apply(json!({"triggers": {"run": "2"}})).await;
    i.is_done(&finished);
    assert_eq!(i.sent()[1], json!({"backupRuleOptions": {"ruleName": "BackupDaily", "triggerOption": {}}}));
    let said = i.session.destroy().await;
    assert!(said.is_empty(), "{}", text(&said));
    i.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_cannot_begin_says_how_to_import_the_one_that_its_resource_had_before() {
    let mut i = BackedUpInstance::new();
    let finished = i.apply(json!({})).await;
    i.is_done(&finished);
    let job = i.session.text("id");
    i.session.azure().inject(Fault::status("GET", "*/backupInstances/*", 404, &[], "ResourceNotFound").always());
    let finished = i.apply(json!({"triggers": {"run": "2"}})).await;
    let import = format!("import the backup that they stood for first:\n  - terraform import ADDRESS {job}");
    i.session.failed(&finished, &["ResourceNotFound", &import]);
    i.session.azure().clear_faults();
    i.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_kill_cost_no_second_backup() {
    for lost in [true, false] {
        let mut i = BackedUpInstance::new();
        i.session.azure().next_restore(JobScript::running(12).then(Ending::Completed));
        if lost {
            i.session.azure().inject(Fault::on("POST", TRIGGER, Action::ResetAfterAcceptance));
        } else {
            let finished = i.apply(json!({"timeouts": {"create": "40s"}})).await;
            i.session.failed(&finished, &["terraform untaint"]);
            i.session.object = None;
        }
        let finished = i.apply(json!({})).await;
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!(i.session.text("recovery_point_id"), i.newest().id);
        assert_eq!(i.sent().len(), 1);
        i.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_of_an_instance_is_taken_again_and_a_busy_one_waited_out() {
    let mut i = BackedUpInstance::new();
    i.session.azure().next_restore(JobScript::fails("UserErrorSnapshotFailed", "It failed.", "Look at it."));
    let finished = i.apply(json!({})).await;
    assert_eq!(finished.errors()[0].summary, "Backing up \"contosodata\": the job failed");
    i.session.failed(&finished, &["It failed.", "Look at it.", "starts the backup again"]);
    i.session.azure().next_restore(JobScript::running(14).then(Ending::Completed).moved_by_lists());
    let mut other = Session::behind(i.session.transport(), 2).of_type(KIND);
    let config =
        other.configuration_of(&i.arguments(json!({"rule_name": "BackupWeekly", "timeouts": {"create": "20s"}})));
    let interrupted = other.apply(&config).await;
    other.failed(&interrupted, &["terraform untaint"]);
    let finished = i.apply(json!({})).await;
    i.is_done(&finished);
    assert!(i.sent().len() > 3, "it was refused while the other one ran: {:?}", i.sent());
    i.finish(3);
}

#[tokio::test(start_paused = true)]
async fn a_backup_of_an_instance_is_imported_by_its_job_and_a_restore_is_not() {
    let mut other = BackedUpInstance::new();
    let finished = other.apply(json!({})).await;
    other.is_done(&finished);
    let mut i = BackedUpInstance { session: Session::behind(other.session.transport(), 2).of_type(KIND) };
    let said = i.session.import(&other.session.text("id")).await;
    assert!(said.is_empty(), "{}", text(&said));
    for name in ["backup_instance_id", "recovery_point_id", "job_id", "status"] {
        assert_eq!(i.session.text(name).to_lowercase(), other.session.text(name).to_lowercase(), "{name}");
    }
    let finished = i.apply(json!({})).await;
    i.is_done(&finished);
    assert_eq!(finished.step, PlannedStep::Update);
    i.finish(1);
}

#[tokio::test(start_paused = true)]
async fn what_only_one_kind_of_vault_takes_is_told_by_the_plan() {
    let i = BackedUpInstance::new();
    let item = i.session.thing("protected_items", catalogue::VM_SQL_DATABASE);
    for (arguments, argument) in [
        (i.arguments(json!({"rule_name": null})), "backup_instance_id"),
        (i.arguments(json!({"backup_type": "Full"})), "backup_type"),
        (i.arguments(json!({"cancel_on_destroy": true})), "cancel_on_destroy"),
        (i.arguments(json!({"expires_at": "2027-01-01T00:00:00Z"})), "expires_at"),
        (json!({"protected_item_id": item, "backup_type": "Full", "rule_name": "BackupDaily"}), "rule_name"),
        (json!({"protected_item_id": item, "backup_type": "Full", "retention_tag": "yearly"}), "retention_tag"),
    ] {
        let mut session = Session::behind(i.session.transport(), 2).of_type(KIND);
        let config = session.configuration_of(&arguments);
        let (_, finished) = session.plan(&config).await;
        assert_eq!(finished.at_fault(), [argument], "{arguments}: {}", finished.text());
    }
    i.finish(0);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_there_is_named_by_its_id_on_its_argument() {
    let mut i = BackedUpInstance::new();
    let gone = format!("{}x", i.session.thing("backup_instances", catalogue::DISK));
    let name = gone.rsplit('/').next().unwrap().to_owned();
    let finished = i.apply(json!({"backup_instance_id": gone})).await;
    i.session.failed(&finished, &["does not exist in vault"]);
    assert_eq!(finished.errors()[0].summary, format!("Backing up backup instance {name:?}: cannot be prepared"));
    assert_eq!(finished.at_fault(), ["backup_instance_id"]);
    i.finish(0);
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_back_an_instance_up_is_told_a_role_on_the_vault() {
    let mut i = BackedUpInstance::new();
    i.session.azure().inject(Fault::status("POST", TRIGGER, 403, &[], "AuthorizationFailed").always());
    let finished = i.apply(json!({})).await;
    let advice = "Grant the identity that Terraform runs as a role such as *Backup Operator* on the vault.";
    i.session.failed(&finished, &["AuthorizationFailed", advice]);
    i.finish(0);
}
