//! The data that the program ships with, and the story that it tells.

use std::io::{self, Write};

use consent_gate::json::{OnUnreadable, RowReader, read_consents};
use consent_gate::{Gate, Purposes, Snapshot};
use time::macros::utc_datetime;

use crate::args::Question;
use crate::consents::Consents;
use crate::failure::Failure;
use crate::passage::{Fate, Keeper};
use crate::report::{WholeReport, write_report};

const CONSENTS: &[u8] = include_bytes!("../data/consents.jsonl");
const POSTS: &[u8] = include_bytes!("../data/posts.jsonl");

const BEGINNING: &str = "\
July 2024. People notice that the platform x has been feeding their posts to the
chatbot of its sister company xai. The switch that allowed it had been turned on
for them; nobody had asked; it could be turned off on the web and not in the
app.

This is the outcome for their posts at a gate. The question:

";

/// Runs the gate on the shipped data and prints the outcome of each post.
pub(crate) fn tell() -> Result<(), Failure> {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let on_unreadable = OnUnreadable::Stop;
    let question = Question {
        gate,
        reader: RowReader::new(),
        on_unreadable,
    };
    let ledger = read_consents(CONSENTS, on_unreadable)?;
    let snapshot = Snapshot::new(&question.gate, &ledger);
    let keeper = Keeper {
        reader: &question.reader,
        source: snapshot.with_embedded(&ledger),
    };

    let mut page = io::stdout().lock();
    writeln!(page, "{BEGINNING}{}\n", folded(&question.gate.to_string()))?;
    let report = keeper.pass(
        POSTS,
        |line, fate| {
            let (row, fate, why) = match fate {
                Fate::Consented(row) => {
                    let grants: Vec<&str> = row.grants().iter().collect();
                    let why = format!("with the consent {}", grants.join(" and "));
                    (row.id(), "passes", why)
                }
                Fate::Withheld(row, reasons) => (row.id(), "withheld", reasons.to_string()),
                Fate::Unreadable(error) => (None, "unreadable", error.to_string()),
                Fate::WouldPass => (None, "would pass", String::new()),
            };
            let name = row.map_or_else(|| format!("line {line}"), |id| id.replace('"', ""));
            write_row(&mut page, &name, fate, &why)?;
            Ok(())
        },
        |_, error| Failure::from(error),
    )?;
    writeln!(page, "\n{report}\n\nThe report, as --report writes it:\n")?;
    write_report(
        &mut page,
        &WholeReport::new(&report, &question, &Consents::of(&ledger, 0), false)?,
    )?;
    Ok(())
}

/// A row of the table, with its reasons below it.
fn write_row(page: &mut impl Write, name: &str, fate: &str, why: &str) -> io::Result<()> {
    writeln!(page, "{name:<40} {fate}")?;
    let mut reasons = why.split("; ").filter(|reason| !reason.is_empty());
    reasons.try_for_each(|reason| writeln!(page, "{}", folded(reason)))
}

/// The width of a page.
const WIDTH: usize = 80;

/// A text that is indented and fits the page.
fn folded(text: &str) -> String {
    let options = textwrap::Options::new(WIDTH);
    textwrap::fill(
        text,
        options.initial_indent("    ").subsequent_indent("      "),
    )
}
