//! The laws: what is true of every decision, whatever is on file and whatever the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Debug;

use consent_gate::json::RowReader;
use consent_gate::signal::{self, Kind};
use consent_gate::{
    Actor, Asks, Assessment, Capacity, Channels, ConsentRecord, ConsentType, Consented,
    DataCategories, DataPeriod, Decided, Decision, DenialStatus, Details, EmbeddedRecords, Gate,
    GatedIterator, GatedSource, Ledger, Notice, OnFile, Purposes, Report, Restrictions, Rules,
    Snapshot, Statement, UserRecord,
};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::oracle::{Answer, NOTHING_STATED, Oracle, Outcome, RuleIds, Tense, numbers};
use crate::strategies::{
    Ask, Row, SUBJECTS, World, a_denial, a_field, a_grant, a_non_decision, a_permitting_world,
    a_record, a_signal, a_world, asked_purposes, denied, given, ledger, record, restrictions,
    waivers,
};

/// How a law ends.
pub(crate) type Law = Result<(), TestCaseError>;

/// What reads the fields of a header.
type Reader = fn(Vec<Vec<u8>>) -> Restrictions;

/// A row about which nothing is known.
struct Nothing;

impl UserRecord for Nothing {}

/// The number of cases for the agreement of all paths, which can be raised to run longer.
pub(crate) fn cases_of_agreement() -> u32 {
    match env::var("CONSENT_GATE_CASES") {
        Ok(number) => number.parse().expect("CONSENT_GATE_CASES is a number"),
        Err(_) => 4096,
    }
}

/// The decision on each row of a world.
fn answers(ask: &Ask, ledger: &Ledger, rows: &[Row]) -> Vec<Answer> {
    let gate = ask.gate();
    let answer = |row: &Row| Answer::of(&gate.with(ledger).decide(row));
    rows.iter().map(answer).collect()
}

/// The decisions on the rows of a world when their signals restrict this.
fn answers_with(world: &World, restrictions: Restrictions) -> Vec<Answer> {
    let mut rows = world.rows.clone();
    for row in &mut rows {
        row.restrictions = restrictions;
    }
    answers(&world.ask, &world.ledger(), &rows)
}

/// What a signal restricts, as the library reads it.
fn read((kind, value): (&str, String)) -> Restrictions {
    let kind = kind.parse::<Kind>();
    kind.map_or(Restrictions::unread(), |kind| kind.read(&value))
}

fn is_permit(answer: &Answer) -> bool {
    matches!(answer, Answer::Permit(_))
}

/// The people of a row, each once, in its order.
fn people(row: &Row) -> Vec<&'static str> {
    let mut people = Vec::new();
    for &subject in &row.subjects {
        if !people.contains(&subject) {
            people.push(subject);
        }
    }
    people
}

/// The rules whose waivers have no effect on what a guardian granted.
const NEVER_FOR_GUARDIANS: Rules = Rules::GRANULAR
    .union(Rules::INFORMED)
    .union(Rules::CAPACITY);

fn is_by_guardian(record: &ConsentRecord) -> bool {
    let actor = record.details().actor;
    matches!(actor, Some(Actor::Guardian | Actor::VerifiedGuardian))
}

/// Whether a guardian granted for somebody whom a row is about, by whatever name.
fn is_any_by_guardian(world: &World, row: &Row) -> bool {
    let is_joined = |record: &ConsentRecord| {
        people(row).contains(&record.subject().as_str()) || !world.stated.aliases.is_empty()
    };
    let mut records = world.records.iter();
    records.any(|record| is_grant(record) && is_by_guardian(record) && is_joined(record))
}

fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}

/// The same record with another id.
fn renamed(original: &ConsentRecord, id: &str) -> ConsentRecord {
    let (statement, details) = (original.statement().clone(), original.details().clone());
    record(id, original.subject().as_str(), statement, details)
}

/// The same record with other details.
fn altered(original: &ConsentRecord, alter: impl FnOnce(&mut Details)) -> ConsentRecord {
    let mut details = original.details().clone();
    alter(&mut details);
    let subject = original.subject().as_str();
    record(
        original.id().as_str(),
        subject,
        original.statement().clone(),
        details,
    )
}

/// The outcomes of some rows, counted one by one.
#[derive(Default)]
struct Tally {
    consented: u64,
    unreadable: u64,
    primary: BTreeMap<u8, u64>,
    any: BTreeMap<u8, u64>,
}

impl Tally {
    fn count(&mut self, answer: &Answer) {
        for rule in answer.failed() {
            *self.any.entry(rule).or_default() += 1;
        }
        match answer.primary() {
            Some(rule) => *self.primary.entry(rule).or_default() += 1,
            None => self.consented += 1,
        }
    }

    fn of(answers: &[Answer], unreadable: u64) -> Self {
        let mut tally = Self {
            unreadable,
            ..Self::default()
        };
        for answer in answers {
            tally.count(answer);
        }
        tally
    }

    fn is(&self, report: &Report) -> Law {
        let by_number = |counts: &mut dyn Iterator<Item = (Rules, u64)>| {
            let mut by_number = BTreeMap::new();
            for (rule, times) in counts {
                for number in numbers(rule) {
                    by_number.insert(number, times);
                }
            }
            by_number
        };
        let withheld: u64 = self.primary.values().sum();
        prop_assert_eq!(report.consented(), self.consented);
        prop_assert_eq!(report.withheld(), withheld);
        prop_assert_eq!(report.unreadable(), self.unreadable);
        prop_assert_eq!(report.seen(), self.consented + withheld + self.unreadable);
        prop_assert_eq!(&by_number(&mut report.primary()), &self.primary);
        prop_assert_eq!(&by_number(&mut report.any()), &self.any);
        Ok(())
    }
}

/// One path, by its name, compared with the expected decisions.
fn same(path: &str, decision: &Decision<'_>, expected: &Answer, row: &Row) -> Law {
    prop_assert_eq!(&Answer::of(decision), expected, "{} on {:?}", path, row);
    Ok(())
}

