//! What each argument does when it is changed: decide which data is restored and where to, so that the change restores
//! again, or decide nothing, so that it is only written down. Shown for every argument of every kind; an argument that the
//! table does not know fails a test.

use std::collections::{BTreeMap, BTreeSet};

use azurebackup::provider::AzureBackup;
use azurebackup::tfplugin::provider::Provider;
use azurebackup::tfplugin::resource::Resource;
use azurebackup::tfplugin::schema::{self, Attribute, Mode, Schema, Shape};
use serde_json::{Value, json};

use super::fixture::InProcessFixture;
use super::kinds::{self, RestoreKindCase, facts_in_process};
use super::services::Point;
use super::simulated_resources::{self, Arguments, SimulatedResources};
use crate::in_process::{PlannedStep, SessionResult};

facts_in_process! {
    every_argument_that_decides_restores_again_when_it_changes,
    every_argument_that_decides_nothing_changes_in_place,
    a_default_that_is_written_out_restores_nothing,
}

/// One argument, changed. Both lists stand on top of the usual arguments of the kind, the second on top of the first.
#[derive(Clone, Debug)]
pub struct ArgumentChange {
    /// Its path, with an index where it stands in a list: `containers[0].name`.
    pub argument: &'static str,
    /// What has been applied.
    pub before: Arguments,
    /// What it is changed to.
    pub after: Arguments,
}

impl ArgumentChange {
    /// From what it usually is, be it nothing.
    pub fn to(argument: &'static str, value: impl Into<Value>) -> Self {
        Self { argument, before: Vec::new(), after: vec![(argument, value.into())] }
    }

    /// The restore that has been applied has this, too.
    pub fn from(mut self, argument: &'static str, value: impl Into<Value>) -> Self {
        self.before.push((argument, value.into()));
        self
    }

    /// The change alone is no legal configuration: this one goes with it.
    pub fn with(mut self, argument: &'static str, value: impl Into<Value>) -> Self {
        self.after.push((argument, value.into()));
        self
    }
}

/// Ways to choose the point, each changed. `chosen` is one of its points.
pub fn of_points(world: &SimulatedResources, chosen: &str) -> Vec<ArgumentChange> {
    let id =
        |change: ArgumentChange| change.from("recovery_point.latest", Value::Null).from("recovery_point.id", chosen);
    let bound = "recovery_point.at_or_before";
    vec![
        id(ArgumentChange::to("recovery_point.id", NEWER)),
        id(ArgumentChange::to("recovery_point.latest", true)).with("recovery_point.id", Value::Null),
        ArgumentChange::to(bound, world.hours_ago(2))
            .from("recovery_point.latest", Value::Null)
            .from(bound, world.hours_ago(1)),
        ArgumentChange::to("recovery_point.allow_partial", true),
    ]
}

/// What every restore has beside its own arguments, as far as it decides.
pub fn of_every_restore_again(kind: &RestoreKindCase, world: &SimulatedResources) -> Vec<ArgumentChange> {
    let twin = world.thing(kind.service.items, &format!("{}-twin", kind.item));
    vec![ArgumentChange::to("triggers", json!({"run": "2"})), ArgumentChange::to(kind.service.item_argument, twin)]
}

/// The same, as far as it decides nothing.
pub fn of_every_restore_in_place() -> Vec<ArgumentChange> {
    vec![
        ArgumentChange::to("adopt", "none"),
        ArgumentChange::to("accept_warnings", true),
        ArgumentChange::to("timeouts.create", "1h"),
        ArgumentChange::to("timeouts.update", "2h"),
        ArgumentChange::to("timeouts.read", "3m"),
        ArgumentChange::to("timeouts.delete", "4m"),
    ]
}

/// A point that is newer than those of the table.
pub const NEWER: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f5fffe";

