//! `azurebackup_postgresql_flexible_server_copy` and `azurebackup_mysql_flexible_server_copy`: restores without a job and
//! without a vault, whose new server plays the part of the job. In process, on a paused clock. One test of each is made with
//! the real client.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::in_process::{PlannedStep, Session};
use crate::restored_resource::{ResourceRestore, RestoredResourceCase, TAG, merged, restored_resource_facts};
use crate::simulator::flexible_servers::Engine;
use crate::simulator::{
    Ending, FlexibleServer, JobScript, MySql, OperationScript, PostgreSql, ServiceError, catalogue,
};

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
    /// A restore of it inside this process.
    fn restore(self) -> ResourceRestore {
        ResourceRestore::new(match self {
            Pg => &POSTGRESQL,
            My => &MYSQL,
        })
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

static POSTGRESQL: RestoredResourceCase = copies::<PostgreSql>(
    "azurebackup_postgresql_flexible_server_copy",
    "PostgreSQL flexible server \"copy\"",
    "/flexibleServers/contosoorders-before-the-incident",
);
static MYSQL: RestoredResourceCase = copies::<MySql>(
    "azurebackup_mysql_flexible_server_copy",
    "MySQL flexible server \"copy\"",
    "/flexibleServers/contosoinvoices-before-the-incident",
);

/// The kind of an engine, with the end of the id of what its example makes.
const fn copies<E: Engine>(type_name: &'static str, subject: &'static str, made: &'static str) -> RestoredResourceCase {
    RestoredResourceCase {
        type_name,
        entry: "server",
        namespace: E::NAMESPACE,
        resource: SERVER,
        reads: SERVER,
        collection: "/flexibleServers/",
        target: |session| server::<E>(session, "copy"),
        subject,
        // To a point in time.
        usual: |session| {
            let live = json!({"server_id": source::<E>(session), "point_in_time": "2026-11-19T08:00:00Z"});
            json!({"resource_group_id": group(session), "name": "copy", "live": live})
        },
        delete_on_destroy: "delete_server_on_destroy",
        can_cancel: false,
        taken: "already (Ready)",
        requests: 10,
        overcome: 70,
        exists: |session, id| session.azure().flexible_server_state::<E>(id).is_some(),
        add: |session, name| {
            let server = FlexibleServer::<E>::new(name, session.azure().now());
            session.azure().add_flexible_server(server.resource_group(catalogue::MACHINE_TARGET_GROUP));
        },
        retag: |session, tags| {
            let change = |own: &mut FlexibleServer<E>| own.tags = tags.clone();
            assert!(session.azure().change_flexible_server(&server::<E>(session, "copy"), change));
        },
        example: ("resource.tf", made),
    }
}

mod postgresql {
    super::restored_resource_facts!(super::POSTGRESQL);
}

mod mysql {
    super::restored_resource_facts!(super::MYSQL);
}

/// The server that is restored.
fn source<E: Engine>(session: &Session) -> String {
    let named =
        if E::NAMESPACE == PostgreSql::NAMESPACE { catalogue::POSTGRESQL_SERVER } else { catalogue::MYSQL_SERVER };
    session.thing(E::THINGS, named)
}

fn group(session: &Session) -> String {
    session.thing("resource_groups", catalogue::MACHINE_TARGET_GROUP)
}

/// The id of a server in the group that servers are restored to.
fn server<E: Engine>(session: &Session, name: &str) -> String {
    format!("{}/providers/{}/flexibleServers/{name}", group(session), E::NAMESPACE)
}

/// What there is to restore.
trait ServerCopies {
    fn restore(&self) -> &ResourceRestore;

    fn kind(&self) -> Kind {
        if self.restore().case.type_name == POSTGRESQL.type_name { Pg } else { My }
    }

    fn source(&self) -> String {
        match self.kind() {
            Pg => source::<PostgreSql>(&self.restore().session),
            My => source::<MySql>(&self.restore().session),
        }
    }

    fn server(&self, name: &str) -> String {
        match self.kind() {
            Pg => server::<PostgreSql>(&self.restore().session, name),
            My => server::<MySql>(&self.restore().session, name),
        }
    }

    /// A copy made of this source, with further arguments.
    fn of(&self, source: Json, more: Json) -> Json {
        let own = json!({"resource_group_id": group(&self.restore().session), "name": "copy"});
        merged(merged(own, source), more)
    }

    fn geo(&self, more: Json) -> Json {
        self.of(json!({"geo": {"server_id": self.source()}, "location": "northeurope"}), more)
    }

    fn next_server_says(&self, words: &[&str]) {
        of_kind!(self.kind(), self.restore().session.azure(), next_restored_server_says(words));
    }
}

impl ServerCopies for ResourceRestore {
    fn restore(&self) -> &ResourceRestore {
        self
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_makes_a_server_that_carries_the_id_of_its_request() {
    for kind in BOTH {
        let mut r = kind.restore();
        let arguments = r.usual(json!({"availability_zone": "2", "tags": {"env": "drill"}}));
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
        let mut r = kind.restore();
        let id = r.source();
        let at = |time: &str| match kind {
            Pg => json!({ "pointInTimeUTC": time }),
            My => json!({ "restorePointInTime": time }),
        };
        let now = "2026-11-20T12:00:00";
        let (arguments, properties, point) = match source {
            "live" => (
                r.usual(json!({})),
                merged(
                    json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": id}),
                    at("2026-11-19T08:00:00.0000000Z"),
                ),
                "2026-11-19T08:00:00Z",
            ),
            "latest" => (
                r.usual(json!({"live": {"server_id": id, "point_in_time": "latest"}})),
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
        let mut r = kind.restore();
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
    let mut r = Pg.restore();
    let newest = r.usual(json!({"live": {"server_id": r.source(), "point_in_time": "latest"}}));
    let finished = r.apply(newest.clone()).await;
    r.succeeded(&finished);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(r.apply(newest).await.step, PlannedStep::Nothing);
    r.finish(1);
}

/// Microsoft does not say whether a server is there while it is made. If it is not, a restore is known by its operation, and
/// by the state.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_shown_while_it_is_made_is_waited_for_all_the_same() {
    for kind in BOTH {
        let hidden = || {
            let r = kind.restore();
            of_kind!(kind, r.session.azure(), servers_are_shown_while_they_are_made(false));
            r
        };
        let mut r = hidden();
        r.session.azure().next_restore(JobScript::running(20).then(Ending::Completed));
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        r.finish(1);

        let mut r = hidden();
        r.interrupted(40, json!({})).await;
        r.session.untaint();
        let mut applies = 0;
        while r.session.text("status") != "Completed" && applies < 60 {
            let _ = r.apply(r.usual(json!({}))).await;
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
        let mut r = kind.restore();
        of_kind!(kind, r.session.azure(), servers_are_shown_while_they_are_made(false));
        r.interrupted(60, json!({})).await;
        r.session.object = None;
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &["ServerNameAlreadyExists"]);
        r.session.azure().advance();
        let finished = r.apply(r.usual(json!({"adopt": "completed"}))).await;
        r.succeeded(&finished);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn ready_counts_only_if_it_stays_and_a_stopped_server_is_waited_for() {
    for kind in BOTH {
        for words in [["Ready", "Updating", "Ready"], ["Stopped", "Starting", "Ready"]] {
            let mut r = kind.restore();
            r.next_server_says(&words);
            let start = Instant::now();
            let finished = r.apply(r.usual(json!({}))).await;
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
            let mut r = kind.restore();
            r.next_server_says(&[word]);
            let finished = r.apply(r.usual(json!({}))).await;
            r.failed(&finished, &[word]);
            assert_eq!(r.session.text("status"), "Failed");
            assert!(r.exists(), "it is not touched");
            r.finish(1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_azures_words_and_leaves_nothing_behind() {
    for kind in BOTH {
        let mut r = kind.restore();
        let error = ServiceError::new("SkuNotAvailable", "The size is not available in this region.");
        r.session.azure().next_restore_operation(OperationScript::fails(error));
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &["SkuNotAvailable", "The size is not available in this region."]);
        assert!(!r.exists());
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        r.finish(2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told_on_the_argument_that_names_it() {
    for kind in BOTH {
        let r = kind.restore();
        let live = |server: String, at: &str| json!({"live": {"server_id": server, "point_in_time": at}});
        let subnet = format!("{}/providers/Microsoft.Network/virtualNetworks/n/subnets/s", group(&r.session));
        let zone = format!("{}/providers/Microsoft.Network/privateDnsZones/z.example.com", group(&r.session));
        for (more, argument) in [
            (live(r.server("none"), "2026-11-19T08:00:00Z"), "live"),
            (live(r.source(), "2026-01-19T08:00:00Z"), "live"),
            (json!({"delegated_subnet_id": subnet, "private_dns_zone_id": zone}), "delegated_subnet_id"),
        ] {
            let mut r = kind.restore();
            let finished = r.apply(r.usual(more)).await;
            r.failed(&finished, &[]);
            let at = finished.at_fault();
            assert!(at.len() == 1 && at[0].starts_with(argument), "{argument}: {at:?} {}", finished.text());
            assert!(r.sent().is_empty());
            r.finish(0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_property_changed_later_is_said_not_to_reach_the_server_and_sends_nothing() {
    for kind in BOTH {
        let mut r = kind.restore();
        let finished = r.apply(r.usual(json!({"storage_size_gb": 512}))).await;
        r.succeeded(&finished);
        let requests = r.session.journal().entries.len();
        let finished = r.apply(r.usual(json!({"storage_size_gb": 1024, "tags": {"a": "b"}}))).await;
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
async fn a_server_with_another_engine_is_not_imported() {
    let mut r = My.restore();
    let other_engine = format!("{}/providers/{}/flexibleServers/copy", group(&r.session), PostgreSql::NAMESPACE);
    assert!(r.session.import(&other_engine).await.has_errors());
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

#[tokio::test(start_paused = true)]
async fn azure_does_not_say_how_far_a_server_is_and_the_progress_file_makes_nothing_up() {
    for kind in BOTH {
        let mut r = kind.restore();
        let progress = tempfile::NamedTempFile::new().unwrap();
        r.session.provider_argument("progress_file", progress.path().display().to_string());
        r.interrupted(60, json!({})).await;
        r.session.untaint();
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        let told = std::fs::read_to_string(progress.path()).unwrap();
        let states = told.lines().filter(|line| line.contains("\"event\":\"job\"") && line.contains(" is "));
        let ends: Vec<&str> = states.filter_map(|line| line.split(" is ").nth(1)).collect();
        assert_eq!(ends, ["Restoring.\"}", "Completed.\"}"], "{told}");
        r.finish(1);
    }
}
