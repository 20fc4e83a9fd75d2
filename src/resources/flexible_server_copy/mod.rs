//! Copies of flexible servers: a new server, made of the backups of another by the service itself, without a vault. One
//! kind, which the two resources are constants of.

mod arguments;
mod checks;
mod request;

use async_trait::async_trait;
use time::OffsetDateTime;

use self::arguments::{
    Arguments, DELEGATED_SUBNET, DELETE_SERVER_ON_DESTROY, LIVE, LOCATION, NAME, RESOURCE_GROUP, sources,
};
use crate::azure::deadline::Deadline;
use crate::azure::flexible_servers::{Engine, FlexibleServerId, ServerRestoreRequest};
use crate::azure::resource_id::ResourceId;
use crate::azure::restore_tag::RESTORE_TAG;
use crate::connection::Connection;
use crate::resources::arguments::point_in_time::POINT_IN_TIME;
use crate::resources::arguments::regions;
use crate::resources::given::required_text;
use crate::resources::restore::{ImportedJob, ReportedArgument, RestoreKind, wrong};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::flexible_servers::{FLEXIBLE_SERVER, FlexibleServerRestore, FlexibleServerSource, RestoredServer};
use crate::restore::record::RestoreRecord;
use crate::restore::restored_resource::{OnDestroy, RestoreSource, RestoredResource, as_job};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, exactly_one_of};

/// A copy of a flexible server.
pub struct FlexibleServerCopy {
    /// Type name of the resource.
    pub type_name: &'static str,
    /// What runs on the server.
    pub engine: Engine,
    /// Markdown of the page.
    pub description: &'static str,
}

impl FlexibleServerCopy {
    fn target(&self, arguments: &Arguments) -> Result<FlexibleServerId, Diagnostics> {
        let no_group = |reason: String| wrong(RESOURCE_GROUP, "Not a resource group", reason);
        let group = required_text(&arguments.resource_group_id, RESOURCE_GROUP)
            .map_err(|missing| no_group(missing.to_string()))?;
        let group = ResourceId::parse(group).map_err(|error| no_group(error.to_string()))?;
        let (Some(subscription), Some(group)) = (group.subscription(), group.resource_group()) else {
            return Err(no_group("The ID names no resource group.".to_owned()).into());
        };
        let no_name = |reason: String| wrong(NAME, "Not a name of a server", reason);
        let name = required_text(&arguments.name, NAME).map_err(|missing| no_name(missing.to_string()))?;
        let id = FlexibleServerId::new(self.engine, subscription, group, name);
        Ok(id.map_err(|error| no_name(error.to_string()))?)
    }
}

#[async_trait]
impl RestoreKind for FlexibleServerCopy {
    type Arguments = Arguments;
    type Service = FlexibleServerRestore;

    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn description(&self) -> String {
        self.description.to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        arguments::attributes(self.engine)
    }

    fn rules(&self) -> Vec<Rule> {
        vec![exactly_one_of(sources(self.engine))]
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(FLEXIBLE_SERVER)
    }

    fn item_path(&self, arguments: &Arguments) -> ArgumentPath {
        arguments.source_path()
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        arguments.source_id().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        sources(self.engine)
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::check(self.engine, config)
    }

    fn validate_at_creation(&self, config: &Arguments, now: OffsetDateTime) -> Diagnostics {
        checks::check_against_the_clock(config, now)
    }

    fn without_effect(&self, before: &Arguments, after: &Arguments) -> Vec<UserMessage> {
        let changed = checks::changed_properties(before, after);
        let Some(first) = changed.first() else { return Vec::new() };
        let names = changed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let text = format!(
            "{names} is used when the restore is sent. The server that was restored stays as it is. Change it in \
             Azure, or hand it over to `{}`.",
            arguments::azurerm(self.engine)
        );
        vec![UserMessage::new("This change does not reach the restored server").say(text).on(*first)]
    }

    fn deletes_on_destroy(&self, arguments: &Arguments) -> Option<UserMessage> {
        if arguments.delete_server_on_destroy.known() != Some(&true) {
            return None;
        }
        let id = arguments.target_id(self.engine)?;
        let text = format!(
            "`{DELETE_SERVER_ON_DESTROY}` is true, so the server {id} is deleted with all its databases and backups, if \
             its tag `{RESTORE_TAG}` still says that this restore has made it. To keep it, set \
             `{DELETE_SERVER_ON_DESTROY}` to false and apply before the destroy."
        );
        // Terraform folds warnings of equal summaries: each must say what is lost.
        Some(UserMessage::new(format!("Destroying this resource deletes server {:?}", id.name())).say(text))
    }

    fn reported_arguments(&self, _: &Arguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let id = record.job_id.as_deref().and_then(|id| FlexibleServerId::parse(self.engine, id).ok());
        let Some(id) = id else { return Vec::new() };
        vec![ReportedArgument::new(NAME, id.name()), ReportedArgument::new(RESOURCE_GROUP, id.resource_group_id())]
    }

    fn makes(&self) -> Option<&'static str> {
        Some("server")
    }

    fn unreported(&self) -> String {
        let text = "The ID to import is that of the server. The import fills in `name` and `resource_group_id`. Azure \
                    does not say what a server was restored from, so the source is taken from the configuration.";
        text.to_owned()
    }

    fn service(&self, connection: &Connection, arguments: Arguments) -> Result<FlexibleServerRestore, Diagnostics> {
        let id = self.target(&arguments)?;
        let backup = arguments.source(self.engine).map_err(|missing| {
            let text = missing.to_string();
            wrong(LIVE, "The source is not known", text)
        })?;
        let argument = arguments.source_path();
        let delete = arguments.delete_server_on_destroy.known() == Some(&true);
        let client = connection.flexible_servers();
        let source = backup.map(|backup| -> Box<dyn RestoreSource<ServerRestoreRequest>> {
            let engine = self.engine;
            Box::new(FlexibleServerSource {
                client: client.clone(),
                backup,
                argument: argument.clone(),
                point_argument: ArgumentPath::from(LIVE).member(POINT_IN_TIME),
                region: regions::read(&arguments.location).map(|region| region.as_str().to_owned()),
                region_argument: LOCATION.into(),
                subnet_argument: (!arguments.delegated_subnet_id.is_null()).then(|| DELEGATED_SUBNET.into()),
                build: Box::new(move |region, source| request::request(engine, &arguments, region, source)),
            })
        });
        let target = RestoredServer { client, id };
        let on_destroy = OnDestroy { cancel: false, delete };
        Ok(FlexibleServerRestore::new(target, &connection.restore_context, source, argument, NAME, on_destroy))
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        const ACT: &str = "Importing a restore of a flexible server";
        let id = FlexibleServerId::parse(self.engine, id).map_err(|error| {
            UserMessage::new(ACT).say(error.to_string()).say(format!(
                "An import takes the ARM id of the server that the restore has made: \
                 /subscriptions/…/resourceGroups/…/providers/{}/…",
                self.engine.resource_type()
            ))
        })?;
        let target = RestoredServer { client: connection.flexible_servers(), id };
        let found = target
            .read(deadline)
            .await
            .map_err(|error| RestoreError::from(error).to_message(format!("{ACT}: cannot read {}", target.id)))?;
        Ok(ImportedJob { job: as_job(&target, &found), arguments: Vec::new() })
    }
}
