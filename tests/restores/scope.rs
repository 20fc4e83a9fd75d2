//! A restore is as large as what was given: a null is an error on its path whenever it comes to light, and what a plan
//! says of an overwriting restore is what is sent.

use azurebackup::tfplugin::schema::{Attribute, Mode, Shape, Type};
use azurebackup::tfplugin::value::{Path, Unknown, Value};
use serde_json::Value as Json;

use super::arguments::{rehearsal, schema_of};
use super::fixture::InProcessFixture;
use super::kinds::{RestoreKindCase, facts_in_process, top_level};
use super::simulated_resources::{self, Arguments};
use crate::in_process::SessionResult;

facts_in_process! {
    a_null_in_any_list_map_or_required_argument_is_an_error_on_its_path,
    a_value_that_turns_out_to_be_null_is_an_error_and_nothing_is_sent,
    a_plan_names_what_is_sent,
    a_plan_that_restores_knows_whether_it_is_limited,
}

/// A place where null may not stand, and a value of the outermost argument that has it there.
#[derive(Clone)]
struct Misplaced {
    /// Of the null itself.
    place: Path,
    /// What an error points at: elements of sets have no address.
    shown: Path,
    value: Value,
}

impl Misplaced {
    fn at(place: &Path) -> Self {
        Self { place: place.clone(), shown: place.clone(), value: Value::Null }
    }

    /// The same inside whatever stands at `outer`.
    fn below(self, outer: Path, around: impl FnOnce(Value) -> Value) -> Self {
        let behind = |path: &Path| path.steps().iter().cloned().fold(outer.clone(), Path::with);
        Self { place: behind(&self.place), shown: behind(&self.shown), value: around(self.value) }
    }

    /// The same as an element. Sets hide the positions of theirs.
    fn inside_collection(self, kind: &Type, key: &str) -> Self {
        match kind {
            Type::Map(_) => self.below(Path::root().key(key), |value| Value::object([(key, value)])),
            Type::Set(_) => {
                let shown = self.shown.clone();
                Self { shown, ..self.below(Path::root().index(0), |value| Value::list([value])) }
            }
            _ => self.below(Path::root().index(0), |value| Value::list([value])),
        }
    }
}

/// Every such place in `attribute`; paths begin behind its name. `key` is that of maps.
fn places(attribute: &Attribute, key: &str) -> Vec<Misplaced> {
    let here = Misplaced::at(&Path::root());
    let of_type = attribute.value_type();
    let mut found = Vec::new();
    if attribute.mode == Mode::Required {
        found.push(here.clone());
    }
    let repeated = matches!(of_type, Type::List(_) | Type::Set(_) | Type::Map(_));
    if repeated {
        found.push(here.inside_collection(&of_type, key));
    }
    let Shape::Nested(_, members) = &attribute.shape else { return found };
    for member in members {
        let object = |value: Value| {
            // What else is required is not the matter: it may become anything.
            let usual = |other: &Attribute| if other.mode == Mode::Required { Value::unknown() } else { Value::Null };
            let mut object = Value::object(members.iter().map(|other| (other.name.as_str(), usual(other))));
            object.set(&member.name, value);
            object
        };
        for inside in places(member, key) {
            let inside = inside.below(Path::root().child(&member.name), object);
            found.push(if repeated { inside.inside_collection(&of_type, key) } else { inside });
        }
    }
    found
}

/// Every such place in the arguments of a kind, by the outermost argument.
fn misplaced(r: &InProcessFixture) -> Vec<(String, Misplaced)> {
    let schema = schema_of(r.kind.type_name);
    let usual = r.usual(vec![]);
    let mut all = Vec::new();
    for attribute in schema.attributes.iter().filter(|attribute| attribute.is_configurable()) {
        // A key that is usual fits to what else is usual.
        let key = usual.get(&attribute.name).as_map().and_then(|members| members.keys().next());
        for inside in places(attribute, key.map_or("k", String::as_str)) {
            all.push((attribute.name.clone(), inside.below(Path::attribute(&attribute.name), |value| value)));
        }
    }
    assert!(all.iter().any(|(name, _)| name == "triggers"), "the schema is searched");
    all
}

/// What else must be given or left out so that the argument may be set at all.
fn beside(r: &InProcessFixture, argument: &str) -> Arguments {
    let changes = r.kind.restoring_again(&r.world).into_iter().chain(r.kind.updating_in_place(&r.world));
    let change = changes.into_iter().find(|change| top_level(change.argument) == argument && !change.before.is_empty());
    change.map(|change| change.before).unwrap_or_default()
}

#[track_caller]
fn refused(r: &InProcessFixture, finished: &SessionResult, shown: &Path) {
    let shown = shown.to_string();
    let errors = finished.errors();
    let error = errors.iter().find(|error| error.path.as_ref().is_some_and(|path| path.to_string() == shown));
    let error = error.unwrap_or_else(|| panic!("no error at {shown}: {:?}\n{}", finished.at_fault(), finished.text()));
    assert!(error.detail.contains(&format!("`{shown}`")) && error.detail.contains("null"), "{}", error.detail);
    assert_eq!(r.asked(r.kind.service.trigger).len(), 0, "{shown}\n{}", r.session.journal().text());
    assert!(r.session.object.is_none(), "{shown}");
}

