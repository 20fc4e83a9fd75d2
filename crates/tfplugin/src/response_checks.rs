//! What of a resource's answer may go to Terraform to be stored. Terraform drops or taints objects whose answers break
//! its rules, so a slip of a resource is mended here and told as an error.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::path::Path;
use super::private::Private;
use super::resource::{Applied, ReadOutcome};
use super::schema::{Attribute, Block, Nesting, Schema, Shape};
use super::value::Value;

/// What Terraform is told of a create: without unknown and write-only values, and never neither an object nor an error.
pub fn after_create(applied: Applied, schema: &Schema) -> Applied {
    let Applied { state, private, mut diagnostics, identity } = applied;
    let state = storable(state, schema, &mut diagnostics);
    if state.is_none() && !diagnostics.has_errors() {
        diagnostics.push(bug("Nothing was said about the new object", "Neither an object nor an error came back."));
    }
    Applied { state, private, diagnostics, identity }
}

/// What Terraform is told of an update. Without an object the one in state stays, with its private bytes; `planned` are those of the
/// plan and stay with a changed object whose update failed before it said anything about them.
pub fn after_update(applied: Applied, planned: Private, schema: &Schema) -> Applied {
    let Applied { state, mut private, mut diagnostics, identity } = applied;
    let state = storable(state, schema, &mut diagnostics);
    if state.is_none() && !diagnostics.has_errors() {
        diagnostics.push(bug("Nothing was said about the changed object", "Neither an object nor an error came back."));
    }
    if diagnostics.has_errors() && private.is_empty() {
        private = planned;
    }
    Applied { state, private, diagnostics, identity }
}

/// What Terraform is told of a refresh. No object means that it is gone, and is no error.
pub fn after_read(outcome: ReadOutcome, schema: &Schema) -> ReadOutcome {
    let ReadOutcome { state, private, mut diagnostics, identity } = outcome;
    let state = storable(state, schema, &mut diagnostics);
    ReadOutcome { state, private, diagnostics, identity }
}

/// An object without unknown and write-only values; `None` where there is none. What was unknown is an error, unless
/// there is one already: then it is plain that the object is not what it should be.
pub fn storable(state: Option<Value>, schema: &Schema, diagnostics: &mut Diagnostics) -> Option<Value> {
    let mut state = state.filter(|state| !state.is_null())?;
    schema.fill_absent(&mut state);
    forget_write_only(&mut state, &schema.attributes, &schema.blocks);
    let failed = diagnostics.has_errors();
    for path in state.replace_unknowns_with_null() {
        if !failed {
            diagnostics.push(bug("A value is still unknown", "It should be known by now.").at(path));
        }
    }
    Some(state)
}

fn bug(summary: &str, detail: &str) -> Diagnostic {
    Diagnostic::error(summary, format!("{detail} This is a bug in the provider."))
}

fn forget_write_only(object: &mut Value, attributes: &[Attribute], blocks: &[Block]) {
    let Value::Map(members) = object else { return };
    for attribute in attributes {
        match members.get_mut(&attribute.name) {
            Some(member) if attribute.write_only => *member = Value::Null,
            Some(member) => {
                if let Shape::Nested(nesting, nested) = &attribute.shape {
                    each_object(member, *nesting, |object| forget_write_only(object, nested, &[]));
                }
            }
            None => {}
        }
    }
    for block in blocks {
        if let Some(member) = members.get_mut(&block.name) {
            each_object(member, block.nesting, |object| forget_write_only(object, &block.attributes, &block.blocks));
        }
    }
}

fn each_object(value: &mut Value, nesting: Nesting, act: impl FnMut(&mut Value)) {
    match (nesting, value) {
        (Nesting::Single, value) => Some(value).into_iter().for_each(act),
        (Nesting::List | Nesting::Set, Value::List(elements)) => elements.iter_mut().for_each(act),
        (Nesting::Map, Value::Map(members)) => members.values_mut().for_each(act),
        _ => {}
    }
}

