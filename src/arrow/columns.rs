//! Which columns have what the gate has to know of a row.

use arrow_array::{Array, RecordBatch};
use arrow_schema::{Schema, TimeUnit};
use time::UtcOffset;

use super::batches::ConsentedBatches;
use super::decided::{Answer, DecidedBatch, Unreadable};
use super::embedded::Embedded;
use super::error::ColumnError;
use super::facts::{Facts, Names, Times};
use super::people::{Ids, People, Rows};
use super::row::BatchRow;
use crate::decision::admit::{Asks, GatedSource, decide_by};
use crate::decision::answer::Decision;
use crate::gate::Gate;
#[cfg(feature = "interchange")]
use crate::interchange::TableReader;
use crate::row::Restrictions;
use crate::snapshot::Snapshot;
use crate::vocabulary::purpose::{DataCategories, Purposes};

/// The columns that have what the gate has to know of a row: whose it is, when it was collected, which
/// categories of data it has, and what signals on it restrict.
///
/// What is not said denies: without [`collected_at`](Self::collected_at) R16 is unproven, without a
/// category R17, and without [`restricted_purposes`](Self::restricted_purposes) or
/// [`without_signals`](Self::without_signals) R18.
///
/// Columns are found by their names, in each batch anew. [The module](crate::arrow) has the types.
#[derive(Clone, Debug)]
pub struct Columns {
    people: Vec<String>,
    collected_at: Option<String>,
    unit: Option<TimeUnit>,
    zone: Option<UtcOffset>,
    data: Option<String>,
    data_unless_named: DataCategories,
    restricted: Option<String>,
    has_no_signals: bool,
    #[cfg(feature = "interchange")]
    consents: Option<TableReader>,
}

/// What [`Columns`] say, for a query.
#[cfg(feature = "decision-table")]
pub(crate) struct Described<'a> {
    pub(crate) people: &'a [String],
    pub(crate) collected_at: Option<&'a str>,
    pub(crate) data: Option<&'a str>,
    pub(crate) data_unless_named: DataCategories,
    pub(crate) restricted: Option<&'a str>,
    pub(crate) has_no_signals: bool,
    /// What no query can decide on.
    pub(crate) unsupported: Option<&'static str>,
}

