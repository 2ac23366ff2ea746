//! The adapters on streams: the same decisions as on an iterator, one row at a time, and nothing
//! while a row is not there yet.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use consent_gate::{
    Consented, Decided, EmbeddedRecords, Gate, GatedIterator, GatedSource, GatedStream, OnFile,
    Report, Snapshot,
};
use futures_core::stream::{FusedStream, Stream};
use proptest::prelude::*;

use crate::numbered::{Broken, Nth, counts, given, results, told};
use crate::oracle::Answer;
use crate::strategies::{Row, a_world, ledger};
use crate::world::{gate, grant};

/// A stream that takes these steps, where `None` is a row that is not there yet. It must not move
/// once it was polled, and must not be polled after its end.
struct Steps<T> {
    ahead: RefCell<VecDeque<Option<T>>>,
    is_over: Cell<bool>,
    taken: Cell<u32>,
    _stays: PhantomPinned,
}

fn steps<T>(steps: impl IntoIterator<Item = Option<T>>) -> Steps<T> {
    Steps {
        ahead: RefCell::new(steps.into_iter().collect()),
        is_over: Cell::new(false),
        taken: Cell::new(0),
        _stays: PhantomPinned,
    }
}

/// Every row is there at once.
fn prompt<T>(rows: impl IntoIterator<Item = T>) -> Steps<T> {
    steps(rows.into_iter().map(Some))
}

/// Every row, and the end, is late.
fn late<T>(rows: impl IntoIterator<Item = T>) -> Steps<T> {
    let late = rows.into_iter().flat_map(|row| [None, Some(row)]);
    steps(late.chain([None]))
}

impl<T> Stream for Steps<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        assert!(!self.is_over.get(), "polled after its end");
        let step = self.ahead.borrow_mut().pop_front();
        match step {
            Some(Some(row)) => {
                self.taken.set(self.taken.get() + 1);
                Poll::Ready(Some(row))
            }
            Some(None) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => {
                self.is_over.set(true);
                Poll::Ready(None)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.ahead.borrow().iter().flatten().count();
        (left, Some(left))
    }
}

impl<T> FusedStream for Steps<T> {
    fn is_terminated(&self) -> bool {
        self.is_over.get()
    }
}

