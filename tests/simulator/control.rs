//! The other endpoint, for people and scripts that move the simulated Azure by hand: what was asked, jobs that end now,
//! failures to come. Azure has no such endpoint; it is plain HTTP on a port of its own and knows no token.

use serde::Deserialize;
use serde_json::{Value, json};

use super::data_protection::instances::UNTIL_GRANTED;
use super::fault::Fault;
use super::job_lists::ListDefect;
use super::message::{Reply, Request};
use super::script::{Ending, JobScript};
use super::{JobFacts, Resource, Simulator};

/// What is asked for, and then each kind of text that a body is made of, in capitals, with all that it can be.
const HELP: &str = r#"Each setting is for the next restore or the next request, unless its line says otherwise. A backup on demand counts
as a restore. Bodies are JSON.

GET    /ready                the line that the simulator printed when it was ready
GET    /journal              every request so far
GET    /journal/text         the same in words
GET    /jobs                 the jobs and their states
POST   /jobs/{id}/release    a job that is held takes its next step
POST   /jobs/{id}/finish     the job ends; body: ENDING; without a body: "completed"
POST   /jobs/{id}/forget     the job is not found any more: 404
POST   /resources            a disk, a cluster or a server exists from now on; body: {"id": "ARM ID"}
POST   /advance              every operation ends, and every job takes its next step
POST   /clock/advance        the clock is set forward; body: {"seconds": 3600}
POST   /faults               something happens to requests; body: {"matcher": MATCHER, "action": ACTION}
DELETE /faults               no fault is left
POST   /job-lists            lists of jobs are wrong; body: {"defect": DEFECT, "reads": 2}; without reads: from now on
DELETE /job-lists            lists of jobs are right again
POST   /scripts              what the next job shows; body: {"script": SCRIPT, "instance": "NAME"}; without instance: of
                             whatever is restored next
"#;

/// The kinds of texts in a body. A line that begins with JSON is an example of its kind.
const KINDS: &str = r#"
MATCHER: which requests. The path may have * for any text. Without times: one; with null: all.
  {"path": "*/restore"}
  {"method": "POST", "path": "*/restore", "nth": 2, "times": 3, "after_accepted_restores": 1}

ACTION: what happens to them. "Before" means that Azure does not see the request, "after" that it has done what was asked.
  {"status": {"status": 429, "headers": {"retry-after": "5"}, "body": {"error": {"code": "TooManyRequests"}}}}
                                          this answer, before; headers and body can be left out
  {"status_after_acceptance": {"status": 504}}
                                          the same, after
  "reset_before_acceptance"               the connection breaks, before
  "reset_after_acceptance"                the connection breaks, after
  "truncated_body"                        half of the answer arrives
  "malformed_body"                        the answer is not JSON
  {"slow_headers": 3000}                  the answer begins late; milliseconds
  {"slow_body": 3000}                     the rest of the answer is late
  "token_expired"                         401, and the token has expired, before
  {"html": {"status": 502}}               a page of a proxy, before
  {"redirect_to": "https://localhost/"}   307, before

SCRIPT: what a job shows, step by step. The last step stays. Without looks, a step stays until the job is released.
  {"steps": [{"view": {"running": "InProgress"}, "looks": 3}, {"view": {"ended": "completed"}}]}
  {"steps": [{"view": {"ended": "completed"}}], "listed_after": 2, "moved_by_lists": false, "activity_id": "upper"}
                                          listed_after: so many lists do not show it, or null: none shows it;
                                          moved_by_lists: whether a list counts as a look, usually true

VIEW: what one look at a job shows.
  {"running": "InProgress"}               it runs; any other word is possible
  {"ended": "completed"}                  it has ended; ENDING
  "bare"                                  nearly nothing
  "server_error"                          500
  "missing"                               404

ENDING: how a job ends.
  "completed"
  "cancelled"
  {"failed": [{"code": "A", "message": "B", "recommended_actions": ["C"], "inner": ["D", "E"]}]}
                                          only code and message are needed
  {"completed_with_warnings": [{"resource_name": "A", "warning": {"code": "B", "message": "C"}}]}
  {"completed_with_errors": [{"code": "A", "message": "B"}]}
                                          its status says Completed, its details do not

