//! A provider without a remote side, for tests: `echo_thing` does as its `behaviour` says. Its waits are short, so that
//! tests of an abandoned process need not be long; `ECHO_TRANSPORT=tcp` makes it listen on TCP.
#![allow(clippy::panic, reason = "what becomes of a panic is among the things tested")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tfplugin::action::{Action, Progress};
use tfplugin::data_source::DataSource;
use tfplugin::diagnostics::{Diagnostic, Diagnostics};
use tfplugin::function::{Definition, Function, FunctionError, Parameter, Returns};
use tfplugin::listener::ListenerTransport;
use tfplugin::logging::system_clock;
use tfplugin::process;
use tfplugin::provider::{Offering, Provider};
use tfplugin::resource::{
    Applied, Call, CreateRequest, DeleteRequest, Imported, Plan, Private, ReadOutcome, Resource, UpdateRequest,
};
use tfplugin::schema::{Attribute, Block, Schema, Type};
use tfplugin::serve::ServeOptions;
use tfplugin::validators::one_of;
use tfplugin::value::{Path, Value};

fn main() -> ExitCode {
    let debug = std::env::args().any(|argument| argument == "-debug");
    let mut options = ServeOptions::of_this_process("registry.terraform.io/example/echo", debug);
    // Linux reports the parent's end, so there nobody needs to look.
    options.timing.orphan.parent_check =
        if cfg!(target_os = "linux") { Duration::from_secs(3600) } else { Duration::from_millis(50) };
    options.timing.orphan.without_connection = Duration::from_millis(500);
    if let Some(transport) = std::env::var_os("ECHO_TRANSPORT") {
        options.transport = ListenerTransport::Tcp;
        options.plain_tcp = transport == "plain_tcp";
    }
    process::run(Arc::new(EchoProvider::new()), options, &["echo_provider"], system_clock())
}

struct EchoProvider {
    schema: Schema,
    thing: Arc<Thing>,
    source: Arc<Source>,
    describe: Arc<Describe>,
    shout: Arc<Shout>,
}

impl EchoProvider {
    fn new() -> Self {
        let schema = Schema::new(
            "The echo provider.",
            vec![
                Attribute::string("greeting").description("Returned by the data source."),
                Attribute::list_of("greetings", Type::String),
            ],
        );
        Self {
            schema,
            thing: Arc::new(Thing::new()),
            source: Arc::new(Source::new()),
            describe: Arc::new(Describe::new()),
            shout: Arc::new(Shout::new()),
        }
    }
}

#[async_trait]
impl Provider for EchoProvider {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn configure(&self, call: &Call, config: Value) -> Diagnostics {
        let version = call.terraform_version.as_deref();
        tracing::info!(greeting = config.get("greeting").as_str(), version, "configured");
        Diagnostics::new()
    }

    fn offering(&self) -> Offering {
        Offering {
            resources: vec![self.thing.clone()],
            data_sources: vec![self.source.clone()],
            functions: vec![self.describe.clone()],
            actions: vec![self.shout.clone()],
        }
    }
}

struct Thing {
    schema: Schema,
    serial: AtomicU32,
}

const BEHAVIOURS: &[&str] = &["panic", "wait", "stubborn", "leave unknown", "misfit", "fail", "fail empty", "nothing"];

impl Thing {
    fn new() -> Self {
        let part = vec![Attribute::string("name").required().validate(one_of(&["a", "b"]))];
        let mut schema = Schema::new(
            "A thing.",
            vec![
                Attribute::string("behaviour").validate(one_of(BEHAVIOURS)),
                Attribute::string("text").requires_replace(),
                Attribute::string("note"),
                Attribute::string("secret").write_only(),
                Attribute::objects("parts", part.clone()),
                Attribute::map_of("labels", Type::String),
                Attribute::set_of_objects("members", part.clone()),
                Attribute::string("id").computed(),
                Attribute::string("echo").computed(),
            ],
        )
        .block(Block::single("timeouts", vec![Attribute::string("create").validate(one_of(&["1m"]))]))
        .block(Block::list("sections", part));
        schema.version = 1;
        Self { schema, serial: AtomicU32::new(1) }
    }

