//! The main job: rows past the gate, and what became of them.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::Path;

use consent_gate::Ledger;
use consent_gate::json::read_consents;

use crate::args::{Args, Question};
use crate::failure::Failure;
use crate::input;
use crate::pages::{Page, Pages};
use crate::passage::{Keeper, Passage};
use crate::report::{WholeReport, write_report};
use crate::threads;

/// Does what the arguments ask for.
pub(crate) fn run(args: &Args, question: &Question) -> Result<(), Failure> {
    let out = args.out.as_deref().filter(|_| !args.replay);
    let mut pages = Pages::create(out, args.withheld.as_deref())?;
    let mut report_page = args.report.as_deref().map(Page::create).transpose()?;

    let ledger = consents(&args.consents, question)?;
    // Before there is a snapshot, so that what is worked out for either is never held at once.
    let digest = report_page.as_ref().map(|_| ledger.digest());
    let replay = question.gate.replay();
    let passage = if args.replay {
        Passage::Replay(&replay)
    } else {
        Passage::Open(&question.gate)
    };
    let keeper = Keeper {
        passage,
        reader: &question.reader,
        snapshot: &passage.snapshot(&ledger),
    };
    let (rows, bar) = input::open(&args.rows).map_err(|error| Failure::at(&args.rows, error))?;
    let failed = |line, error| Failure::at(&args.rows, format_args!("after line {line}: {error}"));
    let report = match args.threads() {
        NonZeroUsize::MIN => keeper.pass(rows, |line, fate| pages.tell(line, fate), failed)?,
        threads => threads::pass(threads, keeper, rows, &mut pages, failed)?,
    };
    bar.finish_and_clear();

    if let (Some(page), Some(digest)) = (&mut report_page, digest) {
        let whole = WholeReport::new(&report, question, &ledger, digest, args.replay)?;
        page.write(|file| write_report(file, &whole))?;
    }
    // The rows come last: where they stand, everything about them does too.
    let [withheld_page, out_page] = pages.into_parts();
    let written = [report_page, withheld_page, out_page];
    let mut finished = Vec::new();
    for Page { path, file } in written.into_iter().flatten() {
        let file = file.finish().map_err(|error| Failure::at(path, error))?;
        finished.push((path, file));
    }
    for (path, file) in finished {
        file.publish().map_err(|error| Failure::at(path, error))?;
    }
    if io::stderr().is_terminal() {
        eprintln!("{report}");
    }
    Ok(())
}

fn consents(path: &Path, question: &Question) -> Result<Ledger, Failure> {
    let (file, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
    let ledger = read_consents(file, question.on_unreadable);
    bar.finish_and_clear();
    ledger.map_err(|error| Failure::at(path, error))
}
