//! Until when a consent lasts that says how long.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use time::UtcDateTime;

use crate::instant::is_writable;

/// The end of an ISO 8601 duration, such as `P12M`, that starts at an instant, by the calendar in
/// UTC: a month ends at the same day of the next one, or at its last day.
pub(crate) fn after(start: UtcDateTime, duration: &str) -> Option<UtcDateTime> {
    // The parser reads other ways to write a duration too, and negative ones.
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

/// The instant so many seconds after another.
pub(crate) fn seconds_after(start: UtcDateTime, seconds: i64) -> Option<UtcDateTime> {
    let seconds = u32::try_from(seconds).ok()?;
    start
        .checked_add(time::Duration::seconds(seconds.into()))
        .filter(|end| is_writable(*end))
}
