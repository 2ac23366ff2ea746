//! The decision as functions of SQL.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, FieldRef};
use datafusion_common::Result;
use datafusion_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::arguments::Arguments;
use super::source::{SharedSource, Snapshots};
#[cfg(feature = "snapshot-file")]
use super::stored::StoredSnapshots;
use crate::arrow::{Columns, DecidedBatch};
#[cfg(feature = "snapshot-file")]
use crate::gate::Gate;

/// The function `consent_gate`: whether a row may be used. It is a Boolean and never NULL; an
/// unreadable row may not be used.
///
/// `arguments` are the names that the function's arguments stand for, in their order, as `columns` has
/// them. It owns its snapshot, so its answer for a row never changes. **A query can leave it out**: where
/// it must not, use a [`GatedTable`](super::GatedTable).
///
/// ```
/// use std::sync::Arc;
///
/// use consent_gate::arrow::Columns;
/// use consent_gate::datafusion::consent_gate;
/// use consent_gate::{Gate, Ledger, Purposes, Snapshot};
/// use time::macros::utc_datetime;
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let snapshot = Arc::new(Snapshot::new(&gate, &Ledger::new()));
/// let columns = Columns::new("person").collected_at("time").without_signals();
/// let function = consent_gate(columns, ["person", "time"], snapshot);
/// assert_eq!(function.name(), "consent_gate");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
///
/// With `context.register_udf(function)`:
/// `SELECT text FROM posts WHERE consent_gate(author, posted_at)`.
#[must_use]
pub fn consent_gate<'a>(
    columns: Columns,
    arguments: impl IntoIterator<Item = &'a str>,
    source: impl Into<SharedSource>,
) -> ScalarUDF {
    let arguments = Arguments::new(columns, arguments);
    let source = Box::new(source.into());
    Function::udf("consent_gate", Answer::Passes, arguments, source)
}

/// The function `consent_reasons`: the names of the rules that a row fails. It is empty for a row that
/// may be used, and NULL for an unreadable one. For the rest, see [`consent_gate`].
///
/// ```
/// use std::sync::Arc;
///
/// use consent_gate::arrow::Columns;
/// use consent_gate::datafusion::consent_reasons;
/// use consent_gate::{Gate, Ledger, Purposes, Snapshot};
/// use time::macros::utc_datetime;
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let snapshot = Arc::new(Snapshot::new(&gate, &Ledger::new()));
/// let function = consent_reasons(Columns::new("person"), ["person"], snapshot);
/// assert_eq!(function.name(), "consent_reasons");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[must_use]
pub fn consent_reasons<'a>(
    columns: Columns,
    arguments: impl IntoIterator<Item = &'a str>,
    source: impl Into<SharedSource>,
) -> ScalarUDF {
    let arguments = Arguments::new(columns, arguments);
    let source = Box::new(source.into());
    Function::udf("consent_reasons", Answer::Reasons, arguments, source)
}

/// The function `consent_gate_by_file`: [`consent_gate`] with a snapshot that the query names. Its first two
/// arguments are the path of a [saved snapshot](crate::Snapshot::save) and the SHA-256 of the file in
/// hexadecimal, both literal texts. For programs in which no snapshot can be handed to the function, as
/// the executors of a cluster.
///
/// A file is loaded once and kept while the function lives. A file that is missing, has another
/// SHA-256 or was made for another gate is an error for the query, with the text of a
/// [`StoredSnapshotError`](super::StoredSnapshotError).
///
/// ```
/// use consent_gate::arrow::Columns;
/// use consent_gate::datafusion::consent_gate_by_file;
/// use consent_gate::{Gate, Purposes};
/// use time::macros::utc_datetime;
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let columns = Columns::new("person").collected_at("time").without_signals();
/// let function = consent_gate_by_file(columns, ["person", "time"], gate);
/// assert_eq!(function.name(), "consent_gate_by_file");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
///
/// `SELECT text FROM posts WHERE consent_gate_by_file('/consents.snapshot', '9f86…', author, posted_at)`.
#[cfg(feature = "snapshot-file")]
#[must_use]
pub fn consent_gate_by_file<'a>(
    columns: Columns,
    arguments: impl IntoIterator<Item = &'a str>,
    gate: Gate,
) -> ScalarUDF {
    let arguments = Arguments::new(columns, arguments);
    let stored = Box::new(StoredSnapshots::new(gate));
    Function::udf("consent_gate_by_file", Answer::Passes, arguments, stored)
}

/// What a function says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Passes,
    Reasons,
}

impl Answer {
    fn array(self, decided: &DecidedBatch<'_>) -> ArrayRef {
        match self {
            Self::Passes => Arc::new(decided.mask()),
            Self::Reasons => Arc::new(decided.failed()),
        }
    }

    fn field(self, name: &str) -> Field {
        match self {
            Self::Passes => Field::new(name, DataType::Boolean, false),
            Self::Reasons => {
                Field::new_list(name, Field::new_list_field(DataType::Utf8, true), true)
            }
        }
    }
}

struct Function {
    name: &'static str,
    answer: Answer,
    signature: Signature,
    arguments: Arguments,
    snapshots: Box<dyn Snapshots>,
    /// Two functions are the same only if one is a clone of the other: snapshots are not compared.
    identity: Arc<()>,
}

impl Function {
    fn udf(
        name: &'static str,
        answer: Answer,
        arguments: Arguments,
        snapshots: Box<dyn Snapshots>,
    ) -> ScalarUDF {
        let count = arguments.count().saturating_add(snapshots.arguments());
        ScalarUDF::new_from_impl(Self {
            name,
            answer,
            // The function owns its snapshot, or a digest names it, so its answers do not change.
            signature: Signature::any(count, Volatility::Immutable),
            arguments,
            snapshots,
            identity: Arc::new(()),
        })
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.identity).hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("arguments", &self.arguments)
            .field("gate", self.snapshots.gate())
            .finish_non_exhaustive()
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.answer.field(self.name).data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let of_columns = args.arg_fields.get(self.snapshots.arguments()..);
        self.arguments.check(of_columns.unwrap_or_default())?;
        self.snapshots.check(args.scalar_arguments)?;
        Ok(Arc::new(self.answer.field(self.name)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut first = args.args;
        let of_columns = first.split_off(self.snapshots.arguments().min(first.len()));
        let source = self.snapshots.source(&first)?;
        let decided = self
            .arguments
            .decide(&source, of_columns, args.number_rows)?;
        Ok(ColumnarValue::Array(self.answer.array(&decided)))
    }
}
