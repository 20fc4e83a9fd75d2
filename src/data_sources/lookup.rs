//! What all data sources have in common: the connection, the deadline, the question to Azure, and results beside the
//! arguments.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::connection::{Connection, Connections};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::call::Call;
use crate::tfplugin::data_source::DataSource;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::timeouts::{self, Timeouts};
use crate::tfplugin::value::{Path, Value};

/// How long a lookup may take unless `timeouts` says otherwise.
const READ: Duration = Duration::from_secs(5 * 60);

/// One thing that can be looked up in Azure; [`LookupDataSource`] makes a data source of it, with `timeouts`, the
/// deadline and errors for a missing connection. Implemented once for each data source, and listed by the provider.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// Type name, with the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Arguments and results, without the `timeouts` block. Asked for once, when they are first needed.
    fn schema(&self) -> Schema;

    /// Asks Azure, once for each read of the data source: in a refresh, in a plan, or in an apply if an argument was not
    /// known before. What is found is an object with every computed attribute; an attribute that is an argument as well
    /// may be left out.
    ///
    /// # Errors
    /// A diagnostic on the argument at fault, where there is one.
    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic>;
}

/// One read of a data source.
#[derive(Clone, Copy, Debug)]
pub struct LookupRequest<'a> {
    /// As whom and where to ask; the lookup takes the client of its service from it.
    pub connection: &'a Connection,
    /// Ends after `timeouts.read`, or when the user interrupts.
    pub deadline: &'a Deadline,
    /// When the read began.
    pub now: OffsetDateTime,
    /// The configuration, known throughout, with defaults filled in.
    pub arguments: &'a Value,
}

/// A lookup as Terraform sees it. Made once for each process, before the provider is configured.
pub struct LookupDataSource<L> {
    lookup: L,
    schema: OnceLock<Schema>,
    connections: Connections,
}

impl<L: Lookup> LookupDataSource<L> {
    /// The data source; it reads through whatever connection there is at the time.
    pub fn new(lookup: L, connections: Connections) -> Self {
        Self { lookup, schema: OnceLock::new(), connections }
    }
}

#[async_trait]
impl<L: Lookup> DataSource for LookupDataSource<L> {
    fn type_name(&self) -> &'static str {
        self.lookup.type_name()
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| self.lookup.schema().block(timeouts::read_block(READ)))
    }

    async fn read(&self, call: &Call, config: Value) -> Result<(Value, Diagnostics), Diagnostics> {
        let connection = self.connections.current().ok_or_else(not_configured)?;
        let defaults = Timeouts { create: READ, update: READ, read: READ, delete: READ };
        let deadline = Deadline::new(Timeouts::read(&config, defaults).read, call.stop.clone());
        let now = connection.restore_context.clock.now();
        let request = LookupRequest { connection: &connection, deadline: &deadline, now, arguments: &config };
        let found = self.lookup.look_up(request).await?;
        Ok((beside(config, &found), Diagnostics::new()))
    }
}

fn beside(arguments: Value, found: &Value) -> Value {
    let mut object = arguments;
    for (name, value) in found.as_map().into_iter().flatten() {
        object.set(name, value.clone());
    }
    object
}

fn not_configured() -> Diagnostic {
    Diagnostic::error(
        "The provider is not configured",
        "Azure cannot be read while the provider's configuration is not known. A provider argument depends on a \
         resource that has not been created yet: apply that first, with `-target`.",
    )
}

/// What was being read: for errors.
pub(super) struct Subject {
    /// Act and thing: `Reading the jobs of backup vault "v"`.
    pub(super) act: String,
    /// What the argument names: `backup vault`.
    pub(super) noun: &'static str,
    /// Its name, which errors about a missing thing point at.
    pub(super) argument: &'static str,
}

impl Subject {
    /// Why it could not be read. If Azure does not know the thing, the argument that names it is at fault.
    pub(super) fn not_read(&self, error: ArmError) -> Diagnostic {
        self.not_read_of(None, error)
    }

