//! The people of a batch, from the columns that name them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::DataType;

use super::error::{ColumnError, UnreadableCell};
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::id::is_blank;

const TYPES: &str = "ids of people: whole numbers, texts, FixedSizeBinary(16), Decimal128 of scale 0, \
                     dictionaries or lists of these";
const A_NUMBER: UnreadableCell = UnreadableCell::expected("an id from 0 to 2^64 - 1");
const A_TEXT: UnreadableCell = UnreadableCell::expected("an id that is not blank");
const SOMEBODY: UnreadableCell = UnreadableCell::expected("an id in each item of a list of people");
const EVERYBODY: UnreadableCell =
    UnreadableCell::expected("an id in each column of people, because there are several");

/// An id, nobody, or something that is not an id.
type Cell<T> = Result<Option<T>, UnreadableCell>;

/// The ids of a column, in one of the three forms that a snapshot can be asked about.
enum Cells<'a> {
    Numbers(Vec<Cell<u64>>),
    Uuids(Vec<Cell<[u8; 16]>>),
    Texts(Vec<Cell<&'a str>>),
}

/// The ids of the people of a batch.
pub(super) enum Ids<'a> {
    Numbers(Cow<'a, [u64]>),
    Uuids(Vec<[u8; 16]>),
    Texts(Vec<&'a str>),
}

impl Ids<'_> {
    /// The id at an index, as a text.
    pub(super) fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Numbers(ids) => SubjectKey::Number(*ids.get(index)?).to_text(),
            Self::Uuids(ids) => {
                let uuid = SubjectKey::Uuid(u128::from_be_bytes(*ids.get(index)?));
                uuid.to_text().into_owned().into()
            }
            Self::Texts(ids) => Cow::Borrowed(*ids.get(index)?),
        })
    }

    /// For each id of a row, whether it is the first one of its kind in the row.
    pub(super) fn each_once(&self, span: Range<usize>) -> impl Iterator<Item = bool> {
        let is_first = match self {
            _ if span.len() == 1 => vec![true],
            Self::Numbers(ids) => are_first(ids.get(span)),
            Self::Uuids(ids) => are_first(ids.get(span)),
            Self::Texts(ids) => are_first(ids.get(span)),
        };
        is_first.into_iter()
    }
}

/// The people of each row.
pub(super) enum Rows {
    /// Row by row one id.
    OneEach,
    /// The indices of the ids of each row.
    Spans(Vec<Result<Range<usize>, UnreadableCell>>),
}

/// The people of a batch, by row.
pub(super) struct People<'a> {
    pub(super) ids: Ids<'a>,
    pub(super) rows: Rows,
}

impl<'a> People<'a> {
    /// The people of a column.
    pub(super) fn of(name: &str, array: &'a dyn Array) -> Result<Self, ColumnError> {
        if let Some(array) = array.as_primitive_opt::<UInt64Type>()
            && array.null_count() == 0
        {
            return Ok(Self {
                ids: Ids::Numbers(Cow::Borrowed(array.values())),
                rows: Rows::OneEach,
            });
        }
        let (items, spans) = match list_items(array) {
            Some((items, spans)) => (items, Some(spans)),
            None => (array, None),
        };
        Ok(match cells(name, items)? {
            Cells::Numbers(cells) => {
                let (ids, rows) = arranged(cells, spans);
                Self {
                    ids: Ids::Numbers(ids.into()),
                    rows,
                }
            }
            Cells::Uuids(cells) => {
                let (ids, rows) = arranged(cells, spans);
                Self {
                    ids: Ids::Uuids(ids),
                    rows,
                }
            }
            Cells::Texts(cells) => {
                let (ids, rows) = arranged(cells, spans);
                Self {
                    ids: Ids::Texts(ids),
                    rows,
                }
            }
        })
    }

    /// The indices of the ids of a row.
    pub(super) fn of_row(&self, row: usize) -> Result<Range<usize>, UnreadableCell> {
        match &self.rows {
            Rows::OneEach => Ok(row..row.saturating_add(1)),
            Rows::Spans(spans) => spans.get(row).cloned().unwrap_or(Ok(0..0)),
        }
    }

    /// The texts of the ids of a row, one of several columns: each has somebody.
    pub(super) fn texts(
        &self,
        row: usize,
        is_one_of_several: bool,
    ) -> Result<impl Iterator<Item = Cow<'_, str>>, UnreadableCell> {
        let span = self.of_row(row)?;
        if is_one_of_several && span.is_empty() {
            return Err(EVERYBODY);
        }
        Ok(span.filter_map(|index| self.ids.text(index)))
    }
}

/// The indices of the items of each list. `None` is NULL.
type Spans = Vec<Option<Range<usize>>>;

/// The items of an array of lists, and the indices of those of each list. `None` for another array.
pub(super) fn list_items(array: &dyn Array) -> Option<(&dyn Array, Spans)> {
    let spans = |bounds: &dyn Fn(usize) -> Option<Range<usize>>| {
        let rows = 0..array.len();
        rows.map(|row| bounds(row).filter(|_| array.is_valid(row)))
            .collect()
    };
    if let Some(lists) = array.as_list_opt::<i32>() {
        let offsets = lists.value_offsets();
        let bounds = |row: usize| span(offsets.get(row)?, offsets.get(row.checked_add(1)?)?);
        Some((lists.values().as_ref(), spans(&bounds)))
    } else if let Some(lists) = array.as_list_opt::<i64>() {
        let offsets = lists.value_offsets();
        let bounds = |row: usize| span(offsets.get(row)?, offsets.get(row.checked_add(1)?)?);
        Some((lists.values().as_ref(), spans(&bounds)))
    } else {
        let lists = array.as_fixed_size_list_opt()?;
        let length = usize::try_from(lists.value_length()).ok()?;
        let bounds = |row: usize| {
            let start = usize::try_from(lists.value_offset(row)).ok()?;
            Some(start..start.checked_add(length)?)
        };
        Some((lists.values().as_ref(), spans(&bounds)))
    }
}

