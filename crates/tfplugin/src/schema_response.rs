//! The answer to GetProviderSchema, encoded once per process.

use prost::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType, skip_field};
use prost::{DecodeError, Message};

/// A `GetProviderSchema.Response` in its encoded form. Clones share the bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaResponse(Bytes);

impl SchemaResponse {
    /// Encodes the answer, given as parts, each a `GetProviderSchema.Response` with some of its fields: encoded one after
    /// the other, messages are their union. Only one part is in memory at a time: with a thousand attributes the first
    /// process of a plan touches a hundred pages less of a heap that grows page by page.
    pub fn new(parts: impl IntoIterator<Item = impl Message>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            part.encode_raw(&mut bytes);
        }
        Self(bytes.into())
    }
}

/// Encoding copies the bytes. Nothing ever decodes into this type: a client decodes the message proper.
impl Message for SchemaResponse {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.0);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        skip_field(wire_type, tag, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::tfplugin6::get_provider_schema::Response;
    use crate::proto::tfplugin6::{Schema, ServerCapabilities};

    #[test]
    fn the_encoded_answer_has_what_is_in_its_parts() {
        let capabilities = ServerCapabilities { plan_destroy: true, ..Default::default() };
        let schemas = |names: &[&str]| -> std::collections::HashMap<String, Schema> {
            let one = |name: &&str| ((*name).to_owned(), Schema { version: name.len() as i64, block: None });
            names.iter().map(one).collect()
        };
        let parts = [
            Response { server_capabilities: Some(capabilities), ..Default::default() },
            Response { resource_schemas: schemas(&["a_one"]), ..Default::default() },
            Response { resource_schemas: schemas(&["a_two", "a_three"]), ..Default::default() },
        ];
        let encoded = SchemaResponse::new(parts).encode_to_vec();
        let whole = Response {
            server_capabilities: Some(capabilities),
            resource_schemas: schemas(&["a_one", "a_two", "a_three"]),
            ..Default::default()
        };
        assert_eq!(Response::decode(encoded.as_slice()).unwrap(), whole);
        assert_eq!(encoded.len(), whole.encoded_len());
    }
}
