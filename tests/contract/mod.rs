//! Whether the requests in a journal are ones that the published descriptions of the services allow. What is needed of
//! them stands in `descriptions/`, which `extract.py` makes. Nothing of the product may enter.

mod schema;

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::simulator::entra::Bearer;
use crate::simulator::{Entry, Journal};
use schema::{Checker, Direction};

/// The namespaces of the services, as paths name them, and what is known of each.
const SERVICES: [(&str, &str); 3] = [
    ("/providers/microsoft.dataprotection/", include_str!("descriptions/data_protection.json")),
    ("/providers/microsoft.recoveryservices/", include_str!("descriptions/recovery_services.json")),
    ("/providers/microsoft.sql/", include_str!("descriptions/sql.json")),
];
/// What the published description of a service has beside what was collected of it, as `extract.py` would write it: the
/// backup on demand of a Backup vault (2026-06-01, `BackupInstances_AdhocBackup`).
const BESIDE: [(&str, &str); 1] = [(
    "/providers/microsoft.dataprotection/",
    r#"{"operations": {"POST /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.DataProtection/backupVaults/{vaultName}/backupInstances/{backupInstanceName}/backup":
        {"answers": {"200": {"$ref": "OperationJobExtendedInfo"}, "default": {"$ref": "CloudError"}}, "api-version": "2026-06-01",
        "body": {"required": true, "schema": {"$ref": "TriggerBackupRequest"}}, "path": {"subscriptionId": {"format": "uuid"}},
        "query": ["api-version"]}},
    "definitions": {
        "TriggerBackupRequest": {"type": "object", "required": ["backupRuleOptions"],
            "properties": {"backupRuleOptions": {"$ref": "AdHocBackupRuleOptions"}}},
        "AdHocBackupRuleOptions": {"type": "object", "required": ["ruleName", "triggerOption"],
            "properties": {"ruleName": {"type": "string"}, "triggerOption": {"$ref": "AdhocBackupTriggerOption"}}},
        "AdhocBackupTriggerOption": {"type": "object", "properties": {"retentionTagOverride": {"type": "string"}}}}}"#,
)];
/// Names in the query of URLs that Azure gives out and that are not a client's to choose.
const SIGNATURE: &[&str] = &["t", "c", "s", "h"];

/// Fails the test that calls it if a request of the journal breaks the contract or is not modelled by the simulator.
/// Call it at the end of every test in which the product talks to the simulator.
pub fn check(journal: &Journal) {
    let mut broken: Vec<String> =
        journal.unmodelled().into_iter().map(|request| format!("not modelled by the simulator: {request}")).collect();
    broken.extend(violations(journal));
    assert!(broken.is_empty(), "requests that Azure would not have understood:\n{}", broken.join("\n"));
}

/// What is wrong with the requests of the journal.
pub fn violations(journal: &Journal) -> Vec<String> {
    let mut violations = Vec::new();
    for entry in &journal.entries {
        let path = entry.path.to_lowercase();
        let concerned = descriptions().iter().filter(|description| path.contains(description.namespace));
        violations.extend(concerned.flat_map(|description| description.violations(entry)));
    }
    violations
}

/// Every description, read once.
fn descriptions() -> &'static [Description] {
    static DESCRIPTIONS: OnceLock<Vec<Description>> = OnceLock::new();
    DESCRIPTIONS.get_or_init(|| {
        let read = |(namespace, text): &(&'static str, &str)| {
            let mut description = Description::read(namespace, text);
            for (_, beside) in BESIDE.iter().filter(|(own, _)| own == namespace) {
                let Description { operations, definitions, .. } = Description::read(namespace, beside);
                description.operations.extend(operations);
                description.definitions.extend(definitions);
            }
            description
        };
        SERVICES.iter().map(read).collect()
    })
}

/// The description of Backup vaults.
#[cfg(test)]
fn data_protection() -> &'static Description {
    &descriptions()[0]
}

