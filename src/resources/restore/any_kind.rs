//! A kind of restore as its resource sees it: its arguments are an object of Terraform, its service is any service.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::core::read;
use super::kind::{ImportedJob, RestoreKind};
use super::reported::ReportedArgument;
use crate::azure::deadline::Deadline;
use crate::connection::Connection;
use crate::restore::activity::Activity;
use crate::restore::any_service::AnyRestoreService;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;
use crate::restore::record::RestoreRecord;
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

/// Every [`RestoreKind`] without its types, so that core and resource are compiled once and not for each kind. What a
/// method is for stands there. An object whose arguments cannot be read has nothing to say: the check of its schema tells
/// the user, and better.
#[async_trait]
pub(crate) trait AnyRestoreKind: Send + Sync {
    fn activity(&self) -> Activity;
    fn type_name(&self) -> &'static str;
    fn description(&self) -> String;
    fn attributes(&self) -> Vec<Attribute>;
    fn workload(&self) -> Option<WorkloadNames>;
    fn point_arguments(&self) -> &'static [&'static str];
    fn makes(&self) -> Option<&'static str>;
    fn unreported(&self) -> String;
    fn restores_files(&self) -> bool;
    fn rules(&self) -> Vec<Rule>;
    fn with_implied_values(&self, object: &Value) -> Value;

    /// # Errors
    /// A diagnostic if the arguments cannot be read.
    fn validate(&self, config: &Value) -> Result<Diagnostics, Diagnostics>;

    /// # Errors
    /// A diagnostic if the arguments cannot be read.
    fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Result<Diagnostics, Diagnostics>;

    fn item_path(&self, object: &Value) -> Option<ArgumentPath>;
    fn item_id(&self, object: &Value) -> Option<String>;
    fn overwrites(&self, object: &Value) -> Option<UserMessage>;
    fn makes_something_new(&self, object: &Value) -> bool;
    fn left_to_azure(&self, object: &Value) -> Vec<UserMessage>;
    fn without_effect(&self, before: &Value, after: &Value) -> Vec<UserMessage>;
    fn deletes_on_destroy(&self, object: &Value) -> Option<UserMessage>;
    fn undecided_limit(&self, object: &Value) -> Option<UserMessage>;
    fn reported_arguments(&self, imported: &Value, record: &RestoreRecord) -> Vec<ReportedArgument>;

    /// # Errors
    /// Diagnostics on the argument that cannot be used.
    fn service(&self, connection: &Connection, object: &Value) -> Result<Box<dyn AnyRestoreService>, Diagnostics>;

    /// # Errors
    /// A [`UserMessage`] if it is not there, or no restore of this kind.
    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage>;
}

#[async_trait]
impl<K: RestoreKind> AnyRestoreKind for K {
    fn activity(&self) -> Activity {
        RestoreKind::activity(self)
    }

    fn type_name(&self) -> &'static str {
        RestoreKind::type_name(self)
    }

    fn description(&self) -> String {
        RestoreKind::description(self)
    }

    fn attributes(&self) -> Vec<Attribute> {
        RestoreKind::attributes(self)
    }

    fn workload(&self) -> Option<WorkloadNames> {
        RestoreKind::workload(self)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        RestoreKind::point_arguments(self)
    }

    fn makes(&self) -> Option<&'static str> {
        RestoreKind::makes(self)
    }

    fn unreported(&self) -> String {
        RestoreKind::unreported(self)
    }

    fn restores_files(&self) -> bool {
        RestoreKind::restores_files(self)
    }

    fn rules(&self) -> Vec<Rule> {
        RestoreKind::rules(self)
    }

    fn with_implied_values(&self, object: &Value) -> Value {
        RestoreKind::with_implied_values(self, object)
    }

    fn validate(&self, config: &Value) -> Result<Diagnostics, Diagnostics> {
        Ok(RestoreKind::validate(self, &read(config)?))
    }

    fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Result<Diagnostics, Diagnostics> {
        Ok(RestoreKind::validate_at_creation(self, &read(config)?, now))
    }

    fn item_path(&self, object: &Value) -> Option<ArgumentPath> {
        Some(RestoreKind::item_path(self, &read(object).ok()?))
    }

    fn item_id(&self, object: &Value) -> Option<String> {
        RestoreKind::item_id(self, &read(object).ok()?)
    }

    fn overwrites(&self, object: &Value) -> Option<UserMessage> {
        RestoreKind::overwrites(self, &read(object).ok()?)
    }

    fn makes_something_new(&self, object: &Value) -> bool {
        read(object).is_ok_and(|arguments| RestoreKind::makes_something_new(self, &arguments))
    }

    fn left_to_azure(&self, object: &Value) -> Vec<UserMessage> {
        read(object).map(|arguments| RestoreKind::left_to_azure(self, &arguments)).unwrap_or_default()
    }

    fn without_effect(&self, before: &Value, after: &Value) -> Vec<UserMessage> {
        match (read(before), read(after)) {
            (Ok(before), Ok(after)) => RestoreKind::without_effect(self, &before, &after),
            _ => Vec::new(),
        }
    }

    fn deletes_on_destroy(&self, object: &Value) -> Option<UserMessage> {
        RestoreKind::deletes_on_destroy(self, &read(object).ok()?)
    }

    fn undecided_limit(&self, object: &Value) -> Option<UserMessage> {
        RestoreKind::undecided_limit(self, &read(object).ok()?).map(UserMessage::from)
    }

    fn reported_arguments(&self, imported: &Value, record: &RestoreRecord) -> Vec<ReportedArgument> {
        read(imported).map(|arguments| RestoreKind::reported_arguments(self, &arguments, record)).unwrap_or_default()
    }

    fn service(&self, connection: &Connection, object: &Value) -> Result<Box<dyn AnyRestoreService>, Diagnostics> {
        Ok(Box::new(RestoreKind::service(self, connection, read(object)?)?))
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        RestoreKind::imported_job(self, connection, deadline, id).await
    }
}
