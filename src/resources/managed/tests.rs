//! The wall, with a kind that has nothing but what the tests need.

use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::azure::client::ArmClient;
use crate::azure::deadline::Interrupted;
use crate::azure::error::{ArmError, AzureError, ErrorResponse};
use crate::azure::scripted::{ScriptedTransport, client};
use crate::connection::scripted::connection;
use crate::tfplugin::plan::propose;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Path;

/// What the next call of the kind says.
#[derive(Default)]
struct Script {
    /// Whether `create` begins something before it ends.
    begins: bool,
    /// Whether `create` finds something that was there before, and takes it over.
    takes_over: bool,
    /// Why the last object was removed.
    removal: Option<Removal>,
    /// How `create`, `update` or `delete` ends; none: well.
    error: Option<RestoreError>,
    /// What Azure tells.
    facts: Option<Value>,
    /// Whether an act leaves a warning.
    warns: bool,
    /// Whether the last update was one of an unfinished object.
    unfinished: Option<bool>,
    /// Whether `create` makes something and says so.
    makes: bool,
    /// How often `create` was called.
    creates: u32,
}

struct Thing(Mutex<Script>);

impl Thing {
    fn warn(&self, work: &Work<'_>) {
        if self.0.lock().unwrap().warns {
            work.warn(UserMessage::new("Look at this"));
        }
    }

    fn end(&self, planned: &Value) -> Result<Value, RestoreError> {
        let mut script = self.0.lock().unwrap();
        match script.error.take() {
            Some(error) => Err(error),
            None => Ok(Value::object([
                (ID, Value::from("/id")),
                ("word", planned.get("word").clone()),
                ("result", "r".into()),
            ])),
        }
    }
}

#[async_trait]
impl ManagedKind for Thing {
    fn type_name(&self) -> &'static str {
        "azurebackup_thing"
    }

    fn schema(&self) -> Schema {
        let without_case = |value: &Value| value.as_str().map(str::to_lowercase).into();
        let attributes = vec![
            Attribute::string("word").required().updates_in_place().canonical(without_case),
            Attribute::string("more").default("d").updates_in_place().canonical(without_case),
            Attribute::string("place").optional().requires_replace(),
            Attribute::string("site").required().requires_replace().canonical(without_case),
            Attribute::string(ID).computed(),
            Attribute::string("result").computed(),
        ];
        Schema::new("A thing.", attributes)
    }

    fn timeouts(&self) -> Timeouts {
        let minute = Duration::from_secs(60);
        Timeouts { create: minute, update: minute, read: minute, delete: minute }
    }

    fn thing(&self, object: &Value) -> String {
        format!("thing {:?}", object.get("word").as_str().unwrap_or_default())
    }

    async fn create(&self, work: &Work<'_>, planned: &Value) -> Result<Value, RestoreError> {
        self.warn(work);
        self.0.lock().unwrap().creates += 1;
        let Script { begins, makes, .. } = *self.0.lock().unwrap();
        if begins || makes {
            work.making("/id", async { Ok(()) }).await?;
        }
        if self.0.lock().unwrap().takes_over {
            work.take_over("/id")?;
        }
        self.end(planned)
    }

    async fn read(&self, work: &Work<'_>, _: &Value) -> Result<Option<Value>, RestoreError> {
        self.warn(work);
        let mut script = self.0.lock().unwrap();
        match script.error.take() {
            Some(error) => Err(error),
            None => Ok(script.facts.clone()),
        }
    }

    async fn update(&self, work: &Work<'_>, change: ManagedChange<'_>) -> Result<Value, RestoreError> {
        self.warn(work);
        self.0.lock().unwrap().unfinished = Some(change.unfinished);
        self.end(change.planned)
    }

    async fn delete(&self, _: &Work<'_>, state: &Value, removal: Removal) -> Result<(), RestoreError> {
        self.0.lock().unwrap().removal = Some(removal);
        self.end(state).map(drop)
    }

    fn warning_of_removal(&self, prior: &Value, removal: Removal) -> Option<UserMessage> {
        let warns = prior.get("more").as_str() == Some("warns");
        warns.then(|| UserMessage::new(format!("{removal:?}")))
    }

    fn changed_results(&self, _: &Value, _: &Value) -> Vec<&'static str> {
        Vec::new()
    }

    fn identify(&self, id: &str) -> Result<Value, String> {
        if id.is_empty() { Err("It is empty.".to_owned()) } else { Ok(Value::object([(ID, id)])) }
    }
}

