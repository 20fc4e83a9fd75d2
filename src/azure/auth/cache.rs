//! One token per tenant and scope, shared by everybody: renewed before it ends, by one caller at a time.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::failure::{FailureKind, TokenFailure};
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::azure::token::{AccessToken, TokenError, TokenSource};

/// A token is renewed this long before it ends; one that lives for less than twice as long, at its half-life.
const AHEAD: Duration = Duration::minutes(5);

/// Where renewing fails, a token with more time left than this goes on being used …
const STILL_USABLE: Duration = Duration::seconds(30);

/// … and the authority is left in peace for so long.
const PAUSE: Duration = Duration::seconds(30);

/// How long a federated credential may be unknown before it is taken for a mistake in the configuration.
const UNMATCHED_FOR: Duration = Duration::minutes(3);

/// How long nobody may answer before the first token was had. Longer than the 70 seconds for which the metadata service
/// of a machine may be updated.
const FIRST_CONTACT: Duration = Duration::seconds(90);

/// One way to a token, for one tenant and scope. It tries once and holds nothing back.
#[async_trait]
pub(crate) trait Credential: Send + Sync + Debug {
    async fn issue(&self) -> Result<AccessToken, TokenFailure>;
}

/// The [`TokenSource`] that everything else sees.
#[derive(Debug)]
pub(crate) struct CachedTokenSource<C> {
    credential: C,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held while the credential is asked.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<CachedToken>,
    /// Answers of the credential so far; those that were abandoned do not count.
    answers: u64,
    last_failure: Option<FailedIssue>,
    has_worked: bool,
    unmatched_since: Option<OffsetDateTime>,
    unanswered_since: Option<OffsetDateTime>,
}

#[derive(Debug)]
struct CachedToken {
    token: AccessToken,
    renew_at: OffsetDateTime,
}

#[derive(Clone, Debug)]
struct FailedIssue {
    transient: bool,
    failure: TokenFailure,
}

impl FailedIssue {
    fn error(self) -> TokenError {
        let message = self.failure.message;
        let source = self.failure.cause.map(|cause| Box::new(cause) as Box<dyn std::error::Error + Send + Sync>);
        if self.transient {
            TokenError::Transient { message, source }
        } else {
            TokenError::Permanent { message, source }
        }
    }
}

