//! Identities of resources.

use super::super::catalog::Catalog;
use super::super::diagnostics::Diagnostics;
use super::super::identity::{IdentityAttribute, IdentitySchema};
use super::super::proto::tfplugin6::resource_identity_schema::IdentityAttribute as WireAttribute;
use super::super::proto::tfplugin6::{ResourceIdentityData, ResourceIdentitySchema, get_resource_identity_schemas};
use super::super::value::Value;
use super::super::wire;
use super::dynamic_value;

/// The schemas of all resources that have an identity.
pub fn schemas(catalog: &Catalog) -> get_resource_identity_schemas::Response {
    let of_resources = catalog.resources.iter().map(|(name, resource)| (*name, resource.thing().identity_schema()));
    let schemas = of_resources.filter_map(|(name, identity)| Some((name.to_owned(), schema(identity?))));
    get_resource_identity_schemas::Response { identity_schemas: schemas.collect(), ..Default::default() }
}

fn schema(schema: &IdentitySchema) -> ResourceIdentitySchema {
    ResourceIdentitySchema { version: 0, identity_attributes: schema.attributes.iter().map(attribute).collect() }
}

fn attribute(attribute: &IdentityAttribute) -> WireAttribute {
    WireAttribute {
        name: attribute.name.clone(),
        r#type: wire::encode_type(&attribute.of_type),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    }
}

/// The identity to store with an object: what the resource gave, else what came with the request, since Terraform forgets
/// one that an answer leaves out. Nothing without a schema: clients stumble over that.
pub fn kept(
    (schema, given, received): (Option<&IdentitySchema>, Option<Value>, Option<ResourceIdentityData>),
    diagnostics: &mut Diagnostics,
) -> Option<ResourceIdentityData> {
    let schema = schema?;
    let Some(identity) = given else { return received };
    match dynamic_value(&identity, &schema.value_type()) {
        Ok(data) => Some(ResourceIdentityData { identity_data: Some(data) }),
        Err(errors) => {
            diagnostics.extend(errors);
            received
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::schema::Type;
    use super::*;

    fn of_a_disk() -> IdentitySchema {
        let (name, description) = ("id".to_owned(), String::new());
        IdentitySchema {
            attributes: vec![IdentityAttribute { name, of_type: Type::String, required_for_import: true, description }],
        }
    }

    fn disk(id: impl Into<Value>) -> Value {
        Value::object([("id", id)])
    }

    fn data(identity: &Value) -> Option<ResourceIdentityData> {
        kept((Some(&of_a_disk()), Some(identity.clone()), None), &mut Diagnostics::new())
    }

    #[test]
    fn an_identity_is_stored_as_it_was_given() {
        let encoded = data(&disk("d1")).unwrap().identity_data.unwrap();
        assert_eq!(wire::decode(&encoded.msgpack, &of_a_disk().value_type()).unwrap(), disk("d1"));
    }

    #[test]
    fn an_identity_that_is_left_out_or_unfit_stays_what_it_was() {
        let (schema, before) = (of_a_disk(), data(&disk("d1")));
        let mut diagnostics = Diagnostics::new();
        assert_eq!(kept((Some(&schema), None, before.clone()), &mut diagnostics), before);
        assert!(diagnostics.is_empty());
        assert_eq!(kept((Some(&schema), Some(disk(5)), before.clone()), &mut diagnostics), before);
        assert!(diagnostics.has_errors());
    }

    #[test]
    fn without_a_schema_no_identity_is_told() {
        assert_eq!(kept((None, Some(disk("d1")), data(&disk("d1"))), &mut Diagnostics::new()), None);
    }

    #[test]
    fn each_attribute_says_whether_an_import_needs_it() {
        let mut identity = of_a_disk();
        let required = schema(&identity).identity_attributes.remove(0);
        assert!(required.required_for_import && !required.optional_for_import);
        identity.attributes[0].required_for_import = false;
        let optional = schema(&identity).identity_attributes.remove(0);
        assert!(!optional.required_for_import && optional.optional_for_import);
        assert_eq!(optional.r#type, b"\"string\"");
    }
}
