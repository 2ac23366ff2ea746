//! Everyone's consents, as one gate sees them, in batches.

use std::fmt;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use time::UtcDateTime;

use crate::decision::assessment::GrantAssessment;
use crate::digest::Digest;
use crate::rules::facts::stale;
use crate::rules::{Reasons, Rules};
use crate::snapshot::Snapshot;
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::flags::wire_names;
use crate::vocabulary::purpose::DataCategories;

/// The number of people in a batch.
const PEOPLE: usize = 8_192;

/// The first instant of the year 1 and the last one of the year 9999, in microseconds since 1970. A row has
/// no other time.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

impl Snapshot {
    /// What the gate makes of everyone's consents, as a table: [its columns](crate::decision_table). One of
    /// grants only has no names of grants, and nobody without one.
    ///
    /// `consents` is the digest of the ledger that the snapshot was made of. People are in no particular
    /// order; the grants of one are next to each other.
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let ledger = Ledger::new();
    /// let snapshot = Snapshot::new(&gate, &ledger);
    /// let table = snapshot.to_table(ledger.digest());
    /// assert_eq!(table.schema().field(0).name(), "subject");
    /// assert_eq!(table.count(), 0, "nobody is on file");
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn to_table(&self, consents: Digest) -> SnapshotTable<'_> {
        SnapshotTable {
            snapshot: self,
            schema: schema(),
            gate: self.gate().digest().to_string(),
            consents: consents.to_string(),
            stale: stale(self.complete_through(), self.gate().terms()),
            people: Box::new(self.people()),
        }
    }
}

/// The batches of a table. Made by [`Snapshot::to_table`].
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct SnapshotTable<'s> {
    snapshot: &'s Snapshot,
    schema: SchemaRef,
    gate: String,
    consents: String,
    /// The part of R19 that holds for all rows.
    stale: Reasons,
    people: Box<dyn Iterator<Item = (SubjectKey<'s>, usize)> + Send + 's>,
}

impl SnapshotTable<'_> {
    /// The schema of each batch.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Iterator for SnapshotTable<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rows = Rows::default();
        for (subject, index) in self.people.by_ref().take(PEOPLE) {
            let subject = subject.to_text();
            for (grant, name) in self.snapshot.grants_of(index) {
                rows.add(&subject, name, &grant, self.stale);
            }
        }
        (!rows.is_empty()).then(|| rows.batch(self))
    }
}

/// Shows the gate, and no person.
impl fmt::Debug for SnapshotTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotTable")
            .field("snapshot", self.snapshot)
            .finish_non_exhaustive()
    }
}

/// The name of the column that says whether a grant covers a category, or is denied it.
pub(super) fn column(prefix: &str, category: &str) -> String {
    format!("{prefix}_{}", category.replace('-', "_"))
}

fn schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let names = || Field::new_list_field(DataType::Utf8, true);
    let mut fields = vec![
        Field::new("subject", DataType::Utf8, false),
        Field::new("grant", DataType::Utf8, true),
        Field::new("holds", DataType::Boolean, false),
        Field::new_list("unproven", names(), false),
        Field::new_list("contradicted", names(), false),
        Field::new("covers_from", time(), false),
        Field::new("covers_to", time(), false),
    ];
    for prefix in ["covers", "denied"] {
        let categories = wire_names(DataCategories::all());
        let columns = categories.map(|name| column(prefix, &name));
        fields.extend(columns.map(|name| Field::new(name, DataType::Boolean, false)));
    }
    fields.push(Field::new("complete_through", time(), true));
    fields.push(Field::new("gate", DataType::Utf8, false));
    fields.push(Field::new("consents", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

/// The rows of a batch. Their other columns are the same in each.
struct Rows {
    subjects: StringBuilder,
    grants: StringBuilder,
    holds: BooleanBuilder,
    unproven: ListBuilder<StringBuilder>,
    contradicted: ListBuilder<StringBuilder>,
    covers_from: TimestampMicrosecondBuilder,
    /// Of each row.
    categories: Vec<(DataCategories, DataCategories)>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            subjects: StringBuilder::new(),
            grants: StringBuilder::new(),
            holds: BooleanBuilder::new(),
            unproven: ListBuilder::new(StringBuilder::new()),
            contradicted: ListBuilder::new(StringBuilder::new()),
            covers_from: TimestampMicrosecondBuilder::new(),
            categories: Vec::new(),
        }
    }
}

impl Rows {
    fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    fn add(&mut self, subject: &str, name: Option<&str>, grant: &GrantAssessment, stale: Reasons) {
        let reasons = grant.person.and(stale);
        self.subjects.append_value(subject);
        self.grants.append_option(name);
        self.holds.append_value(reasons.is_empty());
        append(&mut self.unproven, reasons.unproven());
        append(&mut self.contradicted, reasons.contradicted());
        self.covers_from
            .append_value(rounded_up(grant.collected_from).max(FIRST));
        self.categories.push((grant.covers, grant.denied));
    }

    fn batch(mut self, table: &SnapshotTable<'_>) -> Result<RecordBatch, ArrowError> {
        let rows = self.categories.len();
        let times = |value: Option<i64>| -> ArrayRef {
            let mut times = TimestampMicrosecondBuilder::new();
            (0..rows).for_each(|_| times.append_option(value));
            Arc::new(times.finish().with_timezone("UTC"))
        };
        let texts = |text: &str| -> ArrayRef {
            let mut texts = StringBuilder::new();
            (0..rows).for_each(|_| texts.append_value(text));
            Arc::new(texts.finish())
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.subjects.finish()),
            Arc::new(self.grants.finish()),
            Arc::new(self.holds.finish()),
            Arc::new(self.unproven.finish()),
            Arc::new(self.contradicted.finish()),
            Arc::new(self.covers_from.finish().with_timezone("UTC")),
            times(Some(LAST)),
        ];
        let single = || DataCategories::all().iter();
        let is_in =
            |of: fn(&(DataCategories, DataCategories)) -> DataCategories, category| -> ArrayRef {
                let mut each = BooleanBuilder::new();
                for row in &self.categories {
                    each.append_value(of(row).contains(category));
                }
                Arc::new(each.finish())
            };
        columns.extend(single().map(|category| is_in(|(covers, _)| *covers, category)));
        columns.extend(single().map(|category| is_in(|(_, denied)| *denied, category)));
        columns.push(times(table.snapshot.complete_through().map(rounded_down)));
        columns.push(texts(&table.gate));
        columns.push(texts(&table.consents));
        RecordBatch::try_new(table.schema(), columns)
    }
}

fn append(lists: &mut ListBuilder<StringBuilder>, rules: Rules) {
    for name in rules.names() {
        lists.values().append_value(name);
    }
    lists.append(true);
}

/// Microseconds since 1970. An instant between two of them is the earlier one.
fn rounded_down(at: UtcDateTime) -> i64 {
    let microseconds = at.unix_timestamp_nanos().div_euclid(1_000);
    i64::try_from(microseconds).unwrap_or(i64::MIN)
}

/// Microseconds since 1970. An instant between two of them is the later one.
fn rounded_up(at: UtcDateTime) -> i64 {
    let rest = at.unix_timestamp_nanos().rem_euclid(1_000);
    rounded_down(at).saturating_add(i64::from(rest > 0))
}
