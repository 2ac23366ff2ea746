//! The adapters: lazy, one row at a time, errors untouched and in their place, counted as they go,
//! and correct with any iterator, even a hostile one.

use std::cell::Cell;
use std::iter::FusedIterator;

use consent_gate::{Consented, Decided, GatedIterator, OnFile, Report, Rules as Rule};

use crate::numbered::{Broken, Nth, counts, given, results, told};
use crate::world::{gate, grant};

/// What each adapter yields.
#[test]
fn consented_yields_the_rows_that_may_be_used_in_their_order() {
    let (gate, ledger) = given();
    let mut rows = (0..7).map(Nth).consented(gate.with(&ledger));
    assert_eq!(
        rows.by_ref().map(|row| row.0).collect::<Vec<_>>(),
        [0, 2, 4, 6]
    );
    assert_eq!(counts(rows.report()), [7, 4, 3, 0]);
}

/// What each adapter yields.
#[test]
fn decided_yields_every_row_in_its_order() {
    let (gate, ledger) = given();
    let mut rows = (0..4).map(Nth).decided(gate.with(&ledger));
    let all: Vec<_> = rows.by_ref().map(|row| told(&row)).collect();
    assert_eq!(all, [(0, true), (1, false), (2, true), (3, false)]);
    assert_eq!(counts(rows.report()), [4, 2, 2, 0]);
}

/// What each adapter yields: errors pass through untouched and in their place.
#[test]
fn consented_ok_yields_the_rows_that_may_be_used_and_every_error() {
    let (gate, ledger) = given();
    let mut rows = results(9).consented_ok(gate.with(&ledger));
    let all: Vec<_> = rows.by_ref().map(|row| row.map(|row| row.0)).collect();
    let expected = [
        Ok(0),
        Err(Broken(2)),
        Ok(4),
        Err(Broken(5)),
        Ok(6),
        Err(Broken(8)),
    ];
    assert_eq!(all, expected);
    assert_eq!(counts(rows.report()), [9, 3, 3, 3]);
}

/// What each adapter yields: errors pass through untouched and in their place.
#[test]
fn decided_ok_yields_every_row_and_every_error() {
    let (gate, ledger) = given();
    let mut rows = results(6).decided_ok(gate.with(&ledger));
    let all: Vec<_> = rows.by_ref().map(|row| row.map(|row| told(&row))).collect();
    let expected = [
        Ok((0, true)),
        Ok((1, false)),
        Err(Broken(2)),
        Ok((3, false)),
        Ok((4, true)),
        Err(Broken(5)),
    ];
    assert_eq!(all, expected);
    assert_eq!(counts(rows.report()), [6, 2, 2, 2]);
}

/// An adapter does not stop at an error: the collector does.
#[test]
fn collecting_into_a_result_stops_at_the_first_error_and_counts_up_to_it() {
    let (gate, ledger) = given();
    let mut rows = results(9).consented_ok(gate.with(&ledger));
    let collected: Result<Vec<_>, Broken> = rows.by_ref().collect();
    assert_eq!(collected.unwrap_err(), Broken(2));
    assert_eq!(counts(rows.report()), [3, 1, 1, 1]);
}

/// Nothing happens before a row is asked for.
#[test]
fn making_an_adapter_takes_no_row_and_asks_no_source() {
    let gate = gate().build().unwrap();
    let taken = Cell::new(0);
    let asked = Cell::new(0);
    let rows = || (0..9).map(Nth).inspect(|_| taken.set(taken.get() + 1));
    let source = |_: &Nth, _: &str| {
        asked.set(asked.get() + 1);
        OnFile::complete(Vec::new())
    };
    drop(rows().consented(gate.with(source)));
    drop(rows().decided(gate.with(source)));
    drop(rows().map(Ok::<_, Broken>).consented_ok(gate.with(source)));
    drop(rows().map(Ok::<_, Broken>).decided_ok(gate.with(source)));
    let mut report = Report::new();
    drop(
        rows()
            .consented(gate.with(source))
            .counting_into(&mut report),
    );
    assert_eq!((taken.get(), asked.get()), (0, 0));
    assert_eq!(report.seen(), 0);
}

