//! The results of every restore: computed attributes, which only a resource has.

use super::arguments::PageWords;
use crate::restore::activity::{Activity, ActivityWords};
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::value::Value;

/// What an apply that waits for a recorded restore finds out.
pub(super) const FOUND_OUT_BY_WAITING: [&str; 6] =
    ["status", "end_time", "duration_seconds", "warnings", "tasks", "details"];

/// Every computed attribute, in the order of the documentation.
pub(super) const COMPUTED: [&str; 13] = [
    "id",
    "job_id",
    "client_request_id",
    "status",
    "start_time",
    "end_time",
    "duration_seconds",
    "recovery_point_id",
    "recovery_point_time",
    "warnings",
    "tasks",
    "details",
    "imported",
];

/// The computed attribute of kinds that restore the files of a database.
pub(super) const RESTORED_FILES: &str = "restored_files";

/// Every computed attribute that an object of a kind has.
pub(super) fn of(object: &Value) -> impl Iterator<Item = &'static str> + use<> {
    let has_files = object.as_map().is_some_and(|members| members.contains_key(RESTORED_FILES));
    COMPUTED.into_iter().chain(has_files.then_some(RESTORED_FILES))
}

/// [`RESTORED_FILES`] with its description.
pub(super) fn restored_files() -> Attribute {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    let file = vec![
        text("type", "`Data` or `Log`."),
        text("logical_name", "The name of the file in the database."),
        text("source_path", "The path of the file when it was backed up."),
        text("target_path", "The path that the file was restored to."),
    ];
    Attribute::objects(RESTORED_FILES, file).computed().description(
        "With `target_database`: the files of the database, and where the restore puts them. Null if Azure decides \
         where they go, and for a restore that was not started by this resource.",
    )
}

/// The computed attributes, each with its description.
pub(super) fn attributes(page: PageWords) -> Vec<Attribute> {
    let (activity, run) = (page.activity, page.run());
    let ActivityWords { noun, does, .. } = activity.words();
    let (id, job_id, activity_id, end, contradicts) = match page.makes {
        Some(made) => (
            format!("The ARM ID of the {made} that the restore makes."),
            "The same as `id`: Azure has no job for this restore.".to_owned(),
            format!("It is also the value of the tag `azurebackup-restore` of the {made}."),
            ", measured by the provider. Null if the restore ended while no apply was waiting for it",
            "what Azure reports",
        ),
        None => (
            format!("The ARM ID of the {noun} job."),
            "The ID of the job without its path: the last segment of `id`.".to_owned(),
            "Azure shows it as the activity ID of the job.".to_owned(),
            "",
            "the job",
        ),
    };
    let (step, point_id, point_time) = match activity {
        Activity::Restore if page.makes.is_some() => (
            "Trigger Restore",
            "The name of the backup that was restored, if it has a name: a point in time has none.",
            "The point in time that was restored (RFC 3339, UTC). Null if Azure does not report it.",
        ),
        Activity::Restore => (
            "Trigger Restore",
            "The name of the recovery point that was restored. Null for operational backup of blobs, which has no \
             recovery points.",
            "The point in time that was restored (RFC 3339, UTC).",
        ),
        Activity::Backup => (
            "Transfer data to vault",
            "The name of the recovery point that the backup made. Azure does not report it: it is the one recovery \
             point of this type whose time lies between the start and the end of the job. Null for log backups, which \
             make no recovery point of their own, and null with a warning if there is no such recovery point, or more \
             than one.",
            "The time of that recovery point (RFC 3339, UTC). For a log backup, the end of the time range that it \
             covers, if it is the newest one.",
        ),
    };
    let task = vec![
        Attribute::string("name").computed().description(format!("The name of the step in Azure, such as `{step}`.")),
        Attribute::string("status").computed().description("The status of the step in Azure."),
    ];
    vec![
        Attribute::string("id").computed().description(id),
        Attribute::string("job_id").computed().description(job_id),
        Attribute::string("client_request_id").computed().description(format!(
            "The `x-ms-client-request-id` of the {noun} request. {activity_id} Microsoft support asks for it."
        )),
        Attribute::string("status").computed().description(format!(
            "`Completed` or `CompletedWithWarnings`: the {noun} is done. `InProgress`: an apply was interrupted \
                 or timed out, and the next apply waits for the {run}. `Unknown`: the answer to the {noun} request was \
                 lost. `NotAccepted`: the answer was lost, and Azure did not accept the request. `Failed` or \
                 `Cancelled`: the next apply {does} again."
        )),
        Attribute::string("start_time").computed().description(format!("The start time of the {run} (RFC 3339, UTC).")),
        Attribute::string("end_time")
            .computed()
            .description(format!("The end time of the {run} (RFC 3339, UTC){end}.")),
        Attribute::number("duration_seconds")
            .computed()
            .description(format!("The duration of the {run} in seconds{end}.")),
        Attribute::string("recovery_point_id").computed().description(point_id),
        Attribute::string("recovery_point_time").computed().description(point_time),
        Attribute::list_of("warnings", Type::String).computed().description("The warnings of Azure, one line each."),
        Attribute::objects("tasks", task).computed().description(match page.makes {
            Some(_) => "The steps of the restore. Empty if Azure reports none.",
            None => "The steps of the job.",
        }),
        Attribute::map_of("details", Type::String).computed().description(format!(
            "Further details of the {}, with the names that Azure uses. While it is not known yet: `requestSentAt`, \
             the time when the request was sent.",
            page.makes.unwrap_or("job")
        )),
        Attribute::bool("imported").computed().description(format!(
            "`true` after an import, until the first successful apply. Until then, the resource is not replaced, \
             arguments that Azure does not report are taken from the configuration, and an argument that contradicts \
             {contradicts} is an error.",
        )),
    ]
}
