//! Managed instances and their databases.

mod database;
mod instance;
mod recoverable;
mod restorable_dropped;
mod restore;
mod restore_details;
mod service;

pub use database::ManagedDatabase;
pub use instance::ManagedInstance;
pub use recoverable::RecoverableManagedDatabase;
pub use restorable_dropped::RestorableDroppedManagedDatabase;
pub use restore::{ManagedDatabaseRestoreRequest, ManagedDatabaseSource, PointInTimeSource};
pub use restore_details::RestoreDetails;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ids::{ManagedDatabaseId, ManagedInstanceId};
    use super::*;
    use crate::azure::properties::{answer_of, hostile_text};

    const INSTANCE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/managedInstances/mi";

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_panics_and_none_names_what_lies_elsewhere(answer in answer_of(hostile_text())) {
            let instance = ManagedInstanceId::parse(INSTANCE).unwrap();
            let database = ManagedDatabaseId::parse(&format!("{INSTANCE}/databases/d")).unwrap();
            let _ = (ManagedDatabase::read(&database, &answer), ManagedInstance::read(&answer));
            let _ = RestoreDetails::read(&answer).to_string();
            let listed = [
                RecoverableManagedDatabase::read_listed(&instance, &answer).map(|own| own.id.to_string()),
                RestorableDroppedManagedDatabase::read_listed(&instance, &answer).map(|own| own.id.to_string()),
            ];
            for id in listed.into_iter().flatten() {
                prop_assert!(id.starts_with(INSTANCE) && id.split('/').count() == INSTANCE.split('/').count() + 2, "{}", id);
            }
        }
    }
}
