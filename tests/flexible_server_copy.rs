//! `azurebackup_postgresql_flexible_server_copy` and `azurebackup_mysql_flexible_server_copy`: restores without a job and
//! without a vault, whose new server plays the part of the job. In process, on a paused clock. One test of each is made with
//! the real client.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::harness::Scenario;
use crate::in_process::{PlannedStep, Session, SessionResult, text};
use crate::restored_resource::{failures, merged, moments};
use crate::simulator::fault::Matcher;
use crate::simulator::flexible_servers::Engine;
use crate::simulator::{
    Action, Ending, Fault, FlexibleServer, JobScript, MySql, OperationScript, PostgreSql, ServiceError, catalogue,
};

const TAG: &str = "azurebackup-restore";
const SERVER: &str = "*/flexibleServers/*";

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    PostgreSql,
    MySql,
}

use Kind::{MySql as My, PostgreSql as Pg};

const BOTH: [Kind; 2] = [Pg, My];

impl Kind {
    fn type_name(self) -> &'static str {
        match self {
            Pg => "azurebackup_postgresql_flexible_server_copy",
            My => "azurebackup_mysql_flexible_server_copy",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Pg => PostgreSql::NAMESPACE,
            My => MySql::NAMESPACE,
        }
    }
}

/// Calls something of the simulator for the service of a kind.
macro_rules! of_kind {
    ($kind:expr, $azure:expr, $method:ident($($argument:expr),*)) => {
        match $kind {
            Pg => $azure.$method::<PostgreSql>($($argument),*),
            My => $azure.$method::<MySql>($($argument),*),
        }
    };
}

/// A restore inside this process.
struct ServerCopy {
    session: Session,
    kind: Kind,
}

impl ServerCopy {
    fn new(kind: Kind) -> Self {
        Self { session: Session::new().of_type(kind.type_name()), kind }
    }

    fn source(&self) -> String {
        match self.kind {
            Pg => self.session.thing(PostgreSql::THINGS, catalogue::POSTGRESQL_SERVER),
            My => self.session.thing(MySql::THINGS, catalogue::MYSQL_SERVER),
        }
    }

    fn group(&self) -> String {
        self.session.thing("resource_groups", catalogue::MACHINE_TARGET_GROUP)
    }

    fn server(&self, name: &str) -> String {
        format!("{}/providers/{}/flexibleServers/{name}", self.group(), self.kind.namespace())
    }

    /// The id of the server that is made.
    fn target(&self) -> String {
        self.server("copy")
    }

    /// A copy made of this source, with further arguments.
    fn of(&self, source: Json, more: Json) -> Json {
        merged(merged(json!({"resource_group_id": self.group(), "name": "copy"}), source), more)
    }

    /// A restore to a point in time, with further arguments.
    fn live(&self, more: Json) -> Json {
        let live = json!({"server_id": self.source(), "point_in_time": "2026-11-19T08:00:00Z"});
        self.of(json!({ "live": live }), more)
    }

    fn geo(&self, more: Json) -> Json {
        self.of(json!({"geo": {"server_id": self.source()}, "location": "northeurope"}), more)
    }

    async fn apply(&mut self, arguments: Json) -> SessionResult {
        let config = self.session.configuration_of(&arguments);
        self.session.apply(&config).await
    }

    #[track_caller]
    fn succeeded(&self, finished: &SessionResult) {
        assert!(finished.succeeded(), "{}\n{}", finished.text(), self.session.journal().text());
        assert_eq!(self.session.text("status"), "Completed");
    }

