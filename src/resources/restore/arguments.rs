//! The arguments that every restore has beside those of its kind, and the defaults of `timeouts`.

use std::time::Duration;

use crate::restore::adoption::Adopt;
use crate::tfplugin::schema::{Attribute, Change, Schema, Shape, Type};
use crate::tfplugin::timeouts::{self, Timeouts};
use crate::tfplugin::validators::one_of;

/// Restores last for hours; reading one does not.
pub(super) const TIMEOUTS: Timeouts = Timeouts {
    create: Duration::from_secs(24 * 3600),
    update: Duration::from_secs(24 * 3600),
    read: Duration::from_secs(300),
    delete: Duration::from_secs(300),
};

/// Whatever makes a restore run once more.
pub(super) const TRIGGERS: &str = "triggers";

/// What the page says of an argument that is changed in place.
const IN_PLACE: &str = "Changing it does not start another restore.";

/// What the page says of imports.
const IMPORT: &str = "\
    An import fills in what Azure reports of the job: what was restored, from which recovery point or instant, and \
    where to. With an `import` block, `terraform plan -generate-config-out=restore.tf` writes the configuration for \
    you. An import does not start a restore, and neither does the first apply after it. Until that apply has \
    succeeded, a configuration that contradicts the job is an error that names both values. Arguments that Azure does \
    not report are taken from the configuration.";

/// The arguments of a restore: those of its kind, then what all restores take. `unreported` is what an import of the
/// kind does not fill in.
pub(super) fn schema(description: &str, unreported: &str, mut attributes: Vec<Attribute>) -> Schema {
    attributes.extend(settings());
    attributes.iter_mut().for_each(say_what_restores_nothing);
    let import = format!("{IMPORT}\n\n{unreported}");
    Schema::new(description, attributes)
        .block(timeouts::block(TIMEOUTS))
        .import(import.trim_end())
        .every_change_declared()
}

/// Says so of the outermost attributes whose change is made in place; the same holds for what is in them.
fn say_what_restores_nothing(attribute: &mut Attribute) {
    match (attribute.change, &mut attribute.shape) {
        (Some(Change::UpdatesInPlace), _) => {
            attribute.description = format!("{} {IN_PLACE}", attribute.description.trim_end());
        }
        (_, Shape::Nested(_, attributes)) => attributes.iter_mut().for_each(say_what_restores_nothing),
        (_, Shape::Plain(_)) => {}
    }
}

fn settings() -> Vec<Attribute> {
    vec![
        Attribute::map_of(TRIGGERS, Type::String).optional().requires_replace().empty_means_absent().description(
            "Any strings. A change restores again, even when every other argument stays as it is. Pipelines that \
             restore on every run put the id of the run here.",
        ),
        Attribute::string("adopt").default("running").updates_in_place().validate(one_of(&Adopt::WORDS)).description(
            "What to do when the vault already knows a restore of the same arguments, for example from a run that was \
             killed. To adopt it means to take it as the restore of this resource, and to start no other one. \
             `running` (default): one that runs is adopted; one that has completed is an error that names it. \
             `completed`: one that completed within 24 hours is adopted, too, and taken as done. `unverified`: as \
             `running`, and if an earlier apply was interrupted and Azure no longer has a record of its job, the \
             restore is taken as done, with a warning. Check the target before you set it, and set it back after the \
             apply. `none`: none is adopted, and one that has completed does not stop this one. While one runs, it is \
             an error that names it, so that no restore is started beside it.",
        ),
        Attribute::bool("accept_warnings").default(false).updates_in_place().description(
            "Take a restore that completed with warnings as done; the warnings become a warning of Terraform. \
             Otherwise (default) it is an error.",
        ),
    ]
}
