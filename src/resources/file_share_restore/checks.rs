//! Checks of a file share restore's arguments that need no Azure.

use super::request::scope;
use super::{Arguments, FILES, PROTECTED_ITEM, TARGET, target_name};
use crate::azure::recovery_services::{CopyOptions, FileShareRestoreRequest, RecoveryType, RestoreRequestType};
use crate::resources::arguments::regions::SECONDARY_REGION;
use crate::resources::given::{NotGiven, Scope};
use crate::resources::recovery_services::identity;
use crate::resources::restore::{Decides, UndecidedLimit, wrong};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

/// Longest path in a share (REST: Naming and Referencing Shares, Directories, Files, and Metadata).
const LONGEST_PATH: usize = 2048;

/// Checks of several arguments against each other; unknown values are skipped.
pub(super) fn together(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(named_twice(arguments));
    diagnostics.extend(folders_without_target(arguments));
    diagnostics.extend(across_regions(arguments));
    diagnostics.extend(identity::check(&arguments.identity));
    diagnostics
}

fn named_twice(arguments: &Arguments) -> Option<Diagnostic> {
    let Attr::Known(files) = &arguments.files else { return None };
    let paths: Vec<Option<String>> =
        files.iter().map(|file| file.known().and_then(|file| file.path.as_str()).map(str::to_lowercase)).collect();
    let twice = |index: &usize| {
        let path = paths.get(*index).and_then(Option::as_ref);
        path.is_some() && paths.iter().take(*index).any(|other| other.as_ref() == path)
    };
    let index = (0..paths.len()).find(twice)?;
    let path = paths.get(index)?.as_ref()?;
    let text = format!("{path:?} is named more than once. Names in a share have no case.");
    let at = Path::attribute(FILES).index(index).child("path");
    Some(Diagnostic::error("A file is named twice", text).at(at))
}

fn folders_without_target(arguments: &Arguments) -> Option<Diagnostic> {
    let Attr::Known(files) = &arguments.files else { return None };
    let has_folder = |file: &Attr<super::RestoredFile>| file.known().is_some_and(|file| !file.target_folder.is_null());
    let index = files.iter().position(has_folder).filter(|_| arguments.target.is_null())?;
    let text = "`target_folder` belongs to a restore into another share: set `target`. Without it, files go back to where \
                they were.";
    let at = Path::attribute(FILES).index(index).child("target_folder");
    Some(Diagnostic::error("A folder without a target", text).at(at))
}

/// Why the secondary region cannot restore this (docs/reference/azure-recovery-services.md#secondary-region).
const WHOLE_SHARE_ONLY: &str = "From the secondary region, Azure restores whole file shares only. Remove `files`, or \
                                remove `secondary_region`.";
const ELSEWHERE_ONLY: &str = "The original file share lies in the region of the vault. From the secondary region, \
                              Azure restores to another share in that region: set `target`.";

fn across_regions(arguments: &Arguments) -> Option<Diagnostic> {
    if arguments.secondary_region.known() != Some(&true) {
        return None;
    }
    if !arguments.files.is_null() && !arguments.files.is_unknown() {
        return Some(wrong(FILES, "Conflicting arguments", WHOLE_SHARE_ONLY));
    }
    arguments.target.is_null().then(|| wrong(SECONDARY_REGION, "A target is missing", ELSEWHERE_ONLY))
}

/// The same of a body that is about to be sent.
pub(super) fn can_be_sent_across_regions(body: &FileShareRestoreRequest) -> Result<(), RestoreError> {
    match (body.restore_request_type, body.recovery_type) {
        (RestoreRequestType::ItemLevelRestore, _) => Err(RestoreError::wrong(FILES, WHOLE_SHARE_ONLY)),
        (_, RecoveryType::OriginalLocation) => Err(RestoreError::wrong(SECONDARY_REGION, ELSEWHERE_ONLY)),
        _ => Ok(()),
    }
}

