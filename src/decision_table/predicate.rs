//! The query that leaves the rows that pass.
//!
//! A row passes where, for each of its people, one grant holds, covers its categories and its time, and is
//! denied none of its categories. Of the grants that do so for given categories, the one that begins first
//! covers the most rows, so the table is folded to one row a person before the join: a row of the dataset can
//! meet no more than one, and none comes out twice.

use std::fmt::Write;

use thiserror::Error;

use super::dialect::Dialect;
use super::export::column;
use crate::arrow::{Columns, Described};
use crate::gate::Gate;
use crate::rules::Rules;
use crate::vocabulary::flags::{names_of, wire_names};
use crate::vocabulary::purpose::{DataCategories, Purposes};

/// The query of a gate for rows with these columns. Made by [`Gate::predicate`].
#[derive(Clone, Debug)]
pub struct Predicate {
    gate: Gate,
    columns: Columns,
    key: Option<String>,
}

/// The error for columns that a query cannot ask about.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PredicateError {
    /// What is not in the dialect, or in none.
    #[error("{dialect:?}: a query cannot decide on {what}")]
    Unsupported {
        /// The dialect.
        dialect: Dialect,
        /// What the columns have.
        what: &'static str,
    },
}

impl Gate {
    /// The query for engines in which this crate cannot run: it asks the question of this gate about rows
    /// with these columns, and a [table](crate::Snapshot::to_table) of everyone's consents.
    ///
    /// People are in columns of one id each, of a type that becomes the text of the id, so not in binary ones;
    /// lists of people need [`Predicate::people_in_lists`]. The time of collection is a timestamp with a zone,
    /// the category a text, restricted purposes a list of texts.
    ///
    /// [The module](crate::decision_table) has an example.
    #[must_use]
    pub fn predicate(&self, columns: &Columns) -> Predicate {
        Predicate {
            gate: self.clone(),
            columns: columns.clone(),
            key: None,
        }
    }
}

impl Predicate {
    /// Says that the column of people has lists, and that `key` is a column whose value is another one in each
    /// row. Where two rows share one, the people of both have to permit.
    ///
    /// ```
    /// # use consent_gate::arrow::Columns;
    /// # use consent_gate::decision_table::Dialect;
    /// # use consent_gate::{DataCategories, Gate, Purposes};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let columns = Columns::new("members").collected_at("sent_at").without_signals();
    /// let columns = columns.data_unless_named(DataCategories::MESSAGES);
    /// let predicate = gate.predicate(&columns).people_in_lists("chat_id");
    /// let query = predicate.query(Dialect::Spark, "chats", "consents")?;
    /// assert!(query.contains("explode"));
    /// assert!(predicate.query(Dialect::Polars, "chats", "consents").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn people_in_lists(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The query for the rows that pass, with all their columns. `rows` and `table` stand after `FROM` as they
    /// are: names of tables, or what else the engine takes for one. Use it as a view, so that nobody leaves it
    /// out.
    ///
    /// # Errors
    ///
    /// [`PredicateError::Unsupported`] for embedded consents, whole numbers as times, times whose zone is
    /// named by the caller, and what the dialect does not have.
    pub fn query(
        &self,
        dialect: Dialect,
        rows: &str,
        table: &str,
    ) -> Result<String, PredicateError> {
        Query::new(self, dialect)?.text(rows, table)
    }

