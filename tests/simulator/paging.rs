//! Lists by pages, with `nextLink` and `$skipToken`, as all services of Azure cut them.

use serde_json::{Value, json};

use super::arm::{ArmCall, ServiceAnswer};
use super::error::ServiceError;
use super::message::Reply;
use super::platform::Platform;

/// How lists are cut.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    pub size: usize,
    /// The first page is empty and has a `nextLink`, which is legal.
    pub begins_with_an_empty_page: bool,
}

impl Default for Paging {
    fn default() -> Self {
        Self { size: 100, begins_with_an_empty_page: false }
    }
}

/// A list by pages. `fill` runs for the first page only, so that one reading of a list sees one state of it.
pub fn paged(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    fill: impl FnOnce(&mut Platform) -> Vec<Value>,
    note: &str,
) -> ServiceAnswer {
    let token = call.request.query("$skipToken").or_else(|| call.request.query("$skiptoken"));
    let mut values = match &token {
        None => fill(platform),
        Some(token) => match platform.pages.get(token) {
            Some(rest) => rest.clone(),
            None => {
                let reply = ServiceError::invalid_input().reply(400, &call.activity_id);
                return ServiceAnswer::new(reply, "asked for a page that was not offered".into());
            }
        },
    };
    let empty_page = token.is_none() && platform.paging.begins_with_an_empty_page;
    let size = if empty_page { 0 } else { platform.paging.size.max(1) };
    let rest = values.split_off(size.min(values.len()));
    let mut body = json!({"value": values, "nextLink": null});
    if empty_page || !rest.is_empty() {
        let token = platform.mint.noise(24);
        let (endpoint, path, version) = (&platform.endpoint, call.request.path(), &call.api_version);
        body["nextLink"] = json!(format!("{endpoint}{path}?api-version={version}&%24skipToken={token}"));
        platform.pages.insert(token, rest);
    }
    ServiceAnswer::new(Reply::json(200, &body), note.to_owned())
}
