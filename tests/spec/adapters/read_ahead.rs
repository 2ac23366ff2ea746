//! On a snapshot of many people the adapters read rows ahead of their turn, so that their subjects
//! are looked up in batches. Nothing else changes: the same rows come out, in the same order, with the same
//! counts.

use std::cell::{Cell, OnceCell};
use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::LazyLock;

use consent_gate::{
    CarriesConsents, ConsentRecord, DataCategories, Decided, Gate, GatedIterator, Ledger,
    Restrictions, Snapshot, UserRecord,
};
use time::UtcDateTime;

use crate::numbered::{Broken, Nth, counts, results, told};
use crate::world::{COLLECTED_AT, gate, grant, post, withdrawal};

/// The number of people from which rows are read ahead.
const LARGE: usize = 1 << 18;

/// The number of rows that come one by one, and the greatest number that are read ahead.
const ALONE: usize = 8;
const BLOCK: usize = 256;

fn name_of(person: usize) -> String {
    format!("{person:06}")
}

/// A gate, a ledger with this many people, and a snapshot of it: `u1`, `a` and `b` have consented, and
/// so has everyone else whose number is divisible by three. The rest have withdrawn.
fn on_file_of(people: usize) -> (Gate, Ledger) {
    let consented = ["u1", "a", "b"].map(str::to_owned);
    let (yes, no): (Vec<_>, Vec<_>) = (0..people - consented.len()).partition(|n| n % 3 == 0);
    let yes = consented.into_iter().chain(yes.into_iter().map(name_of));
    let yes = yes.map(|name| grant().id(&name).by(&name).record());
    let no = no.into_iter().map(name_of);
    let no = no.map(|name| withdrawal().id(&name).by(&name).record());
    (gate().build().unwrap(), yes.chain(no).collect())
}

/// The smallest crowd for which rows are taken ahead, made once.
fn crowd() -> (&'static Ledger, &'static Snapshot) {
    static CROWD: LazyLock<(Ledger, Snapshot)> = LazyLock::new(|| {
        let (gate, ledger) = on_file_of(LARGE);
        let snapshot = Snapshot::new(&gate, &ledger);
        assert_eq!(snapshot.subjects(), LARGE);
        (ledger, snapshot)
    });
    (&CROWD.0, &CROWD.1)
}

impl CarriesConsents for Nth {
    fn consents(&self) -> &[ConsentRecord] {
        &[]
    }
}

/// Numbers of rows at which a block ends, and one less and one more.
fn lengths() -> impl Iterator<Item = u32> {
    let mut ends = vec![0, 8];
    for block in [8, 16, 32, 64, 128, 256, 256] {
        ends.push(ends[ends.len() - 1] + block);
    }
    let beside = |end: u32| [end.saturating_sub(1), end, end + 1];
    ends.into_iter().flat_map(beside)
}

/// Laziness: the first rows come one by one. Then no more are taken ahead than were taken before,
/// and never as many as a block. Only what was decided on is counted.
#[test]
fn no_more_rows_are_taken_ahead_than_before_and_fewer_than_a_block() {
    let (_, snapshot) = crowd();
    let taken = Cell::new(0_usize);
    let rows = || {
        taken.set(0);
        (0..2_000).map(Nth).inspect(|_| taken.set(taken.get() + 1))
    };
    macro_rules! is_lazy {
        ($adapter:expr) => {
            let mut adapter = $adapter;
            let mut most = 0;
            while adapter.next().is_some() {
                let decided = usize::try_from(adapter.report().seen()).unwrap();
                let ahead = taken.get() - decided;
                assert!(ahead == 0 || decided > ALONE && ahead <= decided);
                most = most.max(ahead);
            }
            assert_eq!(taken.get(), 2_000);
            // Of the adapters that drop rows, the first row of a block may be one of them.
            assert!((BLOCK - 2..BLOCK).contains(&most), "{most}");
        };
    }
    is_lazy!(rows().decided(snapshot));
    is_lazy!(rows().map(Ok::<_, Broken>).decided_ok(snapshot));
    is_lazy!(rows().consented(snapshot));
    is_lazy!(rows().decided(snapshot.refusing_embedded()));
    is_lazy!(rows().map(Ok::<_, Broken>).consented_ok(snapshot));
}

