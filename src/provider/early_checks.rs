//! What the early checks of everything offered say of the same mistakes, whatever the argument: a check that is new, or that
//! was forgotten, is held to the sentences of the others.

use std::sync::Arc;

use super::AzureBackup;
use crate::azure::scripted::ScriptedTransport;
use crate::connection::scripted::host;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::provider::Provider;
use crate::tfplugin::schema::{Attribute, Mode, Schema, Shape, Type};
use crate::tfplugin::value::{Path, Value};

/// Every argument of everything offered, at every depth, with the name of the thing and its path in it.
fn arguments() -> Vec<(String, Attribute)> {
    let provider = AzureBackup::new(host(&ScriptedTransport::new(Vec::new()), &[]));
    let offering = provider.offering();
    let resources = offering.resources.iter().map(|thing| (thing.type_name(), thing.schema().clone()));
    let data_sources = offering.data_sources.iter().map(|thing| (thing.type_name(), thing.schema().clone()));
    let mut found = Vec::new();
    for (name, Schema { attributes, blocks, .. }) in resources.chain(data_sources) {
        collect(name, &attributes, &mut found);
        for block in &blocks {
            collect(&format!("{name}.{}", block.name), &block.attributes, &mut found);
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

fn collect(inside: &str, attributes: &[Attribute], found: &mut Vec<(String, Attribute)>) {
    for attribute in attributes.iter().filter(|attribute| attribute.is_configurable()) {
        let path = format!("{inside}.{}", attribute.name);
        if let Shape::Nested(_, attributes) = &attribute.shape {
            collect(&path, attributes, found);
        }
        found.push((path, attribute.clone()));
    }
}

/// What is said of a value, in one text.
fn told(attribute: &Attribute, value: impl Into<Value>) -> String {
    let (value, path) = (value.into(), Path::attribute(&attribute.name));
    let found = attribute.validators.iter().flat_map(|validator| validator.check(&value, &path));
    found.map(|Diagnostic { detail, .. }| detail).collect::<Vec<_>>().join(" | ")
}

fn named(names: &[&str]) -> Vec<(String, Attribute)> {
    let found: Vec<_> = arguments().into_iter().filter(|(_, argument)| names.contains(&&*argument.name)).collect();
    for name in names {
        assert!(found.iter().any(|(_, argument)| argument.name == *name), "{name}");
    }
    found
}

const GROUP: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";

#[test]
fn every_argument_that_takes_the_name_of_a_resource_group_says_the_name_in_an_id() {
    for (path, argument) in named(&["resource_group_name"]) {
        let said = told(&argument, GROUP);
        assert!(
            said.contains("is an ID") && said.ends_with("the name of the resource group: \"g\"."),
            "{path}: {said}"
        );
        assert!(told(&argument, "").contains("1 to 90 characters"), "{path}");
        assert_eq!(told(&argument, "g"), "", "{path}");
    }
}

#[test]
fn every_argument_that_takes_an_arm_id_tells_what_it_got_and_what_it_needs() {
    let ids: Vec<_> = arguments()
        .into_iter()
        .filter(|(path, _)| path.ends_with("_id") || path.ends_with("azurebackup_job.id"))
        // A subscription goes by its GUID.
        .filter(|(path, _)| !path.ends_with(".subscription_id"))
        .collect();
    assert!(ids.len() > 30, "{}", ids.len());
    for (path, argument) in ids {
        let name = &argument.name;
        let needs = format!("`{name}` needs the ID of ");
        for (text, part) in [
            (format!("{GROUP}/providers/Microsoft.Web/sites/s "), "has a blank or a line break"),
            (format!("{GROUP}/providers/Microsoft.Web/sites/s\n"), "has a blank or a line break"),
            ("/subscriptions/contoso/resourceGroups/g/providers/a.b/c/d".to_owned(), "is not the ID of a subscription"),
            ("https://portal.azure.com/#x".to_owned(), "is a URL, not an ARM ID"),
            ("my-name".to_owned(), "is not an ARM ID"),
            (GROUP.trim_start_matches('/').to_owned(), "must begin with a slash"),
        ] {
            let told = told(&argument, text.as_str());
            assert!(told.contains(part), "{path} {text:?}: {told}");
        }
        if name != "data_source_id" {
            let site = told(&argument, format!("{GROUP}/providers/Microsoft.Web/sites/s"));
            assert!(
                site.contains("a resource of type `Microsoft.Web/sites`") && site.contains(&needs),
                "{path}: {site}"
            );
        }
    }
}

#[test]
fn every_argument_that_takes_an_instant_asks_for_the_time_zone() {
    for (path, argument) in
        named(&["point_in_time", "at_or_before", "start_time", "end_time", "started_after", "started_before"])
    {
        let told = told(&argument, "2026-11-19T08:00:00");
        assert!(told.contains("has no time zone. Add `Z` for UTC"), "{path}: {told}");
    }
}

#[test]
fn every_argument_that_takes_a_region_takes_it_as_the_portal_writes_it_and_refuses_what_is_none() {
    let of_copies = arguments().into_iter().filter(|(path, _)| path.ends_with("_copy.location"));
    for (path, argument) in named(&["restore_location", "source_region"]).into_iter().chain(of_copies) {
        assert_eq!(told(&argument, "West Europe"), "", "{path}");
        let told = told(&argument, "nowhere/../x");
        assert!(told.contains("is not the name of an Azure region"), "{path}: {told}");
    }
}

#[test]
fn an_empty_list_means_as_much_as_none_or_is_refused_with_the_way_on() {
    for (path, argument) in arguments() {
        let empty = match &argument.shape {
            Shape::Plain(Type::List(_) | Type::Set(_)) => Value::List(vec![]),
            Shape::Plain(Type::Map(_)) => Value::Map(Default::default()),
            Shape::Nested(nesting, _) if *nesting != crate::tfplugin::schema::Nesting::Single => Value::List(vec![]),
            _ => continue,
        };
        let told = told(&argument, empty);
        // What is changed in place has no canonical form. No tags are as much as empty ones, and never mean all.
        let is_of_no_limit = ["tags", "triggers"].contains(&argument.name.as_str());
        if argument.empty_means_absent || (is_of_no_limit && told.is_empty()) {
            assert_eq!(told, "", "{path}");
        } else {
            let way_on = format!("set `{}` to `null` or remove it", argument.name);
            assert!(told.contains("is empty.") && told.contains(&way_on), "{path}: {told}");
        }
    }
}

#[test]
fn an_empty_text_is_told_as_such() {
    for (path, argument) in arguments() {
        if argument.shape != Shape::Plain(Type::String) || argument.validators.is_empty() {
            continue;
        }
        let schema = Schema::new("", vec![argument.clone()]);
        let found = schema.validate_config(&Value::object([(argument.name.clone(), "")]));
        let told: Vec<&str> = found.iter().map(|told| told.detail.as_str()).collect();
        assert_eq!(told.len(), 1, "{path}: {told:?}");
        let way_on =
            if argument.mode == Mode::Required { "make sure that there is a value" } else { "use `null` instead" };
        assert!(told[0].contains("is an empty string") && told[0].contains(way_on), "{path}: {told:?}");
    }
}

#[test]
fn one_wrong_argument_is_told_once() {
    let provider = AzureBackup::new(host(&ScriptedTransport::new(Vec::new()), &[]));
    let offering = provider.offering();
    let blobs = offering.resources.iter().find(|thing| thing.type_name() == "azurebackup_blob_restore").map(Arc::clone);
    let blobs = blobs.expect("it is offered");
    let instance = format!("{GROUP}/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i");
    let told = |members: &[(&str, Value)]| -> Vec<String> {
        let mut config = blobs.schema().null_object();
        config.set("backup_instance_id", instance.as_str());
        for (name, value) in members {
            config.set(*name, value.clone());
        }
        let mut found = blobs.schema().validate_config(&config);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        found.extend_unless_told(runtime.block_on(blobs.validate(&config)));
        found.iter().map(|told| format!("{}: {}", told.path.clone().unwrap_or_default(), told.summary)).collect()
    };
    let latest = ("point_in_time", Value::from("latest"));
    let point = |members: &[(&str, Value)]| ("recovery_point", Value::object(members.iter().cloned()));
    let container = |members: &[(&str, Value)]| Value::list([Value::object(members.iter().cloned())]);
    // Both kinds of backup, whatever else is said for one of them.
    let both = [latest.clone(), point(&[("latest", true.into()), ("id", "x".into())])];
    assert_eq!(told(&both), ["recovery_point: Conflicting arguments"]);
    let more = [("target_storage_account_id", Value::unknown()), ("secondary_region", true.into())];
    assert_eq!(told(&[&both[..], &more[..]].concat()), ["recovery_point: Conflicting arguments"]);
    let renamed = container(&[("name", "orders".into()), ("rename_to", "b".into())]);
    assert_eq!(
        told(&[latest.clone(), ("containers", renamed)]),
        ["containers[0].rename_to: Invalid value for \"rename_to\""]
    );
    let many = Value::list((0..101).map(|number| Value::object([("name", format!("c{number:03}"))])));
    assert_eq!(told(&[latest, ("containers", many)]), ["containers: Invalid value for \"containers\""]);
}

#[test]
fn a_number_that_cannot_be_read_is_told_by_its_own_check_alone() {
    let provider = AzureBackup::new(host(&ScriptedTransport::new(Vec::new()), &[]));
    let offering = provider.offering();
    let name = "azurebackup_postgresql_flexible_server_restore";
    let files = offering.resources.iter().find(|thing| thing.type_name() == name).expect("it is offered");
    let mut config = files.schema().null_object();
    config.set("rehydration", Value::object([("retention_days", Value::Number("10.5".parse().expect("a number")))]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert!(runtime.block_on(files.validate(&config)).is_empty());
    let told = files.schema().validate_config(&config);
    let told =
        told.iter().filter(|told| told.path.as_ref().is_some_and(|path| path.first_name() == Some("rehydration")));
    assert_eq!(told.count(), 1);
}
