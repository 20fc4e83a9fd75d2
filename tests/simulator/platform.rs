//! What all services stand on: time, ids, what exists, how lists are cut, and what is going to happen.

use std::collections::BTreeMap;

use serde_json::Value;

use super::clock::Clock;
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
    pub mint: Mint,
    pub world: World,
    pub paging: Paging,
    /// What is left of lists, by `$skipToken`.
    pub pages: BTreeMap<String, Vec<Value>>,
    pub scripts: Scripts,
    pub job_lists: JobLists,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            endpoint: "https://management.azure.com".into(),
            operation_endpoint: None,
            clock: Clock::default(),
            mint: Mint::default(),
            world: World::default(),
            paging: Paging::default(),
            pages: BTreeMap::new(),
            scripts: Scripts::default(),
            job_lists: JobLists::default(),
        }
    }
}

impl Platform {
    pub fn operation_endpoint(&self) -> &str {
        self.operation_endpoint.as_deref().unwrap_or(&self.endpoint)
    }
}
