//! A service without jobs, such as Azure SQL: a restore is a PUT of the database to be made, its operation lasts as long as
//! the restore, and the status of the database is the last word. The request id is a tag on the database.

use super::*;

const TARGET: &str = "/subscriptions/s/servers/x/databases/orders";
const HOUR: Duration = Duration::from_secs(3600);

/// How the server answers a PUT.
enum Put {
    Accept,
    /// Accepts, and the answer is lost.
    AcceptSilently,
    /// Accepts; the operation fails at once with this code, and no database stays.
    Fail(&'static str),
}

struct Database {
    tag: String,
    made_at: Instant,
    /// What polls see once the operation is done; the last word stays.
    words: VecDeque<&'static str>,
}

struct Server {
    puts: Mutex<Vec<ClientRequestId>>,
    answers: Mutex<VecDeque<Put>>,
    database: Mutex<Option<Database>>,
    takes: Duration,
    words: Vec<&'static str>,
    operation_is_gone: bool,
    /// Its operations say how far they are, in the second half.
    says_how_far: bool,
    operation_polls: Mutex<u32>,
    lists: Mutex<u32>,
    limiter: Limiter,
}

impl Server {
    fn new(takes: Duration) -> Self {
        Self {
            puts: Mutex::default(),
            answers: Mutex::default(),
            database: Mutex::default(),
            takes,
            words: vec!["Online"],
            operation_is_gone: false,
            says_how_far: false,
            operation_polls: Mutex::default(),
            lists: Mutex::default(),
            limiter: Limiter::default(),
        }
    }

    fn answering(self, answers: impl IntoIterator<Item = Put>) -> Self {
        self.answers.lock().unwrap().extend(answers);
        self
    }

    /// With a database that somebody has begun to restore.
    fn holding(self, tag: &str) -> Self {
        self.make(tag);
        self
    }

    fn make(&self, tag: &str) {
        let words = self.words.iter().copied().collect();
        *self.database.lock().unwrap() = Some(Database { tag: tag.into(), made_at: Instant::now(), words });
    }

    fn puts(&self) -> usize {
        self.puts.lock().unwrap().len()
    }

    /// The database as a job.
    fn target(&self) -> Option<Job> {
        let mut database = self.database.lock().unwrap();
        let database = database.as_mut()?;
        let word = match database.made_at.elapsed() < self.takes {
            true => "Restoring",
            false if database.words.len() > 1 => database.words.pop_front().unwrap(),
            false => database.words[0],
        };
        let status = if word == "Online" { JobStatus::Completed } else { JobStatus::InProgress(word.into()) };
        Some(Job { activity_id: database.tag.clone(), ..Job::new(TARGET, TARGET, status) })
    }
}

struct PutOperation(Option<&'static str>);

#[async_trait]
impl JobReader for Server {
    fn list_id(&self) -> String {
        TARGET.into()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames {
            full: "the list of the server's databases",
            short: "the server's list",
            keeper: "server",
            entry: "database",
        }
    }

    async fn list(&self, _: &Deadline, _: OffsetDateTime) -> Result<JobList, ArmError> {
        *self.lists.lock().unwrap() += 1;
        Ok(JobList { jobs: self.target().into_iter().collect(), requests: 1 })
    }

    async fn get(&self, _: &Deadline, name: &str) -> Result<Job, ArmError> {
        assert_eq!(name, TARGET);
        self.target().ok_or_else(|| ArmError::Refused(Box::new(super::refusal(404, "ResourceNotFound"))))
    }

    async fn confirm(&self, _: &Deadline, _: &Job, seen_for: Duration) -> Result<Confirmation, ArmError> {
        let left = Duration::from_secs(60).saturating_sub(seen_for);
        Ok(if left.is_zero() {
            Confirmation::Confirmed
        } else {
            Confirmation::NotYet { waiting_for: "the database to stay online".into(), poll_after: left }
        })
    }
}

#[async_trait]
impl RestoreService for Server {
    type Request = ();
    type Operation = PutOperation;

    fn jobs(&self) -> &dyn JobReader {
        self
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        "database \"orders\"".into()
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: ITEM.into(), argument: "geo.recoverable_database_id".into() }
    }

    fn target(&self) -> String {
        TARGET.into()
    }

    async fn resolve(&self, _: &Deadline, _: OffsetDateTime) -> Result<Resolved<()>, RestoreError> {
        match self.database.lock().unwrap().as_ref() {
            Some(_) => Err(RestoreError::wrong("name", "The server has a database \"orders\" already.")),
            None => Ok(Resolved { request: (), recovery_point_id: None, recovery_point_time: Some(NOW) }),
        }
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.limiter.admit_for_later("s", RequestKind::Write, deadline).await
    }

    async fn send(
        &self,
        (): &(),
        id: ClientRequestId,
        _: &Deadline,
        _: ResponseTimeout,
    ) -> Result<Accepted<PutOperation>, WriteError> {
        self.puts.lock().unwrap().push(id);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Put::Accept);
        let operation = match answer {
            Put::Fail(code) => PutOperation(Some(code)),
            Put::Accept | Put::AcceptSilently => {
                self.make(&id.to_string());
                PutOperation(None)
            }
        };
        if matches!(answer, Put::AcceptSilently) {
            return Err(lost());
        }
        let job = Job { activity_id: id.to_string(), ..Job::new(TARGET, TARGET, running()) };
        Ok(Accepted::RestoreOperation { operation, retry_after: None, job: Box::new(job) })
    }

