//! A run over files: it plans the outputs, decides on the rows, and publishes the files.

use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use consent_gate::Report;

use crate::args::{Args, Question};
use crate::consents::OnFile;
use crate::failure::Failure;
use crate::input;
use crate::output::{Finished, Output, create_folder};
use crate::pages::{Page, Pages};
use crate::passage::{Keeper, Passage};
use crate::report::{WholeReport, write_report};
use crate::shards::{Plan, Shard, is_stream};
use crate::threads;

/// Runs the program with these arguments.
pub(crate) fn run(args: &Args, question: &Question, plan: &Plan<'_>) -> Result<(), Failure> {
    if args.replay {
        run_as(&question.gate.replay(), args, question, plan)
    } else {
        run_as(&question.gate, args, question, plan)
    }
}

fn run_as<Q: Passage + Sync>(
    asker: &Q,
    args: &Args,
    question: &Question,
    plan: &Plan<'_>,
) -> Result<(), Failure> {
    plan.shards.iter().try_for_each(is_there)?;
    for folder in &plan.folders {
        create_folder(folder).map_err(|error| Failure::at(folder, error))?;
    }
    let opened = |shard| Pages::create(shard).map(|pages| (shard, pages));
    let mut shards = plan.shards.iter().map(opened);
    // The files of the first shard are created before the long work, to fail early.
    let first = shards.next().transpose()?;
    let mut report_page = args.report.as_deref().map(Page::create).transpose()?;

    let save_page = args
        .save_snapshot
        .as_deref()
        .map(Page::create)
        .transpose()?;

    let on_file = OnFile::read(args, question, asker)?;
    let saved = save_page.map(|mut page| {
        on_file.save(&mut page)?;
        page.finish()
    });
    let saved = saved.transpose()?;
    let keeper = Keeper {
        reader: &question.reader,
        source: on_file.source(),
    };
    let mut report = Report::new();
    let mut written = Vec::new();
    for opened in first.map(Ok).into_iter().chain(shards) {
        let (shard, mut pages) = opened?;
        report.merge(&pass(keeper, shard, &mut pages, args.threads())?);
        written.push(pages.finish()?);
    }
    if let (Some(page), Some(consents)) = (&mut report_page, on_file.consents()) {
        let whole = WholeReport::new(&report, question, consents, Q::IS_REPLAY)?;
        page.write(|file| write_report(file, &whole))?;
    }
    let report_page = report_page.map(Page::finish).transpose()?;
    publish(saved.into_iter().chain(report_page), written)?;
    if io::stderr().is_terminal() {
        eprintln!("{report}");
    }
    note(&report, on_file.unattributed(), args.withheld.is_some());
    Ok(())
}

/// Says on standard error what a successful run may hide.
fn note(report: &Report, unattributed: u64, is_listed: bool) {
    if unattributed > 0 {
        eprintln!(
            "gate: note: {unattributed} unreadable consent records do not name a person: a \
             withdrawal among them has no effect until it is repaired"
        );
    }
    if report.seen() > 0 && report.unreadable() == report.seen() {
        let why = if is_listed {
            "the file of --withheld has the reasons"
        } else {
            "--withheld FILE lists the reasons"
        };
        eprintln!(
            "gate: note: none of the {} rows could be read: {why}",
            report.seen()
        );
    }
}

/// Fails for a missing file before the work on other files is done.
fn is_there(shard: &Shard<'_>) -> Result<(), Failure> {
    if !is_stream(shard.rows) {
        fs::metadata(shard.rows).map_err(|error| Failure::at(shard.rows, error))?;
    }
    Ok(())
}

/// Decides on the rows of a shard.
fn pass(
    keeper: Keeper<'_, impl Passage + Sync>,
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

/// Gives each file its name. The rows come last: when they exist, the files about them exist too.
fn publish<'p>(
    about: impl Iterator<Item = Page<'p, Finished>>,
    written: Vec<Pages<'p, Finished>>,
) -> Result<(), Failure> {
    let (rows, lists): (Vec<_>, Vec<_>) = written
        .into_iter()
        .map(|pages| (pages.out, pages.withheld))
        .unzip();
    let about = about.chain(lists.into_iter().flatten());
    about
        .chain(rows.into_iter().flatten())
        .try_for_each(Page::publish)
}
