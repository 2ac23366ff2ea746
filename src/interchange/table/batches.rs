//! Consent records in record batches of Arrow, one a row.

use std::error::Error;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use serde_json::Value;

use super::cells;
use super::columns::{Column, Kind, Meaning, columns, names};
use super::{TableError, TableReader};
use crate::arrow::{instant_at, keys};
use crate::json::{OnUnreadable, Problem, quarantine};
use crate::ledger::Ledger;
use crate::record::ConsentRecord;
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::id::SubjectId;
use crate::vocabulary::instant;

impl TableReader {
    /// Reads a ledger from record batches of Arrow, one consent record a row, such as those of a Parquet
    /// file.
    ///
    /// The columns are those of a table in CSV, and `notice` may be a struct of its parts. NULL is an
    /// absent value. Texts are read as in CSV; lists may be lists of texts, times timestamps of any unit,
    /// ids whole numbers, `FixedSizeBinary(16)` or `Decimal128` of scale 0, and `granular` a Boolean. Each may
    /// be a dictionary. A column of floating-point numbers is refused.
    ///
    /// A row that is not a record is handled as with [JSON Lines](crate::json::read_consents). The line of
    /// an error is the number of the row, counted from 1.
    ///
    /// # Errors
    ///
    /// [`TableError::Batch`] for an error of the reader, and those of [`read`](Self::read) but for those of
    /// quotation marks.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
    /// use arrow_schema::ArrowError;
    /// use consent_gate::interchange::TableReader;
    /// use consent_gate::json::OnUnreadable;
    ///
    /// let ids: ArrayRef = Arc::new(StringArray::from(vec!["w1"]));
    /// let users: ArrayRef = Arc::new(UInt64Array::from(vec![7]));
    /// let status: ArrayRef = Arc::new(StringArray::from(vec!["withdrawn"]));
    /// let batch = RecordBatch::try_from_iter([("id", ids), ("user_id", users), ("status", status)])?;
    /// let reader = TableReader::new().column("user_id", "subject")?;
    /// let ledger = reader.read_batches([Ok::<_, ArrowError>(batch)], OnUnreadable::Stop)?;
    /// assert_eq!(ledger.records_of("7").count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_batches<E>(
        &self,
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        on_unreadable: OnUnreadable,
    ) -> Result<Ledger, TableError>
    where
        E: Error + Send + Sync + 'static,
    {
        let mut ledger = Ledger::new();
        let mut line = 0_u64;
        for batch in batches {
            let batch = batch.map_err(|source| TableError::Batch {
                line,
                source: Box::new(source),
            })?;
            let columns = self.batch_columns(&batch)?;
            for row in 0..batch.num_rows() {
                line = line.saturating_add(1);
                match self.record_at(&columns, row) {
                    Ok(record) => ledger.insert(record),
                    Err(words) => {
                        let found = subject(&columns, row).map(|subject| vec![subject]);
                        let problem = Problem { column: 1, words };
                        quarantine(&mut ledger, &found.into(), line, problem, on_unreadable)?;
                    }
                }
            }
        }
        Ok(ledger)
    }

    /// The names of the columns that may be fields of a record.
    pub(crate) fn batch_names<'s>(&'s self) -> impl Iterator<Item = &'s str> {
        let named = self.named.iter();
        let named = named.filter(|(_, meaning)| matches!(meaning, Meaning::Field(_)));
        let named = named.map(|(name, _)| name.as_str());
        let is_passed_over = |name: &&str| !self.named.contains_key(*name);
        let own = names().chain(["notice"]).filter(is_passed_over);
        let own = own.map(|name| -> &'s str { name });
        named.chain(own)
    }

    /// The columns of a batch that are fields of a record.
    pub(crate) fn batch_columns(&self, batch: &RecordBatch) -> Result<BatchColumns, TableError> {
        let mut flat: Vec<(String, &ArrayRef, Option<&ArrayRef>)> = Vec::new();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            match array.as_struct_opt() {
                Some(parts) if field.name() == "notice" => {
                    for (part, values) in parts.fields().iter().zip(parts.columns()) {
                        flat.push((format!("notice.{}", part.name()), values, Some(array)));
                    }
                }
                _ => flat.push((field.name().clone(), array, None)),
            }
        }
        // A column that is passed over need not be among those that are read.
        let is_there = |name: &str| flat.iter().any(|(found, ..)| found == name);
        let mut given = self.named.clone();
        given.retain(|name, meaning| !matches!(meaning, Meaning::PassedOver) || is_there(name));
        let meanings = columns(flat.iter().map(|(name, ..)| name.as_bytes()), &given)?;
        let mut fields = Vec::new();
        for (position, (meaning, (_, values, around))) in (1..).zip(meanings.into_iter().zip(flat))
        {
            let Meaning::Field(column) = meaning else {
                continue;
            };
            if !is_read(column.kind, values.data_type()) {
                let (found, expected) = (values.data_type(), expected(column.kind));
                let problem = format!("`{}` is {expected}; its type is {found}", column.name);
                return Err(TableError::Name {
                    column: position,
                    problem,
                });
            }
            fields.push(FieldColumn::of(column, values, around));
        }
        Ok(BatchColumns(fields))
    }

    /// The record of a row.
    pub(crate) fn record_at(
        &self,
        columns: &BatchColumns,
        row: usize,
    ) -> Result<ConsentRecord, String> {
        let values = columns.0.iter().map(|field| {
            let Some((array, index)) = field.at(row) else {
                return Ok(None);
            };
            let value = self.value(field.column, array, index)?;
            Ok(value.map(|value| (field.column.name, value)))
        });
        super::record_of(values)
    }

    fn value(
        &self,
        column: Column,
        array: &dyn Array,
        index: usize,
    ) -> Result<Option<Value>, String> {
        match (column.kind, array.data_type()) {
            (Kind::Boolean, DataType::Boolean) => Ok(Some(array.as_boolean().value(index).into())),
            (Kind::List, DataType::List(_)) => {
                items(column, array.as_list::<i32>().value(index).as_ref())
            }
            (Kind::List, DataType::LargeList(_)) => {
                items(column, array.as_list::<i64>().value(index).as_ref())
            }
            (Kind::Time | Kind::Period, DataType::Timestamp(..)) => {
                let expected = || format!("field `{}`: {A_TIME}", column.name);
                let at = instant_at(array, index, self.times.zone()).ok_or_else(expected)?;
                Ok(Some(instant::text(at).map_err(|_| expected())?.into()))
            }
            _ => match text(array, index) {
                Some(text) => cells::value(&column, &text, &self.times),
                None => Err(format!(
                    "field `{}`: expected {}",
                    column.name,
                    expected(column.kind)
                )),
            },
        }
    }
}

