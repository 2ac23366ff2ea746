//! Where every scenario starts, and ways to vary it.
//!
//! One grant by `u1` to `acme`, given on 10 September 2024, that meets every rule; one post of
//! `u1`, collected on 1 October; and one gate, which asks as of 1 November whether `acme` may
//! train a generative model on it.

use std::str::FromStr;

use consent_gate::{
    Actor, Asks, Assessment, Capacity, CarriesConsents, Channel, Channels, ConsentRecord,
    ConsentSource, ConsentType, DataCategories, Decision, DenialStatus, Details, EmbeddedRecords,
    Gate, GateBuilder, GrantStatus, Granularity, Ledger, Method, NonDecisionStatus, Notice, OnFile,
    PartyId, Purposes, Replay, Restrictions, Rules, Snapshot, Statement, UserRecord,
};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

/// When the grant was given.
pub(crate) const GIVEN_AT: UtcDateTime = utc_datetime!(2024-09-10 9:00);
/// When the post was collected.
pub(crate) const COLLECTED_AT: UtcDateTime = utc_datetime!(2024-10-01 0:00);
/// When the consent was withdrawn, where it was.
pub(crate) const WITHDRAWN_AT: UtcDateTime = utc_datetime!(2024-10-15 9:00);
/// The instant that the gate asks for.
pub(crate) const AS_OF: UtcDateTime = utc_datetime!(2024-11-01 0:00);
/// When the grant ends.
pub(crate) const VALID_UNTIL: UtcDateTime = utc_datetime!(2025-09-10 0:00);

pub(crate) const NANOSECOND: Duration = Duration::NANOSECOND;
pub(crate) const SECOND: Duration = Duration::SECOND;

pub(crate) const NOTHING: Rules = Rules::empty();

/// A text that names something.
pub(crate) fn name<T: FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| panic!("`{text}` is not a name"))
}

pub(crate) fn parties<const N: usize>(names: [&str; N]) -> Vec<PartyId> {
    names.map(name).to_vec()
}

/// The gate, to be varied and built.
pub(crate) fn gate() -> GateBuilder {
    gate_of("acme", Purposes::TRAIN_GENERATIVE, AS_OF)
}

pub(crate) fn gate_of(trainer: &str, purposes: Purposes, as_of: UtcDateTime) -> GateBuilder {
    Gate::builder(trainer, purposes, as_of)
}

/// The gate, asked as of another instant.
pub(crate) fn as_of(at: UtcDateTime) -> GateBuilder {
    gate_of("acme", Purposes::TRAIN_GENERATIVE, at)
}

/// The grant, to be varied: first whose it is, to whom and when, then its details.
pub(crate) struct Grant<'a> {
    id: &'a str,
    subject: &'a str,
    status: GrantStatus,
    controller: &'a str,
    at: UtcDateTime,
    told: Purposes,
}

pub(crate) fn grant() -> Grant<'static> {
    Grant {
        id: "g1",
        subject: "u1",
        status: GrantStatus::Given,
        controller: "acme",
        at: GIVEN_AT,
        told: Purposes::TRAIN_GENERATIVE,
    }
}

impl<'a> Grant<'a> {
    pub(crate) fn id(self, id: &'a str) -> Self {
        Self { id, ..self }
    }

    pub(crate) fn by(self, subject: &'a str) -> Self {
        Self { subject, ..self }
    }

    pub(crate) fn status(self, status: GrantStatus) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn to(self, controller: &'a str) -> Self {
        Self { controller, ..self }
    }

    /// The notice moves with it: it was shown a minute before.
    pub(crate) fn at(self, at: UtcDateTime) -> Self {
        Self { at, ..self }
    }

    /// The purposes that the notice lists.
    pub(crate) fn told(self, told: Purposes) -> Self {
        Self { told, ..self }
    }

    pub(crate) fn record(self) -> ConsentRecord {
        self.but(|_| ())
    }

