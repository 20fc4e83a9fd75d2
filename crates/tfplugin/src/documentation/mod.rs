//! The pages of the registry, made of the schemas and of `examples/`: the same input, the same bytes.
//! No sentence about a single resource may enter: what a page says of it stands in its schema or beside its example.

mod examples;
mod folder;
mod function;
mod page;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::examples::Examples;
pub use self::folder::write;

use crate::function::Function;
use crate::provider::{Offering, Provider};
use crate::schema::{Attribute, Block, Schema, Shape};

/// Pages by their paths in the folder of the documentation, with `/`.
pub type Pages = BTreeMap<String, String>;

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// The provider block.
    Provider,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An action.
    Action,
}

impl PageKind {
    /// The folder of its pages and of its examples; the registry prescribes both. None for the provider's page.
    fn folder(self) -> Option<&'static str> {
        match self {
            PageKind::Provider => None,
            PageKind::Resource => Some("resources"),
            PageKind::DataSource => Some("data-sources"),
            PageKind::Action => Some("actions"),
        }
    }

    /// The example that stands first; without it a page is not complete.
    fn first_example(self) -> &'static str {
        match self {
            PageKind::Provider => "provider.tf",
            PageKind::Resource => "resource.tf",
            PageKind::DataSource => "data-source.tf",
            PageKind::Action => "action.tf",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            PageKind::Provider => "Provider",
            PageKind::Resource => "Resource",
            PageKind::DataSource => "Data Source",
            PageKind::Action => "Action",
        }
    }
}

/// One thing that gets a page.
#[derive(Clone, Copy, Debug)]
pub struct PageSubject<'a> {
    /// What it is.
    pub kind: PageKind,
    /// As configurations write it, with the provider's prefix.
    pub name: &'a str,
    /// What its page tells.
    pub schema: &'a Schema,
}

impl PageSubject<'_> {
    /// Its folder below `examples/`.
    fn examples(&self) -> String {
        match self.kind.folder() {
            Some(folder) => format!("{folder}/{}", self.name),
            None => "provider".to_owned(),
        }
    }

    /// Its page below `docs/`; the registry leaves the provider's prefix out.
    fn page(&self) -> String {
        let short = self.name.split_once('_').map_or(self.name, |(_, short)| short);
        match self.kind.folder() {
            Some(folder) => format!("{folder}/{short}.md"),
            None => "index.md".to_owned(),
        }
    }

    /// The provider's name.
    fn provider(&self) -> &str {
        self.name.split_once('_').map_or(self.name, |(provider, _)| provider)
    }
}