/// A rehearsal in a world with a twin of the item and a newer point.
pub fn rehearsal(kind: &RestoreKindCase) -> InProcessFixture {
    let mut r = InProcessFixture::new(kind.clone());
    simulated_resources::add_point(r.azure(), kind, NEWER, 5, Point::Restorable);
    (kind.service.add_twin)(r.azure(), kind.item);
    r.world = SimulatedResources::of(r.azure());
    r
}

/// Applies what was before the change.
async fn applied(kind: &RestoreKindCase, change: &ArgumentChange) -> InProcessFixture {
    let mut r = rehearsal(kind);
    let finished = r.apply(change.before.clone()).await;
    assert!(finished.succeeded(), "{}, before: {}", change.argument, finished.text());
    simulated_resources::clear_targets(r.azure());
    r
}

/// Applies the change.
async fn changed(r: &mut InProcessFixture, change: &ArgumentChange) -> SessionResult {
    r.apply([change.before.clone(), change.after.clone()].concat()).await
}

async fn every_argument_that_decides_restores_again_when_it_changes(kind: RestoreKindCase) {
    for change in kind.restoring_again(&rehearsal(&kind).world) {
        let mut r = applied(&kind, &change).await;
        let finished = changed(&mut r, &change).await;
        r.succeeded(&finished);
        assert_eq!((finished.step, r.session.restores()), (PlannedStep::Replace, 2), "{}", change.argument);
        r.finish(2);
    }
}

async fn every_argument_that_decides_nothing_changes_in_place(kind: RestoreKindCase) {
    for change in kind.updating_in_place(&rehearsal(&kind).world) {
        let mut r = applied(&kind, &change).await;
        assert_eq!(
            asks_nothing_and_keeps_what_was_found(&mut r, &change).await,
            PlannedStep::Update,
            "{}",
            change.argument
        );
        r.finish(1);
    }
}

async fn a_default_that_is_written_out_restores_nothing(kind: RestoreKindCase) {
    for change in (kind.written_out)(&rehearsal(&kind).world) {
        let mut r = applied(&kind, &change).await;
        asks_nothing_and_keeps_what_was_found(&mut r, &change).await;
        r.finish(1);
    }
}

async fn asks_nothing_and_keeps_what_was_found(r: &mut InProcessFixture, change: &ArgumentChange) -> PlannedStep {
    let (before, asked) = (r.session.object.clone().unwrap().value, r.session.journal().entries.len());
    let finished = changed(r, change).await;
    r.succeeded(&finished);
    let after = &r.session.object.as_ref().unwrap().value;
    for name in computed(r.kind.type_name) {
        assert_eq!(after.get(&name), before.get(&name), "{}: {name}", change.argument);
    }
    let journal = r.session.journal();
    assert_eq!(journal.entries.len(), asked, "{}: {}", change.argument, journal.text());
    finished.step
}

fn restores_that_are_offered() -> Vec<(String, Schema)> {
    let resources = AzureBackup::system().offering().resources;
    let is_restore = |resource: &&std::sync::Arc<dyn Resource>| {
        let tells = resource.schema().attributes.iter().any(|attribute| attribute.name == "client_request_id");
        tells || resource.type_name().ends_with("_restore")
    };
    let restores = resources.iter().filter(is_restore);
    restores.map(|restore| (restore.type_name().to_owned(), restore.schema().clone())).collect()
}

/// The schema of a restore.
pub fn schema_of(type_name: &str) -> Schema {
    let (_, schema) = restores_that_are_offered().into_iter().find(|(name, _)| name == type_name).unwrap();
    schema
}

/// What the provider finds out: the attributes that no configuration can set.
pub fn computed(type_name: &str) -> Vec<String> {
    let schema = schema_of(type_name);
    let computed = schema.attributes.iter().filter(|attribute| attribute.mode == Mode::Computed);
    computed.map(|attribute| attribute.name.clone()).collect()
}

/// The paths of what a configuration can set, and of the objects on the way there.
#[derive(Default)]
struct Configurable {
    values: BTreeSet<String>,
    objects: BTreeSet<String>,
    /// Those of the values that decide, as the schema declares it.
    deciding: BTreeSet<String>,
}