/// With one person fewer, and on a ledger, one row is taken at a time.
#[test]
fn rows_are_taken_one_at_a_time_where_few_people_are_on_file() {
    let (gate, ledger) = on_file_of(LARGE - 1);
    let snapshot = Snapshot::new(&gate, &ledger);
    assert_eq!(snapshot.subjects(), LARGE - 1);
    let taken = Cell::new(0);
    let rows = (0..600).map(Nth).inspect(|_| taken.set(taken.get() + 1));
    let mut rows = rows.decided(&snapshot);
    for decided in 1..=600 {
        assert!(rows.next().is_some());
        assert_eq!(taken.get(), decided);
    }
}

/// What each adapter yields on a ledger it yields on its snapshot, however many rows there are,
/// called by `next`, by `fold`, or by one after the other.
#[test]
fn an_adapter_on_a_snapshot_yields_and_counts_what_it_does_on_the_ledger() {
    let (ledger, snapshot) = crowd();
    let gate = snapshot.gate();
    for upto in lengths() {
        let rows = || (0..upto).map(Nth);
        let mut one = rows().consented(gate.with(ledger));
        let mut other = rows().consented(snapshot);
        assert!(
            one.by_ref()
                .map(|row| row.0)
                .eq(other.by_ref().map(|row| row.0))
        );
        assert_eq!(one.report(), other.report());

        let mut decided = rows().decided(snapshot);
        let all = decided.by_ref().map(|row| told(&row));
        assert!(all.eq((0..upto).map(|n| (n, n % 2 == 0))));
        assert_eq!(one.report(), decided.report());

        let mut one = results(upto).consented_ok(gate.with(ledger));
        let mut other = results(upto).consented_ok(snapshot);
        let place = |row: Result<consent_gate::Consented<'_, Nth>, Broken>| row.map(|row| row.0);
        assert!(one.by_ref().map(place).eq(other.by_ref().map(place)));
        assert_eq!(one.report(), other.report());

        let mut other = results(upto).decided_ok(snapshot);
        for (n, row) in (0..).zip(other.by_ref()) {
            let expected = if n % 3 == 2 {
                Err(Broken(n))
            } else {
                Ok((n, n % 2 == 0))
            };
            assert_eq!(row.map(|row| told(&row)), expected);
        }
        assert_eq!(one.report(), other.report());

        for begun in [0, 1, 8, 9, 20, 500] {
            let mut whole = consent_gate::Report::new();
            let rows = rows().consented(snapshot);
            let mut rows = rows.counting_into(&mut whole);
            let mut places: Vec<u32> = rows.by_ref().take(begun).map(|row| row.0).collect();
            places = rows.fold(places, |mut places, row| {
                places.push(row.0);
                places
            });
            assert!(places.into_iter().eq((0..upto).step_by(2)));
            assert_eq!(whole.seen(), u64::from(upto));
        }
    }
}

/// What waits is part of the size.
#[test]
fn the_size_hint_holds_while_rows_wait() {
    let (_, snapshot) = crowd();
    for upto in lengths() {
        let mut left = usize::try_from(upto).unwrap();
        let mut decided = results(upto).decided_ok(snapshot);
        loop {
            assert_eq!(decided.size_hint(), (left, Some(left)));
            if decided.next().is_none() {
                break;
            }
            left -= 1;
        }
        assert_eq!(left, 0);
    }
}

/// A source that ends after each group of rows, and then continues.
#[derive(Clone)]
struct Pausing {
    next: u32,
    pause: u32,
}

impl Iterator for Pausing {
    type Item = Nth;

    fn next(&mut self) -> Option<Nth> {
        self.next += 1;
        (!self.next.is_multiple_of(self.pause)).then_some(Nth(self.next))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.pause - 1 - self.next % self.pause).unwrap();
        (left, Some(left))
    }
}