const A_TIME: &str = "expected a time with a zone, in the years 1 to 9999; the zone of timestamps that \
                      state none can be given";

/// The columns of a batch that are fields of a record.
pub(crate) struct BatchColumns(Vec<FieldColumn>);

impl BatchColumns {
    /// Returns true for a row that has no value in any of the columns.
    pub(crate) fn is_blank(&self, row: usize) -> bool {
        self.0.iter().all(|field| field.at(row).is_none())
    }
}

/// A column that is a field of a record.
struct FieldColumn {
    column: Column,
    /// The values: of the rows, or of a dictionary.
    values: ArrayRef,
    /// For each row the index of its value in a dictionary. `None` is NULL.
    keys: Option<Vec<Option<usize>>>,
    /// The struct that has the column: where it is NULL, so is the value.
    around: Option<ArrayRef>,
}

impl FieldColumn {
    fn of(column: Column, array: &ArrayRef, around: Option<&ArrayRef>) -> Self {
        let dictionary = array.as_any_dictionary_opt();
        Self {
            column,
            values: dictionary
                .map_or(array, |dictionary| dictionary.values())
                .clone(),
            keys: dictionary.map(|_| keys(array)),
            around: around.cloned(),
        }
    }

    /// The value of a row, as an array and an index in it. `None` is NULL.
    fn at(&self, row: usize) -> Option<(&dyn Array, usize)> {
        if self
            .around
            .as_ref()
            .is_some_and(|around| around.is_null(row))
        {
            return None;
        }
        let index = match &self.keys {
            Some(keys) => *keys.get(row)?,
            None => Some(row),
        };
        let index = index.filter(|index| self.values.is_valid(*index))?;
        let is_null = *self.values.data_type() == DataType::Null;
        (!is_null).then_some((self.values.as_ref(), index))
    }
}

fn items(column: Column, items: &dyn Array) -> Result<Option<Value>, String> {
    let of_texts = Column {
        kind: Kind::Text,
        ..column
    };
    let expected = || format!("field `{}`: expected a text in each item", column.name);
    let mut all = Vec::new();
    for item in 0..items.len() {
        let text = text(items, item)
            .filter(|_| items.is_valid(item))
            .ok_or_else(expected)?;
        if cells::null_marker(&of_texts, &text).is_some() {
            return Err(expected());
        }
        all.push(text);
    }
    Ok(Some(all.into()))
}

fn is_read(kind: Kind, found: &DataType) -> bool {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_read(kind, values),
        DataType::Boolean => kind == Kind::Boolean,
        DataType::Timestamp(..) => matches!(kind, Kind::Time | Kind::Period),
        DataType::List(field) | DataType::LargeList(field) => {
            kind == Kind::List && is_read(Kind::Text, field.data_type())
        }
        DataType::FixedSizeBinary(16) | DataType::Decimal128(_, 0) => kind == Kind::Text,
        found => kind == Kind::Text && found.is_integer(),
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text, or an id: a whole number, 16 bytes of a UUID, Decimal128 of scale 0",
        Kind::List => "a list of texts, or a text",
        Kind::Boolean => "a Boolean, or a text",
        Kind::Time | Kind::Period => "a timestamp, or a text",
    }
}

/// A text, or an id that stands for one.
fn text(array: &dyn Array, row: usize) -> Option<String> {
    macro_rules! number {
        ($type:ty) => {
            u64::try_from(array.as_primitive::<$type>().value(row))
                .ok()?
                .to_string()
        };
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Decimal128(_, 0) => number!(Decimal128Type),
        DataType::FixedSizeBinary(16) => {
            let bytes = array.as_fixed_size_binary().value(row).try_into().ok()?;
            SubjectKey::Uuid(u128::from_be_bytes(bytes))
                .to_text()
                .into_owned()
        }
        _ => return None,
    })
}

fn subject(columns: &BatchColumns, row: usize) -> Option<SubjectId> {
    let field = columns
        .0
        .iter()
        .find(|field| field.column.name == "subject")?;
    let (array, index) = field.at(row)?;
    let text = text(array, index)?;
    let is_marker = cells::null_marker(&field.column, &text).is_some();
    text.parse().ok().filter(|_| !is_marker)
}
