//! The adapters on parallel iterators: the same decisions as one after the other, each counted
//! once, in whatever pieces the work is done and however it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use consent_gate::{
    Consented, Decided, EmbeddedRecords, Gate, GatedIterator, GatedSource, OnFile,
    ParallelGatedIterator, Purposes, Report, Snapshot,
};
use proptest::prelude::*;
use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelBridge,
    ParallelIterator,
};

use crate::numbered::{Broken, Nth, counts, given, results, told};
use crate::oracle::Answer;
use crate::strategies::{Row, a_world, ledger};
use crate::world::{AS_OF, gate_of, grant};

/// Rows in pieces of one, so that even a few of them are much work for rayon.
fn rows(upto: u32) -> impl IndexedParallelIterator<Item = Nth> + Clone {
    (0..upto).into_par_iter().with_max_len(1).map(Nth)
}

/// Every third row is broken, counting from the third.
fn parallel_results(upto: u32) -> impl IndexedParallelIterator<Item = Result<Nth, Broken>> {
    let all: Vec<_> = results(upto).collect();
    all.into_par_iter().with_max_len(1)
}

/// The counts add up, and every withheld row has one primary reason.
#[track_caller]
fn adds_up(report: &Report) {
    let [seen, consented, withheld, unreadable] = counts(report);
    assert_eq!(seen, consented + withheld + unreadable);
    let primary: u64 = report.primary().map(|(_, times)| times).sum();
    assert_eq!(primary, withheld);
}

/// A source that counts how often it answered. It panics at the row with index nine.
struct Counting {
    answers: AtomicU64,
    fails: bool,
}

impl Counting {
    fn new(fails: bool) -> Self {
        Self {
            answers: AtomicU64::new(0),
            fails,
        }
    }

    fn on_file(&self, row: Nth, subject: &str) -> OnFile<'static> {
        assert!(!self.fails || row.0 != 9, "the source fails");
        self.answers.fetch_add(1, Relaxed);
        let records = (subject == "u1").then(|| grant().record());
        OnFile::complete(records.into_iter().collect::<Vec<_>>())
    }

    fn answers(&self) -> u64 {
        self.answers.load(Relaxed)
    }
}

/// What each adapter yields.
#[test]
fn consented_yields_the_rows_that_may_be_used_in_their_order() {
    let (gate, ledger) = given();
    let (passed, report) = rows(1000)
        .consented(gate.with(&ledger))
        .counted(|rows| rows.map(|row| row.0).collect::<Vec<_>>());
    assert_eq!(passed, (0..1000).step_by(2).collect::<Vec<_>>());
    assert_eq!(counts(&report), [1000, 500, 500, 0]);
}

/// What each adapter yields.
#[test]
fn decided_yields_every_row_in_its_order() {
    let (gate, ledger) = given();
    let (all, report) = rows(1000)
        .decided(gate.with(&ledger))
        .counted(|rows| rows.map(|row| told(&row)).collect::<Vec<_>>());
    let expected: Vec<_> = (0..1000).map(|n| (n, n % 2 == 0)).collect();
    assert_eq!(all, expected);
    assert_eq!(counts(&report), [1000, 500, 500, 0]);
}

/// What each adapter yields: errors pass through untouched and in their place.
#[test]
fn results_yield_what_they_would_one_after_the_other() {
    let (gate, ledger) = given();
    for upto in [0, 1, 3, 9, 600] {
        let mut consented = results(upto).consented_ok(gate.with(&ledger));
        let expected: Vec<_> = consented.by_ref().map(|row| row.map(|row| row.0)).collect();
        let (found, report) = parallel_results(upto)
            .consented_ok(gate.with(&ledger))
            .counted(|rows| rows.map(|row| row.map(|row| row.0)).collect::<Vec<_>>());
        assert_eq!(found, expected);
        assert_eq!(&report, consented.report());

        let mut decided = results(upto).decided_ok(gate.with(&ledger));
        let expected: Vec<_> = decided
            .by_ref()
            .map(|row| row.map(|row| told(&row)))
            .collect();
        let (found, report) = parallel_results(upto)
            .decided_ok(gate.with(&ledger))
            .counted(|rows| {
                let told = rows.map(|row| row.map(|row| told(&row)));
                told.collect::<Vec<_>>()
            });
        assert_eq!(found, expected);
        assert_eq!(&report, decided.report());
    }
}

