//! How far back a source goes.

use time::OffsetDateTime;

use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::record::instant;

/// Whether the instant can be restored, as far as Azure says. The bounds belong to it. `source` is what is restored:
/// `database`; `argument` says when.
///
/// # Errors
/// On the argument, with the bound.
pub fn within(
    source: &str,
    at: OffsetDateTime,
    earliest: Option<OffsetDateTime>,
    latest: OffsetDateTime,
    argument: &ArgumentPath,
) -> Result<(), RestoreError> {
    if let Some(earliest) = earliest.filter(|earliest| at < *earliest) {
        let text = format!(
            "The {source} can be restored to {} at the earliest. {} lies before that: its backups are deleted, or it \
             did not exist yet.",
            instant(earliest),
            instant(at)
        );
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    if at > latest {
        let text =
            format!("The {source} can be restored to {} at the latest, not to {}.", instant(latest), instant(at));
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_instant_lies_between_the_earliest_and_the_latest_both_included() {
        let (first, last) = (datetime!(2026-11-01 0:00 UTC), datetime!(2026-11-20 0:00 UTC));
        let argument = ArgumentPath::from("live").member("point_in_time");
        let told = |at| within("database", at, Some(first), last, &argument).err().map(|error| format!("{error:?}"));
        assert_eq!((told(first), told(last)), (None, None));
        for (at, part) in
            [(first - time::Duration::SECOND, "at the earliest"), (last + time::Duration::SECOND, "at the latest")]
        {
            let told = told(at).unwrap();
            assert!(told.contains(part) && told.contains("point_in_time"), "{told}");
        }
        let before = first - time::Duration::DAY;
        assert!(within("database", before, None, last, &argument).is_ok(), "nothing is known of the earliest");
    }
}
