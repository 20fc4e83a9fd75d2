//! What the state of a job means, whatever service it belongs to.

use std::fmt;

use super::redaction::redact;

/// The state of a backup or restore job.
///
/// Data Protection documents InProgress, Completed, Failed, Cancelled, CompletedWithWarnings, Cancelling and Paused; its
/// examples also show Started and Succeeded. Recovery Services adds words of its own. What is not known to be an ending
/// is no ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobStatus {
    /// Not ended, in the word that Azure wrote; empty if it wrote none (a first body may be almost empty,
    /// docs/reference/azure-data-protection.md#jobs).
    InProgress(String),
    /// All is done. `Succeeded` counts as this.
    Completed,
    /// Done but for what the warnings say.
    CompletedWithWarnings,
    /// Not done.
    Failed,
    /// Stopped by somebody.
    Cancelled,
}

impl JobStatus {
    /// Reads Azure's word without case, with either spelling of "cancelled".
    pub fn read(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "completed" | "succeeded" => Self::Completed,
            "completedwithwarnings" => Self::CompletedWithWarnings,
            "failed" => Self::Failed,
            "cancelled" | "canceled" => Self::Cancelled,
            _ => Self::InProgress(redact(word.trim())),
        }
    }

    /// Whether nothing will change any more.
    pub fn is_ended(&self) -> bool {
        !matches!(self, Self::InProgress(_))
    }

    /// One word per arm, as this program records it: every running job is `InProgress`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::InProgress(_) => "InProgress",
            Self::Completed => "Completed",
            Self::CompletedWithWarnings => "CompletedWithWarnings",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Azure's word for a running job, ours for an ended one.
impl fmt::Display for JobStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProgress(word) if !word.is_empty() => formatter.write_str(word),
            _ => formatter.write_str(self.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_known_without_case_and_in_both_spellings() {
        assert_eq!(JobStatus::read("completed"), JobStatus::Completed);
        assert_eq!(JobStatus::read("Succeeded"), JobStatus::Completed);
        assert_eq!(JobStatus::read("COMPLETEDWITHWARNINGS"), JobStatus::CompletedWithWarnings);
        assert_eq!(JobStatus::read("Canceled"), JobStatus::Cancelled);
        assert_eq!(JobStatus::read("Cancelled "), JobStatus::Cancelled);
        assert_eq!(JobStatus::read("Failed"), JobStatus::Failed);
    }

    #[test]
    fn every_other_word_means_running() {
        for word in ["InProgress", "Inprogress", "Started", "Cancelling", "Paused", "Invalid", "Hatching", ""] {
            let status = JobStatus::read(word);
            assert!(!status.is_ended(), "{word}");
            assert_eq!(status, JobStatus::InProgress(word.to_owned()));
            assert_eq!(status.as_str(), "InProgress");
        }
        assert_eq!(JobStatus::read("Hatching").to_string(), "Hatching");
        assert_eq!(JobStatus::read("").to_string(), "InProgress");
    }

    #[test]
    fn an_unknown_word_holds_no_secret() {
        assert_eq!(JobStatus::read("x?sig=hunter2"), JobStatus::InProgress("x?sig=(removed)".to_owned()));
    }
}