/// Where the rows have indices, so do the decisions.
#[test]
fn every_row_that_is_decided_on_keeps_its_place() {
    let (gate, ledger) = given();
    let is_even = |n: u32| n.is_multiple_of(2);
    assert_eq!(rows(7).decided(gate.with(&ledger)).len(), 7);
    assert_eq!(rows(7).decided(gate.with(&ledger)).opt_len(), Some(7));
    assert_eq!(parallel_results(7).decided_ok(gate.with(&ledger)).len(), 7);
    assert_eq!(
        parallel_results(7).decided_ok(gate.with(&ledger)).opt_len(),
        Some(7)
    );

    let (zipped, report) = rows(500).decided(gate.with(&ledger)).counted(|rows| {
        rows.zip(0..500_u32)
            .all(|(row, n)| told(&row) == (n, is_even(n)))
    });
    assert!(zipped);
    assert_eq!(counts(&report), [500, 250, 250, 0]);

    let mut collected = Vec::new();
    rows(500)
        .decided(gate.with(&ledger))
        .collect_into_vec(&mut collected);
    let places: Vec<u32> = collected.iter().map(|row| told(row).0).collect();
    assert_eq!(places, (0..500).collect::<Vec<_>>());

    let (backwards, report) = rows(500).decided(gate.with(&ledger)).counted(|rows| {
        let numbered = rows.rev().enumerate();
        numbered
            .map(|(place, row)| (place, told(&row).0))
            .collect::<Vec<_>>()
    });
    assert_eq!(backwards, (0..500).zip((0..500).rev()).collect::<Vec<_>>());
    assert_eq!(counts(&report), [500, 250, 250, 0]);

    let (zipped, report) = parallel_results(500)
        .decided_ok(gate.with(&ledger))
        .counted(|rows| {
            rows.zip(0..500_u32).all(|(row, n)| match row {
                Ok(row) => told(&row) == (n, is_even(n)),
                Err(error) => error == Broken(n) && n % 3 == 2,
            })
        });
    assert!(zipped);
    assert_eq!(counts(&report), [500, 167, 167, 166]);
}

/// Zipped with a shorter iterator, or run on a part of the rows, an adapter counts exactly the rows that it decided on.
#[test]
fn a_part_of_the_rows_counts_what_was_decided_on() {
    let (gate, _) = given();
    for (skipped, taken) in [(0, 5), (3, 4), (9, 0), (0, 20)] {
        let source = Counting::new(false);
        let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
        let (places, report) = rows(20).decided(gate.with(asked)).counted(|rows| {
            let part = rows.skip(skipped).take(taken).zip(0..20_u32);
            part.map(|(row, _)| told(&row).0).collect::<Vec<_>>()
        });
        let expected: Vec<u32> = (0..20).skip(skipped).take(taken).collect();
        assert_eq!(places, expected);
        assert_eq!(report.seen(), source.answers());
        assert!(report.seen() >= u64::try_from(expected.len()).unwrap());
        adds_up(&report);
    }
}

/// Rows without indices, such as those of an iterator that many threads pull from.
#[test]
fn rows_without_a_place_are_decided_all_the_same() {
    let (gate, ledger) = given();
    let (mut passed, report) = (0..1000)
        .map(Nth)
        .par_bridge()
        .consented(gate.with(&ledger))
        .counted(|rows| rows.map(|row| row.0).collect::<Vec<_>>());
    passed.sort_unstable();
    assert_eq!(passed, (0..1000).step_by(2).collect::<Vec<_>>());
    assert_eq!(counts(&report), [1000, 500, 500, 0]);

    let odd = rows(1000).filter(|row| row.0 % 2 == 1);
    let odd = odd.decided(gate.with(&ledger));
    assert_eq!(odd.opt_len(), None);
    let (withheld, report) = odd.counted(|rows| rows.filter(|row| !told(row).1).count());
    assert_eq!(withheld, 500);
    assert_eq!(counts(&report), [500, 0, 500, 0]);
}

