//! What restores of databases of Azure SQL share, onto logical servers and onto managed instances: what is restored, the new
//! database's name and tags, and what a destroy does with it.

pub mod sources;

use crate::azure::deadline::Deadline;
use crate::azure::restore_tag::RESTORE_TAG;
use crate::resources::arguments::tags;
pub use crate::resources::arguments::tags::{TAGS, Tags, differ as tags_differ, read as tags};
use crate::resources::canonical;
use crate::resources::restore::ImportedJob;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::restored_resource::{RestoredResource, as_job};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;

/// The new database.
pub const NAME: &str = "name";
/// Whether a destroy deletes it.
pub const DELETE_DATABASE_ON_DESTROY: &str = "delete_database_on_destroy";

/// Longest name of a database.
const LONGEST_NAME: usize = 128;

/// Characters that no name of a database has.
const NOT_IN_NAMES: &[char] = &['<', '>', '*', '%', '&', ':', '\\', '/', '?'];

/// Databases that every server has.
const SYSTEM_DATABASES: [&str; 4] = ["master", "model", "msdb", "tempdb"];

/// Whether a database can be called so (docs/reference/azure-sql.md#names).
fn is_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(format!("A name of a database has 1 to {LONGEST_NAME} characters, but this one has {length}."));
    }
    if let Some(character) = name.chars().find(|character| NOT_IN_NAMES.contains(character) || character.is_control()) {
        return Err(format!("{name:?} contains {character:?}, which no name of a database can have."));
    }
    if name.ends_with('.') || name.ends_with(char::is_whitespace) {
        return Err(format!("{name:?} ends with a full stop or a blank, which no name of a database does."));
    }
    if SYSTEM_DATABASES.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!("{name:?} is the name of a system database. Choose another one."));
    }
    Ok(())
}

/// The argument that names the new database on the `host`.
pub fn name_attribute(host: &str) -> Attribute {
    Attribute::string(NAME)
        .required()
        .requires_replace()
        .canonical(canonical::id)
        .validate(text_checked_by(is_name))
        .description(format!("The name of the new database. The {host} must not have a database of this name."))
}

/// The argument that takes its tags. `of_the_source` says what becomes of those of the source.
pub fn tags_attribute(of_the_source: &str) -> Attribute {
    tags::attribute().description(format!(
        "Tags of the new database. {of_the_source} The tag `azurebackup-restore` is set by the provider."
    ))
}

/// The argument that makes a destroy delete the database.
pub fn delete_on_destroy_attribute() -> Attribute {
    Attribute::bool(DELETE_DATABASE_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
        "`true`: destroying the resource deletes the database in Azure, and waits until it is gone; a restore \
         that still runs ends with it. The plan of the destroy warns of it. A database that no longer has the tag \
         of this restore is not deleted, and the destroy fails. A replacement does not delete. Default `false`: \
         the database stays.",
    )
}

/// An error if the user's tags hold that of the restore.
pub fn tag_is_ours(own: &Tags) -> Option<Diagnostic> {
    tags::check(own, "database")
}

/// The warning of a destroy that deletes the database `name` of `host`.
pub fn deletes_on_destroy(asked: &Attr<bool>, host: &Attr<String>, name: &Attr<String>) -> Option<UserMessage> {
    if asked.known() != Some(&true) {
        return None;
    }
    let (host, name) = (host.as_str()?, name.as_str()?);
    let text = format!(
        "`{DELETE_DATABASE_ON_DESTROY}` is true, so the database is deleted on {host}, if its tag `{RESTORE_TAG}` still \
         says that this restore has made it. To keep it, set `{DELETE_DATABASE_ON_DESTROY}` to false and apply before \
         the destroy."
    );
    // Terraform folds warnings of equal summaries: each must say what is lost.
    Some(UserMessage::new(format!("Destroying this resource deletes database {name:?}")).say(text))
}

/// The warning of a change of `arguments` that do not reach the database that was restored. `managed_by` is the resource
/// that would.
pub fn does_not_reach(arguments: &[&'static str], managed_by: &str) -> Vec<UserMessage> {
    let Some(first) = arguments.first() else { return Vec::new() };
    let names = arguments.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "{names} is used when the restore is sent. The database that was restored stays as it is. Change it in Azure, \
         or hand it over to `{managed_by}`."
    );
    vec![UserMessage::new("This change does not reach the restored database").say(text).on(*first)]
}

/// What an import says that fails.
pub const IMPORTING: &str = "Importing a restore of a database";

/// The database that an import names, as the job of the restore that made it.
///
/// # Errors
/// A [`UserMessage`] if it is not there or cannot be read.
pub async fn imported<T: RestoredResource>(target: &T, deadline: &Deadline) -> Result<ImportedJob, UserMessage> {
    let found = target.read(deadline).await;
    let unread = |error| RestoreError::from(error).to_message(format!("{IMPORTING}: cannot read {}", target.id()));
    Ok(ImportedJob { job: as_job(target, &found.map_err(unread)?), arguments: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_azure_takes() {
        for good in ["orders", "Kunden Ä #1", "a.b", &"d".repeat(128)] {
            assert_eq!(is_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a/b", "a%b", "orders.", "orders ", "Master", "tempdb", "a\u{7}b", &"d".repeat(129)] {
            assert!(is_name(bad).is_err(), "{bad}");
        }
    }
}