    async fn operation(
        &self,
        _: &Deadline,
        operation: &PutOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        *self.operation_polls.lock().unwrap() += 1;
        if self.operation_is_gone {
            return Err(ArmError::Refused(Box::new(super::refusal(404, "OperationIdNotFound"))));
        }
        let made_at = self.database.lock().unwrap().as_ref().map(|database| database.made_at);
        Ok(match (operation.0, made_at) {
            (Some(code), _) => PollResult::Ready(Err(Box::new(AzureError::new(code, "no")))),
            (None, Some(made_at)) if made_at.elapsed() >= self.takes => PollResult::Ready(Ok(None)),
            (_, made_at) => {
                let in_second_half = made_at.is_some_and(|made_at| made_at.elapsed() >= self.takes / 2);
                let note = if self.says_how_far && in_second_half { "InProgress, 50 %" } else { "InProgress" };
                PollResult::Pending { note: note.into(), retry_after: None }
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_followed_by_its_operation_and_confirmed_by_its_target() {
    let (fixture, server) = (Fixture::new(), Server::new(HOUR));
    let start = Instant::now();
    let outcome = fixture.create(&server).await;
    assert_eq!((outcome.ending, server.puts()), (Ending::Done, 1));
    assert_eq!(outcome.warnings, []);
    assert_eq!(outcome.record.status, RestoreStatus::Completed);
    assert_eq!(outcome.record.job_id.as_deref(), Some(TARGET));
    assert_eq!(outcome.record.recovery_point_time, Some(NOW));
    assert!((3660..3800).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert_eq!(*server.lists.lock().unwrap(), 2, "before choosing and before sending, and none while it runs");
    let polls = *server.operation_polls.lock().unwrap();
    assert!((60..110).contains(&polls), "as seldom as a job is polled: {polls}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_stay_online_is_not_done() {
    let (fixture, server) =
        (Fixture::new(), Server { words: vec!["Online", "Recovering", "Online"], ..Server::new(HOUR) });
    let start = Instant::now();
    assert_eq!(fixture.create(&server).await.ending, Ending::Done);
    assert!(start.elapsed() > HOUR + Duration::from_secs(110), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_operation_runs_keeps_the_target_and_resuming_sends_nothing() {
    let (fixture, server) = (Fixture::new(), Server::new(HOUR));
    let outcome = fixture.create_stopped_after(&server, Duration::from_secs(600)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)), "{outcome:?}");
    assert!(message(&outcome).contains(TARGET), "{}", message(&outcome));
    assert_eq!(outcome.record.job_name.as_deref(), Some(TARGET));
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
    let (polls, start) = (*server.operation_polls.lock().unwrap(), Instant::now());
    let resumed = Fixture::new().resume(&server, outcome.record).await;
    assert_eq!((resumed.ending, server.puts()), (Ending::Done, 1));
    assert!((3000..3300).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert_eq!(*server.operation_polls.lock().unwrap(), polls, "the operation is forgotten, the target is not");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_while_the_operation_runs_names_the_target() {
    let (mut fixture, server) = (Fixture::new(), Server::new(HOUR));
    fixture.timeout = Duration::from_secs(600);
    let outcome = fixture.create(&server).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)) && message(&outcome).contains(TARGET), "{outcome:?}");
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_is_a_failed_restore_in_azures_words() {
    let (fixture, server) = (Fixture::new(), Server::new(HOUR).answering([Put::Fail("BackupSetBroken")]));
    let outcome = fixture.create(&server).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert!(message(&outcome).contains("the job failed\nAzure says: BackupSetBroken"), "{}", message(&outcome));
    assert_eq!((outcome.record.status, outcome.record.job_id.as_deref()), (RestoreStatus::Failed, Some(TARGET)));
    assert_eq!(outcome.record.end_time, Some(NOW), "by this machine's clock: an operation has no end of its own");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_because_the_target_is_busy_is_sent_again() {
    let (fixture, server) = (Fixture::new(), Server::new(HOUR).answering([Put::Fail("AnotherOperationInProgress")]));
    let outcome = fixture.create(&server).await;
    assert_eq!((outcome.ending, server.puts()), (Ending::Done, 2));
    assert_eq!(outcome.record.request_id().unwrap(), server.puts.lock().unwrap()[1]);
}

#[tokio::test(start_paused = true)]
async fn the_target_tells_the_end_of_an_operation_that_cannot_be_read() {
    let (fixture, server) = (Fixture::new(), Server { operation_is_gone: true, ..Server::new(HOUR) });
    let start = Instant::now();
    assert_eq!(fixture.create(&server).await.ending, Ending::Done);
    assert!(start.elapsed() > HOUR && server.puts() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_again_by_the_tag_on_the_target() {
    let (fixture, server) = (Fixture::new(), Server::new(HOUR).answering([Put::AcceptSilently]));
    let outcome = fixture.create(&server).await;
    assert_eq!((outcome.ending, server.puts()), (Ending::Done, 1));
    let recorded = fixture.recorded.messages();
    assert!(recorded.contains("searching for the job in the server's list."), "{recorded}");
}

#[tokio::test(start_paused = true)]
async fn a_target_with_the_tag_of_this_intent_is_taken_over_and_any_other_is_only_named() {
    let ours = ClientRequestId::fresh(intent(), &SystemRandom).to_string();
    let (fixture, server) = (Fixture::new(), Server::new(HOUR).holding(&ours));
    let outcome = fixture.create(&server).await;
    assert_eq!((outcome.ending, server.puts()), (Ending::Done, 0));
    assert_eq!(outcome.record.job_id.as_deref(), Some(TARGET));
    let (fixture, server) = (Fixture::new(), Server::new(HOUR).holding(""));
    let outcome = fixture.create(&server).await;
    let Ending::NotBegun(message) = outcome.ending else { panic!("{outcome:?}") };
    assert_eq!((&message.argument, server.puts()), (&Some("name".into()), 0));
    assert!(message.detail().contains("\"orders\" already"));
}

#[tokio::test(start_paused = true)]
async fn how_far_an_operation_is_is_told_once_until_it_is_further() {
    let (fixture, server) = (Fixture::new(), Server { says_how_far: true, ..Server::new(HOUR) });
    assert_eq!(fixture.create(&server).await.ending, Ending::Done);
    let told = fixture.recorded.0.lock().unwrap();
    let told: Vec<&str> =
        told.iter().filter(|(event, _, _)| event == "job").map(|(_, _, message)| message.as_str()).collect();
    let line = |what: &str| format!("Job {TARGET} is {what}.");
    assert_eq!(told[..2], [line("InProgress"), line("InProgress, 50 %")]);
    assert_eq!(told.iter().filter(|message| message.contains("50 %")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|message| **message == line("InProgress")).count(), 1, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_nothing_of_points_and_refusals_has_nothing_to_say() {
    let (server, fixture) = (Server::new(HOUR), Fixture::new());
    assert_eq!(RestoreService::point_taken_at(&server, &fixture.deadline(), NOW).await, None);
    assert_eq!(RestoreService::advice(&server, &AzureError::new("UserErrorNew", "no")), None);
}
