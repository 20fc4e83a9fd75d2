use super::*;
use crate::azure::scripted::{self, ScriptedTransport};
use crate::connection::scripted::connection;
use crate::resources::backup_vault::FromBackupVault;
use crate::resources::blob_restore::BlobRestore;
use crate::resources::data_lake_restore::DataLakeRestore;
use crate::resources::disk_restore::DiskRestore;
use crate::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
use crate::resources::mysql_flexible_server_restore::MYSQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::restore::results;
use crate::tfplugin::schema::{Attribute, Change, Shape};

const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";

/// A core of any kind.
trait Core {
    fn arguments(&self) -> &Schema;
    fn intent(&self, object: &Value) -> Option<Intent>;
    fn difference(&self, before: &Value, after: &Value) -> Difference;
    fn begins_with(&self, object: &Value) -> Result<Intent, Diagnostics>;
}

impl<K: RestoreKind> Core for RestoreCore<K> {
    fn arguments(&self) -> &Schema {
        self.arguments()
    }

    fn intent(&self, object: &Value) -> Option<Intent> {
        self.intent(object)
    }

    fn difference(&self, before: &Value, after: &Value) -> Difference {
        self.difference(before, after)
    }

    fn begins_with(&self, object: &Value) -> Result<Intent, Diagnostics> {
        self.prepare(object).map(|prepared| prepared.options.intent)
    }
}

fn cores(connections: &Connections) -> Vec<Box<dyn Core>> {
    vec![
        Box::new(RestoreCore::new(FromBackupVault::new(BlobRestore), connections.clone())),
        Box::new(RestoreCore::new(FromBackupVault::new(DataLakeRestore), connections.clone())),
        Box::new(RestoreCore::new(FromBackupVault::new(DiskRestore), connections.clone())),
        Box::new(RestoreCore::new(FromBackupVault::new(KubernetesClusterRestore), connections.clone())),
        Box::new(RestoreCore::new(FromBackupVault::new(MYSQL_FLEXIBLE_SERVER_RESTORE), connections.clone())),
        Box::new(RestoreCore::new(FromBackupVault::new(POSTGRESQL_FLEXIBLE_SERVER_RESTORE), connections.clone())),
    ]
}

/// An object with arguments only, all but one null.
fn object(core: &dyn Core) -> Value {
    let mut object = core.arguments().null_object();
    object.set("backup_instance_id", INSTANCE);
    object
}

fn connected() -> Connections {
    let connections = Connections::default();
    connections.replace(Some(connection(scripted::client(&ScriptedTransport::new(Vec::new())))));
    connections
}

#[tokio::test]
async fn a_restore_of_every_kind_is_prepared_out_of_its_arguments_alone() {
    for core in cores(&connected()) {
        let object = object(core.as_ref());
        for result in results::COMPUTED {
            assert!(object.as_map().unwrap().get(result).is_none(), "{result}");
        }
        assert_eq!(core.begins_with(&object).unwrap(), core.intent(&object).unwrap());
    }
}

#[test]
fn nothing_is_prepared_before_the_provider_is_configured() {
    for core in cores(&Connections::default()) {
        assert!(core.begins_with(&object(core.as_ref())).is_err());
    }
}

#[test]
fn what_is_absent_may_be_written_out_without_another_intent() {
    let mut written_out = 0;
    for core in cores(&Connections::default()) {
        let absent = object(core.as_ref());
        for attribute in &core.arguments().attributes {
            let Some(value) = attribute.absent_means.as_ref().or(attribute.default.as_ref()) else { continue };
            let mut object = absent.clone();
            object.set(&attribute.name, value.clone());
            assert_eq!(core.intent(&object), core.intent(&absent), "{}", attribute.name);
            written_out += 1;
        }
    }
    assert!(written_out > 10);
}

#[test]
fn only_what_decides_must_be_known_for_an_intent() {
    for core in cores(&Connections::default()) {
        let known = object(core.as_ref());
        for attribute in &core.arguments().attributes {
            let mut unknown = known.clone();
            unknown.set(&attribute.name, Value::unknown());
            let in_place = attribute.change == Some(Change::UpdatesInPlace);
            assert_eq!(core.intent(&unknown).is_some(), in_place, "{}", attribute.name);
            let names = if in_place { vec![] } else { vec![attribute.name.clone()] };
            assert_eq!(core.difference(&known, &unknown), Difference { arguments: names, certain: false });
        }
    }
}

/// Every attribute with what stands around it.
fn walk<'a>(attributes: &'a [Attribute], in_place: bool, found: &mut Vec<(&'a Attribute, bool)>) {
    for attribute in attributes {
        found.push((attribute, in_place));
        if let Shape::Nested(_, inner) = &attribute.shape {
            walk(inner, in_place || attribute.change == Some(Change::UpdatesInPlace), found);
        }
    }
}

#[test]
fn the_page_says_of_what_is_changed_in_place_that_it_restores_nothing_and_of_nothing_else() {
    for core in cores(&Connections::default()) {
        let mut found = Vec::new();
        walk(&core.arguments().attributes, false, &mut found);
        for (attribute, in_place_already) in found {
            let said = attribute.description.matches("Changing it does not start another restore.").count();
            let outermost = attribute.change == Some(Change::UpdatesInPlace) && !in_place_already;
            assert_eq!(said, usize::from(outermost), "{}: {}", attribute.name, attribute.description);
            assert!(!attribute.description.contains("sends nothing"), "{}", attribute.name);
        }
    }
}

#[test]
fn a_number_is_hashed_exactly() {
    let number = |text: &str| json(&Value::Number(text.parse().unwrap()));
    assert_ne!(number("9007199254740993"), number("9007199254740992"));
}
