//! Near misses: a no under an id that differs only in form from that of a grant is not lost.

use std::collections::BTreeSet;

use consent_gate::{
    ConsentRecord, Decision, Ledger, NonDecisionStatus, Rules as Rule, Snapshot, SubjectId,
};

use proptest::prelude::*;
use proptest::sample::select;

use crate::world::{GIVEN_AT, Row, gate, grant, name, post, post_by, withdrawal};

fn ledger_of(records: impl IntoIterator<Item = ConsentRecord>) -> Ledger {
    records.into_iter().collect()
}

/// Ids of few forms.
const FORMS: [&str; 22] = [
    "7",
    "07",
    "007",
    "7.0",
    "7.0.0",
    "70",
    "0",
    "00",
    "0198c0de-0000-7000-8000-00000000abcd",
    "0198C0DE-0000-7000-8000-00000000ABCD",
    " 0198c0de-0000-7000-8000-00000000abcd",
    "alice",
    "Alice",
    " alice",
    "alice.0",
    "mailto:alice",
    "mailto:mailto:alice",
    "bob",
    "BOB ",
    "jos\u{E9}",
    "jose\u{301}",
    "18446744073709551616",
];

/// The ids of each near miss: those that denied, then those that granted, each in order.
fn near_misses(ledger: &Ledger) -> Vec<(Vec<String>, Vec<String>)> {
    let texts = |ids: &[SubjectId]| {
        let mut texts: Vec<_> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        texts.sort_unstable();
        texts
    };
    let all = ledger.near_misses();
    all.iter()
        .map(|each| (texts(each.denied()), texts(each.granted())))
        .collect()
}

/// One denial by `denied` beside one grant by `granted`.
fn is_near(denied: &str, granted: &str) -> bool {
    let ledger = ledger_of([
        grant().by(granted).record(),
        withdrawal().by(denied).record(),
    ]);
    let found = near_misses(&ledger);
    let pair = (vec![denied.to_owned()], vec![granted.to_owned()]);
    assert!(found.is_empty() || found == [pair]);
    !found.is_empty()
}

/// R2 · the commonest way in which a no is lost: an id in another form.
#[test]
fn an_id_in_another_form_is_near() {
    for (denied, granted) in [
        ("Alice@Example.org", "alice@example.org"),
        ("ann@example.org ", "ann@example.org"),
        ("\tann@example.org\u{A0}", "ann@example.org"),
        ("jose\u{301}", "jos\u{E9}"),
        ("jos\u{E9}", "JOSE\u{301}"),
        ("STRASSE", "stra\u{DF}e"),
        ("\u{FF41}lice", "alice"),
        ("al\u{200B}ice", "alice"),
        ("\u{FEFF}alice", "alice"),
        ("alice\0", "alice"),
        ("mailto:alice@example.org", "alice@example.org"),
        ("alice@example.org", "MAILTO:alice@example.org"),
        ("007", "7"),
        ("7", "007"),
        ("8.0", "8"),
        ("8", "0008.0"),
        ("\u{FF18}", "8"),
        ("0.0", "0"),
        ("18446744073709551615.0", "18446744073709551615"),
        (
            "0198C0DE-0000-7000-8000-00000000ABCD",
            "0198c0de-0000-7000-8000-00000000abcd",
        ),
    ] {
        assert!(is_near(denied, granted), "{denied:?} {granted:?}");
    }
}

proptest! {
    /// R2 · among many people a near miss is what it is between two.
    #[test]
    fn near_misses_of_many_are_those_of_each_two(
        said in prop::collection::vec((select(&FORMS[..]), any::<bool>()), 1..30),
    ) {
        let record = |(id, is_yes): &(&str, bool)| {
            if *is_yes { grant().by(id).record() } else { withdrawal().by(id).record() }
        };
        let mut ledger = Ledger::default();
        for (number, each) in said.iter().enumerate() {
            let record = record(each);
            let (statement, details) = (record.statement().clone(), record.details().clone());
            let id = name(&number.to_string());
            let record = ConsentRecord::new(id, record.subject().clone(), statement, details);
            ledger.insert(record.unwrap());
        }
        let granted: BTreeSet<&str> =
            said.iter().filter(|(_, is_yes)| *is_yes).map(|(id, _)| *id).collect();
        let denied = said.iter().map(|(id, _)| *id).filter(|id| !granted.contains(id));
        let denied: BTreeSet<&str> = denied.collect();
        let pairs = denied.iter().flat_map(|no| granted.iter().map(move |yes| (*no, *yes)));
        let expected = pairs.filter(|(no, yes)| is_near(no, yes));
        let expected = expected.map(|(no, yes)| (no.to_owned(), yes.to_owned()));
        let found = near_misses(&ledger).into_iter().flat_map(|(denied, granted)| {
            let pairs = |no: String| granted.clone().into_iter().map(move |yes| (no.clone(), yes));
            denied.into_iter().flat_map(pairs).collect::<Vec<_>>()
        });
        prop_assert_eq!(found.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>());
    }
}

