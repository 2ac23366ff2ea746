//! The exhaustive walks: every combination of how the rules can end, and every short sequence of
//! statements.

use std::collections::BTreeSet;

use consent_gate::{
    Actor, Assessment, Capacity, Channel, Channels, ConsentRecord, ConsentType, DataCategories,
    Decision, DenialStatus, Details, Gate, Granularity, Ledger, Method, NonDecisionStatus, OnFile,
    Purposes, Restrictions, Rules, Snapshot, Statement,
};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::oracle::{Answer, NOTHING_STATED, Oracle, Outcome, Tense};
use crate::strategies::{Row, denied, given, good_details, record};

use Outcome::{Contradicted, Met, Unproven};

const AS_OF: UtcDateTime = utc_datetime!(2024-11-01 0:00);

/// Rules and how each of them can end.
type Ends = [(u8, &'static [Outcome])];

const ALL: &[Outcome] = &[Met, Unproven, Contradicted];
const YES_OR_NO: &[Outcome] = &[Met, Contradicted];
const YES_OR_SILENCE: &[Outcome] = &[Met, Unproven];

/// What depends on a grant and the gate, once there is a grant, which is R1.
const PERSON: &Ends = &[
    (2, YES_OR_NO),
    (3, YES_OR_NO),
    (4, ALL),
    (5, ALL),
    (6, ALL),
    (7, ALL),
    (8, ALL),
    (9, ALL),
    (10, YES_OR_SILENCE),
    (11, ALL),
    (12, ALL),
    (13, YES_OR_NO),
    (14, ALL),
    (15, YES_OR_NO),
    (20, YES_OR_NO),
];

/// What depends on the row.
const ROW: &Ends = &[(16, ALL), (17, ALL), (18, ALL)];

/// The rules of a grant that may be waived.
const WAIVABLE: [u8; 6] = [5, 9, 10, 11, 12, 14];

/// The outcome of each rule that is not met. The rest is met.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    outcomes: [Option<Outcome>; 21],
    unproven: Rules,
    contradicted: Rules,
}

impl Failures {
    fn add(&mut self, rule: u8, outcome: Outcome) {
        self.outcomes[usize::from(rule)] = Some(outcome);
        let bit: Rules = Rules::all().iter().nth(usize::from(rule) - 1).unwrap();
        match outcome {
            Met => {}
            Unproven => self.unproven |= bit,
            Contradicted => self.contradicted |= bit,
        }
    }

    /// The value that makes a rule end as it should: the first when it is met, the second when it
    /// is unproven, the third when it is contradicted.
    fn pick<T>(&self, rule: u8, [met, unproven, contradicted]: [T; 3]) -> T {
        match self.outcomes[usize::from(rule)] {
            None | Some(Met) => met,
            Some(Unproven) => unproven,
            Some(Contradicted) => contradicted,
        }
    }

    fn is_contradicted(&self, rule: u8) -> bool {
        self.pick(rule, [false, false, true])
    }
}

/// Every combination of how these rules can end.
fn combinations(ends: &Ends) -> impl Iterator<Item = Failures> {
    let number: usize = ends.iter().map(|(_, ways)| ways.len()).product();
    (0..number).map(move |mut combination| {
        let mut failures = Failures::default();
        for (rule, ways) in ends {
            failures.add(*rule, ways[combination % ways.len()]);
            combination /= ways.len();
        }
        failures
    })
}

/// The records on file for a grant whose rules end like this: the grant, `g`, and what is needed
/// beside it.
fn on_file(failures: &Failures) -> Vec<ConsentRecord> {
    let controller = failures.pick(3, ["acme", "acme", "beta"]);
    let at = AS_OF + failures.pick(13, [Duration::ZERO, Duration::ZERO, Duration::NANOSECOND]);
    let asked = Purposes::TRAIN_GENERATIVE;
    let good = good_details(controller);
    let mut notice = good.notice.clone();
    let mut misleading = good.notice.clone();
    if let (Some(notice), Some(misleading)) = (&mut notice, &mut misleading) {
        notice.shown_at = Some(at);
        misleading.purposes = Purposes::SEARCH;
    }
    let mut details = good.clone();
    details.purposes = failures.pick(4, [asked, Purposes::empty(), Purposes::SEARCH]);
    details.data = DataCategories::POSTS;
    details.granular = failures.pick(
        5,
        [
            Some(Granularity::Separate),
            None,
            Some(Granularity::Bundled),
        ],
    );
    details.method = failures.pick(6, [Some(Method::Statement), None, Some(Method::PreTicked)]);
    details.consent_type = failures.pick(
        7,
        [
            Some(ConsentType::ExplicitlyExpressed),
            None,
            Some(ConsentType::Implied),
        ],
    );
    details.actor = failures.pick(8, [Some(Actor::Subject), None, Some(Actor::System)]);
    details.notice = failures.pick(9, [notice, None, misleading]);
    details.evidence = failures.pick(10, [good.evidence, None, None]);
    details.given_via = Some(Channel::Web);
    details.withdraw_via = failures.pick(11, [Channels::WEB, Channels::empty(), Channels::APP]);
    details.capacity = failures.pick(12, [Some(Capacity::OfAge), None, Some(Capacity::UnderAge)]);
    if failures.is_contradicted(20) {
        details.conditions = vec!["de-identified".parse().unwrap()];
    }
    details.valid_until =
        failures.pick(14, [Some(AS_OF + Duration::NANOSECOND), None, Some(AS_OF)]);
    let mut records = vec![record("g", "u1", given(controller, at), details)];
    if failures.is_contradicted(2) {
        records.push(record("g", "u2", asked_only(at), Details::default()));
    }
    if failures.is_contradicted(15) {
        let withdrawn = denied(DenialStatus::Withdrawn, None, Some(at));
        records.push(record("d", "u1", withdrawn, Details::default()));
    }
    records
}

/// A statement that says nothing either way.
fn asked_only(at: UtcDateTime) -> Statement {
    Statement::NonDecision {
        status: NonDecisionStatus::Requested,
        controller: "acme".parse().unwrap(),
        at,
    }
}

/// A row whose rules end like this, whatever the grant.
fn row(failures: &Failures) -> Row {
    let after = AS_OF + Duration::DAY;
    let before = AS_OF - Duration::DAY;
    Row {
        subjects: vec!["u1"],
        collected_at: failures.pick(16, [Some(after), None, Some(before)]),
        data: failures.pick(
            17,
            [
                DataCategories::POSTS,
                DataCategories::empty(),
                DataCategories::POSTS | DataCategories::SPECIAL_CATEGORY,
            ],
        ),
        restrictions: failures.pick(
            18,
            [
                Restrictions::none(),
                Restrictions::unread(),
                Restrictions::of(Purposes::TRAIN_GENERATIVE),
            ],
        ),
        own: Vec::new(),
    }
}

fn rows() -> Vec<(Failures, Row)> {
    let with_row = |failures| (failures, row(&failures));
    combinations(ROW).map(with_row).collect()
}

fn gate(waived: Rules) -> Gate {
    Gate::builder("acme", Purposes::TRAIN_GENERATIVE, AS_OF)
        .waive(waived)
        .build()
        .unwrap()
}

/// A gate for every set of rules that may be waived, but for R19, which none of them asks about.
fn gates() -> Vec<Gate> {
    let waivable = Rules::waivable().difference(Rules::FRESH);
    let waivable: Vec<_> = waivable.iter().collect();
    let waived = |set: u32| {
        let is_in = |position: &usize| set >> position & 1 == 1;
        (0..waivable.len())
            .filter(is_in)
            .map(|position| waivable[position])
            .collect()
    };
    (0..1 << waivable.len())
        .map(|set| gate(waived(set)))
        .collect()
}

/// How many combinations were asked about, and how many of them were permitted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Walked {
    combinations: u32,
    permits: u32,
}

