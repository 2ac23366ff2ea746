//! Rows as JSON Lines in memory, from bytes to bytes.

use std::collections::HashMap;

use consent_gate::json::{Chunk, LineChunks, RowReader, lines};
use consent_gate::{GatedIterator, Ledger, Snapshot, parse_instant};
use serde::Deserialize;
use time::UtcDateTime;

use super::{GRANTED, Numbers, PEOPLE, consent, gate, name};

pub(crate) struct Rows {
    text: Vec<u8>,
    snapshot: Snapshot,
    /// What a program by hand would keep of the consents: from when on rows are covered.
    covered_from: HashMap<String, UtcDateTime>,
}

/// The few fields that a program by hand reads.
#[derive(Deserialize)]
struct Needed<'a> {
    subject: &'a str,
    collected_at: &'a str,
    #[serde(borrow)]
    data: Vec<&'a str>,
}

impl Rows {
    /// Rows of about `bytes` bytes, of which about `passing` in 1,024 pass.
    pub(crate) fn of(rows: usize, bytes: usize, passing: u64) -> Self {
        let ledger: Ledger = (0..PEOPLE).map(consent).collect();
        let people = (0..PEOPLE).map(|person| (name(person), GRANTED));
        let mut numbers = Numbers::new();
        let mut text = String::new();
        for row in 0..rows {
            let person = usize::try_from(numbers.below(PEOPLE as u64)).expect("a place");
            let month = if numbers.below(1024) < passing {
                "10"
            } else {
                "06"
            };
            let words = "the quick brown fox jumps over the lazy dog; ".repeat(bytes / 40);
            let start = format!(
                r#"{{"id":"p{row}","subject":"{}","collected_at":"2024-{month}-15T12:00:00Z","data":["posts"],"lang":"en","likes":{},"text":""#,
                name(person),
                row % 1000,
            );
            text.push_str(&start);
            text.push_str(&words[..bytes.saturating_sub(start.len() + 3).min(words.len())]);
            text.push_str("\\n\"}\n");
        }
        Self {
            text: text.into_bytes(),
            snapshot: Snapshot::new(&gate(), &ledger),
            covered_from: people.collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn by_gate(&self) -> Vec<u8> {
        let reader = RowReader::new();
        let source = self.snapshot.refusing_embedded();
        let mut out = Vec::with_capacity(self.text.len());
        let mut chunks = LineChunks::new(self.text.as_slice());
        while let Some(Chunk::Lines(text)) = chunks.next_chunk().expect("memory") {
            let rows = lines(text).map(|line| reader.read(line));
            for row in rows.consented_ok(source) {
                out.extend_from_slice(row.expect("a row").line());
            }
        }
        out
    }

    pub(crate) fn by_hand(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len());
        for line in self.text.split_inclusive(|byte| *byte == b'\n') {
            let row: Needed<'_> = serde_json::from_slice(line).expect("a row");
            let collected_at = parse_instant(row.collected_at).expect("an instant");
            let covered = self.covered_from.get(row.subject);
            if covered.is_some_and(|from| collected_at >= *from) && row.data == ["posts"] {
                out.extend_from_slice(line);
            }
        }
        out
    }

    pub(crate) fn copied(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len());
        let mut chunks = LineChunks::new(self.text.as_slice());
        while let Some(Chunk::Lines(text)) = chunks.next_chunk().expect("memory") {
            out.extend_from_slice(text);
        }
        out
    }
}
