//! The last phase: how a restore has ended.

use crate::restore::ending::JobEnding;
use crate::restore::error::UserMessage;
use crate::restore::hints;
use crate::restore::life::{Ending, Life};
use crate::restore::record::Job;
use crate::restore::service::RestoreService;

impl<S: RestoreService> Life<'_, S> {
    /// How it ended.
    pub(super) fn collect(&mut self, job: &Job) -> Ending {
        self.learn(job);
        match job.ending() {
            JobEnding::Restored => Ending::Done,
            JobEnding::RestoredWithWarnings if self.options.accept_warnings => {
                self.warn_of_warnings();
                Ending::Done
            }
            ending => Ending::Failed(self.bad_ending(job, ending)),
        }
    }

    fn bad_ending(&self, job: &Job, ending: JobEnding) -> UserMessage {
        let what = match ending {
            JobEnding::NotRestored => "the job ended without restoring",
            JobEnding::StillRunning => "the job lost track of it, but it goes on",
            JobEnding::DataRestored => "the data is there, but tidying up failed",
            JobEnding::Cancelled => "the job was cancelled",
            JobEnding::RestoredWithWarnings => "the job completed with warnings",
            JobEnding::Running | JobEnding::Restored | JobEnding::Failed => "the job failed",
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
        if ending == JobEnding::RestoredWithWarnings {
            message = message.say("Set `accept_warnings = true` to take this as done.");
        }
        message.say(format!("Job: {}", job.id)).say(format!(
            "Activity id (for Microsoft's support): {}",
            if job.activity_id.is_empty() { "none" } else { &job.activity_id }
        ))
    }
}