/// Why no pages could be made, or written.
#[derive(Debug, thiserror::Error)]
pub enum DocumentationError {
    /// Something that the pages need has not been written.
    #[error("these are missing:\n  - {}", .0.join("\n  - "))]
    Incomplete(Vec<String>),
    /// An example or a page cannot be read.
    #[error("cannot read {0}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// A page cannot be written.
    #[error("cannot write {0}")]
    Unwritable(PathBuf, #[source] std::io::Error),
}

/// The pages of everything that `provider`, called `name` in configurations, offers.
///
/// # Errors
/// [`DocumentationError::Incomplete`] names every example and every description that is missing.
pub fn pages(name: &str, provider: &dyn Provider, examples: &Examples) -> Result<Pages, DocumentationError> {
    let Offering { resources, data_sources, functions, actions } = provider.offering();
    let mut subjects = vec![PageSubject { kind: PageKind::Provider, name, schema: provider.schema() }];
    subjects.extend(resources.iter().map(|resource| PageSubject {
        kind: PageKind::Resource,
        name: resource.type_name(),
        schema: resource.schema(),
    }));
    subjects.extend(data_sources.iter().map(|data_source| PageSubject {
        kind: PageKind::DataSource,
        name: data_source.type_name(),
        schema: data_source.schema(),
    }));
    subjects.extend(actions.iter().map(|action| PageSubject {
        kind: PageKind::Action,
        name: action.type_name(),
        schema: action.schema(),
    }));
    let functions: Vec<&dyn Function> = functions.iter().map(AsRef::as_ref).collect();
    pages_of(name, &subjects, &functions, examples)
}

fn pages_of(
    provider: &str,
    subjects: &[PageSubject<'_>],
    functions: &[&dyn Function],
    examples: &Examples,
) -> Result<Pages, DocumentationError> {
    let mut missing: Vec<String> = subjects.iter().flat_map(|subject| missing(subject, examples)).collect();
    missing.extend(functions.iter().flat_map(|function| function::missing(*function, examples)));
    if !missing.is_empty() {
        return Err(DocumentationError::Incomplete(missing));
    }
    let mut pages: Pages = subjects.iter().map(|subject| (subject.page(), page::of(subject, examples))).collect();
    pages.extend(functions.iter().map(|each| (function::path(*each), function::of(*each, provider, examples))));
    Ok(pages)
}

/// Makes the pages of `provider` and writes them to `folder`, with the examples that are in the folder `examples`.
///
/// # Errors
/// [`DocumentationError`]; nothing is written if something is missing.
pub fn generate(name: &str, provider: &dyn Provider, examples: &Path, folder: &Path) -> Result<(), DocumentationError> {
    write(folder, &pages(name, provider, &Examples::read(examples)?)?)
}

/// What a page of `subject` would lack.
fn missing(subject: &PageSubject<'_>, examples: &Examples) -> Vec<String> {
    let example = format!("{}/{}", subject.examples(), subject.kind.first_example());
    let mut missing = Vec::new();
    if !examples.has(&example) {
        missing.push(format!("examples/{example}"));
    }
    if subject.schema.description.trim().is_empty() {
        missing.push(format!("a description of {}", subject.name));
    }
    let mut paths = Vec::new();
    undescribed(&subject.schema.attributes, &subject.schema.blocks, "", &mut paths);
    missing.extend(paths.iter().map(|path| format!("a description of {path} of {}", subject.name)));
    missing
}

fn undescribed(attributes: &[Attribute], blocks: &[Block], prefix: &str, paths: &mut Vec<String>) {
    for attribute in attributes {
        let path = format!("{prefix}{}", attribute.name);
        if attribute.description.trim().is_empty() {
            paths.push(path.clone());
        }
        if let Shape::Nested(_, attributes) = &attribute.shape {
            undescribed(attributes, &[], &format!("{path}."), paths);
        }
    }
    for block in blocks {
        let path = format!("{prefix}{}", block.name);
        if block.description.trim().is_empty() {
            paths.push(path.clone());
        }
        undescribed(&block.attributes, &block.blocks, &format!("{path}."), paths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(files: &[&str]) -> Examples {
        Examples::of(files.iter().map(|file| ((*file).to_owned(), "# It is.\nx {}\n".to_owned())))
    }

    #[test]
    fn pages_lie_where_the_registry_looks_for_them() {
        let schema = Schema::new("It is.", Vec::new());
        let subject = |kind, name| PageSubject { kind, name, schema: &schema };
        let subjects = [
            subject(PageKind::Provider, "cloud"),
            subject(PageKind::Resource, "cloud_blob_restore"),
            subject(PageKind::DataSource, "cloud_job"),
            subject(PageKind::Action, "cloud_snapshot"),
        ];
        let examples = examples(&[
            "provider/provider.tf",
            "resources/cloud_blob_restore/resource.tf",
            "data-sources/cloud_job/data-source.tf",
            "actions/cloud_snapshot/action.tf",
        ]);
        let pages = pages_of("cloud", &subjects, &[], &examples).unwrap();
        let paths: Vec<&str> = pages.keys().map(String::as_str).collect();
        assert_eq!(paths, ["actions/snapshot.md", "data-sources/job.md", "index.md", "resources/blob_restore.md"]);
    }

    #[test]
    fn what_is_missing_is_named_at_every_depth() {
        let inner = vec![Attribute::string("told").description("It is."), Attribute::string("untold")];
        let schema = Schema::new("", vec![Attribute::objects("outer", inner).description("It is.")])
            .block(Block::single("block", vec![Attribute::bool("flag")]).description("It is."));
        let subject = PageSubject { kind: PageKind::Resource, name: "cloud_x", schema: &schema };
        let Err(DocumentationError::Incomplete(missing)) = pages_of("cloud", &[subject], &[], &examples(&[])) else {
            panic!()
        };
        assert_eq!(
            missing,
            [
                "examples/resources/cloud_x/resource.tf",
                "a description of cloud_x",
                "a description of outer.untold of cloud_x",
                "a description of block.flag of cloud_x",
            ]
        );
    }
}