    async fn apply(&self, call: &Call, mut state: Value, mut private: Private) -> Applied {
        let behaviour = state.get("behaviour").as_str().unwrap_or_default().to_owned();
        let text = state.get("text").clone();
        if state.get("id").is_unknown() {
            let serial = self.serial.fetch_add(1, Ordering::Relaxed);
            state.set("id", format!("thing-{serial}"));
        }
        state.set("echo", text);
        let mut diagnostics = Diagnostics::new();
        let mut said = Some(());
        match behaviour.as_str() {
            "panic" => panic!("told to panic"),
            "wait" => {
                tracing::info!("waiting");
                call.stop.cancelled().await;
                diagnostics.warning("Interrupted", "The thing is there, its wait was cut short.");
            }
            "stubborn" => {
                tracing::info!("waiting");
                std::future::pending().await
            }
            "leave unknown" => state.set("echo", Value::unknown()),
            "misfit" => state.set("echo", Value::list([1, 2])),
            "fail" => diagnostics.error("Told to fail", "With an object."),
            "fail empty" => {
                diagnostics.error("Told to fail", "Without an object.");
                said = None;
            }
            "nothing" => said = None,
            _ => {}
        }
        if behaviour != "fail" {
            private = Private::from_bytes(b"kept".to_vec());
        } else {
            private.clear();
        }
        Applied { state: said.map(|()| state), private, diagnostics, identity: None }
    }
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        "echo_thing"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn modify_plan(&self, _: &Call, plan: &mut Plan) {
        if !plan.is_create() && plan.prior.as_ref() != Some(&plan.planned) {
            plan.set_unknown("echo");
        }
        if plan.config.get("note").as_str() == Some("warn") {
            plan.diagnostics.push(Diagnostic::warning("Noted", "As asked.").at(Path::attribute("note")));
        }
    }

    async fn plan_destroy(&self, call: &Call, prior: &Value, private: &mut Private) -> Diagnostics {
        let when = if call.is_plan_of_apply() { "planned in an apply" } else { "planned destroy" };
        *private = Private::from_bytes(when.into());
        match prior.get("note").as_str() {
            Some("keep") => Diagnostic::error("Not to be destroyed", "Its note says so.").into(),
            _ => Diagnostics::new(),
        }
    }

    async fn create(&self, call: &Call, request: CreateRequest) -> Applied {
        self.apply(call, request.planned, request.private).await
    }

    async fn update(&self, call: &Call, request: UpdateRequest) -> Applied {
        self.apply(call, request.planned, request.private).await
    }

    async fn delete(&self, call: &Call, request: DeleteRequest) -> Diagnostics {
        match request.prior.get("behaviour").as_str() {
            Some("panic") => panic!("told to panic"),
            Some("fail") => Diagnostic::error("Told to fail", "In delete.").into(),
            Some("wait") => {
                call.stop.cancelled().await;
                Diagnostics::new()
            }
            _ => Diagnostics::new(),
        }
    }

    async fn read(&self, _: &Call, state: Value, private: Private) -> ReadOutcome {
        if state.get("note").as_str() == Some("gone") {
            return ReadOutcome { private, ..Default::default() };
        }
        ReadOutcome::unchanged(state, private)
    }

    async fn import(&self, _: &Call, id: &str) -> Result<Imported, Diagnostics> {
        if !id.starts_with("thing-") {
            return Err(Diagnostic::error("Not a thing", format!("\"{id}\" is no id of a thing.")).into());
        }
        let mut state = self.schema.null_object();
        state.set("id", id);
        Ok(Imported { state, private: Private::from_bytes(b"imported".to_vec()), ..Imported::default() })
    }

    async fn upgrade(&self, from_version: i64, mut state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        if from_version != 0 {
            return Err(Diagnostic::error("Unknown version", format!("There was no version {from_version}.")).into());
        }
        if let Some(members) = state.as_object_mut()
            && let Some(text) = members.remove("word")
        {
            members.insert("text".to_owned(), text);
        }
        Ok(state)
    }
}