/// One row at a time: an adapter takes no more rows than it needs to yield the next one.
#[test]
fn an_adapter_takes_no_row_more_than_it_needs() {
    let (gate, ledger) = given();
    let taken = Cell::new(0);
    let rows = || (0..9).map(Nth).inspect(|_| taken.set(taken.get() + 1));
    let results = || rows().map(Ok::<_, Broken>);

    let mut consented = rows().consented(gate.with(&ledger));
    let mut seen = Vec::new();
    while consented.next().is_some() {
        seen.push(taken.get());
    }
    assert_eq!(seen, [1, 3, 5, 7, 9]);

    taken.set(0);
    let mut decided = rows().decided(gate.with(&ledger));
    let mut seen = Vec::new();
    while decided.next().is_some() {
        seen.push(taken.get());
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9]);

    taken.set(0);
    let mut consented_ok = results().consented_ok(gate.with(&ledger));
    let mut seen = Vec::new();
    while consented_ok.next().is_some() {
        seen.push(taken.get());
    }
    assert_eq!(seen, [1, 3, 5, 7, 9]);

    taken.set(0);
    let mut decided_ok = results().decided_ok(gate.with(&ledger));
    assert!(decided_ok.next().is_some());
    assert_eq!(taken.get(), 1);
}

/// Each row is asked about once, and counted once.
#[test]
fn the_source_is_asked_once_for_each_person_of_a_row() {
    let gate = gate().build().unwrap();
    let asked = Cell::new(0);
    let source = |_: &Nth, subject: &str| {
        asked.set(asked.get() + 1);
        if subject == "u1" {
            OnFile::complete(vec![grant().record()])
        } else {
            OnFile::complete(vec![])
        }
    };
    let rows = (0..10).map(Nth).consented(gate.with(source));
    assert_eq!(rows.count(), 5);
    assert_eq!(asked.get(), 10);
}

/// The bounds that can be known.
#[test]
fn the_size_hint_is_what_can_be_known() {
    let (gate, ledger) = given();
    let rows = || (0..7).map(Nth);
    let results = || rows().map(Ok::<_, Broken>);
    assert_eq!(
        rows().consented(gate.with(&ledger)).size_hint(),
        (0, Some(7))
    );
    assert_eq!(rows().decided(gate.with(&ledger)).size_hint(), (7, Some(7)));
    assert_eq!(
        results().consented_ok(gate.with(&ledger)).size_hint(),
        (0, Some(7))
    );
    assert_eq!(
        results().decided_ok(gate.with(&ledger)).size_hint(),
        (7, Some(7))
    );
    let endless = || (0..).map(Nth);
    assert_eq!(
        endless().consented(gate.with(&ledger)).size_hint(),
        (0, None)
    );
    assert_eq!(
        endless().decided(gate.with(&ledger)).size_hint(),
        (usize::MAX, None)
    );
}

/// The bounds hold while the adapter runs.
#[test]
fn the_size_hint_holds_at_every_moment() {
    let (gate, ledger) = given();
    let mut consented = (0..7).map(Nth).consented(gate.with(&ledger));
    let mut decided = (0..7).map(Nth).decided(gate.with(&ledger));
    for left in (0..7).rev() {
        assert!(decided.next().is_some());
        assert_eq!(decided.size_hint(), (left, Some(left)));
    }
    for left in [6, 4, 2, 0] {
        assert!(consented.next().is_some());
        assert_eq!(consented.size_hint(), (0, Some(left)));
    }
    assert!(consented.next().is_none() && decided.next().is_none());
}

