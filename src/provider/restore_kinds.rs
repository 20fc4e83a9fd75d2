//! What holds of every kind of restore that is offered, by its arguments alone.

use time::OffsetDateTime;

use super::offering::{FromRestoreKind, restores};
use crate::azure::flexible_servers::Engine;
use crate::azure::scripted::{self, NOW, ScriptedTransport};
use crate::connection::Connections;
use crate::connection::scripted::connection;
use crate::resources::restore::{Difference, RestoreCore, RestoreKind, read};
use crate::restore::service::RestoreService as _;
use crate::tfplugin::schema::{Attribute, Change, Shape};
use crate::tfplugin::value::Value;

const INSTANCE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers\
                        /Microsoft.DataProtection/backupVaults/v/backupInstances/i";

const ITEM: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers\
                    /Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i";

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g";

const SERVER: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers\
                      /Microsoft.Sql/servers/s";

const MANAGED_INSTANCE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers\
                                /Microsoft.Sql/managedInstances/mi";

impl FromRestoreKind for Connections {
    type Made = RestoreCore;

    fn make<K: RestoreKind>(&self, kind: K) -> RestoreCore {
        RestoreCore::new(kind, self.clone())
    }
}

/// What restores of one process take turns on, for the kind of this name.
fn target_of(type_name: &str, object: &Value) -> String {
    struct TargetOf<'a>(&'a str, &'a Value);
    impl FromRestoreKind for TargetOf<'_> {
        type Made = Option<String>;

        fn make<K: RestoreKind>(&self, kind: K) -> Option<String> {
            let Self(type_name, object) = self;
            let connection = connected().current().unwrap();
            let service = || kind.service(&connection, read(object).unwrap()).unwrap();
            (kind.type_name() == *type_name).then(|| service().target())
        }
    }
    restores(&TargetOf(type_name, object)).into_iter().flatten().next().unwrap()
}

/// How many errors and warnings the schema, the kind and the clock have for an object.
fn refused_by(core: &RestoreCore, object: &Value, now: OffsetDateTime) -> [usize; 3] {
    let schema = core.arguments().validate_config(object);
    [schema, core.validate(object), core.validate_at_creation(object, now)].map(|found| found.iter().count())
}

/// An object with arguments only, all but one null.
fn object(core: &RestoreCore) -> Value {
    let mut object = core.arguments().null_object();
    for (argument, id) in [("backup_instance_id", INSTANCE), ("protected_item_id", ITEM)] {
        if core.arguments().attributes.iter().any(|attribute| attribute.name == argument) {
            object.set(argument, id);
        }
    }
    if let Some(engine) = copied(core.kind().type_name()) {
        object.set("resource_group_id", GROUP);
        object.set("name", "copy");
        object.set("live", live_server(engine, "orders", "2026-11-19T08:00:00Z"));
    }
    if let Some((_, argument, host)) = ON_HOSTS.iter().find(|(type_name, ..)| *type_name == core.kind().type_name()) {
        object.set(*argument, *host);
        object.set("name", "restored");
        object.set("geo", Value::object([("recoverable_database_id", recoverable(host))]));
    }
    object
}

fn is_database(type_name: &str) -> bool {
    ["azurebackup_vm_sql_database_restore", "azurebackup_vm_hana_database_restore"].contains(&type_name)
}

/// The kinds that restore onto a server or an instance, and from no vault, with the argument that names it.
const ON_HOSTS: [(&str, &str, &str); 2] = [
    ("azurebackup_sql_database_restore", "server_id", SERVER),
    ("azurebackup_sql_managed_database_restore", "managed_instance_id", MANAGED_INSTANCE),
];

/// What a kind makes a copy of, and from no vault.
fn copied(type_name: &str) -> Option<Engine> {
    match type_name {
        "azurebackup_postgresql_flexible_server_copy" => Some(Engine::PostgreSql),
        "azurebackup_mysql_flexible_server_copy" => Some(Engine::MySql),
        _ => None,
    }
}

