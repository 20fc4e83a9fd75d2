//! The last phase: how a restore has ended.

use crate::restore::activity::ActivityWords;
use crate::restore::ending::JobEnding;
use crate::restore::error::UserMessage;
use crate::restore::hints;
use crate::restore::life::{Ending, Life};
use crate::restore::record::Job;

impl Life<'_> {
    /// How it ended.
    pub(super) fn collect(&mut self, job: &Job) -> Ending {
        self.learn(job);
        self.record.learn_point(self.service.made_point());
        match job.ending() {
            JobEnding::Restored => {
                self.tell_what_azure_adds();
                self.warnings.extend(self.service.warnings_of_end(&self.subject()));
                Ending::Done
            }
            JobEnding::RestoredWithWarnings if self.options.accept_warnings => {
                self.warn_of_warnings();
                self.warnings.extend(self.service.warnings_of_end(&self.subject()));
                Ending::Done
            }
            ending => Ending::Failed(self.bad_ending(job, ending)),
        }
    }

    fn bad_ending(&self, job: &Job, ending: JobEnding) -> UserMessage {
        let ActivityWords { noun, doing, .. } = self.words();
        let without = format!("the job ended without {doing}");
        let what = match ending {
            JobEnding::NotRestored => without.as_str(),
            JobEnding::StillRunning => "the job lost track of it, but it goes on",
            JobEnding::DataRestored => "the data is there, but tidying up failed",
            JobEnding::Cancelled => "the job was cancelled",
            JobEnding::RestoredWithWarnings => "the job completed with warnings",
            JobEnding::Running | JobEnding::Restored | JobEnding::Failed => "the job failed",
        };
        let mut message = self.act(what);
        message.activity_id = Some(job.activity_id.clone()).filter(|id| !id.is_empty());
        if job.errors.is_empty() && matches!(ending, JobEnding::Failed) {
            message = message.say("Azure gave no reason.");
        }
        for error in &job.errors {
            message = message.azure(error);
        }
        if !self.record.warnings.is_empty() {
            message = message.say(format!("Azure warns of:\n  - {}", self.record.warnings.join("\n  - ")));
        }
        for warning in &job.warnings {
            if let Some(hint) = hints::of(&warning.code) {
                message = message.say(hint.advice_for(self.service.workload()));
            }
        }
        message.say(format!("Job: {}", job.id)).say(match ending {
            JobEnding::RestoredWithWarnings => format!(
                "Set `accept_warnings = true` to take this as done. Otherwise, the next `terraform apply` starts the \
                 {noun} again."
            ),
            JobEnding::StillRunning | JobEnding::DataRestored => {
                format!("The next `terraform apply` fails with this error again, and does not start another {noun}.")
            }
            _ => format!("The next `terraform apply` starts the {noun} again."),
        })
    }
}