/// Every source, for the present and for a replay, says of every row what the oracle says.
fn sources_agree(world: &World) -> Law {
    let gate = world.ask.gate();
    let replay = gate.replay();
    let all = world.records.as_slice();
    let everything = world.ledger();
    let snapshot = Snapshot::new(&gate, &everything);
    let replayed = Snapshot::new(&replay, &everything);
    let grants_only = Snapshot::of_grants_only(&gate, &everything);
    let batch = snapshot.decide_batch(&world.rows);
    prop_assert_eq!(batch.len(), world.rows.len());
    let (filed, own) = world.split();
    let part = world.ledger_of(&filed);
    let snapshot_of_part = Snapshot::new(&gate, &part);
    let replayed_part = Snapshot::new(&replay, &part);
    for (row, in_batch) in world.rows.iter().zip(&batch) {
        let [now, then] = [Tense::Present, Tense::Replay].map(|tense| {
            let oracle = Oracle {
                gate: &gate,
                tense,
                on_file: all,
                unreadable: &world.unreadable,
                stated: &world.stated,
                party_aliases: &world.ask.party_aliases,
            };
            oracle.answer(row)
        });
        let carrier = row.carrying(&own);
        let added = EmbeddedRecords::added_to(&part);
        let on_snapshot = snapshot_of_part.with_embedded(&part);
        let replayed_on_snapshot = replayed_part.with_embedded(&part);

        same("ledger", &gate.with(&everything).decide(row), &now, row)?;
        same("snapshot", &snapshot.decide(row), &now, row)?;
        let on_file = |_: &Row, subject: &str| everything.on_file(subject);
        same("on file", &gate.with(on_file).decide(row), &now, row)?;
        let assessed: BTreeMap<&str, Assessment> = people(row)
            .into_iter()
            .map(|subject| {
                let on_file = everything.on_file(subject);
                (subject, Assessment::new(&gate, subject, on_file))
            })
            .collect();
        let assessed = |_: &Row, subject: &str| &assessed[subject];
        same(
            "assessed on file",
            &gate.with(assessed).decide(row),
            &now,
            row,
        )?;
        let of_grants = grants_only.decide(row);
        prop_assert_eq!(
            of_grants.is_permit(),
            matches!(now, Answer::Permit(_)),
            "{:?}",
            row
        );
        same("batch", in_batch, &now, row)?;
        same("added", &gate.with(added).decide(&carrier), &now, row)?;
        let added_on_snapshot = on_snapshot.decide(&carrier);
        same("added on a snapshot", &added_on_snapshot, &now, row)?;
        same(
            "replayed ledger",
            &replay.with(&everything).decide(row),
            &then,
            row,
        )?;
        same("replayed snapshot", &replayed.decide(row), &then, row)?;
        same(
            "replayed added",
            &replay.with(added).decide(&carrier),
            &then,
            row,
        )?;
        let added_on_snapshot = replayed_on_snapshot.decide(&carrier);
        same(
            "replayed added on a snapshot",
            &added_on_snapshot,
            &then,
            row,
        )?;
        match (gate.with(&everything).admit(row), &now) {
            (Decided::Consented(witness), Answer::Permit(grants)) => {
                prop_assert!(
                    witness
                        .grants()
                        .iter()
                        .eq(grants.iter().map(consent_gate::RecordId::as_str)),
                    "admit on {:?}",
                    row
                );
                prop_assert_eq!(witness.gate(), &gate);
            }
            (Decided::Withheld(withheld), Answer::Deny { .. }) => {
                let decision = Decision::Deny(withheld.reasons());
                same("admit", &decision, &now, row)?;
            }
            (Decided::Consented(_), _) => prop_assert!(false, "admit permits {:?}", row),
            (Decided::Withheld(_), _) => prop_assert!(false, "admit denies {:?}", row),
        }
    }
    Ok(())
}

/// So do columns of ids: each row asked about as if it were about each subject alone.
fn columns_agree(world: &World) -> Law {
    let gate = world.ask.gate();
    let replay = gate.replay();
    let everything = world.ledger();
    let grants_only = Snapshot::of_grants_only(&gate, &everything);
    let now = Snapshot::new(&gate, &everything);
    let then = Snapshot::new(&replay, &everything);
    for tense in [Tense::Present, Tense::Replay] {
        let oracle = Oracle {
            gate: &gate,
            tense,
            on_file: &world.records,
            unreadable: &world.unreadable,
            stated: &world.stated,
            party_aliases: &world.ask.party_aliases,
        };
        for row in &world.rows {
            let alone = SUBJECTS.map(|subject| Row {
                subjects: vec![subject],
                ..row.clone()
            });
            let expected = alone.each_ref().map(|row| oracle.answer(row));
            let permits = expected.each_ref().map(is_permit);
            let (decisions, mask) = match tense {
                Tense::Present => by_columns(&now, row),
                Tense::Replay => by_columns(&then, row),
            };
            for ((row, decision), expected) in alone.iter().zip(decisions).zip(&expected) {
                same("column", &decision, expected, row)?;
            }
            prop_assert_eq!(&mask, &permits, "{:?}", row);
            if tense == Tense::Present {
                let decisions = grants_only.decide_ids(&SUBJECTS, |_| row);
                let of_grants: Vec<_> = decisions.iter().map(Decision::is_permit).collect();
                prop_assert_eq!(&of_grants, &permits, "{:?}", row);
                prop_assert_eq!(&grants_only.mask_ids(&SUBJECTS, row), &permits, "{:?}", row);
            }
        }
    }
    Ok(())
}

fn by_columns<'s, Q: Asks>(snapshot: &'s Snapshot<Q>, row: &Row) -> (Vec<Decision<'s>>, Vec<bool>) {
    let decisions = snapshot.decide_ids(&SUBJECTS, |_| row);
    (decisions, snapshot.mask_ids(&SUBJECTS, row))
}