/// Nothing happens before the iterator is run.
#[test]
fn making_an_adapter_takes_no_row_and_asks_no_source() {
    let (gate, _) = given();
    let taken = AtomicU64::new(0);
    let source = Counting::new(false);
    let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
    let rows = || {
        rows(9).inspect(|_| {
            taken.fetch_add(1, Relaxed);
        })
    };
    drop(rows().consented(gate.with(asked)));
    drop(rows().decided(gate.with(asked)));
    drop(rows().map(Ok::<_, Broken>).consented_ok(gate.with(asked)));
    drop(rows().map(Ok::<_, Broken>).decided_ok(gate.with(asked)));
    let ((), report) = rows().decided(gate.with(asked)).counted(|rows| drop(rows));
    assert_eq!((taken.load(Relaxed), source.answers()), (0, 0));
    assert_eq!(report, Report::new());
}

/// Without rows there is nothing to count.
#[test]
fn no_rows_are_no_counts() {
    let (gate, ledger) = given();
    let none = || Vec::<Nth>::new().into_par_iter();
    let (passed, report) = none()
        .consented(gate.with(&ledger))
        .counted(|rows| rows.count());
    assert_eq!((passed, report), (0, Report::new()));
    let (found, report) = none()
        .decided(gate.with(&ledger))
        .counted(|rows| rows.find_any(|_| true).is_some());
    assert_eq!((found, report), (false, Report::new()));
    let (passed, report) = parallel_results(0)
        .consented_ok(gate.with(&ledger))
        .counted(|rows| rows.count());
    assert_eq!((passed, report), (0, Report::new()));
    let (decided, report) = parallel_results(0)
        .decided_ok(gate.with(&ledger))
        .counted(|rows| rows.count());
    assert_eq!((decided, report), (0, Report::new()));
}

/// A search that stops early has counted the rows that were decided on until then, on all threads.
#[test]
fn a_search_that_stops_early_counts_the_rows_that_were_decided_on() {
    let (gate, _) = given();
    for _ in 0..20 {
        let source = Counting::new(false);
        let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
        let (found, report) = rows(5000)
            .consented(gate.with(asked))
            .counted(|rows| rows.find_any(|row| row.0 >= 100).is_some());
        assert!(found);
        assert_eq!(report.seen(), source.answers());
        adds_up(&report);

        let source = Counting::new(false);
        let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
        let (found, report) = rows(5000)
            .decided(gate.with(asked))
            .counted(|rows| rows.find_first(|row| told(row).0 >= 100).is_some());
        assert!(found);
        assert_eq!(report.seen(), source.answers());
        assert!(report.seen() >= 101, "the first is known to be the first");
        adds_up(&report);
    }
}

/// An adapter does not stop at an error: the collector does.
#[test]
fn collecting_into_a_result_counts_what_was_seen_until_it_stopped() {
    let (gate, ledger) = given();
    for _ in 0..20 {
        let (collected, report) = parallel_results(3000)
            .consented_ok(gate.with(&ledger))
            .counted(|rows| rows.collect::<Result<Vec<_>, Broken>>());
        assert!(collected.is_err_and(|error| error.0 % 3 == 2));
        assert!(report.unreadable() >= 1 && report.seen() <= 3000);
        adds_up(&report);
    }
}

/// A source that panics is not made worse: what was decided on stays counted, and counted once.
#[test]
fn what_was_decided_on_before_a_source_panics_is_counted_once() {
    let (gate, _) = given();
    for _ in 0..5 {
        let source = Counting::new(true);
        let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
        let mut report = Report::new();
        let lent = rows(100)
            .decided(gate.with(asked))
            .counting_into(&mut report);
        let panicked = catch_unwind(AssertUnwindSafe(|| lent.count()));
        assert!(panicked.is_err());
        assert_eq!(report.seen(), source.answers());
        assert!(report.seen() < 100);
        adds_up(&report);
    }
}

