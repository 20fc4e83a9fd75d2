//! How a list of jobs differs from the jobs that it is about. Azure keeps it apart from them: it may lag behind, leave out
//! what has just begun, show a job half filled, and move while it is read page by page.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// What is wrong with every list, whosever jobs it shows.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ListDefect {
    /// It shows what there was so many reads ago; before so many reads, what the first one of them found.
    Behind(usize),
    /// The job that began last is not in it.
    WithoutTheNewest,
    /// Jobs have no `activityID`; in Recovery Services vaults that is `activityId`.
    WithoutActivityIds,
    /// Jobs have names and nothing else: their `properties` are empty.
    WithoutProperties,
    NewestFirst,
    OldestFirst,
    /// Every job is there twice: what stood at the end of one page stands at the beginning of the next.
    Repeated,
}

/// A job in a list.
#[derive(Clone, Debug)]
pub struct ListedJob {
    pub started: OffsetDateTime,
    pub value: Value,
}

/// The defect of all lists, and what earlier reads have found.
#[derive(Clone, Debug, Default)]
pub struct JobLists {
    defect: Option<ListDefect>,
    /// How many reads it lasts; `None`: for ever.
    reads: Option<u32>,
    /// By list; for [`ListDefect::Behind`] only.
    earlier: BTreeMap<String, VecDeque<Vec<ListedJob>>>,
}

impl JobLists {
    pub fn show_with(&mut self, defect: ListDefect, reads: Option<u32>) {
        *self = Self { defect: Some(defect), reads, earlier: BTreeMap::new() };
    }

    pub fn mend(&mut self) {
        *self = Self::default();
    }

    /// One read of `list`, in which `jobs` would be: what it shows.
    pub fn shown(&mut self, list: &str, jobs: Vec<ListedJob>) -> Vec<Value> {
        let defect = match &mut self.reads {
            None => self.defect,
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                self.defect
            }
        };
        let shown = match defect {
            Some(defect) => self.with(defect, list, jobs),
            None => jobs,
        };
        shown.into_iter().map(|job| job.value).collect()
    }

    fn with(&mut self, defect: ListDefect, list: &str, mut jobs: Vec<ListedJob>) -> Vec<ListedJob> {
        match defect {
            ListDefect::Behind(reads) => {
                let earlier = self.earlier.entry(list.to_lowercase()).or_default();
                earlier.push_back(jobs);
                earlier.drain(..earlier.len().saturating_sub(reads + 1));
                return earlier.front().cloned().unwrap_or_default();
            }
            ListDefect::WithoutTheNewest => {
                let newest = (0..jobs.len()).max_by_key(|at| jobs.get(*at).map(|job| job.started));
                newest.map(|at| jobs.remove(at));
            }
            ListDefect::WithoutActivityIds => {
                for properties in jobs.iter_mut().filter_map(|job| job.value["properties"].as_object_mut()) {
                    properties
                        .iter_mut()
                        .filter(|(key, _)| key.eq_ignore_ascii_case("activityId"))
                        .for_each(|(_, id)| *id = Value::Null);
                }
            }
            ListDefect::WithoutProperties => jobs.iter_mut().for_each(|job| job.value["properties"] = json!({})),
            ListDefect::NewestFirst => jobs.sort_by_key(|job| std::cmp::Reverse(job.started)),
            ListDefect::OldestFirst => jobs.sort_by_key(|job| job.started),
            ListDefect::Repeated => jobs = jobs.into_iter().flat_map(|job| [job.clone(), job]).collect(),
        }
        jobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, started: i64) -> ListedJob {
        let value = json!({"name": name, "properties": {"activityID": "a", "status": "InProgress"}});
        ListedJob { started: OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(started), value }
    }

    fn two() -> Vec<ListedJob> {
        vec![job("new", 2), job("old", 1)]
    }

    fn names(shown: &[Value]) -> Vec<&str> {
        shown.iter().filter_map(|value| value["name"].as_str()).collect()
    }

    fn shown_with(defect: ListDefect) -> Vec<Value> {
        let mut lists = JobLists::default();
        lists.show_with(defect, None);
        lists.shown("l", two())
    }

    #[test]
    fn a_list_that_lags_shows_what_there_was_some_reads_ago() {
        let mut lists = JobLists::default();
        lists.show_with(ListDefect::Behind(2), None);
        let seen: Vec<usize> = (0..5).map(|count| lists.shown("L", two()[..count.min(2)].to_vec()).len()).collect();
        assert_eq!(seen, [0, 0, 0, 1, 2]);
        assert_eq!(lists.shown("another", two()).len(), 2, "every list lags behind itself");
    }

    #[test]
    fn a_defect_lasts_for_some_reads_or_until_it_is_mended() {
        let mut lists = JobLists::default();
        lists.show_with(ListDefect::WithoutTheNewest, Some(1));
        assert_eq!(names(&lists.shown("l", two())), ["old"]);
        assert_eq!(names(&lists.shown("l", two())), ["new", "old"]);
        lists.show_with(ListDefect::WithoutTheNewest, None);
        assert_eq!(names(&lists.shown("l", two())), ["old"]);
        lists.mend();
        assert_eq!(lists.shown("l", two()).len(), 2);
    }

    #[test]
    fn jobs_may_be_half_filled_repeated_and_in_any_order() {
        assert!(shown_with(ListDefect::WithoutActivityIds)[0]["properties"]["activityID"].is_null());
        assert_eq!(shown_with(ListDefect::WithoutProperties)[0], json!({"name": "new", "properties": {}}));
        assert_eq!(names(&shown_with(ListDefect::Repeated)), ["new", "new", "old", "old"]);
        assert_eq!(names(&shown_with(ListDefect::OldestFirst)), ["old", "new"]);
        assert_eq!(names(&shown_with(ListDefect::NewestFirst)), ["new", "old"]);
    }
}