/// So do the sources that are lists of records. What could not be read they cannot say of a list,
/// but for an error in place of one.
fn lists_agree(world: &World) -> Law {
    let gate = world.ask.gate();
    let replay = gate.replay();
    let all = world.records.as_slice();
    let all_read = BTreeSet::new();
    let standings: BTreeMap<&str, Assessment> = world
        .rows
        .iter()
        .flat_map(|row| &row.subjects)
        .map(|&subject| {
            (
                subject,
                Assessment::new(&gate, subject, OnFile::complete(all)),
            )
        })
        .collect();
    let is_marked = |record: &ConsentRecord| world.unreadable.contains(record.subject().as_str());
    let of_others: Vec<_> = all
        .iter()
        .filter(|each| !is_marked(each))
        .cloned()
        .collect();

    let borrowed = |_: &Row, _: &str| OnFile::complete(all);
    let listed = |_: &Row, _: &str| OnFile::complete(all.to_vec());
    let judged_before = |_: &Row, subject: &str| &standings[subject];
    let fallible = |_: &Row, subject: &str| {
        if world.unreadable.contains(subject) {
            Err("unreadable")
        } else {
            Ok(OnFile::complete(of_others.clone()))
        }
    };
    for row in &world.rows {
        let expected = |tense, on_file, unreadable| {
            let oracle = Oracle {
                gate: &gate,
                tense,
                on_file,
                unreadable,
                stated: &NOTHING_STATED,
                party_aliases: &world.ask.party_aliases,
            };
            oracle.answer(row)
        };
        let now = expected(Tense::Present, all, &all_read);
        let then = expected(Tense::Replay, all, &all_read);
        let carrier = row.carrying(all);
        let own = EmbeddedRecords::only();

        same("slice", &gate.with(borrowed).decide(row), &now, row)?;
        same("list", &gate.with(listed).decide(row), &now, row)?;
        same(
            "standings",
            &gate.with(judged_before).decide(row),
            &now,
            row,
        )?;
        same("own", &gate.with(own).decide(&carrier), &now, row)?;
        same(
            "replayed slice",
            &replay.with(borrowed).decide(row),
            &then,
            row,
        )?;
        same(
            "replayed list",
            &replay.with(listed).decide(row),
            &then,
            row,
        )?;
        same(
            "replayed own",
            &replay.with(own).decide(&carrier),
            &then,
            row,
        )?;

        let now = expected(Tense::Present, &of_others, &world.unreadable);
        let then = expected(Tense::Replay, &of_others, &world.unreadable);
        same("error", &gate.with(fallible).decide(row), &now, row)?;
        same(
            "replayed error",
            &replay.with(fallible).decide(row),
            &then,
            row,
        )?;
    }
    Ok(())
}

