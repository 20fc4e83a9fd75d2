//! Waiting for an access token, seen from outside: a restore that stands still for want of one can say so.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::deadline::Deadline;
use super::redaction::redact;
use super::token::{AccessToken, TokenError, TokenSource};

/// An authority answers within a second or two. The Azure CLI takes longer, and is worth a word then.
const SLOW: Duration = Duration::from_secs(10);

/// Why those who share some token sources wait, if they do. One for each connection; clones see the same.
#[derive(Clone, Debug, Default)]
pub struct TokenWaits(watch::Sender<Vec<Option<String>>>);

impl TokenWaits {
    /// The same source, whose waits are seen here: from its first failure, or once it has been silent for ten seconds, until
    /// its next token.
    pub fn of(&self, source: Arc<dyn TokenSource>) -> Arc<dyn TokenSource> {
        let mut place = 0;
        self.0.send_modify(|reasons| {
            place = reasons.len();
            reasons.push(None);
        });
        Arc::new(WatchedSource { source, place, waits: self.clone() })
    }

    /// What is waited for now, in a sentence; none if nothing is.
    pub fn current(&self) -> Option<String> {
        reason(&self.0.borrow())
    }

    /// Returns when what is waited for is no longer `known`, with what it is then.
    pub async fn changed_from(&self, known: Option<&str>) -> Option<String> {
        let mut seen = self.0.subscribe();
        loop {
            let now = reason(&seen.borrow_and_update());
            if now.as_deref() != known {
                return now;
            }
            if seen.changed().await.is_err() {
                // The sender is held here.
                std::future::pending::<()>().await;
            }
        }
    }

    fn set(&self, place: usize, next: impl FnOnce(Option<&str>) -> Option<String>) {
        self.0.send_if_modified(|reasons| {
            let Some(held) = reasons.get_mut(place) else { return false };
            let next = next(held.as_deref());
            let changed = *held != next;
            *held = next;
            changed
        });
    }
}

fn reason(reasons: &[Option<String>]) -> Option<String> {
    reasons.iter().flatten().next().cloned()
}

#[derive(Debug)]
struct WatchedSource {
    source: Arc<dyn TokenSource>,
    place: usize,
    waits: TokenWaits,
}

#[async_trait]
impl TokenSource for WatchedSource {
    async fn token(&self, deadline: &Deadline) -> Result<AccessToken, TokenError> {
        let asked = self.source.token(deadline);
        tokio::pin!(asked);
        let answer = match tokio::time::timeout(SLOW, &mut asked).await {
            Ok(answer) => answer,
            Err(_) => {
                let silent = || format!("no answer for {} seconds", SLOW.as_secs());
                self.waits.set(self.place, |held| Some(held.map_or_else(silent, str::to_owned)));
                asked.await
            }
        };
        match &answer {
            Ok(_) => self.waits.set(self.place, |_| None),
            Err(TokenError::Transient { message, source }) => {
                let below = source.as_ref().map(|source| format!(": {source}")).unwrap_or_default();
                self.waits.set(self.place, |_| Some(redact(&format!("{message}{below}"))));
            }
            // Whoever asked ends with an error that says it; nobody waits for this one any more.
            Err(TokenError::Permanent { .. }) => self.waits.set(self.place, |_| None),
            // Others may still wait.
            Err(TokenError::Interrupted(_)) => {}
        }
        answer
    }

    fn invalidate(&self, token: &AccessToken) {
        self.source.invalidate(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::scripted::{ScriptedTokens, deadline};

    fn transient(message: &str) -> TokenError {
        TokenError::Transient { message: message.to_owned(), source: None }
    }

    /// Gives a token after so long.
    #[derive(Debug)]
    struct SlowSource(Duration);

    #[async_trait]
    impl TokenSource for SlowSource {
        async fn token(&self, deadline: &Deadline) -> Result<AccessToken, TokenError> {
            deadline.sleep(self.0).await.map_err(TokenError::Interrupted)?;
            ScriptedTokens::default().token(deadline).await
        }

        fn invalidate(&self, _: &AccessToken) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_source_is_waited_for_from_its_first_failure_until_its_next_token() {
        let waits = TokenWaits::default();
        let failures = vec![transient("503"), transient("504")];
        let source = waits.of(ScriptedTokens::failing(failures));
        assert_eq!(waits.current(), None);
        for message in ["503", "504"] {
            assert!(source.token(&deadline(60)).await.is_err());
            assert!(waits.current().is_some_and(|reason| reason.contains(message)), "{:?}", waits.current());
        }
        source.token(&deadline(60)).await.unwrap();
        assert_eq!(waits.current(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_source_is_waited_for_after_ten_seconds() {
        for (takes, waited) in [(9, false), (12, true)] {
            let waits = TokenWaits::default();
            let source = waits.of(Arc::new(SlowSource(Duration::from_secs(takes))));
            let asked = tokio::spawn(async move { source.token(&deadline(60)).await.is_ok() });
            tokio::time::sleep(Duration::from_millis(10_500)).await;
            assert_eq!(waits.current().as_deref(), waited.then_some("no answer for 10 seconds"));
            assert!(asked.await.unwrap());
            assert_eq!(waits.current(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_no_ends_the_wait_and_a_token_of_another_source_does_not() {
        let waits = TokenWaits::default();
        let no = TokenError::Permanent { message: "wrong secret".to_owned(), source: None };
        let fails = waits.of(ScriptedTokens::failing(vec![transient("503"), no]));
        let works = waits.of(Arc::new(ScriptedTokens::default()));
        assert!(fails.token(&deadline(60)).await.is_err());
        works.token(&deadline(60)).await.unwrap();
        assert!(waits.current().is_some());
        assert!(fails.token(&deadline(60)).await.is_err());
        assert_eq!(waits.current(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_seen_once_and_one_that_is_known_not_at_all() {
        let waits = TokenWaits::default();
        let source = waits.of(ScriptedTokens::failing(vec![transient("503"), transient("503")]));
        assert!(source.token(&deadline(60)).await.is_err());
        let reason = waits.changed_from(None).await;
        assert!(source.token(&deadline(60)).await.is_err());
        let again = tokio::time::timeout(Duration::from_secs(9), waits.changed_from(reason.as_deref())).await;
        assert!(again.is_err(), "{again:?}");
        source.token(&deadline(60)).await.unwrap();
        assert_eq!(waits.changed_from(reason.as_deref()).await, None);
    }
}