fn resource(script: Script) -> ManagedResource<Thing> {
    let connections = Connections::default();
    let client: ArmClient = client(&ScriptedTransport::new(Vec::new()));
    connections.replace(Some(connection(client)));
    ManagedResource::new(Thing(Mutex::new(script)), connections)
}

/// The provider is configured for another walk.
fn next_walk(resource: &ManagedResource<Thing>) {
    resource.connections.replace(Some(connection(client(&ScriptedTransport::new(Vec::new())))));
}

fn config(resource: &ManagedResource<Thing>, word: &str) -> Value {
    let mut config = resource.schema().null_object();
    config.set("word", word);
    config
}

async fn planned(resource: &ManagedResource<Thing>, prior: Option<&Value>, word: &str, private: Private) -> Plan {
    let config = config(resource, word);
    let mut proposed = config.clone();
    if let Some(prior) = prior {
        for name in [ID, "result", "more"] {
            proposed.set(name, prior.get(name).clone());
        }
    }
    let (planned, requires_replace) = propose(resource.schema(), &config, prior, &proposed);
    let mut plan = Plan { config, prior: prior.cloned(), planned, private, requires_replace, ..Plan::default() };
    resource.modify_plan(&Call::default(), &mut plan).await;
    plan
}

async fn created(resource: &ManagedResource<Thing>) -> Applied {
    let plan = planned(resource, None, "Word", Private::default()).await;
    resource.create(&Call::default(), CreateRequest { planned: plan.planned, ..CreateRequest::default() }).await
}

fn stopped() -> RestoreError {
    Interrupted::Stopped.into()
}

#[tokio::test]
async fn what_is_made_is_in_state_as_planned_with_what_azure_adds() {
    let applied = created(&resource(Script::default())).await;
    assert!(applied.diagnostics.is_empty() && applied.private.is_empty());
    let state = applied.state.unwrap();
    let told = |name: &str| state.get(name).as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (told("word"), told("more"), told(ID), told("result")),
        ("Word".into(), "d".into(), "/id".into(), "r".into())
    );
}

#[tokio::test]
async fn an_error_before_anything_was_begun_leaves_no_state() {
    let applied =
        created(&resource(Script { error: Some(RestoreError::wrong("word", "No.")), ..Script::default() })).await;
    assert_eq!(applied.state, None);
    let error = applied.diagnostics.iter().next().unwrap();
    assert_eq!(
        (error.summary.as_str(), &error.path),
        ("Creating thing \"Word\" failed", &Some(Path::attribute("word")))
    );
    assert!(!error.detail.contains("taint"));
}

#[tokio::test]
async fn an_error_after_something_was_begun_taints_it_and_says_how_to_keep_it() {
    let error = Some(RestoreError::wrong("word", "No."));
    let applied = created(&resource(Script { begins: true, error, ..Script::default() })).await;
    let state = applied.state.unwrap();
    assert_eq!((state.get(ID).as_str(), state.get("result")), (Some("/id"), &Value::Null));
    assert!(applied.private.is_empty() && applied.diagnostics.has_errors());
    assert!(applied.diagnostics.iter().next().unwrap().detail.contains("terraform untaint"));
}

fn refused() -> Option<RestoreError> {
    Some(RestoreError::Rejected(Box::new(AzureError::new("RequestDisallowedByPolicy", "No."))))
}

#[tokio::test]
async fn what_azure_has_given_up_is_in_the_state_only_if_something_came_of_it() {
    let there = Some(Value::object([("word", Value::from("Word"))]));
    for (facts, error, is_in_state) in [
        (None, refused(), false),
        (there.clone(), refused(), true),
        // Nobody knows what comes of it.
        (None, Some(Interrupted::TimedOut.into()), true),
    ] {
        let told = format!("{error:?}");
        let applied = created(&resource(Script { begins: true, facts, error, ..Script::default() })).await;
        assert!(applied.diagnostics.has_errors() && applied.private.is_empty(), "{told}");
        assert_eq!(applied.state.is_some(), is_in_state, "{told}");
        assert_eq!(applied.diagnostics.iter().next().unwrap().detail.contains("tainted"), is_in_state, "{told}");
    }
}