    pub(crate) fn but(self, vary: impl FnOnce(&mut Details)) -> ConsentRecord {
        let controller: PartyId = name(self.controller);
        let mut details = Details::default();
        details.purposes = Purposes::TRAIN_GENERATIVE;
        details.data = DataCategories::POSTS;
        details.consent_type = Some(ConsentType::ExplicitlyExpressed);
        details.method = Some(Method::Confirmation);
        details.actor = Some(Actor::Subject);
        details.capacity = Some(Capacity::OfAge);
        details.granular = Some(Granularity::Separate);
        let notice = Notice::builder()
            .id("ai")
            .version("3")
            .shown_at(self.at.checked_sub(Duration::MINUTE).unwrap_or(self.at))
            .purposes(self.told)
            .controller(self.controller);
        details.notice = Some(notice.build().unwrap());
        details.evidence = Some(name("log:4711"));
        details.given_via = Some(Channel::Web);
        details.withdraw_via = Channels::WEB | Channels::APP;
        details.valid_until = Some(VALID_UNTIL);
        vary(&mut details);
        let statement = Statement::Grant {
            status: self.status,
            controller,
            at: self.at,
        };
        ConsentRecord::new(name(self.id), name(self.subject), statement, details).unwrap()
    }

    /// The grant with another notice.
    pub(crate) fn notice(self, vary: impl FnOnce(&mut Notice)) -> ConsentRecord {
        self.but(|details| vary(details.notice.as_mut().unwrap()))
    }
}

/// A denial, to be varied: first whose it is, to whom and when, then its details.
pub(crate) struct Denial<'a> {
    id: &'a str,
    subject: &'a str,
    status: DenialStatus,
    controller: Option<&'a str>,
    at: Option<UtcDateTime>,
}

/// Withdrawn on 15 October, toward `acme`, for `train-generative`.
pub(crate) fn withdrawal() -> Denial<'static> {
    Denial {
        id: "w1",
        subject: "u1",
        status: DenialStatus::Withdrawn,
        controller: Some("acme"),
        at: Some(WITHDRAWN_AT),
    }
}

impl<'a> Denial<'a> {
    pub(crate) fn id(self, id: &'a str) -> Self {
        Self { id, ..self }
    }

    pub(crate) fn by(self, subject: &'a str) -> Self {
        Self { subject, ..self }
    }

    pub(crate) fn status(self, status: DenialStatus) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn to(self, controller: &'a str) -> Self {
        let controller = Some(controller);
        Self { controller, ..self }
    }

    pub(crate) fn naming_nobody(self) -> Self {
        let controller = None;
        Self { controller, ..self }
    }

    pub(crate) fn at(self, at: UtcDateTime) -> Self {
        let at = Some(at);
        Self { at, ..self }
    }

    pub(crate) fn undated(self) -> Self {
        let at = None;
        Self { at, ..self }
    }

    pub(crate) fn record(self) -> ConsentRecord {
        self.but(|_| ())
    }

    pub(crate) fn but(self, vary: impl FnOnce(&mut Details)) -> ConsentRecord {
        let mut details = Details::default();
        details.purposes = Purposes::TRAIN_GENERATIVE;
        vary(&mut details);
        let statement = Statement::Denial {
            status: self.status,
            controller: self.controller.map(name),
            at: self.at,
        };
        ConsentRecord::new(name(self.id), name(self.subject), statement, details).unwrap()
    }
}

/// A statement that says neither yes nor no, about everything that the grant is about.
pub(crate) fn neither(status: NonDecisionStatus) -> ConsentRecord {
    let statement = Statement::NonDecision {
        status,
        controller: name("acme"),
        at: WITHDRAWN_AT,
    };
    let details = grant().record().details().clone();
    ConsentRecord::new(name("n1"), name("u1"), statement, details).unwrap()
}

pub(crate) const DENIALS: [DenialStatus; 6] = [
    DenialStatus::Refused,
    DenialStatus::Withdrawn,
    DenialStatus::Objected,
    DenialStatus::Revoked,
    DenialStatus::Expired,
    DenialStatus::Invalidated,
];

pub(crate) const NON_DECISIONS: [NonDecisionStatus; 3] = [
    NonDecisionStatus::Requested,
    NonDecisionStatus::Deferred,
    NonDecisionStatus::Unknown,
];

