//! From the arguments of a file share restore to Azure's body.

use super::{Arguments, COPY_OPTION, FILES, RestoredFile, TARGET, TargetShare, checks};
use crate::azure::recovery_services::{
    CopyOptions, FileShareRestoreRequest, FileSpecType, RecoveryType, RestoreFileSpec, RestoreRequestType,
    TargetFileShare,
};
use crate::azure::resource_id::ResourceId;
use crate::resources::given::{NotGiven, Scope, optional, required_text};
use crate::resources::recovery_services::identity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::recovery_services::ItemRequestContext;

/// A part of a share that is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharePart {
    path: String,
    kind: String,
    target_folder: Option<String>,
}

impl SharePart {
    /// For a plan. `folder` is where it goes if it names no folder of its own.
    pub(super) fn in_words(&self, folder: Option<&str>) -> String {
        let rest = if self.kind == FileSpecType::Directory.as_str() { " and everything in it" } else { "" };
        let folder = self.target_folder.as_deref().or(folder);
        let folder = folder.map(|folder| format!(", in folder {folder:?}")).unwrap_or_default();
        format!("{}{rest}{folder}", self.path)
    }
}

/// How much of the share is restored: what is sent, and what a plan warns of.
pub(super) fn scope(arguments: &Arguments) -> Result<Scope<SharePart>, NotGiven> {
    Scope::read(&arguments.files, FILES, part)
}

