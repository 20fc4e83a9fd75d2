//! A server that answers about somebody else's things, or sends the client elsewhere.

use serde_json::{Value, json};

use super::tampered_azure::{Run, TamperedAzure};
use crate::simulator::{JobScript, Reply, Request};

type BoxedTamper = Box<dyn Fn(&Request, &mut Reply) + Send + Sync>;

/// What comes of an apply in which every answer is tampered with so, and how many restores Azure has accepted.
type TamperCase = (&'static str, BoxedTamper, &'static str, usize);

const OTHER_VAULT: &str = "/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/o/providers/Microsoft.DataProtection/backupVaults/o";

fn change(reply: &mut Reply, with: impl FnOnce(&mut Value)) {
    let mut body = reply.value();
    with(&mut body);
    reply.body = body.to_string().into_bytes();
}

fn is_job(request: &Request) -> bool {
    request.method == "GET" && request.path().contains("/backupJobs/")
}

fn is_job_list(request: &Request) -> bool {
    request.method == "GET" && request.path().ends_with("/backupJobs")
}

fn is_operation(request: &Request, reply: &Reply) -> bool {
    request.path().contains("/operation") && reply.value()["properties"]["jobId"].is_string()
}

fn jobs(with: fn(&mut Value)) -> BoxedTamper {
    Box::new(move |request, reply| {
        if is_job(request) && reply.status == 200 {
            change(reply, with);
        }
    })
}

fn lists(with: fn(&Request, &mut Value)) -> BoxedTamper {
    Box::new(move |request, reply| {
        if is_job_list(request) {
            change(reply, |body| with(request, body));
        }
    })
}

fn headers(with: fn(&mut Reply)) -> BoxedTamper {
    Box::new(move |_, reply| {
        if reply.status == 202 {
            with(reply);
        }
    })
}

