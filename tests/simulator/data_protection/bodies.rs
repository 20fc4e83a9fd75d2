//! The shapes of request bodies that Data Protection takes, and the check that refuses everything else. Discriminators
//! match without case, as the service's do; names of members match exactly.

use serde_json::Value;

/// What a value must be. `null` passes wherever a member is not required.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    OneOf(&'static [&'static str]),
    Texts,
    /// An object whose members are all strings, whatever their names.
    TextMap,
    Object(&'static [Member]),
    /// An object whose members stand in several groups.
    Groups(&'static [&'static [Member]]),
    ListOfObjects(&'static [Member]),
    /// One of several objects, told apart by `objectType`.
    Kinds(&'static [Kind]),
    ListOfKinds(&'static [Kind]),
}

struct Member {
    name: &'static str,
    required: bool,
    shape: Shape,
}

struct Kind {
    object_type: &'static str,
    members: &'static [&'static [Member]],
    /// Azure takes it, the simulator has no model of what it does.
    modelled: bool,
}

const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, required: true, shape }
}

const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, required: false, shape }
}

const fn kind(object_type: &'static str, members: &'static [&'static [Member]]) -> Kind {
    Kind { object_type, members, modelled: true }
}

const fn unmodelled(object_type: &'static str) -> Kind {
    Kind { object_type, members: &[], modelled: false }
}

/// Why a body is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Objection {
    /// Azure refuses it. The text is for the journal; Azure does not say it.
    Invalid(String),
    /// Azure takes it, the simulator does not know it.
    Unmodelled(String),
}

const STORES: Shape = Shape::OneOf(&["ArchiveStore", "SnapshotStore", "OperationalStore", "VaultStore"]);
const RANGE_STORES: Shape = Shape::OneOf(&["ArchiveStore", "OperationalStore", "VaultStore"]);

const VALIDATION: &[Member] = &[
    must("restoreRequestObject", RESTORE),
    // Not in the contract; clients send it and the service lets it pass.
    may("objectType", Shape::OneOf(&["ValidateRestoreRequestObject"])),
];

const RESTORE: Shape = Shape::Kinds(&[
    kind("AzureBackupRecoveryPointBasedRestoreRequest", &[ENVELOPE, BY_POINT]),
    kind("AzureBackupRecoveryTimeBasedRestoreRequest", &[ENVELOPE, &[must("recoveryPointTime", Shape::Text)]]),
    kind("AzureBackupRestoreWithRehydrationRequest", &[ENVELOPE, BY_POINT, REHYDRATION]),
]);

const ENVELOPE: &[Member] = &[
    must("restoreTargetInfo", TARGET),
    must("sourceDataStoreType", STORES),
    may("sourceResourceId", Shape::Text),
    may("resourceGuardOperationRequests", Shape::Texts),
    may(
        "identityDetails",
        Shape::Object(&[may("useSystemAssignedIdentity", Shape::Flag), may("userAssignedIdentityArmUrl", Shape::Text)]),
    ),
];

const BY_POINT: &[Member] = &[must("recoveryPointId", Shape::Text)];

const REHYDRATION: &[Member] = &[
    must("rehydrationPriority", Shape::OneOf(&["Standard", "High"])),
    must("rehydrationRetentionDuration", Shape::Text),
];

const TARGET: Shape = Shape::Kinds(&[
    kind("RestoreTargetInfo", &[TARGET_BASE, WHOLE_TARGET]),
    kind("ItemLevelRestoreTargetInfo", &[TARGET_BASE, WHOLE_TARGET, &[must("restoreCriteria", CRITERIA)]]),
    kind(
        "RestoreFilesTargetInfo",
        &[
            TARGET_BASE,
            &[must(
                "targetDetails",
                Shape::Object(&[
                    must("url", Shape::Text),
                    must("filePrefix", Shape::Text),
                    must("restoreTargetLocationType", Shape::OneOf(&["AzureBlobs", "AzureFiles"])),
                    may("targetResourceArmId", Shape::Text),
                ]),
            )],
        ],
    ),
]);

const TARGET_BASE: &[Member] =
    &[must("recoveryOption", Shape::OneOf(&["FailIfExists"])), may("restoreLocation", Shape::Text)];

const WHOLE_TARGET: &[Member] = &[
    must("datasourceInfo", Shape::Groups(&[DATASOURCE, &[may("objectType", Shape::OneOf(&["Datasource"]))]])),
    may("datasourceSetInfo", Shape::Groups(&[DATASOURCE, &[may("objectType", Shape::OneOf(&["DatasourceSet"]))]])),
    may("datasourceAuthCredentials", Shape::Kinds(&[kind("SecretStoreBasedAuthCredentials", &[CREDENTIALS])])),
];

const CREDENTIALS: &[Member] = &[may(
    "secretStoreResource",
    Shape::Object(&[
        must("secretStoreType", Shape::OneOf(&["AzureKeyVault"])),
        may("uri", Shape::Text),
        may("value", Shape::Text),
    ]),
)];

