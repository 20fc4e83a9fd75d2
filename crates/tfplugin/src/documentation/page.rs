//! One page: Markdown in the order in which the registry's readers look for things.

use std::fmt::Write as _;

use super::examples::{Example, Examples};
use super::{PageKind, PageSubject};
use crate::schema::{Attribute, Block, Change, Mode, Nesting, Shape, Type};

/// A line of the front matter, by which a generated page is known.
pub(super) const MARK: &str = "# Made by `make docs` from the schema and from examples/. What is changed here is lost.";

/// The block that gets a section of its own.
const TIMEOUTS: &str = "timeouts";

/// The page of `subject`.
pub(super) fn of(subject: &PageSubject<'_>, examples: &Examples) -> String {
    let schema = subject.schema;
    let title = match subject.kind {
        PageKind::Provider => format!("Provider: {}", subject.name),
        kind => format!("{} {} - {}", subject.name, kind.noun(), subject.provider()),
    };
    let summary = schema.description.trim().split("\n\n").next().unwrap_or_default();
    let mut page = front_matter(&title, summary);
    match subject.kind {
        PageKind::Provider => section(&mut page, &format!("# {} Provider", subject.name)),
        kind => section(&mut page, &format!("# {} ({})", subject.name, kind.noun())),
    }
    if let Some(message) = &schema.deprecated {
        section(&mut page, &format!("~> **Deprecated.** {message}"));
    }
    section(&mut page, schema.description.trim());

    section(&mut page, "## Example Usage");
    for example in examples.configurations(&subject.examples(), subject.kind.first_example()) {
        show(&mut page, &example, "terraform");
    }
    arguments(&mut page, subject);
    results(&mut page, subject);
    timeouts(&mut page, &schema.blocks);
    imports(&mut page, subject, examples);
    page
}

/// The command first, then the blocks, which need Terraform 1.5.
fn imports(page: &mut String, subject: &PageSubject<'_>, examples: &Examples) {
    let (command, blocks) = (examples.import(&subject.examples()), examples.import_blocks(&subject.examples()));
    if command.is_none() && blocks.is_empty() {
        return;
    }
    section(page, "## Import");
    if !subject.schema.import.is_empty() {
        section(page, subject.schema.import.trim());
    }
    if let Some(example) = command {
        show(page, &example, "shell");
    }
    for example in blocks {
        show(page, &example, "terraform");
    }
}

/// The head of a page; `summary` is Markdown.
pub(super) fn front_matter(title: &str, summary: &str) -> String {
    let summary = plain(summary).replace('\n', "\n  ");
    format!("---\n{MARK}\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {summary}\n---\n")
}

/// Markdown without its marks, which the registry shows as they are in a summary.
fn plain(markdown: &str) -> String {
    let mut in_code = false;
    let mut text = String::new();
    for character in markdown.chars() {
        match character {
            '`' => in_code = !in_code,
            '*' if !in_code => {}
            _ => text.push(character),
        }
    }
    text
}

/// A paragraph, a heading or a list, set off by an empty line.
pub(super) fn section(page: &mut String, text: &str) {
    let _ = write!(page, "\n{}\n", text.trim_end());
}

pub(super) fn show(page: &mut String, example: &Example, language: &str) {
    if !example.prose.is_empty() {
        section(page, &example.prose);
    }
    section(page, &format!("```{language}\n{}\n```", example.code));
}

fn arguments(page: &mut String, subject: &PageSubject<'_>) {
    let schema = subject.schema;
    let mut items: Vec<Item<'_>> =
        schema.attributes.iter().filter(|attribute| attribute.is_configurable()).map(Item::of).collect();
    if schema.every_change_declared {
        // Where each argument has been decided on, replacing is the rule: the description tells it, and what is an exception.
        items.iter_mut().for_each(|item| item.tells_replacement = false);
    }
    items.extend(schema.blocks.iter().filter(|block| block.name != TIMEOUTS).map(Item::of_block));
    section(page, "## Argument Reference");
    if items.is_empty() {
        section(page, "There are no arguments.");
    }
    list(page, &items, "nested");
}