fn live_server(engine: Engine, name: &str, at: &str) -> Value {
    let id = format!("{GROUP}/providers/{}/{name}", engine.resource_type());
    Value::object([("server_id", Value::from(id)), ("point_in_time", at.into())])
}

/// The kind that backs up.
const BACKUPS: &str = "azurebackup_on_demand_backup";

fn recoverable(host: &str) -> String {
    format!("{host}/recoverableDatabases/orders")
}

/// Every kind that restores from a vault.
fn of_vaults(connections: &Connections) -> Vec<RestoreCore> {
    let mut cores = restores(connections);
    let is_on_host = |name: &str| ON_HOSTS.iter().any(|(type_name, ..)| *type_name == name);
    let restores_from_a_vault = |name: &str| name != BACKUPS && !is_on_host(name) && copied(name).is_none();
    cores.retain(|core| restores_from_a_vault(core.kind().type_name()));
    cores
}

#[tokio::test]
async fn a_database_tells_its_source_its_point_and_what_it_writes_to() {
    for (type_name, argument, host) in ON_HOSTS {
        let cores = restores(&connected());
        let core = cores.iter().find(|core| core.kind().type_name() == type_name).unwrap();
        let object = object(core);
        assert_eq!(core.kind().item_id(&object), Some(recoverable(host)));
        assert_eq!(core.kind().point_arguments(), ["geo", "live", "dropped", "long_term"]);
        assert_eq!(target_of(core.kind().type_name(), &object), format!("{host}/databases/restored"));
        assert_eq!(refused_by(core, &object, NOW), [0, 0, 0]);
        let refused = |argument: &str, value: Value| {
            let mut other = object.clone();
            other.set(argument, value);
            refused_by(core, &other, NOW)
        };
        let live = |name: &str, at: &str| {
            Value::object([
                ("database_id", Value::from(format!("{host}/databases/{name}"))),
                ("point_in_time", at.into()),
            ])
        };
        assert_eq!(refused("geo", Value::Null), [1, 0, 0], "a source must be given");
        assert_eq!(refused("live", live("orders", "2026-11-19T08:00:00Z")), [1, 0, 0], "there is one source");
        let other_host = if host == SERVER { MANAGED_INSTANCE } else { SERVER };
        assert_eq!(refused(argument, other_host.into())[0], 1, "it is another kind of host");
        let mut other = object.clone();
        other.set("geo", Value::Null);
        other.set("live", live("Restored", "2999-01-01T00:00:00Z"));
        assert_eq!(refused_by(core, &other, NOW), [0, 1, 1]);
        if host == SERVER {
            other.set("sku_name", "S0");
            other.set("elastic_pool_id", format!("{SERVER}/elasticPools/p"));
            assert_eq!(refused_by(core, &other, NOW), [1, 1, 1]);
        }
    }
}

#[tokio::test]
async fn a_copy_of_a_server_tells_its_source_its_point_and_what_it_makes() {
    for core in restores(&connected()) {
        let Some(engine) = copied(core.kind().type_name()) else { continue };
        let own = object(&core);
        let server = |name: &str| format!("{GROUP}/providers/{}/{name}", engine.resource_type());
        assert_eq!(core.kind().item_id(&own), Some(server("orders")));
        assert_eq!(target_of(core.kind().type_name(), &own), server("copy"));
        let sources: &[&str] = if engine == Engine::MySql { &["live", "geo"] } else { &["live", "geo", "dropped"] };
        assert_eq!(core.kind().point_arguments(), sources);
        let refused = |members: &[(&str, Value)]| {
            let mut other = own.clone();
            for (name, value) in members {
                other.set(*name, value.clone());
            }
            refused_by(&core, &other, NOW)
        };
        assert_eq!(refused(&[]), [0, 0, 0]);
        assert_eq!(refused(&[("live", Value::Null)]), [1, 0, 0], "a source must be given");
        let geo = || ("geo", Value::object([("server_id", server("orders"))]));
        assert_eq!(refused(&[geo()]), [1, 0, 0], "there is one source");
        assert_eq!(refused(&[("live", Value::Null), geo(), ("location", "northeurope".into())]), [0, 0, 0]);
        assert_eq!(refused(&[("live", live_server(engine, "orders", "latest"))]), [0, 0, 0]);
        assert_eq!(refused(&[("live", live_server(engine, "copy", "2999-01-01T00:00:00Z"))]), [0, 1, 1]);
        assert_eq!(refused(&[("name", "Copy_1".into())]), [1, 0, 0]);
        let least = if engine == Engine::MySql { 1 } else { 7 };
        assert_eq!(refused(&[("backup_retention_days", least.into())]), [0, 0, 0]);
        assert_eq!(refused(&[("backup_retention_days", (least - 1).into())]), [1, 0, 0]);
        assert_eq!(core.kind().overwrites(&own), None);
        assert_ne!(core.intent(&own), None);
    }
}