#[tokio::test]
async fn what_was_there_before_is_never_tainted() {
    let there = || Some(Value::object([("word", Value::from("Word"))]));
    for error in [refused(), Some(Interrupted::TimedOut.into())] {
        let applied = created(&resource(Script { takes_over: true, facts: there(), error, ..Script::default() })).await;
        assert!(applied.diagnostics.has_errors() && applied.state.is_none());
        let detail = &applied.diagnostics.iter().next().unwrap().detail;
        assert!(detail.contains("existed before") && !detail.contains("tainted"), "{detail}");
    }
    let interrupted = Script { takes_over: true, error: Some(stopped()), ..Script::default() };
    let applied = created(&resource(interrupted)).await;
    assert!(!applied.diagnostics.has_errors() && applied.state.is_some());
}

#[tokio::test]
async fn a_removal_is_a_destroy_only_if_the_plan_was_one() {
    let call = Call::default();
    let own = resource(Script::default());
    let state = created(&own).await.state.unwrap();
    let removed = |private: Private| {
        let (own, request) = (&own, DeleteRequest { prior: state.clone(), private });
        async move {
            assert!(own.delete(&Call::default(), request).await.is_empty());
            own.kind.0.lock().unwrap().removal.take()
        }
    };
    assert_eq!(removed(Private::default()).await, Some(Removal::Replacement));
    let mut private = Private::default();
    own.plan_destroy(&call, &state, &mut private).await;
    assert_eq!(removed(private.clone()).await, Some(Removal::Destroy));
    // The destroy failed, and what is planned next is none.
    for prior in [Some(&state), None] {
        let next = planned(&own, prior, "Word", private.clone()).await;
        assert_eq!(removed(next.private).await, Some(Removal::Replacement));
    }
}

#[tokio::test]
async fn what_create_before_destroy_has_replaced_is_removed_as_a_replacement() {
    let own = resource(Script::default());
    let mut state = created(&own).await.state.unwrap();
    state.set("more", "warns");
    let mut private = Kept { unfinished: true, ..Kept::default() }.private();
    let during_apply = Call { follows_a_change: true, ..Call::default() };
    assert!(own.plan_destroy(&during_apply, &state, &mut private).await.is_empty());
    assert_eq!(Kept::of(&private), Kept { unfinished: true, ..Kept::default() });
    let mut of_a_failed_destroy = Kept { destroy: true, ..Kept::default() }.private();
    own.plan_destroy(&during_apply, &state, &mut of_a_failed_destroy).await;
    assert_eq!(Kept::of(&of_a_failed_destroy), Kept::default());
    state.set(ID, "/other");
    let said = own.delete(&during_apply, DeleteRequest { prior: state, private }).await;
    assert_eq!(own.kind.0.lock().unwrap().removal, Some(Removal::Replacement));
    assert_eq!(said.iter().map(|said| said.summary.as_str()).collect::<Vec<_>>(), ["Replacement"]);
}

/// A tainted object, `-replace`, a resource that was renamed: the create finds what is there, and the removal of the old object
/// would take it from the new one.
#[tokio::test]
async fn what_the_new_object_stands_for_is_not_removed_with_the_old_one() {
    let interrupted = Script { begins: true, error: Some(stopped()), ..Script::default() };
    let taken = Script { takes_over: true, ..Script::default() };
    for script in [Script { makes: true, ..Script::default() }, taken, interrupted] {
        let own = resource(script);
        let state = created(&own).await.state.unwrap();
        let mut old = state.clone();
        old.set(ID, state.get(ID).as_str().unwrap().to_uppercase());
        for during_apply in [true, false] {
            let call = Call { follows_a_change: during_apply, ..Call::default() };
            let mut private = Private::default();
            own.plan_destroy(&call, &old, &mut private).await;
            let request = || DeleteRequest { prior: old.clone(), private: private.clone() };
            assert!(own.delete(&call, request()).await.is_empty());
            assert_eq!(own.kind.0.lock().unwrap().removal, None);
            // In another apply of the same process (debug mode) it is what it was.
            next_walk(&own);
            own.delete(&call, request()).await;
            let removal = if during_apply { Removal::Replacement } else { Removal::Destroy };
            assert_eq!(own.kind.0.lock().unwrap().removal.take(), Some(removal));
            next_walk(&own);
            own.kind.0.lock().unwrap().error = None;
            created(&own).await;
        }
    }
}

