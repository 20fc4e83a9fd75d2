//! Terraform's calls, one function each: decode, call, encode. No rules; a call that is not here is answered with
//! UNIMPLEMENTED, which clients take for "not offered".

use std::sync::{Arc, OnceLock};

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::action::Progress;
use super::convert;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::function;
use super::host::{CallInfo, Host, answer, answer_with_events};
use super::plan;
use super::private::Private;
use super::proto::tfplugin6::{
    ClientCapabilities, apply_resource_change, call_function, configure_provider, get_functions, get_metadata,
    get_provider_schema, get_resource_identity_schemas, import_resource_state, invoke_action, move_resource_state,
    plan_action, plan_resource_change, read_data_source, read_resource, stop_provider, upgrade_resource_state,
    validate_action_config, validate_data_resource_config, validate_provider_config, validate_resource_config,
};
use super::proto::tfplugin6_server::provider_server::Provider as ProviderRpc;
use super::provider::Provider;
use super::resource::{Applied, CreateRequest, DeleteRequest, Imported, Plan, UpdateRequest};
use super::response_checks;
use super::schema_response::SchemaResponse;
use super::value::Value;
use super::wire::UnknownAttributes;

/// Terraform's service over a provider. Clones are the same service.
#[derive(Clone)]
pub struct ProviderService(Arc<Host>, Arc<OnceLock<SchemaResponse>>);

impl ProviderService {
    /// A service that offers what `provider` does.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self(Arc::new(Host::new(provider)), Arc::default())
    }

    /// Asks the calls in flight to end soon; later calls know nothing of it.
    pub fn stop(&self) {
        self.0.stop();
    }
}

fn deferral(client: Option<ClientCapabilities>) -> bool {
    client.is_some_and(|client| client.deferral_allowed)
}

#[tonic::async_trait]
impl ProviderRpc for ProviderService {
    async fn get_metadata(
        &self,
        _: Request<get_metadata::Request>,
    ) -> Result<Response<get_metadata::Response>, Status> {
        Ok(Response::new(convert::metadata(self.0.catalog())))
    }

    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<SchemaResponse>, Status> {
        let encode = || SchemaResponse::new(convert::provider_schema(self.0.provider().schema(), self.0.catalog()));
        Ok(Response::new(self.1.get_or_init(encode).clone()))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<get_resource_identity_schemas::Request>,
    ) -> Result<Response<get_resource_identity_schemas::Response>, Status> {
        Ok(Response::new(convert::identity::schemas(self.0.catalog())))
    }

    async fn get_functions(
        &self,
        _: Request<get_functions::Request>,
    ) -> Result<Response<get_functions::Response>, Status> {
        Ok(Response::new(convert::functions::listed(self.0.catalog())))
    }

    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> Result<Response<call_function::Response>, Status> {
        let info = CallInfo::new("CallFunction", &request.get_ref().name, false);
        answer(&self.0, info, request, |host, _, request| async move {
            let function = host.function(&request.name)?;
            let definition = function.definition();
            let called = convert::functions::arguments(&request.arguments, definition)
                .and_then(|arguments| function::call(function, &arguments))
                .and_then(|result| convert::functions::result(&result, &definition.returns.of_type));
            Ok(convert::functions::answer(called))
        })
        .await
    }

