//! A database in the words that all services share: the job of the restore that makes it.

use crate::azure::error::AzureError;
use crate::azure::job::JobStatus;
use crate::azure::sql::{Database, DatabaseStatus};
use crate::restore::record::{Job, instant};

/// The database as the job of the restore that made it. That one has ended is for its status to say, and when for whoever
/// has watched: Azure does not.
pub fn database_as_job(database: &Database) -> Job {
    let id = database.id.to_string();
    let mut errors = Vec::new();
    let status = match &database.status {
        DatabaseStatus::Usable(_) => JobStatus::Completed,
        DatabaseStatus::Passing(word) => JobStatus::InProgress(word.clone()),
        DatabaseStatus::Broken(word) => {
            let text = "The database is in this state and cannot be used. The restore is taken as failed. The \
                        database stays where it is: look at it in the portal, and delete it before you restore again \
                        under its name.";
            errors.push(AzureError::new(word.clone(), text));
            JobStatus::Failed
        }
    };
    let mut details: std::collections::BTreeMap<String, String> =
        database.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    details.insert("status".to_owned(), database.status.to_string());
    if let Some(created) = database.creation_date {
        details.insert("creationDate".to_owned(), instant(created));
    }
    Job {
        activity_id: database.restored_by.clone().unwrap_or_default(),
        start_time: database.creation_date,
        details,
        errors,
        ..Job::new(id.clone(), id, status)
    }
}