ACTIVITY_ID: what a job says of the request that it was started by.
  "echoed"                                its x-ms-client-request-id, as usual
  "upper"                                 the same in capitals
  {"suffixed": " A"}                      the same with something behind it
  {"replaced": "A"}                       something else

DEFECT: what is wrong with a list of jobs.
  "without_the_newest"                    the newest job is missing
  {"behind": 3}                           it shows what there was so many reads ago
  "without_activity_ids"                  jobs do not say which request they were started by
  "without_properties"                    jobs have nothing but names
  "newest_first"
  "oldest_first"
  "repeated"                              every job is there twice
"#;

/// How often something is to happen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withheld {
    #[serde(default, alias = "validations")]
    times: Option<u32>,
}

/// The answer to a request to withhold a role so often. Without a number, in a body or without one: until it is granted.
pub fn withheld(request: &Request, what: &str, withhold: impl FnOnce(u32) -> bool) -> Reply {
    if request.body.is_empty() {
        return changed(withhold(UNTIL_GRANTED), what);
    }
    with(request, |own: Withheld| changed(withhold(own.times.unwrap_or(UNTIL_GRANTED)), what))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefectiveLists {
    defect: ListDefect,
    #[serde(default)]
    reads: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
            None => problem(400, "This is not the ID of a resource in a resource group."),
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
            problem(404, &format!("There is nothing to ask for at this address. What there is:\n\n{}", help(simulator)))
        }),
    }
}

/// What every service understands, and what one of them does.
fn help(simulator: &Simulator) -> String {
    format!("{HELP}{}{KINDS}", simulator.control_help())
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
        Err(error) => problem(400, &format!("This body is not understood: {error}. GET / says what it can be.")),
    }
}

fn moved(found: bool) -> Reply {
    if found { Reply::empty(204) } else { problem(404, "There is no job with this ID. GET /jobs lists the jobs.") }
}

