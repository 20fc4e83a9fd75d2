//! What only restores from a vault's secondary region have.

use serde_json::json;

use super::kinds;
use super::stage::{Rehearsal, Stage};
use crate::simulator::{Fault, FeatureState, catalogue};

const VAULT: &str = "vault-rehearsal";

#[tokio::test(start_paused = true)]
async fn with_both_regions_named_nothing_is_read_in_that_of_the_vault() {
    let mut r = Rehearsal::new(kinds::postgresql_secondary_region());
    r.azure().inject(Fault::status("GET", "*/backupVaults/*", 503, &[], "RegionIsDown").always());
    let finished = r.apply(vec![("source_region", json!("westeurope"))]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.journal().count("GET", "/backupVaults/"), 0);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_region_that_the_vault_is_replicated_to_need_not_be_named() {
    let mut r = Rehearsal::new(kinds::postgresql_secondary_region());
    let finished = r.apply(vec![("restore_location", json!(null))]).await;
    r.succeeded(&finished);
    let journal = r.session.journal();
    let sent = journal.find("POST", r.kind.trigger()).next().and_then(|entry| entry.body.clone()).unwrap_or_default();
    let location = &sent["restoreRequestObject"]["restoreTargetInfo"]["restoreLocation"];
    assert_eq!(location, catalogue::SECONDARY_REGION);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_vault_without_restores_across_regions_is_told_before_anything_is_sent() {
    let mut r = Rehearsal::new(kinds::postgresql_secondary_region());
    r.azure().change(|world| world.vault_named(VAULT).unwrap().cross_region_restore = FeatureState::Disabled);
    // The list of jobs comes before the vault, and is refused already.
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["UserErrorCrossRegionRestoreNotEnabled"]);
    let finished = r.apply(vec![("adopt", json!("none"))]).await;
    r.failed(&finished, &["Disabled", VAULT]);
    assert_eq!(Rehearsal::at_fault(&finished), ["secondary_region"]);
    assert_eq!(r.asked("POST", r.kind.validation()).len(), 0);
    r.finish(0);
}

#[test]
fn going_from_the_vault_to_its_secondary_region_is_another_restore() {
    let mut s = Stage::restored(kinds::postgresql());
    s.usual_with(vec![("secondary_region", json!(true))], "");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(
        (change.actions.join(", ").as_str(), change.replace_paths),
        ("delete, create", vec!["secondary_region".into()])
    );
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(2);
}
