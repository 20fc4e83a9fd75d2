//! The last phase: how a restore has ended.

use crate::restore::error::UserMessage;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::life::{Ending, Life};
use crate::restore::record::{Job, RestoreStatus};
use crate::restore::service::RestoreService;

impl<S: RestoreService> Life<'_, S> {
    /// How it ended, by status and by the codes that say otherwise.
    pub(super) fn collect(&mut self, job: &Job) -> Ending {
        self.learn(job);
        let warned = job.warnings.iter().map(|warning| warning.code.as_str());
        let meaning = hints::meaning(warned.chain(job.errors.iter().flat_map(hints::codes)));
        match self.record.status {
            RestoreStatus::Completed if meaning != CodeMeaning::NotRestored => Ending::Done,
            RestoreStatus::CompletedWithWarnings
                if meaning != CodeMeaning::NotRestored && self.options.accept_warnings =>
            {
                self.warn_of_warnings();
                Ending::Done
            }
            _ => Ending::Failed(self.bad_ending(job, meaning)),
        }
    }

    fn bad_ending(&mut self, job: &Job, meaning: CodeMeaning) -> UserMessage {
        let what = match (&self.record.status, meaning) {
            (_, CodeMeaning::NotRestored) => {
                self.record.status = RestoreStatus::Failed;
                "the job ended without restoring"
            }
            (_, CodeMeaning::StillRunning) => "the job lost track of it, but it goes on",
            (_, CodeMeaning::DataRestored) => "the data is there, but tidying up failed",
            (RestoreStatus::Cancelled, _) => "the job was cancelled",
            (RestoreStatus::CompletedWithWarnings, _) => "the job completed with warnings",
            _ => "the job failed",
        };
        let mut message = UserMessage::new(self.act(what));
        for error in &job.errors {
            message = message.azure(error);
        }
        if !self.record.warnings.is_empty() {
            message = message.say(format!("Azure warns of:\n  - {}", self.record.warnings.join("\n  - ")));
        }
        for warning in &job.warnings {
            if let Some(hint) = hints::of(&warning.code) {
                message = message.say(hint.advice);
            }
        }
        if self.record.status == RestoreStatus::CompletedWithWarnings {
            message = message.say("Set `accept_warnings = true` to take this as done.");
        }
        message.say(format!("Job: {}", job.id)).say(format!(
            "Activity id (for Microsoft's support): {}",
            if job.activity_id.is_empty() { "none" } else { &job.activity_id }
        ))
    }
}