/// Fused where the source is.
#[test]
fn an_adapter_on_a_fused_source_is_fused() {
    fn is_over<I: FusedIterator>(mut rows: I) {
        assert!(rows.by_ref().count() > 0);
        for _ in 0..3 {
            assert!(rows.next().is_none());
        }
    }
    let (gate, ledger) = given();
    is_over(results(9).consented_ok(gate.with(&ledger)));
    is_over(results(9).decided_ok(gate.with(&ledger)));
    is_over([Nth(0), Nth(1)].into_iter().consented(gate.with(&ledger)));
    is_over([Nth(0), Nth(1)].into_iter().decided(gate.with(&ledger)));
    let mut report = Report::new();
    is_over(
        [Nth(0), Nth(1)]
            .into_iter()
            .consented(gate.with(&ledger))
            .counting_into(&mut report),
    );
    assert_eq!(counts(&report), [2, 1, 1, 0]);
}

/// Every method that is written by hand does what the default would.
#[test]
fn fold_yields_and_counts_what_next_does() {
    let (gate, ledger) = given();
    for upto in 0..12 {
        let rows = || (0..upto).map(Nth);
        let mut by_next = Vec::new();
        let mut stepped = rows().consented(gate.with(&ledger));
        while let Some(place) = stepped.next().map(|row| row.0) {
            by_next.push(place);
        }
        let mut report = Report::new();
        let folded = rows()
            .consented(gate.with(&ledger))
            .counting_into(&mut report);
        let by_fold = folded.fold(Vec::new(), |mut all, row| {
            all.push(row.0);
            all
        });
        assert_eq!(by_fold, by_next);
        assert_eq!(&report, stepped.report());

        let mut report = Report::new();
        let decided = rows()
            .decided(gate.with(&ledger))
            .counting_into(&mut report);
        assert_eq!(
            decided.filter_map(Decided::consented).count(),
            by_next.len()
        );
        assert_eq!(&report, stepped.report());
        let results = || rows().map(Ok::<_, Broken>);
        let mut report = Report::new();
        let ok = results()
            .consented_ok(gate.with(&ledger))
            .counting_into(&mut report);
        assert_eq!(ok.fold(0, |sum, _| sum + 1), by_next.len());
        assert_eq!(&report, stepped.report());
        let mut report = Report::new();
        let ok = results()
            .decided_ok(gate.with(&ledger))
            .counting_into(&mut report);
        assert_eq!(ok.fold(0, |sum, _| sum + 1), upto);
        assert_eq!(&report, stepped.report());
    }
}

/// Begun by hand and finished by `fold`, every row is seen once.
#[test]
fn an_adapter_may_be_begun_by_next_and_finished_by_fold() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    let rows = (0..9).map(Nth).consented(gate.with(&ledger));
    let mut rows = rows.counting_into(&mut report);
    assert_eq!(rows.next().map(|row| row.0), Some(0));
    assert_eq!(rows.nth(1).map(|row| row.0), Some(4));
    assert_eq!(rows.fold(0, |sum, row| sum + row.0), 6 + 8);
    assert_eq!(counts(&report), [9, 5, 4, 0]);
}

/// `seen = consented + withheld + unreadable` at every moment.
#[test]
fn the_counts_add_up_at_every_moment() {
    let (gate, ledger) = given();
    let mut rows = results(9).decided_ok(gate.with(&ledger));
    let mut seen = 0;
    loop {
        let report = rows.report();
        assert_eq!(report.seen(), seen);
        assert_eq!(
            report.seen(),
            report.consented() + report.withheld() + report.unreadable()
        );
        let primary: u64 = report.primary().map(|(_, times)| times).sum();
        assert_eq!(primary, report.withheld());
        if rows.next().is_none() {
            break;
        }
        seen += 1;
    }
    assert_eq!(seen, 9);
    assert_eq!(counts(rows.report()), [9, 3, 3, 3]);
}

/// A report that the caller lends is added to.
#[test]
fn counting_into_a_report_adds_to_what_is_in_it() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    report.count_unreadable();
    let rows = (0..4).map(Nth).consented(gate.with(&ledger));
    assert_eq!(rows.counting_into(&mut report).count(), 2);
    assert_eq!(counts(&report), [5, 2, 2, 1]);
    let rows = results(6).decided_ok(gate.with(&ledger));
    let lent = rows.counting_into(&mut report);
    assert_eq!(counts(lent.report()), [5, 2, 2, 1]);
    assert_eq!(lent.count(), 6);
    assert_eq!(counts(&report), [11, 4, 4, 3]);
}

