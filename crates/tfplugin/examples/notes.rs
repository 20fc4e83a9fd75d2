//! A whole provider to copy: notes, each a file in a directory.
//!
//! ```terraform
//! provider "notes" {
//!   directory = "/tmp/notes"
//! }
//!
//! resource "notes_note" "hello" {
//!   name = "hello"
//!   text = "Hello!"
//! }
//!
//! output "loud" {
//!   value = provider::notes::loud(notes_note.hello.text)
//! }
//! ```

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use tfplugin::data_source::DataSource;
use tfplugin::diagnostics::{Diagnostic, Diagnostics};
use tfplugin::function::{Definition, Function, FunctionError, Parameter, Returns};
use tfplugin::logging::system_clock;
use tfplugin::model::FromValue;
use tfplugin::process;
use tfplugin::provider::{Offering, Provider};
use tfplugin::resource::{
    Applied, Call, CreateRequest, DeleteRequest, Imported, Plan, Private, ReadOutcome, Resource, UpdateRequest,
};
use tfplugin::schema::{Attribute, Schema, Type};
use tfplugin::serve::ServeOptions;
use tfplugin::validators::matches;
use tfplugin::value::{Path, Value};

fn main() -> ExitCode {
    let debug = std::env::args().any(|argument| argument == "-debug");
    let options = ServeOptions::of_this_process("registry.terraform.io/example/notes", debug);
    process::run(Arc::new(Notes::new()), options, &[env!("CARGO_CRATE_NAME")], system_clock())
}

/// The provider.
struct Notes {
    schema: Schema,
    shelf: Shelf,
}

impl Notes {
    fn new() -> Self {
        let directory = Attribute::string("directory").required().description("Where the notes are kept.");
        Self { schema: Schema::new("Notes are files.", vec![directory]), shelf: Shelf::default() }
    }
}

#[async_trait]
impl Provider for Notes {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn configure(&self, _: &Call, config: Value) -> Diagnostics {
        // In a plan the directory may depend on something that is made later; then nothing can be read yet.
        if let Some(directory) = config.get("directory").as_str() {
            self.shelf.open(directory.into());
        }
        Diagnostics::new()
    }

    fn offering(&self) -> Offering {
        Offering {
            resources: vec![Arc::new(Note::new(self.shelf.clone()))],
            data_sources: vec![Arc::new(NoteText::new(self.shelf.clone()))],
            functions: vec![Arc::new(Loud::new())],
            ..Offering::default()
        }
    }
}

/// What the provider block sets up, and resources and data sources use: the place of a client.
#[derive(Clone, Default)]
struct Shelf(Arc<RwLock<Option<PathBuf>>>);

impl Shelf {
    fn open(&self, directory: PathBuf) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(directory);
    }

    fn place(&self, name: &str) -> Result<PathBuf, Diagnostics> {
        let directory = self.0.read().unwrap_or_else(PoisonError::into_inner);
        directory.as_ref().map(|directory| directory.join(name)).ok_or_else(|| {
            let detail = "The directory is known only after apply, and this is needed before.";
            Diagnostic::error("The provider is not configured yet", detail).into()
        })
    }

    /// The text of a note; `None` if there is no such note.
    fn read(&self, name: &str) -> Result<Option<String>, Diagnostics> {
        match std::fs::read_to_string(self.place(name)?) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("Reading", name, &error)),
        }
    }
}

fn failed(act: &str, name: &str, error: &io::Error) -> Diagnostics {
    Diagnostic::error(format!("{act} the note \"{name}\" failed"), format!("{error}.")).into()
}

fn name() -> Attribute {
    let is_plain = |text: &str| match text.contains(['/', '\\']) || matches!(text, "" | "." | "..") {
        true => Err("it would be another file".to_owned()),
        false => Ok(()),
    };
    Attribute::string("name").required().description("Name of the file.").validate(matches("a plain name", is_plain))
}

tfplugin::model! {
    /// The arguments of a note, known throughout.
    struct Arguments {
        name: String,
        text: String,
    }
}

/// `resource "notes_note"`: a note.
struct Note {
    schema: Schema,
    shelf: Shelf,
}

impl Note {
    fn new(shelf: Shelf) -> Self {
        let attributes = vec![
            name().requires_replace(),
            Attribute::string("text").required().description("What it says."),
            Attribute::number("size").computed().description("How many bytes it has."),
        ];
        Self { schema: Schema::new("A note.", attributes), shelf }
    }

    /// Writes the note that is planned, and returns it as it is then.
    fn write(&self, mut planned: Value) -> Result<Value, Diagnostics> {
        let Arguments { name, text } = Arguments::from_value(&planned, &Path::root())?;
        std::fs::write(self.shelf.place(&name)?, &text).map_err(|error| failed("Writing", &name, &error))?;
        planned.set("size", text.len());
        Ok(planned)
    }
}

/// What is there is returned; where nothing is, only the errors are.
fn applied(written: Result<Value, Diagnostics>) -> Applied {
    match written {
        Ok(state) => Applied { state: Some(state), ..Applied::default() },
        Err(diagnostics) => Applied { diagnostics, ..Applied::default() },
    }
}

#[async_trait]
impl Resource for Note {
    fn type_name(&self) -> &'static str {
        "notes_note"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn create(&self, _: &Call, request: CreateRequest) -> Applied {
        applied(self.write(request.planned))
    }

    async fn read(&self, _: &Call, mut state: Value, private: Private) -> ReadOutcome {
        let name = state.get("name").as_str().unwrap_or_default();
        match self.shelf.read(name) {
            Ok(Some(text)) => {
                state.set("size", text.len());
                state.set("text", text);
                ReadOutcome::unchanged(state, private)
            }
            // Gone: Terraform plans a new one.
            Ok(None) => ReadOutcome::default(),
            // Not to be read now; what is known of it stays.
            Err(diagnostics) => ReadOutcome { diagnostics, ..ReadOutcome::unchanged(state, private) },
        }
    }

