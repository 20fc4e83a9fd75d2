//! The argument `rehydration`: whether and how the data of an archived point is fetched. How fast it comes is not what
//! comes back, so a change of it is made in place.

use crate::model;
use crate::resources::restore::ReportedArgument;
use crate::restore::argument_path::ArgumentPath;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{int_between, one_of};

/// Days that a rehydrated copy stays if nothing is said (the default of Azure's own command line).
const RETENTION_DAYS: i64 = 15;

/// Name of the argument.
pub const REHYDRATION: &str = "rehydration";

/// What it does for items of Recovery Services vaults.
pub const OF_ITEMS: &str = "Allows recovery points that are only in the archive tier, and sets how Azure rehydrates \
                            them before the restore. A recovery point that is also in another tier, or has been \
                            rehydrated already, is restored without rehydration.";

/// The default priority, which takes hours.
const STANDARD: &str = "Standard";

/// The fast and expensive priority.
const HIGH: &str = "High";

model! {
    /// How an archived point is fetched.
    pub struct Rehydration {
        /// How fast: `Standard` or `High`; null is `Standard`.
        pub priority: Attr<String>,
        /// How many days the fetched copy stays.
        pub retention_days: Attr<i64>,
    }
}

impl Rehydration {
    /// Whether the fast and expensive priority is set.
    pub fn is_high_priority(&self) -> bool {
        self.priority.as_str() == Some(HIGH)
    }

    /// How long the fetched copy stays, in days.
    pub fn days(&self) -> i64 {
        self.retention_days.known().copied().unwrap_or(RETENTION_DAYS)
    }
}

/// The priority that a job reports. A configuration need not say how a point was fetched.
pub fn reported(priority: &str) -> ReportedArgument {
    let argument = ArgumentPath::from(REHYDRATION).member("priority");
    ReportedArgument::new(argument, priority).or_if(|rehydration| rehydration.is_null())
}

/// Its attribute for the schema of a resource. Changing it does not restore again.
pub fn attribute() -> Attribute {
    let priority = Attribute::string("priority")
        .optional()
        .absent_means(STANDARD)
        .updates_in_place()
        .validate(one_of(&[STANDARD, HIGH]))
        .description(
            "The priority of the rehydration: `Standard` (default, takes hours) or `High` (faster, costs more).",
        );
    let retention_days = Attribute::number("retention_days")
        .optional()
        .absent_means(RETENTION_DAYS)
        .updates_in_place()
        .validate(int_between(10..=30))
        .description(format!(
            "How many days Azure keeps the rehydrated copy, from 10 to 30. Default {RETENTION_DAYS}."
        ));
    Attribute::object(REHYDRATION, vec![priority, retention_days]).optional().updates_in_place().description(
        "Allows recovery points that are only in the archive tier, and sets how Azure rehydrates them before the \
         restore. A recovery point that is still in the vault tier, or comes from the secondary region, is restored \
         without rehydration. The provider sends `ArchiveStore` as the store of such a recovery point. Microsoft \
         does not document whether Azure expects this or `VaultStore`, and it has not been tested. Test a restore \
         from the archive tier before you need one.",
    )
}