async fn a_null_in_any_list_map_or_required_argument_is_an_error_on_its_path(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    for (argument, Misplaced { shown, value, .. }) in misplaced(&r) {
        let mut config = r.usual(vec![]);
        config.set(&argument, value);
        let finished = r.session.apply(&config).await;
        refused(&r, &finished, &shown);
    }
    assert_eq!(r.session.journal().entries.len(), 0, "{}", r.session.journal().text());
    r.finish(0);
}

async fn a_value_that_turns_out_to_be_null_is_an_error_and_nothing_is_sent(kind: RestoreKindCase) {
    let mut tried = 0;
    for (argument, Misplaced { place, shown, value }) in misplaced(&rehearsal(&kind)) {
        let mut r = rehearsal(&kind);
        let mut known = r.usual(beside(&r, &argument));
        known.set(&argument, value);
        let mut unknown = known.clone();
        *unknown.at_mut(&place).unwrap() = Value::unknown();
        let (_, planned) = r.session.plan(&unknown).await;
        if !planned.succeeded() {
            // An argument of the resource that this kind cannot have, whatever its value.
            let conflict = planned.errors().iter().all(|error| error.summary == "Conflicting arguments");
            assert!(conflict, "{shown}: {}", planned.text());
            continue;
        }
        tried += 1;
        let mut r = rehearsal(&kind);
        let finished = r.session.apply_once_known(&unknown, &known).await;
        refused(&r, &finished, &shown);
        r.finish(0);
    }
    assert!(tried >= 2, "{tried}");
}

/// The usual restore, each of its changes, and it without each of the lists that it names.
fn variations(r: &InProcessFixture) -> Vec<Arguments> {
    let changes = r.kind.restoring_again(&r.world).into_iter();
    let mut all: Vec<Arguments> = changes.map(|change| [change.before, change.after].concat()).collect();
    let usual = (r.kind.usual)(&r.world);
    let lists = usual.into_iter().filter(|(_, value)| value.is_array());
    all.extend(lists.map(|(name, _)| vec![(name, Json::Null)]));
    all.push(vec![]);
    all
}

async fn a_plan_names_what_is_sent(kind: RestoreKindCase) {
    let mut warned = 0;
    for others in variations(&rehearsal(&kind)) {
        let mut r = rehearsal(&kind);
        let config = r.usual(others.clone());
        let (_, plan) = r.session.plan(&config).await;
        assert!(plan.succeeded(), "{others:?}: {}", plan.text());
        let warning = plan.diagnostics.iter().find(|told| told.summary.contains("overwrites")).cloned();
        let applied = r.session.apply(&config).await;
        r.succeeded(&applied);
        let journal = r.session.journal();
        let sent = journal.entries.iter().find(|entry| entry.accepted_restore.is_some()).expect("it was sent");
        let sent = sent.body.clone().expect("it has a body");
        match (warning, words::of(&sent)) {
            (None, None) => {}
            (Some(warning), Some(words)) => {
                warned += 1;
                let told: Vec<&str> = warning.detail.lines().collect();
                for word in &words {
                    assert!(told.iter().any(|line| line.contains(word)), "{word:?} is missing in\n{}", warning.detail);
                }
                let parts = |line: &&&str| line.starts_with("  - ");
                let named = words.iter().filter(|word| word.starts_with("  - ")).count();
                assert_eq!(told.iter().filter(parts).count(), named, "{others:?}\n{}\n{sent:#}", warning.detail);
            }
            (warning, words) => panic!("{others:?}: the plan says {warning:?}, and what is sent {words:?}"),
        }
        simulated_resources::clear_targets(r.azure());
    }
    assert_eq!(warned > 0, kind.overwrites.is_some());
}

async fn a_plan_that_restores_knows_whether_it_is_limited(kind: RestoreKindCase) {
    let lists = |r: &InProcessFixture| -> Vec<&'static str> {
        (r.kind.usual)(&r.world).into_iter().filter(|(_, value)| value.is_array()).map(|(name, _)| name).collect()
    };
    for list in lists(&InProcessFixture::new(kind.clone())) {
        let mut r = InProcessFixture::new(kind.clone());
        let mut config = r.usual(vec![]);
        config.set(list, Value::unknown());
        let (_, planned) = r.session.plan(&config).await;
        r.failed(&planned, &["How much is restored is not known yet", &format!("`{list}`")]);
        assert_eq!(planned.at_fault(), [list]);
        // What Terraform promises not to be null limits, unless it may be empty and empty is the same as null.
        config.set(list, Value::Unknown(Unknown::refined([0x81, 0x01, 0xc2])));
        let (_, planned) = r.session.plan(&config).await;
        assert_eq!(planned.succeeded(), !list.starts_with("excluded_"), "{list}: {}", planned.text());
        r.finish(0);
    }
}

