//! Checks of the arguments of a restore of a database that need no Azure.

use super::request::{TargetMode, mode};
use super::{Arguments, CONTAINERS, FILE_MOVES, FileMove, NO_RECOVERY, TARGET_DATABASE, TARGET_FILES};
use crate::azure::recovery_services::{ProtectedItemId, ProtectionContainerId};
use crate::resources::arguments::regions::SECONDARY_REGION;
use crate::resources::arguments::resource_id;
use crate::resources::recovery_services::PROTECTED_ITEM;
use crate::resources::restore::{Decides, UndecidedLimit, wrong};
use crate::restore::error::{RestoreError, UserMessage};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

/// Longest name of a database (SQL Server: Database identifiers).
const LONGEST_NAME: usize = 128;

/// Longest path that Windows takes without special notations.
const LONGEST_PATH: usize = 259;

/// Checks of several arguments against each other; unknown values are skipped.
pub(super) fn together(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(files_are_not_recovered(arguments));
    diagnostics.extend(across_regions(arguments));
    diagnostics.extend(wrong_vault(arguments));
    diagnostics.extend(file_named_twice(arguments));
    diagnostics
}

fn files_are_not_recovered(arguments: &Arguments) -> Option<Diagnostic> {
    let both = arguments.no_recovery.known() == Some(&true) && arguments.target_files.known().is_some();
    let text = format!(
        "`{NO_RECOVERY}` leaves a database restoring, and `{TARGET_FILES}` restores no database. Remove one of them."
    );
    both.then(|| wrong(NO_RECOVERY, "Nothing is recovered", text))
}

/// What the secondary region restores (docs/reference/azure-recovery-services.md#secondary-region).
const ANOTHER_DATABASE_ONLY: &str = "From the secondary region, Azure restores to another database, on a virtual \
                                     machine that is registered with a vault in that region: set `target_database`.";

fn across_regions(arguments: &Arguments) -> Option<Diagnostic> {
    if !is_secondary(arguments) || !arguments.target_database.is_null() {
        return None;
    }
    let argument = if arguments.target_files.is_null() { SECONDARY_REGION } else { TARGET_FILES };
    Some(wrong(argument, "Not possible from the secondary region", ANOTHER_DATABASE_ONLY))
}

/// The same of a body that is about to be sent.
pub(super) fn can_be_sent_across_regions(mode: TargetMode<'_>) -> Result<(), RestoreError> {
    match mode {
        TargetMode::Database(_) => Ok(()),
        TargetMode::Original => Err(RestoreError::wrong(SECONDARY_REGION, ANOTHER_DATABASE_ONLY)),
        TargetMode::Files(_) => Err(RestoreError::wrong(TARGET_FILES, ANOTHER_DATABASE_ONLY)),
    }
}

fn is_secondary(arguments: &Arguments) -> bool {
    arguments.secondary_region.known() == Some(&true)
}

/// Within a region, a backup goes to machines that are registered with its vault; in the secondary region that vault has none.
fn wrong_vault(arguments: &Arguments) -> Option<Diagnostic> {
    if arguments.secondary_region.is_unknown() {
        return None;
    }
    let item = ProtectedItemId::parse(arguments.protected_item_id.as_str()?).ok()?;
    let (argument, id) = if let Some(target) = arguments.target_database.known() {
        (TARGET_DATABASE, target.container_id.as_str()?)
    } else {
        (TARGET_FILES, arguments.target_files.known()?.container_id.as_str()?)
    };
    let container = ProtectionContainerId::parse(id).ok()?;
    let own = container.vault() == item.vault();
    let (summary, text) = match (is_secondary(arguments), own) {
        (false, true) | (true, false) => return None,
        (false, false) => (
            "A container of another vault",
            format!(
                "`container_id` is a container of vault {:?}, and the protected item is in vault {:?}. Register the \
                 target virtual machine with the vault of the protected item.",
                container.vault().name(),
                item.vault().name()
            ),
        ),
        (true, true) => (
            "A container of the same vault",
            format!(
                "`container_id` is a container of vault {:?}, like the protected item. With `secondary_region`, the \
                 target virtual machine must be registered with another vault, which lies in the secondary region.",
                item.vault().name()
            ),
        ),
    };
    Some(Diagnostic::error(summary, text).at(Path::attribute(argument).child("container_id")))
}

