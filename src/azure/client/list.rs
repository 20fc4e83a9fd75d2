//! Lists, page by page.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;
use tracing::warn;
use url::Url;

use super::{ArmClient, ArmResponse, PendingRequest, WriteMethod};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::json_fields::JsonFields;
use crate::azure::limiter::Priority;

/// More pages than any list of backups has; a list that is longer has no end.
const MOST_PAGES: usize = 2000;
/// Of all pages together. A job takes some 2 kB, so this is a list of tens of thousands; in memory it is several times as
/// much.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Of all pages together; a job has some sixty.
const MOST_VALUES: usize = 3_000_000;

impl ArmClient {
    /// Reads a list to its end: follows `nextLink` to the letter, over empty pages, too. Each page is repeated as in
    /// [`ArmClient::get`]. All pages or an error, never a part.
    ///
    /// # Errors
    /// [`ArmError`]; [`ArmError::Unreadable`] also for pages without `value`, for links that lead in a circle and for
    /// lists without end, [`ArmError::ForeignHost`] for a link that leads away from the endpoint.
    pub async fn list(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        deadline: &Deadline,
    ) -> Result<Vec<Value>, ArmError> {
        Ok(self.list_counted(path, api_version, query, Priority::InLine, deadline).await?.elements)
    }

    /// As [`ArmClient::list`], with the number of pages, each of which takes its place in the line as `precedence` says.
    ///
    /// # Errors
    /// As [`ArmClient::list`].
    pub async fn list_counted(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        precedence: Priority,
        deadline: &Deadline,
    ) -> Result<ElementList<Value>, ArmError> {
        self.pages(PendingRequest { precedence, ..PendingRequest::get(self.url(path, api_version, query)) }, deadline)
            .await
    }

    /// As [`ArmClient::list_counted`], for the few lists that are read by POST: every page takes the same body.
    ///
    /// # Errors
    /// As [`ArmClient::list`].
    pub async fn list_by_post<B: Serialize + Sync>(
        &self,
        path: &str,
        api_version: &str,
        body: &B,
        precedence: Priority,
        deadline: &Deadline,
    ) -> Result<ElementList<Value>, ArmError> {
        let first = self.call_with_body(WriteMethod::Post, path, api_version, body)?;
        self.pages(PendingRequest { precedence, ..first }, deadline).await
    }

    async fn pages(&self, first: PendingRequest, deadline: &Deadline) -> Result<ElementList<Value>, ArmError> {
        let mut elements = Vec::new();
        let mut visited: HashSet<Url> = HashSet::new();
        let (mut bytes, mut values) = (0, 0);
        let mut call = first;
        loop {
            let page = self.repeat(&call, deadline, Page::read).await?;
            elements.extend(page.elements);
            bytes += page.bytes;
            values += page.values;
            let Some(link) = page.next_link else {
                return Ok(ElementList { elements, requests: visited.len() + 1 });
            };
            visited.insert(call.url.clone());
            let broken = |reason: &str| ArmError::Unreadable { request: call.label(), reason: reason.to_owned() };
            let next =
                self.inner.endpoint.resolve(&link).ok_or_else(|| broken("the link to the next page is no URL"))?;
            if visited.contains(&next) {
                return Err(broken("the links to the next page lead in a circle"));
            }
            if visited.len() >= MOST_PAGES || bytes > MOST_BYTES || values > MOST_VALUES {
                return Err(broken("the list has no end"));
            }
            call.url = next;
        }
    }
}

/// A list that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementList<T> {
    /// In the order of the answers.
    pub elements: Vec<T>,
    /// How many requests it took, tries that failed not counted.
    pub requests: usize,
}

impl ElementList<Value> {
    /// All elements as what they are, or an error: for a list in which one thing is searched for, since an element that
    /// cannot be read may be that thing. `what` an element is called, and which `request` was answered, go into the
    /// error.
    ///
    /// # Errors
    /// [`ArmError::Unreadable`] if `read` can make nothing of an element.
    pub fn read_all<T>(
        &self,
        what: &str,
        request: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<ElementList<T>, ArmError> {
        let elements: Option<Vec<T>> = self.elements.iter().map(read).collect();
        let elements = elements.ok_or_else(|| ArmError::Unreadable {
            request: request.to_owned(),
            reason: format!("an element of the list names no {what}"),
        })?;
        Ok(ElementList { elements, requests: self.requests })
    }
}

/// The elements that `read` can make something of: for a list that is shown or chosen from. The log says how many were
/// left out.
pub fn read_known<T>(elements: &[Value], read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let things: Vec<T> = elements.iter().filter_map(read).collect();
    if things.len() < elements.len() {
        warn!(left_out = elements.len() - things.len(), "a list holds elements without a name");
    }
    things
}

struct Page {
    elements: Vec<Value>,
    next_link: Option<String>,
    bytes: usize,
    values: usize,
}

impl Page {
    fn read(answer: ArmResponse) -> Result<Self, ArmError> {
        let page: Value = answer.json()?;
        let (bytes, values) = (answer.length(), answer.values());
        let next_link = JsonFields::of(&page).text("nextLink");
        let value = if let Value::Object(mut page) = page { page.remove("value") } else { None };
        match value {
            Some(Value::Array(elements)) => Ok(Self { elements, next_link, bytes, values }),
            Some(Value::Null) => Ok(Self { elements: Vec::new(), next_link, bytes, values }),
            _ => Err(answer.unreadable("a page of a list has a \"value\"")),
        }
    }
}
