//! What the gate has to know of a row besides its people: when it was collected, the categories of its
//! data, and what signals restrict.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use bitflags::Flags;
use time::{Duration, UtcDateTime, UtcOffset};

use super::error::{ColumnError, UnreadableCell};
use super::people::{keys, list_items};
use crate::row::{Restrictions, UserRecord};
use crate::vocabulary::flags::from_wire_name;
use crate::vocabulary::instant::is_writable;
use crate::vocabulary::purpose::{DataCategories, Purposes};

const A_TIME: UnreadableCell =
    UnreadableCell::expected("a time in the years 1 to 9999, and from 1990 on for a whole number");
const CATEGORIES: UnreadableCell = UnreadableCell::expected("known names of data categories");
const PURPOSES: UnreadableCell = UnreadableCell::expected("known names of purposes");
const TIMES: &str = "timestamps";
const NAMES: &str = "names: texts, dictionaries or lists of texts";

/// 1990-01-01T00:00Z, in seconds. An earlier whole number is mostly in another unit.
const FIRST: i64 = 631_152_000;

/// The facts of a row. Its people are not among them.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    pub(super) collected_at: Option<UtcDateTime>,
    pub(super) data: DataCategories,
    pub(super) restrictions: Option<Restrictions>,
}

impl UserRecord for Facts {
    fn collected_at(&self) -> Option<UtcDateTime> {
        self.collected_at
    }

    fn data(&self) -> DataCategories {
        self.data
    }

    fn restrictions(&self) -> Restrictions {
        self.restrictions.unwrap_or(Restrictions::unread())
    }
}

/// A column of times.
pub(super) struct Times {
    /// The number of units since 1970.
    values: Vec<Option<i64>>,
    unit: TimeUnit,
    /// The zone of times that state none.
    zone: UtcOffset,
    is_number: bool,
}

impl Times {
    pub(super) fn of(
        name: &str,
        array: &dyn Array,
        unit: Option<TimeUnit>,
        zone: Option<UtcOffset>,
    ) -> Result<Self, ColumnError> {
        let column = || name.to_owned();
        let numbers = |values: Option<Vec<Option<i64>>>| match (unit, values) {
            (Some(unit), Some(values)) => Ok(Self {
                values,
                unit,
                zone: UtcOffset::UTC,
                is_number: true,
            }),
            _ => Err(ColumnError::NoUnit { column: column() }),
        };
        match array.data_type() {
            DataType::Timestamp(unit, stated) => {
                let zone = match (stated, zone) {
                    (Some(_), _) => UtcOffset::UTC,
                    (None, Some(zone)) => zone,
                    (None, None) => return Err(ColumnError::NoZone { column: column() }),
                };
                let values = match unit {
                    TimeUnit::Second => whole::<TimestampSecondType>(array),
                    TimeUnit::Millisecond => whole::<TimestampMillisecondType>(array),
                    TimeUnit::Microsecond => whole::<TimestampMicrosecondType>(array),
                    TimeUnit::Nanosecond => whole::<TimestampNanosecondType>(array),
                };
                Ok(Self {
                    values,
                    unit: *unit,
                    zone,
                    is_number: false,
                })
            }
            DataType::Int32 => numbers(Some(whole::<Int32Type>(array))),
            DataType::Int64 => numbers(Some(whole::<Int64Type>(array))),
            DataType::UInt32 => numbers(Some(whole::<UInt32Type>(array))),
            DataType::UInt64 => numbers(Some(whole::<UInt64Type>(array))),
            found => Err(ColumnError::type_of(name, found, TIMES)),
        }
    }

    pub(super) fn at(&self, row: usize) -> Result<Option<UtcDateTime>, UnreadableCell> {
        let Some(value) = self.values.get(row).copied().flatten() else {
            return Ok(None);
        };
        let at = instant(value, self.unit)
            .and_then(|at| at.checked_sub(Duration::seconds(self.zone.whole_seconds().into())));
        let is_likely = |at: &UtcDateTime| !self.is_number || at.unix_timestamp() >= FIRST;
        at.filter(|at| is_writable(*at) && is_likely(at))
            .map(Some)
            .ok_or(A_TIME)
    }
}

