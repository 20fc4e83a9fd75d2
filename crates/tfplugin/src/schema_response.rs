//! The answer to GetProviderSchema, encoded once per process.

use prost::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType, skip_field};
use prost::{DecodeError, Message};

/// A `GetProviderSchema.Response` in its encoded form. Clones share the bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaResponse(Bytes);

impl SchemaResponse {
    /// Encodes the answer, a `GetProviderSchema.Response`.
    pub fn new(answer: &impl Message) -> Self {
        Self(answer.encode_to_vec().into())
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
    use crate::proto::tfplugin6::{ServerCapabilities, get_provider_schema};

    #[test]
    fn the_encoded_answer_is_the_answer() {
        let capabilities = ServerCapabilities { plan_destroy: true, ..Default::default() };
        let answer = get_provider_schema::Response { server_capabilities: Some(capabilities), ..Default::default() };
        assert_eq!(SchemaResponse::new(&answer).encode_to_vec(), answer.encode_to_vec());
    }
}