    /// The part of the query that a scan of the table can do by itself, as the JSON of an expression of the REST
    /// catalog of Apache Iceberg: it leaves the grants of this gate that hold and, where all rows have the same
    /// categories, cover these. Which rows they cover is left to the join, because such an expression
    /// compares columns with literals only.
    ///
    /// ```
    /// # use consent_gate::arrow::Columns;
    /// # use consent_gate::{DataCategories, Gate, Purposes};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let columns = Columns::new("user_id").data_unless_named(DataCategories::POSTS);
    /// let filter = gate.predicate(&columns).iceberg_filter();
    /// assert!(filter.starts_with(r#"{"type":"and","left":"#));
    /// assert!(filter.contains(r#"{"type":"eq","term":"covers_posts","value":true}"#));
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    #[must_use]
    pub fn iceberg_filter(&self) -> String {
        let mut all = vec![
            format!(
                r#"{{"type":"eq","term":"gate","value":"{}"}}"#,
                self.gate.digest()
            ),
            r#"{"type":"eq","term":"holds","value":true}"#.to_owned(),
        ];
        let described = self.columns.described();
        if described.data.is_none() {
            let conditions = covered(described.data_unless_named);
            all.extend(conditions.into_iter().map(|(column, value)| {
                format!(r#"{{"type":"eq","term":"{column}","value":{value}}}"#)
            }));
        }
        let both = |left: String, right: String| {
            format!(r#"{{"type":"and","left":{left},"right":{right}}}"#)
        };
        all.into_iter().reduce(both).unwrap_or_default()
    }
}

/// The columns of the table that are true, or false, of a grant by which rows of these categories may pass.
fn covered(data: DataCategories) -> Vec<(String, bool)> {
    let covers = wire_names(data).map(|name| (column("covers", &name), true));
    // A row that names no category is reached by a denial of any.
    let reach = if data.is_empty() {
        DataCategories::all()
    } else {
        data
    };
    let denied = wire_names(reach).map(|name| (column("denied", &name), false));
    covers.chain(denied).collect()
}

/// A condition that nothing meets.
const NEVER: &str = "1 = 0";

/// A row that names no category, in the column of categories of the folded table. No category has this name.
const UNNAMED: &str = "";

/// What a query is made of.
struct Query<'p> {
    dialect: Dialect,
    digest: String,
    described: Described<'p>,
    key: Option<&'p str>,
    /// What R19 asks of the time of collection, where it does.
    is_fresh: Option<&'static str>,
    waived: Rules,
    purposes: Purposes,
}

impl<'p> Query<'p> {
    fn new(predicate: &'p Predicate, dialect: Dialect) -> Result<Self, PredicateError> {
        let described = predicate.columns.described();
        let several = "several columns of lists of people";
        let several = (predicate.key.is_some() && described.people.len() > 1).then_some(several);
        if let Some(what) = described.unsupported.or(several) {
            return Err(PredicateError::Unsupported { dialect, what });
        }
        let waived = predicate.gate.waivers().rules();
        let is_fresh = predicate.gate.max_lag().map(|_| {
            if waived.contains(Rules::FRESH) {
                "(p.complete_through IS NULL OR {at} IS NULL OR {at} <= p.complete_through)"
            } else {
                "{at} <= p.complete_through"
            }
        });
        Ok(Self {
            dialect,
            digest: predicate.gate.digest().to_string(),
            described,
            key: predicate.key.as_deref(),
            is_fresh,
            waived,
            purposes: predicate.gate.purposes(),
        })
    }

    fn text(&self, rows: &str, table: &str) -> Result<String, PredicateError> {
        let folded = self.folded(table);
        let mut query = format!("SELECT r.*\nFROM {rows} AS r");
        let mut conditions = Vec::new();
        if let Some(key) = self.key {
            let key = self.dialect.name(key);
            let permitted = self.permitted_keys(rows, &folded, &key)?;
            let _ = write!(
                query,
                "\nJOIN (\n{permitted}\n) AS k ON k.row_key = r.{key}"
            );
        } else {
            for (position, people) in self.described.people.iter().enumerate() {
                let person = format!("p{position}");
                let id = self
                    .dialect
                    .as_text(&format!("r.{}", self.dialect.name(people)));
                let on = self.on(&person, &id, "r");
                let _ = write!(query, "\nJOIN (\n{folded}\n) AS {person} ON {on}");
                conditions.extend(self.times(&person, "r"));
            }
        }
        conditions.extend(self.zone("r"));
        conditions.extend(self.signals("r")?);
        if conditions.is_empty() {
            return Ok(query);
        }
        let _ = write!(query, "\nWHERE {}", conditions.join("\n  AND "));
        Ok(query)
    }

    /// The keys of the rows whose people all permit.
    fn permitted_keys(
        &self,
        rows: &str,
        folded: &str,
        key: &str,
    ) -> Result<String, PredicateError> {
        let people = self.described.people.first().map(String::as_str);
        let people = self.dialect.name(people.unwrap_or_default());
        let what = "lists of people";
        let dialect = self.dialect;
        let unnest = dialect.unnest(&format!("r.{people}"));
        let unnest = unnest.ok_or(PredicateError::Unsupported { dialect, what })?;
        let mut columns = vec![format!("r.{key} AS row_key"), format!("{unnest} AS person")];
        let others = [self.described.collected_at, self.described.data];
        columns.extend(others.into_iter().flatten().map(|name| {
            let name = dialect.name(name);
            format!("r.{name} AS {name}")
        }));
        let columns = columns.join(", ");
        let on = self.on("p", &dialect.as_text("u.person"), "u");
        let mut permits = vec!["p.subject IS NOT NULL".to_owned()];
        permits.extend(self.times("p", "u"));
        let permits = permits.join(" AND ");
        Ok(format!(
            "  SELECT u.row_key\n  FROM (SELECT {columns} FROM {rows} AS r) AS u\n  LEFT JOIN (\n{folded}\n  ) AS p ON {on}\n  \
             GROUP BY u.row_key\n  HAVING COUNT(*) = COUNT(CASE WHEN {permits} THEN 1 END)"
        ))
    }

