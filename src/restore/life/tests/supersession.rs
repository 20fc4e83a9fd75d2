//! Whether a completed restore is still what its target holds.

use super::*;
use crate::restore::registry::Replaced;

/// Applies `orders`, whose job has completed, after a later restore of the item has been removed; returns the triggers.
async fn posts_beside(removed: serde_json::Value) -> usize {
    posts_beside_one_that_began(Some(NOW + time::Duration::HOUR), removed).await
}

async fn posts_beside_one_that_began(start_time: Option<OffsetDateTime>, removed: serde_json::Value) -> usize {
    let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("orders", JobStatus::Completed)));
    fixture.options.extent = Extent::new(json!({"containers": [{"name": "orders"}]}));
    let later = Job { start_time, ..job("later", "", JobStatus::Completed) };
    let mut record = RestoreRecord::new(RestoreStatus::InProgress);
    record.learn(&later);
    let replaced = Replaced { item_id: ITEM.into(), extent: Extent::new(removed), record, import_id: None };
    fixture.context.registry.replace(replaced);
    fixture.create(&vault).await;
    vault.posts()
}

#[tokio::test(start_paused = true)]
async fn a_later_restore_of_the_item_to_another_place_does_not_restore_again() {
    assert_eq!(posts_beside(json!({"containers": [{"name": "invoices"}]})).await, 0);
    assert_eq!(posts_beside(json!({"target": "elsewhere", "containers": [{"name": "orders"}]})).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_later_restore_to_the_same_place_is_what_the_target_holds() {
    assert_eq!(posts_beside(json!({"containers": [{"name": "orders"}]})).await, 1);
    assert_eq!(posts_beside(json!({})).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_did_not_begin_later_supersedes_nothing() {
    for start_time in [Some(NOW), Some(NOW - time::Duration::SECOND), None] {
        assert_eq!(posts_beside_one_that_began(start_time, json!({})).await, 0, "{start_time:?}");
    }
}