/// A row, which may bring records of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) subjects: Vec<&'static str>,
    pub(crate) collected_at: Option<UtcDateTime>,
    pub(crate) data: DataCategories,
    pub(crate) restrictions: Restrictions,
    pub(crate) consents: Vec<ConsentRecord>,
}

pub(crate) fn post() -> Row {
    post_of(["u1"])
}

pub(crate) fn post_of<const N: usize>(subjects: [&'static str; N]) -> Row {
    Row {
        subjects: subjects.to_vec(),
        collected_at: Some(COLLECTED_AT),
        data: DataCategories::POSTS,
        restrictions: Restrictions::none(),
        consents: Vec::new(),
    }
}

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().copied()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        self.collected_at
    }

    fn data(&self) -> DataCategories {
        self.data
    }

    fn restrictions(&self) -> Restrictions {
        self.restrictions
    }
}

impl CarriesConsents for Row {
    fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
}

/// A post by a person whose id is built when it is asked for.
pub(crate) fn post_by(subject: &str) -> Row {
    Row {
        subjects: vec![subject.to_owned().leak()],
        ..post()
    }
}

#[track_caller]
pub(crate) fn denies(decision: &Decision<'_>, unproven: Rules, contradicted: Rules) {
    let Decision::Deny(reasons) = decision else {
        panic!("{decision}");
    };
    let found = (reasons.unproven(), reasons.contradicted());
    assert_eq!(found, (unproven, contradicted));
}

/// Notes that a record of this subject could not be read.
pub(crate) fn cannot_read(ledger: &mut Ledger, subject: &str) {
    ledger.mark_unreadable(&name(subject));
}

/// Who answers: the gate about today, or its replay about that day.
enum Asked {
    Now(Gate),
    Then(Replay),
}

impl Asked {
    fn decide<'g, S: ConsentSource<'g, Row>>(&'g self, row: &Row, source: S) -> Decision<'static> {
        match self {
            Self::Now(gate) => gate.with(source).decide(row).into_owned(),
            Self::Then(replay) => replay.with(source).decide(row).into_owned(),
        }
    }

    /// The answers of a snapshot of this ledger: alone, in a batch, and with the embedded records
    /// of another row.
    fn on_snapshot(&self, ledger: &Ledger, row: &Row, carrier: &Row) -> [Decision<'static>; 3] {
        fn answers<Q: Asks>(
            snapshot: &Snapshot<Q>,
            ledger: &Ledger,
            row: &Row,
            carrier: &Row,
        ) -> [Decision<'static>; 3] {
            let batch = snapshot.decide_batch(std::slice::from_ref(row));
            assert_eq!(batch.len(), 1);
            [
                snapshot.decide(row).into_owned(),
                batch[0].clone().into_owned(),
                snapshot.with_embedded(ledger).decide(carrier).into_owned(),
            ]
        }
        match self {
            Self::Now(gate) => answers(&Snapshot::new(gate, ledger), ledger, row, carrier),
            Self::Then(replay) => answers(&Snapshot::new(replay, ledger), ledger, row, carrier),
        }
    }
}

/// A question with everything that it depends on: what is on file, the row, the gate.
pub(crate) struct Case {
    records: Vec<ConsentRecord>,
    row: Row,
    asked: Asked,
}

/// The starting question, with these records on file.
pub(crate) fn on_file(records: impl IntoIterator<Item = ConsentRecord>) -> Case {
    Case {
        records: records.into_iter().collect(),
        row: post(),
        asked: Asked::Now(gate().build().unwrap()),
    }
}

impl Case {
    pub(crate) fn row(self, row: Row) -> Self {
        Self { row, ..self }
    }

    /// The starting row, varied.
    pub(crate) fn where_row(mut self, vary: impl FnOnce(&mut Row)) -> Self {
        vary(&mut self.row);
        self
    }

    pub(crate) fn collected_at(self, at: UtcDateTime) -> Self {
        self.where_row(|row| row.collected_at = Some(at))
    }