/// What one service understands.
struct Description {
    namespace: &'static str,
    /// By method and path: `GET /subscriptions/{subscriptionId}/…`.
    operations: Map<String, Value>,
    /// The shapes that operations and other shapes refer to.
    definitions: Map<String, Value>,
}

/// An operation with the path it stands at.
struct DescribedOperation<'a> {
    template: &'a str,
    operation: &'a Value,
}

impl Description {
    fn read(namespace: &'static str, text: &str) -> Self {
        let mut table: Value = serde_json::from_str(text).expect("extract.py writes JSON");
        let mut part = |name: &str| match table[name].take() {
            Value::Object(part) => part,
            _ => panic!("the table of {namespace} has no {name}"),
        };
        Self { namespace, operations: part("operations"), definitions: part("definitions") }
    }

    fn violations(&self, entry: &Entry) -> Vec<String> {
        let mut problems = Vec::new();
        match self.operation(&entry.method, &entry.path) {
            None => problems.push("is no operation of the service".to_owned()),
            Some(found) => {
                check_path(entry, &found, &mut problems);
                check_query(entry, &found, &mut problems);
                self.check_body(entry, &found, &mut problems);
                check_headers(entry, &found, &mut problems);
            }
        }
        problems.into_iter().map(|what| format!("{} {} {}: {what}", entry.number, entry.method, entry.path)).collect()
    }

    fn operation(&self, method: &str, path: &str) -> Option<DescribedOperation<'_>> {
        self.operations.iter().find_map(|(name, operation)| {
            let (own_method, template) = name.split_once(' ')?;
            bindings(template, path).filter(|_| own_method.eq_ignore_ascii_case(method))?;
            Some(DescribedOperation { template, operation })
        })
    }

    fn check_body(&self, entry: &Entry, found: &DescribedOperation<'_>, problems: &mut Vec<String>) {
        let Some(wanted) = found.operation.get("body") else {
            if entry.has_body {
                problems.push("has a body where none belongs".to_owned());
            }
            return;
        };
        match &entry.body {
            None if entry.has_body => problems.push("has a body that is not JSON".to_owned()),
            None if wanted["required"] == true => problems.push("has no body".to_owned()),
            None => {}
            Some(body) => problems.extend(self.problems(body, &wanted["schema"], Direction::Request, "body")),
        }
    }

    fn problems(&self, value: &Value, schema: &Value, direction: Direction, at: &str) -> Vec<String> {
        let mut checker = Checker::new(&self.definitions, direction);
        checker.check(value, schema, at);
        checker.problems
    }
}

fn check_path(entry: &Entry, found: &DescribedOperation<'_>, problems: &mut Vec<String>) {
    let bound = bindings(found.template, &entry.path).unwrap_or_default();
    for (name, limits) in found.operation["path"].as_object().into_iter().flatten() {
        let Some((_, value)) = bound.iter().find(|(own, _)| own == name) else { continue };
        let length = value.chars().count() as u64;
        if limits["minLength"].as_u64().is_some_and(|least| length < least)
            || limits["maxLength"].as_u64().is_some_and(|most| length > most)
        {
            problems.push(format!("{name} has a length of {length}"));
        }
        if limits["format"] == "uuid" && uuid::Uuid::parse_str(value).is_err() {
            problems.push(format!("{name} is not a UUID"));
        }
        match limits["pattern"].as_str() {
            None => {}
            Some("^[A-Za-z][-A-Za-z0-9]*[A-Za-z0-9]$") if is_vault_name(value) => {}
            Some(SQL_SERVER_NAME) if is_sql_server_name(value) => {}
            Some(SQL_DATABASE_NAME) if is_sql_database_name(&decoded(value)) => {}
            Some(pattern) => problems.push(format!("{name} {value:?} does not match, or nobody can read, {pattern}")),
        }
    }
}