fn connected() -> Connections {
    let connections = Connections::default();
    connections.replace(Some(connection(scripted::client(&ScriptedTransport::new(Vec::new())))));
    connections
}

#[tokio::test]
async fn a_restore_of_every_kind_is_prepared_out_of_its_arguments_alone() {
    for core in restores(&connected()) {
        let object = object(&core);
        let result = core.arguments().attributes.iter().find(|attribute| !attribute.is_configurable());
        assert_eq!(result, None);
        assert_eq!(core.prepare(&object).unwrap().options.intent, core.intent(&object).unwrap());
    }
}

#[tokio::test]
async fn every_kind_tells_its_item_its_point_and_what_it_writes_to() {
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/things/new";
    let mut named = 0;
    for core in of_vaults(&connected()) {
        let (type_name, mut object) = (core.kind().type_name(), object(&core));
        assert!(type_name.starts_with("azurebackup_") && type_name.ends_with("_restore"), "{type_name}");
        let arguments = &core.arguments().attributes;
        let in_backup_vault = arguments.iter().any(|attribute| attribute.name == "backup_instance_id");
        let item = if in_backup_vault { INSTANCE } else { ITEM };
        assert_eq!(core.kind().item_id(&object).as_deref(), Some(item));
        let points = core.kind().point_arguments();
        let in_time = type_name == "azurebackup_blob_restore" || is_database(type_name);
        assert_eq!(points.contains(&"point_in_time"), in_time);
        assert!(points.contains(&"recovery_point") && points.len() <= 2);
        assert_eq!(
            target_of(core.kind().type_name(), &object),
            item,
            "{type_name}: until Azure says what is behind it"
        );
        let target = arguments.iter().find(|attribute| {
            ["target_storage_account_id", "target_disk_id", "target_cluster_id", "target_account_id"]
                .contains(&attribute.name.as_str())
        });
        if let Some(target) = target {
            object.set(&target.name, id);
            assert_eq!(target_of(core.kind().type_name(), &object), id, "{type_name}");
            named += 1;
        }
    }
    assert_eq!(named, 5);
}

#[test]
fn what_chooses_the_point_is_an_argument_and_a_change_of_it_restores_again() {
    for core in restores(&Connections::default()) {
        for name in core.kind().point_arguments() {
            let attribute = core.arguments().attribute(name);
            let change = attribute.map(|attribute| attribute.change);
            assert_eq!(change, Some(Some(Change::RequiresReplace)), "{}: {name:?}", core.kind().type_name());
        }
    }
}

#[test]
fn a_plan_knows_how_old_the_point_may_be() {
    for core in of_vaults(&Connections::default()) {
        let type_name = core.kind().type_name();
        let limit = |max_age| {
            let mut object = object(&core);
            object.set("recovery_point", Value::object([("latest", Value::from(true)), ("max_age", max_age)]));
            core.undecided_limit(&object)
        };
        assert_eq!((limit("26h".into()), limit(Value::Null)), (None, None), "{type_name}");
        let refused = limit(Value::unknown()).unwrap();
        assert_eq!(refused.argument.unwrap().to_string(), "recovery_point.max_age", "{type_name}");
    }
}