const DATASOURCE: &[Member] = &[
    must("resourceID", Shape::Text),
    may("datasourceType", Shape::Text),
    may("resourceLocation", Shape::Text),
    may("resourceName", Shape::Text),
    may("resourceType", Shape::Text),
    may("resourceUri", Shape::Text),
    may("resourceProperties", Shape::Kinds(&[kind("DefaultResourceProperties", &[])])),
];

const CRITERIA: Shape = Shape::ListOfKinds(&[
    kind(
        "RangeBasedItemLevelRestoreCriteria",
        &[&[may("minMatchingValue", Shape::Text), may("maxMatchingValue", Shape::Text)]],
    ),
    kind(
        "ItemPathBasedRestoreCriteria",
        &[&[
            must("itemPath", Shape::Text),
            must("isPathRelativeToBackupItem", Shape::Flag),
            may("subItemPathPrefix", Shape::Texts),
            may("renameTo", Shape::Text),
        ]],
    ),
    kind("KubernetesClusterRestoreCriteria", &[KUBERNETES]),
    kind(
        "KubernetesClusterVaultTierRestoreCriteria",
        &[KUBERNETES, &[may("stagingResourceGroupId", Shape::Text), may("stagingStorageAccountId", Shape::Text)]],
    ),
    unmodelled("KubernetesPVRestoreCriteria"),
    unmodelled("KubernetesStorageClassRestoreCriteria"),
    unmodelled("GenericRestoreDatasourceCriteria"),
]);

const KUBERNETES: &[Member] = &[
    must("includeClusterScopeResources", Shape::Flag),
    may("includedNamespaces", Shape::Texts),
    may("excludedNamespaces", Shape::Texts),
    may("includedResourceTypes", Shape::Texts),
    may("excludedResourceTypes", Shape::Texts),
    may("labelSelectors", Shape::Texts),
    may("persistentVolumeRestoreMode", Shape::OneOf(&["RestoreWithVolumeData", "RestoreWithoutVolumeData"])),
    may("conflictPolicy", Shape::OneOf(&["Skip", "Patch"])),
    may("namespaceMappings", Shape::TextMap),
    may("restoreHookReferences", Shape::ListOfObjects(NAMESPACED_NAME)),
    may("resourceModifierReference", Shape::Object(NAMESPACED_NAME)),
];

const NAMESPACED_NAME: &[Member] = &[may("name", Shape::Text), may("namespace", Shape::Text)];

const RANGES: &[Member] =
    &[must("sourceDataStoreType", RANGE_STORES), may("startTime", Shape::Text), may("endTime", Shape::Text)];

const CROSS_REGION: &[Member] = &[
    must("restoreRequestObject", RESTORE),
    must(
        "crossRegionRestoreDetails",
        Shape::Object(&[must("sourceRegion", Shape::Text), must("sourceBackupInstanceId", Shape::Text)]),
    ),
    // Not in the contract; a client was seen to send it and the service let it pass.
    may("objectType", Shape::Text),
];

const SECONDARY_POINTS: &[Member] = &[must("sourceRegion", Shape::Text), must("sourceBackupInstanceId", Shape::Text)];

const CROSS_REGION_JOBS: &[Member] = &[must("sourceRegion", Shape::Text), must("sourceBackupVaultId", Shape::Text)];

const CROSS_REGION_JOB: &[Member] =
    &[must("sourceRegion", Shape::Text), must("sourceBackupVaultId", Shape::Text), must("jobId", Shape::Text)];

pub fn check_cross_region_restore(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(CROSS_REGION), "body")
}

pub fn check_secondary_points(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(SECONDARY_POINTS), "body")
}

pub fn check_cross_region_jobs(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(CROSS_REGION_JOBS), "body")
}

pub fn check_cross_region_job(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(CROSS_REGION_JOB), "body")
}

pub fn check_restore(body: &Value) -> Result<(), Objection> {
    check(body, &RESTORE, "body")
}

pub fn check_validation(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(VALIDATION), "body")
}

pub fn check_ranges(body: &Value) -> Result<(), Objection> {
    check(body, &Shape::Object(RANGES), "body")
}

fn check(value: &Value, shape: &Shape, at: &str) -> Result<(), Objection> {
    let not = |what: &str| Err(Objection::Invalid(format!("{at} is not {what}")));
    match shape {
        Shape::Text if !value.is_string() => not("a string"),
        Shape::Flag if !value.is_boolean() => not("a boolean"),
        Shape::OneOf(words)
            if !value.as_str().is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text))) =>
        {
            not(&format!("one of {}", words.join(", ")))
        }
        Shape::Texts if !value.as_array().is_some_and(|items| items.iter().all(Value::is_string)) => {
            not("a list of strings")
        }
        Shape::TextMap if !value.as_object().is_some_and(|map| map.values().all(Value::is_string)) => {
            not("a map of strings")
        }
        Shape::Object(members) => check_object(value, &[members], &[], at),
        Shape::Groups(groups) => check_object(value, groups, &[], at),
        Shape::ListOfObjects(members) => check_items(value, at, |item, at| check_object(item, &[members], &[], at)),
        Shape::Kinds(kinds) => check_kind(value, kinds, at),
        Shape::ListOfKinds(kinds) => check_items(value, at, |item, at| check_kind(item, kinds, at)),
        _ => Ok(()),
    }
}

