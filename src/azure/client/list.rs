//! Lists, page by page.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::answer::{MOST_VALUES, value_count};
use super::{ArmClient, ArmResponse, PendingRequest, WriteMethod};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::json_text;
use crate::azure::limiter::Priority;

/// Pages in a row without elements. Azure has some where it filters after it has cut the pages.
const MOST_EMPTY_PAGES: usize = 100;
/// Pages in a row whose elements have all been on one page before.
const MOST_REPEATED_PAGES: usize = 3;
/// Of all elements that are kept of one list; in memory they are several times as much.
const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Values of all elements that are kept of one list; a job has some sixty.
const MOST_KEPT_VALUES: usize = 3_000_000;

impl ArmClient {
    /// Reads a list to its end: follows `nextLink` to the letter, over empty pages, too. Each page is repeated as in
    /// [`ArmClient::get`]. All pages or an error, never a part.
    ///
    /// # Errors
    /// [`ArmError`]; [`ArmError::Unreadable`] also for pages without `value`, for links that lead in a circle, for
    /// pages that bring nothing new and for more elements than can be kept, [`ArmError::ForeignHost`] for a link that
    /// leads away from the endpoint.
    pub async fn list(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        deadline: &Deadline,
    ) -> Result<Vec<Value>, ArmError> {
        let keep = |element: &str| read_element(element).map(Some);
        Ok(self.list_of(path, api_version, query, Priority::InLine, keep, deadline).await?.elements)
    }

    /// As [`ArmClient::list`], with what `read` makes of each element.
    ///
    /// # Errors
    /// As [`ArmClient::list`]; [`ArmError::Unreadable`] also if `read` can make nothing of an element, which then is said to
    /// name no `what`.
    pub async fn list_every<T>(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        (what, read): (&'static str, impl Fn(&Value) -> Option<T>),
        deadline: &Deadline,
    ) -> Result<Vec<T>, ArmError> {
        let keep = read_every(what, read);
        Ok(self.list_of(path, api_version, query, Priority::InLine, keep, deadline).await?.elements)
    }

    /// As [`ArmClient::list`], but keeps of each page only what `keep` makes of its elements, so that memory does not grow
    /// with what is passed over. Each page takes its place in the line as `precedence` says.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and an element that `keep` cannot read.
    pub async fn list_of<T>(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        precedence: Priority,
        keep: impl Fn(&str) -> Result<Option<T>, ElementError>,
        deadline: &Deadline,
    ) -> Result<ElementList<T>, ArmError> {
        let first = PendingRequest { precedence, ..PendingRequest::get(self.url(path, api_version, query)) };
        self.pages(first, keep, deadline).await
    }

    /// As [`ArmClient::list_of`], for the few lists that are read by POST: every page takes the same body.
    ///
    /// # Errors
    /// As [`ArmClient::list_of`].
    pub async fn list_by_post<B: Serialize + Sync, T>(
        &self,
        list: PostedList<'_, B>,
        precedence: Priority,
        keep: impl Fn(&str) -> Result<Option<T>, ElementError>,
        deadline: &Deadline,
    ) -> Result<ElementList<T>, ArmError> {
        let PostedList { path, api_version, query, body } = list;
        let call = self.call_with_body(WriteMethod::Post, path, api_version, body)?;
        let first = PendingRequest { precedence, url: self.url(path, api_version, query), ..call };
        self.pages(first, keep, deadline).await
    }

    async fn pages<T>(
        &self,
        first: PendingRequest,
        keep: impl Fn(&str) -> Result<Option<T>, ElementError>,
        deadline: &Deadline,
    ) -> Result<ElementList<T>, ArmError> {
        let (mut elements, mut unnamed) = (Vec::new(), None);
        let mut progress = ListProgress::default();
        let mut call = first;
        loop {
            let page = self.repeat(&call, deadline, |answer| Page::read(&answer, &keep)).await?;
            let broken = |reason: &str| ArmError::Unreadable { request: call.label(), reason: reason.to_owned() };
            progress.made(&page).map_err(broken)?;
            elements.extend(page.elements);
            unnamed = unnamed.or(page.unnamed);
            let Some(link) = page.next_link else { break };
            let next =
                self.inner.endpoint.resolve(&link).ok_or_else(|| broken("the link to the next page is no URL"))?;
            progress.leaves(&call.url, &next).map_err(broken)?;
            call.url = next;
        }
        match unnamed {
            Some(what) => Err(ArmError::Unreadable {
                request: call.label(),
                reason: format!("an element of the list names no {what}"),
            }),
            None => Ok(ElementList { elements, requests: progress.links.len() + 1 }),
        }
    }
}

/// A list that is read by POST.
#[derive(Debug)]
pub struct PostedList<'a, B> {
    /// From `/subscriptions` on, without query.
    pub path: &'a str,
    /// The version of the service's description that `body` follows.
    pub api_version: &'a str,
    /// Beside the version.
    pub query: &'a [(&'a str, &'a str)],
    /// Sent as JSON with every page.
    pub body: &'a B,
}

