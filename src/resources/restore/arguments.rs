//! The arguments that every restore has beside those of its kind, and the defaults of `timeouts`.

use std::time::Duration;

use crate::restore::activity::{Activity, ActivityWords};
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

/// Whether a destroy cancels a job that runs, in kinds that can do that.
pub const CANCEL_ON_DESTROY: &str = "cancel_on_destroy";

/// Whatever makes a restore run once more.
pub(super) const TRIGGERS: &str = "triggers";

/// What the words of a page depend on.
#[derive(Clone, Copy, Debug)]
pub struct PageWords {
    /// What is done.
    pub activity: Activity,
    /// What Azure makes where it has no job: `database`.
    pub makes: Option<&'static str>,
}

impl PageWords {
    /// What stands for what Azure does, in sentences: `job`, or what takes its place.
    pub fn run(&self) -> &'static str {
        if self.makes.is_some() { "restore" } else { "job" }
    }
}

/// What the page says of an argument that is changed in place.
fn in_place(activity: Activity) -> String {
    format!("Changing this does not start another {}.", activity.words().noun)
}

/// What the page says of imports.
fn import(page: PageWords) -> String {
    let ActivityWords { noun, .. } = page.activity.words();
    let reported = match (page.activity, page.makes) {
        (_, Some(made)) => {
            return format!(
                "You can import a restore that was started elsewhere, for example in the Azure portal. The import \
                 fills in what Azure reports about the {made}. With an `import` block, `terraform plan \
                 -generate-config-out=restore.tf` begins the configuration for you: Terraform writes the file, and \
                 then reports that the source is missing. Fill it in, and plan again. Neither the import nor the \
                 first apply after it starts another restore. Arguments that Azure does not report are taken from \
                 the configuration."
            );
        }
        (Activity::Restore, None) => "what was restored, from which recovery point or time, and where to",
        (Activity::Backup, None) => "what was backed up, and how",
    };
    format!(
        "You can import a {noun} that was started elsewhere, for example in the Azure portal. The import fills in what \
         Azure reports about the job: {reported}. With an `import` block, `terraform plan \
         -generate-config-out={noun}.tf` writes the configuration for you. Neither the import nor the first apply \
         after it starts another {noun}. If the configuration contradicts the job before this apply has succeeded, \
         the plan fails and names both values. Arguments that Azure does not report are taken from the configuration."
    )
}

/// The arguments of a restore: those of its kind, then what all restores take. `unreported` is what an import of the
/// kind does not fill in.
pub(super) fn schema(page: PageWords, description: &str, unreported: &str, mut attributes: Vec<Attribute>) -> Schema {
    attributes.extend(settings(page));
    attributes.iter_mut().for_each(|attribute| say_what_restores_nothing(page.activity, attribute));
    let import = format!("{}\n\n{unreported}", import(page));
    Schema::new(description, attributes)
        .block(timeouts::block(TIMEOUTS))
        .import(import.trim_end())
        .every_change_declared()
}

/// Says so of the outermost attributes whose change is made in place; the same holds for what is in them.
fn say_what_restores_nothing(activity: Activity, attribute: &mut Attribute) {
    match (attribute.change, &mut attribute.shape) {
        (Some(Change::UpdatesInPlace), _) => {
            attribute.description = format!("{} {}", attribute.description.trim_end(), in_place(activity));
        }
        (_, Shape::Nested(_, attributes)) => {
            attributes.iter_mut().for_each(|attribute| say_what_restores_nothing(activity, attribute));
        }
        (_, Shape::Plain(_)) => {}
    }
}

fn settings(page: PageWords) -> Vec<Attribute> {
    let (activity, run) = (page.activity, page.run());
    let ActivityWords { noun, does, place, .. } = activity.words();
    let already = match page.makes {
        Some(made) => format!("already restores, or has restored, a {made} with the same arguments"),
        None => "already has a job with the same arguments".to_owned(),
    };
    let recorded = match page.makes {
        Some(made) => format!("Azure does not show the {made}"),
        None => "Azure no longer has a record of its job".to_owned(),
    };
    let looked_at = match activity {
        Activity::Restore => format!("the data in {place}"),
        Activity::Backup => place.to_owned(),
    };
    vec![
        Attribute::map_of(TRIGGERS, Type::String).optional().requires_replace().empty_means_absent().description(
            format!(
                "Any strings. If you change them, the {noun} runs again, even if all other arguments are unchanged. \
                 In a pipeline that {does} on every run, put the ID of the run here."
            ),
        ),
        Attribute::string("adopt").default("running").updates_in_place().validate(one_of(&Adopt::WORDS)).description(
            format!(
                "What to do if Azure {already}, for example from a run that was killed. To adopt a {run} means to take \
                 it as the {noun} of this resource, and not to start another {noun}. `running` (default): a running \
                 {run} is adopted. If the {run} has completed, the apply fails and names it. `completed`: a {run} that \
                 completed within the last 24 hours is adopted, too. `unverified`: the same as `running`. In addition, \
                 if an earlier apply was interrupted and {recorded}, the {noun} is taken as done, with a warning. \
                 Check {looked_at} before you set this, and set it back after the apply. `none`: no {run} is adopted. \
                 A completed {run} is ignored. If a {run} still runs, the apply fails and names it, so that no second \
                 {noun} runs at the same time."
            ),
        ),
        Attribute::bool("accept_warnings").default(false).updates_in_place().description(format!(
            "Whether a {noun} that completed with warnings is taken as done. `true`: Terraform shows the \
                 warnings of Azure as a warning. `false` (default): the apply fails."
        )),
    ]
}