/// A report that the caller lends while rows were already seen has those too.
#[test]
fn counting_into_a_report_halfway_takes_the_first_half_along() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    let mut rows = (0..6).map(Nth).consented(gate.with(&ledger));
    assert!(rows.next().is_some() && rows.next().is_some());
    assert_eq!(counts(rows.report()), [3, 2, 1, 0]);
    let rows = rows.counting_into(&mut report);
    assert_eq!(rows.count(), 1);
    assert_eq!(counts(&report), [6, 3, 3, 0]);
}

/// A clone continues from the counts of the original.
#[test]
fn a_clone_of_an_adapter_goes_its_own_way() {
    let (gate, ledger) = given();
    let mut rows = (0..6).map(Nth).consented(gate.with(&ledger));
    assert!(rows.next().is_some());
    let mut other = rows.clone();
    assert_eq!(other.by_ref().count(), 2);
    assert_eq!(counts(other.report()), [6, 3, 3, 0]);
    assert_eq!(counts(rows.report()), [1, 1, 0, 0]);
    assert_eq!(rows.by_ref().count(), 2);
    assert_eq!(rows.report(), other.report());
    let decided = (0..2).map(Nth).decided(gate.with(&ledger));
    assert_eq!(decided.clone().count(), decided.count());
}

/// Counters of shards add up to the counters of the whole.
#[test]
fn reports_of_shards_add_up_to_that_of_the_whole() {
    let (gate, ledger) = given();
    let mut whole = results(30).decided_ok(gate.with(&ledger));
    whole.by_ref().for_each(drop);
    for size in [1, 7, 29, 30] {
        let all: Vec<_> = results(30).collect();
        let mut merged = Report::new();
        let mut rows = all.into_iter().peekable();
        while rows.peek().is_some() {
            let mut shard = rows.by_ref().take(size).consented_ok(gate.with(&ledger));
            shard.by_ref().for_each(drop);
            merged.merge(shard.report());
        }
        assert_eq!(&merged, whole.report());
    }
}

/// A source without an end.
#[test]
fn an_adapter_on_an_endless_source_yields_without_end() {
    let (gate, ledger) = given();
    let mut rows = (0..).map(Nth).consented(gate.with(&ledger));
    let some: Vec<u32> = rows.by_ref().take(3).map(|row| row.0).collect();
    assert_eq!(some, [0, 2, 4]);
    assert_eq!(counts(rows.report()), [5, 3, 2, 0]);
}

/// A hostile source: it continues after its end, and its size hint is wrong.
struct Hostile {
    step: u32,
    hint: (usize, Option<usize>),
}

impl Iterator for Hostile {
    type Item = Nth;

    fn next(&mut self) -> Option<Nth> {
        self.step += 1;
        (!self.step.is_multiple_of(3)).then_some(Nth(self.step))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.hint
    }
}

/// A source that yields after its end.
#[test]
fn an_adapter_on_a_source_that_goes_on_after_its_end_does_too() {
    let (gate, ledger) = given();
    let hostile = || Hostile {
        step: 0,
        hint: (0, None),
    };
    let mut rows = hostile().consented(gate.with(&ledger));
    let first: Vec<Option<u32>> = (0..6).map(|_| rows.next().map(|row| row.0)).collect();
    assert_eq!(first, [Some(2), None, Some(4), None, Some(8), None]);
    assert_eq!(counts(rows.report()), [6, 3, 3, 0]);
    let mut rows = hostile().decided(gate.with(&ledger));
    let first: Vec<Option<u32>> = (0..6)
        .map(|_| rows.next().map(|row| told(&row).0))
        .collect();
    assert_eq!(first, [Some(1), Some(2), None, Some(4), Some(5), None]);
    assert_eq!(counts(rows.report()), [4, 2, 2, 0]);
}