/// So do the adapters on iterators, with any source, and their reports count it.
fn adapters_agree<'g, 'r, S>(source: S, rows: &'r [Row], expected: &[Answer]) -> Law
where
    S: GatedSource<'g, &'r Row, Asker = Gate> + Copy,
{
    let permits: Vec<_> = expected
        .iter()
        .filter(|each| is_permit(each))
        .cloned()
        .collect();
    let answer = |decided: Decided<'g, &'r Row>| Answer::of_row(&decided);
    let permit = |row: Consented<'g, &'r Row>| Answer::of_consented(&row);

    let mut decided = rows.iter().decided(source);
    let found: Vec<_> = decided.by_ref().map(answer).collect();
    prop_assert_eq!(found.as_slice(), expected, "decided");
    Tally::of(expected, 0).is(decided.report())?;

    let mut consented = rows.iter().consented(source);
    let found: Vec<_> = consented.by_ref().map(permit).collect();
    prop_assert_eq!(&found, &permits, "consented");
    Tally::of(expected, 0).is(consented.report())?;

    // An error in front of each row.
    let results = || rows.iter().flat_map(|row| [Err("torn"), Ok(row)]);
    let errors = u64::try_from(rows.len()).unwrap();

    let mut decided = results().decided_ok(source);
    let found: Vec<_> = decided
        .by_ref()
        .filter_map(Result::ok)
        .map(answer)
        .collect();
    prop_assert_eq!(found.as_slice(), expected, "decided_ok");
    Tally::of(expected, errors).is(decided.report())?;

    let mut consented = results().consented_ok(source);
    let found: Vec<_> = consented
        .by_ref()
        .filter_map(Result::ok)
        .map(permit)
        .collect();
    prop_assert_eq!(&found, &permits, "consented_ok");
    Tally::of(expected, errors).is(consented.report())?;
    Ok(())
}

/// The agreement of every path on one world.
fn every_path_agrees(world: &World) -> Law {
    sources_agree(world)?;
    columns_agree(world)?;
    lists_agree(world)?;

    let gate = world.ask.gate();
    let everything = world.ledger();
    let snapshot = Snapshot::new(&gate, &everything);
    let oracle = Oracle {
        gate: &gate,
        tense: Tense::Present,
        on_file: &world.records,
        unreadable: &world.unreadable,
        stated: &world.stated,
        party_aliases: &world.ask.party_aliases,
    };
    let expected: Vec<_> = world.rows.iter().map(|row| oracle.answer(row)).collect();
    adapters_agree(gate.with(&everything), &world.rows, &expected)?;
    adapters_agree(&snapshot, &world.rows, &expected)?;

    let (filed, own) = world.split();
    let part = world.ledger_of(&filed);
    let snapshot = Snapshot::new(&gate, &part);
    let carriers: Vec<_> = world.rows.iter().map(|row| row.carrying(&own)).collect();
    let added = gate.with(EmbeddedRecords::added_to(&part));
    adapters_agree(added, &carriers, &expected)?;
    adapters_agree(snapshot.with_embedded(&part), &carriers, &expected)
}

/// Each field of a grant that proves something, reset to its value when nothing is stated,
/// and the rule that asks for it.
type Silenced = (u8, fn(&mut Details));

fn silence_notice(details: &mut Details, part: fn(&mut Notice)) {
    details.notice.iter_mut().for_each(part);
}

const SILENCED: [Silenced; 16] = [
    (4, |details| details.purposes = Purposes::empty()),
    (5, |details| details.granular = None),
    (6, |details| details.method = None),
    (7, |details| details.consent_type = None),
    (8, |details| details.actor = None),
    (9, |details| details.notice = None),
    (9, |details| {
        silence_notice(details, |notice| notice.id = None);
    }),
    (9, |details| {
        silence_notice(details, |notice| notice.version = None);
    }),
    (9, |details| {
        silence_notice(details, |notice| notice.shown_at = None);
    }),
    (9, |details| {
        silence_notice(details, |notice| notice.purposes = Purposes::empty());
    }),
    (9, |details| {
        silence_notice(details, |notice| notice.controller = None);
    }),
    (10, |details| details.evidence = None),
    (11, |details| details.given_via = None),
    (11, |details| details.withdraw_via = Channels::empty()),
    (12, |details| details.capacity = None),
    (14, |details| details.valid_until = None),
];

/// R1 · nothing is permitted on an empty ledger, for a row that names no one, or by a grant that
/// states nothing except yes, whatever is waived.
fn denies_by_default(world: &World, waived: Rules) -> Law {
    let gate = world.ask.gate();
    let (nothing, everything) = (Ledger::new(), world.ledger());
    let nobody_on_record = Answer::Deny {
        unproven: RuleIds::from([1]),
        contradicted: RuleIds::new(),
    };
    let unnamed = gate.with(&everything).decide(&Nothing);
    prop_assert_eq!(&Answer::of(&unnamed), &nobody_on_record);

    let another = Ask {
        trainer: "somebody else",
        ..world.ask.clone()
    };
    let another = another.gate();
    let assessed: BTreeMap<&str, Assessment> = (world.rows.iter())
        .flat_map(|row| &row.subjects)
        .map(|&subject| {
            let on_file = OnFile::complete(world.records.as_slice());
            (subject, Assessment::new(&another, subject, on_file))
        })
        .collect();
    let of_another = |_: &Row, subject: &str| &assessed[subject];
    let bare = SUBJECTS.map(|subject| {
        let statement = given(world.ask.trainer, world.ask.as_of);
        record(subject, subject, statement, Details::default())
    });
    let bare = ledger(&bare, &BTreeSet::new());
    let lenient = Ask {
        waived,
        ..world.ask.clone()
    };
    let lenient = lenient.gate();
    for row in &world.rows {
        same(
            "an empty ledger",
            &gate.with(&nothing).decide(row),
            &nobody_on_record,
            row,
        )?;
        prop_assert!(!gate.with(of_another).decide(row).is_permit());
        prop_assert!(!lenient.with(&bare).decide(row).is_permit());
    }
    Ok(())
}

/// The properties of every grant that a permit names, read from the record itself.
fn is_explicit(ask: &Ask, row: &Row, grant: &ConsentRecord) -> Law {
    let Statement::Grant { controller, at, .. } = grant.statement() else {
        return Err(TestCaseError::fail("not a grant"));
    };
    let details = grant.details();
    let is_trainer = |party: &&consent_gate::PartyId| party.as_str() == ask.trainer;
    prop_assert!(
        details
            .recipients
            .iter()
            .chain([controller])
            .any(|party| is_trainer(&party))
    );
    prop_assert!(details.purposes.contains(ask.purposes));
    prop_assert_eq!(details.consent_type, Some(ConsentType::ExplicitlyExpressed));
    prop_assert!(
        details
            .method
            .is_some_and(consent_gate::Method::is_affirmative)
    );
    let actor = details.actor;
    prop_assert!(matches!(
        actor,
        Some(Actor::Subject | Actor::VerifiedGuardian)
    ));
    let is_alone = actor == Some(Actor::Subject);
    prop_assert!(!(is_alone && details.capacity == Some(Capacity::UnderAge)));
    prop_assert!(*at <= ask.as_of);
    prop_assert!(details.valid_until.is_none_or(|until| ask.as_of < until));
    prop_assert!(!row.restrictions.purposes().intersects(ask.purposes));
    if details.data_period == DataPeriod::FromGrant {
        prop_assert!(row.collected_at.is_none_or(|collected| collected >= *at));
    }
    let covers = details.data.is_empty() || details.data.contains(row.data);
    prop_assert!(covers);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// R1 · where no one said anything, the answer is no.
    #[test]
    fn default_deny(world in a_world(), waived in waivers()) {
        denies_by_default(&world, waived)?;
    }

    /// What is permitted rests, for each person, on a grant of theirs that is explicit and covers
    /// what is asked, and on nothing else.
    #[test]
    fn permitted_only_if_explicitly_granted(world in a_world()) {
        let ledger = world.ledger();
        for (row, answer) in world.rows.iter().zip(answers(&world.ask, &ledger, &world.rows)) {
            let Answer::Permit(grants) = answer else { continue };
            for (subject, id) in people(row).into_iter().zip(grants) {
                let mut named = ledger.records_of(subject).filter(|record| *record.id() == id);
                is_explicit(&world.ask, row, &named.next().unwrap())?;
            }
        }
    }

    /// R15 · one no to everything, by everyone, with no date or dated after every grant, denies
    /// every row, for that reason among others.
    #[test]
    fn denial_trumps_grant(
        world in prop_oneof![a_world(), a_permitting_world()],
        status in prop::sample::select(&[DenialStatus::Refused, DenialStatus::Invalidated][..]),
        is_dated: bool,
    ) {
        let latest = world.records.iter().filter_map(|record| record.statement().at()).max();
        let at = latest.filter(|_| is_dated);
        let noes = SUBJECTS.map(|subject| {
            let id = format!("no of {subject}");
            record(&id, subject, denied(status, None, at), Details::default())
        });
        let mut ledger = world.ledger();
        ledger.extend(noes);
        let gate = world.ask.gate();
        let said_no = |row: &&Row| row.subjects.iter().any(|subject| SUBJECTS.contains(subject));
        for row in world.rows.iter().filter(said_no) {
            let Decision::Deny(reasons) = gate.with(&ledger).decide(row) else {
                return Err(TestCaseError::fail("permitted"));
            };
            prop_assert!(reasons.contradicted().contains(Rules::STANDING));
        }
    }

    /// Records may come in any order and any number of times.
    #[test]
    fn order_and_duplicates_do_not_matter(
        (world, shuffled) in a_world().prop_flat_map(|world| {
            let shuffled = Just(world.records.clone()).prop_shuffle();
            (Just(world), shuffled)
        }),
        repeats in prop::collection::vec(any::<Index>(), 0..=4),
    ) {
        let mut records = shuffled;
        if !records.is_empty() {
            let again: Vec<_> = repeats.iter().map(|index| index.get(&records).clone()).collect();
            records.extend(again);
        }
        let before = answers(&world.ask, &world.ledger(), &world.rows);
        let after = answers(&world.ask, &world.ledger_of(&records), &world.rows);
        prop_assert_eq!(&before, &after);
        let gate = world.ask.gate();
        for row in &world.rows {
            let [one, other] = [&world.records, &records].map(|records| {
                let slice = |_: &Row, _: &str| OnFile::complete(records.as_slice());
                Answer::of(&gate.with(slice).decide(row))
            });
            prop_assert_eq!(one, other);
        }
    }

    /// R15 · one more no, whatever it is about, never turns a no into a yes.
    #[test]
    fn adding_a_denial_never_permits(world in a_world(), denial in a_denial()) {
        let mut more = world.ledger();
        more.insert(denial);
        let before = answers(&world.ask, &world.ledger(), &world.rows);
        let after = answers(&world.ask, &more, &world.rows);
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(is_permit(before) || !is_permit(after), "{before:?} -> {after:?}");
        }
    }

    /// R15 · a statement of another person, a statement that neither grants nor denies, and a no to another party,
    /// for another purpose or about other data leave every answer unchanged.
    #[test]
    fn adding_an_unrelated_record_changes_nothing(
        world in prop_oneof![a_world(), a_permitting_world()],
        anything in a_record(),
        neither in a_non_decision(),
        denial in a_denial(),
    ) {
        let apart = |id: &str, statement: Statement, details: Details| {
            record(id, denial.subject().as_str(), statement, details)
        };
        let Statement::Denial { status, at, .. } = *denial.statement() else {
            return Err(TestCaseError::fail("not a denial"));
        };
        let asked_otherwise = Purposes::all().difference(world.ask.purposes);
        let but = |vary: &dyn Fn(&mut Details)| {
            let mut details = Details::default();
            vary(&mut details);
            details
        };
        let unrelated = [
            record(
                "of somebody else",
                "somebody else",
                anything.statement().clone(),
                anything.details().clone(),
            ),
            renamed(&neither, "neither"),
            apart("to another", denied(status, Some("nobody's"), at), Details::default()),
            apart(
                "for something else",
                denied(status, None, at),
                but(&|details| details.purposes = asked_otherwise),
            ),
            apart(
                "about other data",
                denied(status, None, at),
                but(&|details| details.data = DataCategories::DERIVED),
            ),
        ];
        for (row, number) in world.rows.iter().flat_map(|row| (0..5).map(move |n| (row, n))) {
            let is_about_the_row =
                row.data.is_empty() || row.data.contains(DataCategories::DERIVED);
            if (number == 4 && is_about_the_row) || (number == 3 && asked_otherwise.is_empty()) {
                continue;
            }
            let mut more = world.ledger();
            more.insert(unrelated[number].clone());
            let rows = std::slice::from_ref(row);
            let before = answers(&world.ask, &world.ledger(), rows);
            prop_assert_eq!(before, answers(&world.ask, &more, rows), "{:?}", unrelated[number]);
        }
    }

    /// A grant that permits needs each of its fields: without any of them it denies, for the rule
    /// that asks for it.
    #[test]
    fn replacing_any_field_of_a_grant_by_its_default_denies(world in a_permitting_world()) {
        let grant = &world.records[0];
        prop_assert!(is_permit(&answers(&world.ask, &world.ledger(), &world.rows)[0]));
        let replaced = |rule: u8, kind: fn(RuleIds) -> Answer, replace: fn(&mut Details)| {
            let records = [altered(grant, replace)];
            let found = answers(&world.ask, &ledger(&records, &BTreeSet::new()), &world.rows);
            prop_assert_eq!(&found[0], &kind(RuleIds::from([rule])), "{:?}", records);
            Ok(())
        };
        let silent = |unproven| Answer::Deny { unproven, contradicted: RuleIds::new() };
        let opposed = |contradicted| Answer::Deny { unproven: RuleIds::new(), contradicted };
        for (rule, silence) in SILENCED {
            replaced(rule, silent, silence)?;
        }
        replaced(17, silent, |details| details.data = DataCategories::empty())?;
        if !grant.details().recipients.is_empty() {
            replaced(3, opposed, |details| details.recipients.clear())?;
        }

        // The default of the data period covers less than a wider one does.
        let Some(at) = grant.statement().at() else {
            return Err(TestCaseError::fail("not dated"));
        };
        let collected_at = Some(at - time::Duration::NANOSECOND);
        let earlier = Row { collected_at, ..world.rows[0].clone() };
        let wide = altered(grant, |details| details.data_period = DataPeriod::AllExisting);
        let rows = [earlier];
        let [wide, narrow] = [wide, grant.clone()]
            .map(|grant| answers(&world.ask, &ledger(&[grant], &BTreeSet::new()), &rows));
        prop_assert!(is_permit(&wide[0]));
        prop_assert_eq!(&narrow[0], &opposed(RuleIds::from([16])));
    }

    /// What a stricter gate permits, a more lenient one permits too, though for more grants to
    /// choose from.
    #[test]
    fn waiving_less_never_permits_more(world in a_world(), less in waivers(), more in waivers()) {
        let with = |waived| Ask { waived, ..world.ask.clone() };
        let ledger = world.ledger();
        let strict = answers(&with(less), &ledger, &world.rows);
        let lenient = answers(&with(less | more), &ledger, &world.rows);
        for (strict, lenient) in strict.iter().zip(&lenient) {
            prop_assert!(!is_permit(strict) || is_permit(lenient), "{strict:?}, {lenient:?}");
        }
    }

    /// A waiver takes its rules out of what is unproven and leaves what is contradicted as it is.
    #[test]
    fn waiver_forgives_silence_never_a_no(world in a_world(), waived in waivers()) {
        // With one grant a person there is no other grant that could come closer.
        let mut granted = BTreeSet::new();
        let is_kept = |record: &&ConsentRecord| {
            !is_grant(record) || !is_by_guardian(record) && granted.insert(record.subject().clone())
        };
        let records: Vec<_> = world.records.iter().filter(is_kept).cloned().collect();
        let ledger = ledger(&records, &world.unreadable);
        let with = |waived| {
            answers(&Ask { waived, ..world.ask.clone() }, &ledger, &world.rows)
        };
        for (strict, lenient) in with(Rules::empty()).into_iter().zip(with(waived)) {
            let sets = |answer| match answer {
                Answer::Permit(_) => (RuleIds::new(), RuleIds::new()),
                Answer::Deny { unproven, contradicted } => (unproven, contradicted),
            };
            let (unproven, contradicted) = sets(strict);
            let forgiven = &unproven - &numbers(waived);
            prop_assert_eq!((forgiven, contradicted), sets(lenient));
        }
    }

    /// R5, R9, R12 · a person for whom a guardian acted cannot look after themselves: for their grants
    /// these rules are not waived.
    #[test]
    fn some_waivers_have_no_effect_on_what_a_guardian_granted(
        world in prop_oneof![a_world(), a_permitting_world()],
        waived in waivers(),
        actor in prop::sample::select(&[Actor::Guardian, Actor::VerifiedGuardian][..]),
    ) {
        let by_guardian = |record: &ConsentRecord| {
            if is_grant(record) {
                altered(record, |details| details.actor = Some(actor))
            } else {
                record.clone()
            }
        };
        let records: Vec<_> = world.records.iter().map(by_guardian).collect();
        let ledger = ledger(&records, &world.unreadable);
        let with = |waived| {
            answers(&Ask { waived, ..world.ask.clone() }, &ledger, &world.rows)
        };
        let without = with(waived.difference(NEVER_FOR_GUARDIANS));
        prop_assert_eq!(with(waived | NEVER_FOR_GUARDIANS), without);
    }

    /// R4 · a trainer that is refused some purposes is refused more purposes too.
    #[test]
    fn asking_for_more_purposes_never_permits_more(world in a_world(), more in asked_purposes()) {
        let ledger = world.ledger();
        let purposes = world.ask.purposes | more;
        let fewer = answers(&world.ask, &ledger, &world.rows);
        let more = answers(&Ask { purposes, ..world.ask.clone() }, &ledger, &world.rows);
        for (fewer, more) in fewer.iter().zip(&more) {
            prop_assert!(is_permit(fewer) || !is_permit(more), "{fewer:?}, {more:?}");
        }
    }

    /// R18 · whatever signals say, a row with more of them is not permitted more, and what is
    /// permitted beside a signal is permitted in the same way without it.
    #[test]
    fn a_signal_never_grants(
        world in prop_oneof![a_world(), a_permitting_world()],
        one in prop_oneof![restrictions(), a_signal().prop_map(read)],
        other in prop_oneof![restrictions(), a_signal().prop_map(read)],
    ) {
        let with = |restrictions| answers_with(&world, restrictions);
        prop_assert_eq!(with(one.and(other)), with(other.and(one)));
        for ((none, one), both) in
            with(Restrictions::none()).iter().zip(with(one)).zip(with(one.and(other)))
        {
            prop_assert!(!is_permit(&one) || *none == one, "{none:?}, {one:?}");
            prop_assert!(!is_permit(&both) || one == both, "{one:?}, {both:?}");
        }
    }

    /// R18 · whatever signals a row of JSON brings, what was denied without them is denied, and what
    /// is permitted beside them is permitted without any of them.
    #[test]
    fn no_signal_turns_a_denial_into_a_permit(
        world in prop_oneof![a_world(), a_permitting_world()],
        signals in prop::collection::vec(a_signal(), 0..4),
        lost in any::<Index>(),
    ) {
        let in_a_row = |signals: &[(&str, String)]| {
            let signals = signals.iter().map(|(kind, value)| {
                format!(r#"{{"kind":"{kind}","value":{value}}}"#)
            });
            let line = format!(r#"{{"signals":[{}]}}"#, signals.collect::<Vec<_>>().join(","));
            RowReader::new().read(line.as_bytes()).map(|row| row.restrictions())
        };
        // A row that is not read goes nowhere.
        if let Ok(all) = in_a_row(&signals) {
            let each = signals.iter().cloned().map(read);
            prop_assert_eq!(all, each.fold(Restrictions::none(), Restrictions::and));
            let all = answers_with(&world, all);
            for (none, all) in answers_with(&world, Restrictions::none()).iter().zip(&all) {
                prop_assert!(!is_permit(all) || none == all, "{none:?}, {all:?}");
            }
            let mut fewer = signals.clone();
            if !fewer.is_empty() {
                fewer.remove(lost.index(fewer.len()));
            }
            let fewer = in_a_row(&fewer);
            prop_assert!(fewer.is_ok());
            for (fewer, all) in answers_with(&world, fewer.unwrap()).iter().zip(&all) {
                prop_assert!(!is_permit(all) || fewer == all, "{fewer:?}, {all:?}");
            }
        }
    }

    /// R18 · whatever bytes stand in one field of a header, another field before or after it takes
    /// nothing back.
    #[test]
    fn another_field_takes_nothing_back(one in a_field(), other in a_field()) {
        let readers: [Reader; 5] = [
            signal::content_usage,
            signal::content_signal,
            signal::tdm_reservation,
            signal::x_robots_tag,
            signal::gpc,
        ];
        for read in readers {
            let alone = read(vec![one.clone()]);
            let in_front = read(vec![other.clone(), one.clone()]);
            let behind = read(vec![one.clone(), other.clone()]);
            for both in [in_front, behind] {
                prop_assert!(both.purposes().contains(alone.purposes()));
                prop_assert!(alone.is_readable() || !both.is_readable());
            }
        }
    }

    /// R14 · what has run out stays run out: a grant that has reached its end permits at no later
    /// instant, and what was denied is permitted later only for a grant dated in between.
    #[test]
    fn once_expired_stays_denied(
        world in prop_oneof![a_world(), a_permitting_world()],
        other in a_grant(),
    ) {
        let Some(other) = other.statement().at() else {
            return Err(TestCaseError::fail("not dated"));
        };
        let (first, then) = (world.ask.as_of.min(other), world.ask.as_of.max(other));
        let at = |as_of, ledger: &Ledger| {
            answers(&Ask { as_of, ..world.ask.clone() }, ledger, &world.rows)
        };

        let ended = world.records.iter().map(|record| {
            altered(record, |details| details.valid_until = Some(first))
        });
        let ended: Ledger = ended.collect();
        prop_assert!(!at(first, &ended).iter().any(is_permit));
        prop_assert!(!at(then, &ended).iter().any(is_permit));

        let is_between = |record: &ConsentRecord| {
            is_grant(record)
                && record.statement().at().is_some_and(|at| first < at && at <= then)
        };
        if !world.records.iter().any(is_between) {
            let ledger = world.ledger();
            for (first, then) in at(first, &ledger).iter().zip(at(then, &ledger)) {
                prop_assert!(is_permit(first) || !is_permit(&then), "{first:?} -> {then:?}");
            }
        }
    }

    /// R2 · a mark, a conflict or an error denies, and says so.
    #[test]
    fn unreadable_never_permits(
        world in prop_oneof![a_world(), a_permitting_world()],
        twin in a_record(),
    ) {
        let gate = world.ask.gate();
        let lost = |_: &Row, _: &str| Err::<OnFile<'_>, _>("lost");
        for row in &world.rows {
            let Some(&subject) = row.subjects.first() else { continue };
            let Ok(subject) = subject.parse() else { continue };
            let mut marked = world.ledger();
            marked.mark_unreadable(&subject);
            let mut contested = world.ledger();
            let (statement, details) = (twin.statement().clone(), twin.details().clone());
            contested.insert(record("twin", subject.as_str(), statement, details));
            let other = given("acme", world.ask.as_of);
            contested.insert(record("twin", "another", other, Details::default()));
            let decisions = [
                gate.with(&marked).decide(row),
                gate.with(&contested).decide(row),
                gate.with(lost).decide(row),
            ];
            for decision in decisions {
                let Decision::Deny(reasons) = decision else {
                    return Err(TestCaseError::fail("permitted"));
                };
                prop_assert!(reasons.contradicted().contains(Rules::READABLE));
            }
        }
    }

    /// A denial has at least one reason, and the primary one is the lowest-numbered rule of all
    /// that failed.
    #[test]
    fn every_denial_has_a_reason(world in a_world()) {
        let (gate, ledger) = (world.ask.gate(), world.ledger());
        for row in &world.rows {
            let decision = gate.with(&ledger).decide(row);
            let Decision::Deny(reasons) = &decision else { continue };
            let (unproven, contradicted) = (reasons.unproven(), reasons.contradicted());
            prop_assert!(!reasons.failed().is_empty());
            prop_assert_eq!(reasons.failed(), unproven | contradicted);
            prop_assert_eq!(Some(reasons.primary()), reasons.failed().iter().next());
            prop_assert!(people(row).len() > 1 || !unproven.intersects(contradicted));
            let is_forgiven = world.ask.waived.difference(if is_any_by_guardian(&world, row) {
                NEVER_FOR_GUARDIANS
            } else {
                Rules::empty()
            });
            prop_assert!(!unproven.intersects(is_forgiven));
            let words = decision.to_string();
            for id in reasons.failed().ids() {
                prop_assert!(words.contains(id), "{id} is not in {words}");
            }
        }
    }

    /// R1 · a permit names one grant on file for each person of the row, in the row's order.
    #[test]
    fn every_permit_names_one_grant(world in a_world()) {
        let ledger = world.ledger();
        for (row, answer) in world.rows.iter().zip(answers(&world.ask, &ledger, &world.rows)) {
            let Answer::Permit(grants) = answer else { continue };
            let people = people(row);
            prop_assert!(!people.is_empty());
            prop_assert_eq!(people.len(), grants.len());
            for (subject, id) in people.into_iter().zip(grants) {
                let named = |record: &ConsentRecord| *record.id() == id && is_grant(record);
                prop_assert_eq!(ledger.records_of(subject).filter(named).count(), 1);
            }
        }
    }

    /// Rows seen are rows consented, withheld and unreadable, and those withheld are the sum of
    /// their primary reasons, at every moment.
    #[test]
    fn counts_add_up(world in a_world(), torn in prop::collection::vec(any::<bool>(), 9)) {
        let (gate, ledger) = (world.ask.gate(), world.ledger());
        let rows = torn.iter().zip(world.rows.iter().cycle());
        let rows = rows.map(|(&is_torn, row)| if is_torn { Err("torn") } else { Ok(row) });
        let mut decided = rows.decided_ok(gate.with(&ledger));
        let mut tally = Tally::default();
        while let Some(next) = decided.next() {
            match next {
                Err(_) => tally.unreadable += 1,
                Ok(Decided::Consented(_)) => tally.consented += 1,
                Ok(Decided::Withheld(row)) => {
                    tally.count(&Answer::of(&Decision::Deny(row.reasons())));
                }
            }
            tally.is(decided.report())?;
        }
        prop_assert_eq!(decided.report().seen(), 9);
    }

    /// Rows that are counted in parts and added up give the counts of all of them.
    #[test]
    fn shards_add_up_to_the_whole(
        world in a_world(),
        times in 1_usize..6,
        size in 1_usize..6,
    ) {
        let (gate, ledger) = (world.ask.gate(), world.ledger());
        let rows = vec![world.rows.as_slice(); times].concat();
        let report_of = |rows: &[Row]| {
            let mut adapter = rows.iter().consented(gate.with(&ledger));
            adapter.by_ref().for_each(drop);
            adapter.report().clone()
        };
        let mut sum = Report::new();
        let mut lent = Report::new();
        for shard in rows.chunks(size) {
            sum.merge(&report_of(shard));
            shard.iter().consented(gate.with(&ledger)).counting_into(&mut lent).for_each(drop);
        }
        prop_assert_eq!(&sum, &report_of(&rows));
        prop_assert_eq!(&sum, &lent);
        Tally::of(&answers(&world.ask, &ledger, &rows), 0).is(&sum)?;
    }

    /// A record that is written and read again is the same record.
    #[test]
    fn reading_what_was_written_gives_it_back(record in a_record()) {
        let json = serde_json::to_string(&record).unwrap();
        let read: ConsentRecord = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &record, "{}", json);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases_of_agreement()))]

    /// The oracle, the gate on a ledger, on a snapshot, on columns of ids, on lists of records, on
    /// standings, on the row's own records, alone and added to others, and every adapter on an iterator say the same
    /// of every row; so do those that can be asked about the past.
    #[test]
    fn every_path_decides_alike(world in a_world()) {
        every_path_agrees(&world)?;
    }
}