/// What a plan says of a restore that replaces files. Made of the scope that is sent.
pub(super) fn overwrites(arguments: &Arguments) -> Option<UserMessage> {
    let how = match &arguments.copy_option {
        Attr::Known(option) if option == CopyOptions::Overwrite.as_str() => "are replaced",
        Attr::Known(_) | Attr::Null => return None,
        Attr::Unknown => "may be replaced, since `copy_option` is known only after apply",
    };
    let target = target_name(arguments);
    let folder = arguments.target.known().and_then(|target| target.folder.as_str());
    let lost = "What was written to them since the backup is lost.";
    let text = match scope(arguments) {
        Ok(Scope::Whole) => {
            let folder = folder.map(|folder| format!(" in folder {folder:?}")).unwrap_or_default();
            format!("All files of {target}{folder} that are in the backup, too, {how}. {lost}")
        }
        Ok(Scope::Parts(parts)) => {
            let parts: String = parts.iter().map(|part| format!("\n  - {}", part.in_words(folder))).collect();
            format!("If they are there, these {how}:{parts}\n{lost}")
        }
        Err(NotGiven { argument, .. }) => {
            format!("Which files {how} is known only after apply: it depends on `{argument}`. {lost}")
        }
    };
    let argument = if arguments.target.is_null() { PROTECTED_ITEM } else { TARGET };
    Some(UserMessage::new(format!("Restoring overwrites files in {target}")).say(text).on(argument))
}

/// What decides how much is restored and where to, while it is not known whether it is set. Whatever `copy_option`: copies
/// and files that had been deleted are not wanted in another place, either.
pub(super) fn undecided_limit(arguments: &Arguments) -> Option<UndecidedLimit> {
    let place = |argument, without| Some(UndecidedLimit { decides: Decides::Where, argument, without });
    if arguments.target.is_unknown() {
        return place(TARGET.into(), "the restore would go into the original file share");
    }
    let folder_is_open = arguments.target.known().is_some_and(|target| target.folder.is_unknown());
    if folder_is_open {
        return place(ArgumentPath::from(TARGET).member("folder"), "the restore would go into the root of the share");
    }
    let Attr::Known(files) = &arguments.files else {
        let without = "all files of the share would be restored";
        let argument = ArgumentPath::from(FILES);
        return arguments.files.is_unknown().then_some(UndecidedLimit { decides: Decides::HowMuch, argument, without });
    };
    let open = |file: &Attr<super::RestoredFile>| file.known().is_some_and(|file| file.target_folder.is_unknown());
    let index = files.iter().position(open)?;
    let argument = ArgumentPath::from(FILES).element(index).member("target_folder");
    place(argument, "the file would go into `target.folder` or the root of the share")
}

/// A path in a share: no slash in front or at the end, nothing that Azure Files takes for another place.
pub(super) fn is_path(text: &str) -> Result<(), String> {
    let forbidden = |character: char| "\"\\:|<>*?".contains(character) || character.is_control();
    if text.is_empty() {
        Err("The path is empty. Write it as `folder/file.txt`.".to_owned())
    } else if text.len() > LONGEST_PATH {
        Err(format!("The path has more than {LONGEST_PATH} bytes. Azure Files has no such paths."))
    } else if text.starts_with('/') || text.ends_with('/') {
        Err("The path begins or ends with a slash. Write it as `folder/file.txt`.".to_owned())
    } else if text.contains('\\') {
        Err("The path has a backslash. Write it with slashes, as `folder/file.txt`.".to_owned())
    } else if let Some(character) = text.chars().find(|character| forbidden(*character)) {
        Err(format!("The path has {character:?}. No name in a file share has that character."))
    } else if text.split('/').any(|part| ![".", ".."].contains(&part) && part.ends_with(['.', ' ', '\u{a0}'])) {
        let text = "A part of the path ends with a blank or a dot. Windows leaves these out, so that it would be another \
            path.";
        Err(text.to_owned())
    } else if text.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        Err("The path has an empty part, `.` or `..`. Write it as `folder/file.txt`.".to_owned())
    } else {
        Ok(())
    }
}

