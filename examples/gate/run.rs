//! A run over files: it plans the outputs, decides on the rows, and publishes the files.

use std::collections::HashSet;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use consent_gate::Report;

use crate::aliases::Aliases;
use crate::args::{Args, NearMisses, Question};
use crate::consents::OnFile;
use crate::failure::Failure;
use crate::input;
use crate::interruption::uninterrupted;
use crate::output::{Finished, Output, Published, create_folder, make_room, stray_file};
use crate::pages::{FirstUnreadable, Page, Pages};
use crate::passage::{Keeper, Passage};
use crate::report::{WholeReport, write_report};
use crate::shards::{Plan, Shard};
use crate::streams::is_stdin;
use crate::threads;

/// Runs the program with these arguments.
pub(crate) fn run(args: &Args, plan: &Plan<'_>) -> Result<(), Failure> {
    let inputs = [&args.consents, &args.snapshot, &args.aliases, &args.map];
    let inputs = inputs.into_iter().flatten().chain(&args.rows);
    inputs.map(PathBuf::as_path).try_for_each(is_there)?;
    prepare(plan, args.overwrite)?;
    let aliases = args.aliases.as_deref().map(Aliases::read).transpose()?;
    let aliases = aliases.unwrap_or_default();
    let question = args.question(&aliases.parties);
    let question = question.map_err(|error| Failure(error.to_string()))?;
    if args.replay {
        run_as(&question.gate.replay(), args, &aliases, &question, plan)
    } else {
        run_as(&question.gate, args, &aliases, &question, plan)
    }
}

fn run_as<Q: Passage + Sync>(
    asker: &Q,
    args: &Args,
    aliases: &Aliases,
    question: &Question,
    plan: &Plan<'_>,
) -> Result<(), Failure> {
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

    let on_file = OnFile::read(args, aliases, question, asker)?;
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
    // The file and the first unreadable row of it.
    let mut unreadable: Option<(&Path, FirstUnreadable)> = None;
    for opened in first.map(Ok).into_iter().chain(shards) {
        let (shard, mut pages) = opened?;
        report.merge(&pass(keeper, shard, &mut pages, args.threads())?);
        let first = pages.first_unreadable();
        unreadable = unreadable.or_else(|| first.map(|first| (shard.rows, first)));
        written.push(pages.finish()?);
    }
    if let (Some(page), Some(consents)) = (&mut report_page, on_file.consents()) {
        let whole = WholeReport::new(&report, question, consents, Q::IS_REPLAY)?;
        page.write(|file| write_report(file, &whole))?;
    }
    let report_page = report_page.map(Page::finish).transpose()?;
    uninterrupted(|| publish(saved.into_iter().chain(report_page), written))?;
    if !args.quiet {
        eprintln!("{report}");
    }
    note(&report, on_file.unattributed(), unreadable.as_ref());
    if args.near_misses == NearMisses::Withhold {
        note_near_misses(on_file.near_misses());
    }
    if args.fail_on_unreadable && report.unreadable() > 0 {
        let number = report.unreadable();
        return Err(Failure(format!(
            "--fail-on-unreadable: {number} rows are unreadable"
        )));
    }
    Ok(())
}

/// Says on standard error what a successful run may hide.
fn note(report: &Report, unattributed: u64, unreadable: Option<&(&Path, FirstUnreadable)>) {
    if unattributed > 0 {
        eprintln!(
            "gate: note: {unattributed} unreadable consent records do not name a person: a \
             withdrawal among them has no effect until it is repaired"
        );
    }
    if let Some((path, first)) = unreadable
        && report.unreadable() == report.seen()
    {
        eprintln!(
            "gate: note: none of the {} rows could be read: {}: {first}; --withheld FILE lists the \
             reasons",
            report.seen(),
            path.display()
        );
    } else if report.seen() > 0 && report.consented() == 0 {
        eprintln!(
            "gate: note: no row passed; the page of rules says what meets each rule, and --withheld FILE \
             lists the rules that each row fails"
        );
    }
}

/// Says on standard error why people are withheld who did not say no themselves.
fn note_near_misses(near_misses: Option<u64>) {
    if let Some(near_misses @ 1..) = near_misses {
        eprintln!(
            "gate: note: {near_misses} ids of denials differ only in form from ids of grants: whoever \
             granted is withheld (R2); repair the ids, name them in --aliases, or give \
             --near-misses count"
        );
    }
}

/// Makes room for the outputs, before anything is read: no file of an earlier run may be taken for
/// one of this run.
fn prepare(plan: &Plan<'_>, may_overwrite: bool) -> Result<(), Failure> {
    let known: HashSet<PathBuf> = plan.outputs().map(Path::to_owned).collect();
    for folder in &plan.named_folders {
        let stray = stray_file(folder, &known).map_err(|error| Failure::at(folder, error))?;
        if let Some(stray) = stray {
            return Err(Failure::at(
                &stray,
                "not a file that this run writes; remove it, or name another folder",
            ));
        }
    }
    let check = |path: &Path, may_overwrite| {
        make_room(path, may_overwrite).map_err(|error| Failure::at(path, error))
    };
    if may_overwrite {
        plan.outputs().try_for_each(|path| check(path, true))?;
    }
    plan.outputs().try_for_each(|path| check(path, false))?;
    for folder in &plan.folders {
        create_folder(folder).map_err(|error| Failure::at(folder, error))?;
    }
    Ok(())
}

/// Fails for a missing file before the work on other files is done.
fn is_there(input: &Path) -> Result<(), Failure> {
    if is_stdin(input) {
        return Ok(());
    }
    let found = fs::metadata(input).map_err(|error| Failure::at(input, error))?;
    if found.is_dir() {
        let words = "is a folder; name a file, and several files of rows each with --rows";
        return Err(Failure::at(input, words));
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
    let (rows, bar) = input::open_lines(path).map_err(|error| Failure::at(path, error))?;
    let failed = |line, error| match line {
        0 => Failure::at(path, error),
        line => Failure::at(path, format_args!("after line {line}: {error}")),
    };
    let report = match threads {
        NonZeroUsize::MIN => {
            keeper.pass(rows, |line, fate| pages.tell_at_once(line, fate), failed)?
        }
        threads => threads::pass(threads, keeper, rows, pages, failed)?,
    };
    bar.finish_and_clear();
    Ok(report)
}

/// Gives each file its name, or none of them. The rows come last: when they exist, the files about
/// them exist too.
fn publish<'p>(
    about: impl Iterator<Item = Page<'p, Finished>>,
    written: Vec<Pages<'p, Finished>>,
) -> Result<(), Failure> {
    let (rows, lists): (Vec<_>, Vec<_>) = written
        .into_iter()
        .map(|pages| (pages.out, pages.withheld))
        .unzip();
    let about = about.chain(lists.into_iter().flatten());
    let mut published = Vec::new();
    for page in about.chain(rows.into_iter().flatten()) {
        match page.publish() {
            Ok(page) => published.push(page),
            Err(failure) => {
                published.into_iter().for_each(Published::take_back);
                return Err(failure);
            }
        }
    }
    Ok(())
}