impl Walked {
    /// Asks about one grant and these rows, and expects exactly what is wrong to be reported.
    fn ask(
        &mut self,
        gate: &Gate,
        person: &Failures,
        rows: &[(Failures, Row)],
        on_file: &[ConsentRecord],
    ) {
        let standings = Assessment::new(gate, "u1", OnFile::complete(on_file));
        let source = |_: &Row, _: &str| &standings;
        for (failures, row) in rows {
            let unproven = (person.unproven | failures.unproven).difference(gate.waivers().rules());
            let contradicted = person.contradicted | failures.contradicted;
            self.combinations += 1;
            match gate.with(source).decide(row) {
                Decision::Permit(grants) => {
                    assert!(
                        unproven.is_empty() && contradicted.is_empty(),
                        "{on_file:?}, {row:?}"
                    );
                    assert!(grants.iter().eq(["g"]));
                    self.permits += 1;
                }
                Decision::Deny(reasons) => {
                    let found = (reasons.unproven(), reasons.contradicted());
                    assert_eq!(found, (unproven, contradicted), "{on_file:?}, {row:?}");
                    assert!(!reasons.failed().is_empty());
                }
            }
        }
    }
}

/// Every combination of how R2 to R18 and R20 can end for one grant, with nothing waived: 2^6 × 3^12 =
/// 34,012,224, of which one is permitted.
#[test]
fn exactly_what_is_wrong_is_reported_and_one_combination_permits() {
    let (gate, rows) = (gate(Rules::empty()), rows());
    let mut walked = Walked::default();
    for person in combinations(PERSON) {
        walked.ask(&gate, &person, &rows, &on_file(&person));
    }
    let (combinations, permits) = (2_u32.pow(6) * 3_u32.pow(12), 1);
    assert_eq!(
        walked,
        Walked {
            combinations,
            permits
        }
    );
}