impl Columns {
    #[cfg(feature = "decision-table")]
    pub(crate) fn described(&self) -> Described<'_> {
        let unsupported = [
            self.unit
                .map(|_| "whole numbers as times: make them timestamps with a zone"),
            self.zone
                .map(|_| "times without a zone: make them timestamps with one"),
            #[cfg(feature = "interchange")]
            self.consents
                .as_ref()
                .map(|_| "consents in columns of the rows"),
        ];
        Described {
            people: &self.people,
            collected_at: self.collected_at.as_deref(),
            data: self.data.as_deref(),
            data_unless_named: self.data_unless_named,
            restricted: self.restricted.as_deref(),
            has_no_signals: self.has_no_signals,
            unsupported: unsupported.into_iter().flatten().next(),
        }
    }

    /// Starts with the column of the person, or of the list of people, that a row is about.
    #[must_use]
    pub fn new(people: impl Into<String>) -> Self {
        Self {
            people: vec![people.into()],
            collected_at: None,
            unit: None,
            zone: None,
            data: None,
            data_unless_named: DataCategories::empty(),
            restricted: None,
            has_no_signals: false,
            #[cfg(feature = "interchange")]
            consents: None,
        }
    }

    /// Adds one more column of people. A row is about the people of all such columns, and unreadable
    /// when one of them has nobody.
    #[must_use]
    pub fn people_in(mut self, column: impl Into<String>) -> Self {
        self.people.push(column.into());
        self
    }

    /// Sets the column of the time at which a row was collected, as timestamps.
    #[must_use]
    pub fn collected_at(mut self, column: impl Into<String>) -> Self {
        self.collected_at = Some(column.into());
        self.unit = None;
        self
    }

    /// Sets the column of the time at which a row was collected, as whole numbers of a unit since 1970
    /// (UTC). One before 1990 makes its row unreadable, because it is mostly in another unit.
    #[must_use]
    pub fn collected_at_in(mut self, column: impl Into<String>, unit: TimeUnit) -> Self {
        self.collected_at = Some(column.into());
        self.unit = Some(unit);
        self
    }

    /// Sets the zone of timestamps that state none. Those that state one keep it.
    #[must_use]
    pub fn zone(mut self, zone: UtcOffset) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Sets the column of the categories of data of a row, by their names such as `posts`.
    #[must_use]
    pub fn data(mut self, column: impl Into<String>) -> Self {
        self.data = Some(column.into());
        self
    }

    /// Sets the categories of rows that name none.
    #[must_use]
    pub fn data_unless_named(mut self, data: DataCategories) -> Self {
        self.data_unless_named = data;
        self
    }

    /// Sets the column of the purposes that signals on a row restrict, by their names such as
    /// `train-generative`. An empty list restricts nothing, and NULL is signals that were not read.
    #[must_use]
    pub fn restricted_purposes(mut self, column: impl Into<String>) -> Self {
        self.restricted = Some(column.into());
        self
    }

    /// Says that the rows have no signals on them, where no column of restricted purposes is set.
    #[must_use]
    pub fn without_signals(mut self) -> Self {
        self.has_no_signals = true;
        self
    }

    /// Says that each row has a consent record in columns of its own, which `reader` reads. A row in which
    /// all of them are NULL has none, and one with a record that cannot be read is unreadable.
    ///
    /// Every column that is not one of a record has to be [passed over](TableReader::pass_over). Ask a source
    /// that looks at embedded records: [`EmbeddedRecords`](crate::EmbeddedRecords) or
    /// [`Snapshot::with_embedded`]. A [`Snapshot`] alone withholds each row that has one (R2).
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{ArrayRef, RecordBatch, StringArray};
    /// use consent_gate::arrow::Columns;
    /// use consent_gate::interchange::TableReader;
    /// use consent_gate::{EmbeddedRecords, Gate, Purposes};
    /// use time::macros::utc_datetime;
    ///
    /// let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    /// let columns = [("author", text("alice")), ("consent_id", text("w1"))];
    /// let batch = RecordBatch::try_from_iter(columns.into_iter().chain([("status", text("withdrawn"))]))?;
    /// let reader = TableReader::new().column("consent_id", "id")?.column("author", "subject")?;
    /// let columns = Columns::new("author").consents(reader);
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let decided = columns.decide(&batch, gate.with(EmbeddedRecords::only()))?;
    /// assert_eq!(decided.report().withheld(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "interchange")]
    #[must_use]
    pub fn consents(mut self, reader: TableReader) -> Self {
        self.consents = Some(reader);
        self
    }

    /// The names of the columns that are read, where a batch has them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let others = [&self.collected_at, &self.data, &self.restricted];
        let others = others.into_iter().flatten();
        let own = self.people.iter().chain(others).map(String::as_str);
        #[cfg(feature = "interchange")]
        let own = own.chain(self.consents.iter().flat_map(TableReader::batch_names));
        own
    }

    /// Checks that batches of a schema can be decided on.
    ///
    /// # Errors
    ///
    /// The [`ColumnError`] that [`decide`](Self::decide) would return.
    ///
    /// ```
    /// use arrow_schema::{DataType, Field, Schema};
    /// use consent_gate::arrow::Columns;
    ///
    /// let schema = Schema::new(vec![Field::new("user_id", DataType::Float64, true)]);
    /// let error = Columns::new("user_id").check(&schema).unwrap_err();
    /// assert!(error.to_string().contains("rounds ids above 2^53"));
    /// let error = Columns::new("userid").check(&schema).unwrap_err();
    /// assert!(error.to_string().ends_with("did you mean `user_id`?"));
    /// ```
    pub fn check(&self, schema: &Schema) -> Result<(), ColumnError> {
        self.read(&RecordBatch::new_empty(schema.clone().into()))
            .map(|_| ())
    }

    /// Decides on the rows of a batch. A [`Snapshot`] is asked about all of them at once; any other
    /// source is asked row by row, about ids that are copied into texts.
    ///
    /// # Errors
    ///
    /// A [`ColumnError`] when a column is missing, is there twice, or has a type that is not read.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as the adapters on iterators"
    )]
    pub fn decide<'g, S, Q>(
        &self,
        batch: &RecordBatch,
        source: S,
    ) -> Result<DecidedBatch<'g, Q>, ColumnError>
    where
        S: GatedSource<'g, BatchRow, Asker = Q>,
        Q: Asks,
    {
        self.decide_by(batch, &source)
    }

    pub(crate) fn decide_by<'g, S, Q>(
        &self,
        batch: &RecordBatch,
        source: &S,
    ) -> Result<DecidedBatch<'g, Q>, ColumnError>
    where
        S: GatedSource<'g, BatchRow, Asker = Q>,
        Q: Asks,
    {
        let read = self.read(batch)?;
        let answers = match (source.snapshot(), read.people.as_slice()) {
            (Some(snapshot), [people]) if read.embedded.is_none() => {
                read.answers_of(snapshot, people)
            }
            (Some(snapshot), _) => read.each_row(&snapshot.refusing_embedded()),
            (None, _) => read.each_row(source),
        };
        Ok(DecidedBatch::new(source.asker(), batch.clone(), answers))
    }

    /// The rows of many batches that may be used, and errors: an iterator over batches in, and one over
    /// consented batches out. Batches in which no row may be used are left out.
    ///
    /// ```
    /// use arrow_array::RecordBatch;
    /// use arrow_schema::ArrowError;
    /// use consent_gate::arrow::Columns;
    /// use consent_gate::{Gate, Ledger, Purposes, Snapshot};
    /// use time::macros::utc_datetime;
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let snapshot = Snapshot::new(&gate, &Ledger::new());
    /// let read = Vec::<Result<RecordBatch, ArrowError>>::new();
    /// let mut batches = Columns::new("user_id").consented(read, &snapshot);
    /// assert!(batches.next().is_none());
    /// assert_eq!(batches.report().seen(), 0);
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn consented<'g, I, S, E>(
        self,
        batches: I,
        source: S,
    ) -> ConsentedBatches<'g, I::IntoIter, S>
    where
        I: IntoIterator<Item = Result<RecordBatch, E>>,
        S: GatedSource<'g, BatchRow, Asker = Gate>,
    {
        ConsentedBatches::new(self, batches.into_iter(), source)
    }

    /// Reads the columns of a batch.
    fn read<'a>(&self, batch: &'a RecordBatch) -> Result<Read<'a>, ColumnError> {
        let people = self.people.iter().map(|name| {
            let column = column(batch, name)?;
            People::of(name, column)
        });
        let times = self.collected_at.as_deref().map(|name| {
            let column = column(batch, name)?;
            Times::of(name, column, self.unit, self.zone)
        });
        let data = self.data.as_deref().map(|name| {
            let column = column(batch, name)?;
            Names::of_data(name, column)
        });
        let restricted = self.restricted.as_deref().map(|name| {
            let column = column(batch, name)?;
            Names::of_purposes(name, column)
        });
        Ok(Read {
            rows: batch.num_rows(),
            people: people.collect::<Result<_, _>>()?,
            times: times.transpose()?,
            data: data.transpose()?,
            data_unless_named: self.data_unless_named,
            restricted: restricted.transpose()?,
            has_no_signals: self.has_no_signals,
            #[cfg(feature = "interchange")]
            embedded: match &self.consents {
                Some(reader) => Some(Embedded::of(reader, batch)?),
                None => None,
            },
            #[cfg(not(feature = "interchange"))]
            embedded: None,
        })
    }
}

