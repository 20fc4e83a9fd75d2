//! What a plan has to know before it restores: nothing given never means everything, and what is unknown in the plan may
//! turn out to be null.

use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;

/// What an argument decides that a plan has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// A list: how much is restored.
    HowMuch,
    /// A switch: how much is restored.
    Whether,
    /// A single value or object: where it goes.
    Where,
    /// A single value: how old the point may be.
    HowOld,
}

/// A limit of what is restored or overwritten of which a plan does not know whether it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecidedLimit {
    /// What it limits.
    pub decides: Decides,
    /// The argument.
    pub argument: ArgumentPath,
    /// What would happen without it: `all block blobs of the account would be overwritten`.
    pub without: &'static str,
}

impl From<UndecidedLimit> for UserMessage {
    fn from(UndecidedLimit { decides, argument, without }: UndecidedLimit) -> Self {
        let (summary, way_on) = match decides {
            Decides::HowMuch => (
                "How much is restored is not known yet",
                "Write the list out in the configuration (its elements may depend on other resources). If it is never \
                 null, `concat(LIST, [])` says so.",
            ),
            Decides::Whether => {
                ("How much is restored is not known yet", "Write `true` or `false` in the configuration.")
            }
            Decides::Where => (
                "Where the restore writes to is not known yet",
                "Write the value out in the configuration (the members of an object may depend on other resources). If \
                 a text is never null, `format(\"%s\", tostring(TEXT))` says so.",
            ),
            Decides::HowOld => (
                "How old the restored data may be is not known yet",
                "Write the value out in the configuration. If it is never null, `format(\"%s\", tostring(TEXT))` says so.",
            ),
        };
        UserMessage::new(summary)
            .say(format!("`{argument}` is known only after apply. If it turned out to be null, {without}."))
            .say(format!("{way_on} Or first apply what it depends on, with `terraform apply -target=…`."))
            .on(argument)
    }
}
