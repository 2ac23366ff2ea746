//! The values of cells, in the forms in which databases write them.

use serde_json::Value;

use super::columns::{Column, Kind};
use crate::json::TimeForm;
use crate::vocabulary::instant;

/// Reads the value of a cell. `None` is an absent value.
pub(super) fn value(
    column: &Column,
    cell: &str,
    times: &TimeForm,
) -> Result<Option<Value>, String> {
    if let Some((marker, system)) = null_marker(column, cell) {
        return Err(format!(
            "column `{}`: expected a value or an empty cell, found the NULL marker `{marker}` of \
             {system}; export NULL as an empty cell",
            column.name
        ));
    }
    if cell.is_empty() {
        return Ok(None);
    }
    let expected = |expected: &str| format!("field `{}`: expected {expected}", column.name);
    let time = || {
        let at = times.read(cell, false)?;
        instant::text(at).ok()
    };
    Ok(Some(match column.kind {
        Kind::Text => Value::from(cell),
        Kind::List => items(cell).ok_or_else(|| expected(A_LIST))?.into(),
        Kind::Boolean => match cell {
            "true" | "t" | "1" => Value::Bool(true),
            "false" | "f" | "0" => Value::Bool(false),
            _ => return Err(expected("true or false, t or f, 1 or 0")),
        },
        Kind::Time => time()
            .ok_or_else(|| expected(&without_a_zone(times)))?
            .into(),
        // One of two tokens, or a time.
        Kind::Period => time().map_or_else(|| Value::from(cell), Value::from),
    }))
}

const A_LIST: &str = "a list such as posts;media, {posts,media} or [\"posts\",\"media\"]";

fn without_a_zone(times: &TimeForm) -> String {
    format!("{times}; the zone of times that state none can be given")
}

/// The items of a list: an array of PostgreSQL, a list of JSON, or with `;` between them.
fn items(cell: &str) -> Option<Vec<String>> {
    if let Some(within) = cell.strip_prefix('{') {
        array(within.strip_suffix('}')?)
    } else if cell.starts_with('[') {
        serde_json::from_str(cell).ok()
    } else {
        Some(cell.split(';').map(str::to_owned).collect())
    }
}

/// The items of an array of PostgreSQL, whose braces are taken off. An item in quotation marks has a
/// backslash before each of its marks and backslashes.
fn array(within: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut letters = within.chars().peekable();
    if within.is_empty() {
        return Some(items);
    }
    loop {
        let mut item = String::new();
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => item.push(letters.next()?),
                    letter => item.push(letter),
                }
            }
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != ',') {
                if matches!(letter, '"' | '\\' | '{' | '}') {
                    return None;
                }
                item.push(letter);
            }
            // Without quotation marks an empty cell is absent.
            if item.is_empty() {
                return None;
            }
        }
        items.push(item);
        match letters.next() {
            None => return Some(items),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

/// The markers that other systems write for NULL, in any letter case, and those systems.
const NULL_MARKERS: [(&str, &str); 8] = [
    ("\\N", "PostgreSQL, MySQL or Hive"),
    ("NULL", "SQL, JSON or Spark"),
    ("None", "Python"),
    ("NaN", "pandas or NumPy"),
    ("NaT", "pandas or NumPy"),
    ("<NA>", "pandas"),
    ("N/A", "a spreadsheet"),
    ("#N/A", "a spreadsheet"),
];

/// The NULL marker that is the whole text of a cell or of an item of a list, and the system that
/// writes it.
pub(super) fn null_marker(column: &Column, cell: &str) -> Option<(&'static str, &'static str)> {
    let is_marker = |(marker, _): &&(&str, &str)| {
        let is_it = |text: &str| text.trim().eq_ignore_ascii_case(marker);
        let items = || items(cell).unwrap_or_default();
        is_it(cell) || column.kind == Kind::List && items().iter().any(|item| is_it(item))
    };
    NULL_MARKERS.iter().find(is_marker).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_databases_write_them() {
        for (cell, expected) in [
            ("posts;media", &["posts", "media"][..]),
            ("posts", &["posts"]),
            ("{}", &[]),
            ("{posts,media}", &["posts", "media"]),
            (r#"{"a, \"b\" \\",c}"#, &[r#"a, "b" \"#, "c"]),
            (r#"{""}"#, &[""]),
            ("[]", &[]),
            (r#"["posts", "a,b"]"#, &["posts", "a,b"]),
        ] {
            let expected = expected.iter().map(|item| (*item).to_owned()).collect();
            assert_eq!(items(cell), Some(expected), "{cell}");
        }
        for cell in [
            "{",
            "{a",
            "{a,}",
            "{,a}",
            "{a\"b}",
            r#"{"a}"#,
            r#"{"a"b}"#,
            "{{a},{b}}",
            "[a]",
            "[1]",
            "[\"a\"",
            "[\"a\",null]",
            r#"{"a\"}"#,
        ] {
            assert_eq!(items(cell), None, "{cell}");
        }
    }
}
