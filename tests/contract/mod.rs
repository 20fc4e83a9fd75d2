//! Whether the requests in a journal are ones that the published descriptions of the services allow. Nothing of the
//! product may enter; where the descriptions are not at hand the check says so and passes.

mod schema;

use std::io::Write;
use std::path::Path;
use std::sync::{Once, OnceLock};

use serde_json::Value;

use crate::simulator::entra::Bearer;
use crate::simulator::{Entry, Journal};
use schema::{Checker, Direction};

/// Below the package's folder. The descriptions are too large to be part of it.
const DESCRIPTION: &str = "../shared/reference/azure-dataprotection/openapi.json";
const NAMESPACE: &str = "/providers/microsoft.dataprotection/";
/// Names in the query of URLs that Azure gives out and that are not a client's to choose.
const SIGNATURE: &[&str] = &["t", "c", "s", "h"];

/// Fails the test that calls it if a request of the journal breaks the contract or is not modelled by the simulator.
/// Call it at the end of every test in which the product talks to the simulator.
pub fn check(journal: &Journal) {
    let mut broken: Vec<String> =
        journal.unmodelled().into_iter().map(|request| format!("not modelled by the simulator: {request}")).collect();
    broken.extend(violations(journal).unwrap_or_default());
    assert!(broken.is_empty(), "requests that Azure would not have understood:\n{}", broken.join("\n"));
}

/// What is wrong with the requests of the journal; `None`: the description is not here.
pub fn violations(journal: &Journal) -> Option<Vec<String>> {
    let document = document()?;
    let of_the_service = journal.entries.iter().filter(|entry| entry.path.to_lowercase().contains(NAMESPACE));
    Some(of_the_service.flat_map(|entry| document.violations(entry)).collect())
}

/// The published description, read once. Its absence is told once, past the test harness's capture.
fn document() -> Option<&'static Document> {
    static DOCUMENT: OnceLock<Option<Document>> = OnceLock::new();
    static TOLD: Once = Once::new();
    let document = DOCUMENT.get_or_init(|| {
        let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(DESCRIPTION)).ok()?;
        serde_json::from_slice(&text).ok().map(Document)
    });
    if document.is_none() {
        TOLD.call_once(|| {
            let _ = writeln!(std::io::stderr(), "the contract check was not run: there is no readable {DESCRIPTION}");
        });
    }
    document.as_ref()
}

/// An OpenAPI 2.0 document.
struct Document(Value);

/// An operation of the document with its place in it.
struct Operation<'a> {
    template: &'a str,
    operation: &'a Value,
}

impl Document {
    fn violations(&self, entry: &Entry) -> Vec<String> {
        let mut problems = Vec::new();
        match self.operation(&entry.method, &entry.path) {
            None => problems.push("is no operation of the service".to_owned()),
            Some(found) => {
                self.check_path(entry, &found, &mut problems);
                self.check_query(entry, &found, &mut problems);
                self.check_body(entry, &found, &mut problems);
                self.check_headers(entry, &found, &mut problems);
            }
        }
        problems.into_iter().map(|what| format!("{} {} {}: {what}", entry.number, entry.method, entry.path)).collect()
    }

    fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let paths = self.0["paths"].as_object()?;
        paths.iter().find_map(|(template, operations)| {
            let operation = operations.get(method.to_lowercase())?;
            bindings(template, path).map(|_| Operation { template, operation })
        })
    }

    /// The parameters of one kind, references followed.
    fn parameters<'a>(&'a self, operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
        let own = operation["parameters"].as_array().into_iter().flatten();
        let resolved = own.filter_map(|parameter| match parameter["$ref"].as_str() {
            Some(reference) => self.0["parameters"].get(reference.rsplit('/').next()?),
            None => Some(parameter),
        });
        resolved.filter(move |parameter| parameter["in"] == place)
    }

    fn check_path(&self, entry: &Entry, found: &Operation<'_>, problems: &mut Vec<String>) {
        let bound = bindings(found.template, &entry.path).unwrap_or_default();
        for parameter in self.parameters(found.operation, "path") {
            let name = parameter["name"].as_str().unwrap_or_default();
            let Some((_, value)) = bound.iter().find(|(own, _)| *own == name) else { continue };
            let length = value.chars().count() as u64;
            if parameter["minLength"].as_u64().is_some_and(|least| length < least)
                || parameter["maxLength"].as_u64().is_some_and(|most| length > most)
            {
                problems.push(format!("{name} has a length of {length}"));
            }
            if parameter["format"] == "uuid" && uuid::Uuid::parse_str(value).is_err() {
                problems.push(format!("{name} is not a UUID"));
            }
            match parameter["pattern"].as_str() {
                None => {}
                Some("^[A-Za-z][-A-Za-z0-9]*[A-Za-z0-9]$") if is_vault_name(value) => {}
                Some(pattern) => {
                    problems.push(format!("{name} {value:?} does not match, or nobody can read, {pattern}"))
                }
            }
        }
    }

    fn check_query(&self, entry: &Entry, found: &Operation<'_>, problems: &mut Vec<String>) {
        let version = self.0["info"]["version"].as_str();
        if entry.api_version.as_deref() != version {
            problems.push(format!("asks for api-version {:?}, the description is of {version:?}", entry.api_version));
        }
        let declared: Vec<&str> =
            self.parameters(found.operation, "query").filter_map(|parameter| parameter["name"].as_str()).collect();
        let template = found.template.to_lowercase();
        let is_operation = template.contains("/operationstatus/") || template.contains("/operationresults/");
        for name in &entry.query_names {
            // A `nextLink` may hold it where the description has no word of it.
            let is_list = found.operation.get("x-ms-pageable").is_some();
            let given_out = (is_operation && SIGNATURE.contains(&name.as_str()))
                || (is_list && name.eq_ignore_ascii_case("$skipToken"));
            if !given_out && !declared.contains(&name.as_str()) {
                problems.push(format!("query parameter {name} is not known"));
            }
        }
    }

    fn check_body(&self, entry: &Entry, found: &Operation<'_>, problems: &mut Vec<String>) {
        let Some(parameter) = self.parameters(found.operation, "body").next() else {
            if entry.has_body {
                problems.push("has a body where none belongs".to_owned());
            }
            return;
        };
        match &entry.body {
            None if entry.has_body => problems.push("has a body that is not JSON".to_owned()),
            None if parameter["required"] == true => problems.push("has no body".to_owned()),
            None => {}
            Some(body) => problems.extend(self.problems(body, &parameter["schema"], Direction::Request, "body")),
        }
    }

    fn check_headers(&self, entry: &Entry, found: &Operation<'_>, problems: &mut Vec<String>) {
        let takes_other_tokens = self
            .parameters(found.operation, "header")
            .any(|parameter| parameter["name"] == "x-ms-authorization-auxiliary");
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

    fn problems(&self, value: &Value, schema: &Value, direction: Direction, at: &str) -> Vec<String> {
        let Some(definitions) = self.0["definitions"].as_object() else { return Vec::new() };
        let mut checker = Checker::new(definitions, direction);
        checker.check(value, schema, at);
        checker.problems
    }
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

fn is_vault_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.chars().count() > 1
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