/// A source that continues after its end: the adapter reports the end where it was, and loses no row.
#[test]
fn an_end_comes_where_it_was_and_later_rows_come_after_it() {
    let (ledger, snapshot) = crowd();
    let gate = snapshot.gate();
    for pause in 1..70 {
        let rows = Pausing { next: 0, pause };
        let mut one = rows.clone().decided(gate.with(ledger));
        let mut other = rows.decided(snapshot);
        for _ in 0..1_000 {
            assert_eq!(other.size_hint(), one.size_hint(), "{pause}");
            let next = other.next().map(|row| told(&row));
            assert_eq!(next, one.next().map(|row| told(&row)), "{pause}");
        }
    }
}

/// A clone takes along what waits, and goes its own way.
#[test]
fn a_clone_has_the_rows_that_wait() {
    let (_, snapshot) = crowd();
    let mut rows = (0..600).map(Nth).decided(snapshot);
    for begun in 0..600 {
        let mut clone = rows.clone();
        assert!(clone.by_ref().map(|row| told(&row).0).eq(begun..600));
        assert_eq!(clone.report().seen(), 600);
        assert_eq!(rows.report().seen(), u64::from(begun));
        assert!(rows.next().is_some());
    }
}

/// A source that panics takes no other row with it.
#[test]
fn rows_that_were_taken_before_a_source_panics_still_come() {
    let (_, snapshot) = crowd();
    let rows = (0..50).map(|n| {
        assert!(n != 20, "the source fails");
        Nth(n)
    });
    let mut rows = rows.decided(snapshot);
    let mut all = Vec::new();
    let mut times = 0;
    loop {
        match catch_unwind(AssertUnwindSafe(|| rows.next())) {
            Ok(Some(row)) => all.push(told(&row)),
            Ok(None) => break,
            Err(_) => times += 1,
        }
    }
    assert_eq!(times, 1);
    let expected = (0..50).filter(|n| *n != 20).map(|n| (n, n % 2 == 0));
    assert!(all.into_iter().eq(expected));
    assert_eq!(counts(rows.report()), [49, 24, 25, 0]);
}

/// What the rows below have in common.
macro_rules! row_by {
    ($row:ident, |$this:ident| $subjects:expr) => {
        impl UserRecord for $row {
            fn subjects(&self) -> impl Iterator<Item = &str> {
                let $this = self;
                $subjects
            }
            fn collected_at(&self) -> Option<UtcDateTime> {
                Some(COLLECTED_AT)
            }
            fn data(&self) -> DataCategories {
                post().data
            }
            fn restrictions(&self) -> Restrictions {
                Restrictions::none()
            }
        }
    };
}

/// A row whose text lies within it, and moves with it.
#[derive(Clone)]
struct Inline([u8; 6]);
row_by!(Inline, |row| str::from_utf8(&row.0).into_iter());

/// A row that names another person each time it is asked: the ids are adjacent in memory, or one
/// is part of the other.
struct Fickle {
    text: &'static str,
    names: [Range<usize>; 2],
    times: Cell<usize>,
}
row_by!(Fickle, |row| {
    let time = row.times.replace(row.times.get() + 1) % 2;
    iter::once(&row.text[row.names[time].clone()])
});

/// A row of several people, or of none.
#[derive(Clone)]
struct Several(Vec<String>);
row_by!(Several, |row| row.0.iter().map(String::as_str));

fn permits<'g, R>(rows: impl Iterator<Item = Decided<'g, R>>) -> Vec<bool> {
    rows.map(|row| matches!(row, Decided::Consented(_)))
        .collect()
}

/// R1 · exactly that subject: an index is used only for the id that was looked up, even when the
/// text moves with its row.
#[test]
fn a_text_that_moves_with_its_row_is_still_that_of_its_person() {
    let (_, snapshot) = crowd();
    let rows = || (0..3_000).map(|n| Inline(name_of(n).into_bytes().try_into().unwrap()));
    let expected: Vec<bool> = (0..3_000).map(|n| n % 3 == 0).collect();
    assert_eq!(permits(rows().decided(snapshot)), expected);
    let boxed = rows().map(Box::new).map(|row| *row);
    assert_eq!(permits(boxed.decided(snapshot)), expected);
}