    pub(crate) fn gate(self, gate: GateBuilder) -> Self {
        let asked = Asked::Now(gate.build().unwrap());
        Self { asked, ..self }
    }

    pub(crate) fn replay(self, gate: GateBuilder) -> Self {
        let asked = Asked::Then(gate.build().unwrap().replay());
        Self { asked, ..self }
    }

    /// The answer, after it was made sure that every kind of source gives the same one, in
    /// whatever order the records come and wherever they are kept.
    #[track_caller]
    pub(crate) fn answer(&self) -> Decision<'static> {
        let Self {
            records,
            row,
            asked,
        } = self;
        let list = |_: &Row, _: &str| OnFile::complete(records.clone());
        let decision = asked.decide(row, list);

        let borrowed = |_: &Row, _: &str| OnFile::complete(records.as_slice());
        assert_eq!(asked.decide(row, borrowed), decision, "a borrowed list");

        let backwards: Ledger = records.iter().rev().cloned().collect();
        let ledger: Ledger = records.iter().cloned().collect();
        for ledger in [&ledger, &backwards] {
            assert_eq!(asked.decide(row, ledger), decision, "a ledger");
            let [alone, batch, _] = asked.on_snapshot(ledger, row, row);
            assert_eq!(alone, decision, "a snapshot");
            assert_eq!(batch, decision, "a batch");
            let handed_on = |_: &Row, subject: &str| ledger.on_file(subject);
            assert_eq!(asked.decide(row, handed_on), decision, "handed on");
        }

        let with = |consents: Vec<ConsentRecord>| Row {
            consents,
            ..row.clone()
        };
        let own = EmbeddedRecords::only();
        assert_eq!(
            asked.decide(&with(records.clone()), own),
            decision,
            "the row's own records",
        );
        for split in 0..=records.len() {
            let (here, there) = records.split_at(split);
            for (own, others) in [(here, there), (there, here)] {
                let ledger: Ledger = others.iter().cloned().collect();
                let carrier = with(own.to_vec());
                let [.., added] = asked.on_snapshot(&ledger, &carrier, &carrier);
                let source = EmbeddedRecords::added_to(&ledger);
                for answer in [added, asked.decide(&carrier, source)] {
                    assert_eq!(answer, decision, "embedded records, added to a ledger");
                }
            }
        }

        if let Asked::Now(gate) = asked {
            let standings: Vec<(&str, Assessment)> = row
                .subjects()
                .map(|subject| {
                    (
                        subject,
                        Assessment::new(gate, subject, OnFile::complete(records)),
                    )
                })
                .collect();
            let source = |_: &Row, subject: &str| {
                let found = standings.iter().find(|(name, _)| *name == subject);
                &found.unwrap().1
            };
            assert_eq!(asked.decide(row, source), decision, "standings");
        }
        decision
    }

    /// It is permitted, and rests on exactly these grants.
    #[track_caller]
    pub(crate) fn permits_by<const N: usize>(self, grants: [&str; N]) {
        match self.answer() {
            Decision::Permit(found) => {
                let found: Vec<&str> = found.iter().collect();
                assert_eq!(found, grants);
            }
            Decision::Deny(reasons) => panic!("{reasons}\n{:?}", self.records),
        }
    }

    #[track_caller]
    pub(crate) fn permits(self) {
        self.permits_by(["g1"]);
    }

    /// It is denied, for exactly these rules.
    #[track_caller]
    pub(crate) fn denies(self, unproven: Rules, contradicted: Rules) {
        match self.answer() {
            Decision::Permit(grants) => panic!("permitted by {grants:?}\n{:?}", self.records),
            Decision::Deny(reasons) => {
                let found = (reasons.unproven(), reasons.contradicted());
                assert_eq!(found, (unproven, contradicted), "{:?}", self.records);
            }
        }
    }

    #[track_caller]
    pub(crate) fn leaves_unproven(self, rules: Rules) {
        self.denies(rules, NOTHING);
    }

    #[track_caller]
    pub(crate) fn contradicts(self, rules: Rules) {
        self.denies(NOTHING, rules);
    }
}
