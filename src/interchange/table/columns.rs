//! The columns of a table: fields of a record, by their own names or by names of the table.

use std::collections::{BTreeMap, BTreeSet};

use super::error::TableError;
use crate::vocabulary::term::nearest;

/// The type of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    List,
    Boolean,
    Time,
    /// One of two tokens, or a time.
    Period,
}

/// A column that is a field of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// The fields of a record.
const FIELDS: [(&str, Kind); 24] = [
    ("id", Kind::Text),
    ("subject", Kind::Text),
    ("controller", Kind::Text),
    ("recipients", Kind::List),
    ("conditions", Kind::List),
    ("status", Kind::Text),
    ("purposes", Kind::List),
    ("data", Kind::List),
    ("data_period", Kind::Period),
    ("consent_type", Kind::Text),
    ("method", Kind::Text),
    ("actor", Kind::Text),
    ("capacity", Kind::Text),
    ("granular", Kind::Boolean),
    ("evidence", Kind::Text),
    ("given_via", Kind::Text),
    ("withdraw_via", Kind::List),
    ("at", Kind::Time),
    ("valid_until", Kind::Time),
    ("notice.id", Kind::Text),
    ("notice.version", Kind::Text),
    ("notice.shown_at", Kind::Time),
    ("notice.purposes", Kind::List),
    ("notice.controller", Kind::Text),
];

/// The names of the fields of a record.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.into_iter().map(|(name, _)| name)
}

pub(super) fn field(name: &str) -> Option<Column> {
    let found = FIELDS.iter().find(|(field, _)| *field == name)?;
    let &(name, kind) = found;
    Some(Column { name, kind })
}

/// The meaning of a column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    Field(Column),
    /// It is not read.
    PassedOver,
}

/// The meanings of the columns whose names are not those of fields.
pub(super) type Named = BTreeMap<String, Meaning>;

/// The meaning of each column, by the row of names.
pub(super) fn columns<'n>(
    names: impl Iterator<Item = &'n [u8]>,
    given: &Named,
) -> Result<Vec<Meaning>, TableError> {
    let mut seen = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut columns = Vec::new();
    for (column, cell) in (1..).zip(names) {
        let refused = |problem| TableError::Name { column, problem };
        let name = std::str::from_utf8(cell).unwrap_or_default();
        let known = given.get_key_value(name);
        if let Some((name, _)) = known
            && !met.insert(name.as_str())
        {
            return Err(refused(format!("a second column `{name}`; remove one")));
        }
        let meaning = known.map(|(_, meaning)| *meaning);
        let meaning = meaning.or_else(|| field(name).map(Meaning::Field));
        let meaning = meaning.ok_or_else(|| refused(unknown_name(name)))?;
        if let Meaning::Field(Column { name, .. }) = meaning
            && !seen.insert(name)
        {
            return Err(refused(format!("a second column `{name}`; remove one")));
        }
        columns.push(meaning);
    }
    match given.keys().find(|name| !met.contains(name.as_str())) {
        Some(name) => Err(TableError::Missing { name: name.clone() }),
        None => Ok(columns),
    }
}

/// The words for the name of a column that is not a field. The name itself may be anything, so it
/// is not shown.
fn unknown_name(name: &str) -> String {
    let near = nearest(names(), name);
    let suggestion = near.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"));
    let separators = [(';', "semicolons"), ('\t', "tabs")];
    let other = separators
        .into_iter()
        .find(|(letter, _)| name.contains(*letter));
    let other = other.map_or_else(String::new, |(_, letters)| {
        format!("; the names seem to be separated by {letters}, which can be said")
    });
    let names = names().collect::<Vec<_>>().join(", ");
    format!(
        "its name is not a field of a consent record{suggestion}; say which field it is or pass it \
         over{other}; the names are: {names}"
    )
}
