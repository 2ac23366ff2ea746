//! Problems in a line, without its content.

use std::fmt;

/// A problem in a line, and its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) column: usize,
    pub(crate) words: String,
}

const BLANK: &str = "the line is blank: expected one JSON object";

impl Problem {
    /// The problem of a line with nothing in it.
    pub(super) fn blank() -> Self {
        Self {
            column: 1,
            words: BLANK.to_owned(),
        }
    }

    /// The parser's message about a line, without the position in it. An error at the end of the line
    /// has no position, so it gets that of the last byte.
    pub(super) fn of(error: &serde_json::Error, line: &str) -> Self {
        let message = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let words = message.strip_suffix(&position).unwrap_or(&message);
        let words = if line.starts_with('\u{feff}') {
            "the line starts with a byte order mark: save the file as UTF-8 without one"
        } else if line.trim().is_empty() {
            BLANK
        } else if error.is_eof() {
            "the line ends before its JSON object does"
        } else {
            match words {
                "expected value" => "expected a JSON value",
                "trailing characters" => "trailing characters: expected one JSON object a line",
                words => words,
            }
        };
        let words = words.to_owned();
        let column = if error.line() == 0 {
            line.len()
        } else {
            error.column()
        };
        Self {
            column: column.max(1),
            words,
        }
    }

    /// A problem in a document, which is a whole line. The column is that of the end of the line.
    #[cfg(feature = "interchange")]
    pub(crate) fn of_document(line: &[u8], words: String) -> Self {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Self {
            column: line.len().max(1),
            words,
        }
    }

    fn not_utf8(error: std::str::Utf8Error) -> Self {
        let column = error.valid_up_to().saturating_add(1);
        Self {
            column,
            words: "not UTF-8".to_owned(),
        }
    }

    pub(super) fn lone_return(column: usize) -> Self {
        let words = "a carriage return within the line: end each line with a line feed";
        Self {
            column,
            words: words.to_owned(),
        }
    }

    pub(super) fn too_long() -> Self {
        Self {
            column: 1,
            words: "the line is too long: expected at most 256 MiB".to_owned(),
        }
    }
}

/// The text of a line, without its line feed. The parser would count a new line after it.
#[inline]
pub(super) fn text_of(line: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line)).map_err(Problem::not_utf8)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.words)
    }
}
