use serde_json::{Value as Json, json};

use super::*;
use crate::azure::resource_id::Location;
use crate::restore::recovery_services::DatabaseFacts;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::value::{Path, Value};

const GROUPS: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups";

fn id(group: &str, rest: &str) -> String {
    format!("{GROUPS}/{group}/providers/{rest}")
}

fn machine() -> String {
    id("vm-rg", "Microsoft.Compute/virtualMachines/vm1")
}

fn account() -> String {
    id("vault-rg", "Microsoft.Storage/storageAccounts/staging")
}

fn group() -> (&'static str, Value) {
    (TARGET_GROUP, format!("{GROUPS}/dst-rg").into())
}

fn new_machine() -> (&'static str, Value) {
    let members = [
        ("name", Value::from("vm2")),
        ("resource_group_id", format!("{GROUPS}/dst-rg").into()),
        ("subnet_id", id("net-rg", "Microsoft.Network/virtualNetworks/vnet1/subnets/default").into()),
    ];
    (TARGET_MACHINE, Value::object(members))
}

fn luns(luns: &[i64]) -> (&'static str, Value) {
    (DISK_LUNS, Value::List(luns.iter().map(|lun| Value::from(*lun)).collect()))
}

fn built_of(members: &[(&str, Value)], needs_rehydration: bool) -> Result<Json, RestoreError> {
    let account = (STAGING, Value::from(account()));
    let members = [std::slice::from_ref(&account), members].concat();
    let arguments = Arguments::from_value(&Value::object(members), &Path::root()).unwrap();
    let (source, region) = (ResourceId::parse(&machine()).unwrap(), Location::new("West Europe"));
    let context = ItemRequestContext {
        source: &source,
        point: "rp1",
        needs_rehydration,
        region: Some(&region),
        is_secondary: false,
        database: DatabaseFacts::default(),
    };
    Ok(serde_json::to_value(body(&arguments, context)?).unwrap())
}

fn built(members: &[(&str, Value)]) -> Json {
    built_of(members, false).unwrap()
}

fn expected(others: &Json) -> Json {
    let mut body = json!({"objectType": "IaasVMRestoreRequest", "recoveryPointId": "rp1", "sourceResourceId": machine(),
        "region": "westeurope", "storageAccountId": account(), "createNewCloudService": false,
        "originalStorageAccountOption": false});
    body.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    body
}

#[test]
fn replaced_disks_have_no_target() {
    assert_eq!(built(&[]), expected(&json!({"recoveryType": "OriginalLocation"})));
}

#[test]
fn disks_go_into_a_group_all_or_some_or_that_of_the_operating_system() {
    let disks = |others: &Json| {
        let mut body = json!({"recoveryType": "RestoreDisks", "targetResourceGroupId": format!("{GROUPS}/dst-rg")});
        body.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        expected(&body)
    };
    assert_eq!(built(&[group()]), disks(&json!({})));
    assert_eq!(built(&[group(), luns(&[0, 2])]), disks(&json!({"restoreDiskLunList": [0, 2]})));
    assert_eq!(built(&[group(), (OS_DISK_ONLY, true.into())]), disks(&json!({"restoreDiskLunList": []})));
    assert_eq!(built(&[group(), (ZONE, "2".into())]), disks(&json!({"zones": ["2"]})));
    assert_eq!(built(&[group(), (ENCRYPTION_SET, "/d".into())]), disks(&json!({"diskEncryptionSetId": "/d"})));
}

#[test]
fn a_new_machine_has_the_network_of_its_subnet() {
    let network = id("net-rg", "Microsoft.Network/virtualNetworks/vnet1");
    assert_eq!(
        built(&[new_machine()]),
        expected(&json!({"recoveryType": "AlternateLocation",
            "targetVirtualMachineId": id("dst-rg", "Microsoft.Compute/virtualMachines/vm2"),
            "targetResourceGroupId": format!("{GROUPS}/dst-rg"),
            "virtualNetworkId": network, "subnetId": format!("{network}/subnets/default")}))
    );
}