/// The same holds when the consumer of the rows panics: they were decided on already.
#[test]
fn what_was_decided_on_before_a_consumer_panics_is_counted_once() {
    let (gate, _) = given();
    let source = Counting::new(false);
    let asked = |row: &Nth, subject: &str| source.on_file(*row, subject);
    let mut report = Report::new();
    let lent = rows(100)
        .consented(gate.with(asked))
        .counting_into(&mut report);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        lent.for_each(|row| assert!(row.0 != 8, "the consumer fails"));
    }));
    assert!(panicked.is_err());
    assert_eq!(report.seen(), source.answers());
    adds_up(&report);
}

/// A report that the caller lends is added to.
#[test]
fn counting_into_a_report_adds_to_what_is_in_it() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    report.count_unreadable();
    let lent = rows(4)
        .consented(gate.with(&ledger))
        .counting_into(&mut report);
    assert_eq!(lent.count(), 2);
    assert_eq!(counts(&report), [5, 2, 2, 1]);
    let lent = parallel_results(6).decided_ok(gate.with(&ledger));
    assert_eq!(lent.counting_into(&mut report).count(), 6);
    assert_eq!(counts(&report), [11, 4, 4, 3]);
}

/// An adapter whose counts are not asked for yields the same rows.
#[test]
fn an_adapter_decides_without_a_report() {
    let (gate, ledger) = given();
    let passed = rows(10).consented(gate.with(&ledger));
    assert_eq!(passed.clone().count(), 5);
    assert_eq!(passed.map(|row| row.0).sum::<u32>(), 20);
    assert_eq!(rows(10).decided(gate.with(&ledger)).count(), 10);
    assert_eq!(
        parallel_results(9).consented_ok(gate.with(&ledger)).count(),
        6
    );
    assert_eq!(
        parallel_results(9).decided_ok(gate.with(&ledger)).count(),
        9
    );
}

/// Each row is asked about once, and counted once.
#[test]
fn the_source_is_asked_once_for_each_person_of_a_row() {
    let (gate, _) = given();
    let source = Counting::new(false);
    // It owns what it needs, and can be neither copied nor cloned.
    let asked = {
        let owned = Box::new(&source);
        move |row: &Nth, subject: &str| owned.on_file(*row, subject)
    };
    let (passed, report) = rows(777)
        .consented(gate.with(asked))
        .counted(|rows| rows.count());
    assert_eq!((passed, source.answers()), (389, 777));
    assert_eq!(counts(&report), [777, 389, 388, 0]);
}

/// Nothing that is logged holds row content.
#[test]
fn debug_of_an_adapter_shows_the_gate_and_no_row() {
    let (gate, ledger) = given();
    let rows = || vec![Nth(4_711_000), Nth(4_711_001)].into_par_iter();
    let results = || rows().map(Ok::<_, Broken>);
    for (adapter, shown) in [
        (
            "ConsentedRows",
            format!("{:?}", rows().consented(gate.with(&ledger))),
        ),
        (
            "DecidedRows",
            format!("{:?}", rows().decided(gate.with(&ledger))),
        ),
        (
            "ConsentedOk",
            format!("{:?}", results().consented_ok(gate.with(&ledger))),
        ),
        (
            "DecidedOk",
            format!("{:?}", results().decided_ok(gate.with(&ledger))),
        ),
    ] {
        assert!(
            shown.starts_with(&format!("{adapter} {{ gate: Gate(")),
            "{shown}"
        );
        assert!(!shown.contains("4711") && !shown.contains("Nth"), "{shown}");
    }
}

/// A consented row names its grant and its gate, and outlives the threads.
#[test]
fn a_consented_row_leads_back_to_the_statement_that_it_rests_on() {
    let (gate, ledger) = given();
    let stored = [Nth(0), Nth(1), Nth(2)];
    let passed: Vec<Consented<'_, &Nth>> =
        stored.par_iter().consented(gate.with(&ledger)).collect();
    assert_eq!(passed.len(), 2);
    for row in &passed {
        let grants: Vec<&str> = row.grants().iter().collect();
        assert_eq!(grants, ["g1"]);
        assert!(std::ptr::eq(row.gate(), &raw const gate));
    }
    let kept: Vec<&Nth> = passed.into_iter().map(Consented::into_inner).collect();
    assert_eq!(kept, [&Nth(0), &Nth(2)]);
}