/// Every combination of how the nine rules that may be waived can end, before each of the 2^9
/// gates that waive some of them: 2 × 3^8 × 512 = 6,718,464. Permitted are those in which nothing
/// is contradicted and what is unproven is waived: for each rule met with or without a waiver, or
/// unproven with one, hence 3^9.
#[test]
fn a_waiver_forgives_its_own_rule_when_it_is_unproven_and_nothing_else() {
    let (gates, rows) = (gates(), rows());
    let is_waivable = |(rule, _): &&(u8, _)| WAIVABLE.contains(rule);
    let waivable: Vec<_> = PERSON.iter().filter(is_waivable).copied().collect();
    let mut walked = Walked::default();
    for person in combinations(&waivable) {
        let on_file = on_file(&person);
        for gate in &gates {
            walked.ask(gate, &person, &rows, &on_file);
        }
    }
    let (combinations, permits) = (2 * 3_u32.pow(8) * 512, 3_u32.pow(9));
    assert_eq!(
        walked,
        Walked {
            combinations,
            permits
        }
    );
}

/// Every combination of how the other rules can end, with all nine that may be waived unproven,
/// before each of the 2^9 gates: 2^5 × 3^4 × 512 = 1,327,104, of which one is permitted.
#[test]
fn no_waiver_forgives_a_rule_that_may_not_be_waived() {
    let gates = gates();
    let is_waivable = |rule: &u8| WAIVABLE.contains(rule);
    let others: Vec<_> = PERSON
        .iter()
        .filter(|(rule, _)| !is_waivable(rule))
        .copied()
        .collect();
    let mut silent = Failures::default();
    for (rule, _) in ROW {
        silent.add(*rule, Unproven);
    }
    let silent_row = [(silent, row(&silent))];
    let mut walked = Walked::default();
    for mut person in combinations(&others) {
        for rule in WAIVABLE {
            person.add(rule, Unproven);
        }
        let on_file = on_file(&person);
        for gate in &gates {
            walked.ask(gate, &person, &silent_row, &on_file);
        }
    }
    let (combinations, permits) = (2_u32.pow(5) * 3_u32.pow(4) * 512, 1);
    assert_eq!(
        walked,
        Walked {
            combinations,
            permits
        }
    );
}