    /// The table, one row a person and, where rows name their category, a category.
    fn folded(&self, table: &str) -> String {
        let fallback = self.described.data_unless_named;
        let is_named = self.described.data.is_some();
        // Of a row that names no category, and has no other, R17 is unproven.
        let is_met = !fallback.is_empty() || self.waived.contains(Rules::CATEGORY);
        let unnamed = is_named.then_some(UNNAMED);
        let mut parts = vec![self.fold(table, is_met.then_some(fallback), unnamed)];
        if is_named {
            let names = names_of::<DataCategories>();
            parts.extend(names.map(|(name, data)| self.fold(table, Some(data), Some(&name))));
        }
        parts.join("\n    UNION ALL\n")
    }

    /// The first of the grants of each person by which rows of these categories may pass. `None`: no rows do.
    fn fold(&self, table: &str, data: Option<DataCategories>, label: Option<&str>) -> String {
        let mut columns = vec!["subject".to_owned()];
        columns.extend(label.map(|label| format!("{} AS data", Dialect::text(label))));
        for name in ["covers_from", "covers_to", "complete_through"] {
            columns.push(format!("MIN({name}) AS {name}"));
        }
        let mut conditions = vec![
            format!("gate = {}", Dialect::text(&self.digest)),
            "holds".to_owned(),
        ];
        match data {
            Some(data) => conditions.extend(covered(data).into_iter().map(|(column, value)| {
                let negation = if value { "" } else { "NOT " };
                format!("{negation}{column}")
            })),
            None => conditions.push(NEVER.to_owned()),
        }
        format!(
            "    SELECT {}\n    FROM {table}\n    WHERE {}\n    GROUP BY subject",
            columns.join(", "),
            conditions.join(" AND ")
        )
    }

    /// The condition of the join with the folded table.
    fn on(&self, person: &str, id: &str, row: &str) -> String {
        let on = format!("{person}.subject = {id}");
        let Some(data) = self.described.data else {
            return on;
        };
        let data = format!("{row}.{}", self.dialect.name(data));
        let names = names_of::<DataCategories>().map(|(name, _)| Dialect::text(&name));
        let names = names.collect::<Vec<_>>().join(", ");
        let unnamed = Dialect::text(UNNAMED);
        format!(
            "{on} AND {person}.data = CASE WHEN {data} IS NULL THEN {unnamed} \
             WHEN {data} IN ({names}) THEN {data} END"
        )
    }

    /// R16 and R19 · what the grant of a person asks of the time of a row.
    fn times(&self, person: &str, row: &str) -> Vec<String> {
        let is_waived = self.waived.contains(Rules::PERIOD);
        let at = self.described.collected_at;
        let at = at.map(|name| format!("{row}.{}", self.dialect.name(name)));
        let Some(at) = at else {
            // Without a time R16 and R19 are unproven.
            let is_met = is_waived
                && self
                    .is_fresh
                    .is_none_or(|_| self.waived.contains(Rules::FRESH));
            return if is_met {
                Vec::new()
            } else {
                vec![NEVER.to_owned()]
            };
        };
        let covered = format!("{at} >= {person}.covers_from AND {at} <= {person}.covers_to");
        let covered = if is_waived {
            format!("({at} IS NULL OR ({covered}))")
        } else {
            covered
        };
        let fresh = self.is_fresh.map(|fresh| {
            let fresh = fresh.replace("{at}", &at);
            fresh.replace("p.complete_through", &format!("{person}.complete_through"))
        });
        std::iter::once(covered).chain(fresh).collect()
    }

    /// The time of collection states its zone, or R16 is waived and there is none.
    fn zone(&self, row: &str) -> Option<String> {
        let at = self.described.collected_at?;
        self.dialect
            .has_zone(&format!("{row}.{}", self.dialect.name(at)))
    }

    /// R18 · no signal restricts a purpose asked for.
    fn signals(&self, row: &str) -> Result<Option<String>, PredicateError> {
        let is_waived = self.waived.contains(Rules::UNRESTRICTED);
        let Some(restricted) = self.described.restricted else {
            let is_met = is_waived || self.described.has_no_signals;
            return Ok((!is_met).then(|| NEVER.to_owned()));
        };
        let restricted = format!("{row}.{}", self.dialect.name(restricted));
        let harmless = names_of::<Purposes>();
        let harmless = harmless.filter(|(_, purposes)| !purposes.intersects(self.purposes));
        let harmless: Vec<String> = harmless.map(|(name, _)| Dialect::text(&name)).collect();
        let (dialect, what) = (self.dialect, "columns of restricted purposes");
        let met = dialect.all_among(&restricted, &harmless);
        let met = met.ok_or(PredicateError::Unsupported { dialect, what })?;
        Ok(Some(if is_waived {
            format!("({restricted} IS NULL OR {met})")
        } else {
            met
        }))
    }
}
