//! What holds of every kind of restore that is offered, by its arguments alone.

use super::offering::{FromRestoreKind, restores};
use crate::azure::scripted::{self, ScriptedTransport};
use crate::connection::Connections;
use crate::connection::scripted::connection;
use crate::resources::restore::{Difference, RestoreCore, RestoreKind};
use crate::restore::intent::Intent;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::{Attribute, Change, Schema, Shape};
use crate::tfplugin::value::Value;

const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";

const ITEM: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i";

/// A core of any kind.
pub(super) trait Core {
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

impl FromRestoreKind for Connections {
    type Made = Box<dyn Core>;

    fn make<K: RestoreKind>(&self, kind: K) -> Box<dyn Core> {
        Box::new(RestoreCore::new(kind, self.clone()))
    }
}

/// An object with arguments only, all but one null.
fn object(core: &dyn Core) -> Value {
    let mut object = core.arguments().null_object();
    for (argument, id) in [("backup_instance_id", INSTANCE), ("protected_item_id", ITEM)] {
        if core.arguments().attributes.iter().any(|attribute| attribute.name == argument) {
            object.set(argument, id);
        }
    }
    object
}

fn connected() -> Connections {
    let connections = Connections::default();
    connections.replace(Some(connection(scripted::client(&ScriptedTransport::new(Vec::new())))));
    connections
}

#[tokio::test]
async fn a_restore_of_every_kind_is_prepared_out_of_its_arguments_alone() {
    for core in restores(&connected()) {
        let object = object(core.as_ref());
        let result = core.arguments().attributes.iter().find(|attribute| !attribute.is_configurable());
        assert_eq!(result, None);
        assert_eq!(core.begins_with(&object).unwrap(), core.intent(&object).unwrap());
    }
}

#[test]
fn nothing_is_prepared_before_the_provider_is_configured() {
    for core in restores(&Connections::default()) {
        assert!(core.begins_with(&object(core.as_ref())).is_err());
    }
}

#[test]
fn what_is_absent_may_be_written_out_without_another_intent() {
    let mut written_out = 0;
    for core in restores(&Connections::default()) {
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
    for core in restores(&Connections::default()) {
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
    for core in restores(&Connections::default()) {
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
