//! The results of every restore: computed attributes, which only a resource has.

use crate::tfplugin::schema::{Attribute, Type};

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

/// The computed attributes, each with its description.
pub(super) fn attributes() -> Vec<Attribute> {
    let task = vec![
        Attribute::string("name").computed().description("Azure's name of the step, such as `Trigger Restore`."),
        Attribute::string("status").computed().description("Azure's word for where the step stands."),
    ];
    vec![
        Attribute::string("id").computed().description("The ARM id of the restore job."),
        Attribute::string("job_id").computed().description("The job's own id, the last segment of `id`."),
        Attribute::string("client_request_id").computed().description(
            "The `x-ms-client-request-id` of the restore request. Azure shows it as the job's activity id, and \
             Microsoft's support asks for it.",
        ),
        Attribute::string("status").computed().description(
            "`Completed` or `CompletedWithWarnings` for a restore that is done. `InProgress`: an apply was interrupted \
             or ran out of time, and the next one goes on waiting. `Unknown`: the answer to the request was lost. \
             `NotAccepted`: it was lost, and Azure has not taken it. `Failed` and `Cancelled`: the next apply \
             restores again.",
        ),
        Attribute::string("start_time").computed().description("When the job began (RFC 3339, UTC)."),
        Attribute::string("end_time").computed().description("When the job ended (RFC 3339, UTC)."),
        Attribute::number("duration_seconds").computed().description("How long the job took, in whole seconds."),
        Attribute::string("recovery_point_id")
            .computed()
            .description("The name of the recovery point that was restored. Null where the backup is continuous."),
        Attribute::string("recovery_point_time")
            .computed()
            .description("The instant that was restored (RFC 3339, UTC)."),
        Attribute::list_of("warnings", Type::String).computed().description("What Azure warned of, a line each."),
        Attribute::objects("tasks", task).computed().description("The steps of the job."),
        Attribute::map_of("details", Type::String).computed().description(
            "Further facts of the job, under Azure's own names. As long as the job is not known: `requestSentAt`, when \
                 the request was sent.",
        ),
        Attribute::bool("imported").computed().description(
            "True from an import until the first successful apply. Until then nothing is replaced, arguments that \
             Azure does not report are taken from the configuration, and one that contradicts the job is an error.",
        ),
    ]
}