#[tokio::test]
async fn what_no_create_is_left_with_is_removed() {
    let refused = || Some(RestoreError::wrong("word", "No."));
    let existed = Script { takes_over: true, error: refused(), ..Script::default() };
    let given_up = Script { begins: true, error: self::refused(), ..Script::default() };
    for script in [existed, given_up] {
        let own = resource(script);
        assert_eq!(created(&own).await.state, None);
        let mut prior = own.schema().null_object();
        prior.set(ID, "/id");
        own.delete(&Call::default(), DeleteRequest { prior, ..DeleteRequest::default() }).await;
        assert_eq!(own.kind.0.lock().unwrap().removal, Some(Removal::Replacement));
    }
}

/// A resource that was renamed without a `moved` block: Terraform destroys and creates side by side.
#[tokio::test]
async fn a_create_of_what_is_being_removed_begins_anew_when_it_is_gone() {
    for script in [Script { takes_over: true, ..Script::default() }, Script { makes: true, ..Script::default() }] {
        let own = resource(script);
        let removal = own.objects.remove("/ID");
        let mut creating = std::pin::pin!(created(&own));
        assert!(tokio::time::timeout(Duration::from_millis(50), creating.as_mut()).await.is_err());
        assert_eq!(own.kind.0.lock().unwrap().creates, 1);
        drop(removal);
        assert!(creating.await.state.is_some());
        assert_eq!(own.kind.0.lock().unwrap().creates, 2);
    }
}

#[tokio::test]
async fn a_create_that_waits_for_a_removal_can_be_interrupted() {
    let own = resource(Script { takes_over: true, ..Script::default() });
    let _removal = own.objects.remove("/id");
    let plan = planned(&own, None, "Word", Private::default()).await;
    let call = Call::default();
    call.stop.cancel();
    let applied = own.create(&call, CreateRequest { planned: plan.planned, ..CreateRequest::default() }).await;
    assert_eq!(applied.diagnostics.iter().next().unwrap().summary, "Creating thing \"Word\" was interrupted");
}