pub fn changed(found: bool, what: &str) -> Reply {
    if found {
        Reply::empty(204)
    } else {
        problem(404, &format!("There is no {what} of this name. GET /ready lists the names."))
    }
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
    use super::super::catalogue::{DISK, VM_SQL_DATABASE};
    use super::super::fault::{Action, Matcher};
    use super::super::script::{ActivityId, JobView};
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
        let withhold = |body: Value| {
            let request = Request::new("POST", "/instances/contoso-disk/withhold-role").json(&body);
            (ask(&simulator, &request).status, missing())
        };
        assert_eq!(withhold(json!({"validations": 2})), (204, 2));
        assert_eq!(withhold(json!({})), (204, UNTIL_GRANTED), "no number is as good as no body");
        assert_eq!(withhold(json!({"times": 3})), (204, 3));
        assert_eq!(withhold(json!({"time": 4})), (400, 3), "a word that nobody knows");
        assert_eq!((post("/instances/contoso-disk/grant-role"), missing()), (204, 0));
        let id = Resource::disk("taken").id();
        let taken = Request::new("POST", "/resources").json(&json!({"id": id}));
        assert_eq!(ask(&simulator, &taken).status, 204);
        assert!(simulator.change(|world| world.resource(&id).is_some()));
        assert_eq!(ask(&simulator, &Request::new("POST", "/resources").json(&json!({"id": "taken"}))).status, 400);
    }

    #[test]
    fn a_role_is_withheld_from_a_protected_item_whatever_its_name() {
        let simulator = SimulatorBuilder::demo().start();
        let path = "/protected-items/contoso%2Forders%20100%25%20%C3%A4%3B1/withhold-role";
        let missing = || simulator.change_item(VM_SQL_DATABASE, |item| item.restores_without_role).unwrap();
        for (body, left) in [(json!({"times": 2}), 2), (json!({}), UNTIL_GRANTED)] {
            assert_eq!(ask(&simulator, &Request::new("POST", path).json(&body)).status, 204);
            assert_eq!(missing(), left);
        }
        let granted = Request::new("POST", path.replace("withhold", "grant"));
        assert_eq!((ask(&simulator, &granted).status, missing()), (204, 0));
    }

    /// The examples of a kind in the help.
    fn examples(kind: &str) -> Vec<Value> {
        let begin = format!("\n{kind}: ");
        let own = KINDS.split(&begin).nth(1).unwrap_or_else(|| panic!("{kind} is not in the help"));
        let own = own.split("\n\n").next().unwrap_or_default();
        let lines = own.lines().filter_map(|line| line.strip_prefix("  "));
        let lines = lines.filter(|line| line.starts_with(['{', '"']));
        lines.map(|line| serde_json::Deserializer::from_str(line).into_iter().next().unwrap().unwrap()).collect()
    }

    /// Every example is one, and nothing that a text of this kind can be is left out.
    #[track_caller]
    fn is_told<T: for<'a> Deserialize<'a> + std::fmt::Debug>(kind: &str) {
        let examples = examples(kind);
        for example in &examples {
            serde_json::from_value::<T>(example.clone()).unwrap_or_else(|error| panic!("{kind}, {example}: {error}"));
        }
        let error = serde_json::from_value::<T>(json!({"nobody knows this": 1})).unwrap_err().to_string();
        let (_, known) = error.split_once("expected one of ").unwrap_or_else(|| panic!("{kind}: {error}"));
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let text = examples.iter().map(Value::to_string).collect::<String>();
        assert!(known.len() > 1, "{error}");
        for word in known {
            assert!(text.contains(&format!("\"{word}\"")), "the help does not have the {kind} {word}");
        }
    }

    #[test]
    fn the_help_has_every_text_of_every_kind_and_each_is_understood() {
        is_told::<Matcher>("MATCHER");
        is_told::<Action>("ACTION");
        is_told::<JobScript>("SCRIPT");
        is_told::<JobView>("VIEW");
        is_told::<Ending>("ENDING");
        is_told::<ActivityId>("ACTIVITY_ID");
        is_told::<ListDefect>("DEFECT");
    }

    #[test]
    fn every_kind_that_the_help_names_is_explained_there_and_every_request_is_answered() {
        let simulator = SimulatorBuilder::demo().start();
        let help = help(&simulator);
        for line in help.lines().filter(|line| line.starts_with("POST ") || line.starts_with("GET ")) {
            let [method, path] = line.split_whitespace().take(2).collect::<Vec<_>>()[..] else { panic!("{line}") };
            let said = ask(&simulator, &Request::new(method, path)).value()["error"].to_string();
            assert!(!said.contains("nothing to ask for"), "{line}");
        }
        let words = help.split(|sign: char| !sign.is_ascii_uppercase() && sign != '_');
        for kind in words.filter(|word| word.len() > 4 && !["DELETE"].contains(word)) {
            assert!(help.contains(&format!("\n{kind}: ")), "{kind} is not explained");
        }
    }

    #[test]
    fn a_word_that_nobody_knows_is_refused_rather_than_passed_over() {
        let simulator = SimulatorBuilder::new().start();
        for (path, body) in [
            ("/faults", json!({"matcher": {"path": "*", "metod": "PUT"}, "action": "truncated_body"})),
            ("/faults", json!({"matcher": {"path": "*"}, "action": {"html": {"status": 502, "headers": {}}}})),
            ("/scripts", json!({"script": {"steps": [{"view": "bare", "look": 1}]}})),
            ("/scripts", json!({"script": {"steps": []}, "instances": "a"})),
            (
                "/scripts",
                json!({"script": {"steps": [{"view": {"ended": {"failed": [{"code": "c", "mesage": "m"}]}}}]}}),
            ),
            ("/job-lists", json!({"defect": "repeated", "read": 2})),
        ] {
            assert_eq!(ask(&simulator, &Request::new("POST", path).json(&body)).status, 400, "{body}");
        }
    }

    #[test]
    fn the_clock_is_set_forward_by_hand() {
        let simulator = SimulatorBuilder::new().start();
        let before = simulator.now();
        let reply = ask(&simulator, &Request::new("POST", "/clock/advance").json(&json!({"seconds": 60})));
        assert_eq!((reply.status, simulator.now() - before), (204, time::Duration::minutes(1)));
    }
}