    async fn stop_provider(
        &self,
        _: Request<stop_provider::Request>,
    ) -> Result<Response<stop_provider::Response>, Status> {
        tracing::info!("told to stop what is in flight");
        self.stop();
        Ok(Response::new(Default::default()))
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> Result<Response<validate_provider_config::Response>, Status> {
        let info = CallInfo::new("ValidateProviderConfig", "", false);
        answer(&self.0, info, request, |host, _, request| async move {
            let schema = host.provider().schema();
            let config = convert::value(request.config, &host.catalog().provider_block)?;
            let mut found = schema.validate_config(&config);
            found.extend_unless_told(host.provider().validate(&config).await);
            Ok(validate_provider_config::Response { diagnostics: convert::diagnostics(found, schema) })
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Result<Response<configure_provider::Response>, Status> {
        let capabilities = request.get_ref().client_capabilities;
        self.0.configured_by(&request.get_ref().terraform_version);
        let info = CallInfo::new("ConfigureProvider", "", deferral(capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let config = convert::value(request.config, &host.catalog().provider_block)?;
            let mut found = host.provider().schema().misplaced_nulls(&config);
            if !found.has_errors() {
                found = host.provider().configure(&call, config).await;
            }
            Ok(configure_provider::Response { diagnostics: convert::diagnostics(found, host.provider().schema()) })
        })
        .await
    }

    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> Result<Response<validate_resource_config::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("ValidateResourceConfig", &asked.type_name, false);
        let write_only_allowed = asked.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed);
        answer(&self.0, info, request, move |host, _, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let config = convert::value(request.config, of_type)?;
            let mut found = thing.schema().validate_config(&config);
            if !write_only_allowed {
                found.extend(response_checks::refuse_write_only(&config, thing.schema()));
            }
            found.extend_unless_told(thing.validate(&config).await);
            Ok(validate_resource_config::Response { diagnostics: convert::diagnostics(found, thing.schema()) })
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> Result<Response<validate_data_resource_config::Response>, Status> {
        let info = CallInfo::new("ValidateDataResourceConfig", &request.get_ref().type_name, false);
        answer(&self.0, info, request, |host, _, request| async move {
            let (thing, of_type) = host.data_source(&request.type_name)?.parts();
            let config = convert::value(request.config, of_type)?;
            let mut found = thing.schema().validate_config(&config);
            found.extend_unless_told(thing.validate(&config).await);
            Ok(validate_data_resource_config::Response { diagnostics: convert::diagnostics(found, thing.schema()) })
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Result<Response<upgrade_resource_state::Response>, Status> {
        let info = CallInfo::new("UpgradeResourceState", &request.get_ref().type_name, false);
        answer(&self.0, info, request, |host, _, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let state = convert::raw_state(request.raw_state)?;
            let state = if request.version == thing.schema().version {
                convert::state_from_json(&state, of_type, UnknownAttributes::PassOver)?
            } else {
                convert::state_from_json(
                    &thing.upgrade(request.version, state).await?,
                    of_type,
                    UnknownAttributes::Refuse,
                )?
            };
            let mut diagnostics = Diagnostics::new();
            let state = response_checks::storable(Some(state), thing.schema(), &mut diagnostics);
            Ok(upgrade_resource_state::Response {
                upgraded_state: convert::stored(state, of_type, &mut diagnostics),
                diagnostics: convert::diagnostics(diagnostics, thing.schema()),
            })
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Result<Response<read_resource::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("ReadResource", &asked.type_name, deferral(asked.client_capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let state = convert::value(request.current_state, of_type)?;
            let outcome = thing.read(&call, state, Private::from_bytes(request.private)).await;
            let mut outcome = response_checks::after_read(outcome, thing.schema());
            let identity = (thing.identity_schema(), outcome.identity.take(), request.current_identity);
            Ok(read_resource::Response {
                new_identity: convert::identity::kept(identity, &mut outcome.diagnostics),
                new_state: convert::stored(outcome.state, of_type, &mut outcome.diagnostics),
                private: outcome.private.into_bytes(),
                diagnostics: convert::diagnostics(outcome.diagnostics, thing.schema()),
                ..Default::default()
            })
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Result<Response<plan_resource_change::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("PlanResourceChange", &asked.type_name, deferral(asked.client_capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let schema = thing.schema();
            let prior = convert::value(request.prior_state, of_type)?;
            let proposed = convert::value(request.proposed_new_state, of_type)?;
            let config = convert::value(request.config, of_type)?;
            let mut private = Private::from_bytes(request.prior_private);
            if proposed.is_null() {
                let diagnostics = thing.plan_destroy(&call, &prior, &mut private).await;
                return Ok(plan_resource_change::Response {
                    planned_state: Some(convert::dynamic_value(&Value::Null, of_type)?),
                    planned_private: private.into_bytes(),
                    diagnostics: convert::diagnostics(diagnostics, schema),
                    ..Default::default()
                });
            }
            let prior = Some(prior).filter(|prior| !prior.is_null());
            let (planned, requires_replace) = plan::propose(schema, &config, prior.as_ref(), &proposed);
            let diagnostics = schema.misplaced_nulls_of_plan(&config, &planned);
            let mut plan = Plan { config, prior, planned, private, requires_replace, diagnostics };
            if !plan.diagnostics.has_errors() {
                thing.modify_plan(&call, &mut plan).await;
            }
            Ok(plan_resource_change::Response {
                planned_state: Some(convert::dynamic_value(&plan.planned, of_type)?),
                requires_replace: plan.requires_replace.iter().map(convert::path).collect(),
                planned_private: plan.private.into_bytes(),
                diagnostics: convert::diagnostics(plan.diagnostics, schema),
                ..Default::default()
            })
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Result<Response<apply_resource_change::Response>, Status> {
        let info = CallInfo::new("ApplyResourceChange", &request.get_ref().type_name, false);
        self.0.note_change();
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let schema = thing.schema();
            let prior = convert::value(request.prior_state, of_type)?;
            let planned = convert::value(request.planned_state, of_type)?;
            let config = convert::value(request.config, of_type)?;
            let private = Private::from_bytes(request.planned_private);
            // What was unknown in the plan may have turned out to be null.
            let nulls =
                if planned.is_null() { Diagnostics::new() } else { schema.misplaced_nulls_of_plan(&config, &planned) };
            let mut applied = if nulls.has_errors() {
                Applied { diagnostics: nulls, ..Default::default() }
            } else if planned.is_null() {
                // Without a state in the answer and beside an error, object and private bytes stay.
                let diagnostics = thing.delete(&call, DeleteRequest { prior, private }).await;
                Applied { diagnostics, ..Default::default() }
            } else if prior.is_null() {
                response_checks::after_create(
                    thing.create(&call, CreateRequest { planned, config, private }).await,
                    schema,
                )
            } else {
                let of_plan = private.clone();
                let applied = thing.update(&call, UpdateRequest { prior, planned, config, private }).await;
                response_checks::after_update(applied, of_plan, schema)
            };
            let identity = (thing.identity_schema(), applied.identity.take(), request.planned_identity);
            Ok(apply_resource_change::Response {
                new_identity: convert::identity::kept(identity, &mut applied.diagnostics),
                new_state: convert::stored(applied.state, of_type, &mut applied.diagnostics),
                private: applied.private.into_bytes(),
                diagnostics: convert::diagnostics(applied.diagnostics, schema),
                ..Default::default()
            })
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Result<Response<import_resource_state::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("ImportResourceState", &asked.type_name, deferral(asked.client_capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.resource(&request.type_name)?.parts();
            let Imported { state, private, mut diagnostics, identity } = thing.import(&call, &request.id).await?;
            let state = response_checks::storable(Some(state), thing.schema(), &mut diagnostics);
            let imported = import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: convert::stored(state, of_type, &mut diagnostics),
                private: private.into_bytes(),
                identity: convert::identity::kept((thing.identity_schema(), identity, None), &mut diagnostics),
            };
            Ok(import_resource_state::Response {
                imported_resources: vec![imported],
                diagnostics: convert::diagnostics(diagnostics, thing.schema()),
                deferred: None,
            })
        })
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> Result<Response<move_resource_state::Response>, Status> {
        let info = CallInfo::new("MoveResourceState", &request.get_ref().target_type_name, false);
        answer(&self.0, info, request, |_, _, request| async move {
            let detail = format!(
                "State of a {} cannot become state of a {}: this provider takes over no objects of other types or \
                 providers. Remove the moved block, and import the object if the type has an import.",
                request.source_type_name, request.target_type_name
            );
            Err(Diagnostic::error("Moving between resource types is not supported", detail).into())
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Result<Response<read_data_source::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("ReadDataSource", &asked.type_name, deferral(asked.client_capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.data_source(&request.type_name)?.parts();
            let config = convert::value(request.config, of_type)?;
            let nulls = thing.schema().misplaced_nulls(&config);
            let read = if nulls.has_errors() {
                Err(nulls)
            } else {
                thing.read(&call, plan::with_defaults(thing.schema(), &config)).await
            };
            let (state, mut diagnostics) = match read {
                Ok((state, diagnostics)) => (Some(state), diagnostics),
                Err(diagnostics) => (None, diagnostics),
            };
            let state = response_checks::storable(state, thing.schema(), &mut diagnostics);
            Ok(read_data_source::Response {
                state: convert::stored(state, of_type, &mut diagnostics),
                diagnostics: convert::diagnostics(diagnostics, thing.schema()),
                deferred: None,
            })
        })
        .await
    }
    async fn validate_action_config(
        &self,
        request: Request<validate_action_config::Request>,
    ) -> Result<Response<validate_action_config::Response>, Status> {
        let info = CallInfo::new("ValidateActionConfig", &request.get_ref().type_name, false);
        answer(&self.0, info, request, |host, _, request| async move {
            let (thing, of_type) = host.action(&request.type_name)?.parts();
            let config = convert::value(request.config, of_type)?;
            let mut found = thing.schema().validate_config(&config);
            found.extend_unless_told(thing.validate(&config).await);
            Ok(validate_action_config::Response { diagnostics: convert::diagnostics(found, thing.schema()) })
        })
        .await
    }

    async fn plan_action(
        &self,
        request: Request<plan_action::Request>,
    ) -> Result<Response<plan_action::Response>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("PlanAction", &asked.action_type, deferral(asked.client_capabilities));
        answer(&self.0, info, request, |host, call, request| async move {
            let (thing, of_type) = host.action(&request.action_type)?.parts();
            let config = convert::action::config(request.config, thing.schema(), of_type)?;
            let mut found = thing.schema().misplaced_nulls(&config);
            if !found.has_errors() {
                found = thing.plan(&call, &config).await;
            }
            let diagnostics = convert::diagnostics(found, thing.schema());
            Ok(plan_action::Response { diagnostics, deferred: None })
        })
        .await
    }

    async fn invoke_action(
        &self,
        request: Request<invoke_action::Request>,
    ) -> Result<Response<BoxStream<invoke_action::Event>>, Status> {
        let asked = request.get_ref();
        let info = CallInfo::new("InvokeAction", &asked.action_type, deferral(asked.client_capabilities));
        answer_with_events(&self.0, info, request, |host, call, request, events| async move {
            let (thing, of_type) = host.action(&request.action_type)?.parts();
            let config = convert::action::config(request.config, thing.schema(), of_type)?;
            let progress = Progress::new(move |message| events.send(convert::action::progress(message)));
            let mut found = thing.schema().misplaced_nulls(&config);
            if !found.has_errors() {
                found = thing.invoke(&call, config, &progress).await;
            }
            Ok(convert::action::completed(convert::diagnostics(found, thing.schema())))
        })
        .await
    }
}