/// Polled once, with a waker that does nothing.
fn poll<S: Stream>(rows: Pin<&mut S>) -> Poll<Option<S::Item>> {
    rows.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Everything until the end, however late.
fn all<S: Stream>(mut rows: Pin<&mut S>) -> Vec<S::Item> {
    let mut all = Vec::new();
    loop {
        match poll(rows.as_mut()) {
            Poll::Ready(Some(row)) => all.push(row),
            Poll::Ready(None) => return all,
            Poll::Pending => {}
        }
    }
}

/// What each adapter yields.
#[test]
fn consented_yields_the_rows_that_may_be_used_in_their_order() {
    let (gate, ledger) = given();
    let mut rows = pin!(late((0..7).map(Nth)).consented(gate.with(&ledger)));
    let passed: Vec<u32> = all(rows.as_mut()).iter().map(|row| row.0).collect();
    assert_eq!(passed, [0, 2, 4, 6]);
    assert_eq!(counts(rows.report()), [7, 4, 3, 0]);
}

/// What each adapter yields.
#[test]
fn decided_yields_every_row_in_its_order() {
    let (gate, ledger) = given();
    let mut rows = pin!(late((0..4).map(Nth)).decided(gate.with(&ledger)));
    let decided: Vec<_> = all(rows.as_mut()).iter().map(told).collect();
    assert_eq!(decided, [(0, true), (1, false), (2, true), (3, false)]);
    assert_eq!(counts(rows.report()), [4, 2, 2, 0]);
}

/// What each adapter yields: errors pass through untouched and in their place.
#[test]
fn consented_ok_yields_the_rows_that_may_be_used_and_every_error() {
    let (gate, ledger) = given();
    let mut rows = pin!(late(results(9)).consented_ok(gate.with(&ledger)));
    let passed = all(rows.as_mut()).into_iter();
    let passed: Vec<_> = passed.map(|row| row.map(|row| row.0)).collect();
    let expected = [
        Ok(0),
        Err(Broken(2)),
        Ok(4),
        Err(Broken(5)),
        Ok(6),
        Err(Broken(8)),
    ];
    assert_eq!(passed, expected);
    assert_eq!(counts(rows.report()), [9, 3, 3, 3]);
}

/// What each adapter yields: errors pass through untouched and in their place.
#[test]
fn decided_ok_yields_every_row_and_every_error() {
    let (gate, ledger) = given();
    let mut rows = pin!(late(results(6)).decided_ok(gate.with(&ledger)));
    let decided = all(rows.as_mut()).into_iter();
    let decided: Vec<_> = decided.map(|row| row.map(|row| told(&row))).collect();
    let expected = [
        Ok((0, true)),
        Ok((1, false)),
        Err(Broken(2)),
        Ok((3, false)),
        Ok((4, true)),
        Err(Broken(5)),
    ];
    assert_eq!(decided, expected);
    assert_eq!(counts(rows.report()), [6, 2, 2, 2]);
}

/// Nothing happens before a row is asked for.
#[test]
fn making_an_adapter_takes_no_row_and_asks_no_source() {
    let gate = gate().build().unwrap();
    let asked = Cell::new(0);
    let source = |_: &Nth, _: &str| {
        asked.set(asked.get() + 1);
        OnFile::complete(Vec::new())
    };
    let results = || prompt((0..9).map(|n| Ok::<_, Broken>(Nth(n))));
    let consented = prompt((0..9).map(Nth)).consented(gate.with(source));
    let decided = prompt((0..9).map(Nth)).decided(gate.with(source));
    let consented_ok = results().consented_ok(gate.with(source));
    let decided_ok = results().decided_ok(gate.with(source));
    assert_eq!(asked.get(), 0);
    for left in [
        consented.size_hint().1,
        decided.size_hint().1,
        consented_ok.size_hint().1,
        decided_ok.size_hint().1,
    ] {
        assert_eq!(left, Some(9));
    }
    for report in [
        consented.report(),
        decided.report(),
        consented_ok.report(),
        decided_ok.report(),
    ] {
        assert_eq!(report, &Report::new());
    }
}

/// One row at a time: an adapter takes no more rows than it needs to yield the next one.
#[test]
fn an_adapter_takes_no_row_more_than_it_needs() {
    let (gate, ledger) = given();
    let mut stream = pin!(prompt((0..9).map(Nth)));
    let mut consented = stream.as_mut().consented(gate.with(&ledger));
    let mut seen = Vec::new();
    while let Poll::Ready(Some(row)) = poll(Pin::new(&mut consented)) {
        seen.push((row.0, consented.report().seen()));
    }
    assert_eq!(seen, [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]);
    assert_eq!(stream.taken.get(), 9);

    let mut stream = pin!(prompt((0..9).map(Nth)));
    let mut decided = stream.as_mut().decided(gate.with(&ledger));
    assert!(poll(Pin::new(&mut decided)).is_ready());
    assert!(poll(Pin::new(&mut decided)).is_ready());
    assert_eq!(counts(decided.report()), [2, 1, 1, 0]);
    assert_eq!(stream.taken.get(), 2);

    let mut stream = pin!(prompt(results(9)));
    let mut consented_ok = stream.as_mut().consented_ok(gate.with(&ledger));
    assert!(poll(Pin::new(&mut consented_ok)).is_ready());
    assert!(poll(Pin::new(&mut consented_ok)).is_ready());
    assert_eq!(counts(consented_ok.report()), [3, 1, 1, 1]);
    assert_eq!(stream.taken.get(), 3);

    let mut stream = pin!(prompt(results(9)));
    let mut decided_ok = stream.as_mut().decided_ok(gate.with(&ledger));
    assert!(poll(Pin::new(&mut decided_ok)).is_ready());
    assert_eq!(counts(decided_ok.report()), [1, 1, 0, 0]);
    assert_eq!(stream.taken.get(), 1);
}

/// A waker that counts how many times it woke the task.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A row that is not there yet is not counted, and wakes the task that waits for it. The rows that were
/// withheld before it are counted already.
#[test]
fn an_adapter_waits_for_a_row_that_is_not_there_yet() {
    let (gate, ledger) = given();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let rows = [Some(Nth(1)), None, None, Some(Nth(3)), Some(Nth(4)), None];

    let mut consented = pin!(steps(rows).consented(gate.with(&ledger)));
    let mut seen = Vec::new();
    for _ in 0..5 {
        let place = consented.as_mut().poll_next(&mut context);
        let place = place.map(|row| row.map(|row| row.0));
        seen.push((place, consented.report().seen()));
    }
    let expected = [
        (Poll::Pending, 1),
        (Poll::Pending, 1),
        (Poll::Ready(Some(4)), 3),
        (Poll::Pending, 3),
        (Poll::Ready(None), 3),
    ];
    assert_eq!(seen, expected);
    assert_eq!(woken.0.load(Relaxed), 3);
    assert_eq!(counts(consented.report()), [3, 1, 2, 0]);

    let results = rows.map(|row| row.map(Ok::<_, Broken>));
    let mut decided = pin!(steps(results).decided_ok(gate.with(&ledger)));
    let mut pending = 0;
    while counts(decided.report()) != [3, 1, 2, 0] {
        pending += u32::from(decided.as_mut().poll_next(&mut context).is_pending());
    }
    assert_eq!(pending, 2);
    assert_eq!(woken.0.load(Relaxed), 5);
}

/// Each row is asked about once, and counted once, however often it is asked for.
#[test]
fn the_source_is_asked_once_for_each_person_of_a_row() {
    let gate = gate().build().unwrap();
    let asked = Cell::new(0);
    let source = |_: &Nth, subject: &str| {
        asked.set(asked.get() + 1);
        let records = (subject == "u1").then(|| grant().record());
        OnFile::complete(records.into_iter().collect::<Vec<_>>())
    };
    let rows = pin!(late((0..10).map(Nth)).consented(gate.with(source)));
    assert_eq!(all(rows).len(), 5);
    assert_eq!(asked.get(), 10);
}

/// Without rows there is nothing to count.
#[test]
fn no_rows_are_no_counts() {
    let (gate, ledger) = given();
    let none = late::<Nth>;
    let mut rows = pin!(none([]).consented(gate.with(&ledger)));
    assert!(all(rows.as_mut()).is_empty());
    assert_eq!(rows.report(), &Report::new());
    let mut rows = pin!(none([]).decided(gate.with(&ledger)));
    assert!(all(rows.as_mut()).is_empty());
    assert_eq!(rows.report(), &Report::new());
    let mut rows = pin!(late(results(0)).consented_ok(gate.with(&ledger)));
    assert!(all(rows.as_mut()).is_empty());
    assert_eq!(rows.report(), &Report::new());
    let mut rows = pin!(late(results(0)).decided_ok(gate.with(&ledger)));
    assert!(all(rows.as_mut()).is_empty());
    assert_eq!(rows.report(), &Report::new());
}

/// The bounds hold while the adapter runs.
#[test]
fn the_size_hint_is_what_can_be_known_at_every_moment() {
    let (gate, ledger) = given();
    let rows = || late((0..7).map(Nth));
    let results = || late((0..7).map(|n| Ok::<_, Broken>(Nth(n))));
    let mut decided = pin!(rows().decided(gate.with(&ledger)));
    let mut decided_ok = pin!(results().decided_ok(gate.with(&ledger)));
    let mut consented = pin!(rows().consented(gate.with(&ledger)));
    let mut consented_ok = pin!(results().consented_ok(gate.with(&ledger)));
    for seen in 0..=7 {
        let left = 7 - seen;
        assert_eq!(decided.size_hint(), (left, Some(left)));
        assert_eq!(decided_ok.size_hint(), (left, Some(left)));
        assert!(poll(decided.as_mut()).is_pending());
        assert!(poll(decided_ok.as_mut()).is_pending());
        assert_eq!(
            poll(decided.as_mut()).map(|row| row.is_some()),
            Poll::Ready(seen < 7)
        );
        assert_eq!(
            poll(decided_ok.as_mut()).map(|row| row.is_some()),
            Poll::Ready(seen < 7)
        );
    }
    for left in [7, 6, 4, 2, 0] {
        assert_eq!(consented.size_hint(), (0, Some(left)));
        assert_eq!(consented_ok.size_hint(), (0, Some(left)));
        while poll(consented.as_mut()).is_pending() {}
        while poll(consented_ok.as_mut()).is_pending() {}
    }
}

/// Fused where the source is: a caller can ask whether it has ended.
#[test]
fn an_adapter_on_a_fused_stream_tells_that_it_has_ended() {
    fn ends<S: FusedStream>(mut rows: Pin<&mut S>) {
        loop {
            assert!(!rows.is_terminated());
            if matches!(poll(rows.as_mut()), Poll::Ready(None)) {
                break;
            }
        }
        assert!(rows.is_terminated());
    }
    let (gate, ledger) = given();
    ends(pin!(late((0..3).map(Nth)).consented(gate.with(&ledger))));
    ends(pin!(late((0..3).map(Nth)).decided(gate.with(&ledger))));
    ends(pin!(late(results(9)).consented_ok(gate.with(&ledger))));
    ends(pin!(late(results(9)).decided_ok(gate.with(&ledger))));
    let mut report = Report::new();
    let rows = late(results(9)).decided_ok(gate.with(&ledger));
    ends(pin!(rows.counting_into(&mut report)));
    assert_eq!(counts(&report), [9, 3, 3, 3]);
}

/// A report that the caller lends is added to.
#[test]
fn counting_into_a_report_adds_to_what_is_in_it() {
    let (gate, ledger) = given();
    let mut report = Report::new();
    report.count_unreadable();
    let rows = prompt((0..4).map(Nth)).consented(gate.with(&ledger));
    assert_eq!(all(pin!(rows.counting_into(&mut report))).len(), 2);
    assert_eq!(counts(&report), [5, 2, 2, 1]);
    let lent = prompt(results(6)).decided_ok(gate.with(&ledger));
    let mut lent = pin!(lent.counting_into(&mut report));
    assert_eq!(counts(lent.report()), [5, 2, 2, 1]);
    assert_eq!(all(lent.as_mut()).len(), 6);
    assert_eq!(counts(&report), [11, 4, 4, 3]);
}

/// A report that the caller lends while rows were already seen has those too, and an adapter
/// that is dropped early leaves its counts.
#[test]
fn counting_into_a_report_halfway_takes_the_first_half_along() {
    let (gate, ledger) = given();
    let mut stream = pin!(prompt((0..9).map(Nth)));
    let mut rows = stream.as_mut().consented(gate.with(&ledger));
    assert!(poll(Pin::new(&mut rows)).is_ready() && poll(Pin::new(&mut rows)).is_ready());
    assert_eq!(counts(rows.report()), [3, 2, 1, 0]);
    let mut report = Report::new();
    let mut rows = rows.counting_into(&mut report);
    assert!(poll(Pin::new(&mut rows)).is_ready());
    assert_eq!(counts(&report), [5, 3, 2, 0]);
}

/// Nothing that is logged holds row content.
#[test]
fn debug_of_an_adapter_shows_the_gate_and_the_counts_and_no_row() {
    let (gate, ledger) = given();
    let rows = || prompt([Nth(4_711_000), Nth(4_711_001)]);
    let results = || prompt([Ok(Nth(4_711_000)), Err(Broken(4_711_001))]);
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
        let start = format!("{adapter} {{ gate: Gate(");
        assert!(shown.starts_with(&start), "{shown}");
        assert!(shown.contains("report: Report {"), "{shown}");
        assert!(!shown.contains("4711") && !shown.contains("Nth"), "{shown}");
    }
}