#[test]
fn only_what_can_overwrite_says_so() {
    let latest = Value::from("latest");
    for core in restores(&Connections::default()) {
        let type_name = core.kind().type_name();
        let with = |argument: &str, value: Value| {
            let mut object = object(&core);
            if core.arguments().attributes.iter().any(|attribute| attribute.name == argument) {
                object.set(argument, value);
            }
            object
        };
        let blobs = type_name == "azurebackup_blob_restore";
        let cluster = type_name == "azurebackup_kubernetes_cluster_restore";
        if is_database(type_name) {
            let original = "Restoring overwrites the database behind `protected_item_id`";
            let said = |object: &Value| core.kind().overwrites(object).map(|message| message.summary);
            assert_eq!(said(&object(&core)).as_deref(), Some(original));
            assert_eq!(said(&with("target_files", Value::object([("directory", "F:")]))), None);
            continue;
        }
        if type_name == "azurebackup_virtual_machine_restore" {
            let replaced = "Restoring overwrites the disks of the virtual machine behind `protected_item_id`";
            let said = |object: &Value| core.kind().overwrites(object).map(|message| message.summary);
            assert_eq!(said(&object(&core)).as_deref(), Some(replaced));
            assert_eq!(said(&with("target_resource_group_id", "/subscriptions/s/resourceGroups/g".into())), None);
            continue;
        }
        assert_eq!(core.kind().overwrites(&object(&core)), None, "{type_name}");
        for (at, text) in [
            (latest.clone(), "the newest restorable instant"),
            ("2026-11-19T08:00:00Z".into(), "2026-11-19T08:00:00Z"),
            (Value::unknown(), "an instant that is known after apply"),
        ] {
            let said = core.kind().overwrites(&with("point_in_time", at));
            assert_eq!(said.is_some(), blobs, "{type_name}");
            if let Some(message) = said {
                assert_eq!(message.summary, "Restoring overwrites the storage account behind backup instance \"i\"");
                assert!(message.detail().contains(text), "{message:?}");
            }
        }
        assert_eq!(core.kind().overwrites(&with("conflict_policy", "Patch".into())).is_some(), cluster, "{type_name}");
        assert_eq!(core.kind().overwrites(&with("conflict_policy", "Skip".into())), None, "{type_name}");
        let mut undecided = with("point_in_time", latest.clone());
        assert_eq!(core.undecided_limit(&undecided), None, "{type_name}");
        if blobs {
            undecided.set("containers", Value::unknown());
            assert!(core.undecided_limit(&undecided).is_some());
        }
    }
}