/// What the arguments that cannot be changed name is one thing, whatever the others say.
#[tokio::test]
async fn a_plan_of_two_objects_of_one_name_is_an_error_unless_both_are_there_with_ids_of_their_own() {
    let own = resource(Script::default());
    let object = |id: Option<&str>, site: &str, place: &str| {
        let mut object = own.schema().null_object();
        for (name, value) in [("word", place), ("place", place), ("site", site), ("more", "d")] {
            object.set(name, value);
        }
        object.set(ID, id.map_or_else(Value::unknown, Value::from));
        object
    };
    let planned = async |prior: Option<Value>, planned: Value, private: Private| {
        let mut plan = Plan { config: Value::Null, prior, planned, private, ..Plan::default() };
        own.modify_plan(&Call::default(), &mut plan).await;
        (plan.diagnostics.iter().map(|said| said.summary.clone()).collect::<Vec<_>>(), plan.private)
    };
    let new = async || planned(None, object(None, "A", "x"), Private::default()).await.0;
    let stays = async |site: &str| {
        let there = object(Some("/1"), site, "y");
        planned(Some(there.clone()), there, Private::default()).await
    };
    let destroyed = async |site: &str| {
        let gone = object(Some("/2"), site, "z");
        let said = own.plan_destroy(&Call::default(), &gone, &mut Private::default()).await;
        said.iter().map(|said| said.summary.clone()).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!((new().await, destroyed("b").await, stays("b").await.0), (vec![], vec![], vec![]), "{none:?}");
    assert_eq!(stays("a").await.0, ["Thing \"y\" has a resource already"]);
    next_walk(&own);
    assert_eq!(stays("a").await.0, none);
    assert_eq!(new().await, ["Thing \"x\" has a resource already"]);
    next_walk(&own);
    assert_eq!(new().await, none);
    assert_eq!(destroyed("a").await, ["Thing \"z\" is destroyed and created by one plan"]);
    next_walk(&own);
    assert_eq!(destroyed("a").await, none);
    assert_eq!(new().await, ["Thing \"x\" is destroyed and created by one plan"]);
    // Two that are there, each with an id of its own.
    next_walk(&own);
    assert_eq!((stays("a").await.0, destroyed("a").await), (vec![], vec![]));
    // The second leg of a replacement takes the place of the first.
    next_walk(&own);
    let (said, private) = stays("a").await;
    assert_eq!(said, none);
    assert_eq!(planned(None, object(None, "a", "y"), private).await.0, none);
}

#[tokio::test]
async fn a_plan_that_keeps_and_destroys_objects_of_one_id_is_an_error() {
    let own = resource(Script::default());
    let state = created(&own).await.state.unwrap();
    let kept = async || planned(&own, Some(&state), "Word", Private::default()).await.diagnostics;
    let destroyed = async || own.plan_destroy(&Call::default(), &state, &mut Private::default()).await;
    let replaced = async || {
        let mut elsewhere = state.clone();
        elsewhere.set("place", "there");
        planned(&own, Some(&elsewhere), "Word", Private::default()).await.diagnostics
    };
    next_walk(&own);
    assert!(kept().await.is_empty() && kept().await.is_empty());
    let said = destroyed().await;
    assert_eq!(said.iter().next().unwrap().summary, "Thing \"Word\" is in the state twice");
    next_walk(&own);
    assert!(destroyed().await.is_empty() && destroyed().await.is_empty() && replaced().await.is_empty());
    assert!(kept().await.has_errors());
    // Of an apply, the plan has been made.
    next_walk(&own);
    assert!(kept().await.is_empty());
    let during_apply = Call { follows_a_change: true, ..Call::default() };
    assert!(own.plan_destroy(&during_apply, &state, &mut Private::default()).await.is_empty());
}

/// Of `-replace` and of tainted objects the plan shows the provider nothing.
#[tokio::test]
async fn a_removal_warns_in_the_apply_if_the_plan_has_not() {
    let own = resource(Script::default());
    let mut prior = created(&own).await.state.unwrap();
    prior.set("more", "warns");
    let removed = |private: Private| {
        let (own, request) = (&own, DeleteRequest { prior: prior.clone(), private });
        async move {
            own.delete(&Call::default(), request).await.iter().map(|said| said.summary.clone()).collect::<Vec<_>>()
        }
    };
    assert_eq!(removed(Private::default()).await, ["Replacement"]);
    let mut private = Private::default();
    own.plan_destroy(&Call::default(), &prior, &mut private).await;
    assert!(removed(private).await.is_empty());
    let mut moved = prior.clone();
    moved.set("place", "there");
    let plan = planned(&own, Some(&moved), "Word", Private::default()).await;
    assert!(removed(plan.private.clone()).await.is_empty());
    // The second leg of the plan, of the new object, is the one that the removal is told of.
    let new = planned(&own, None, "Word", plan.private).await;
    assert!(removed(new.private).await.is_empty());
    // A removal that failed has removed nothing.
    own.kind.0.lock().unwrap().error = Some(stopped());
    assert_eq!(removed(Private::default()).await, ["Deleting thing \"Word\" was interrupted"]);
}

#[tokio::test]
async fn a_replacement_by_changed_arguments_warns_as_one() {
    let own = resource(Script::default());
    let mut prior = created(&own).await.state.unwrap();
    prior.set("more", "warns");
    let warned = |plan: &Plan| plan.diagnostics.iter().map(|said| said.summary.clone()).collect::<Vec<_>>();
    assert_eq!(warned(&planned(&own, Some(&prior), "Word", Private::default()).await), Vec::<String>::new());
    prior.set("place", "there");
    assert_eq!(warned(&planned(&own, Some(&prior), "Word", Private::default()).await), ["Replacement"]);
    next_walk(&own);
    let said = own.plan_destroy(&Call::default(), &prior, &mut Private::default()).await;
    assert_eq!(said.iter().next().unwrap().summary, "Destroy");
}

#[tokio::test]
async fn what_azure_refuses_to_make_is_not_begun_and_what_was_there_stays_so() {
    let connection = connection(client(&ScriptedTransport::new(Vec::new())));
    let refused = || {
        ArmError::Refused(Box::new(ErrorResponse {
            status: 409,
            error: AzureError::new("Conflict", "no"),
            method: "PUT".to_owned(),
            path: "/id".to_owned(),
            request_id: None,
            correlation_id: None,
            client_request_id: None,
            retry_after: None,
        }))
    };
    let lost = || ArmError::Unreadable { request: "PUT /id".to_owned(), reason: "cut off".to_owned() };
    for (was_there, answer, existed) in [
        (false, Ok(()), Some(false)),
        (false, Err(refused()), None),
        (false, Err(lost()), Some(false)),
        (true, Ok(()), Some(true)),
        (true, Err(refused()), Some(true)),
    ] {
        let work = Work::new(&connection, Duration::from_secs(60), &Default::default());
        if was_there {
            work.take_over("/id").unwrap();
        }
        let _ = work.making("/id", async { answer }).await;
        assert_eq!(work.begun().map(|begun| begun.existed), existed);
    }
}

#[tokio::test]
async fn ctrl_c_after_something_was_begun_taints_nothing_and_the_next_plan_goes_on() {
    let interrupted = resource(Script { begins: true, error: Some(stopped()), ..Script::default() });
    let applied = created(&interrupted).await;
    assert!(!applied.diagnostics.has_errors() && applied.diagnostics.len() == 1);
    let state = applied.state.unwrap();
    let plan = planned(&interrupted, Some(&state), "Word", applied.private).await;
    assert!(plan.planned.get("result").is_unknown());
    assert_eq!(plan.planned.get(ID).as_str(), Some("/id"));
    let request =
        UpdateRequest { prior: state, planned: plan.planned, private: plan.private, ..UpdateRequest::default() };
    let finished = interrupted.update(&Call::default(), request).await;
    assert_eq!(interrupted.kind.0.lock().unwrap().unfinished, Some(true));
    assert!(finished.private.is_empty() && finished.diagnostics.is_empty());
    let state = finished.state.unwrap();
    let plan = planned(&interrupted, Some(&state), "Word", finished.private).await;
    assert_eq!(plan.planned, state);
}

#[tokio::test]
async fn ctrl_c_before_anything_was_begun_is_an_error() {
    for (error, is_said) in [(stopped(), true), (RestoreError::wrong("word", "No."), false)] {
        let applied = created(&resource(Script { error: Some(error), ..Script::default() })).await;
        assert!(applied.state.is_none() && applied.diagnostics.has_errors());
        let error = applied.diagnostics.iter().next().unwrap();
        assert_eq!(error.detail.contains("Nothing was created. The next apply begins anew."), is_said, "{error:?}");
        let end = if is_said { "was interrupted" } else { "failed" };
        assert_eq!(error.summary, format!("Creating thing \"Word\" {end}"));
    }
}

#[tokio::test]
async fn a_refresh_shows_what_was_changed_by_hand_and_keeps_another_notation() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    for (word, seen) in [("WORD", "Word"), ("other", "other")] {
        let facts = Some(Value::object([("word", Value::from(word)), ("result", "s".into())]));
        let outcome = resource(Script { facts, ..Script::default() })
            .read(&Call::default(), made.clone(), Private::default())
            .await;
        let state = outcome.state.unwrap();
        assert_eq!((state.get("word").as_str(), state.get("result").as_str()), (Some(seen), Some("s")));
        assert_eq!(state.get("more").as_str(), Some("d"));
    }
}