fn results(page: &mut String, subject: &PageSubject<'_>) {
    let computed = subject.schema.attributes.iter().filter(|attribute| !attribute.is_configurable());
    let items: Vec<Item<'_>> = computed.map(Item::of).collect();
    if items.is_empty() {
        return;
    }
    section(page, "## Attribute Reference");
    section(page, "Beside the arguments, these can be read:");
    list(page, &items, "nested");
}

fn timeouts(page: &mut String, blocks: &[Block]) {
    let Some(block) = blocks.iter().find(|block| block.name == TIMEOUTS) else { return };
    section(page, "## Timeouts");
    section(page, &format!("The block `{TIMEOUTS}`: {}", block.description));
    let items: Vec<Item<'_>> = block.attributes.iter().map(Item::of).collect();
    list(page, &items, TIMEOUTS);
}

/// A line of a list, and what is nested in it.
pub(super) struct Item<'a> {
    name: &'a str,
    facts: Vec<String>,
    requires_replace: bool,
    /// Whether such facts are told of it, and of what is nested in it.
    tells_replacement: bool,
    description: &'a str,
    deprecated: Option<&'a str>,
    attributes: &'a [Attribute],
    blocks: &'a [Block],
}

impl<'a> Item<'a> {
    pub(super) fn of(attribute: &'a Attribute) -> Self {
        let mode = match attribute.mode {
            Mode::Required => Some("Required"),
            Mode::Optional | Mode::OptionalComputed => Some("Optional"),
            Mode::Computed => None,
        };
        let (of_type, attributes) = match &attribute.shape {
            Shape::Plain(of_type) => (type_name(of_type), [].as_slice()),
            Shape::Nested(nesting, attributes) => (nested_name(*nesting, "Object").to_owned(), attributes.as_slice()),
        };
        let mut facts: Vec<String> = mode.map(str::to_owned).into_iter().collect();
        facts.push(of_type);
        facts.extend(attribute.sensitive.then(|| "Sensitive".to_owned()));
        facts.extend(attribute.write_only.then(|| "Write-only".to_owned()));
        Self {
            name: &attribute.name,
            facts,
            requires_replace: attribute.change == Some(Change::RequiresReplace),
            tells_replacement: true,
            description: &attribute.description,
            deprecated: attribute.deprecated.as_deref(),
            attributes,
            blocks: &[],
        }
    }

    fn of_block(block: &'a Block) -> Self {
        let mode = if block.min_items > 0 { "Required" } else { "Optional" };
        Self {
            name: &block.name,
            facts: vec![mode.to_owned(), nested_name(block.nesting, "Block").to_owned()],
            requires_replace: false,
            tells_replacement: true,
            description: &block.description,
            deprecated: block.deprecated.as_deref(),
            attributes: &block.attributes,
            blocks: &block.blocks,
        }
    }

    /// What stands in brackets behind its name.
    fn facts(&self) -> String {
        let mut facts = self.facts.join(", ");
        if self.requires_replace && self.tells_replacement {
            facts.push_str(", Replaces the resource when changed");
        }
        facts
    }

    fn has_members(&self) -> bool {
        !self.attributes.is_empty() || !self.blocks.is_empty()
    }
}