impl Configurable {
    fn of(schema: &Schema) -> Self {
        let mut found = Self::default();
        found.add("", &schema.attributes);
        for block in &schema.blocks {
            assert!(block.blocks.is_empty(), "no restore has blocks in blocks");
            found.objects.insert(block.name.clone());
            found.add(&format!("{}.", block.name), &block.attributes);
        }
        found
    }

    fn add(&mut self, before: &str, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.mode != Mode::Computed) {
            let path = format!("{before}{}", attribute.name);
            match &attribute.shape {
                Shape::Plain(_) => {
                    if attribute.change == Some(schema::Change::RequiresReplace) {
                        self.deciding.insert(path.clone());
                    }
                    self.values.insert(path);
                }
                Shape::Nested(_, members) => {
                    self.add(&format!("{path}."), members);
                    self.objects.insert(path);
                }
            }
        }
    }
}

/// The paths of these changes without indices.
fn paths(changes: Vec<ArgumentChange>) -> impl Iterator<Item = String> {
    let without_index = |part: &str| part.split_once('[').map_or(part, |(name, _)| name).to_owned();
    changes.into_iter().map(move |change| change.argument.split('.').map(without_index).collect::<Vec<_>>().join("."))
}

/// What the table says of each resource: paths that decide, and paths that decide nothing.
fn stated() -> BTreeMap<&'static str, (BTreeSet<String>, BTreeSet<String>)> {
    let mut stated = BTreeMap::new();
    for kind in kinds::all() {
        let world = rehearsal(&kind).world;
        let (deciding, others): &mut (BTreeSet<_>, BTreeSet<_>) = stated.entry(kind.type_name).or_default();
        deciding.extend(paths(kind.restoring_again(&world)).chain(paths((kind.written_out)(&world))));
        others.extend(paths(kind.updating_in_place(&world)));
    }
    stated
}

#[tokio::test(start_paused = true)]
async fn every_argument_of_every_kind_decides_or_decides_nothing() {
    let stated = stated();
    let mut wrong = Vec::new();
    for (type_name, schema) in restores_that_are_offered() {
        let Some((deciding, others)) = stated.get(type_name.as_str()) else { continue };
        let Configurable { values, objects, deciding: declared } = Configurable::of(&schema);
        wrong.extend(
            declared
                .symmetric_difference(&(deciding & &values))
                .map(|path| format!("{type_name}: {path} decides in the schema or in the table, and not in the other")),
        );
        wrong.extend(
            values
                .difference(&(deciding | others))
                .map(|path| format!("{type_name}: {path} is in no list of its kinds in tests/restores/kinds.rs")),
        );
        wrong.extend((deciding & others).iter().map(|path| format!("{type_name}: {path} is in both lists")));
        wrong.extend(
            (deciding | others)
                .difference(&(&values | &objects))
                .map(|path| format!("{type_name}: {path} is in a list, and the schema has no such argument")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without items, points to choose and jobs, which the facts of the table ask for: their own module shows what holds of them.
const SHOWN_ELSEWHERE: [&str; 3] =
    ["azurebackup_on_demand_backup", "azurebackup_sql_database_restore", "azurebackup_sql_managed_database_restore"];

#[test]
fn the_table_has_every_restore_that_the_provider_offers_and_no_other() {
    let offered: BTreeSet<String> = restores_that_are_offered().into_iter().map(|(type_name, _)| type_name).collect();
    let table: BTreeSet<String> = kinds::all().iter().map(|kind| kind.type_name.to_owned()).collect();
    let elsewhere = |name: &&String| !SHOWN_ELSEWHERE.contains(&name.as_str());
    let missing: Vec<&String> = offered.difference(&table).filter(elsewhere).collect();
    assert!(missing.is_empty(), "tests/restores/kinds.rs has no row for {missing:?}");
    let unknown: Vec<&String> = table.difference(&offered).collect();
    assert!(unknown.is_empty(), "tests/restores/kinds.rs has rows for {unknown:?}, which the provider does not offer");
}
