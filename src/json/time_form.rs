//! The forms in which systems write times.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;
use time::format_description::well_known::Rfc2822;
use time::format_description::{OwnedFormatItem, parse_borrowed, parse_strftime_owned};
use time::parsing::Parsed;
use time::{OffsetDateTime, PrimitiveDateTime, UtcDateTime, UtcOffset};

use crate::vocabulary::instant::{is_writable, parse_instant};

/// The form in which times are written. It is said and never guessed.
///
/// | name | form |
/// |---|---|
/// | `rfc3339` | `2024-09-10T09:00:00Z`, with a zone. The default for rows |
/// | `sql` | as databases write it: `2024-09-10 09:00:00+00`, also with `T`, `+0000`, `+00:00`, `Z` or `UTC`; without a zone only when one [is given](Self::in_zone) |
/// | `epoch-s`, `epoch-ms`, `epoch-us`, `epoch-ns` | a number, or a text of one, of seconds, milliseconds, microseconds or nanoseconds since 1970 (UTC), with a fraction of at most a nanosecond; from 1990 on, because an earlier one is mostly in another unit |
/// | `rfc2822` | `Tue, 15 Oct 2024 13:46:40 +0000` |
/// | a text with `%` | a pattern of strftime, such as `%a %b %d %H:%M:%S %z %Y`; without `%z` only when a zone is given |
///
/// ```
/// use consent_gate::json::{RowReader, TimeForm};
/// use consent_gate::UserRecord;
///
/// let reader = RowReader::new().times("epoch-ms".parse()?);
/// let row = reader.read(br#"{"subject":"alice","collected_at":1729000000000}"#)?;
/// assert_eq!(row.collected_at().unwrap().unix_timestamp(), 1_729_000_000);
/// // The same number in seconds is in the year 56760.
/// let reader = RowReader::new().times("epoch-s".parse()?);
/// assert!(reader.read(br#"{"subject":"alice","collected_at":1729000000000}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeForm {
    form: Form,
    /// The zone of times that state none.
    zone: Option<UtcOffset>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Rfc3339,
    Sql,
    /// The number of decimal digits of a second that the unit has.
    Epoch(u8),
    Rfc2822,
    Pattern(Arc<OwnedFormatItem>),
}

/// The error for a text that is not the name of a form and not a pattern.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "expected rfc3339, sql, epoch-s, epoch-ms, epoch-us, epoch-ns, rfc2822, or a pattern of strftime \
     such as %Y-%m-%d %H:%M:%S %z"
)]
pub struct InvalidTimeForm;

/// Reads the zone of times that state none: `UTC`, or an offset such as `+02:00`.
///
/// # Errors
///
/// [`InvalidZone`] for any other text.
///
/// ```
/// use consent_gate::json::parse_zone;
/// use consent_gate::time::UtcOffset;
///
/// assert_eq!(parse_zone("UTC"), Ok(UtcOffset::UTC));
/// assert_eq!(parse_zone("-03:30"), Ok(UtcOffset::from_hms(-3, -30, 0)?));
/// // A name has another offset in summer.
/// assert!(parse_zone("Europe/Berlin").is_err());
/// # Ok::<(), consent_gate::time::error::ComponentRange>(())
/// ```
pub fn parse_zone(text: &str) -> Result<UtcOffset, InvalidZone> {
    if text == "UTC" {
        return Ok(UtcOffset::UTC);
    }
    let form = parse_borrowed::<2>("[offset_hour sign:mandatory]:[offset_minute]");
    let form = form.map_err(|_| InvalidZone)?;
    UtcOffset::parse(text, &form).map_err(|_| InvalidZone)
}

/// The error for a text that is not a zone.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected UTC, or an offset such as +02:00")]
pub struct InvalidZone;

impl FromStr for TimeForm {
    type Err = InvalidTimeForm;

    fn from_str(text: &str) -> Result<Self, InvalidTimeForm> {
        let form = match text {
            "rfc3339" => Form::Rfc3339,
            "sql" => Form::Sql,
            "epoch-s" => Form::Epoch(0),
            "epoch-ms" => Form::Epoch(3),
            "epoch-us" => Form::Epoch(6),
            "epoch-ns" => Form::Epoch(9),
            "rfc2822" => Form::Rfc2822,
            pattern if pattern.contains('%') => {
                let pattern = parse_strftime_owned(pattern).map_err(|_| InvalidTimeForm)?;
                Form::Pattern(Arc::new(pattern))
            }
            _ => return Err(InvalidTimeForm),
        };
        Ok(Self { form, zone: None })
    }
}

