//! What is true of all of them where Azure refuses something.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{Ordinary, VAULT};
use crate::in_process::{PlannedStep, text};
use crate::simulator::{Fault, catalogue};

const REFUSED: &str = "RequestDisallowedByPolicy";

/// A vault, a machine that is registered with it and a database in it that is protected.
async fn all_three() -> [(Ordinary, &'static str, &'static str); 3] {
    let mut vault = Ordinary::new(VAULT);
    let arguments = json!({"name": "fresh", "resource_group_name": "rg-rehearsal", "location": "westeurope"});
    vault.applied(&arguments, PlannedStep::Create).await;
    let id = vault.session.text("id");
    let mut machine = vault.beside(super::CONTAINER);
    machine.applied(&json!({"vault_id": id, "virtual_machine_id": machine.machine_id()}), PlannedStep::Create).await;
    let mut database = vault.beside(super::DATABASE);
    let wanted = json!({
        "container_id": machine.session.text("id"), "instance": "MSSQLSERVER", "database": "sales",
        "policy_id": format!("{id}/backupPolicies/HourlyLogBackup"),
    });
    database.applied(&wanted, PlannedStep::Create).await;
    [
        (vault, "*/vaults/fresh", "Recovery Services vault \"fresh\""),
        (machine, "*/protectionContainers/VMAppContainer;*", "the registration of virtual machine \"NEW\""),
        (database, "*/protectedItems/sqldatabase;*", "the protection of SQL database \"MSSQLSERVER/sales\""),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_stays_in_state_and_the_error_says_why() {
    for (mut o, path, thing) in all_three().await {
        o.session.azure().inject(Fault::status("GET", path, 403, &[], REFUSED));
        let refused = o.session.refresh().await;
        assert!(text(&refused).contains(REFUSED), "{thing}: {}", text(&refused));
        let thing = thing.replace("NEW", catalogue::NEW_SQL_MACHINE);
        assert_eq!(refused.iter().next().unwrap().summary, format!("Reading {thing} failed"));
        assert!(o.session.object.is_some(), "{thing}");
        o.session.azure().clear_faults();
        o.finish();
    }
}

/// A lock or a policy: no waiting helps, and it is not what is still inside that is in the way.
#[tokio::test(start_paused = true)]
async fn a_destroy_that_azure_refuses_for_good_says_azures_reason_at_once_and_keeps_the_object() {
    for (mut o, path, thing) in all_three().await {
        for method in ["DELETE", "PUT"] {
            o.session.azure().inject(Fault::status(method, path, 403, &[], REFUSED).always());
        }
        let (before, start) = (o.last(), Instant::now());
        let refused = text(&o.session.destroy().await);
        assert!(refused.contains(REFUSED) && !refused.contains("still"), "{thing}: {refused}");
        assert!(!refused.contains("MSSQLSERVER/sales. Stop"), "{thing}: {refused}");
        assert_eq!(o.writes(before).len(), 1, "{thing}");
        assert!(start.elapsed() < Duration::from_secs(60), "{thing}: {:?}", start.elapsed());
        assert!(o.session.object.is_some(), "{thing}");
        o.session.azure().clear_faults();
        o.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_cannot_be_looked_at_is_neither_made_nor_taken_for_deleted() {
    let mut o = Ordinary::new(VAULT);
    let arguments = json!({"name": "fresh", "resource_group_name": "rg-rehearsal", "location": "westeurope"});
    let unseen = || Fault::status("GET", "*/vaults/fresh", 403, &[], REFUSED);
    o.session.azure().inject(unseen());
    let before = o.last();
    let refused = o.apply(&arguments).await.text();
    assert!(refused.contains(REFUSED), "{refused}");
    assert_eq!(o.writes(before), Vec::<String>::new());
    o.applied(&arguments, PlannedStep::Create).await;
    o.session.azure().inject(unseen());
    let refused = text(&o.session.destroy().await);
    assert!(refused.contains(REFUSED), "{refused}");
    assert!(o.session.object.is_some());
    o.finish();
}

/// Somebody else makes it afterwards, as the message of a policy invites.
#[tokio::test(start_paused = true)]
async fn a_create_that_azure_refuses_leaves_nothing_in_the_state_that_a_later_apply_would_remove() {
    let vault = Ordinary::new(VAULT);
    let fresh = json!({"name": "fresh", "resource_group_name": "rg-rehearsal", "location": "westeurope"});
    let machine = Ordinary::new(super::CONTAINER);
    let registration = super::registration(&machine);
    let (_, database, container) = super::database::registered().await;
    let protection = super::database::arguments(&database, &container, "sales");
    for (mut o, path, arguments) in [
        (vault, "*/vaults/fresh", fresh),
        (machine, "*/protectionContainers/VMAppContainer;*", registration),
        (database, "*/protectedItems/*", protection),
    ] {
        o.session.azure().inject(Fault::status("PUT", path, 403, &[], REFUSED));
        let before = o.last();
        let refused = o.apply(&arguments).await.text();
        assert!(refused.contains(REFUSED) && !refused.contains("tainted"), "{path}: {refused}");
        assert!(o.session.object.is_none(), "{path}");
        assert_eq!(o.writes(before).iter().filter(|write| write.starts_with("PUT")).count(), 1, "{path}");
        o.applied(&arguments, PlannedStep::Create).await;
        o.finish();
    }
}
