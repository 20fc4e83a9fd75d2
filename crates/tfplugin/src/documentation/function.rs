//! The page of a function.

use super::examples::Examples;
use super::page::{Item, front_matter, list, section, show, type_name};
use crate::function::{Definition, Function, Parameter};

/// The folder of the pages and of the examples; the registry prescribes both.
const FOLDER: &str = "functions";

/// The example that stands first; without it a page is not complete.
const FIRST_EXAMPLE: &str = "function.tf";

/// True of every function, and the reason why one may fail to be found.
const CLIENTS: &str = "-> Functions need Terraform 1.8 or OpenTofu 1.7, or later versions. With older versions, you \
                       can use everything else of the provider.";

/// Its page below `docs/`.
pub(super) fn path(function: &dyn Function) -> String {
    format!("{FOLDER}/{}.md", function.name())
}

/// Its folder below `examples/`.
fn folder(function: &dyn Function) -> String {
    format!("{FOLDER}/{}", function.name())
}

/// What its page would lack.
pub(super) fn missing(function: &dyn Function, examples: &Examples) -> Vec<String> {
    let (name, definition) = (function.name(), function.definition());
    let example = format!("{}/{FIRST_EXAMPLE}", folder(function));
    let mut missing = Vec::new();
    if !examples.has(&example) {
        missing.push(format!("examples/{example}"));
    }
    if definition.summary.trim().is_empty() || definition.description.trim().is_empty() {
        missing.push(format!("a summary and a description of {name}"));
    }
    let parameters = definition.parameters.iter().chain(&definition.variadic);
    let untold = parameters.filter(|parameter| parameter.description.trim().is_empty());
    missing.extend(untold.map(|parameter| format!("a description of {} of {name}", parameter.name)));
    let mut paths = Vec::new();
    super::undescribed(&definition.returns.attributes, &[], "", &mut paths);
    missing.extend(paths.iter().map(|path| format!("a description of {path} of {name}")));
    missing
}

/// The page.
pub(super) fn of(function: &dyn Function, provider: &str, examples: &Examples) -> String {
    let (name, definition) = (function.name(), function.definition());
    let mut page = front_matter(&format!("{name} function - {provider}"), &definition.summary);
    section(&mut page, &format!("# {name} (Function)"));
    if let Some(message) = &definition.deprecated {
        section(&mut page, &format!("~> **Deprecated.** {message}"));
    }
    section(&mut page, definition.description.trim());
    section(&mut page, CLIENTS);
    section(&mut page, "## Example Usage");
    for example in examples.configurations(&folder(function), FIRST_EXAMPLE) {
        show(&mut page, &example, "terraform");
    }
    section(&mut page, "## Signature");
    section(&mut page, &format!("```text\n{}\n```", signature(name, provider, definition)));
    section(&mut page, "## Arguments");
    section(&mut page, &arguments(definition));
    section(&mut page, "## Result");
    let attributes: Vec<Item<'_>> = definition.returns.attributes.iter().map(Item::of).collect();
    if attributes.is_empty() {
        section(&mut page, &format!("{}.", type_name(&definition.returns.of_type)));
    } else {
        section(&mut page, "An object:");
        list(&mut page, &attributes, "result");
    }
    page
}

fn signature(name: &str, provider: &str, definition: &Definition) -> String {
    let one = |parameter: &Parameter| format!("{} {}", parameter.name, type_name(&parameter.of_type).to_lowercase());
    let mut parameters: Vec<String> = definition.parameters.iter().map(one).collect();
    parameters.extend(definition.variadic.as_ref().map(|parameter| format!("{}...", one(parameter))));
    let returns = type_name(&definition.returns.of_type).to_lowercase();
    format!("provider::{provider}::{name}({}) {returns}", parameters.join(", "))
}

/// A numbered list.
fn arguments(definition: &Definition) -> String {
    let described = |parameter: &Parameter, more: &str| {
        let null = if parameter.allow_null { ", may be null" } else { "" };
        let of_type = type_name(&parameter.of_type);
        let description = parameter.description.trim().replace('\n', "\n   ");
        format!("`{}` ({of_type}{null}{more}) {description}", parameter.name)
    };
    let mut items: Vec<String> = definition.parameters.iter().map(|parameter| described(parameter, "")).collect();
    items.extend(definition.variadic.as_ref().map(|parameter| described(parameter, ", any number of them")));
    if items.is_empty() {
        return "There are no arguments.".to_owned();
    }
    let numbered = items.iter().enumerate().map(|(index, item)| format!("{}. {item}\n", index + 1));
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{FunctionError, Returns};
    use crate::schema::{Attribute, Type};
    use crate::value::Value;

    struct Split(Definition);

    impl Function for Split {
        fn name(&self) -> &'static str {
            "split_thing"
        }

        fn definition(&self) -> &Definition {
            &self.0
        }

        fn call(&self, _: &[Value]) -> Result<Value, FunctionError> {
            Err(FunctionError::new("not here"))
        }
    }

    fn examples() -> Examples {
        let text = "# One.\noutput \"x\" {}\n".to_owned();
        Examples::of([("functions/split_thing/function.tf".to_owned(), text)])
    }

    const PAGE: &str = r#"---
# Made by `make docs` from the schema and from examples/. What is changed here is lost.
page_title: "split_thing function - cloud"
subcategory: ""
description: |-
  Splits.
---

# split_thing (Function)

Splits a *thing*.

-> Functions need Terraform 1.8 or OpenTofu 1.7, or later versions. With older versions, you can use everything else of the provider.

## Example Usage

One.

```terraform
output "x" {}
```

## Signature

```text
provider::cloud::split_thing(id string, at list of number...) object
```

## Arguments

1. `id` (String, may be null) What to split.
2. `at` (List of Number, any number of them) Where.

## Result

An object:

- `left` (String) One half.
"#;

    #[test]
    fn a_page_tells_all_that_the_definition_tells() {
        let returns = Returns::object(vec![Attribute::string("left").computed().description("One half.")]);
        let id = Parameter::new("id", Type::String, "What to split.").allow_null();
        let definition = Definition::new("Splits.", "Splits a *thing*.", vec![id], returns).variadic(Parameter::new(
            "at",
            Type::list(Type::Number),
            "Where.",
        ));
        let split = Split(definition);
        assert_eq!(missing(&split, &examples()), [""; 0]);
        assert_eq!(
            (path(&split).as_str(), of(&split, "cloud", &examples()).as_str()),
            ("functions/split_thing.md", PAGE)
        );
    }

    #[test]
    fn a_result_that_is_no_object_is_told_by_its_type() {
        let page = of(&Split(Definition::new("S.", "S.", vec![], Returns::value(Type::Bool))), "cloud", &examples());
        assert!(page.contains("split_thing() boolean\n"), "{page}");
        assert!(page.contains("There are no arguments.\n") && page.ends_with("## Result\n\nBoolean.\n"), "{page}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let returns = Returns::object(vec![Attribute::string("left").computed()]);
        let definition = Definition::new("", "", vec![Parameter::new("id", Type::String, " ")], returns);
        assert_eq!(
            missing(&Split(definition), &Examples::default()),
            [
                "examples/functions/split_thing/function.tf",
                "a summary and a description of split_thing",
                "a description of id of split_thing",
                "a description of left of split_thing",
            ]
        );
    }
}