fn check_query(entry: &Entry, found: &DescribedOperation<'_>, problems: &mut Vec<String>) {
    let version = found.operation["api-version"].as_str();
    // One and the same URL leads to a vault and to its copy, by the version alone; the description has it once
    // (docs/reference/azure-recovery-services.md#secondary-region).
    let of_copy = found.template.ends_with("/protectedItems/{protectedItemName}/recoveryPoints/{recoveryPointId}")
        && entry.api_version.as_deref() == Some("2023-01-15");
    if entry.api_version.as_deref() != version && !of_copy {
        problems.push(format!("asks for api-version {:?}, the description is of {version:?}", entry.api_version));
    }
    let template = found.template.to_lowercase();
    let kinds = [
        "/operationstatus/",
        "/operationsstatus/",
        "/operationresults/",
        "/backupoperationresults/",
        "/backupcrroperationsstatus/",
        "/backupcrroperationresults/",
        "/backupvalidateoperationsstatuses/",
        "/backupvalidateoperationresults/",
        "/getrpextendedinfooperationresult/",
        "/databaseazureasyncoperation/",
        "/databaseoperationresults/",
    ];
    let is_operation = kinds.iter().any(|kind| template.contains(kind));
    for name in &entry.query_names {
        // A `nextLink` may hold it where the description has no word of it.
        let is_list = found.operation["list"] == true;
        let given_out = (is_operation && SIGNATURE.contains(&name.as_str()))
            || (is_list && name.eq_ignore_ascii_case("$skipToken"));
        if !given_out && !names(found.operation, "query").any(|known| known == name) {
            problems.push(format!("query parameter {name} is not known"));
        }
    }
}

fn check_headers(entry: &Entry, found: &DescribedOperation<'_>, problems: &mut Vec<String>) {
    let takes_other_tokens = names(found.operation, "headers").any(|name| name == "x-ms-authorization-auxiliary");
    if entry.auxiliary != Bearer::Absent && !takes_other_tokens {
        problems.push("shows a token of another tenant to a call that takes none".to_owned());
    }
    let says_json = |header: &Option<String>| {
        header.as_deref().is_some_and(|value| value.to_ascii_lowercase().contains("application/json"))
    };
    if !says_json(&entry.accept) {
        problems.push(format!("accepts {:?} and not application/json", entry.accept));
    }
    if entry.has_body && !says_json(&entry.content_type) {
        problems.push(format!("has a body of type {:?}", entry.content_type));
    }
}

/// The names of an operation's parameters in one place.
fn names<'a>(operation: &'a Value, place: &str) -> impl Iterator<Item = &'a str> {
    operation[place].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// What stands in `path` where `template` has names in braces; `None`: the path is of another form. Words of the path
/// match without case, as Resource Manager's do.
fn bindings<'a>(template: &'a str, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut bound = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(bound),
            (Some(word), Some(value)) => match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
                Some(_) if value.is_empty() => return None,
                Some(name) => bound.push((name, value)),
                None if word.eq_ignore_ascii_case(value) => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

const SQL_SERVER_NAME: &str = "^[a-z0-9]+(-*[a-z0-9]+)*$";
const SQL_DATABASE_NAME: &str = r"^[^<>*%&:\\\/?\x00-\x1F]*[^.<>*%&:\\\/?\s\x00-\x1F]$";

fn is_sql_server_name(name: &str) -> bool {
    let is_own = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.starts_with(is_own) && name.ends_with(is_own) && name.chars().all(|letter| is_own(letter) || letter == '-')
}

fn is_sql_database_name(name: &str) -> bool {
    let none = |letter: char| "<>*%&:\\/?".contains(letter) || letter < ' ';
    !name.is_empty() && !name.contains(none) && !name.ends_with(|last: char| last == '.' || last.is_whitespace())
}

/// A segment of a path as the service reads it.
fn decoded(segment: &str) -> String {
    crate::simulator::Request::new("GET", format!("/{segment}")).segments().remove(0)
}

fn is_vault_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.chars().count() > 1
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

#[cfg(test)]
mod extract;
#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