#[test]
fn with_an_identity_the_account_stands_elsewhere() {
    let body = built(&[("identity", Value::object([("type", "SystemAssigned")]))]);
    assert_eq!(body["identityInfo"], json!({"isSystemAssignedIdentity": true}));
    assert_eq!(body["identityBasedRestoreDetails"], json!({"targetStorageAccountId": account()}));
    assert_eq!(body.get("storageAccountId"), None);
}

#[test]
fn only_a_point_that_is_only_in_the_archive_is_fetched_from_there() {
    let how = (REHYDRATION, Value::object([("priority", "High")]));
    let body = built_of(&[group(), how.clone()], true).unwrap();
    assert_eq!(body["objectType"], "IaasVMRestoreWithRehydrationRequest");
    let info = json!({"rehydrationRetentionDuration": "P15D", "rehydrationPriority": "High"});
    assert_eq!(body["recoveryPointRehydrationInfo"], info);
    let body = built_of(&[group(), how], false).unwrap();
    assert_eq!((&body["objectType"], body.get("recoveryPointRehydrationInfo")), (&json!("IaasVMRestoreRequest"), None));
    assert!(built_of(&[group()], true).is_err());
}

#[test]
fn a_confidential_machine_names_its_encryption() {
    let disk = Value::object([("lun", Value::from(3)), ("disk_encryption_set_id", "/three".into())]);
    let members = [
        ("os_disk_encryption_set_id", Value::from("/os")),
        ("data_disk_encryption_sets", Value::List(vec![disk])),
        ("data_disk_encryption_identity_id", "/i".into()),
    ];
    assert_eq!(
        built(&[(CONFIDENTIAL, Value::object(members))])["securedVMDetails"],
        json!({"securedVMOsDiskEncryptionSetId": "/os", "dataDiskEncryptionSettings": {
            "perDiskEncryptionSetIds": [{"lun": 3, "diskEncryptionSetId": "/three"}], "dataDiskEncryptionIdentity": "/i"}})
    );
    let os = Value::object([("os_disk_encryption_set_id", "/os")]);
    assert_eq!(built(&[(CONFIDENTIAL, os)])["securedVMDetails"], json!({"securedVMOsDiskEncryptionSetId": "/os"}));
}

#[test]
fn nothing_that_is_missing_becomes_another_mode_or_all_disks() {
    let machine = |name: &str, value: Value| {
        let (argument, mut machine) = new_machine();
        machine.set(name, value);
        (argument, machine)
    };
    let encrypted = |sets: Value| (CONFIDENTIAL, Value::object([("data_disk_encryption_sets", sets)]));
    for wrong in [
        vec![(TARGET_GROUP, Value::unknown())],
        vec![(TARGET_GROUP, "".into())],
        vec![(TARGET_MACHINE, Value::unknown())],
        vec![new_machine(), group()],
        vec![machine("name", Value::Null)],
        vec![machine("resource_group_id", Value::unknown())],
        vec![machine("subnet_id", "/subscriptions/s/resourceGroups/g".into())],
        vec![group(), luns(&[])],
        vec![group(), (DISK_LUNS, Value::unknown())],
        vec![group(), (DISK_LUNS, Value::List(vec![0.into(), Value::Null]))],
        vec![group(), luns(&[0]), (OS_DISK_ONLY, true.into())],
        vec![group(), (OS_DISK_ONLY, Value::unknown())],
        vec![luns(&[0])],
        vec![(OS_DISK_ONLY, true.into())],
        vec![new_machine(), luns(&[0])],
        vec![(ZONE, "2".into())],
        vec![group(), (ZONE, Value::unknown())],
        vec![group(), (STAGING, Value::Null)],
        vec![group(), ("identity", Value::object([("type", "UserAssigned")]))],
        vec![group(), encrypted(Value::List(vec![Value::Null]))],
        vec![group(), encrypted(Value::unknown())],
    ] {
        assert!(built_of(&wrong, false).is_err(), "{wrong:?}");
    }
}