#[test]
fn a_kind_has_the_rules_and_checks_of_all_and_its_own() {
    let refused = |core: &RestoreCore, members: &[(&str, Value)]| {
        let mut object = object(core);
        for (name, value) in members {
            object.set(*name, value.clone());
        }
        refused_by(core, &object, NOW)
    };
    let container = || Value::object([("name", "orders")]);
    let range = Value::object([("from", "orders/x"), ("to", "parcels")]);
    let newest = || ("recovery_point", Value::object([("latest", true)]));
    let twice = ("recovery_point", Value::object([("id", Value::from("p")), ("latest", true.into())]));
    let at = |at: &str| ("point_in_time", Value::from(at));
    for core in of_vaults(&Connections::default()) {
        let (core, type_name) = (&core, core.kind().type_name());
        // What is required of a kind besides stays missing.
        let [missing, checked, _] = refused(core, &[newest()]);
        assert_eq!(checked, 0, "{type_name}");
        assert_eq!(
            refused(core, std::slice::from_ref(&twice))[..2],
            [missing, 1],
            "{type_name}: a point is chosen in one way"
        );
        let has = |name: &str| core.arguments().attributes.iter().any(|attribute| attribute.name == name);
        if has("source_region") {
            let alone = ("source_region", Value::from("westeurope"));
            assert_eq!(
                refused(core, &[newest(), alone])[0],
                missing + 1,
                "{type_name}: a region of what is not asked for"
            );
        }
        if has("restore_location") && !has("source_region") && has("secondary_region") {
            let alone = ("restore_location", Value::from("westeurope"));
            assert_eq!(refused(core, &[newest(), alone])[0], missing + 1, "{type_name}: a place without its region");
        }
        // How much more the schema refuses of both together than of each.
        let together = |one: (&str, Value), other: (&str, Value)| {
            let of = |members: &[(&str, Value)]| refused(core, &[&[newest()], members].concat())[0] - missing;
            of(&[one.clone(), other.clone()]) - of(&[one]) - of(&[other])
        };
        if is_database(type_name) {
            assert_eq!(refused(core, &[])[0], missing + 1, "{type_name}: a point or an instant");
            assert_eq!(refused(core, &[newest(), at("latest")])[0], missing + 1, "{type_name}: and not both");
            assert_eq!(refused(core, &[at("2999-01-01T00:00:00Z")])[2], 1, "{type_name}: the clock has a say");
            assert_eq!(refused(core, &[at("2026-11-19T08:00:00Z")])[2], 0, "{type_name}");
            let rehydration = || ("rehydration", Value::object([("priority", "High")]));
            let of_logs = refused(core, &[at("latest"), rehydration()])[0];
            assert_eq!(of_logs, refused(core, &[newest(), rehydration()])[0] + 1, "{type_name}: logs are not archived");
            let (database, files) =
                (("target_database", Value::object([("x", "")])), ("target_files", Value::object([("x", "")])));
            assert_eq!(together(database, files), 1, "{type_name}: one target");
        }
        if type_name == "azurebackup_virtual_machine_restore" {
            let machine = ("target_virtual_machine", Value::object([("name", "new")]));
            let group = ("target_resource_group_id", GROUP.into());
            assert_eq!(together(machine, group), 1, "one target");
        }
        if type_name == "azurebackup_vm_sql_database_restore" {
            let files = ("target_files", Value::object([("directory", "F:")]));
            assert_eq!(refused(core, &[newest(), files, ("no_recovery", true.into())])[1], 1, "nothing is recovered");
        }
        if type_name == "azurebackup_blob_restore" {
            assert_eq!(refused(core, &[at("latest")]), [0, 0, 0]);
            assert_eq!(refused(core, &[at("2999-01-01T00:00:00Z")]), [0, 0, 1]);
            assert_eq!(refused(core, &[at("latest"), newest()]), [1, 0, 0]);
            let containers = |containers: Vec<Value>| ("containers", Value::list(containers));
            let ranges = ("ranges", Value::list([range.clone()]));
            assert_eq!(refused(core, &[at("latest"), containers(vec![container()])]), [0, 0, 0]);
            assert_eq!(refused(core, &[at("latest"), containers(vec![container()]), ranges]), [1, 0, 0]);
            assert_eq!(refused(core, &[at("latest"), containers(vec![container(), container()])]), [0, 2, 0]);
        }
    }
}

#[test]
fn hints_know_what_every_kind_restores() {
    for core in restores(&Connections::default()) {
        assert!(core.kind().workload().is_some(), "{}", core.kind().type_name());
    }
}

#[test]
fn nothing_is_prepared_before_the_provider_is_configured() {
    for core in restores(&Connections::default()) {
        assert!(core.prepare(&object(&core)).is_err());
    }
}

#[test]
fn what_is_absent_may_be_written_out_without_another_intent() {
    let mut written_out = 0;
    for core in restores(&Connections::default()) {
        let absent = object(&core);
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
        let known = object(&core);
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
            let noun = if core.kind().type_name() == BACKUPS { "backup" } else { "restore" };
            let sentence = format!("Changing this does not start another {noun}.");
            let said = attribute.description.matches(&sentence).count();
            let outermost = attribute.change == Some(Change::UpdatesInPlace) && !in_place_already;
            assert_eq!(said, usize::from(outermost), "{}: {}", attribute.name, attribute.description);
            assert!(!attribute.description.contains("sends nothing"), "{}", attribute.name);
        }
    }
}
