//! What the engines write differently.

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// DuckDB 1.1 and later.
    DuckDb,
    /// Apache Spark SQL 3.4 and later.
    Spark,
    /// Apache DataFusion 50 and later.
    DataFusion,
    /// `SQLContext` of Polars 1.0 and later. It has neither lists of people nor columns of restricted
    /// purposes.
    Polars,
}

impl Dialect {
    /// A name in quotation marks.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::DuckDb | Self::DataFusion | Self::Polars => {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
        }
    }

    /// A text in quotation marks. It has no characters that are special in any of them: it is a wire name or a
    /// digest.
    pub(super) fn text(text: &str) -> String {
        format!("'{text}'")
    }

    /// An expression as a text.
    pub(super) fn as_text(self, expression: &str) -> String {
        match self {
            Self::Spark => format!("CAST({expression} AS STRING)"),
            Self::DuckDb | Self::DataFusion | Self::Polars => {
                format!("CAST({expression} AS VARCHAR)")
            }
        }
    }

    /// A condition that a time states its zone. Otherwise the engine would compare it in the zone of the
    /// session. Polars refuses to compare it.
    pub(super) fn has_zone(self, expression: &str) -> Option<String> {
        Some(match self {
            Self::DuckDb => format!("typeof({expression}) = 'TIMESTAMP WITH TIME ZONE'"),
            Self::Spark => format!("typeof({expression}) = 'timestamp'"),
            Self::DataFusion => format!("arrow_typeof({expression}) LIKE 'Timestamp(%\"%\")'"),
            Self::Polars => return None,
        })
    }

    /// A condition that each item of a list is one of these texts. A list that is NULL, and one with an
    /// item that is, do not meet it.
    pub(super) fn all_among(self, list: &str, texts: &[String]) -> Option<String> {
        let texts = texts.join(", ");
        Some(match self {
            Self::DuckDb => {
                format!("len(list_filter({list}, lambda i: i IS NULL OR i NOT IN ({texts}))) = 0")
            }
            Self::Spark => {
                format!("size(filter({list}, i -> i IS NULL OR i NOT IN ({texts}))) = 0")
            }
            Self::DataFusion => {
                format!("cardinality(array_except({list}, make_array({texts}))) = 0")
            }
            Self::Polars => return None,
        })
    }

    /// The items of a list, one a row.
    pub(super) fn unnest(self, list: &str) -> Option<String> {
        Some(match self {
            Self::DuckDb | Self::DataFusion => format!("unnest({list})"),
            Self::Spark => format!("explode({list})"),
            Self::Polars => return None,
        })
    }
}
