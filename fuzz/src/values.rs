//! MessagePack, JSON and types: what is read can be written, and comes back as it was.

use super::{choice, part};
use azurebackup::provider::AzureBackup;
use azurebackup::tfplugin::provider::Provider;
use azurebackup::tfplugin::wire::{decode, decode_json, decode_type, encode, encode_json, encode_type};

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let mut rest = bytes;
    let which = choice(&mut rest);
    let first = part(&mut rest);
    // A type of its own, or else that of a real schema.
    let of_type = match decode_type(first) {
        Ok(of_type) => {
            assert!(decode_type(&encode_type(&of_type)).is_ok_and(|again| again == of_type));
            of_type
        }
        Err(_) => {
            let provider = AzureBackup::system();
            let offering = provider.offering();
            let resources = offering.resources.iter().map(|resource| resource.schema().value_type());
            let data_sources = offering.data_sources.iter().map(|data_source| data_source.schema().value_type());
            let mut types: Vec<_> = resources.chain(data_sources).chain([provider.schema().value_type()]).collect();
            types.remove(which % types.len())
        }
    };
    for value in [decode(rest, &of_type), decode_json(rest, &of_type)].into_iter().flatten() {
        let bytes = encode(&value, &of_type).expect("what was read can be written");
        assert!(decode(&bytes, &of_type).is_ok_and(|again| again == value));
        if value.is_wholly_known() {
            let _ = encode_json(&value, &of_type);
        }
        let _ = format!("{value:?}");
    }
}