#[tokio::test]
async fn a_refresh_notices_what_is_gone_and_keeps_what_cannot_be_read() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    let gone = resource(Script::default()).read(&Call::default(), made.clone(), Private::default()).await;
    assert!(gone.state.is_none() && gone.diagnostics.is_empty());
    let unread = resource(Script { error: Some(RestoreError::wrong(ID, "No.")), ..Script::default() });
    let unread = unread.read(&Call::default(), made.clone(), Private::default()).await;
    assert_eq!(unread.state, Some(made));
    assert!(unread.diagnostics.has_errors());
}

#[tokio::test]
async fn a_failed_update_keeps_the_object_and_a_failed_delete_says_why() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    let failing = || resource(Script { error: Some(RestoreError::wrong("word", "No.")), ..Script::default() });
    let request = UpdateRequest { prior: made.clone(), planned: made.clone(), ..UpdateRequest::default() };
    let applied = failing().update(&Call::default(), request).await;
    assert!(applied.state.is_none() && applied.diagnostics.has_errors());
    let request = DeleteRequest { prior: made, private: Private::default() };
    let refused = failing().delete(&Call::default(), request).await;
    assert_eq!(refused.iter().next().unwrap().summary, "Deleting thing \"Word\" failed");
}

#[tokio::test]
async fn an_import_knows_the_id_and_the_defaults() {
    let resource = resource(Script::default());
    let imported = resource.import(&Call::default(), "/id").await.unwrap().state;
    assert_eq!((imported.get(ID).as_str(), imported.get("more").as_str()), (Some("/id"), Some("d")));
    assert!(imported.get("word").is_null());
    let refused = resource.import(&Call::default(), "").await.unwrap_err();
    assert_eq!(refused.iter().next().unwrap().detail, "It is empty.");
}

