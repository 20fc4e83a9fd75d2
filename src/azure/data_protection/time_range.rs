//! The spans of time to any instant of which a continuous backup can go back.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::datasource::DataStore;
use crate::azure::json_fields::JsonFields;
use crate::azure::timestamp;

/// One span, UTC, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestorableTimeRange {
    /// Earliest instant that can be gone back to, inclusive, UTC.
    pub start: OffsetDateTime,
    /// Latest instant that can be gone back to, inclusive, UTC.
    pub end: OffsetDateTime,
}

/// Body of `findRestorableTimeRanges`. Both times, always: an end alone is answered with 500, a start in any notation
/// but seven digits and `Z` with 400 (docs/reference/azure-data-protection.md#time-ranges).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindRestorableTimeRanges {
    source_data_store_type: DataStore,
    start_time: String,
    end_time: String,
}

impl FindRestorableTimeRanges {
    pub(super) fn new(store: DataStore, start: OffsetDateTime, end: OffsetDateTime) -> Self {
        Self { source_data_store_type: store, start_time: timestamp::write(start), end_time: timestamp::write(end) }
    }
}

impl RestorableTimeRange {
    /// Whether `instant` can be gone back to.
    pub fn contains(&self, instant: OffsetDateTime) -> bool {
        self.start <= instant && instant <= self.end
    }

    /// Reads an answer, earliest span first. Spans whose end lies before their start are left out: the service gives
    /// such ones when asked about times before the oldest point (docs/reference/azure-data-protection.md#time-ranges),
    /// and they mean that there is nothing. None if a span cannot be read: it may be the one that is searched for, or the
    /// newest.
    pub(super) fn read_all(value: &Value) -> Option<Vec<Self>> {
        let read = |range: &Value| {
            let range = JsonFields::of(range);
            Some(Self { start: range.instant("startTime")?, end: range.instant("endTime")? })
        };
        let mut ranges = match JsonFields::of(value).object("properties").get("restorableTimeRanges") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(ranges)) => ranges.iter().map(read).collect::<Option<Vec<Self>>>()?,
            Some(_) => return None,
        };
        ranges.retain(|range| range.start <= range.end);
        ranges.sort_by_key(|range| range.start);
        Some(ranges)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_span_that_ends_before_it_starts_is_none_and_the_rest_is_sorted() {
        let ranges = RestorableTimeRange::read_all(&json!({"id": "bare name", "properties": {"restorableTimeRanges": [
            {"startTime": "2021-03-01T00:00:00.0000000Z", "endTime": "2021-03-02T00:00:00Z", "objectType": "RestorableTimeRange"},
            {"startTime": "2021-02-23T18:33:51.6349708Z", "endTime": "2021-02-20T00:00:00.0000000Z"},
            {"startTime": "2021-01-01T00:00:00Z", "endTime": "2021-01-02T00:00:00Z"}]}})).unwrap();
        assert_eq!(ranges.len(), 2);
        assert_eq!(ranges[0].start, datetime!(2021-01-01 0:00 UTC));
        assert!(ranges[0].contains(ranges[0].end) && !ranges[0].contains(ranges[1].start));
    }

    #[test]
    fn a_span_that_cannot_be_read_is_not_passed_over() {
        let good = json!({"startTime": "2021-01-01T00:00:00Z", "endTime": "2021-01-02T00:00:00Z"});
        for odd in [json!({"startTime": "2021-01-01T00:00:00Z"}), json!({"endTime": "soon"}), json!(null), json!("x")] {
            let answer = json!({"properties": {"restorableTimeRanges": [good, odd]}});
            assert_eq!(RestorableTimeRange::read_all(&answer), None, "{odd}");
        }
        for (all, read) in
            [(json!(null), Some(vec![])), (json!([]), Some(vec![])), (json!({}), None), (json!("x"), None)]
        {
            let answer = json!({"properties": {"restorableTimeRanges": all}});
            assert_eq!(RestorableTimeRange::read_all(&answer), read, "{answer}");
        }
    }

    #[test]
    fn both_times_are_sent_in_utc_with_seven_digits() {
        let body = FindRestorableTimeRanges::new(
            DataStore::OperationalStore,
            datetime!(2021-01-01 05:30 +05:30),
            datetime!(2021-02-24 00:35:17.6829685 UTC),
        );
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json!({"sourceDataStoreType": "OperationalStore", "startTime": "2021-01-01T00:00:00.0000000Z", "endTime": "2021-02-24T00:35:17.6829685Z"})
        );
    }
}
