//! The main job: rows past the gate, and what became of them.

use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::Path;

use consent_gate::json::read_consents;
use consent_gate::{Ledger, OwnRecords, Report};

use crate::args::{Args, Question};
use crate::failure::Failure;
use crate::input;
use crate::output::{Finished, Output, create_folder};
use crate::pages::{Page, Pages};
use crate::passage::{Keeper, Passage};
use crate::report::{WholeReport, write_report};
use crate::shards::{Plan, Shard, is_stream};
use crate::threads;

/// Does what the arguments ask for.
pub(crate) fn run(args: &Args, question: &Question, plan: &Plan<'_>) -> Result<(), Failure> {
    plan.shards.iter().try_for_each(is_there)?;
    for folder in &plan.folders {
        create_folder(folder).map_err(|error| Failure::at(folder, error))?;
    }
    let opened = |shard| Pages::create(shard).map(|pages| (shard, pages));
    let mut shards = plan.shards.iter().map(opened);
    // The files of the first shard come before the long work, the others each in its turn.
    let first = shards.next().transpose()?;
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
    let snapshot = passage.snapshot(&ledger);
    let keeper = Keeper {
        passage,
        reader: &question.reader,
        source: OwnRecords::added_to(&snapshot, &ledger),
    };
    let mut report = Report::new();
    let mut written = Vec::new();
    for opened in first.map(Ok).into_iter().chain(shards) {
        let (shard, mut pages) = opened?;
        report.merge(&pass(keeper, shard, &mut pages, args.threads())?);
        written.push(pages.finish()?);
    }
    if let (Some(page), Some(digest)) = (&mut report_page, digest) {
        let whole = WholeReport::new(&report, question, &ledger, digest, args.replay)?;
        page.write(|file| write_report(file, &whole))?;
    }
    publish(report_page.map(Page::finish).transpose()?, written)?;
    if io::stderr().is_terminal() {
        eprintln!("{report}");
    }
    Ok(())
}

/// Tells of a file that is missing before the work for other files is done.
fn is_there(shard: &Shard<'_>) -> Result<(), Failure> {
    if !is_stream(shard.rows) {
        fs::metadata(shard.rows).map_err(|error| Failure::at(shard.rows, error))?;
    }
    Ok(())
}

/// Decides on the rows of a shard.
fn pass(
    keeper: Keeper<'_, '_>,
    shard: &Shard<'_>,
    pages: &mut Pages<'_, Output>,
    threads: NonZeroUsize,
) -> Result<Report, Failure> {
    let path = shard.rows;
    let (rows, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
    let failed = |line, error| Failure::at(path, format_args!("after line {line}: {error}"));
    let report = match threads {
        NonZeroUsize::MIN => keeper.pass(rows, |line, fate| pages.tell(line, fate), failed)?,
        threads => threads::pass(threads, keeper, rows, pages, failed)?,
    };
    bar.finish_and_clear();
    Ok(report)
}

/// Gives everything its name. The rows come last: where they stand, everything about them does too.
fn publish(
    report: Option<Page<'_, Finished>>,
    written: Vec<Pages<'_, Finished>>,
) -> Result<(), Failure> {
    let (rows, lists): (Vec<_>, Vec<_>) = written
        .into_iter()
        .map(|pages| (pages.out, pages.withheld))
        .unzip();
    let about = report.into_iter().chain(lists.into_iter().flatten());
    about
        .chain(rows.into_iter().flatten())
        .try_for_each(Page::publish)
}

fn consents(path: &Path, question: &Question) -> Result<Ledger, Failure> {
    let (file, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
    let ledger = read_consents(file, question.on_unreadable);
    bar.finish_and_clear();
    ledger.map_err(|error| Failure::at(path, error))
}