#[tokio::test]
async fn a_default_is_seen_after_an_import_without_it_and_keeps_its_notation_otherwise() {
    for (own, told, seen) in [(Value::Null, "d", "d"), ("d".into(), "D", "d"), ("d".into(), "e", "e")] {
        let mut state = created(&resource(Script::default())).await.state.unwrap();
        state.set("more", own);
        let facts = Some(Value::object([("more", told)]));
        let outcome =
            resource(Script { facts, ..Script::default() }).read(&Call::default(), state, Private::default()).await;
        assert_eq!(outcome.state.unwrap().get("more").as_str(), Some(seen), "{told}");
    }
}

#[tokio::test]
async fn warnings_of_acts_that_end_well_are_told() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    let warning = || resource(Script { warns: true, facts: Some(made.clone()), ..Script::default() });
    let gone = resource(Script { warns: true, ..Script::default() });
    let request = UpdateRequest { prior: made.clone(), planned: made.clone(), ..UpdateRequest::default() };
    let told = [
        ("create", created(&warning()).await.diagnostics),
        ("read", warning().read(&Call::default(), made.clone(), Private::default()).await.diagnostics),
        ("read of what is gone", gone.read(&Call::default(), made.clone(), Private::default()).await.diagnostics),
        ("update", warning().update(&Call::default(), request).await.diagnostics),
    ];
    for (act, diagnostics) in told {
        assert!(!diagnostics.has_errors(), "{act}");
        assert_eq!(diagnostics.iter().next().map(|told| told.summary.as_str()), Some("Look at this"), "{act}");
    }
}

#[tokio::test]
async fn without_a_configuration_of_the_provider_nothing_is_made_changed_or_deleted_and_that_is_said() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    let unconfigured = ManagedResource::new(Thing(Mutex::default()), Connections::default());
    let request = UpdateRequest { prior: made.clone(), planned: made.clone(), ..UpdateRequest::default() };
    let updated = unconfigured.update(&Call::default(), request).await;
    let request = DeleteRequest { prior: made, private: Private::default() };
    let deleted = unconfigured.delete(&Call::default(), request).await;
    let created = created(&unconfigured).await;
    assert!(created.state.is_none() && updated.state.is_none());
    for diagnostics in [created.diagnostics, updated.diagnostics, deleted] {
        assert_eq!(diagnostics.iter().next().unwrap().summary, "The provider is not configured");
    }
}

#[tokio::test]
async fn a_kind_that_says_nothing_of_a_destroy_warns_of_nothing() {
    let made = created(&resource(Script::default())).await.state.unwrap();
    let warned = resource(Script::default()).plan_destroy(&Call::default(), &made, &mut Private::default()).await;
    assert!(warned.is_empty());
}

#[test]
fn arguments_that_mean_the_same_do_not_differ() {
    let kind = Thing(Mutex::default());
    let planned = Value::object([("word", Value::from("a")), ("more", Value::unknown())]);
    let facts = |word: &str| Value::object([("word", Value::from(word)), ("more", "x".into()), ("result", "r".into())]);
    assert_eq!(differing(&kind, &planned, &facts("A")), Vec::<String>::new());
    assert_eq!(differing(&kind, &planned, &facts("b")), ["word"]);
}