/// Ids of which more than the form differs are those of different people.
#[test]
fn another_id_is_not_near() {
    for (denied, granted) in [
        ("bob", "alice"),
        ("u1", "u11"),
        ("70", "7"),
        ("7.1", "7"),
        ("-7", "7"),
        ("a lice", "alice"),
        ("alice@example.org", "alice@example.com"),
        ("jose", "jos\u{E9}"),
    ] {
        assert!(!is_near(denied, granted), "{denied:?} {granted:?}");
    }
}

/// A denial by an id that a grant is by as well belongs to that id.
#[test]
fn a_denial_by_somebody_who_granted_is_their_own() {
    let ledger = ledger_of([
        grant().record(),
        grant().by("U1").id("g2").record(),
        withdrawal().by("U1").record(),
    ]);
    assert!(near_misses(&ledger).is_empty());
}

/// A statement that neither grants nor denies is not a near miss.
#[test]
fn a_question_is_no_denial() {
    let asked = NonDecisionStatus::Requested;

    let asked = ConsentRecord::non_decision("n1", "U1", "acme", asked, GIVEN_AT);
    let ledger = ledger_of([grant().record(), asked.build().unwrap()]);
    assert!(near_misses(&ledger).is_empty());
    assert!(near_misses(&Ledger::new()).is_empty());
}

/// R2 · a record that could not be read may be a denial.
#[test]
fn an_unreadable_record_by_an_id_in_another_form_is_near() {
    let mut ledger = ledger_of([grant().record()]);
    ledger.mark_unreadable(&name("U1"));
    assert_eq!(near_misses(&ledger).len(), 1);
}

/// All ids of one form are listed together, so that the list is no longer than the ledger.
#[test]
fn several_ids_of_one_form_are_one_near_miss() {
    let ledger = ledger_of([
        grant().record(),
        grant().by("u1.0").id("g2").record(),
        grant().by("other").id("g3").record(),
        withdrawal().by("U1").record(),
        withdrawal().by(" u1").id("w2").record(),
        withdrawal().by("U1").id("w3").record(),
    ]);
    let ids = |ids: [&str; 2]| ids.map(str::to_owned).to_vec();
    assert_eq!(
        near_misses(&ledger),
        [(ids([" u1", "U1"]), ids(["u1", "u1.0"]))]
    );
}

/// An alias says whose the denial is, which settles the question.
#[test]
fn ids_that_an_alias_joins_are_no_near_miss() {
    let mut ledger = ledger_of([grant().record(), withdrawal().by("U1").record()]);
    ledger.alias(&name("U1"), &name("u1"));
    assert!(near_misses(&ledger).is_empty());

    ledger.extend([withdrawal().by("u1 ").id("w2").record()]);
    let ids = |id: &str| vec![id.to_owned()];
    assert_eq!(near_misses(&ledger), [(ids("u1 "), ids("u1"))]);
}

/// R2 · a caller who withholds near misses marks whoever granted.
#[test]
fn a_caller_can_withhold_whoever_granted() {
    let mut ledger = ledger_of([
        grant().record(),
        grant().by("u2").id("g2").record(),
        withdrawal().by("U1").record(),
    ]);
    let gate = gate().build().unwrap();
    assert!(gate.with(&ledger).decide(&post()).is_permit());
    for near_miss in ledger.near_misses() {
        for id in near_miss.granted() {
            ledger.mark_unreadable(id);
        }
    }
    let snapshot = Snapshot::new(&gate, &ledger);
    let passes = |row: Row| {
        let passes = snapshot.decide(&row).is_permit();
        assert_eq!(passes, gate.with(&ledger).decide(&row).is_permit());
        passes
    };
    assert!(!passes(post()));
    assert!(passes(post_by("u2")));
    let Decision::Deny(reasons) = gate.with(&ledger).decide(&post()) else {
        panic!("permitted");
    };
    assert_eq!(reasons.failed(), Rule::READABLE);
    assert_eq!(near_misses(&ledger).len(), 1, "it stays one");
}

/// Whoever a near miss is about is not shown by accident.
#[test]
fn a_near_miss_is_not_shown() {
    let ledger = ledger_of([grant().record(), withdrawal().by("U1").record()]);
    let shown = format!("{:?}", ledger.near_misses());
    assert!(!shown.contains("U1") && !shown.contains("u1"), "{shown}");
}
