//! `$filter`: `eq` joined by `and`, instants on a clock of twelve hours.

use std::collections::BTreeMap;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::error::ServiceError;

const TWELVE_HOURS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour repr:12]:[minute]:[second] [period]");

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    texts: BTreeMap<String, String>,
    instants: BTreeMap<String, OffsetDateTime>,
}

/// From the first to the last instant, both included.
pub type Window = (OffsetDateTime, OffsetDateTime);

impl Filter {
    /// The filter of a request whose list knows these keys, the last of which hold instants.
    pub fn of(call: &ArmCall<'_>, texts: &[&str], instants: &[&str]) -> Result<Self, String> {
        let mut filter = Self::default();
        let given = call.request.query("$filter").unwrap_or_default();
        for term in given.split(" and ").map(str::trim).filter(|term| !term.is_empty()) {
            let (name, value) = term.split_once(" eq ").ok_or_else(|| format!("{term:?} is not `key eq 'value'`"))?;
            let value = value.trim().strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
            let value = value.ok_or_else(|| format!("the value of {term:?} is not in quotes"))?;
            if instants.contains(&name) {
                let at = PrimitiveDateTime::parse(value, TWELVE_HOURS)
                    .map_err(|_| format!("{value:?} is no instant on a clock of twelve hours"))?;
                filter.instants.insert(name.to_owned(), at.assume_utc());
            } else if texts.contains(&name) {
                filter.texts.insert(name.to_owned(), value.replace("''", "'"));
            } else {
                return Err(format!("the list has no key {name:?}"));
            }
        }
        Ok(filter)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// Between these two keys; `None` where neither is given.
    pub fn window(&self, from: &str, to: &str) -> Result<Option<Window>, String> {
        match (self.instants.get(from), self.instants.get(to)) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) if *to - *from > Duration::days(30) => {
                Err("the window has more than 30 days".into())
            }
            (Some(from), Some(to)) => Ok(Some((*from, *to))),
            _ => Err("one bound of the window is missing".into()),
        }
    }
}

pub fn refused(call: &ArmCall<'_>, why: &str) -> ServiceAnswer {
    let reply = ServiceError::invalid_input().reply(400, &call.activity_id);
    ServiceAnswer::new(reply, format!("was refused a list: {why}"))
}