fn rows() -> Vec<TamperCase> {
    vec![
        (
            "the job of another subscription",
            jobs(|job| {
                job["id"] = json!(format!("{OTHER_VAULT}/backupJobs/j"));
                job["properties"]["backupInstanceId"] = json!(format!("{OTHER_VAULT}/backupInstances/i"));
            }),
            "describes another job",
            1,
        ),
        (
            "the same without a word about the item",
            jobs(|job| {
                job["id"] = json!(format!("{OTHER_VAULT}/backupJobs/j"));
                job["properties"]["backupInstanceId"] = Value::Null;
            }),
            "describes another job",
            1,
        ),
        (
            "another job of the vault",
            jobs(|job| {
                let id = job["id"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
                job["id"] = json!(format!("{id}/11111111-1111-4111-8111-111111111111"));
            }),
            "describes another job",
            1,
        ),
        (
            "a job of another item",
            jobs(|job| job["properties"]["backupInstanceId"] = json!(format!("{OTHER_VAULT}/backupInstances/i"))),
            "Azure answered with another job",
            1,
        ),
        (
            "a job that backs up",
            jobs(|job| {
                job["properties"]["operation"] = json!("Backup");
                job["properties"]["operationCategory"] = json!("Backup");
            }),
            "is no restore",
            1,
        ),
        (
            "an operation that names a job of another vault: ours is found in the list",
            Box::new(|request, reply| {
                if is_operation(request, reply) {
                    change(reply, |status| {
                        status["properties"]["jobId"] = json!(format!("{OTHER_VAULT}/backupJobs/j"))
                    });
                }
            }),
            "",
            1,
        ),
        (
            "an operation whose job is no name: ours is found in the list",
            Box::new(|request, reply| {
                if is_operation(request, reply) {
                    change(reply, |status| status["properties"]["jobId"] = json!("?/../#"));
                }
            }),
            "",
            1,
        ),
        (
            "a status URL on another host: the vault is asked",
            headers(|reply| reply.headers.set("azure-asyncoperation", "https://evil.example/operationStatus/x")),
            "",
            1,
        ),
        (
            "both URLs on look-alike hosts: the validation cannot be followed",
            headers(|reply| {
                reply.headers.set("azure-asyncoperation", "https://management.azure.com.evil.example/x/y");
                reply.headers.set("location", "https://management.azure.com@evil.example/x/y");
            }),
            "the result of the validation cannot be read",
            0,
        ),
        (
            "a status URL with a user, another port, without TLS",
            headers(|reply| reply.headers.set("azure-asyncoperation", "http://management.azure.com:444/x/y")),
            "",
            1,
        ),
        (
            "a status URL whose last segment leads out of the vault",
            headers(|reply| reply.headers.set("azure-asyncoperation", "https://evil.example/..%2f..%2fbackupJobs%2fj")),
            "",
            1,
        ),
        (
            "a job list that goes on at another host",
            lists(|_, list| list["nextLink"] = json!("https://evil.example/backupJobs?page=2")),
            "cannot read the vault's job list",
            0,
        ),
        (
            "a job list that goes on at itself",
            lists(|request, list| list["nextLink"] = json!(format!("https://management.azure.com{}", request.target))),
            "lead in a circle",
            0,
        ),
        (
            "a job list of two pages that name each other",
            lists(|request, list| {
                let other = if request.target.contains("&page=2") { "&page=1" } else { "&page=2" };
                list["nextLink"] =
                    json!(format!("https://management.azure.com{}?api-version=2026-06-01{other}", request.path()));
            }),
            "lead in a circle",
            0,
        ),
        (
            "a job list without end",
            lists(|request, list| {
                let page: usize = request.query("page").and_then(|page| page.parse().ok()).unwrap_or_default();
                let next = format!("{}?api-version=2026-06-01&page={}", request.path(), page + 1);
                list["nextLink"] = json!(format!("https://management.azure.com{next}"));
            }),
            "the list has no end",
            0,
        ),
        (
            "a job list of large pages without end",
            lists(|request, list| {
                let page: usize = request.query("page").and_then(|page| page.parse().ok()).unwrap_or_default();
                let next = format!("{}?api-version=2026-06-01&page={}", request.path(), page + 1);
                *list =
                    json!({"nextLink": format!("https://management.azure.com{next}"), "value": ["x".repeat(8 << 20)]});
            }),
            "the list has no end",
            0,
        ),
        ("a job list that is no list", lists(|_, list| *list = json!({"value": {"a": 1}})), "has a \"value\"", 0),
        (
            "a redirect of the job list to another host",
            Box::new(|request, reply| {
                if is_job_list(request) {
                    *reply = Reply::empty(307).header("location", "https://evil.example/");
                }
            }),
            "nothing was sent",
            0,
        ),
        (
            "a redirect of the trigger",
            Box::new(|request, reply| {
                if request.method == "POST" && request.path().ends_with("/restore") {
                    *reply = Reply::empty(307).header("location", "https://evil.example/");
                }
            }),
            "status 307",
            1,
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn nobody_elses_job_is_taken_and_no_other_host_is_asked() {
    let rows = rows();
    assert_eq!(rows.len(), 19);
    for (name, tamper, error, accepted) in rows {
        let azure = TamperedAzure::new();
        azure.tamper(tamper);
        let run: Run = azure.apply(None).await;
        let (errors, journal) = (run.errors(), azure.journal());
        assert_eq!(journal.accepted_restores().len(), accepted, "{name}: {errors:?}\n{}", journal.text());
        if error.is_empty() {
            assert_eq!((run.status(), errors), ("Completed", vec![]), "{name}\n{}", journal.text());
        } else {
            assert!(errors.len() == 1 && errors[0].contains(error), "{name}: {errors:?}");
            assert_ne!(run.status(), "Completed", "{name}");
        }
        // Handover alone, the next applies end well, and nothing that was accepted is sent again.
        azure.leave_alone();
        let mut state = run.state;
        for _ in 0..2 {
            let run = azure.apply(state).await;
            state = run.state;
        }
        assert!(azure.journal().accepted_restores().len() <= 1, "{name}: {}", azure.journal().text());
        azure.asked_only_azure();
    }
}

#[tokio::test(start_paused = true)]
async fn our_request_id_on_another_item_is_an_error_and_never_a_reason_to_send() {
    let azure = TamperedAzure::new();
    azure.next_job(JobScript::held());
    azure.tamper(|request, reply| {
        if is_job_list(request) || is_job(request) {
            *reply = Reply::empty(503);
        }
    });
    // Nothing is sent while the list cannot be read.
    let run = azure.apply(None).await;
    assert!(run.errors()[0].contains("Nothing was sent"), "{run:?}");
    azure.leave_alone();
    assert!(azure.simulator.jobs().is_empty());
    let applied = tokio::time::timeout(std::time::Duration::from_secs(60), azure.apply(None)).await;
    assert!(applied.is_err(), "the job is held, so the wait is cut off as if the process were killed");
    azure.tamper(|request, reply| {
        if is_job_list(request) {
            change(reply, |list| {
                for job in list["value"].as_array_mut().unwrap() {
                    job["properties"]["backupInstanceId"] = json!(format!("{OTHER_VAULT}/backupInstances/i"));
                }
            });
        }
    });
    let run = azure.apply(None).await;
    assert!(run.errors()[0].contains("a job of this restore works for another item"), "{run:?}");
    assert_eq!(azure.journal().accepted_restores().len(), 1);
    assert!(run.state.is_none());
    azure.asked_only_azure();
}
