//! What a provider keeps beside an object.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that Terraform keeps in its state beside an object, for the provider alone: no configuration and no output shows
/// them. They are not encrypted, so no place for secrets.
///
/// They travel from call to call: a plan gets those in state and passes its own on to apply, and what apply or a refresh
/// returns replaces those in state. Returning none erases them. Terraform loses those of an apply whose process dies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(Vec<u8>);

/// Private bytes that cannot be read or written as what they should be.
#[derive(Debug, thiserror::Error)]
#[error("the private data of the object is not what this version of the provider keeps there")]
pub struct PrivateError(#[from] serde_json::Error);

impl Private {
    /// The bytes as Terraform sent them.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes as Terraform is to store them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as Terraform is to store them.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// True if nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was kept with [`Private::set`]; `None` if nothing was.
    ///
    /// # Errors
    /// [`PrivateError`] if the bytes are no JSON of that type.
    pub fn get<T: DeserializeOwned>(&self) -> Result<Option<T>, PrivateError> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&self.0)?)) }
    }

    /// Keeps `content` as JSON in place of what was there.
    ///
    /// # Errors
    /// [`PrivateError`] if `content` has no JSON form (maps with keys that are no texts).
    pub fn set<T: Serialize + ?Sized>(&mut self, content: &T) -> Result<(), PrivateError> {
        self.0 = serde_json::to_vec(content)?;
        Ok(())
    }

    /// Keeps nothing.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_comes_back_as_it_was_kept() {
        let mut private = Private::default();
        assert_eq!(private.get::<Vec<String>>().unwrap(), None);
        private.set(&["a", "b"]).unwrap();
        let again = Private::from_bytes(private.into_bytes());
        assert_eq!(again.get::<Vec<String>>().unwrap(), Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn private_data_of_another_make_is_an_error() {
        assert!(Private::from_bytes(vec![0xff]).get::<Vec<String>>().is_err());
    }
}