/// R1 · with no grant on file, R1 is reported, R2 when records conflict, R15 when the person said
/// no, and nothing of the row: 2 × 2 combinations, 27 rows, 512 gates, 55,296 in all.
#[test]
fn without_a_grant_no_waiver_and_no_row_is_good_enough() {
    let (gates, rows) = (gates(), rows());
    let mut combinations = 0_u32;
    for (is_contested, is_denied) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut on_file = vec![record("q", "u1", asked_only(AS_OF), good_details("acme"))];
        let mut expected = (Rules::ON_RECORD, Rules::empty());
        if is_contested {
            on_file.push(record("q", "u1", asked_only(AS_OF), good_details("beta")));
            expected.1 |= Rules::READABLE;
        }
        if is_denied {
            let refused = denied(DenialStatus::Refused, Some("acme"), Some(AS_OF));
            on_file.push(record("d", "u1", refused, Details::default()));
            expected.1 |= Rules::STANDING;
        }
        for gate in &gates {
            let standings = Assessment::new(gate, "u1", OnFile::complete(&on_file));
            let source = |_: &Row, _: &str| &standings;
            for (_, row) in &rows {
                let Decision::Deny(reasons) = gate.with(source).decide(row) else {
                    panic!("permitted: {row:?}");
                };
                assert_eq!((reasons.unproven(), reasons.contradicted()), expected);
                combinations += 1;
            }
        }
    }
    assert_eq!(combinations, 2 * 2 * 27 * 512);
}

/// Every ordered pair of grants of which four rules end in any way, 3^4 × 3^4, given at the same
/// instant or the second one later, with two ids in either order or with one and the same:
/// 2 × 3 × 6,561 = 39,366 pairs. The permit rests on the grant, and the denial reports the grant,
/// that the oracle says, down to the last tie.
#[test]
fn of_two_grants_the_better_one_is_named_and_the_closer_one_reported() {
    let four: Vec<_> = PERSON
        .iter()
        .filter(|(rule, _)| [5, 7, 11, 12].contains(rule))
        .copied()
        .collect();
    let (gate, row) = (gate(Rules::empty()), row(&Failures::default()));
    let first_at = AS_OF - Duration::DAY;
    let grants = |id: &str, at: UtcDateTime| -> Vec<ConsentRecord> {
        let on_file = combinations(&four).map(|failures| on_file(&failures));
        let renamed = on_file.map(|records| {
            let mut details = records[0].details().clone();
            if let Some(notice) = &mut details.notice {
                notice.shown_at = Some(first_at);
            }
            record(id, "u1", given("acme", at), details)
        });
        renamed.collect()
    };
    let (mut pairs, mut permits) = (0_u32, 0_u32);
    for (id, other_id) in [("a", "b"), ("b", "a"), ("a", "a")] {
        for other_at in [first_at, AS_OF] {
            let others = grants(other_id, other_at);
            for grant in grants(id, first_at) {
                for other in &others {
                    let records = [grant.clone(), other.clone()];
                    let oracle = Oracle {
                        gate: &gate,
                        tense: Tense::Present,
                        on_file: &records,
                        unreadable: &BTreeSet::new(),
                        stated: &NOTHING_STATED,
                        party_aliases: &[],
                    };
                    let expected = oracle.answer(&row);
                    let found = gate
                        .with(|_: &Row, _: &str| OnFile::complete(records.to_vec()))
                        .decide(&row);
                    assert_eq!(Answer::of(&found), expected, "{records:?}");
                    pairs += 1;
                    permits += u32::from(matches!(expected, Answer::Permit(_)));
                }
            }
        }
    }
    assert_eq!(pairs, 2 * 3 * 3_u32.pow(8));
    // Either of the two is the good one, 81 + 81 - 1 pairs; with one id they conflict, unless
    // they are the same.
    assert_eq!(permits, 2 * 2 * 161 + 1);
}

