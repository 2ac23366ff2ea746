//! The text form of instants: RFC 3339 with a zone.

use thiserror::Error;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};

/// The error for a text that is not an instant in the form of consent records.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "expected an RFC 3339 time with a zone and at most nine digits of fraction, such as 2024-09-10T09:00:00Z"
)]
pub struct InvalidInstant;

/// Parses an instant in the form of consent records: RFC 3339 with `T` between date and time, with a
/// zone, with at most nine digits of a fraction of a second, from year 0 to year 9999 in UTC
/// (inclusive). The result is in UTC.
///
/// # Errors
///
/// [`InvalidInstant`] for any other text. It does not repeat the text.
///
/// ```
/// use consent_gate::parse_instant;
/// use time::macros::utc_datetime;
///
/// assert_eq!(parse_instant("2024-09-10T00:30:00+02:00")?, utc_datetime!(2024-09-09 22:30));
/// assert!(parse_instant("2024-09-10T00:30:00").is_err());
/// # Ok::<(), consent_gate::InvalidInstant>(())
/// ```
pub fn parse_instant(text: &str) -> Result<UtcDateTime, InvalidInstant> {
    let (before_fraction, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if !matches!(before_fraction.as_bytes().get(10), Some(b'T' | b't')) || digits > 9 {
        return Err(InvalidInstant);
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(OffsetDateTime::checked_to_utc)
        .filter(|at| is_writable(*at))
        .ok_or(InvalidInstant)
}

/// Returns true when RFC 3339 can write the instant: it has four digits for a year.
pub(crate) fn is_writable(at: UtcDateTime) -> bool {
    (0..=9999).contains(&at.year())
}

/// Formats an instant in UTC.
pub(crate) fn text(at: UtcDateTime) -> Result<String, time::error::Format> {
    at.format(&Rfc3339)
}