    #[track_caller]
    fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        let said = finished.text();
        assert!(!finished.succeeded(), "{said}\n{}", self.session.journal().text());
        for part in parts {
            assert!(said.contains(part), "{part:?} is missing in: {said}");
        }
    }

    /// The bodies of all PUTs.
    fn sent(&self) -> Vec<Json> {
        let journal = self.session.journal();
        journal.find("PUT", "/flexibleServers/").filter_map(|entry| entry.body.clone()).collect()
    }

    fn exists(&self) -> bool {
        of_kind!(self.kind, self.session.azure(), flexible_server_state(&self.target())).is_some()
    }

    fn next_server_says(&self, words: &[&str]) {
        of_kind!(self.kind, self.session.azure(), next_restored_server_says(words));
    }

    /// Somebody else makes a server.
    fn add(&self, name: &str) {
        fn placed<E: Engine>(copy: &ServerCopy, name: &str) -> FlexibleServer<E> {
            let now = copy.session.azure().now();
            FlexibleServer::new(name, now).resource_group(catalogue::MACHINE_TARGET_GROUP)
        }
        match self.kind {
            Pg => self.session.azure().add_flexible_server(placed::<PostgreSql>(self, name)),
            My => self.session.azure().add_flexible_server(placed::<MySql>(self, name)),
        }
    }

    /// Somebody else writes other tags onto the server.
    fn retag(&self, tags: &Json) {
        let there = match self.kind {
            Pg => {
                let change = |own: &mut FlexibleServer<PostgreSql>| own.tags = tags.clone();
                self.session.azure().change_flexible_server(&self.target(), change)
            }
            My => {
                let change = |own: &mut FlexibleServer<MySql>| own.tags = tags.clone();
                self.session.azure().change_flexible_server(&self.target(), change)
            }
        };
        assert!(there);
    }

    /// Applies until the time is up while the restore runs for so many looks; the object is then tainted.
    async fn interrupted(&mut self, looks: u32, more: Json) {
        self.session.azure().next_restore(JobScript::running(looks).then(Ending::Completed));
        let arguments = self.live(merged(json!({"timeouts": {"create": "40s", "update": "40s"}}), more));
        let finished = self.apply(arguments).await;
        self.failed(&finished, &["terraform untaint"]);
        assert_eq!(self.session.text("status"), "InProgress");
        assert_eq!(self.session.text("id"), self.target());
    }

    #[track_caller]
    fn finish(self, restores: usize) {
        assert_eq!(self.session.restores(), restores, "accepted restores\n{}", self.session.journal().text());
        crate::contract::check(&self.session.journal());
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_makes_a_server_that_carries_the_id_of_its_request() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let arguments = r.live(json!({"availability_zone": "2", "tags": {"env": "drill"}}));
        let finished = r.apply(arguments.clone()).await;
        r.succeeded(&finished);
        let id = r.session.text("client_request_id");
        let sent = r.sent().remove(0);
        assert_eq!(sent["tags"], json!({"env": "drill", TAG: id}));
        assert_eq!((&sent["location"], &sent["properties"]["availabilityZone"]), (&json!("westeurope"), &json!("2")));
        assert_eq!((r.session.text("id"), r.session.text("job_id")), (r.target(), r.target()));
        assert_eq!(r.session.text("recovery_point_time"), "2026-11-19T08:00:00Z");
        for name in ["start_time", "end_time"] {
            assert_ne!(r.session.text(name), "", "{name}");
        }
        let object = r.session.object.clone().unwrap().value;
        assert!(
            object.get("duration_seconds").as_i64().is_some_and(|seconds| (1..600).contains(&seconds)),
            "{object:?}"
        );
        assert_eq!(object.get("details").get("administratorLogin").as_str(), Some("contosoadmin"));
        assert_eq!(r.apply(arguments).await.step, PlannedStep::Nothing);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn every_source_is_restored_with_the_members_that_belong_to_it() {
    let lost = format!("{} (deleted)", catalogue::POSTGRESQL_LOST_SERVER);
    let deleted_at = "2026-11-19T10:00:00Z";
    for (kind, source) in
        [(Pg, "live"), (Pg, "latest"), (Pg, "geo"), (Pg, "dropped"), (My, "live"), (My, "latest"), (My, "geo")]
    {
        let mut r = ServerCopy::new(kind);
        let id = r.source();
        let at = |time: &str| match kind {
            Pg => json!({ "pointInTimeUTC": time }),
            My => json!({ "restorePointInTime": time }),
        };
        let now = "2026-11-20T12:00:00";
        let (arguments, properties, point) = match source {
            "live" => (
                r.live(json!({})),
                merged(
                    json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": id}),
                    at("2026-11-19T08:00:00.0000000Z"),
                ),
                "2026-11-19T08:00:00Z",
            ),
            "latest" => (
                r.live(json!({"live": {"server_id": id, "point_in_time": "latest"}})),
                merged(json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": id}), at(now)),
                now,
            ),
            "geo" => {
                let own = json!({"createMode": "GeoRestore", "sourceServerResourceId": id});
                (r.geo(json!({})), if kind == Pg { merged(own, at(now)) } else { own }, "")
            }
            _ => {
                let id = r.session.thing(PostgreSql::THINGS, &lost);
                let dropped = json!({"server_id": id, "point_in_time": "2026-11-19T11:00:00+01:00"});
                let own = json!({"createMode": "ReviveDropped", "sourceServerResourceId": id});
                let arguments = r.of(json!({"dropped": dropped, "location": "West Europe"}), json!({}));
                (arguments, merged(own, at("2026-11-19T10:00:00.0000000Z")), deleted_at)
            }
        };
        let finished = r.apply(arguments).await;
        r.succeeded(&finished);
        let sent = r.sent().remove(0)["properties"].clone();
        for (name, expected) in properties.as_object().unwrap() {
            let (found, expected) = (sent[name].as_str().unwrap(), expected.as_str().unwrap());
            assert!(found.starts_with(expected), "{kind:?} {source} {name}: {found} {expected}");
        }
        assert_eq!(sent.as_object().unwrap().len(), properties.as_object().unwrap().len(), "{kind:?} {source}: {sent}");
        assert!(r.session.text("recovery_point_time").starts_with(point), "{kind:?} {source}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_geo_restore_reads_nothing_of_the_source() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let finished = r.apply(r.geo(json!({}))).await;
        r.succeeded(&finished);
        let source = r.source();
        let journal = r.session.journal();
        assert!(journal.entries.iter().all(|entry| !entry.path.eq_ignore_ascii_case(&source)), "{}", journal.text());
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_state_is_not_another_one_when_time_passes() {
    let mut r = ServerCopy::new(Pg);
    let newest = r.live(json!({"live": {"server_id": r.source(), "point_in_time": "latest"}}));
    let finished = r.apply(newest.clone()).await;
    r.succeeded(&finished);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(r.apply(newest).await.step, PlannedStep::Nothing);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_twelve_hours_is_followed_to_its_end_with_fewer_than_a_thousand_requests() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.session.azure().next_restore(JobScript::running(790).then(Ending::Completed));
        let start = Instant::now();
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        assert!(start.elapsed() > Duration::from_secs(12 * 3600), "{:?}", start.elapsed());
        let requests = r.session.journal().entries.len();
        assert!((790..1000).contains(&requests), "{requests}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_at_any_moment_leads_to_one_put_and_to_the_server() {
    let (mut before, mut meanwhile, mut after) = (0, 0, 0);
    for (position, moment) in moments().enumerate() {
        let mut r = ServerCopy::new(BOTH[position % 2]);
        // The answer comes late, so that some die between what Azure has accepted and what they know.
        r.session.azure().inject(Fault::on("PUT", SERVER, Action::SlowHeaders(12_000)));
        r.session.azure().inject(Fault::on("GET", SERVER, Action::SlowHeaders(2_000)));
        r.session.azure().next_restore(JobScript::running(8).then(Ending::Completed));
        let arguments = r.live(json!({"adopt": "completed"}));
        let config = r.session.configuration_of(&arguments);
        let killed = tokio::time::timeout(moment, r.session.apply(&config)).await.is_err();
        let count = if !killed {
            &mut after
        } else if r.session.restores() == 0 {
            &mut before
        } else {
            &mut meanwhile
        };
        *count += 1;
        if killed {
            assert!(r.session.object.is_none(), "the state is lost with the run");
        }
        let finished = r.apply(arguments).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1, "killed after {moment:?}\n{}", r.session.journal().text());
        r.finish(1);
    }
    assert!(before >= 1 && meanwhile >= 20 && after >= 1, "{before} {meanwhile} {after}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_resumes_and_is_killed_at_any_moment_sends_nothing() {
    for (position, moment) in moments().step_by(3).enumerate() {
        let mut r = ServerCopy::new(BOTH[position % 2]);
        r.interrupted(16, json!({})).await;
        r.session.untaint();
        let (known, config) = (r.session.object.clone(), r.session.configuration_of(&r.live(json!({}))));
        let _ = tokio::time::timeout(moment, r.session.apply(&config)).await;
        // As the state file has it: the run could not write.
        r.session.object = known;
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1, "killed after {moment:?}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_at_any_request_one_restore_is_accepted_and_the_next_applies_bring_it_to_its_end() {
    let mut all_at_once = 0;
    for kind in BOTH {
        for (name, action) in failures() {
            for nth in 1..=10 {
                let mut r = ServerCopy::new(kind);
                r.session.azure().next_restore(JobScript::running(3).then(Ending::Completed));
                let fault = Fault::on("*", &format!("*/providers/{}/*", kind.namespace()), action.clone()).nth(nth);
                r.session.azure().inject(Fault { matcher: Matcher { method: None, ..fault.matcher }, ..fault });
                let arguments = r.live(json!({"adopt": "completed"}));
                let mut finished = r.apply(arguments.clone()).await;
                all_at_once += usize::from(finished.succeeded());
                for _ in 0..2 {
                    if !finished.succeeded() || r.session.text("status") != "Completed" {
                        finished = r.apply(arguments.clone()).await;
                    }
                }
                let journal = r.session.journal().text();
                assert!(finished.succeeded(), "{kind:?} {name} at {nth}: {}\n{journal}", finished.text());
                assert_eq!(r.session.text("status"), "Completed", "{kind:?} {name} at {nth}");
                assert_eq!(r.session.restores(), 1, "{kind:?} {name} at {nth}: {journal}");
            }
        }
    }
    assert!(all_at_once > 140, "of 220: {all_at_once}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_runner_finds_its_server_by_the_tag_and_sends_no_second_put() {
    for kind in BOTH {
        for lost in ["the state", "the process"] {
            let mut r = ServerCopy::new(kind);
            r.interrupted(60, json!({})).await;
            if lost == "the state" {
                r.session.object = None;
            }
            let finished = r.apply(r.live(json!({}))).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1, "{lost}");
            r.finish(1);
        }
    }
}

/// Microsoft does not say whether a server is there while it is made. If it is not, a restore is known by its operation, and
/// by the state.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_shown_while_it_is_made_is_waited_for_all_the_same() {
    for kind in BOTH {
        let hidden = || {
            let r = ServerCopy::new(kind);
            of_kind!(kind, r.session.azure(), servers_are_shown_while_they_are_made(false));
            r
        };
        let mut r = hidden();
        r.session.azure().next_restore(JobScript::running(20).then(Ending::Completed));
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        r.finish(1);

        let mut r = hidden();
        r.interrupted(40, json!({})).await;
        r.session.untaint();
        let mut applies = 0;
        while r.session.text("status") != "Completed" && applies < 60 {
            let _ = r.apply(r.live(json!({}))).await;
            applies += 1;
        }
        assert_eq!((r.session.text("status").as_str(), r.sent().len()), ("Completed", 1), "{applies}");
        r.finish(1);
    }
}

/// Without a state and without a server to see, a second PUT is sent. Azure decides about it; the simulator refuses.
#[tokio::test(start_paused = true)]
async fn a_lost_runner_whose_server_is_not_shown_meets_azures_refusal_and_finds_it_later() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        of_kind!(kind, r.session.azure(), servers_are_shown_while_they_are_made(false));
        r.interrupted(60, json!({})).await;
        r.session.object = None;
        let finished = r.apply(r.live(json!({}))).await;
        r.failed(&finished, &["ServerNameInUse"]);
        r.session.azure().advance();
        let finished = r.apply(r.live(json!({"adopt": "completed"}))).await;
        r.succeeded(&finished);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_put_whose_answer_was_lost_is_found_and_not_repeated() {
    for kind in BOTH {
        for action in [
            Action::ResetAfterAcceptance,
            Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) },
        ] {
            let mut r = ServerCopy::new(kind);
            r.session.azure().inject(Fault::on("PUT", SERVER, action));
            let finished = r.apply(r.live(json!({}))).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1);
            r.finish(1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_keeps_the_server_in_the_state_and_the_next_apply_waits_for_it() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.session.azure().next_restore(JobScript::running(60).then(Ending::Completed));
        let (stop, config) = (CancellationToken::new(), r.session.configuration_of(&r.live(json!({}))));
        let stopping = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            stopping.cancel();
        });
        let finished = r.session.apply_until(&config, &stop).await;
        assert!(finished.succeeded() && finished.text().contains("goes on in Azure"), "{}", finished.text());
        assert_eq!((r.session.text("status"), r.session.text("id")), ("InProgress".into(), r.target()));
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(finished.step, PlannedStep::Update);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_there_already_is_an_error_on_the_name_and_is_not_touched() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.add("copy");
        let finished = r.apply(r.live(json!({}))).await;
        r.failed(&finished, &["already (Ready)", "was not touched", "terraform import ADDRESS", &r.target()]);
        let at: Vec<String> =
            finished.errors().iter().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect();
        assert_eq!(at, ["name"]);
        assert!(r.sent().is_empty() && r.session.object.is_none() && r.exists());
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_completed_restore_that_no_state_knows_is_named_and_may_be_adopted() {
    let mut r = ServerCopy::new(Pg);
    let finished = r.apply(r.live(json!({}))).await;
    r.succeeded(&finished);
    r.session.object = None;
    let finished = r.apply(r.live(json!({}))).await;
    r.failed(&finished, &["this restore has already run", &r.target()]);
    let finished = r.apply(r.live(json!({"adopt": "completed"}))).await;
    r.succeeded(&finished);
    r.session.object = None;
    let finished = r.apply(r.live(json!({"triggers": {"run": "2"}}))).await;
    r.failed(&finished, &["Another restore has made it"]);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn ready_counts_only_if_it_stays_and_a_stopped_server_is_waited_for() {
    for kind in BOTH {
        for words in [["Ready", "Updating", "Ready"], ["Stopped", "Starting", "Ready"]] {
            let mut r = ServerCopy::new(kind);
            r.next_server_says(&words);
            let start = Instant::now();
            let finished = r.apply(r.live(json!({}))).await;
            r.succeeded(&finished);
            assert!(start.elapsed() > Duration::from_secs(70), "{:?}", start.elapsed());
            r.finish(1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_used_is_a_failure_at_once() {
    for kind in BOTH {
        for word in ["Disabled", "Inaccessible", "Dropping"] {
            let mut r = ServerCopy::new(kind);
            r.next_server_says(&[word]);
            let finished = r.apply(r.live(json!({}))).await;
            r.failed(&finished, &[word]);
            assert_eq!(r.session.text("status"), "Failed");
            assert!(r.exists(), "it is not touched");
            r.finish(1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_in_azures_words_and_the_next_apply_restores_again() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.session.azure().next_restore(JobScript::fails("RestoreFailed", "The backup cannot be read.", ""));
        let finished = r.apply(r.live(json!({}))).await;
        r.failed(&finished, &["RestoreFailed", "The backup cannot be read."]);
        assert_eq!(r.session.text("status"), "Failed");
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(finished.step, PlannedStep::Replace);
        r.finish(2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_azures_words_and_leaves_nothing_behind() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let error = ServiceError::new("SkuNotAvailable", "The size is not available in this region.");
        r.session.azure().next_restore_operation(OperationScript::fails(error));
        let finished = r.apply(r.live(json!({}))).await;
        r.failed(&finished, &["SkuNotAvailable", "The size is not available in this region."]);
        assert!(!r.exists());
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        r.finish(2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told_on_the_argument_that_names_it() {
    for kind in BOTH {
        let r = ServerCopy::new(kind);
        let live = |server: String, at: &str| json!({"live": {"server_id": server, "point_in_time": at}});
        let subnet = format!("{}/providers/Microsoft.Network/virtualNetworks/n/subnets/s", r.group());
        let zone = format!("{}/providers/Microsoft.Network/privateDnsZones/z.example.com", r.group());
        for (more, argument) in [
            (live(r.server("none"), "2026-11-19T08:00:00Z"), "live"),
            (live(r.source(), "2026-01-19T08:00:00Z"), "live"),
            (json!({"delegated_subnet_id": subnet, "private_dns_zone_id": zone}), "delegated_subnet_id"),
        ] {
            let mut r = ServerCopy::new(kind);
            let finished = r.apply(r.live(more)).await;
            r.failed(&finished, &[]);
            let at: Vec<String> =
                finished.errors().iter().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect();
            assert!(at.len() == 1 && at[0].starts_with(argument), "{argument}: {at:?} {}", finished.text());
            assert!(r.sent().is_empty());
            r.finish(0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_keeps_the_server_unless_it_is_told_to_delete_it() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let finished = r.apply(r.live(json!({}))).await;
        r.succeeded(&finished);
        let requests = r.session.journal().entries.len();
        assert!(r.session.destroy().await.is_empty());
        assert!(r.exists() && r.session.journal().entries.len() == requests);

        let mut r = ServerCopy::new(kind);
        let finished = r.apply(r.live(json!({"delete_server_on_destroy": true}))).await;
        r.succeeded(&finished);
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && text(&said).contains("The restored server is deleted"), "{}", text(&said));
        assert!(!r.exists() && r.session.object.is_none());
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_no_longer_known_by_its_tag_is_never_deleted() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let finished = r.apply(r.live(json!({"delete_server_on_destroy": true}))).await;
        r.succeeded(&finished);
        for tags in [json!({}), json!({TAG: "11111111-2222-8333-8444-555555555555"})] {
            r.retag(&tags);
            let said = r.session.destroy().await;
            let told = text(&said);
            assert!(said.has_errors() && told.contains("Nothing was deleted"), "{tags}: {told}");
            assert!(!told.contains("cancel_on_destroy"), "there is no such argument: {told}");
            assert!(r.exists() && r.session.object.is_some());
        }
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn destroying_a_restore_that_runs_deletes_its_server_only_if_it_is_told_to() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.interrupted(500, json!({})).await;
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && r.exists(), "{}", text(&said));

        let mut r = ServerCopy::new(kind);
        r.interrupted(500, json!({"delete_server_on_destroy": true})).await;
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && !r.exists(), "{}\n{}", text(&said), r.session.journal().text());
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_replacement_deletes_nothing() {
    let mut r = ServerCopy::new(My);
    let finished = r.apply(r.live(json!({"delete_server_on_destroy": true}))).await;
    r.succeeded(&finished);
    let finished = r.apply(r.live(json!({"delete_server_on_destroy": true, "name": "again"}))).await;
    r.succeeded(&finished);
    assert!(r.exists());
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_property_changed_later_is_said_not_to_reach_the_server_and_sends_nothing() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        let finished = r.apply(r.live(json!({"storage_size_gb": 512}))).await;
        r.succeeded(&finished);
        let requests = r.session.journal().entries.len();
        let finished = r.apply(r.live(json!({"storage_size_gb": 1024, "tags": {"a": "b"}}))).await;
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!(finished.step, PlannedStep::Update);
        for part in ["This change does not reach the restored server", "`storage_size_gb`, `tags`"] {
            assert!(finished.text().contains(part), "{}", finished.text());
        }
        assert_eq!(r.session.journal().entries.len(), requests);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_was_started_elsewhere_is_imported_by_the_id_of_its_server() {
    for kind in BOTH {
        let mut r = ServerCopy::new(kind);
        r.add("copy");
        let said = r.session.import(&r.target()).await;
        assert!(said.is_empty(), "{}", text(&said));
        assert_eq!((r.session.text("name"), r.session.text("status")), ("copy".into(), "Completed".into()));
        let finished = r.apply(r.live(json!({}))).await;
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!(finished.step, PlannedStep::Update);
        assert_eq!(r.apply(r.live(json!({}))).await.step, PlannedStep::Nothing);
        let finished = r.apply(r.live(json!({"delete_server_on_destroy": true}))).await;
        assert!(finished.succeeded());
        assert!(r.session.destroy().await.has_errors() && r.exists(), "nobody knows that it is ours");
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_that_contradicts_the_configuration_is_an_error_that_names_both() {
    let mut r = ServerCopy::new(Pg);
    r.add("other");
    assert!(r.session.import(&r.server("other")).await.is_empty());
    let finished = r.apply(r.live(json!({}))).await;
    r.failed(&finished, &["other", "copy"]);
    r.finish(0);
    let mut r = ServerCopy::new(My);
    let other_engine = format!("{}/providers/{}/flexibleServers/copy", r.group(), PostgreSql::NAMESPACE);
    assert!(r.session.import(&other_engine).await.has_errors(), "a server with another engine");
    r.finish(0);
}

/// The published examples of bodies, below the package's folder.
const PUBLISHED: &str = "../shared/reference/azure-sql/examples";

#[test]
fn the_published_bodies_are_taken_by_the_simulator_and_the_description() {
    let folder = crate::architecture::root().join(PUBLISHED);
    if !folder.is_dir() {
        let said = format!("the published bodies were not tried: there is no folder {PUBLISHED}");
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{said}\n"));
        return;
    }
    for (file, postgresql) in [
        ("postgresql.ServerCreatePointInTimeRestore.json", true),
        ("postgresql.ServerCreateGeoRestoreWithDataEncryptionEnabled.json", true),
        ("mysql.ServerCreateWithPointInTimeRestore.json", false),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let example: Json = serde_json::from_str(&text).unwrap();
        let mut body = example["parameters"]["parameters"].clone();
        let taken = if postgresql {
            crate::simulator::flexible_servers::bodies::check_server::<PostgreSql>(&mut body)
        } else {
            crate::simulator::flexible_servers::bodies::check_server::<MySql>(&mut body)
        };
        assert!(taken.is_ok(), "{file}: {taken:?}");
    }
}

#[test]
fn a_restore_under_the_real_client_is_done_and_then_nothing_is_planned() {
    for kind in BOTH {
        let mut s = Scenario::new();
        s.set_variables();
        let folder = crate::architecture::root().join("examples/resources").join(kind.type_name());
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        s.write("variables.tf", &read("variables.tf"));
        s.configure(&read("resource.tf"));
        s.apply(&[]).succeeds();
        let x = s.state().get(&format!("{}.example", kind.type_name()));
        assert_eq!(x.text("status"), "Completed");
        s.asks_nothing(|s| s.plans_nothing());
        s.asks_nothing(|s| s.refresh().succeeds());
        s.asks_nothing(|s| s.destroy().succeeds());
        s.finish(1);
    }
}
