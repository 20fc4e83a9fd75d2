//! Answers that many callers share for a short time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tracing::info;

use super::{ArmClient, ElementError, interrupted_error};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, in_one_line};
use crate::azure::json_text;
use crate::azure::limiter::Priority;
use crate::azure::resource_id::canonical;

/// So many elements of a collection that are asked for at the same time are read one by one. A page has about a hundred.
const FEW_ELEMENTS: usize = 20;

/// A collection that takes longer is read element by element.
const LONGEST_COLLECTION: Duration = Duration::from_secs(120);

/// The last answers to reads that are shared, by URL.
#[derive(Debug, Default)]
pub(super) struct RecentAnswers {
    answers: Mutex<HashMap<String, Arc<RecentAnswer>>>,
    collections: Mutex<HashMap<String, Arc<RecentCollection>>>,
}

/// The lock is held while the answer is read. Whoever reads may be dropped at any time; the next in line reads instead.
type RecentAnswer = tokio::sync::Mutex<Option<(Instant, Arc<Value>)>>;

impl RecentAnswers {
    /// What was kept for longer than `longest` and is used by nobody is forgotten.
    fn of(&self, url: &str, longest: Duration) -> Arc<RecentAnswer> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, answer| {
            answer.try_lock().map_or(true, |kept| kept.as_ref().is_some_and(|(at, _)| at.elapsed() < longest))
                || Arc::strong_count(answer) > 1
        });
        Arc::clone(answers.entry(canonical(url)).or_default())
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn number(&self) -> usize {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Of what nobody asks any more nothing is kept.
    fn collection(&self, url: &str) -> Arc<RecentCollection> {
        let mut collections = self.collections.lock().unwrap_or_else(PoisonError::into_inner);
        collections.retain(|_, collection| Arc::strong_count(collection) > 1);
        Arc::clone(collections.entry(canonical(url)).or_default())
    }
}

/// Elements as JSON, by name in canonical form.
type ElementTexts = HashMap<String, Box<str>>;

/// A collection of which single elements are asked for.
#[derive(Debug, Default)]
struct RecentCollection {
    /// Those who ask now.
    asking: AtomicUsize,
    /// The elements, and when they were asked for; none after a failure. Locked while it is read.
    listed: tokio::sync::Mutex<Option<(Instant, ElementTexts)>>,
}

/// Counts as one who asks until it is dropped.
struct Asking<'a>(&'a AtomicUsize);

impl<'a> Asking<'a> {
    /// With the number of all.
    fn begin(asking: &'a AtomicUsize) -> (Self, usize) {
        let number = asking.fetch_add(1, Ordering::Relaxed) + 1;
        (Self(asking), number)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ArmClient {
    /// As [`ArmClient::get`], for what many ask at the same time and what seldom changes: an answer serves all who ask
    /// within `longest` of the moment it was asked for, and those who ask meanwhile wait for it. Errors serve nobody else.
    /// Before an error is made of such an answer, the resource should be read anew.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn get_recent(
        &self,
        path: &str,
        api_version: &str,
        longest: Duration,
        deadline: &Deadline,
    ) -> Result<Arc<Value>, ArmError> {
        let shared = self.inner.recent.of(self.url(path, api_version, &[]).as_str(), longest);
        let asked = Instant::now();
        let mut kept = deadline.run(shared.lock()).await.map_err(interrupted_error)?;
        if let Some((at, answer)) = kept.as_ref()
            && asked.saturating_duration_since(*at) < longest
        {
            return Ok(Arc::clone(answer));
        }
        let at = Instant::now();
        let answer = Arc::new(self.get::<Value>(path, api_version, &[], deadline).await?);
        *kept = Some((at, Arc::clone(&answer)));
        Ok(answer)
    }

    /// As [`ArmClient::get`] of an element of a collection, the path of which is that of the element without its name.
    /// Where many elements of it are asked for at the same time, the collection is read once for all, as
    /// [`ArmClient::list`] reads it; what it does not hold is read by itself.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn get_element(
        &self,
        path: &str,
        api_version: &str,
        longest: Duration,
        deadline: &Deadline,
    ) -> Result<Value, ArmError> {
        let (collection, name) = path.rsplit_once('/').unwrap_or_default();
        let shared = self.inner.recent.collection(self.url(collection, api_version, &[]).as_str());
        let (_asking, number) = Asking::begin(&shared.asking);
        if number > FEW_ELEMENTS {
            let asked = Instant::now();
            let mut listed = deadline.run(shared.listed.lock()).await.map_err(interrupted_error)?;
            if listed.as_ref().is_none_or(|(at, _)| asked.saturating_duration_since(*at) >= longest) {
                let deadline = deadline.at_most(LONGEST_COLLECTION);
                *listed = Some((Instant::now(), self.elements(collection, api_version, &deadline).await));
            }
            let element = listed.as_ref().and_then(|(_, elements)| elements.get(&canonical(name)));
            if let Some(value) = element.and_then(|element| serde_json::from_str(element).ok()) {
                return Ok(value);
            }
        }
        self.get(path, api_version, &[], deadline).await
    }

    async fn elements(&self, collection: &str, api_version: &str, deadline: &Deadline) -> HashMap<String, Box<str>> {
        let keep = |element: &str| {
            let name = json_text::members(element, ["name"]).and_then(|[name]| json_text::text(name?));
            Ok::<_, ElementError>(name.map(|name| (canonical(&name), Box::from(element))))
        };
        match self.list_of(collection, api_version, &[], Priority::First, keep, deadline).await {
            Ok(list) => list.elements.into_iter().collect(),
            Err(error) => {
                info!(error = in_one_line(&error), "{collection} cannot be listed; its elements are read one by one");
                HashMap::new()
            }
        }
    }
}