fn file_named_twice(arguments: &Arguments) -> Option<Diagnostic> {
    let files = arguments.target_database.known()?.file_moves.known()?;
    // Whether names in a database have a case depends on its collation; paths of Windows have none.
    let names: Vec<Option<String>> = files.iter().map(|file| text(file, |file| &file.logical_name)).collect();
    let paths: Vec<Option<String>> =
        files.iter().map(|file| Some(text(file, |file| &file.target_path)?.to_lowercase())).collect();
    let at = |index: usize, member: &str| Path::attribute(TARGET_DATABASE).child(FILE_MOVES).index(index).child(member);
    if let Some(index) = second(&names) {
        let text = "Each file of the database has one path.";
        return Some(Diagnostic::error("A file is named twice", text).at(at(index, "logical_name")));
    }
    let text = "Two files cannot have the same path. Names in Windows have no case.";
    second(&paths).map(|index| Diagnostic::error("A path is named twice", text).at(at(index, "target_path")))
}

fn text(file: &Attr<FileMove>, of: impl Fn(&FileMove) -> &Attr<String>) -> Option<String> {
    of(file.known()?).as_str().map(str::to_owned)
}

/// The first that stands there a second time.
fn second(texts: &[Option<String>]) -> Option<usize> {
    (0..texts.len()).find(|index| {
        let own = texts.get(*index).and_then(Option::as_ref);
        own.is_some() && texts.iter().take(*index).any(|other| other.as_ref() == own)
    })
}

/// What a plan says of a restore that overwrites a database. Made of the mode that is sent.
pub(super) fn overwrites(arguments: &Arguments) -> Option<UserMessage> {
    match mode(arguments) {
        Ok(TargetMode::Original) => {
            let database = original(arguments);
            let text = format!(
                "Neither `{TARGET_DATABASE}` nor `{TARGET_FILES}` is set, so {database} is overwritten. What was \
                 written to it since the backup is lost."
            );
            Some(UserMessage::new(format!("Restoring overwrites {database}")).say(text).on(PROTECTED_ITEM))
        }
        Ok(TargetMode::Database(target)) => {
            let how = match &target.overwrite {
                Attr::Known(true) => "is overwritten",
                Attr::Known(false) | Attr::Null => return None,
                Attr::Unknown => "may be overwritten, since `overwrite` is known only after apply",
            };
            let known = |text: &Attr<String>| text.as_str().map(str::to_owned);
            let database = match (known(&target.instance), known(&target.name)) {
                (Some(instance), Some(name)) => format!("database {name:?} of instance {instance:?}"),
                _ => "a database that is known after apply".to_owned(),
            };
            let text = format!("If it is there, {database} {how}. What was written to it since the backup is lost.");
            Some(UserMessage::new(format!("Restoring overwrites {database}")).say(text).on(TARGET_DATABASE))
        }
        Ok(TargetMode::Files(_)) | Err(_) => None,
    }
}

/// Names the database in messages, by the id of its item: `SQLDataBase;instance;database`.
fn original(arguments: &Arguments) -> String {
    let item = arguments.protected_item_id.as_str().and_then(|id| ProtectedItemId::parse(id).ok());
    let name = item.map(|item| item.resource_id().decoded_name().into_owned());
    match name.as_deref().map(|name| name.splitn(3, ';').collect::<Vec<_>>()).as_deref() {
        Some([_, instance, database]) => format!("database {database:?} of instance {instance:?}"),
        Some(_) => format!("the database behind `{PROTECTED_ITEM}`"),
        None => "a database that is known after apply".to_owned(),
    }
}

/// What decides where it goes, while it is not known whether it is set.
pub(super) fn undecided_limit(arguments: &Arguments) -> Option<UndecidedLimit> {
    let limit = |argument: &str| UndecidedLimit {
        decides: Decides::Where,
        argument: argument.into(),
        without: "the original database would be overwritten",
    };
    if arguments.target_database.is_unknown() {
        return Some(limit(TARGET_DATABASE));
    }
    let open = arguments.target_database.is_null() && arguments.target_files.is_unknown();
    open.then(|| limit(TARGET_FILES))
}