fn part(file: &RestoredFile, at: ArgumentPath) -> Result<SharePart, NotGiven> {
    Ok(SharePart {
        path: required_text(&file.path, at.clone().member("path"))?.to_owned(),
        kind: required_text(&file.r#type, at.clone().member("type"))?.to_owned(),
        target_folder: optional(&file.target_folder, at.member("target_folder"))?.cloned(),
    })
}

/// `AzureFileShareRestoreRequest` (REST: Restores - Trigger, api-version 2026-10-01), in the four forms of Microsoft's
/// how-to page on restoring file shares with the REST API.
///
/// The folder of a whole share stands in an entry without a path, where Azure's own command line forgets it.
pub(super) fn body(
    arguments: &Arguments,
    context: ItemRequestContext<'_>,
) -> Result<FileShareRestoreRequest, RestoreError> {
    let mut request = FileShareRestoreRequest::new(context.source.to_string(), copy_options(arguments)?);
    let target = optional(&arguments.target, TARGET)?;
    let folder = target.map(|target| optional(&target.folder, "target.folder")).transpose()?.flatten();
    if let Some(target) = target {
        request.recovery_type = RecoveryType::AlternateLocation;
        request.target_details = Some(target_details(target)?);
    }
    match scope(arguments)? {
        Scope::Whole => {
            let into = |folder: &String| RestoreFileSpec {
                path: None,
                file_spec_type: None,
                target_folder_path: Some(folder.clone()),
            };
            request.restore_file_specs = folder.map(into).into_iter().collect();
        }
        Scope::Parts(parts) => {
            request.restore_request_type = RestoreRequestType::ItemLevelRestore;
            let specs = parts.into_vec().into_iter().enumerate().map(|(index, part)| file_spec(index, part, folder));
            request.restore_file_specs = specs.collect::<Result<_, _>>()?;
        }
    }
    request.identity_info = identity::request(&arguments.identity)?;
    if context.is_secondary {
        checks::can_be_sent_across_regions(&request)?;
    }
    Ok(request)
}

fn copy_options(arguments: &Arguments) -> Result<CopyOptions, RestoreError> {
    let word = required_text(&arguments.copy_option, COPY_OPTION)?;
    let option = CopyOptions::ALL.into_iter().find(|option| option.as_str() == word);
    option.ok_or_else(|| RestoreError::wrong(COPY_OPTION, format!("{word:?} is no way to treat files.")))
}

fn target_details(target: &TargetShare) -> Result<TargetFileShare, RestoreError> {
    let id = required_text(&target.storage_account_id, "target.storage_account_id")?;
    let id = ResourceId::parse(id).map_err(|error| RestoreError::wrong(TARGET, error.to_string()))?;
    Ok(TargetFileShare {
        name: required_text(&target.file_share_name, "target.file_share_name")?.to_owned(),
        target_resource_id: id.to_string(),
    })
}

fn file_spec(index: usize, part: SharePart, folder: Option<&String>) -> Result<RestoreFileSpec, RestoreError> {
    let SharePart { path, kind, target_folder } = part;
    let known = FileSpecType::ALL.into_iter().find(|known| known.as_str() == kind);
    let known = known.ok_or_else(|| {
        let argument = ArgumentPath::from(FILES).element(index).member("type");
        RestoreError::wrong(argument, format!("{kind:?} is neither a file nor a directory."))
    })?;
    Ok(RestoreFileSpec {
        path: Some(path),
        file_spec_type: Some(known),
        target_folder_path: target_folder.or_else(|| folder.cloned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::restore::recovery_services::DatabaseFacts;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    const ACCOUNT: &str = "/subscriptions/ef4ab5a7-c2c0-4304-af80-af49f48af3d1/resourceGroups/AzureFiles/providers/\
                           Microsoft.Storage/storageAccounts/afsaccount";
    const OTHER: &str = "/subscriptions/ef4ab5a7-c2c0-4304-af80-af49f48af3d1/resourceGroups/AzureFiles/providers/\
                         Microsoft.Storage/storageAccounts/afaccount1";

    fn built(members: &[(&str, Value)]) -> Result<Json, RestoreError> {
        let arguments = Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap();
        let source = ResourceId::parse(ACCOUNT).unwrap();
        let context = ItemRequestContext {
            source: &source,
            point: "932886657837421071",
            needs_rehydration: false,
            region: None,
            is_secondary: false,
            database: DatabaseFacts::default(),
        };
        Ok(serde_json::to_value(body(&arguments, context)?).unwrap())
    }

    fn overwriting(members: &[(&str, Value)]) -> Json {
        built(&[&[("copy_option", Value::from("Overwrite"))], members].concat()).unwrap()
    }

    fn target(folder: Option<&str>) -> (&'static str, Value) {
        let mut target = Value::object([("storage_account_id", OTHER), ("file_share_name", "azurefiles1")]);
        if let Some(folder) = folder {
            target.set("folder", folder);
        }
        ("target", target)
    }

    fn file(path: &str, kind: &str) -> Value {
        Value::object([("path", path), ("type", kind)])
    }

    /// Of the how-to page, whose bodies differ in these members only.
    fn expected(others: &Json) -> Json {
        let mut body = json!({"objectType": "AzureFileShareRestoreRequest", "recoveryType": "OriginalLocation",
            "sourceResourceId": ACCOUNT, "copyOptions": "Overwrite", "restoreRequestType": "FullShareRestore"});
        body.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        body
    }

    #[test]
    fn the_whole_share_to_its_original_location_is_the_how_to_s_body() {
        assert_eq!(overwriting(&[]), expected(&json!({})));
    }

    #[test]
    fn the_whole_share_to_another_location_is_the_how_to_s_body() {
        let body = expected(&json!({"recoveryType": "AlternateLocation",
            "restoreFileSpecs": [{"targetFolderPath": "restoredata"}],
            "targetDetails": {"name": "azurefiles1", "targetResourceId": OTHER}}));
        assert_eq!(overwriting(&[target(Some("restoredata"))]), body);
    }

    #[test]
    fn items_to_their_original_location_are_the_how_to_s_body() {
        let files = Value::List(vec![file("Restore/RestoreTest.txt", "File")]);
        let body = expected(&json!({"restoreRequestType": "ItemLevelRestore",
            "restoreFileSpecs": [{"path": "Restore/RestoreTest.txt", "fileSpecType": "File"}]}));
        assert_eq!(overwriting(&[("files", files)]), body);
    }

    #[test]
    fn items_to_another_location_are_the_how_to_s_body() {
        let files = Value::List(vec![file("Restore/RestoreTest.txt", "File")]);
        let body = expected(&json!({"recoveryType": "AlternateLocation", "restoreRequestType": "ItemLevelRestore",
            "restoreFileSpecs": [{"path": "Restore/RestoreTest.txt", "fileSpecType": "File", "targetFolderPath": "restoredata"}],
            "targetDetails": {"name": "azurefiles1", "targetResourceId": OTHER}}));
        assert_eq!(overwriting(&[("files", files), target(Some("restoredata"))]), body);
    }

    #[test]
    fn a_file_s_own_folder_goes_before_that_of_the_target() {
        let mut own = file("a", "Directory");
        own.set("target_folder", "own");
        let body = overwriting(&[("files", Value::List(vec![own, file("b", "File")])), target(Some("all"))]);
        let folders: Vec<&Json> =
            body["restoreFileSpecs"].as_array().unwrap().iter().map(|spec| &spec["targetFolderPath"]).collect();
        assert_eq!(folders, ["own", "all"]);
    }

    #[test]
    fn an_identity_is_the_vault_s_own_or_one_that_is_named() {
        let identity = |members: &[(&str, &str)]| {
            overwriting(&[("identity", Value::object(members.iter().map(|(name, text)| (*name, Value::from(*text)))))])
                ["identityInfo"]
                .clone()
        };
        assert_eq!(identity(&[("type", "SystemAssigned")]), json!({"isSystemAssignedIdentity": true}));
        assert_eq!(
            identity(&[("type", "UserAssigned"), ("user_assigned_identity_id", "/i")]),
            json!({"isSystemAssignedIdentity": false, "managedIdentityResourceId": "/i"})
        );
    }

    #[test]
    fn nothing_that_is_missing_becomes_the_whole_share() {
        let overwrite = ("copy_option", Value::from("Overwrite"));
        for (name, value) in [
            ("files", Value::List(vec![])),
            ("files", Value::unknown()),
            ("files", Value::List(vec![Value::Null])),
            ("files", Value::List(vec![file("", "File")])),
            ("files", Value::List(vec![Value::object([("type", "File")])])),
            ("target", Value::unknown()),
            ("target", Value::object([("storage_account_id", OTHER)])),
            ("identity", Value::object([("type", "UserAssigned")])),
        ] {
            assert!(built(&[overwrite.clone(), (name, value.clone())]).is_err(), "{name} {value:?}");
        }
        assert!(built(&[]).is_err(), "how files are treated is never made up");
    }
}