/// The instant of a row in a column of timestamps. `None` is one that is not in the years 1 to 9999, or has
/// no zone.
#[cfg(feature = "interchange")]
pub(crate) fn instant_at(
    array: &dyn Array,
    row: usize,
    zone: Option<UtcOffset>,
) -> Option<UtcDateTime> {
    let cell = array.slice(row, 1);
    Times::of("", &cell, None, zone).ok()?.at(0).ok()?
}

/// The numbers of a column. One that is too large is none of a time either.
fn whole<T: ArrowPrimitiveType>(array: &dyn Array) -> Vec<Option<i64>>
where
    T::Native: TryInto<i64>,
{
    let numbers = array.as_primitive::<T>().iter();
    numbers
        .map(|number| number.map(|number| number.try_into().unwrap_or(i64::MAX)))
        .collect()
}

fn instant(value: i64, unit: TimeUnit) -> Option<UtcDateTime> {
    let (parts, nanoseconds) = match unit {
        TimeUnit::Second => (1, 1_000_000_000),
        TimeUnit::Millisecond => (1_000, 1_000_000),
        TimeUnit::Microsecond => (1_000_000, 1_000),
        TimeUnit::Nanosecond => (1_000_000_000, 1),
    };
    let at = UtcDateTime::from_unix_timestamp(value.div_euclid(parts)).ok()?;
    let rest = value.rem_euclid(parts).checked_mul(nanoseconds)?;
    at.replace_nanosecond(rest.try_into().ok()?).ok()
}

/// A column of sets of names. `None` is NULL.
pub(super) struct Names<F>(Vec<Result<Option<F>, UnreadableCell>>);

impl Names<DataCategories> {
    pub(super) fn of_data(name: &str, array: &dyn Array) -> Result<Self, ColumnError> {
        Self::of(name, array, CATEGORIES)
    }
}

impl Names<Purposes> {
    pub(super) fn of_purposes(name: &str, array: &dyn Array) -> Result<Self, ColumnError> {
        Self::of(name, array, PURPOSES)
    }
}

impl<F: Flags + Copy> Names<F> {
    fn of(name: &str, array: &dyn Array, unknown: UnreadableCell) -> Result<Self, ColumnError> {
        let Some((items, spans)) = list_items(array) else {
            return Ok(Self(sets(name, array, unknown)?));
        };
        let sets = sets::<F>(name, items, unknown)?;
        let lists = spans.into_iter().map(|span| {
            let Some(span) = span else { return Ok(None) };
            let mut all = F::empty();
            for item in sets.get(span).unwrap_or_default() {
                all = all.union((*item)?.ok_or(unknown)?);
            }
            Ok(Some(all))
        });
        Ok(Self(lists.collect()))
    }

    pub(super) fn at(&self, row: usize) -> Result<Option<F>, UnreadableCell> {
        self.0.get(row).copied().unwrap_or(Ok(None))
    }
}

/// The set that each text names.
fn sets<F: Flags + Copy>(
    name: &str,
    array: &dyn Array,
    unknown: UnreadableCell,
) -> Result<Vec<Result<Option<F>, UnreadableCell>>, ColumnError> {
    let read = |text: Option<&str>| {
        text.map(|text| from_wire_name(text).ok_or(unknown))
            .transpose()
    };
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(read).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(read).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(read).collect(),
        DataType::Dictionary(..) => {
            let values = array.as_any_dictionary().values().as_ref();
            let values = sets(name, values, unknown)?;
            let keys = keys(array).into_iter();
            keys.map(|key| {
                key.and_then(|key| values.get(key))
                    .copied()
                    .unwrap_or(Ok(None))
            })
            .collect()
        }
        found => return Err(ColumnError::type_of(name, found, NAMES)),
    })
}