fn check_items(
    value: &Value,
    at: &str,
    check: impl Fn(&Value, &str) -> Result<(), Objection>,
) -> Result<(), Objection> {
    let Some(items) = value.as_array() else { return Err(Objection::Invalid(format!("{at} is not a list"))) };
    items.iter().enumerate().try_for_each(|(index, item)| check(item, &format!("{at}[{index}]")))
}

fn check_kind(value: &Value, kinds: &'static [Kind], at: &str) -> Result<(), Objection> {
    let object_type = value.get("objectType").and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = kinds.iter().find(|kind| kind.object_type.eq_ignore_ascii_case(object_type)) else {
        return Err(Objection::Invalid(format!("{at}.objectType {object_type:?} is not known")));
    };
    if !kind.modelled {
        return Err(Objection::Unmodelled(format!("{at} of type {object_type}")));
    }
    check_object(value, kind.members, &["objectType"], at)
}

fn check_object(value: &Value, groups: &[&'static [Member]], known: &[&str], at: &str) -> Result<(), Objection> {
    let Some(object) = value.as_object() else { return Err(Objection::Invalid(format!("{at} is not an object"))) };
    let member_of = |name: &str| groups.iter().copied().flatten().find(|member| member.name == name);
    for (name, value) in object {
        match member_of(name) {
            Some(_) if value.is_null() => {}
            Some(member) => check(value, &member.shape, &format!("{at}.{name}"))?,
            None if known.contains(&name.as_str()) => {}
            None => return Err(Objection::Invalid(format!("{at}.{name} is not known"))),
        }
    }
    let mut required = groups.iter().copied().flatten().filter(|member| member.required);
    match required.find(|member| object.get(member.name).is_none_or(Value::is_null)) {
        Some(member) => Err(Objection::Invalid(format!("{at}.{} is missing", member.name))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vaulted() -> Value {
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": "p", "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "ItemLevelRestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                "restoreCriteria": [{"objectType": "ItemPathBasedRestoreCriteria", "itemPath": "c", "isPathRelativeToBackupItem": true, "subItemPathPrefix": null}],
                "datasourceInfo": {"objectType": "Datasource", "resourceID": "/x"},
            },
        })
    }

    fn invalid(change: impl FnOnce(&mut Value)) -> String {
        let mut body = vaulted();
        change(&mut body);
        match check_restore(&body) {
            Err(Objection::Invalid(why)) => why,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_right_body_passes_and_null_members_with_it() {
        assert_eq!(check_restore(&vaulted()), Ok(()));
        assert_eq!(check_validation(&json!({"restoreRequestObject": vaulted()})), Ok(()));
    }

    #[test]
    fn discriminators_match_without_case_and_members_do_not() {
        let mut body = vaulted();
        body["restoreTargetInfo"]["objectType"] = json!("itemLevelRestoreTargetInfo");
        assert_eq!(check_restore(&body), Ok(()));
        let why = invalid(|body| body["restoreTargetInfo"]["dataSourceInfo"] = json!({"resourceID": "/x"}));
        assert_eq!(why, "body.restoreTargetInfo.dataSourceInfo is not known");
    }

    #[test]
    fn what_is_missing_or_of_the_wrong_kind_is_refused() {
        assert_eq!(invalid(|body| body["recoveryPointId"] = Value::Null), "body.recoveryPointId is missing");
        assert_eq!(
            invalid(|body| body["restoreTargetInfo"]["objectType"] = json!("RestoreTargetInfo")),
            "body.restoreTargetInfo.restoreCriteria is not known"
        );
        assert_eq!(
            invalid(
                |body| body["restoreTargetInfo"]["restoreCriteria"][0]["isPathRelativeToBackupItem"] = json!("true")
            ),
            "body.restoreTargetInfo.restoreCriteria[0].isPathRelativeToBackupItem is not a boolean"
        );
        assert_eq!(invalid(|body| body["objectType"] = json!("Restore")), "body.objectType \"Restore\" is not known");
    }

    #[test]
    fn what_azure_knows_and_the_simulator_does_not_is_told_apart() {
        let mut body = vaulted();
        body["restoreTargetInfo"]["restoreCriteria"][0] = json!({"objectType": "KubernetesPVRestoreCriteria"});
        assert!(matches!(check_restore(&body), Err(Objection::Unmodelled(_))));
    }
}
