//! `$filter` of this service's lists: `eq` and `and`, and instants in a notation of its own
//! (docs/reference/azure-recovery-services.md#lists).

use time::{OffsetDateTime, UtcOffset};

/// A `$filter`. Empty at first, which is no filter at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// Everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// And `name` is `value`, a word of Azure's.
    #[must_use]
    pub fn eq(mut self, name: &str, value: &str) -> Self {
        let and = if self.0.is_empty() { "" } else { " and " };
        // A quote would end the value; OData doubles it.
        self.0.push_str(&format!("{and}{name} eq '{}'", value.replace('\'', "''")));
        self
    }

    /// And `name`, which bounds in spite of the `eq`, is `instant`, to the second.
    #[must_use]
    pub fn at(self, name: &str, instant: OffsetDateTime) -> Self {
        self.eq(name, &twelve_hours(instant))
    }

    /// The query that asks with this filter.
    pub fn query(&self) -> Vec<(&'static str, &str)> {
        if self.0.is_empty() { Vec::new() } else { vec![("$filter", self.0.as_str())] }
    }
}

/// `yyyy-MM-dd hh:mm:ss AM`, UTC: midnight is `12:00:00 AM`.
fn twelve_hours(instant: OffsetDateTime) -> String {
    // Out of range where an offset leads past the last or before the first year; no backup is of then.
    let utc = instant.checked_to_offset(UtcOffset::UTC).unwrap_or(instant);
    let (hour, half) = match utc.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    let (month, day) = (u8::from(utc.month()), utc.day());
    format!("{:04}-{month:02}-{day:02} {hour:02}:{:02}:{:02} {half}", utc.year(), utc.minute(), utc.second())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn midnight_and_noon_are_twelve() {
        for (instant, text) in [
            (datetime!(2026-10-01 0:00:00 UTC), "2026-10-01 12:00:00 AM"),
            (datetime!(2026-10-01 0:59:59.9 UTC), "2026-10-01 12:59:59 AM"),
            (datetime!(2026-10-01 1:02:03 UTC), "2026-10-01 01:02:03 AM"),
            (datetime!(2026-10-01 11:59:59 UTC), "2026-10-01 11:59:59 AM"),
            (datetime!(2026-10-01 12:00:00 UTC), "2026-10-01 12:00:00 PM"),
            (datetime!(2026-10-01 13:00:00 UTC), "2026-10-01 01:00:00 PM"),
            (datetime!(2026-10-31 23:30:00 +2), "2026-10-31 09:30:00 PM"),
        ] {
            assert_eq!(twelve_hours(instant), text);
        }
    }

    #[test]
    fn terms_are_joined_and_quotes_are_doubled() {
        let filter = Filter::new()
            .eq("backupManagementType", "AzureStorage")
            .eq("friendlyName", "o'brien")
            .at("startTime", datetime!(2026-10-01 0:00:00 UTC));
        let text = "backupManagementType eq 'AzureStorage' and friendlyName eq 'o''brien' and startTime eq \
                    '2026-10-01 12:00:00 AM'";
        assert_eq!(filter.query(), [("$filter", text)]);
        assert_eq!(Filter::new().query(), []);
    }
}