/// The only column of a name.
fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array, ColumnError> {
    let schema = batch.schema_ref();
    let fields = schema.fields().iter().zip(batch.columns());
    let mut named = fields.filter(|(field, _)| field.name() == name);
    let (_, found) = named
        .next()
        .ok_or_else(|| ColumnError::missing(name, schema))?;
    match named.next() {
        None => Ok(found.as_ref()),
        Some(_) => Err(ColumnError::Repeated {
            column: name.to_owned(),
        }),
    }
}

/// What the columns of a batch say.
struct Read<'a> {
    rows: usize,
    /// Of each column.
    people: Vec<People<'a>>,
    times: Option<Times>,
    data: Option<Names<DataCategories>>,
    data_unless_named: DataCategories,
    restricted: Option<Names<Purposes>>,
    has_no_signals: bool,
    embedded: Option<Embedded>,
}

impl Read<'_> {
    fn facts(&self, row: usize) -> Result<Facts, Unreadable> {
        let collected_at = match &self.times {
            Some(times) => times.at(row).map_err(Unreadable::time)?,
            None => None,
        };
        let named = match &self.data {
            Some(data) => data.at(row).map_err(Unreadable::data)?,
            None => None,
        };
        let restrictions = match &self.restricted {
            Some(restricted) => {
                let purposes = restricted.at(row).map_err(Unreadable::restricted)?;
                purposes.map(Restrictions::of)
            }
            None => self.has_no_signals.then(Restrictions::none),
        };
        Ok(Facts {
            collected_at,
            data: named.unwrap_or(self.data_unless_named),
            restrictions,
        })
    }

    /// The people of a row, of all columns.
    fn subjects(&self, row: usize) -> Result<Vec<String>, Unreadable> {
        let is_one_of_several = self.people.len() > 1;
        let mut all = Vec::new();
        for people in &self.people {
            let texts = people.texts(row, is_one_of_several);
            all.extend(texts.map_err(Unreadable::people)?.map(String::from));
        }
        Ok(all)
    }

    /// The answers of a source that is asked row by row.
    fn each_row<'g, S>(&self, source: &S) -> Vec<Answer<'g>>
    where
        S: GatedSource<'g, BatchRow>,
    {
        let answer = |row| {
            let row = BatchRow {
                subjects: self.subjects(row)?,
                facts: self.facts(row)?,
                consents: match &self.embedded {
                    Some(embedded) => embedded.record(row)?.into_iter().collect(),
                    None => Vec::new(),
                },
            };
            Ok(decide_by(source, &row, None))
        };
        (0..self.rows).map(answer).collect()
    }

    /// The answers of a snapshot, which is asked about all ids at once.
    fn answers_of<'g, Q: Asks>(
        &self,
        snapshot: &'g Snapshot<Q>,
        people: &People<'_>,
    ) -> Vec<Answer<'g>> {
        // The facts of an unreadable row are not used.
        let facts = |row| self.facts(row).unwrap_or_default();
        let decide = |row_of: &dyn Fn(usize) -> usize| match &people.ids {
            Ids::Numbers(ids) => snapshot.decide_ids(ids, |index| facts(row_of(index))),
            Ids::Uuids(ids) => snapshot.decide_ids(ids, |index| facts(row_of(index))),
            Ids::Texts(ids) => snapshot.decide_ids(ids, |index| facts(row_of(index))),
        };
        let spans = match &people.rows {
            Rows::OneEach => {
                let decisions = decide(&|index| index).into_iter().enumerate();
                let answer = |(row, decision)| self.facts(row).map(|_| decision);
                return decisions.map(answer).collect();
            }
            Rows::Spans(spans) => spans,
        };
        let mut rows = Vec::new();
        for (row, span) in spans.iter().enumerate() {
            rows.extend(span.iter().flat_map(Clone::clone).map(|_| row));
        }
        let decisions = decide(&|index| rows.get(index).copied().unwrap_or_default());
        let mut decisions = decisions.into_iter();
        let answers = spans.iter().enumerate().map(|(row, span)| {
            let span = span.clone().map_err(Unreadable::people)?;
            let decisions = decisions.by_ref().take(span.len());
            let each_once = people.ids.each_once(span).zip(decisions);
            let each = each_once.filter_map(|(is_first, decision)| is_first.then_some(decision));
            let answer = each.reduce(Decision::and);
            self.facts(row)?;
            Ok(answer.unwrap_or_else(Decision::nothing_on_file))
        });
        answers.collect()
    }
}