    /// The same about a workload of which hints know the roles.
    pub(super) fn not_read_of(&self, workload: Option<WorkloadNames>, error: ArmError) -> Diagnostic {
        let not_found = error.is_not_found();
        let what = if not_found { format!(": there is no such {}", self.noun) } else { " failed".to_owned() };
        let act = UserMessage::new(format!("{}{what}", self.act)).about(workload);
        let message = RestoreError::from(error).to_message(act);
        if not_found { diagnostic(&message).at(Path::attribute(self.argument)) } else { diagnostic(&message) }
    }
}

fn diagnostic(message: &UserMessage) -> Diagnostic {
    Diagnostic::error(&message.summary, message.detail())
}

/// The fixture of the unit tests of all lookups.
#[cfg(test)]
pub(super) mod scripted {
    use super::*;
    use crate::azure::scripted::{self, ScriptedTransport, Step};
    use crate::connection::scripted::connection;
    use crate::tfplugin::wire;

    /// Runs a lookup against these answers of Azure; the result must fit the schema. Also returns the requests, as `GET
    /// https://…`.
    pub(crate) async fn look_up(
        lookup: impl Lookup,
        script: Vec<Step>,
        arguments: &[(&str, Value)],
    ) -> (Result<Value, Diagnostic>, Vec<String>) {
        let transport = ScriptedTransport::new(script);
        let connection = connection(scripted::client(&transport));
        let deadline = scripted::deadline(60);
        let mut object = lookup.schema().null_object();
        for (name, value) in arguments {
            object.set(*name, value.clone());
        }
        let request =
            LookupRequest { connection: &connection, deadline: &deadline, now: scripted::NOW, arguments: &object };
        let found = lookup.look_up(request).await;
        if let Ok(found) = &found {
            fits(&lookup.schema(), &beside(object, found));
        }
        (found, transport.lines())
    }

    fn fits(schema: &Schema, object: &Value) {
        for attribute in schema.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
            assert!(object.as_map().is_some_and(|members| members.contains_key(&attribute.name)), "{}", attribute.name);
        }
        assert_eq!(wire::encode(object, &schema.value_type()).map(drop), Ok(()));
        assert_eq!(
            object.as_map().unwrap().len(),
            schema.attributes.len(),
            "an attribute that the schema does not have"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::deadline::Interrupted;
    use crate::azure::error::{AzureError, ErrorResponse, LastError};

    fn subject() -> Subject {
        Subject { act: "Reading the jobs of backup vault \"v\"".into(), noun: "backup vault", argument: "vault_id" }
    }

    fn refused(status: u16, code: &str) -> ArmError {
        ArmError::Refused(Box::new(ErrorResponse {
            status,
            error: AzureError::new(code, "said Azure"),
            method: "GET".into(),
            path: "/x".into(),
            request_id: None,
            correlation_id: Some("correlated".into()),
            client_request_id: None,
            retry_after: None,
        }))
    }

    #[test]
    fn what_azure_does_not_know_is_the_fault_of_the_argument_that_names_it() {
        let error = subject().not_read(refused(404, "ResourceNotFound"));
        assert_eq!(error.path, Some(Path::attribute("vault_id")));
        assert_eq!(error.summary, "Reading the jobs of backup vault \"v\": there is no such backup vault");
        assert!(error.detail.contains("said Azure") && error.detail.contains("correlated"), "{}", error.detail);
    }

    #[test]
    fn any_other_refusal_is_no_argument_s_fault_and_says_what_to_do() {
        let error = subject().not_read(refused(403, "AuthorizationFailed"));
        assert_eq!(error.path, None);
        assert_eq!(error.summary, "Reading the jobs of backup vault \"v\" failed");
        assert!(error.detail.contains("Backup Operator"), "{}", error.detail);
    }

    #[test]
    fn a_time_out_names_the_block_that_can_lengthen_it() {
        let error = subject().not_read(ArmError::Interrupted {
            interrupted: Interrupted::TimedOut,
            last: Some(LastError::from(&refused(502, "AuthorizationFailed"))),
        });
        for said in ["`timeouts`", "502", "Backup Operator"] {
            assert!(error.detail.contains(said), "{said}: {}", error.detail);
        }
    }
}