pub(super) fn is_container_id(text: &str) -> Result<(), String> {
    let expected = resource_id::expected("container_id", "a container of a Recovery Services vault", CONTAINERS);
    expected.check(text, |id| ProtectionContainerId::parse(id.as_str()).is_ok())
}

/// The name of an instance without that of its machine.
pub(super) fn is_instance(text: &str) -> Result<(), String> {
    if let Some((_, instance)) = text.rsplit_once(['\\', '/']) {
        return Err(format!("{text:?} has the name of the machine. Write the instance alone: {instance:?}."));
    }
    is_name(text)
}

pub(super) fn is_database(text: &str) -> Result<(), String> {
    is_name(text)
}

pub(super) fn is_logical_name(text: &str) -> Result<(), String> {
    is_name(text)
}

fn is_name(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        Err("The name is empty.".to_owned())
    } else if text.chars().count() > LONGEST_NAME {
        Err(format!("The name has more than {LONGEST_NAME} characters."))
    } else if let Some(character) = text.chars().find(|character| character.is_control()) {
        Err(format!("The name has the control character {character:?}."))
    } else {
        Ok(())
    }
}

/// An absolute path of Windows or Linux.
pub(super) fn is_path(text: &str) -> Result<(), String> {
    let has_drive = || {
        let mut characters = text.chars();
        let letter = characters.next().is_some_and(|character| character.is_ascii_alphabetic());
        letter && characters.next() == Some(':')
    };
    if text.trim().is_empty() {
        Err("The path is empty.".to_owned())
    } else if text.chars().count() > LONGEST_PATH {
        Err(format!("The path has more than {LONGEST_PATH} characters."))
    } else if let Some(character) = text.chars().find(|character| character.is_control()) {
        Err(format!("The path has the control character {character:?}."))
    } else if text.starts_with('/') || text.starts_with("\\\\") || has_drive() {
        Ok(())
    } else {
        Err(format!("{text:?} is not an absolute path. Write it as `F:\\data` or `/hana/restore`."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Value;

    const FABRIC: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure";

    fn item() -> (&'static str, Value) {
        let container = "protectionContainers/VMAppContainer;Compute;g;vm";
        (PROTECTED_ITEM, format!("{FABRIC}/{container}/protectedItems/SQLDataBase;mssqlserver;R%2FD").into())
    }

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn database(more: &[(&'static str, Value)]) -> (&'static str, Value) {
        let container = format!("{FABRIC}/protectionContainers/VMAppContainer;Compute;g;vm2");
        let own = [("container_id", container.into()), ("instance", "I".into()), ("name", "d".into())];
        (TARGET_DATABASE, Value::object(own.into_iter().chain(more.iter().cloned())))
    }

    fn files() -> (&'static str, Value) {
        let container = format!("{FABRIC}/protectionContainers/VMAppContainer;Compute;g;vm2");
        (TARGET_FILES, Value::object([("container_id", container.as_str()), ("directory", "F:\\x")]))
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        together(&arguments(members)).iter().map(|found| found.summary.clone()).collect()
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let no_recovery = || (NO_RECOVERY, Value::from(true));
        assert_eq!(summaries(&[item(), files(), no_recovery()]), ["Nothing is recovered"]);
        assert_eq!(summaries(&[item(), database(&[]), no_recovery()]), [""; 0]);
        let file = |name: &str, path: &str| Value::object([("logical_name", name), ("target_path", path)]);
        let moves = |files: [Value; 2]| database(&[(FILE_MOVES, Value::list(files))]);
        assert_eq!(summaries(&[moves([file("a", "F:\\a"), file("a", "F:\\b")])]), ["A file is named twice"]);
        assert_eq!(summaries(&[moves([file("a", "F:\\a"), file("b", "f:\\A")])]), ["A path is named twice"]);
        assert_eq!(summaries(&[moves([file("a", "F:\\a"), Value::unknown()])]), [""; 0]);
        let elsewhere = FABRIC.replace("/v/", "/w/") + "/protectionContainers/VMAppContainer;Compute;g;vm2";
        let target = database(&[("container_id", elsewhere.into())]);
        assert_eq!(summaries(&[item(), target]), ["A container of another vault"]);
    }

    #[test]
    fn the_secondary_region_wants_another_database_of_another_vault() {
        let secondary = |is: Value| (SECONDARY_REGION, is);
        let far = FABRIC.replace("/v/", "/w/") + "/protectionContainers/VMAppContainer;Compute;g;vm2";
        let far = || database(&[("container_id", far.clone().into())]);
        assert_eq!(summaries(&[item(), secondary(true.into()), far()]), [""; 0]);
        assert_eq!(
            summaries(&[item(), secondary(true.into()), database(&[])]),
            ["A container of the same vault"],
            "that vault has no machine there"
        );
        let refused = "Not possible from the secondary region";
        assert_eq!(summaries(&[item(), secondary(true.into())]), [refused]);
        let files_there = [item(), secondary(true.into()), files()];
        assert!(summaries(&files_there).contains(&refused.to_owned()), "{:?}", summaries(&files_there));
        assert_eq!(summaries(&[item(), secondary(Value::unknown()), database(&[])]), [""; 0]);
        assert_eq!(summaries(&[item(), secondary(Value::unknown()), far()]), [""; 0]);
        assert_eq!(summaries(&[item(), secondary(false.into()), far()]), ["A container of another vault"]);
    }

    #[test]
    fn what_is_overwritten_is_named() {
        let said = |members: &[(&str, Value)]| overwrites(&arguments(members)).map(|message| message.summary);
        let original = "Restoring overwrites database \"R/D\" of instance \"mssqlserver\"";
        assert_eq!(said(&[item()]).as_deref(), Some(original));
        assert_eq!(said(&[item(), database(&[])]), None);
        let other = "Restoring overwrites database \"d\" of instance \"I\"";
        for overwrite in [Value::from(true), Value::unknown()] {
            assert_eq!(said(&[item(), database(&[("overwrite", overwrite)])]).as_deref(), Some(other));
        }
        assert_eq!(said(&[item(), files()]), None);
    }

    #[test]
    fn a_target_that_may_turn_out_to_be_null_is_a_limit() {
        let limit =
            |members: &[(&str, Value)]| undecided_limit(&arguments(members)).map(|limit| limit.argument.to_string());
        assert_eq!(limit(&[(TARGET_DATABASE, Value::unknown())]).as_deref(), Some(TARGET_DATABASE));
        assert_eq!(limit(&[(TARGET_FILES, Value::unknown())]).as_deref(), Some(TARGET_FILES));
        assert_eq!(limit(&[database(&[]), (TARGET_FILES, Value::unknown())]), None);
        assert_eq!(limit(&[database(&[("name", Value::unknown())])]), None);
    }

    #[test]
    fn names_may_hold_anything_and_an_instance_no_machine() {
        for name in ["R/D", "Kunden Ä", "a;b", "50%", "x'y", "[d]", &"ä".repeat(LONGEST_NAME)] {
            assert_eq!(is_database(name), Ok(()), "{name}");
        }
        assert!(is_database("").is_err() && is_database(&"x".repeat(129)).is_err() && is_database("a\nb").is_err());
        assert!(is_instance("sqlvm\\PAYROLL").unwrap_err().contains("\"PAYROLL\""));
        assert_eq!(is_instance("MSSQLSERVER"), Ok(()));
    }

    #[test]
    fn a_path_is_absolute() {
        let of_length = |length: usize| format!("/{}", "ä".repeat(length - 1));
        for path in ["F:\\data\\x.mdf", "C:", "/hana/restore", "\\\\server\\share", &of_length(LONGEST_PATH)] {
            assert_eq!(is_path(path), Ok(()), "{path}");
        }
        for path in ["", "data\\x", "F", "\\data", &of_length(LONGEST_PATH + 1), &of_length(LONGEST_PATH + 2)] {
            assert!(is_path(path).is_err(), "{path}");
        }
    }
}
