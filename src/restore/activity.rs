//! What a life does: it restores, or it backs up. All that follows from it is which jobs are its own, and which words
//! messages and pages have for it.

/// What is done with a protected item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A backup is brought back.
    Restore,
    /// A backup is made.
    Backup,
}

/// The words for an activity in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityWords {
    /// `a restore`, without the article.
    pub noun: &'static str,
    /// `to restore`, without the preposition.
    pub verb: &'static str,
    /// `it restores`.
    pub does: &'static str,
    /// `it was restored`.
    pub done: &'static str,
    /// `restoring it`.
    pub doing: &'static str,
    /// Where its result can be looked at.
    pub place: &'static str,
    /// What is to be seen there.
    pub result: &'static str,
}

impl Activity {
    /// Its words.
    pub const fn words(self) -> ActivityWords {
        match self {
            Self::Restore => ActivityWords {
                noun: "restore",
                verb: "restore",
                does: "restores",
                done: "restored",
                doing: "restoring",
                place: "the target",
                result: "the data",
            },
            Self::Backup => ActivityWords {
                noun: "backup",
                verb: "back up",
                does: "backs up",
                done: "backed up",
                doing: "backing up",
                place: "the recovery points of the item",
                result: "the backup",
            },
        }
    }
}