/// What a warning has to say, out of the body that is sent.
mod words {
    use serde_json::Value as Json;

    /// None: the restore does not overwrite. What begins with `  - ` is a line, and there are no others of the kind.
    pub fn of(sent: &Json) -> Option<Vec<String>> {
        // Into the secondary region it is sent in an envelope.
        let sent = sent.get("restoreRequestObject").or_else(|| sent.get("restoreRequest")).unwrap_or(sent);
        let of_item = sent.get("properties").unwrap_or(sent);
        match of_item["objectType"].as_str() {
            Some("AzureFileShareRestoreRequest") => {
                return (of_item["copyOptions"] == "Overwrite").then(|| of_share(of_item));
            }
            Some(other) if other.starts_with("IaasVM") => {
                return (of_item["recoveryType"] == "OriginalLocation")
                    .then(|| vec!["all disks of virtual machine".to_owned()]);
            }
            Some(other) if other.starts_with("AzureWorkload") => return of_database(of_item),
            _ => {}
        }
        let target = &sent["restoreTargetInfo"];
        let criteria = target["restoreCriteria"].as_array();
        if let Some(cluster) =
            criteria.and_then(|criteria| criteria.iter().find(|one| one["conflictPolicy"].is_string()))
        {
            return (cluster["conflictPolicy"] == "Patch").then(|| of_cluster(cluster));
        }
        let instant = sent["recoveryPointTime"].as_str()?;
        let mut words = match criteria {
            Some(criteria) => criteria.iter().map(range).collect(),
            None => vec!["All block blobs of the account".to_owned()],
        };
        words.push(instant.get(..19)?.to_owned());
        Some(words)
    }

    fn of_database(request: &Json) -> Option<Vec<String>> {
        let target = &request["targetInfo"];
        match target["databaseName"].as_str() {
            Some(name) if target["overwriteOption"] == "Overwrite" => {
                let (instance, name) = name.split_once('/').unwrap_or_else(|| panic!("{request}"));
                Some(vec![format!("database {name:?} of instance {instance:?} is overwritten")])
            }
            None if request["recoveryType"] == "OriginalLocation" => Some(vec!["is overwritten".to_owned()]),
            _ => None,
        }
    }

    fn of_share(request: &Json) -> Vec<String> {
        let text = |value: &Json| value.as_str().unwrap_or_else(|| panic!("{request}")).to_owned();
        let specs = request["restoreFileSpecs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let folders = specs.iter().filter(|spec| spec["targetFolderPath"].is_string());
        let mut words: Vec<String> = folders.map(|spec| text(&spec["targetFolderPath"])).collect();
        if request["restoreRequestType"] == "ItemLevelRestore" {
            words.extend(specs.iter().map(|spec| format!("  - {}", text(&spec["path"]))));
        } else {
            words.push("All files".to_owned());
        }
        words
    }

    fn range(criterion: &Json) -> String {
        let bound = |name: &str| criterion[name].as_str().unwrap_or_else(|| panic!("{criterion}"));
        let (from, to) = (bound("minMatchingValue"), bound("maxMatchingValue"));
        if to.strip_suffix("-0") == Some(from) {
            return format!("  - container {from:?}");
        }
        match from.split_once('/') {
            Some((container, prefix)) if to == format!("{container}/{}", after(prefix)) => {
                format!("  - container {container:?}: names that begin with {prefix:?}")
            }
            _ => format!("  - names from {from:?} to {to:?}"),
        }
    }

    /// Of texts in ASCII.
    fn after(prefix: &str) -> String {
        let (rest, last) = prefix.split_at(prefix.len() - 1);
        format!("{rest}{}", char::from(last.as_bytes()[0] + 1))
    }

    fn of_cluster(criterion: &Json) -> Vec<String> {
        let listed = |what: &str, name: &str| -> Option<String> {
            let names: Vec<String> = criterion[name].as_array()?.iter().map(Json::to_string).collect();
            Some(format!("{what}: {}.", names.join(", ")))
        };
        let renamed = criterion["namespaceMappings"].as_object().map(|mappings| {
            let pairs: Vec<String> = mappings.iter().map(|(from, to)| format!("{from:?} as {to}")).collect();
            format!("Restored under another name: {}.", pairs.join(", "))
        });
        let included = listed("Resources of these namespaces are restored", "includedNamespaces");
        let belong =
            if criterion["includeClusterScopeResources"] == true { "restored as well" } else { "not restored" };
        let mut words = vec![
            included.unwrap_or_else(|| "Resources of all namespaces are restored.".to_owned()),
            format!("Resources that belong to no namespace are {belong}."),
        ];
        words.extend(listed("No resources of these namespaces", "excludedNamespaces"));
        words.extend(listed("Only resources of these types", "includedResourceTypes"));
        words.extend(listed("No resources of these types", "excludedResourceTypes"));
        words.extend(listed("Only resources with these labels", "labelSelectors"));
        words.extend(renamed);
        words
    }
}
