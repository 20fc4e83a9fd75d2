//! What all services stand on: time, ids, what exists, how lists are cut, and what is going to happen.

use std::collections::BTreeMap;

use serde_json::Value;

use super::clock::{self, Clock};
use super::job_lists::JobLists;
use super::mint::Mint;
use super::paging::Paging;
use super::script::Scripts;
use super::world::World;

#[derive(Clone, Debug)]
pub struct Platform {
    /// Scheme, host and port of the URLs given out.
    pub endpoint: String,
    /// The same for URLs of operations, where it is another.
    pub operation_endpoint: Option<String>,
    pub clock: Clock,
    /// How far the `Date` of answers is ahead of the clock; none: answers have no `Date`.
    pub date_ahead: Option<time::Duration>,
    pub mint: Mint,
    pub world: World,
    pub paging: Paging,
    /// What is left of lists, by `$skipToken`.
    pub pages: BTreeMap<String, Vec<Value>>,
    pub scripts: Scripts,
    /// How many backups of long ago the job list of every vault holds.
    pub remembered_backups: usize,
    pub job_lists: JobLists,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            endpoint: "https://management.azure.com".into(),
            operation_endpoint: None,
            clock: Clock::default(),
            date_ahead: Some(time::Duration::ZERO),
            mint: Mint::default(),
            world: World::default(),
            paging: Paging::default(),
            pages: BTreeMap::new(),
            scripts: Scripts::default(),
            remembered_backups: 0,
            job_lists: JobLists::default(),
        }
    }
}

impl Platform {
    /// The header `Date` of an answer that is given now.
    pub fn date(&self) -> Option<String> {
        Some(clock::as_http_date(self.clock.now() + self.date_ahead?))
    }

    pub fn operation_endpoint(&self) -> &str {
        self.operation_endpoint.as_deref().unwrap_or(&self.endpoint)
    }
}
