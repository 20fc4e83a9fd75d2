//! What every call of Terraform brings along.

use tokio_util::sync::CancellationToken;

/// The circumstances of one call: how the user's interruption arrives, and what is known of the client.
///
/// Each method of a resource, a data source or an action that may take long gets one. Hand [`Call::stop`] on to whatever
/// waits, and return soon after it fires, with what is known of the object by then: Terraform waits for the answer, saves
/// it, and kills the process only when the user interrupts a second time.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Fires when the user interrupts, and when the client goes away, while the call is in flight. Never by the user during
    /// plan, refresh or validation: there Terraform sends no stop.
    pub stop: CancellationToken,
    /// Terraform would take a deferral as an answer. During apply it says so as well, and does not.
    pub deferral_allowed: bool,
    /// Version of the client, for instance `1.11.4`; known once the provider was configured.
    pub terraform_version: Option<String>,
    /// A change was asked for since the provider was configured, so this is an apply: a client configures it for each walk.
    pub follows_a_change: bool,
}

impl Call {
    /// A call that `stop` interrupts, of which nothing else is known; for tests.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop, ..Self::default() }
    }

    /// Whether a plan is the one that Terraform asks for again during apply, right before the change: from 1.9 on it
    /// claims there that it would take a deferral. Alpha builds can be told to claim it in a plan, too; in them, in older
    /// ones and in OpenTofu, the two cannot be told apart before the first change of an apply, and the answer is no.
    pub fn is_plan_of_apply(&self) -> bool {
        let alpha = self.terraform_version.as_deref().is_none_or(|version| version.contains("alpha"));
        self.follows_a_change || (self.deferral_allowed && !alpha)
    }
}