/// 3 to 63 lower-case letters, digits and hyphens; neither at an end nor two together.
pub(super) fn is_share_name(text: &str) -> Result<(), String> {
    let legal = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if !(3..=63).contains(&text.len()) {
        Err("The name of a file share has 3 to 63 characters.".to_owned())
    } else if !text.chars().all(legal) {
        Err("The name of a file share has lower-case letters, digits and hyphens only.".to_owned())
    } else if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        Err("The name of a file share has no hyphen at its beginning or end, and no two in a row.".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::file_share_restore::FileShareRestore;
    use crate::resources::recovery_services::ItemWorkload;
    use crate::restore::recovery_services::{PointNeed, SkippedFiles};
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Value;

    const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        together(&arguments(members)).iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    fn file(path: &str) -> Value {
        Value::object([("path", path), ("type", "File")])
    }

    fn target() -> (&'static str, Value) {
        ("target", Value::object([("storage_account_id", ACCOUNT), ("file_share_name", "share2")]))
    }

    #[test]
    fn a_file_is_named_once_whatever_its_case() {
        let files = |paths: &[&str]| ("files", Value::List(paths.iter().map(|path| file(path)).collect()));
        assert_eq!(summaries(&[files(&["a/b", "A/B"])]), ["A file is named twice"]);
        assert_eq!(summaries(&[files(&["a/b", "a/c"])]), [""; 0]);
    }

    #[test]
    fn a_folder_of_a_file_needs_a_target() {
        let mut own = file("a");
        own.set("target_folder", "x");
        let files = ("files", Value::List(vec![own]));
        assert_eq!(summaries(std::slice::from_ref(&files)), ["A folder without a target"]);
        assert_eq!(summaries(&[files.clone(), target()]), [""; 0]);
        assert_eq!(summaries(&[files, ("target", Value::unknown())]), [""; 0]);
    }

    #[test]
    fn a_plan_names_what_is_replaced_and_only_where_something_is() {
        let said = |members: &[(&str, Value)]| overwrites(&arguments(members)).map(|message| message.detail());
        let overwrite = ("copy_option", Value::from("Overwrite"));
        let all = said(&[overwrite.clone(), target()]).unwrap();
        assert!(all.contains("All files of file share \"share2\" of storage account \"a\" that"), "{all}");
        let (name, mut into) = target();
        into.set("folder", "back");
        let folder = said(&[overwrite.clone(), (name, into)]).unwrap();
        assert!(folder.contains("in folder \"back\""), "{folder}");
        let one = said(&[overwrite.clone(), ("files", Value::List(vec![file("a/b")]))]).unwrap();
        assert!(one.contains("\n  - a/b\n"), "{one}");
        assert_eq!(said(&[("copy_option", "Skip".into())]), None);
        let open = said(&[("copy_option", Value::unknown())]).unwrap();
        assert!(open.contains("known only after apply"), "{open}");
        let unknown = said(&[overwrite.clone(), ("files", Value::unknown())]).unwrap();
        assert!(unknown.contains("depends on `files`"), "{unknown}");
        let original = said(&[overwrite.clone(), (PROTECTED_ITEM, "/item".into())]).unwrap();
        assert!(original.contains("All files of the file share behind `protected_item_id`"), "{original}");
        let later = said(&[overwrite, (PROTECTED_ITEM, Value::unknown())]).unwrap();
        assert!(later.contains("All files of a file share that is known after apply"), "{later}");
    }

    #[test]
    fn a_plan_knows_how_much_is_restored_and_where_to_whatever_happens_to_files() {
        for option in CopyOptions::ALL.map(|option| option.as_str()) {
            let undecided = |members: &[(&str, Value)]| {
                let own = [members, &[("copy_option", option.into())]].concat();
                FileShareRestore.undecided_limit(&arguments(&own)).map(|limit| limit.argument.to_string())
            };
            assert_eq!(undecided(&[]), None);
            assert_eq!(undecided(&[target()]), None);
            assert_eq!(undecided(&[("files", Value::unknown())]).as_deref(), Some("files"));
            assert_eq!(undecided(&[("target", Value::unknown())]).as_deref(), Some("target"));
            let (name, mut into) = target();
            into.set("folder", Value::unknown());
            assert_eq!(undecided(&[(name, into)]).as_deref(), Some("target.folder"));
            let mut own = file("a");
            own.set("target_folder", Value::unknown());
            let files = ("files", Value::List(vec![file("b"), own]));
            assert_eq!(undecided(&[files, target()]).as_deref(), Some("files[1].target_folder"));
            let mut into = target().1;
            into.set("file_share_name", Value::unknown());
            assert_eq!(undecided(&[("target", into)]), None);
        }
    }

    #[test]
    fn what_only_the_vault_has_is_restored_whole_elsewhere_and_with_overwrite_only() {
        let needs = |members: &[(&str, Value)]| match FileShareRestore.point_need(&arguments(members)) {
            None => None,
            Some(PointNeed::Snapshot(why)) => Some(why),
            Some(need @ PointNeed::Vault(_)) => panic!("{need:?}"),
        };
        let overwrite = ("copy_option", Value::from("Overwrite"));
        assert_eq!(needs(&[overwrite.clone(), target()]), None);
        assert!(needs(std::slice::from_ref(&overwrite)).unwrap().contains("another share"));
        assert!(needs(&[("copy_option", "Skip".into()), target()]).unwrap().contains("Overwrite"));
        let files = ("files", Value::List(vec![file("a")]));
        assert!(needs(&[overwrite, target(), files]).unwrap().contains("no single files"));
    }

    #[test]
    fn skipped_files_are_expected_where_they_are_asked_for_or_nothing_is_known() {
        let expected = |members: &[(&str, Value)]| FileShareRestore.skipped_files(&arguments(members));
        assert_eq!(expected(&[("copy_option", "Skip".into())]), SkippedFiles::Expected);
        assert_eq!(expected(&[("copy_option", "Overwrite".into())]), SkippedFiles::Unexpected);
        assert_eq!(expected(&[]), SkippedFiles::Expected);
    }

    #[test]
    fn a_path_leads_into_the_share_and_nowhere_else() {
        for good in ["a", "dir/a.txt", "Ordner/Ä b.txt", "a/b/c", &"x".repeat(2048)] {
            assert_eq!(is_path(good), Ok(()), "{good}");
        }
        for bad in ["/a", "a/", "/"] {
            assert!(is_path(bad).unwrap_err().contains("begins or ends with a slash"), "{bad}");
        }
        for bad in [" ", "a ", "a.", "...", "a./b", "a /b", "a/\u{a0}"] {
            assert!(is_path(bad).unwrap_err().contains("ends with a blank or a dot"), "{bad:?}");
        }
        for bad in ["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a?b", "a:b", "a\n", &"x".repeat(2049)] {
            assert!(is_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_shares_are_those_that_azure_takes() {
        for good in ["abc", "a-b-1", &"x".repeat(63)] {
            assert_eq!(is_share_name(good), Ok(()), "{good}");
        }
        for bad in ["ab", "Abc", "a--b", "-abc", "abc-", "a_b", &"x".repeat(64)] {
            assert!(is_share_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn neither_files_nor_the_original_are_sent_across_regions_whatever_the_plan_knew() {
        let body = |kind, to| {
            let mut body = FileShareRestoreRequest::new(ACCOUNT.to_owned(), CopyOptions::Overwrite);
            (body.restore_request_type, body.recovery_type) = (kind, to);
            can_be_sent_across_regions(&body).map_err(|error| match error {
                RestoreError::Wrong { argument, .. } => argument.unwrap().to_string(),
                other => panic!("{other:?}"),
            })
        };
        let (whole, files) = (RestoreRequestType::FullShareRestore, RestoreRequestType::ItemLevelRestore);
        let (original, other) = (RecoveryType::OriginalLocation, RecoveryType::AlternateLocation);
        assert_eq!(body(whole, other), Ok(()));
        assert_eq!(body(whole, original), Err(SECONDARY_REGION.to_owned()));
        assert_eq!(body(files, other), Err(FILES.to_owned()));
    }
}
