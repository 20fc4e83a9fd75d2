//! The other endpoint, for people and scripts that move the simulated Azure by hand: what was asked, jobs that end now,
//! failures to come. Azure has no such endpoint; it is plain HTTP on a port of its own and knows no token.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::job_lists::ListDefect;
use super::message::{Reply, Request};
use super::script::{Ending, JobScript};
use super::{JobFacts, Resource, Simulator};

const HELP: &str = "\
GET    /ready                what the ready line said
GET    /journal              every request so far
GET    /journal/text         the same for people
GET    /jobs                 jobs and their states
POST   /jobs/{id}/release    a held job takes its next step
POST   /jobs/{id}/finish     body: \"completed\", \"cancelled\", {\"failed\": [{\"code\", \"message\", \"recommended_actions\"}]},
                             {\"completed_with_warnings\": [{\"resource_name\", \"warning\": {\"code\", \"message\"}}]}; none: completed
POST   /jobs/{id}/forget     the record ages out
POST   /resources            body: {\"id\": \"ARM id of a disk, a cluster, a server\"}: it is there from now on
POST   /advance              every operation ends, every job takes its next step
POST   /clock/advance        body: {\"seconds\": 3600}
POST   /faults               body: {\"matcher\": {\"method\", \"path\", \"nth\", \"times\", \"after_accepted_restores\"}, \"action\": …}
DELETE /faults
POST   /job-lists            body: {\"defect\": \"without_the_newest\" (or {\"behind\": 3}, without_activity_ids, without_properties,
                             newest_first, oldest_first, repeated), \"reads\": 2}: lists of jobs are so; no reads: from now on
DELETE /job-lists            they are whole again
POST   /scripts              body: {\"script\": {\"steps\": [{\"view\": {\"running\": \"InProgress\"}, \"looks\": 3}, {\"view\": {\"ended\": \"completed\"}}]},
                             \"instance\": \"only of this one\"}
";

#[derive(Deserialize)]
struct Forward {
    seconds: i64,
}

#[derive(Deserialize)]
struct Taken {
    id: String,
}

#[derive(Deserialize)]
struct DefectiveLists {
    defect: ListDefect,
    #[serde(default)]
    reads: Option<u32>,
}

#[derive(Deserialize)]
struct QueuedScript {
    script: JobScript,
    #[serde(default)]
    instance: Option<String>,
}

/// The answer to one request at the control endpoint. `ready` is what the program said when it was ready.
pub fn handle(simulator: &Simulator, ready: &Value, request: &Request) -> Reply {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", []) => text(&help(simulator)),
        ("GET", ["ready"]) => Reply::json(200, ready),
        ("GET", ["journal"]) => Reply::json(200, &simulator.journal().to_json()),
        ("GET", ["journal", "text"]) => text(&simulator.journal().text()),
        ("GET", ["jobs"]) => Reply::json(200, &simulator.jobs().iter().map(job).collect()),
        ("POST", ["jobs", id, "release"]) => moved(simulator.release(id)),
        ("POST", ["jobs", id, "forget"]) => moved(simulator.forget(id)),
        ("POST", ["jobs", id, "finish"]) if request.body.is_empty() => moved(simulator.finish(id, Ending::Completed)),
        ("POST", ["jobs", id, "finish"]) => with(request, |ending| moved(simulator.finish(id, ending))),
        ("POST", ["resources"]) => with(request, |taken: Taken| match Resource::named(&taken.id) {
            Some(resource) => {
                simulator.change(|world| world.resources.push(resource));
                Reply::empty(204)
            }
            None => problem(400, "the id is not one of a resource in a resource group"),
        }),
        ("POST", ["advance"]) => {
            simulator.advance();
            Reply::empty(204)
        }
        ("POST", ["clock", "advance"]) => with(request, |forward: Forward| {
            simulator.advance_clock(time::Duration::seconds(forward.seconds));
            Reply::empty(204)
        }),
        ("POST", ["faults"]) => with(request, |fault: Fault| {
            simulator.inject(fault);
            Reply::empty(204)
        }),
        ("DELETE", ["faults"]) => {
            simulator.clear_faults();
            Reply::empty(204)
        }
        ("POST", ["job-lists"]) => with(request, |lists: DefectiveLists| {
            simulator.show_job_lists_with(lists.defect, lists.reads);
            Reply::empty(204)
        }),
        ("DELETE", ["job-lists"]) => {
            simulator.mend_job_lists();
            Reply::empty(204)
        }
        ("POST", ["scripts"]) => with(request, |next: QueuedScript| {
            match next.instance {
                Some(instance) => simulator.next_restore_of(&instance, next.script),
                None => simulator.next_restore(next.script),
            }
            Reply::empty(204)
        }),
        _ => simulator.control(request, &segments).unwrap_or_else(|| {
            problem(404, &format!("no such thing here; GET / lists what there is\n\n{}", help(simulator)))
        }),
    }
}

/// What every service understands, and what one of them does.
fn help(simulator: &Simulator) -> String {
    format!("{HELP}{}", simulator.control_help())
}

fn job(facts: &JobFacts) -> Value {
    json!({
        "id": facts.id, "arm_id": facts.arm_id, "instance": facts.instance, "status": facts.status,
        "activity_id": facts.activity_id,
    })
}

pub fn with<T: for<'a> Deserialize<'a>>(request: &Request, act: impl FnOnce(T) -> Reply) -> Reply {
    match serde_json::from_slice(&request.body) {
        Ok(body) => act(body),
        Err(error) => problem(400, &format!("the body does not say what is wanted: {error}")),
    }
}

fn moved(found: bool) -> Reply {
    if found { Reply::empty(204) } else { problem(404, "no job with this id") }
}

pub fn changed(found: bool, what: &str) -> Reply {
    if found { Reply::empty(204) } else { problem(404, &format!("no {what} of this name")) }
}

fn problem(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"error": message}))
}

fn text(text: &str) -> Reply {
    let mut reply = Reply::empty(200).header("content-type", "text/plain; charset=utf-8");
    reply.body = text.as_bytes().to_vec();
    reply
}

#[cfg(test)]
mod tests {
    use super::super::SimulatorBuilder;
    use super::super::UNTIL_GRANTED;
    use super::super::catalogue::DISK;
    use super::*;

    fn ask(simulator: &Simulator, request: &Request) -> Reply {
        handle(simulator, &json!({"endpoint": "x"}), request)
    }

    #[test]
    fn what_is_not_here_is_told_with_what_is() {
        let reply = ask(&SimulatorBuilder::new().start(), &Request::new("GET", "/jobsx"));
        assert_eq!(reply.status, 404);
        let help = reply.value()["error"].as_str().unwrap().to_owned();
        assert!(help.contains("/journal") && help.contains("/instances/{name}/grant-role"), "{help}");
    }

    #[test]
    fn faults_and_stories_are_taken_as_json_and_refused_with_the_reason() {
        let simulator = SimulatorBuilder::new().start();
        let fault = json!({"matcher": {"path": "*"}, "action": {"html": {"status": 502}}});
        assert_eq!(ask(&simulator, &Request::new("POST", "/faults").json(&fault)).status, 204);
        assert_eq!(simulator.handle(&Request::new("GET", "/x")).status, 502);
        let script = json!({"script": {"steps": [{"view": {"ended": {"failed": [{"code": "c", "message": "m"}]}}}]}});
        assert_eq!(ask(&simulator, &Request::new("POST", "/scripts").json(&script)).status, 204);
        let reply = ask(&simulator, &Request::new("POST", "/faults").json(&json!({"matcher": {}})));
        assert_eq!(reply.status, 400);
        assert!(reply.value()["error"].as_str().unwrap().contains("path"));
    }

    #[test]
    fn lists_of_jobs_get_a_defect_and_are_mended() {
        let simulator = SimulatorBuilder::new().start();
        for defect in [json!("without_the_newest"), json!({"behind": 3})] {
            let defective = json!({"defect": defect, "reads": 2});
            assert_eq!(ask(&simulator, &Request::new("POST", "/job-lists").json(&defective)).status, 204);
        }
        let unknown = json!({"defect": "rude"});
        assert_eq!(ask(&simulator, &Request::new("POST", "/job-lists").json(&unknown)).status, 400);
        assert_eq!(ask(&simulator, &Request::new("DELETE", "/job-lists")).status, 204);
    }

    #[test]
    fn a_job_that_is_not_there_is_not_moved() {
        let reply = ask(&SimulatorBuilder::new().start(), &Request::new("POST", "/jobs/nobody/release"));
        assert_eq!(reply.status, 404);
    }

    #[test]
    fn a_role_is_withheld_and_granted_and_a_resource_comes_to_be() {
        let simulator = SimulatorBuilder::demo().start();
        let post = |path: &str| ask(&simulator, &Request::new("POST", path)).status;
        let missing = || simulator.change(|world| world.instance_named(DISK).unwrap().validations_without_role);
        assert_eq!([post("/instances/contoso-disk/withhold-role"), post("/instances/nobody/grant-role")], [204, 404]);
        assert_eq!(missing(), UNTIL_GRANTED);
        let twice = Request::new("POST", "/instances/contoso-disk/withhold-role").json(&json!({"validations": 2}));
        assert_eq!((ask(&simulator, &twice).status, missing()), (204, 2));
        assert_eq!((post("/instances/contoso-disk/grant-role"), missing()), (204, 0));
        let id = Resource::disk("taken").id();
        let taken = Request::new("POST", "/resources").json(&json!({"id": id}));
        assert_eq!(ask(&simulator, &taken).status, 204);
        assert!(simulator.change(|world| world.resource(&id).is_some()));
        assert_eq!(ask(&simulator, &Request::new("POST", "/resources").json(&json!({"id": "taken"}))).status, 400);
    }

    #[test]
    fn the_clock_is_set_forward_by_hand() {
        let simulator = SimulatorBuilder::new().start();
        let before = simulator.now();
        let reply = ask(&simulator, &Request::new("POST", "/clock/advance").json(&json!({"seconds": 60})));
        assert_eq!((reply.status, simulator.now() - before), (204, time::Duration::minutes(1)));
    }
}
