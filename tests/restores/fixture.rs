use std::ops::{Deref, DerefMut};

use azurebackup::tfplugin::value::Value;

use super::kinds::RestoreKindCase;
use super::services::RequestPattern;
use super::simulated_resources::{self, Arguments, SimulatedResources};
use crate::harness::{Instance, Running, Scenario};
use crate::in_process::{Session, SessionResult};
use crate::simulator::{CLIENT_SECRET, JobScript, OperationScript, ServiceError, Simulator};

/// A restore of one kind under the real client.
pub struct RestoreFixture {
    pub kind: RestoreKindCase,
    pub world: SimulatedResources,
    scenario: Scenario,
}

impl RestoreFixture {
    pub fn new(kind: RestoreKindCase) -> Self {
        let scenario = Scenario::new();
        let world = SimulatedResources::of(scenario.azure().simulator());
        Self { kind, world, scenario }
    }

    /// One whose usual restore has been applied.
    #[track_caller]
    pub fn restored(kind: RestoreKindCase) -> Self {
        let mut s = Self::new(kind);
        s.usual("");
        s.apply(&[]).succeeds();
        s
    }

    pub fn finish(self, restores: usize) {
        self.scenario.finish(restores);
    }

    pub fn address(&self) -> String {
        format!("{}.x", self.kind.type_name)
    }

    /// The restore in the state.
    #[track_caller]
    pub fn x(&self) -> Instance {
        self.state().get(&self.address())
    }

    /// Writes the usual restore, with further lines.
    pub fn usual(&self, more: &str) {
        self.usual_with(Vec::new(), more);
    }

    /// Writes the usual restore with other arguments in their place or added, and further lines.
    pub fn usual_with(&self, others: Arguments, more: &str) {
        self.configure(&self.block("x", others, more));
    }

    /// The usual restore under another name, with other arguments in their place or added, and further lines.
    pub fn block(&self, name: &str, others: Arguments, more: &str) -> String {
        let lines = self.kind.arguments(&self.world, others);
        self.block_of(name, lines.iter().map(|(name, value)| (*name, value.to_string())), more)
    }

    /// A restore with these arguments, each a name and an expression, and further lines.
    pub fn block_of<'a>(&self, name: &str, arguments: impl Iterator<Item = (&'a str, String)>, more: &str) -> String {
        let lines: Vec<String> = arguments.map(|(name, expression)| format!("  {name} = {expression}")).collect();
        let kind = self.kind.type_name;
        format!("resource {kind:?} {name:?} {{\n{}\n  {more}\n}}\n", lines.join("\n"))
    }

    /// Applies the usual restore, with further lines, until its job runs; it runs until it is released.
    #[track_caller]
    pub fn held(&mut self, more: &str) -> Running {
        self.next_job(JobScript::held());
        self.usual(more);
        self.apply_until_the_job_runs()
    }

    /// Ends a scenario in which the one restore's job still runs: the next apply waits for it, and nothing more is sent.
    #[track_caller]
    pub fn goes_on_with_the_same_job(self) {
        let address = self.address();
        self.scenario.goes_on_with_the_same_job(&address);
    }

    /// The restore in the state is done, and it is the last one that Azure has accepted.
    #[track_caller]
    pub fn is_done(&self) {
        let x = self.x();
        assert!(!x.tainted);
        assert_eq!(x.text("status"), "Completed");
        // An import takes the casing of the id that it was given.
        assert_eq!(x.text("job_id").to_lowercase(), self.job().job_id);
    }

    pub fn clear_targets(&self) {
        simulated_resources::clear_targets(self.azure().simulator());
    }
}

impl Deref for RestoreFixture {
    type Target = Scenario;

    fn deref(&self) -> &Scenario {
        &self.scenario
    }
}

impl DerefMut for RestoreFixture {
    fn deref_mut(&mut self) -> &mut Scenario {
        &mut self.scenario
    }
}

/// The usual restore of a kind with other arguments in their place or added, for a session of its resource.
pub fn usual_configuration(
    session: &Session,
    kind: &RestoreKindCase,
    world: &SimulatedResources,
    others: Arguments,
) -> Value {
    let arguments = kind.arguments(world, others).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    session.configuration_of(&serde_json::Value::Object(arguments))
}

/// A restore of one kind inside this process. [`InProcessFixture::finish`] ends it.
pub struct InProcessFixture {
    pub kind: RestoreKindCase,
    pub world: SimulatedResources,
    pub session: Session,
    progress: tempfile::NamedTempFile,
    /// Everything that was said to the user.
    said: String,
}

impl InProcessFixture {
    pub fn new(kind: RestoreKindCase) -> Self {
        let mut session = Session::new().of_type(kind.type_name);
        let progress = tempfile::NamedTempFile::new().expect("a temporary file");
        session.provider_argument("progress_file", progress.path().display().to_string());
        let world = SimulatedResources::of(session.azure());
        Self { kind, world, session, progress, said: String::new() }
    }

    /// Ends it: so many restores were accepted in all, every request is one that Azure knows, and the client's secret is in
    /// nothing that was said or kept.
    #[track_caller]
    pub fn finish(self, restores: usize) {
        assert_eq!(self.session.restores(), restores, "accepted restores\n{}", self.session.journal().text());
        crate::contract::check(&self.session.journal());
        let kept = format!("{:?}{}{}", self.session.object, self.said, self.progress());
        assert!(!kept.contains(CLIENT_SECRET), "{kept}");
    }

    pub fn azure(&self) -> &Simulator {
        self.session.azure()
    }

    /// The lines of the progress file.
    pub fn progress(&self) -> String {
        std::fs::read_to_string(self.progress.path()).expect("the progress file is there")
    }

    /// The usual restore with other arguments in their place or added.
    pub fn usual(&self, others: Arguments) -> Value {
        usual_configuration(&self.session, &self.kind, &self.world, others)
    }

    /// Applies the usual restore with other arguments in their place or added.
    pub async fn apply(&mut self, others: Arguments) -> SessionResult {
        let config = self.usual(others);
        let finished = self.session.apply(&config).await;
        self.said += &finished.text();
        finished
    }

    #[track_caller]
    pub fn succeeded(&self, finished: &SessionResult) {
        self.session.succeeded(finished);
    }

    /// The text of a command that has failed; it holds all of these.
    #[track_caller]
    pub fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        self.session.failed(finished, parts);
    }

    /// Such requests, by their numbers.
    pub fn asked(&self, request: RequestPattern) -> Vec<usize> {
        let journal = self.session.journal();
        journal.entries.iter().filter(|entry| request.is(entry)).map(|entry| entry.number).collect()
    }

    /// The next restore is refused by what first looks at it: the validation, or the trigger where there is none.
    pub fn refuse_next(&self, error: ServiceError) {
        let refused = OperationScript::fails(error);
        match self.kind.service.validation {
            Some(_) => self.azure().next_validation(refused),
            None => self.azure().next_restore_operation(refused),
        }
    }

    /// What Azure says while the vault's identity lacks its role.
    pub fn missing_role(&self) -> ServiceError {
        (self.kind.service.missing_role)(self.azure(), self.kind.item)
    }

    /// The state is lost, as with a runner that was killed.
    pub fn forget(&mut self) {
        self.session.object = None;
    }
}