/// Whether a list that is read page by page comes nearer to its end. Any number of pages does, while they bring something;
/// how long they may take is the deadline's concern.
#[derive(Debug, Default)]
struct ListProgress {
    /// Hashes of the URLs that were asked, since there may be tens of thousands.
    links: HashSet<u64>,
    /// Hashes of the elements of each page.
    contents: HashSet<u64>,
    empty: usize,
    repeated: usize,
    bytes: usize,
    values: usize,
}

impl ListProgress {
    fn made<T>(&mut self, page: &Page<T>) -> Result<(), &'static str> {
        self.empty = if page.is_empty { self.empty + 1 } else { 0 };
        let is_new = page.is_empty || self.contents.insert(page.content);
        self.repeated = if is_new { 0 } else { self.repeated + 1 };
        self.bytes += page.kept_bytes;
        self.values += page.kept_values;
        if self.empty >= MOST_EMPTY_PAGES || self.repeated >= MOST_REPEATED_PAGES {
            return Err("the list has no end: page after page brings nothing new");
        }
        if self.bytes > MOST_KEPT_BYTES || self.values > MOST_KEPT_VALUES {
            return Err("more elements of the list are wanted than can be kept at once; ask for fewer");
        }
        Ok(())
    }

    fn leaves(&mut self, asked: &Url, next: &Url) -> Result<(), &'static str> {
        self.links.insert(hash(asked));
        if self.links.contains(&hash(next)) {
            return Err("the links to the next page lead in a circle");
        }
        Ok(())
    }
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Why nothing can be made of an element of a list.
#[derive(Debug)]
pub enum ElementError {
    /// The page is asked for again: answers get mangled on their way.
    Json(serde_json::Error),
    /// It holds more values than any answer of Azure's.
    TooManyValues,
    /// It does not say which one it is, where it may be the one that is searched for. What it should name, in a word. The
    /// list is an error, once it is read to its end.
    Unnamed(&'static str),
}

impl From<serde_json::Error> for ElementError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// An element as a value.
///
/// # Errors
/// [`ElementError`] if it is not JSON, or too much of it.
pub fn read_element(element: &str) -> Result<Value, ElementError> {
    if value_count(element.as_bytes()) > MOST_VALUES {
        return Err(ElementError::TooManyValues);
    }
    Ok(serde_json::from_str(element)?)
}

/// A list that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementList<T> {
    /// In the order of the answers.
    pub elements: Vec<T>,
    /// How many requests it took, tries that failed not counted.
    pub requests: usize,
}

/// A `keep` for a list of which every element must be readable: one that is passed over may be the latest, or the one that
/// is searched for. `what` says what an element that cannot be read does not name.
pub fn read_every<T>(
    what: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> impl Fn(&str) -> Result<Option<T>, ElementError> {
    move |element| read(&read_element(element)?).map(Some).ok_or(ElementError::Unnamed(what))
}

struct Page<T> {
    elements: Vec<T>,
    unnamed: Option<&'static str>,
    next_link: Option<String>,
    /// Whether it has no elements at all, kept or not.
    is_empty: bool,
    /// A hash of all elements.
    content: u64,
    kept_bytes: usize,
    kept_values: usize,
}

impl<T> Page<T> {
    fn read(answer: &ArmResponse, keep: impl Fn(&str) -> Result<Option<T>, ElementError>) -> Result<Self, ArmError> {
        let no_page = || answer.unreadable("a page of a list has a \"value\"");
        let (all, link) = match json_text::members(answer.text()?, ["value", "nextLink"]) {
            Some([Some(value), link]) => (json_text::elements(value).ok_or_else(no_page)?, link),
            // Null is a list of none. What any other answer is, is for a real reader of JSON to say.
            found => match answer.json::<Value>()?.get("value") {
                Some(Value::Null) => (Vec::new(), found.and_then(|[_, link]| link)),
                _ => return Err(no_page()),
            },
        };
        let mut content = DefaultHasher::new();
        let mut page = Self {
            elements: Vec::new(),
            unnamed: None,
            next_link: link.and_then(json_text::text).map(Cow::into_owned),
            is_empty: all.is_empty(),
            content: 0,
            kept_bytes: 0,
            // The page itself and its list.
            kept_values: 2,
        };
        for element in all {
            element.hash(&mut content);
            match keep(element) {
                Ok(None) => {}
                Ok(Some(kept)) => {
                    page.elements.push(kept);
                    page.kept_bytes += element.len();
                    page.kept_values += value_count(element.as_bytes());
                    if page.kept_values > MOST_VALUES {
                        return Err(answer.too_many_values());
                    }
                }
                Err(ElementError::Unnamed(what)) => page.unnamed = Some(what),
                Err(ElementError::TooManyValues) => return Err(answer.too_many_values()),
                Err(ElementError::Json(error)) => {
                    return Err(answer.unreadable(format!("it is not the JSON expected: {error}")));
                }
            }
        }
        page.content = content.finish();
        Ok(page)
    }
}