/// The expected form, in words.
impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.form {
            Form::Rfc3339 => {
                "an RFC 3339 time with a zone and at most nine digits of fraction, such as \
                 2024-09-10T09:00:00Z"
            }
            Form::Sql if self.zone.is_some() => "a time such as 2024-09-10 09:00:00",
            Form::Sql => "a time with a zone, such as 2024-09-10 09:00:00+00",
            Form::Epoch(0) => "seconds since 1970, from 1990 on (epoch-s)",
            Form::Epoch(3) => "milliseconds since 1970, from 1990 on (epoch-ms)",
            Form::Epoch(6) => "microseconds since 1970, from 1990 on (epoch-us)",
            Form::Epoch(_) => "nanoseconds since 1970, from 1990 on (epoch-ns)",
            Form::Rfc2822 => "an RFC 2822 time, such as Tue, 15 Oct 2024 13:46:40 +0000",
            Form::Pattern(_) => {
                "a date and a time of the given pattern, with a zone or a given one"
            }
        })
    }
}

impl TimeForm {
    /// Sets the zone of times that state none. Times that state one keep it.
    #[must_use]
    pub fn in_zone(mut self, zone: UtcOffset) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Numbers of a unit that is this many decimal digits of a second.
    #[cfg(feature = "interchange")]
    pub(crate) fn epoch(digits: u8) -> Self {
        let form = Form::Epoch(digits);
        Self { form, zone: None }
    }

    /// The zone of times that state none.
    #[cfg(all(feature = "arrow", feature = "interchange"))]
    pub(crate) fn zone(&self) -> Option<UtcOffset> {
        self.zone
    }

    /// The form of databases.
    #[cfg(feature = "interchange")]
    pub(crate) fn sql() -> Self {
        Self {
            form: Form::Sql,
            zone: None,
        }
    }

    /// Reads a text, or the digits of a number.
    pub(crate) fn read(&self, text: &str, is_number: bool) -> Option<UtcDateTime> {
        let at = match &self.form {
            Form::Epoch(digits) => since_epoch(text, *digits),
            _ if is_number => None,
            Form::Rfc3339 => parse_instant(text).ok(),
            Form::Sql => sql(text, self.zone),
            Form::Rfc2822 => utc(OffsetDateTime::parse(text, &Rfc2822).ok()?),
            Form::Pattern(pattern) => patterned(text, pattern, self.zone),
        };
        at.filter(|at| is_writable(*at))
    }
}

fn utc(at: OffsetDateTime) -> Option<UtcDateTime> {
    at.checked_to_utc()
}

/// The year before which a number is taken for one in another unit.
const FIRST_YEAR: i32 = 1990;

/// Reads a decimal number without a sign and without an exponent.
fn since_epoch(text: &str, digits: u8) -> Option<UtcDateTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let below = usize::from(9_u8.checked_sub(digits)?);
    let (kept, lost) = fraction.split_at_checked(below).unwrap_or((fraction, ""));
    if lost.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let nanoseconds: i128 = format!("{whole}{kept:0<below$}").parse().ok()?;
    let at = UtcDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
    Some(at).filter(|at| at.year() >= FIRST_YEAR)
}

/// Reads `2024-09-10 09:00:00.5+00` and the like, by way of RFC 3339.
fn sql(text: &str, zone: Option<UtcOffset>) -> Option<UtcDateTime> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix([' ', 'T'])?;
    let is_of_time = |letter: char| letter.is_ascii_digit() || letter == ':' || letter == '.';
    let end = rest
        .find(|letter| !is_of_time(letter))
        .unwrap_or(rest.len());
    let (time, stated) = rest.split_at_checked(end)?;
    let stated = stated.strip_prefix(' ').unwrap_or(stated);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let zone = match (stated, stated.split_at_checked(1)) {
        ("", _) => return assumed(date, time, zone?),
        ("Z" | "UTC", _) => "Z".to_owned(),
        (_, Some(("+" | "-", offset))) => match offset.len() {
            2 if digits(offset) => format!("{stated}:00"),
            4 if digits(offset) => {
                let (hours, minutes) = stated.split_at_checked(3)?;
                format!("{hours}:{minutes}")
            }
            5 => stated.to_owned(),
            _ => return None,
        },
        _ => return None,
    };
    parse_instant(&format!("{date}T{time}{zone}")).ok()
}

/// A time of day at a place that keeps this offset all year.
fn assumed(date: &str, time: &str, zone: UtcOffset) -> Option<UtcDateTime> {
    let local = parse_instant(&format!("{date}T{time}Z")).ok()?;
    let local = PrimitiveDateTime::new(local.date(), local.time());
    utc(local.assume_offset(zone))
}

fn patterned(
    text: &str,
    pattern: &OwnedFormatItem,
    zone: Option<UtcOffset>,
) -> Option<UtcDateTime> {
    let mut parsed = Parsed::new();
    let rest = parsed.parse_item(text.as_bytes(), pattern).ok()?;
    if !rest.is_empty() {
        return None;
    }
    if parsed.offset_hour().is_some() {
        return utc(OffsetDateTime::try_from(parsed).ok()?);
    }
    let local = PrimitiveDateTime::try_from(parsed).ok()?;
    utc(local.assume_offset(zone?))
}