/// A fixed sample of what a strategy makes.
fn sample<S: Strategy>(strategy: &S, size: usize) -> Vec<S::Value>
where
    S::Value: Debug,
{
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let mut one = || strategy.new_tree(&mut runner).unwrap().current();
    (0..size).map(|_| one()).collect()
}

/// How each rule can end for a grant that is on file.
fn possible_outcomes() -> BTreeSet<(u8, Outcome)> {
    let never_unproven = [1, 2, 3, 13, 15, 20];
    let never_contradicted = [1, 10];
    let mut possible = BTreeSet::new();
    for rule in 1..=20 {
        possible.insert((rule, Outcome::Met));
        if !never_unproven.contains(&rule) {
            possible.insert((rule, Outcome::Unproven));
        }
        if !never_contradicted.contains(&rule) {
            possible.insert((rule, Outcome::Contradicted));
        }
    }
    possible
}

/// The laws are worth something only if worlds are: permits are not rare, every rule ends in
/// every way it can, and so does each thing that is easily forgotten.
#[test]
fn everything_happens_often_in_random_worlds() {
    let mut outcomes = BTreeSet::new();
    let (mut rows, mut permits) = (0_u32, 0_u32);
    let mut chosen_among_several = 0;
    let mut for_several_people = 0;
    let mut failed_both_ways = 0;
    let mut denied_without_a_grant = 0;
    let mut replay_differs = 0;
    let mut waived = 0;
    for world in sample(&a_world(), 5000) {
        let gate = world.ask.gate();
        let strict = Ask {
            waived: Rules::empty(),
            ..world.ask.clone()
        };
        let strict = strict.gate();
        let oracle = Oracle {
            gate: &gate,
            tense: Tense::Present,
            on_file: &world.records,
            unreadable: &world.unreadable,
            stated: &world.stated,
            party_aliases: &world.ask.party_aliases,
        };
        let replay = Oracle {
            tense: Tense::Replay,
            ..oracle
        };
        let unforgiving = Oracle {
            gate: &strict,
            ..oracle
        };
        for row in &world.rows {
            rows += 1;
            let answer = oracle.answer(row);
            for subject in people(row) {
                let judged = oracle.judged(row, subject);
                outcomes.extend(judged.iter().flat_map(|each| &each.outcomes).copied());
                chosen_among_several += u32::from(is_permit(&answer) && judged.len() > 1);
            }
            replay_differs += u32::from(replay.answer(row) != answer);
            waived += u32::from(is_permit(&answer) && !is_permit(&unforgiving.answer(row)));
            match &answer {
                Answer::Permit(grants) => {
                    permits += 1;
                    for_several_people += u32::from(grants.len() > 1);
                }
                Answer::Deny {
                    unproven,
                    contradicted,
                } => {
                    failed_both_ways += u32::from(!unproven.is_disjoint(contradicted));
                    let no_grant = unproven.contains(&1) && contradicted.contains(&15);
                    denied_without_a_grant += u32::from(no_grant);
                }
            }
        }
    }
    assert_eq!(outcomes, possible_outcomes());
    assert!(permits * 10 >= rows, "{permits} permits of {rows} rows");
    for (what, times) in [
        ("a grant was chosen among several", chosen_among_several),
        ("a row of several people was permitted", for_several_people),
        ("a rule failed in both ways", failed_both_ways),
        ("a denial was on file and no grant", denied_without_a_grant),
        ("a replay was answered otherwise", replay_differs),
        ("a waiver decided", waived),
    ] {
        assert!(times >= 5, "{what} {times} times in {rows} rows");
    }
}