/// R3 · a snapshot decides as the gate that it was made for, on every thread.
#[test]
fn a_snapshot_for_another_trainer_lets_nothing_pass() {
    let (_, ledger) = given();
    let another = gate_of("somebody else", Purposes::TRAIN_GENERATIVE, AS_OF);
    let another = another.build().unwrap();
    let snapshot = Snapshot::new(&another, &ledger);
    let (passed, report) = rows(50).consented(&snapshot).counted(|rows| rows.count());
    assert_eq!(passed, 0);
    assert_eq!(counts(&report), [50, 0, 50, 0]);
}

/// One source, asked in parallel and one row after the other.
fn agree<'g, 'r, S>(source: S, rows: &'r [Row], piece: usize) -> Result<(), TestCaseError>
where
    S: GatedSource<'g, &'r Row, Asker = Gate> + Copy + Send + Sync,
{
    let answer = |decided: Decided<'g, &'r Row>| Answer::of_row(&decided);
    let permit = |row: Consented<'g, &'r Row>| Answer::of_consented(&row);
    let in_pieces = || rows.par_iter().with_max_len(piece);

    let mut decided = rows.iter().decided(source);
    let expected: Vec<_> = decided.by_ref().map(answer).collect();
    let (found, report) = in_pieces()
        .decided(source)
        .counted(|rows| rows.map(answer).collect::<Vec<_>>());
    prop_assert_eq!(found, expected, "decided");
    prop_assert_eq!(&report, decided.report());

    let mut consented = rows.iter().consented(source);
    let expected: Vec<_> = consented.by_ref().map(permit).collect();
    let (found, report) = in_pieces()
        .consented(source)
        .counted(|rows| rows.map(permit).collect::<Vec<_>>());
    prop_assert_eq!(found, expected, "consented");
    prop_assert_eq!(&report, consented.report());

    // An error in front of each row.
    let results = || rows.iter().flat_map(|row| [Err("torn"), Ok(row)]);
    let in_pieces = || {
        let results: Vec<_> = results().collect();
        results.into_par_iter().with_max_len(piece)
    };

    let mut decided = results().decided_ok(source);
    let expected: Vec<_> = decided.by_ref().map(|row| row.map(answer)).collect();
    let (found, report) = in_pieces()
        .decided_ok(source)
        .counted(|rows| rows.map(|row| row.map(answer)).collect::<Vec<_>>());
    prop_assert_eq!(found, expected, "decided_ok");
    prop_assert_eq!(&report, decided.report());

    let mut consented = results().consented_ok(source);
    let expected: Vec<_> = consented.by_ref().map(|row| row.map(permit)).collect();
    let (found, report) = in_pieces()
        .consented_ok(source)
        .counted(|rows| rows.map(|row| row.map(permit)).collect::<Vec<_>>());
    prop_assert_eq!(found, expected, "consented_ok");
    prop_assert_eq!(&report, consented.report());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is on file, whatever the gate, and however the work is split: the same decisions, the same
    /// grants and reasons, in the same order, and the same counts.
    #[test]
    fn the_rows_of_a_world_are_decided_as_one_after_the_other(
        world in a_world(),
        times in 1_usize..20,
        piece in 1_usize..9,
    ) {
        let gate = world.ask.gate();
        let everything = world.ledger();
        let snapshot = Snapshot::new(&gate, &everything);
        let rows = vec![world.rows.as_slice(); times].concat();
        agree(gate.with(&everything), &rows, piece)?;
        agree(&snapshot, &rows, piece)?;

        let records = world.records.as_slice();
        let list = |_: &&Row, _: &str| OnFile::complete(records);
        agree(gate.with(list), &rows, piece)?;

        let (filed, own) = world.split();
        let part = ledger(&filed, &world.unreadable);
        let snapshot = Snapshot::new(&gate, &part);
        let carriers: Vec<_> = rows.iter().map(|row| row.carrying(&own)).collect();
        agree(gate.with(EmbeddedRecords::added_to(&part)), &carriers, piece)?;
        agree(snapshot.with_embedded(&part), &carriers, piece)?;
    }
}