/// The statements of which sequences are made. `None` is a record that could not be read.
fn alphabet() -> [Option<ConsentRecord>; 10] {
    let first = utc_datetime!(2024-09-10 9:00);
    let withdrawn_at = utc_datetime!(2024-10-15 9:00);
    let again = utc_datetime!(2024-10-20 9:00);
    let future = utc_datetime!(2024-12-01 9:00);
    let good = || good_details("acme");
    let no = |id, status, at, purposes| {
        let mut scope = Details::default();
        scope.purposes = purposes;
        Some(record(id, "u1", denied(status, Some("acme"), at), scope))
    };
    let everything = Purposes::empty();
    let mut of_another_kind = good();
    of_another_kind.evidence = None;
    [
        Some(record("given", "u1", given("acme", first), good())),
        Some(record("again", "u1", given("acme", again), good())),
        no(
            "withdrawn",
            DenialStatus::Withdrawn,
            Some(withdrawn_at),
            everything,
        ),
        no(
            "search",
            DenialStatus::Withdrawn,
            Some(again),
            Purposes::SEARCH,
        ),
        no("undated", DenialStatus::Refused, None, everything),
        no(
            "invalidated",
            DenialStatus::Invalidated,
            Some(future),
            everything,
        ),
        no("future", DenialStatus::Withdrawn, Some(future), everything),
        Some(record(
            "other",
            "u1",
            given("beta", again),
            good_details("beta"),
        )),
        None,
        // The same id as the first, and the proof is missing.
        Some(record("given", "u1", given("acme", first), of_another_kind)),
    ]
}

/// Every sequence of up to five of ten statements, 1 + 10 + 100 + 1,000 + 10,000 + 100,000 =
/// 111,111 in all, is answered as the oracle answers it, by a ledger and by a snapshot, for the
/// present and for a replay.
#[test]
fn every_sequence_of_five_statements_is_answered_as_the_rules_say() {
    let alphabet = alphabet();
    let gate = gate(Rules::empty());
    let replay = gate.replay();
    let row = Row {
        collected_at: Some(utc_datetime!(2024-10-30 9:00)),
        ..row(&Failures::default())
    };
    let (mut sequences, mut permits, mut replayed_permits) = (0, 0, 0);
    for length in 0..=5 {
        for number in 0..alphabet.len().pow(length) {
            let (mut ledger, mut records) = (Ledger::new(), Vec::new());
            let mut unreadable = BTreeSet::new();
            let mut rest = number;
            for _ in 0..length {
                if let Some(record) = &alphabet[rest % alphabet.len()] {
                    ledger.insert(record.clone());
                    records.push(record.clone());
                } else {
                    ledger.mark_unreadable(&"u1".parse().unwrap());
                    unreadable.insert("u1");
                }
                rest /= alphabet.len();
            }
            let oracle = Oracle {
                gate: &gate,
                tense: Tense::Present,
                on_file: &records,
                unreadable: &unreadable,
                stated: &NOTHING_STATED,
                party_aliases: &[],
            };
            let now = oracle.answer(&row);
            let then = Oracle {
                tense: Tense::Replay,
                ..oracle
            };
            let then = then.answer(&row);
            let snapshot = Snapshot::new(&gate, &ledger);
            let replayed = Snapshot::new(&replay, &ledger);
            let said = |decision| Answer::of(&decision);
            assert_eq!(said(gate.with(&ledger).decide(&row)), now, "{records:?}");
            assert_eq!(said(snapshot.decide(&row)), now, "{records:?}");
            assert_eq!(said(replay.with(&ledger).decide(&row)), then, "{records:?}");
            assert_eq!(said(replayed.decide(&row)), then, "{records:?}");
            sequences += 1;
            permits += u32::from(matches!(now, Answer::Permit(_)));
            replayed_permits += u32::from(matches!(then, Answer::Permit(_)));
        }
    }
    assert_eq!(sequences, 111_111);
    assert!(
        0 < permits && permits < replayed_permits,
        "{permits}, {replayed_permits}"
    );
}