/// Errors for write-only attributes that `config` sets: for clients that do not know them and would store their values.
pub fn refuse_write_only(config: &Value, schema: &Schema) -> Diagnostics {
    let mut without = config.clone();
    forget_write_only(&mut without, &schema.attributes, &schema.blocks);
    let names = schema.attributes.iter().map(|each| &each.name).chain(schema.blocks.iter().map(|each| &each.name));
    let refuse = |name: &String| {
        let detail = format!(
            "\"{name}\" is write-only, or holds something that is; that needs Terraform 1.11 or OpenTofu 1.11."
        );
        Diagnostic::error("Write-only arguments are not supported by this client", detail).at(Path::attribute(name))
    };
    names.filter(|name| config.get(name) != without.get(name)).map(refuse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let inner = vec![Attribute::string("plain"), Attribute::string("secret").write_only()];
        Schema::new(
            "",
            vec![
                Attribute::string("id").computed(),
                Attribute::string("secret").write_only(),
                Attribute::objects("list", inner.clone()),
                Attribute::map_of_objects("map", inner.clone()),
            ],
        )
        .block(Block::single("block", inner))
    }

    fn inner() -> Value {
        Value::object([("plain", "p"), ("secret", "s")])
    }

    fn object(id: Value) -> Value {
        Value::object([
            ("id", id),
            ("secret", "s".into()),
            ("list", Value::list([inner()])),
            ("map", Value::object([("k", inner())])),
            ("block", inner()),
        ])
    }

    #[test]
    fn write_only_values_are_null_at_every_depth() {
        let mut diagnostics = Diagnostics::new();
        let state = storable(Some(object("1".into())), &schema(), &mut diagnostics).unwrap();
        let clean = Value::object([("plain", Value::from("p")), ("secret", Value::Null)]);
        assert_eq!(state.get("secret"), &Value::Null);
        assert_eq!(state.get("list"), &Value::list([clean.clone()]));
        assert_eq!(state.get("map"), &Value::object([("k", clean.clone())]));
        assert_eq!(state.get("block"), &clean);
        assert!(diagnostics.is_empty());
    }

    #[test]
    fn write_only_values_are_found_by_their_outermost_attribute() {
        let refused = refuse_write_only(&object(Value::Null), &schema());
        let paths: Vec<_> = refused.iter().filter_map(|each| each.path.as_ref().map(Path::to_string)).collect();
        assert_eq!(paths, ["secret", "list", "map", "block"]);
        assert!(refuse_write_only(&schema().null_object(), &schema()).is_empty());
    }

    #[test]
    fn an_unknown_left_over_becomes_null_and_an_error_at_its_place() {
        let applied = Applied { state: Some(object(Value::unknown())), ..Default::default() };
        let checked = after_create(applied, &schema());
        assert_eq!(checked.state.unwrap().get("id"), &Value::Null);
        let paths: Vec<_> = checked.diagnostics.iter().map(|each| each.path.clone()).collect();
        assert_eq!(paths, [Some(Path::attribute("id"))]);
    }

    #[test]
    fn beside_an_error_an_unknown_is_no_further_error() {
        let failed = Diagnostic::error("the create failed", "");
        let applied =
            Applied { state: Some(object(Value::unknown())), diagnostics: failed.into(), ..Default::default() };
        let checked = after_create(applied, &schema());
        assert_eq!(checked.diagnostics.len(), 1);
        assert!(checked.state.unwrap().is_wholly_known());
    }

    #[test]
    fn success_without_an_object_is_an_error() {
        assert!(after_create(Applied::default(), &schema()).diagnostics.has_errors());
        assert!(after_update(Applied::default(), Private::default(), &schema()).diagnostics.has_errors());
        let null = Applied { state: Some(Value::Null), ..Default::default() };
        assert_eq!(after_create(null, &schema()).state, None);
    }

    #[test]
    fn a_failed_update_that_says_nothing_about_its_private_bytes_keeps_those_of_the_plan() {
        let planned = Private::from_bytes(b"planned".to_vec());
        let failed = |private| Applied {
            state: Some(object("1".into())),
            private,
            diagnostics: Diagnostic::error("the update failed", "").into(),
            identity: None,
        };
        assert_eq!(after_update(failed(Private::default()), planned.clone(), &schema()).private, planned);
        let own = Private::from_bytes(b"own".to_vec());
        assert_eq!(after_update(failed(own.clone()), planned.clone(), &schema()).private, own);
        let succeeded = Applied { state: Some(object("1".into())), ..Default::default() };
        assert!(after_update(succeeded, planned, &schema()).private.is_empty());
    }
}