impl<C: Credential> CachedTokenSource<C> {
    pub(crate) fn new(credential: C, clock: Arc<dyn Clock>) -> Self {
        Self { credential, clock, state: Mutex::default(), flight: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn current(&self, now: OffsetDateTime) -> Option<AccessToken> {
        self.held.as_ref().filter(|held| now < held.renew_at).map(|held| held.token.clone())
    }

    fn keep(&mut self, token: &AccessToken, now: OffsetDateTime) {
        let lifetime = token.expires_at - now;
        let renew_at = if lifetime > AHEAD * 2 { token.expires_at - AHEAD } else { now + lifetime / 2 };
        self.held = Some(CachedToken { token: token.clone(), renew_at });
        self.has_worked = true;
        self.unmatched_since = None;
        self.last_failure = None;
    }

    /// Decides what a failure means after what was seen before.
    fn weigh(&mut self, failure: TokenFailure, now: OffsetDateTime) -> FailedIssue {
        let transient = match failure.kind {
            FailureKind::Transient => true,
            FailureKind::Unanswered => {
                self.has_worked || now - *self.unanswered_since.get_or_insert(now) < FIRST_CONTACT
            }
            FailureKind::Permanent => false,
            FailureKind::Doubtful => self.has_worked,
            FailureKind::Unmatched => now - *self.unmatched_since.get_or_insert(now) < UNMATCHED_FOR,
        };
        let failed = FailedIssue { transient, failure };
        self.last_failure = Some(failed.clone());
        failed
    }

    /// Even where renewing was refused: the token was issued, and ends when it ends.
    fn fall_back(&mut self, now: OffsetDateTime) -> Option<AccessToken> {
        let held = self.held.as_mut().filter(|held| now + STILL_USABLE < held.token.expires_at)?;
        held.renew_at = now + PAUSE;
        Some(held.token.clone())
    }
}

#[async_trait]
impl<C: Credential> TokenSource for CachedTokenSource<C> {
    async fn token(&self, deadline: &Deadline) -> Result<AccessToken, TokenError> {
        let answers_before = {
            let state = self.state();
            if let Some(token) = state.current(self.clock.now()) {
                return Ok(token);
            }
            state.answers
        };
        let _flight = deadline.run(self.flight.lock()).await.map_err(TokenError::Interrupted)?;
        {
            let state = self.state();
            if let Some(token) = state.current(self.clock.now()) {
                return Ok(token);
            }
            // Whoever waited takes the answer that came meanwhile, instead of asking the same again.
            if state.answers != answers_before
                && let Some(failed) = &state.last_failure
            {
                return Err(failed.clone().error());
            }
        }
        let outcome = deadline.run(self.credential.issue()).await.map_err(TokenError::Interrupted)?;
        let now = self.clock.now();
        let mut state = self.state();
        state.answers += 1;
        match outcome {
            Ok(token) => {
                tracing::debug!(expires_at = %token.expires_at, "got an access token");
                state.keep(&token, now);
                Ok(token)
            }
            Err(failure) => {
                let failed = state.weigh(failure, now);
                match state.fall_back(now) {
                    Some(token) => {
                        tracing::warn!(reason = %failed.failure.message, "an access token was not renewed; the old \
                         one is still used");
                        Ok(token)
                    }
                    None => {
                        tracing::warn!(reason = %failed.failure.message, passes = failed.transient, "there is no \
                         access token");
                        Err(failed.error())
                    }
                }
            }
        }
    }

    fn invalidate(&self, token: &AccessToken) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| held.token.token == token.token) {
            state.held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::scripted::{NOW, SetClock};
    use crate::azure::deadline::Interrupted;
    use crate::azure::secret::Secret;

    #[derive(Debug)]
    enum Next {
        Token(&'static str, Duration),
        TokenFailure(FailureKind),
        Never,
    }

    #[derive(Debug, Clone)]
    struct Script {
        next: Arc<Mutex<VecDeque<Next>>>,
        asked: Arc<Mutex<usize>>,
        clock: Arc<SetClock>,
    }

    #[async_trait]
    impl Credential for Script {
        async fn issue(&self) -> Result<AccessToken, TokenFailure> {
            *self.asked.lock().unwrap() += 1;
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let next = self.next.lock().unwrap().pop_front();
            match next.expect("asked more often than foreseen") {
                Next::Token(text, lifetime) => {
                    Ok(AccessToken { token: Secret::new(text), expires_at: self.clock.now() + lifetime })
                }
                Next::TokenFailure(kind) => Err(TokenFailure::new(kind, "no").with_cause("because")),
                Next::Never => std::future::pending().await,
            }
        }
    }

    fn source(next: impl IntoIterator<Item = Next>) -> (Arc<CachedTokenSource<Script>>, Script) {
        let clock = SetClock::new();
        let script = Script {
            next: Arc::new(Mutex::new(next.into_iter().collect())),
            asked: Arc::default(),
            clock: Arc::clone(&clock),
        };
        (Arc::new(CachedTokenSource::new(script.clone(), clock)), script)
    }

    fn deadline() -> Deadline {
        Deadline::new(std::time::Duration::from_secs(60), CancellationToken::new())
    }

    async fn text(source: &CachedTokenSource<Script>) -> String {
        source.token(&deadline()).await.unwrap().token.expose().to_owned()
    }

    const HOUR: Duration = Duration::hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_token_is_kept_until_five_minutes_before_its_end() {
        let (source, script) = source([Next::Token("a", HOUR), Next::Token("b", HOUR)]);
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::minutes(55) - Duration::seconds(1));
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::seconds(1));
        assert_eq!(text(&source).await, "b");
        assert_eq!(*script.asked.lock().unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_lived_token_is_kept_for_half_its_life() {
        let (source, script) = source([Next::Token("a", Duration::minutes(8)), Next::Token("b", HOUR)]);
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::minutes(4) - Duration::seconds(1));
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::seconds(1));
        assert_eq!(text(&source).await, "b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_callers_at_once_cost_one_request() {
        let (source, script) = source([Next::Token("a", HOUR)]);
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let source = Arc::clone(&source);
                tokio::spawn(async move { text(&source).await })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "a");
        }
        assert_eq!(*script.asked.lock().unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_who_waited_share_a_refusal_and_a_later_one_asks_again() {
        let (source, script) = source([Next::TokenFailure(FailureKind::Permanent), Next::Token("a", HOUR)]);
        let callers: Vec<_> = (0..20)
            .map(|_| {
                let source = Arc::clone(&source);
                tokio::spawn(async move { source.token(&deadline()).await.unwrap_err() })
            })
            .collect();
        for caller in callers {
            let error = caller.await.unwrap();
            assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
            assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "because");
        }
        assert_eq!(*script.asked.lock().unwrap(), 1);
        assert_eq!(text(&source).await, "a");
    }

    #[tokio::test(start_paused = true)]
    async fn an_invalidated_token_is_replaced_once_however_many_report_it() {
        let (source, script) = source([Next::Token("a", HOUR), Next::Token("b", HOUR)]);
        let refused = source.token(&deadline()).await.unwrap();
        source.invalidate(&refused);
        assert_eq!(text(&source).await, "b");
        source.invalidate(&refused);
        assert_eq!(text(&source).await, "b");
        assert_eq!(*script.asked.lock().unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_whose_deadline_passes_leaves_the_flight_to_the_next() {
        let (source, script) = source([Next::Never, Next::Token("a", HOUR)]);
        let hasty = Deadline::new(std::time::Duration::from_secs(5), CancellationToken::new());
        let first = {
            let source = Arc::clone(&source);
            tokio::spawn(async move { source.token(&hasty).await })
        };
        tokio::task::yield_now().await;
        let second = {
            let source = Arc::clone(&source);
            tokio::spawn(async move { text(&source).await })
        };
        assert!(matches!(first.await.unwrap(), Err(TokenError::Interrupted(Interrupted::TimedOut))));
        assert_eq!(second.await.unwrap(), "a");
        assert_eq!(*script.asked.lock().unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_waits_for_another_still_hears_the_stop() {
        let (source, _script) = source([Next::Never]);
        let first = Arc::clone(&source);
        let flight = tokio::spawn(async move { first.token(&deadline()).await });
        tokio::task::yield_now().await;
        let stop = CancellationToken::new();
        let waiting = Deadline::new(std::time::Duration::from_secs(60), stop.clone());
        let second = Arc::clone(&source);
        let waiter = tokio::spawn(async move { second.token(&waiting).await });
        tokio::task::yield_now().await;
        stop.cancel();
        assert!(matches!(waiter.await.unwrap(), Err(TokenError::Interrupted(Interrupted::Stopped))));
        flight.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_cannot_be_renewed_goes_on_until_shortly_before_its_end() {
        let (source, script) = source([
            Next::Token("a", HOUR),
            Next::TokenFailure(FailureKind::Transient),
            Next::TokenFailure(FailureKind::Permanent),
            Next::TokenFailure(FailureKind::Transient),
        ]);
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::minutes(56));
        assert_eq!(text(&source).await, "a");
        assert_eq!(text(&source).await, "a");
        assert_eq!(*script.asked.lock().unwrap(), 2, "the authority is left in peace for a while");
        script.clock.advance(Duration::seconds(30));
        assert_eq!(text(&source).await, "a");
        script.clock.advance(Duration::minutes(3));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_doubtful_answer_is_final_at_first_and_passing_once_there_was_a_token() {
        let (source, script) = source([
            Next::TokenFailure(FailureKind::Doubtful),
            Next::Token("a", HOUR),
            Next::TokenFailure(FailureKind::Doubtful),
        ]);
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Permanent { .. })));
        assert_eq!(text(&source).await, "a");
        script.clock.advance(HOUR);
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_federated_credential_passes_for_three_minutes() {
        let (source, script) = source((0..3).map(|_| Next::TokenFailure(FailureKind::Unmatched)));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
        script.clock.advance(UNMATCHED_FOR - Duration::seconds(1));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
        script.clock.advance(Duration::seconds(1));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Permanent { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_is_final_after_ninety_seconds_unless_there_was_a_token() {
        let unanswered = || Next::TokenFailure(FailureKind::Unanswered);
        let (source, script) = source([unanswered(), unanswered(), unanswered()]);
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
        script.clock.advance(Duration::seconds(89));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
        script.clock.advance(Duration::seconds(1));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Permanent { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn after_one_token_no_answer_passes_for_hours() {
        let (source, script) = source(
            [Next::Token("a", HOUR)].into_iter().chain((0..10).map(|_| Next::TokenFailure(FailureKind::Unanswered))),
        );
        assert_eq!(text(&source).await, "a");
        for _ in 0..10 {
            script.clock.advance(HOUR);
            assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_this_clock_takes_for_ended_is_handed_out_all_the_same() {
        let (source, script) = source([Next::Token("a", -HOUR), Next::Token("b", HOUR)]);
        let token = source.token(&deadline()).await.unwrap();
        assert_eq!(token.expires_at, NOW - HOUR);
        assert_eq!(text(&source).await, "b");
        assert_eq!(*script.asked.lock().unwrap(), 2);
    }
}
