//! Dates and times of FHIR, which may be a year, a month or a day without a zone.

use time::{Date, Duration, Month, Time, UtcDateTime};

use crate::vocabulary::instant::{is_writable, parse_instant};

/// The westernmost and the easternmost zone, as the time that passes between their midnight and that
/// of UTC.
const WEST: Duration = Duration::hours(12);
const EAST: Duration = Duration::hours(14);

/// The bounds of the instant that a text stands for.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// It is not earlier.
    pub(super) earliest: UtcDateTime,
    /// It is not later.
    pub(super) latest: UtcDateTime,
}

/// The bounds of a `date`, a `dateTime` or an `instant`. A date has no zone, so it starts with the day
/// in the easternmost zone, and ends with the day in the westernmost one.
pub(super) fn bounds(text: &str) -> Option<Bounds> {
    if let Ok(at) = parse_instant(text) {
        return Some(Bounds {
            earliest: at,
            latest: at,
        });
    }
    let (first, after) = days(text)?;
    let earliest = midnight(first).checked_sub(EAST)?;
    let latest = midnight(after).checked_add(WEST)?;
    let are_writable = is_writable(earliest) && is_writable(latest);
    are_writable.then_some(Bounds { earliest, latest })
}

/// The earliest instant at which a period may end that ends with a date or at a time. A date is
/// included in the period.
pub(super) fn end(text: &str) -> Option<UtcDateTime> {
    parse_instant(text).ok().or_else(|| {
        let end = midnight(days(text)?.1).checked_sub(EAST)?;
        is_writable(end).then_some(end)
    })
}

/// The first day of a year, a month or a day, and the day after its last one.
fn days(text: &str) -> Option<(Date, Date)> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        let is_one = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| part.parse::<u16>().ok()).flatten()
    };
    let date = |year, month: u8, day| {
        let month = Month::try_from(month).ok()?;
        Date::from_calendar_date(year, month, day).ok()
    };
    let small = |part: &str| u8::try_from(number(part, 2)?).ok();
    match *parts {
        [year] => {
            let year = i32::from(number(year, 4)?);
            Some((date(year, 1, 1)?, date(year.checked_add(1)?, 1, 1)?))
        }
        [year, month] => {
            let (year, month) = (i32::from(number(year, 4)?), small(month)?);
            let after = match month {
                12 => date(year.checked_add(1)?, 1, 1)?,
                month => date(year, month.checked_add(1)?, 1)?,
            };
            Some((date(year, month, 1)?, after))
        }
        [year, month, day] => {
            let date = date(i32::from(number(year, 4)?), small(month)?, small(day)?)?;
            Some((date, date.next_day()?))
        }
        _ => None,
    }
}

fn midnight(day: Date) -> UtcDateTime {
    UtcDateTime::new(day, Time::MIDNIGHT)
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    fn parts(text: &str) -> Option<(UtcDateTime, UtcDateTime)> {
        bounds(text).map(|bounds| (bounds.earliest, bounds.latest))
    }

    #[test]
    fn a_date_has_the_bounds_of_its_day_anywhere() {
        let day = (
            utc_datetime!(2024-02-28 10:00),
            utc_datetime!(2024-03-01 12:00),
        );
        assert_eq!(parts("2024-02-29"), Some(day));
        let month = (
            utc_datetime!(2023-11-30 10:00),
            utc_datetime!(2024-01-01 12:00),
        );
        assert_eq!(parts("2023-12"), Some(month));
        let year = (
            utc_datetime!(2022-12-31 10:00),
            utc_datetime!(2024-01-01 12:00),
        );
        assert_eq!(parts("2023"), Some(year));
        let at = utc_datetime!(2024-09-10 7:00);
        assert_eq!(parts("2024-09-10T09:00:00+02:00"), Some((at, at)));
    }

    #[test]
    fn a_period_ends_with_its_last_day_in_the_zone_where_it_is_over_first() {
        assert_eq!(end("2024-12"), Some(utc_datetime!(2024-12-31 10:00)));
        assert_eq!(end("2024-12-30"), Some(utc_datetime!(2024-12-30 10:00)));
        assert_eq!(
            end("2024-12-30T00:00:00Z"),
            Some(utc_datetime!(2024-12-30 0:00))
        );
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "24",
            "2024-13",
            "2024-00",
            "2024-2-1",
            "2023-02-29",
            "+024",
            "2024-09-10T09:00:00",
            "2024-09-10-01",
            "9999",
            "0000",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
