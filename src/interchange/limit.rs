//! The end of a consent that has a duration.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use time::UtcDateTime;

use crate::vocabulary::instant::is_writable;

/// The end of an ISO 8601 duration, such as `P12M`, that starts at an instant. It follows the
/// calendar in UTC: a month ends on the same day of the next month, or on its last day.
pub(crate) fn after(start: UtcDateTime, duration: &str) -> Option<UtcDateTime> {
    // The parser also accepts other forms of durations, and negative ones.
    let span: Span = duration
        .starts_with('P')
        .then(|| duration.parse().ok())
        .flatten()?;
    let start = Timestamp::from_nanosecond(start.unix_timestamp_nanos()).ok()?;
    let end = start
        .to_zoned_datetime(TimeZone::UTC)
        .checked_add(span)
        .ok()?;
    UtcDateTime::from_unix_timestamp_nanos(end.timestamp().as_nanosecond())
        .ok()
        .filter(|end| is_writable(*end))
}

/// The instant that is this many seconds after `start`.
pub(crate) fn seconds_after(start: UtcDateTime, seconds: i64) -> Option<UtcDateTime> {
    let seconds = u32::try_from(seconds).ok()?;
    start
        .checked_add(time::Duration::seconds(seconds.into()))
        .filter(|end| is_writable(*end))
}
