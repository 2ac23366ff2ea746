//! What an unreadable line may contain.

use serde::de::IgnoredAny;

use super::problem::Problem;

/// The problem of a line with a carriage return that does not end it. Some programs begin a new line
/// there, so what follows may be another record.
pub(super) fn lone_return(line: &[u8]) -> Option<Problem> {
    let ended = line.strip_suffix(b"\r\n");
    let text = ended.unwrap_or(line);
    // The search for one byte is fast, and nearly every line ends here.
    if !text.contains(&b'\r') {
        return None;
    }
    let position = text.iter().position(|byte| *byte == b'\r')?;
    Some(Problem::lone_return(position.saturating_add(1)))
}

/// The parts of an unreadable line of which each may be a record: each JSON value, and behind the
/// last one that can be read, what carriage returns and the ends of objects divide. At least one.
pub(super) fn records_within(line: &[u8]) -> Vec<&[u8]> {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(Ok(_)) = values.next() {
        let end = values.byte_offset();
        parts.extend(line.get(start..end));
        start = end;
    }
    let mut rest = line.get(start..).unwrap_or_default();
    while let Some(end) = end_of_part(rest) {
        let (part, behind) = rest.split_at(end);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts.retain(|part| !part.trim_ascii().is_empty());
    if parts.is_empty() {
        parts.push(line);
    }
    parts
}

/// The position behind the first carriage return, or the first `}` that a `{` follows.
fn end_of_part(text: &[u8]) -> Option<usize> {
    let mut is_closed = false;
    for (position, byte) in text.iter().enumerate() {
        match byte {
            b'\r' => return Some(position.saturating_add(1)),
            b'{' if is_closed => return Some(position),
            b'}' => is_closed = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => is_closed = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Vec<String> {
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        records_within(line.as_bytes())
            .into_iter()
            .map(text)
            .collect()
    }

    #[test]
    fn each_part_that_may_be_a_record_is_found() {
        assert_eq!(parts(""), [""]);
        assert_eq!(parts("{}"), ["{}"]);
        assert_eq!(parts("{}{}\n"), ["{}", "{}"]);
        assert_eq!(parts("{} x"), ["{}", " x"]);
        assert_eq!(parts("{\r}"), ["{\r}"]);
        assert_eq!(parts("x\r{}\r{} "), ["x\r", "{}\r", "{} "]);
        assert_eq!(parts("{,} {\"a\":1}{}"), ["{,} ", "{\"a\":1}", "{}"]);
        assert_eq!(parts("{},{}"), ["{}", ",{}"]);
    }

    #[test]
    fn only_a_return_that_ends_no_line_is_alone() {
        for line in [&b""[..], b"\n", b"{}\r\n", b"{}"] {
            assert_eq!(lone_return(line), None, "{line:?}");
        }
        for line in [&b"\r"[..], b"{}\r{}\n", b"{}\r\r\n", b"{}\r"] {
            assert!(lone_return(line).is_some(), "{line:?}");
        }
    }
}