    async fn update(&self, _: &Call, request: UpdateRequest) -> Applied {
        applied(self.write(request.planned))
    }

    async fn delete(&self, _: &Call, request: DeleteRequest) -> Diagnostics {
        let name = request.prior.get("name").as_str().unwrap_or_default();
        let removed = self.shelf.place(name).map(std::fs::remove_file);
        match removed {
            Ok(Err(error)) if error.kind() != ErrorKind::NotFound => failed("Removing", name, &error),
            Ok(_) => Diagnostics::new(),
            Err(diagnostics) => diagnostics,
        }
    }

    async fn modify_plan(&self, _: &Call, plan: &mut Plan) {
        // Without this the plan would promise that the size stays as it is.
        if plan.prior.as_ref().is_some_and(|prior| prior.get("text") != plan.planned.get("text")) {
            plan.set_unknown("size");
        }
    }

    async fn import(&self, _: &Call, id: &str) -> Result<Imported, Diagnostics> {
        if self.shelf.read(id)?.is_none() {
            return Err(Diagnostic::error("There is no such note", format!("No note is called \"{id}\".")).into());
        }
        let mut state = self.schema.null_object();
        state.set("name", id);
        Ok(Imported { state, ..Imported::default() })
    }
}

/// `data "notes_note"`: what a note says, whoever wrote it.
struct NoteText {
    schema: Schema,
    shelf: Shelf,
}

impl NoteText {
    fn new(shelf: Shelf) -> Self {
        let text = Attribute::string("text").computed().description("What it says.");
        Self { schema: Schema::new("What a note says.", vec![name(), text]), shelf }
    }
}

#[async_trait]
impl DataSource for NoteText {
    fn type_name(&self) -> &'static str {
        "notes_note"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(&self, _: &Call, mut config: Value) -> Result<(Value, Diagnostics), Diagnostics> {
        let name = config.get("name").as_str().unwrap_or_default();
        let Some(text) = self.shelf.read(name)? else {
            let error = Diagnostic::error("There is no such note", format!("No note is called \"{name}\"."));
            return Err(error.at(Path::attribute("name")).into());
        };
        config.set("text", text);
        Ok((config, Diagnostics::new()))
    }
}

/// `provider::notes::loud`: a text in capitals.
struct Loud {
    definition: Definition,
}

impl Loud {
    fn new() -> Self {
        let parameters = vec![Parameter::new("text", Type::String, "What to say.")];
        let returns = Returns::value(Type::String);
        Self { definition: Definition::new("Says it loudly.", "Says it in capitals.", parameters, returns) }
    }
}

impl Function for Loud {
    fn name(&self) -> &'static str {
        "loud"
    }

    fn definition(&self) -> &Definition {
        &self.definition
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        Ok(text.to_uppercase().into())
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::conformance::SchemaOf;
    use tfplugin::plan::propose;

    use super::*;

    fn note(text: &str) -> Value {
        Value::object([("name", Value::from("n")), ("text", text.into()), ("size", Value::Null)])
    }

    /// What a plan of this configuration would ask for.
    async fn planned(resource: &Note, prior: Option<&Value>, config: &Value) -> Plan {
        let (planned, requires_replace) = propose(&resource.schema, config, prior, config);
        let mut plan =
            Plan { config: config.clone(), prior: prior.cloned(), planned, requires_replace, ..Plan::default() };
        resource.modify_plan(&Call::default(), &mut plan).await;
        plan
    }

    #[test]
    fn nothing_that_is_offered_would_be_refused() {
        let provider = Notes::new();
        let Offering { resources, data_sources, functions, .. } = provider.offering();
        let mut problems = provider.schema.problems(SchemaOf::Provider);
        problems.extend(resources.iter().flat_map(|each| each.schema().problems(SchemaOf::Resource)));
        problems.extend(data_sources.iter().flat_map(|each| each.schema().problems(SchemaOf::DataSource)));
        problems.extend(functions.iter().flat_map(|each| each.definition().problems(each.name())));
        assert_eq!(problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_note_is_written_read_changed_and_removed() {
        let (call, directory, shelf) = (Call::default(), tempfile::tempdir().unwrap(), Shelf::default());
        shelf.open(directory.path().to_owned());
        let resource = Note::new(shelf.clone());

        let plan = planned(&resource, None, &note("Hello")).await;
        assert!(plan.planned.get("size").is_unknown());
        let created = resource.create(&call, CreateRequest { planned: plan.planned, ..CreateRequest::default() }).await;
        let state = created.state.unwrap();
        assert_eq!(state.get("size").as_i64(), Some(5));
        let outcome = resource.read(&call, state.clone(), Private::default()).await;
        assert_eq!(outcome.state.as_ref(), Some(&state));

        let plan = planned(&resource, Some(&state), &note("Hello there")).await;
        assert!(plan.planned.get("size").is_unknown() && plan.requires_replace.is_empty());
        let request = UpdateRequest { prior: state, planned: plan.planned, ..UpdateRequest::default() };
        let state = resource.update(&call, request).await.state.unwrap();
        let source = NoteText::new(shelf);
        let (read, _) = source.read(&call, note("")).await.unwrap();
        assert_eq!(read.get("text").as_str(), Some("Hello there"));

        let gone = DeleteRequest { prior: state.clone(), private: Private::default() };
        assert!(resource.delete(&call, gone).await.is_empty());
        assert_eq!(resource.read(&call, state, Private::default()).await.state, None);
    }
}
