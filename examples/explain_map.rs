//! Shows what a map makes of the first documents of an export, and what each statement leaves open:
//! `cargo run --example explain_map -- consents.map.toml export.jsonl`. Nobody is named.

#![allow(clippy::print_stdout, reason = "a program speaks to people")]

use std::error::Error;
use std::fs;

use consent_gate::Statement;
use consent_gate::interchange::{Documents, Gaps, PreferenceMap};
use consent_gate::json::lines;

/// How many documents are explained.
const DOCUMENTS: usize = 10;

/// The map and the export that are explained without arguments.
const SAMPLE: [&str; 2] = [
    "examples/data/onetrust/consents.map.toml",
    "examples/data/onetrust/export.jsonl",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let [map, export] = SAMPLE.map(|sample| arguments.next().unwrap_or_else(|| sample.to_owned()));
    let text = fs::read_to_string(&map)?;
    let read = if map.strip_suffix(".json").is_some() {
        PreferenceMap::from_json(&text)
    } else {
        PreferenceMap::from_toml(&text)
    };
    let read = read.map_err(|error| format!("{map}: {error}"))?;
    for (line, document) in (1..).zip(lines(&fs::read(&export)?)).take(DOCUMENTS) {
        match read.read(document) {
            Err(error) => println!("line {line}: unreadable: {error}"),
            Ok(imported) => {
                for record in imported.records() {
                    let (_, switch) = record.id().as_str().rsplit_once('#').unwrap_or_default();
                    let (what, gaps) = match record.statement() {
                        Statement::Grant { .. } => ("a yes", Gaps::of(record).to_string()),
                        Statement::Denial { .. } => ("a no", "it needs nothing else".to_owned()),
                        Statement::NonDecision { .. } => {
                            ("neither", "it grants nothing".to_owned())
                        }
                    };
                    let at = record.statement().at();
                    let at = at.map_or_else(|| "for ever".to_owned(), |at| at.to_string());
                    println!("line {line}: `{switch}`: {what}, {at}: {gaps}");
                }
            }
        }
    }
    Ok(())
}