/// A source that lies about its size.
#[test]
fn an_adapter_on_a_source_that_lies_about_its_size_decides_all_the_same() {
    let (gate, ledger) = given();
    for hint in [
        (0, Some(0)),
        (usize::MAX, Some(0)),
        (usize::MAX, None),
        (5, Some(1)),
    ] {
        let hostile = || Hostile { step: 0, hint };
        let mut rows = hostile().consented(gate.with(&ledger));
        assert_eq!(rows.size_hint(), (0, hint.1));
        assert_eq!(rows.by_ref().map(|row| row.0).collect::<Vec<_>>(), [2]);
        let decided = hostile().decided(gate.with(&ledger));
        assert_eq!(decided.size_hint(), hint);
        assert_eq!(decided.fold(0, |sum, row| sum + told(&row).0), 3);
    }
}

/// A source that panics is not made worse: what was seen before it stays counted.
#[test]
fn what_was_counted_before_a_source_panics_stays_counted() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    let rows = (0..9).map(|n| {
        assert!(n < 5, "the source fails");
        Nth(n)
    });
    let mut rows = rows
        .consented(gate.with(&ledger))
        .counting_into(&mut report);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rows.by_ref().count()));
    assert!(panicked.is_err());
    assert_eq!(counts(&report), [5, 3, 2, 0]);
}

/// Nothing that is logged holds row content.
#[test]
fn debug_of_an_adapter_shows_the_gate_and_the_counts_and_no_row() {
    let (gate, ledger) = given();
    let rows = [Nth(4_711_000), Nth(4_711_001)];
    let mut consented = rows.into_iter().consented(gate.with(&ledger));
    let mut decided = rows.into_iter().decided(gate.with(&ledger));
    let mut consented_ok = rows.into_iter().map(Ok::<_, Broken>).collect::<Vec<_>>();
    consented_ok.push(Err(Broken(4_711_002)));
    let mut consented_ok = consented_ok.into_iter().consented_ok(gate.with(&ledger));
    for _ in 0..3 {
        for (adapter, shown) in [
            ("ConsentedRows", format!("{consented:?}")),
            ("DecidedRows", format!("{decided:?}")),
            ("ConsentedOk", format!("{consented_ok:?}")),
        ] {
            assert!(
                shown.starts_with(&format!("{adapter} {{ gate: Gate(")),
                "{shown}"
            );
            assert!(shown.contains("report: Report {"), "{shown}");
            assert!(!shown.contains("4711") && !shown.contains("Nth"), "{shown}");
        }
        consented.next();
        decided.next();
        consented_ok.next();
    }
}

/// A row by reference is decided as the row is.
#[test]
fn rows_may_be_lent() {
    let (gate, ledger) = given();
    let rows = [Nth(0), Nth(1), Nth(2)];
    let lent = rows.iter().consented(gate.with(&ledger));
    let kept: Vec<&Nth> = lent.map(Consented::into_inner).collect();
    assert_eq!(kept, [&Nth(0), &Nth(2)]);
}

/// A consented row names its grant and its gate, and may be taken apart.
#[test]
fn a_consented_row_leads_back_to_the_statement_that_it_rests_on() {
    let (gate, ledger) = given();
    let row = gate.with(&ledger).admit(Nth(0)).consented().unwrap();
    let grants: Vec<&str> = row.grants().iter().collect();
    assert_eq!(grants, ["g1"]);
    assert_eq!(row.grants().iter().count(), 1);
    assert!(std::ptr::eq(row.gate(), &raw const gate));
    let mapped = row.clone().map_unchecked(|row| row.0 + 40);
    assert_eq!(*mapped, 40);
    assert_eq!(mapped.grants().clone().into_owned(), *row.grants());
    assert_eq!(row.into_inner(), Nth(0));
}

/// A withheld row has reasons, and can be returned.
#[test]
fn a_withheld_row_has_reasons_and_no_consent() {
    let (gate, ledger) = given();
    let decided = gate.with(&ledger).admit(Nth(1));
    assert!(decided.clone().consented().is_none());
    let Decided::Withheld(row) = decided else {
        panic!("consented");
    };
    assert_eq!(row.reasons().primary(), Rule::ON_RECORD);
    assert_eq!(row.row(), &Nth(1));
    assert_eq!(row.into_inner(), Nth(1));
}