/// The items, then a section for each that holds objects. `anchor` makes the names of those sections unique.
pub(super) fn list(page: &mut String, items: &[Item<'_>], anchor: &str) {
    let mut text = String::new();
    for item in items {
        let _ = write!(text, "- `{}` ({}) {}", item.name, item.facts(), item.description.trim().replace('\n', "\n  "));
        if let Some(message) = item.deprecated {
            let _ = write!(text, " **Deprecated.** {message}");
        }
        if item.has_members() {
            let _ = write!(text, " See [below](#{anchor}--{}).", item.name);
        }
        text.push('\n');
    }
    if !text.is_empty() {
        section(page, &text);
    }
    for item in items.iter().filter(|item| item.has_members()) {
        let anchor = format!("{anchor}--{}", item.name);
        let path = anchor.split("--").skip(1).collect::<Vec<_>>().join(".");
        section(page, &format!("<a id=\"{anchor}\"></a>\n### `{path}`"));
        let mut members: Vec<Item<'_>> = item.attributes.iter().map(Item::of).collect();
        members.extend(item.blocks.iter().map(Item::of_block));
        members.iter_mut().for_each(|member| member.tells_replacement = item.tells_replacement);
        list(page, &members, &anchor);
    }
}

pub(super) fn type_name(of_type: &Type) -> String {
    match of_type {
        Type::String => "String".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::Dynamic => "Any type".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

fn nested_name(nesting: Nesting, noun: &str) -> String {
    match nesting {
        Nesting::Single => noun.to_owned(),
        Nesting::List => format!("List of {noun}"),
        Nesting::Set => format!("Set of {noun}"),
        Nesting::Map => format!("Map of {noun}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    const PAGE: &str = r#"---
# Made by `make docs` from the schema and from examples/. What is changed here is lost.
page_title: "cloud_thing Resource - cloud"
subcategory: ""
description: |-
  A thing of X_*.
---

# cloud_thing (Resource)

A *thing* of `X_*`.

More of it.

## Example Usage

One.

```terraform
thing {}
```

## Argument Reference

- `name` (Required, String, Replaces the resource when changed) Its name.
- `secret` (Optional, String, Sensitive) Shh. **Deprecated.** Use `name`.
- `parts` (Optional, List of Object) Its parts. See [below](#nested--parts).
- `pair` (Required, List of Block) Two of them. See [below](#nested--pair).

<a id="nested--parts"></a>
### `parts`

- `inner` (Required, Object) Deeper. See [below](#nested--parts--inner).

<a id="nested--parts--inner"></a>
### `parts.inner`

- `words` (Optional, Map of List of String) Words.

<a id="nested--pair"></a>
### `pair`

- `left` (Optional, Boolean) One.

## Attribute Reference

Beside the arguments, these can be read:

- `size` (Number) How big.

## Timeouts

The block `timeouts`: Limits.

- `create` (Optional, String) How long.

## Import

All but the *name*.

By id.

```shell
terraform import x y
```

In a configuration.

```terraform
import {}
```
"#;

    #[test]
    fn a_page_tells_all_that_the_schema_tells() {
        let inner = vec![Attribute::map_of("words", Type::list(Type::String)).description("Words.")];
        let parts = vec![Attribute::object("inner", inner).required().description("Deeper.")];
        let mut pair =
            Block::list("pair", vec![Attribute::bool("left").description("One.")]).description("Two of them.");
        pair.min_items = 2;
        let schema = Schema::new(
            "A *thing* of `X_*`.\n\nMore of it.",
            vec![
                Attribute::string("name").required().requires_replace().description("Its name."),
                Attribute::string("secret").sensitive().deprecated("Use `name`.").description("Shh."),
                Attribute::objects("parts", parts).description("Its parts."),
                Attribute::number("size").computed().description("How big."),
            ],
        )
        .block(pair)
        .block(
            Block::single("timeouts", vec![Attribute::string("create").description("How long.")])
                .description("Limits."),
        )
        .import("All but the *name*.");
        let subject = PageSubject { kind: PageKind::Resource, name: "cloud_thing", schema: &schema };
        let examples = Examples::of([
            ("resources/cloud_thing/resource.tf".to_owned(), "# One.\nthing {}\n".to_owned()),
            ("resources/cloud_thing/import.sh".to_owned(), "# By id.\nterraform import x y\n".to_owned()),
            (
                "resources/cloud_thing/import-by-string-id.tf".to_owned(),
                "# In a configuration.\nimport {}\n".to_owned(),
            ),
        ]);
        assert_eq!(of(&subject, &examples), PAGE);
    }
}