/// R1 · a row is decided on by the people whom it names when it is decided on.
#[test]
fn a_looked_up_index_is_used_for_no_other_person() {
    let (_, snapshot) = crowd();
    for (text, names) in [
        ("u1u2", [0..2, 2..4]),
        ("u2u1", [0..2, 2..4]),
        ("u1u2", [0..2, 0..4]),
        ("u1u2", [0..4, 0..2]),
    ] {
        let rows = (0..100).map(|_| Fickle {
            text,
            names: names.clone(),
            times: Cell::new(0),
        });
        let [first, second] = names.clone().map(|name| &text[name] == "u1");
        let decided = permits(rows.decided(snapshot));
        // The first rows are asked once: when they are decided on.
        assert_eq!(decided[..ALONE], [first; ALONE], "{text} {names:?}");
        assert_eq!(decided[ALONE..], [second; 100 - ALONE], "{text} {names:?}");
    }
}

/// R1 · all subjects of a row have to permit, and a row without any has no consent.
#[test]
fn every_subject_of_a_row_is_asked_although_one_was_looked_up_ahead() {
    let (_, snapshot) = crowd();
    let of = |names: &[&str]| Several(names.iter().map(|&name| name.to_owned()).collect());
    let kinds = [
        (of(&["a", "b"]), true),
        (of(&["a", "c"]), false),
        (of(&["c", "a"]), false),
        (of(&[]), false),
        (of(&["b"]), true),
    ];
    let rows = kinds.iter().cycle().take(400);
    let decided = rows.clone().map(|(row, _)| row).decided(snapshot);
    let expected: Vec<bool> = rows.map(|(_, is_permit)| *is_permit).collect();
    assert_eq!(permits(decided), expected);
}

/// A row that looks its person up when it is first asked, and keeps the id. A clone looks up anew.
struct Cached {
    person: Rc<Cell<usize>>,
    id: OnceCell<String>,
}
row_by!(Cached, |row| {
    iter::once(row.id.get_or_init(|| name_of(row.person.get())).as_str())
});

impl Clone for Cached {
    fn clone(&self) -> Self {
        cached(&self.person)
    }
}

fn cached(person: &Rc<Cell<usize>>) -> Cached {
    let (person, id) = (Rc::clone(person), OnceCell::new());
    Cached { person, id }
}

/// R1 · exactly that subject. A law: clone at any point, drop either one, and continue: the
/// decisions are the same as without a clone.
#[test]
fn a_clone_decides_as_the_original_whichever_of_them_is_dropped() {
    const ROWS: usize = 700;
    let (_, snapshot) = crowd();
    let people = || (0..ROWS).map(|n| 3 * n + n % 2);
    let expected: Vec<bool> = people().map(|person| person % 3 == 0).collect();
    for begun in (0..40).chain((40..ROWS).step_by(23)) {
        for drops_the_original in [true, false] {
            let rows = people().map(|person| cached(&Rc::new(Cell::new(person))));
            let rows = rows.collect::<Vec<_>>().into_iter();
            let mut original = rows.decided(snapshot);
            let mut all = permits(original.by_ref().take(begun));
            let mut rest = original.clone();
            if drops_the_original {
                drop(original);
            } else {
                rest = original;
            }
            all.extend(permits(rest));
            assert_eq!(all, expected, "{begun} {drops_the_original}");
        }
    }
}

/// R1 · exactly that subject. An id may be dropped after it was looked up, and another id of the
/// same length may then have its address. Each row is decided on by the person it names.
#[test]
fn an_id_in_the_memory_of_a_dropped_id_is_looked_up_again() {
    let (_, snapshot) = crowd();
    for begun in [ALONE + 1, 20, 40, 100, 400] {
        let person = Rc::new(Cell::new(0));
        let rows = (0..700).map(|_| cached(&person)).collect::<Vec<_>>();
        let mut original = rows.into_iter().decided(snapshot);
        assert_eq!(permits(original.by_ref().take(begun)), vec![true; begun]);
        let clone = original.clone();
        drop(original);
        person.set(1);
        assert_eq!(permits(clone), vec![false; 700 - begun], "{begun}");
    }
}
