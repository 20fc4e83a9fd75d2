//! Ids and signatures that look random and are the same in every run: two runs of one test read alike.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use uuid::{Builder, Uuid};

/// A source of ids (splitmix64). Never a source of secrets.
#[derive(Clone, Debug)]
pub struct Mint(u64);

impl Default for Mint {
    fn default() -> Self {
        Self(0x5EED_0003)
    }
}

impl Mint {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    pub fn uuid(&mut self) -> Uuid {
        let bytes = (u128::from(self.next()) << 64) | u128::from(self.next());
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
    }

    /// Text in the alphabet of base64url, `length` characters.
    pub fn noise(&mut self, length: usize) -> String {
        let bytes = self.bytes(length);
        let mut text = URL_SAFE_NO_PAD.encode(bytes);
        text.truncate(length);
        text
    }

    /// An operation's id: base64 of two GUIDs, so that it ends in `==`. The first is the same for all of a vault.
    pub fn operation_id(&mut self, vault: Uuid) -> String {
        let own = self.uuid();
        STANDARD.encode(format!("{vault};{own}"))
    }

    /// The query of an async URL after its api-version: about 3.4 kB, in the proportions of the recordings.
    pub fn signature(&mut self, ticks: i128) -> String {
        let (certificate, signature, hash) = (self.noise(2720), self.noise(342), self.noise(43));
        format!("&t={ticks}&c={certificate}&s={signature}&h={hash}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_id_ends_in_two_equal_signs() {
        let mut mint = Mint::default();
        let vault = mint.uuid();
        assert!(mint.operation_id(vault).ends_with("=="));
        assert_ne!(mint.operation_id(vault), mint.operation_id(vault));
    }

    #[test]
    fn a_signature_is_longer_than_three_thousand_characters() {
        let signature = Mint::default().signature(638_000_000_000_000_000);
        assert!((3_000..4_000).contains(&signature.len()), "{}", signature.len());
    }
}