/// A consented row names its grant and its gate.
#[test]
fn a_consented_row_leads_back_to_the_statement_that_it_rests_on() {
    let (gate, ledger) = given();
    let stored = [Nth(0), Nth(1), Nth(2)];
    let passed = all(pin!(late(&stored).consented(gate.with(&ledger))));
    assert_eq!(passed.len(), 2);
    for row in &passed {
        let grants: Vec<&str> = row.grants().iter().collect();
        assert_eq!(grants, ["g1"]);
        assert!(std::ptr::eq(row.gate(), &raw const gate));
    }
    let kept: Vec<&Nth> = passed.into_iter().map(Consented::into_inner).collect();
    assert_eq!(kept, [&Nth(0), &Nth(2)]);
}

/// One source, asked by a stream and by an iterator. The stream is pending once before each row
/// whose bit is set.
fn agree<'g, 'r, S>(source: S, rows: &'r [Row], waits: u64) -> Result<(), TestCaseError>
where
    S: GatedSource<'g, &'r Row, Asker = Gate> + Copy,
{
    fn waiting<T>(rows: impl Iterator<Item = T>, waits: u64) -> Steps<T> {
        steps(rows.enumerate().flat_map(move |(place, row)| {
            let waits = (waits >> (place % 64)) & 1 == 1;
            let wait = waits.then_some(None);
            wait.into_iter().chain([Some(row)])
        }))
    }
    let answer = |decided: Decided<'g, &'r Row>| Answer::of_row(&decided);
    let permit = |row: Consented<'g, &'r Row>| Answer::of_consented(&row);

    let mut expected = rows.iter().decided(source);
    let mut found = pin!(waiting(rows.iter(), waits).decided(source));
    let answers = all(found.as_mut()).into_iter().map(answer);
    prop_assert!(answers.eq(expected.by_ref().map(answer)), "decided");
    prop_assert_eq!(found.report(), expected.report());

    let mut expected = rows.iter().consented(source);
    let mut found = pin!(waiting(rows.iter(), waits).consented(source));
    let answers = all(found.as_mut()).into_iter().map(permit);
    prop_assert!(answers.eq(expected.by_ref().map(permit)), "consented");
    prop_assert_eq!(found.report(), expected.report());

    // An error in front of each row.
    let results = || rows.iter().flat_map(|row| [Err("torn"), Ok(row)]);

    let mut expected = results().decided_ok(source);
    let mut found = pin!(waiting(results(), waits).decided_ok(source));
    let answers = all(found.as_mut()).into_iter().map(|row| row.map(answer));
    prop_assert!(
        answers.eq(expected.by_ref().map(|row| row.map(answer))),
        "decided_ok"
    );
    prop_assert_eq!(found.report(), expected.report());

    let mut expected = results().consented_ok(source);
    let mut found = pin!(waiting(results(), waits).consented_ok(source));
    let answers = all(found.as_mut()).into_iter().map(|row| row.map(permit));
    prop_assert!(
        answers.eq(expected.by_ref().map(|row| row.map(permit))),
        "consented_ok"
    );
    prop_assert_eq!(found.report(), expected.report());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is on file, whatever the gate, and however late the rows come: the same decisions, the
    /// same grants and reasons, in the same order, and the same counts.
    #[test]
    fn the_rows_of_a_world_are_decided_as_those_of_an_iterator(
        world in a_world(),
        waits in any::<u64>(),
    ) {
        let gate = world.ask.gate();
        let everything = world.ledger();
        let snapshot = Snapshot::new(&gate, &everything);
        agree(gate.with(&everything), &world.rows, waits)?;
        agree(&snapshot, &world.rows, waits)?;

        let records = world.records.as_slice();
        let list = |_: &&Row, _: &str| OnFile::complete(records);
        agree(gate.with(list), &world.rows, waits)?;

        let (filed, own) = world.split();
        let part = ledger(&filed, &world.unreadable);
        let snapshot = Snapshot::new(&gate, &part);
        let carriers: Vec<_> = world.rows.iter().map(|row| row.carrying(&own)).collect();
        agree(gate.with(EmbeddedRecords::added_to(&part)), &carriers, waits)?;
        agree(snapshot.with_embedded(&part), &carriers, waits)?;
    }
}