struct Source {
    schema: Schema,
}

impl Source {
    fn new() -> Self {
        let schema =
            Schema::new("An echo.", vec![Attribute::string("text").required(), Attribute::string("echo").computed()]);
        Self { schema }
    }
}

#[async_trait]
impl DataSource for Source {
    fn type_name(&self) -> &'static str {
        "echo_source"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(&self, _: &Call, mut config: Value) -> Result<(Value, Diagnostics), Diagnostics> {
        let text = config.get("text").clone();
        if text.as_str() == Some("fail") {
            return Err(Diagnostic::error("Told to fail", "").at(Path::attribute("text")).into());
        }
        config.set("echo", text);
        Ok((config, Diagnostics::new()))
    }
}

/// `echo_shout`: tells its words one by one, and then does as its `behaviour` says.
struct Shout {
    schema: Schema,
}

impl Shout {
    fn new() -> Self {
        let words = Attribute::list_of("words", Type::String);
        let behaviour = Attribute::string("behaviour").validate(one_of(&["panic", "wait", "fail"]));
        Self { schema: Schema::new("A shout.", vec![words, behaviour]) }
    }
}

#[async_trait]
impl Action for Shout {
    fn type_name(&self) -> &'static str {
        "echo_shout"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn plan(&self, _: &Call, config: &Value) -> Diagnostics {
        match config.get("words") {
            Value::Null => Diagnostic::warning("Nothing to shout", "").at(Path::attribute("words")).into(),
            _ => Diagnostics::new(),
        }
    }

    async fn invoke(&self, call: &Call, config: Value, progress: &Progress) -> Diagnostics {
        for word in config.get("words").as_list().unwrap_or_default() {
            progress.report(word.as_str().unwrap_or_default());
        }
        match config.get("behaviour").as_str() {
            Some("panic") => panic!("told to panic"),
            Some("fail") => Diagnostic::error("Told to fail", "").at(Path::attribute("behaviour")).into(),
            Some("wait") => {
                tracing::info!("waiting");
                call.stop.cancelled().await;
                progress.report("interrupted");
                tracing::info!("stopped");
                Diagnostic::error("Interrupted", "").into()
            }
            _ => Diagnostics::new(),
        }
    }
}

/// `describe`: its first argument, and what it is told of the others.
struct Describe {
    definition: Definition,
}

impl Describe {
    fn new() -> Self {
        let returns = Returns::object(vec![
            Attribute::string("text").computed(),
            Attribute::string("note").computed(),
            Attribute::number("more").computed(),
        ]);
        let parameters = vec![
            Parameter::new("text", Type::String, "Comes back, or makes it fail."),
            Parameter::new("note", Type::list(Type::String), "Any.").allow_null().allow_unknown(),
        ];
        let definition = Definition::new("Describes.", "Describes its *arguments*.", parameters, returns)
            .variadic(Parameter::new("more", Type::Number, "Counted."));
        Self { definition }
    }
}

impl Function for Describe {
    fn name(&self) -> &'static str {
        "describe"
    }

    fn definition(&self) -> &Definition {
        &self.definition
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let [text, note, more @ ..] = arguments else { return Err(FunctionError::new("too few")) };
        let note = match note {
            Value::Null => "null",
            note if !note.is_wholly_known() => "unknown",
            _ => "known",
        };
        match text.as_str() {
            Some("panic") => panic!("told to panic"),
            Some("fail") => Err(FunctionError::new("told to fail")),
            Some("blame the text") => Err(FunctionError::at(0, "told to\u{1b}[31m blame it")),
            Some("blame nobody") => Err(FunctionError::at(9, "told to blame what is not there")),
            Some("misfit") => Ok(Value::from("no object")),
            _ => Ok(Value::object([("text", text.clone()), ("note", note.into()), ("more", more.len().into())])),
        }
    }
}