fn are_first<T: Hash + Eq>(ids: Option<&[T]>) -> Vec<bool> {
    let mut seen = HashSet::new();
    let ids = ids.unwrap_or_default().iter();
    ids.map(|id| seen.insert(id)).collect()
}

fn span<O: Copy + TryInto<usize>>(start: &O, end: &O) -> Option<Range<usize>> {
    Some((*start).try_into().ok()?..(*end).try_into().ok()?)
}

/// The ids alone, and the indices of those of each row: a span of cells, or its own cell.
fn arranged<T: Copy>(cells: Vec<Cell<T>>, spans: Option<Spans>) -> (Vec<T>, Rows) {
    let mut ids = Vec::with_capacity(cells.len());
    let rows = match spans {
        None if cells.iter().all(|cell| matches!(cell, Ok(Some(_)))) => {
            ids.extend(cells.into_iter().filter_map(|cell| cell.ok().flatten()));
            return (ids, Rows::OneEach);
        }
        None => cells
            .into_iter()
            .map(|cell| {
                let start = ids.len();
                ids.extend(cell?);
                Ok(start..ids.len())
            })
            .collect(),
        Some(spans) => spans
            .into_iter()
            .map(|span| {
                let start = ids.len();
                let items = cells.get(span.unwrap_or(0..0)).unwrap_or_default();
                let read = items.iter().map(|item| (*item)?.ok_or(SOMEBODY));
                ids.extend(read.collect::<Result<Vec<T>, _>>()?);
                Ok(start..ids.len())
            })
            .collect(),
    };
    (ids, Rows::Spans(rows))
}

/// Reads the ids of an array that has no lists.
fn cells<'a>(name: &str, array: &'a dyn Array) -> Result<Cells<'a>, ColumnError> {
    let number = |number: Option<u64>| number.ok_or(A_NUMBER);
    Ok(match array.data_type() {
        DataType::UInt8 => numbers::<UInt8Type>(array, |id| Ok(id.into())),
        DataType::UInt16 => numbers::<UInt16Type>(array, |id| Ok(id.into())),
        DataType::UInt32 => numbers::<UInt32Type>(array, |id| Ok(id.into())),
        DataType::UInt64 => numbers::<UInt64Type>(array, Ok),
        DataType::Int8 => numbers::<Int8Type>(array, |id| number(id.try_into().ok())),
        DataType::Int16 => numbers::<Int16Type>(array, |id| number(id.try_into().ok())),
        DataType::Int32 => numbers::<Int32Type>(array, |id| number(id.try_into().ok())),
        DataType::Int64 => numbers::<Int64Type>(array, |id| number(id.try_into().ok())),
        DataType::Decimal128(_, 0) => {
            numbers::<Decimal128Type>(array, |id| number(id.try_into().ok()))
        }
        DataType::Utf8 => Cells::Texts(array.as_string::<i32>().iter().map(text).collect()),
        DataType::LargeUtf8 => Cells::Texts(array.as_string::<i64>().iter().map(text).collect()),
        DataType::Utf8View => Cells::Texts(array.as_string_view().iter().map(text).collect()),
        DataType::FixedSizeBinary(16) => Cells::Uuids(
            array
                .as_fixed_size_binary()
                .iter()
                .map(|id| Ok(id.and_then(|id| id.try_into().ok())))
                .collect(),
        ),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let keys = keys(array);
            match cells(name, dictionary.values().as_ref())? {
                Cells::Numbers(values) => Cells::Numbers(by_key(&keys, &values)),
                Cells::Uuids(values) => Cells::Uuids(by_key(&keys, &values)),
                Cells::Texts(values) => Cells::Texts(by_key(&keys, &values)),
            }
        }
        found if found.is_floating() => {
            return Err(ColumnError::Rounded {
                column: name.to_owned(),
                found: found.clone(),
            });
        }
        found => return Err(ColumnError::type_of(name, found, TYPES)),
    })
}

fn numbers<'a, T: ArrowPrimitiveType>(
    array: &dyn Array,
    id: impl Fn(T::Native) -> Result<u64, UnreadableCell>,
) -> Cells<'a> {
    let array: &PrimitiveArray<T> = array.as_primitive();
    Cells::Numbers(array.iter().map(|cell| cell.map(&id).transpose()).collect())
}

fn text(id: Option<&str>) -> Cell<&str> {
    id.map(|id| if is_blank(id) { Err(A_TEXT) } else { Ok(id) })
        .transpose()
}

/// The index of the value of each row of a dictionary. `None` is NULL.
pub(crate) fn keys(array: &dyn Array) -> Vec<Option<usize>> {
    let dictionary = array.as_any_dictionary();
    let keys = dictionary.keys();
    if dictionary.values().is_empty() {
        return vec![None; keys.len()];
    }
    let positions = dictionary.normalized_keys().into_iter().enumerate();
    positions
        .map(|(row, position)| keys.is_valid(row).then_some(position))
        .collect()
}

fn by_key<T: Copy>(keys: &[Option<usize>], values: &[Cell<T>]) -> Vec<Cell<T>> {
    let value = |key: &Option<usize>| match key {
        Some(key) => values.get(*key).copied().unwrap_or(Ok(None)),
        None => Ok(None),
    };
    keys.iter().map(value).collect()
}
