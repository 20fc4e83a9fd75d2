//! What a restore resource keeps in Terraform's private bytes, beside the state.

use serde::{Deserialize, Serialize};

use crate::tfplugin::resource::Private;

/// Why a plan replaces or destroys an object. The plan writes it, the Delete reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplaceReason {
    /// Arguments that decide what is restored differ, or the last attempt failed.
    Changed,
    /// Arguments that decide what is restored are not known yet.
    Unknown,
    /// Nothing differs: if it is replaced all the same, the user wants it to run again.
    Neither,
    /// The object is destroyed, and none takes its place.
    Destroy,
}

/// The private bytes. Losing them (Terraform erases them when an update's call breaks) loses no restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PrivateState {
    /// Absent on a create; on a Delete that means that the object is tainted, or that its successor was created before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<ReplaceReason>,
    /// An end with warnings was taken as a good end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) accepted_warnings: bool,
    /// Terraform had kept nothing for the object: it is new or tainted, or its bytes were erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) lost: bool,
    /// The first leg of a replacement has shown its warnings; those of the second are not shown anyway.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) warned: bool,
}

impl PrivateState {
    /// Reads the bytes; what is not ours counts as nothing.
    pub(super) fn of(private: &Private) -> Self {
        private.get().ok().flatten().unwrap_or(Self { lost: true, ..Self::default() })
    }

    /// Writes the bytes.
    pub(super) fn private(&self) -> Private {
        let mut private = Private::default();
        if let Err(error) = private.set(self) {
            tracing::error!(%error, "cannot write private data");
        }
        private
    }

    /// What is kept with the object once a plan is carried out.
    pub(super) fn kept(accepted_warnings: bool) -> Private {
        Self { accepted_warnings, ..Self::default() }.private()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_private_state_is_what_a_create_and_a_tainted_object_have() {
        let lost = PrivateState { lost: true, ..PrivateState::default() };
        assert_eq!(PrivateState::of(&Private::default()), lost);
        assert_eq!(PrivateState::of(&Private::from_bytes(b"not json".to_vec())), lost);
        let private_state =
            PrivateState { reason: Some(ReplaceReason::Unknown), accepted_warnings: true, lost: true, warned: true };
        assert_eq!(PrivateState::of(&private_state.private()), private_state);
    }

    #[test]
    fn what_is_kept_with_an_object_is_not_lost_though_it_says_nothing() {
        assert_eq!(PrivateState::of(&PrivateState::kept(false)), PrivateState::default());
        assert!(PrivateState::of(&PrivateState::kept(true)).accepted_warnings);
    }
}
