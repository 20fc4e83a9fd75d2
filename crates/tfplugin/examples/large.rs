//! A provider that does nothing and offers much, to measure what the schemas of a provider cost its users by themselves.
//!
//! `LARGE="15 38 170"` makes 15 resources `large_1` and so on, each with 38 optional attributes, each of them with a
//! description of 170 characters.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tfplugin::diagnostics::Diagnostics;
use tfplugin::logging::system_clock;
use tfplugin::process;
use tfplugin::provider::{Offering, Provider};
use tfplugin::resource::{Applied, Call, CreateRequest, DeleteRequest, Private, ReadOutcome, Resource, UpdateRequest};
use tfplugin::schema::{Attribute, Schema};
use tfplugin::serve::ServeOptions;
use tfplugin::value::Value;

fn main() -> ExitCode {
    let large = std::env::var("LARGE").unwrap_or_default();
    let mut numbers = large.split(' ').map(|number| number.parse().unwrap_or(1));
    let [resources, attributes, characters] = [(); 3].map(|()| numbers.next().unwrap_or(1));
    let provider = LargeProvider {
        schema: Schema::new("Does nothing.", Vec::new()),
        resources: (1..=resources).map(|number| format!("large_{number}").leak() as &'static str).collect(),
        attributes,
        description: "a".repeat(characters),
    };
    let options = ServeOptions::of_this_process("registry.terraform.io/example/large", false);
    process::run(Arc::new(provider), options, &[env!("CARGO_CRATE_NAME")], system_clock())
}

/// The provider.
struct LargeProvider {
    schema: Schema,
    resources: Vec<&'static str>,
    attributes: usize,
    description: String,
}

#[async_trait]
impl Provider for LargeProvider {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn configure(&self, _: &Call, _: Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn offering(&self) -> Offering {
        let offered = self.resources.iter().map(|type_name| {
            let (attributes, description) = (self.attributes, self.description.clone());
            Arc::new(EmptyResource { type_name, attributes, description, schema: OnceLock::new() }) as Arc<dyn Resource>
        });
        Offering { resources: offered.collect(), ..Offering::default() }
    }
}

/// `resource "large_1"` and the others.
struct EmptyResource {
    type_name: &'static str,
    attributes: usize,
    description: String,
    schema: OnceLock<Schema>,
}

#[async_trait]
impl Resource for EmptyResource {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| {
            let attribute = |number: usize| {
                let attribute = Attribute::string(format!("attribute_{number}")).optional().updates_in_place();
                attribute.description(self.description.clone())
            };
            Schema::new("Nothing.", (1..=self.attributes).map(attribute).collect())
        })
    }

    async fn create(&self, _: &Call, request: CreateRequest) -> Applied {
        Applied { state: Some(request.planned), ..Applied::default() }
    }

    async fn read(&self, _: &Call, state: Value, private: Private) -> ReadOutcome {
        ReadOutcome::unchanged(state, private)
    }

    async fn update(&self, _: &Call, request: UpdateRequest) -> Applied {
        Applied { state: Some(request.planned), ..Applied::default() }
    }

    async fn delete(&self, _: &Call, _: DeleteRequest) -> Diagnostics {
        Diagnostics::new()
    }
}
