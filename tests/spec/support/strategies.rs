//! Random worlds in which everything happens often: few people, few parties, few instants, ids
//! that collide, and grants that are mostly good.

use std::collections::BTreeSet;
use std::fmt;

use consent_gate::{
    Actor, Capacity, CarriesConsents, Channel, Channels, ConsentRecord, ConsentType,
    DataCategories, DataPeriod, DenialStatus, Details, Gate, GrantStatus, Granularity, Ledger,
    Method, NonDecisionStatus, Notice, PartyId, Purposes, Restrictions, Rules, Statement,
    UserRecord,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::oracle::{NOTHING_STATED, Stated};

/// The people.
pub(crate) const SUBJECTS: [&str; 3] = ["u1", "u2", "u3"];

/// The parties. The first is the trainer of most gates.
const PARTIES: [&str; 4] = ["acme", "beta", "gamma", "stra\u{DF}e"];

/// Their names as people write them. To a grant these are other parties, to a denial the same ones.
const WRITTEN: [&str; 9] = [
    "acme",
    "beta",
    "gamma",
    "stra\u{DF}e",
    "Acme",
    " acme\u{A0}",
    "BETA\t",
    "STRASSE",
    "acme inc",
];

/// The conditions of grants.
const CONDITIONS: [&str; 2] = ["de-identified", "non-commercial"];

/// Names that aliases join: people on file and one who is not.
const NAMES: [&str; 4] = ["u1", "u2", "u3", "old"];

/// The instants, a day apart but for two that a truncation to seconds would confuse.
const INSTANTS: [UtcDateTime; 6] = [
    utc_datetime!(2024-09-01 0:00),
    utc_datetime!(2024-09-02 0:00),
    utc_datetime!(2024-09-03 0:00),
    utc_datetime!(2024-09-03 0:00:00.000_000_001),
    utc_datetime!(2024-09-04 0:00),
    utc_datetime!(2024-09-05 0:00),
];

/// After every instant of the list.
const LATER: UtcDateTime = utc_datetime!(2025-09-05 0:00);

/// The first and the last instant that a record can state.
const EXTREMES: [UtcDateTime; 2] = [
    utc_datetime!(0000-01-01 0:00),
    utc_datetime!(9999-12-31 23:59:59.999_999_999),
];

/// What a gate may ask for, and what a good grant is for.
const ASKED: Purposes = Purposes::TRAIN_GENERATIVE
    .union(Purposes::TRAIN_NON_GENERATIVE)
    .union(Purposes::SEARCH);

/// A row as the gate sees it, with records of its own.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Whom it is about.
    pub(crate) subjects: Vec<&'static str>,
    /// When it was collected.
    pub(crate) collected_at: Option<UtcDateTime>,
    /// What kinds of data it holds.
    pub(crate) data: DataCategories,
    /// What signals on it restrict.
    pub(crate) restrictions: Restrictions,
    /// The records it brings.
    pub(crate) own: Vec<ConsentRecord>,
}

impl Row {
    /// The same row, bringing these records.
    pub(crate) fn carrying(&self, own: &[ConsentRecord]) -> Self {
        Self {
            own: own.to_vec(),
            ..self.clone()
        }
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
        &self.own
    }
}

/// What a gate is built of, so that a law can build another one that differs in one thing.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The party that will train.
    pub(crate) trainer: &'static str,
    /// The purposes asked for.
    pub(crate) purposes: Purposes,
    /// The instant asked for.
    pub(crate) as_of: UtcDateTime,
    /// How long a consent lasts at most.
    pub(crate) maximum_age: Option<Duration>,
    /// The notices that inform, by id and version.
    pub(crate) accepted: BTreeSet<(&'static str, &'static str)>,
    /// The rules whose silence is forgiven.
    pub(crate) waived: Rules,
    /// The conditions that are kept.
    pub(crate) assured: BTreeSet<&'static str>,
    /// How old the consents on file may be.
    pub(crate) max_lag: Option<Duration>,
    /// The other names of parties.
    pub(crate) party_aliases: Vec<(&'static str, &'static str)>,
}

impl Ask {
    /// The gate.
    pub(crate) fn gate(&self) -> Gate {
        let mut builder = Gate::builder(self.trainer, self.purposes, self.as_of).waive(self.waived);
        if let Some(age) = self.maximum_age {
            builder = builder.maximum_age(age);
        }
        for (id, version) in &self.accepted {
            builder = builder.accept_notice(id.parse().unwrap(), version.parse().unwrap());
        }
        for condition in &self.assured {
            builder = builder.assure(condition.parse().unwrap());
        }
        if let Some(lag) = self.max_lag {
            builder = builder.max_lag(lag);
        }
        for (name, of) in &self.party_aliases {
            builder = builder.party_alias(&name.parse().unwrap(), &of.parse().unwrap());
        }
        builder.build().unwrap()
    }
}

/// Where a record is found when rows bring records of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In the ledger.
    Ledger,
    /// With the row.
    Row,
    /// With both.
    Both,
}

/// Everything that decisions are made of.
#[derive(Clone)]
pub(crate) struct World {
    /// The gate to build.
    pub(crate) ask: Ask,
    /// The records of everyone, some of them more than once.
    pub(crate) records: Vec<ConsentRecord>,
    /// For each record where it is found.
    places: Vec<Place>,
    /// The subjects of records that could not be read.
    pub(crate) unreadable: BTreeSet<&'static str>,
    /// What a ledger of the records states besides them.
    pub(crate) stated: Stated,
    /// The rows, at least one.
    pub(crate) rows: Vec<Row>,
}

impl World {
    /// The records in a ledger, with the marks of what could not be read.
    pub(crate) fn ledger(&self) -> Ledger {
        self.ledger_of(&self.records)
    }

    /// Some of the records in a ledger, with the marks of what could not be read and what is stated
    /// besides.
    pub(crate) fn ledger_of(&self, records: &[ConsentRecord]) -> Ledger {
        let mut ledger = ledger(records, &self.unreadable);
        for (name, of) in &self.stated.aliases {
            ledger.alias(&name.parse().unwrap(), &of.parse().unwrap());
        }
        if let Some(at) = self.stated.complete_through {
            ledger.set_complete_through(at);
        }
        ledger
    }

    /// The same world, in which every grant has these conditions.
    pub(crate) fn with_conditions(mut self, conditions: &BTreeSet<&'static str>) -> Self {
        for record in &mut self.records {
            if matches!(record.statement(), Statement::Grant { .. }) {
                let mut details = record.details().clone();
                Change::Conditions(conditions.clone()).apply(&mut details);
                let (id, subject) = (record.id().as_str(), record.subject().as_str());
                *record = self::record(id, subject, record.statement().clone(), details);
            }
        }
        self
    }

    /// The records of the ledger and those of the rows; some are with both.
    pub(crate) fn split(&self) -> (Vec<ConsentRecord>, Vec<ConsentRecord>) {
        let (mut filed, mut own) = (Vec::new(), Vec::new());
        for (record, place) in self.records.iter().zip(&self.places) {
            if matches!(place, Place::Ledger | Place::Both) {
                filed.push(record.clone());
            }
            if matches!(place, Place::Row | Place::Both) {
                own.push(record.clone());
            }
        }
        (filed, own)
    }
}

/// As records are written: their own `Debug` hides whom they are about, and a failing case has to
/// be read.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.ask)?;
        for (record, place) in self.records.iter().zip(&self.places) {
            let json = serde_json::to_string(record).map_err(|_| fmt::Error)?;
            writeln!(f, "{place:?}: {json}")?;
        }
        writeln!(f, "unreadable: {:?}, {:?}", self.unreadable, self.stated)?;
        f.debug_list().entries(&self.rows).finish()
    }
}

/// A ledger of these records, in which records of these subjects could not be read.
pub(crate) fn ledger(records: &[ConsentRecord], unreadable: &BTreeSet<&'static str>) -> Ledger {
    let mut ledger: Ledger = records.iter().cloned().collect();
    for subject in unreadable {
        ledger.mark_unreadable(&subject.parse().unwrap());
    }
    ledger
}

/// A record by its parts.
pub(crate) fn record(
    id: &str,
    subject: &str,
    statement: Statement,
    details: Details,
) -> ConsentRecord {
    let (id, subject) = (id.parse().unwrap(), subject.parse().unwrap());
    ConsentRecord::new(id, subject, statement, details).unwrap()
}

/// The statement of a grant.
pub(crate) fn given(controller: &str, at: UtcDateTime) -> Statement {
    Statement::Grant {
        status: GrantStatus::Given,
        controller: controller.parse().unwrap(),
        at,
    }
}

/// The statement of a denial.
pub(crate) fn denied(
    status: DenialStatus,
    controller: Option<&str>,
    at: Option<UtcDateTime>,
) -> Statement {
    Statement::Denial {
        status,
        controller: controller.map(|party| party.parse().unwrap()),
        at,
    }
}

fn parties(names: &[&str]) -> Vec<PartyId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// Details that meet every rule of most gates for a grant to this controller.
pub(crate) fn good_details(controller: &str) -> Details {
    let mut details = Details::default();
    details.purposes = ASKED;
    details.data = DataCategories::POSTS | DataCategories::MESSAGES;
    details.consent_type = Some(ConsentType::ExplicitlyExpressed);
    details.method = Some(Method::Confirmation);
    details.actor = Some(Actor::Subject);
    details.capacity = Some(Capacity::OfAge);
    details.granular = Some(Granularity::Separate);
    details.notice = Some(good_notice(controller));
    details.evidence = Some("log:1".parse().unwrap());
    details.given_via = Some(Channel::Web);
    details.withdraw_via = Channels::WEB | Channels::APP;
    details.valid_until = Some(LATER);
    details
}

fn good_notice(controller: &str) -> Notice {
    let notice = Notice::builder()
        .id("ai")
        .version("3")
        .shown_at(EXTREMES[0])
        .purposes(ASKED)
        .controller(controller);
    notice.build().unwrap()
}

fn subject() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("u1"), 3 => Just("u2"), 1 => Just("u3")]
}

fn party() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("acme"), 1 => select(&PARTIES[..]), 1 => select(&WRITTEN[..])]
}

fn any_parties() -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(&WRITTEN[..]), 0..=2)
}

pub(crate) fn any_conditions() -> impl Strategy<Value = BTreeSet<&'static str>> {
    btree_set(select(&CONDITIONS[..]), 0..=2)
}

pub(crate) fn any_instant() -> impl Strategy<Value = UtcDateTime> {
    prop_oneof![20 => select(&INSTANTS[..]), 1 => select(&EXTREMES[..])]
}

fn any_purposes() -> impl Strategy<Value = Purposes> {
    prop_oneof![
        Just(Purposes::empty()),
        Just(Purposes::TRAIN_GENERATIVE),
        Just(Purposes::AI_TRAINING),
        Just(Purposes::SEARCH),
        Just(Purposes::AI_INPUT | Purposes::SECURITY),
        Just(Purposes::all()),
    ]
}

fn any_data() -> impl Strategy<Value = DataCategories> {
    prop_oneof![
        Just(DataCategories::empty()),
        Just(DataCategories::POSTS),
        Just(DataCategories::MESSAGES),
        Just(DataCategories::SPECIAL_CATEGORY),
        Just(DataCategories::POSTS | DataCategories::MEDIA),
        Just(DataCategories::all()),
    ]
}

fn any_channels() -> impl Strategy<Value = Channels> {
    let one = [
        Channels::empty(),
        Channels::WEB,
        Channels::APP,
        Channels::IN_PERSON,
    ];
    vec(select(one.to_vec()), 0..=2).prop_map(|channels| channels.into_iter().collect())
}

fn any_notice() -> impl Strategy<Value = Option<Notice>> {
    let part = |texts: &'static [&'static str]| {
        prop_oneof![
            6 => Just(Some(texts[0])),
            2 => select(texts).prop_map(Some),
            1 => Just(None),
        ]
    };
    let shown_at = prop_oneof![6 => Just(Some(INSTANTS[0])), 3 => option::of(any_instant())];
    let purposes = prop_oneof![4 => Just(ASKED), 2 => any_purposes()];
    let parts = (
        part(&["ai", "terms"]),
        part(&["3", "4"]),
        shown_at,
        purposes,
        part(&PARTIES),
    );
    let notice = parts.prop_map(|(id, version, shown_at, purposes, controller)| {
        let mut notice = Notice::default();
        notice.id = id.map(|text| text.parse().unwrap());
        notice.version = version.map(|text| text.parse().unwrap());
        notice.shown_at = shown_at;
        notice.purposes = purposes;
        notice.controller = controller.map(|text| text.parse().unwrap());
        notice
    });
    option::weighted(0.9, notice)
}

/// One thing in a record that is not as in a good grant.
#[derive(Clone, Debug)]
enum Change {
    Recipients(Vec<&'static str>),
    Purposes(Purposes),
    Data(DataCategories),
    Period(DataPeriod),
    Type(Option<ConsentType>),
    Method(Option<Method>),
    Actor(Option<Actor>),
    Capacity(Option<Capacity>),
    Granular(Option<Granularity>),
    Notice(Option<Notice>),
    Evidence(Option<&'static str>),
    GivenVia(Option<Channel>),
    WithdrawVia(Channels),
    ValidUntil(Option<UtcDateTime>),
    Conditions(BTreeSet<&'static str>),
}

impl Change {
    fn apply(self, details: &mut Details) {
        match self {
            Self::Recipients(names) => details.recipients = parties(&names),
            Self::Purposes(purposes) => details.purposes = purposes,
            Self::Data(data) => details.data = data,
            Self::Period(period) => details.data_period = period,
            Self::Type(consent_type) => details.consent_type = consent_type,
            Self::Method(method) => details.method = method,
            Self::Actor(actor) => details.actor = actor,
            Self::Capacity(capacity) => details.capacity = capacity,
            Self::Granular(granular) => details.granular = granular,
            Self::Notice(notice) => details.notice = notice,
            Self::Evidence(evidence) => {
                details.evidence = evidence.map(|text| text.parse().unwrap());
            }
            Self::GivenVia(channel) => details.given_via = channel,
            Self::WithdrawVia(channels) => details.withdraw_via = channels,
            Self::ValidUntil(until) => details.valid_until = until,
            Self::Conditions(tokens) => {
                let conditions = tokens.iter().map(|token| token.parse().unwrap());
                details.conditions = conditions.collect();
            }
        }
    }
}

/// One of these, or nothing.
fn maybe<T: Clone + fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    option::weighted(0.7, select(values))
}

/// All of them.
pub(crate) const TYPES: &[ConsentType] = &[
    ConsentType::ExplicitlyExpressed,
    ConsentType::Expressed,
    ConsentType::Implied,
    ConsentType::Uninformed,
];

/// All of them.
pub(crate) const METHODS: &[Method] = &[
    Method::Statement,
    Method::Signature,
    Method::Confirmation,
    Method::OptInControl,
    Method::PreTicked,
    Method::DefaultSetting,
    Method::AcceptAll,
    Method::TermsAcceptance,
    Method::Acknowledgement,
    Method::ContinuedUse,
    Method::Scrolling,
    Method::Dismissed,
    Method::Inactivity,
    Method::Publication,
    Method::Script,
    Method::Import,
    Method::Signal,
];

/// All of them.
pub(crate) const ACTORS: &[Actor] = &[
    Actor::Subject,
    Actor::VerifiedGuardian,
    Actor::Guardian,
    Actor::Agent,
    Actor::Controller,
    Actor::Authority,
    Actor::System,
];

/// All of them.
pub(crate) const CAPACITIES: &[Capacity] = &[Capacity::OfAge, Capacity::UnderAge];

/// All of them.
pub(crate) const GRANULARITIES: &[Granularity] = &[Granularity::Separate, Granularity::Bundled];

fn change() -> impl Strategy<Value = Change> {
    let period = prop_oneof![
        Just(DataPeriod::FromGrant),
        Just(DataPeriod::AllExisting),
        any_instant().prop_map(DataPeriod::From),
    ];
    prop_oneof![
        1 => any_parties().prop_map(Change::Recipients),
        1 => any_purposes().prop_map(Change::Purposes),
        1 => any_data().prop_map(Change::Data),
        1 => period.prop_map(Change::Period),
        1 => maybe(TYPES).prop_map(Change::Type),
        1 => maybe(METHODS).prop_map(Change::Method),
        1 => maybe(ACTORS).prop_map(Change::Actor),
        // A guardian matters most for a person who is under age, so the two are generated together.
        2 => maybe(CAPACITIES).prop_map(Change::Capacity),
        1 => maybe(GRANULARITIES).prop_map(Change::Granular),
        2 => any_notice().prop_map(Change::Notice),
        1 => maybe(&["log:1", "log:2"]).prop_map(Change::Evidence),
        1 => maybe(&[Channel::Web, Channel::App, Channel::InPerson]).prop_map(Change::GivenVia),
        1 => any_channels().prop_map(Change::WithdrawVia),
        1 => option::of(any_instant()).prop_map(Change::ValidUntil),
        2 => any_conditions().prop_map(Change::Conditions),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(change(), 1..=3)]
}

fn changed(mut details: Details, changes: Vec<Change>) -> Details {
    for change in changes {
        change.apply(&mut details);
    }
    details
}

/// Few enough to collide sometimes, enough not to spoil most worlds.
fn id() -> impl Strategy<Value = String> {
    (0_u8..200).prop_map(|number| format!("r{number}"))
}

/// A grant, mostly a good one.
pub(crate) fn a_grant() -> impl Strategy<Value = ConsentRecord> {
    let status = select(&[GrantStatus::Given, GrantStatus::Renewed][..]);
    let at = prop_oneof![6 => select(&INSTANTS[..4]), 1 => any_instant()];
    (id(), subject(), status, party(), at, changes()).prop_map(
        |(id, subject, status, controller, at, changes)| {
            let details = changed(good_details(controller), changes);
            let controller = controller.parse().unwrap();
            let statement = Statement::Grant {
                status,
                controller,
                at,
            };
            record(&id, subject, statement, details)
        },
    )
}

/// A denial of any kind, that may touch much or nothing. It may also have fields that are only
/// read in a grant, and they mean nothing there.
pub(crate) fn a_denial() -> impl Strategy<Value = ConsentRecord> {
    let status = select(
        &[
            DenialStatus::Refused,
            DenialStatus::Withdrawn,
            DenialStatus::Objected,
            DenialStatus::Revoked,
            DenialStatus::Expired,
            DenialStatus::Invalidated,
        ][..],
    );
    let statement = (
        status,
        option::of(party()),
        option::weighted(0.85, any_instant()),
    )
        .prop_map(|(status, controller, at)| denied(status, controller, at));
    let scope = (any_parties(), any_purposes(), any_data());
    (id(), subject(), statement, scope, changes()).prop_map(
        |(id, subject, statement, (recipients, purposes, data), changes)| {
            let mut details = changed(Details::default(), changes);
            details.recipients = parties(&recipients);
            details.purposes = purposes;
            details.data = data;
            record(&id, subject, statement, details)
        },
    )
}

/// A statement that neither grants nor denies, however good it looks otherwise.
pub(crate) fn a_non_decision() -> impl Strategy<Value = ConsentRecord> {
    let status = select(
        &[
            NonDecisionStatus::Requested,
            NonDecisionStatus::Deferred,
            NonDecisionStatus::Unknown,
        ][..],
    );
    (id(), subject(), status, party(), any_instant(), changes()).prop_map(
        |(id, subject, status, controller, at, changes)| {
            let details = changed(good_details(controller), changes);
            let controller = controller.parse().unwrap();
            let statement = Statement::NonDecision {
                status,
                controller,
                at,
            };
            record(&id, subject, statement, details)
        },
    )
}

/// Any record.
pub(crate) fn a_record() -> impl Strategy<Value = ConsentRecord> {
    prop_oneof![8 => a_grant(), 2 => a_denial(), 1 => a_non_decision()]
}

/// What signals on a row restrict, mostly nothing.
pub(crate) fn restrictions() -> impl Strategy<Value = Restrictions> {
    let some = (any_purposes(), any::<bool>()).prop_map(|(purposes, is_readable)| {
        let read = Restrictions::of(purposes);
        if is_readable {
            read
        } else {
            read.and(Restrictions::unread())
        }
    });
    prop_oneof![6 => Just(Restrictions::none()), 1 => some]
}

/// The kinds of signals, and an unknown one.
const KINDS: [&str; 12] = [
    "content-usage",
    "user-intents",
    "preference-ai",
    "training-mining",
    "tdm-reservation",
    "x-robots-tag",
    "content-signal",
    "rsl",
    "gpc",
    "opt-out",
    "erased",
    "unheard-of",
];

/// Texts that some kind of signal is written in.
const TEXTS: [&str; 12] = [
    "train-ai=n, search=y",
    "train-ai=y, train-ai=n;why=\"not\"",
    "ai=n, tdm=y, x",
    "Content-Signal: ai-train=no, search=yes",
    "ai-input=yes, ai-train=yes",
    "otherbot: NoAI, max-image-preview:large",
    "0",
    "1",
    "2024-10-30T00:00:00Z",
    "<rsl xmlns=\"https://rslstandard.org/rsl\"><license><prohibits type=\"usage\">ai-train search\
     </prohibits></license></rsl>",
    "<?xml version=\"1.0\"?><rsl><permits type=\"usage\">all</permits></rsl>",
    "<!DOCTYPE rsl [<!ENTITY a \"ai-all\">]><rsl><prohibits type=\"usage\">&a;</prohibits></rsl>",
];

/// Values of JSON that some kind of signal is written in.
const VALUES: [&str; 12] = [
    "true",
    "false",
    "null",
    "1",
    "0",
    r#"["noindex","noai"]"#,
    r#"{"syntheticContentGeneration":{"allow":false},"bulkDataset":{"allow":true}}"#,
    r#"{"$type":"org.user-intents.declaration","bulkDataset":{"allow":false}}"#,
    r#"{"preferences":{"training":{"allow":false},"embedding":{"allow":true}}}"#,
    r#"{"training":{"allow":true},"inference":{"allow":null}}"#,
    r#"{"entries":{"cawg.ai_training":{"use":"notAllowed"},"c2pa.data_mining":{"use":"allowed"}}}"#,
    r#"{"cawg.ai_generative_training":{"use":"constrained"}}"#,
];

/// One of these texts, mostly with a piece of it replaced by something else, or any text at all.
fn a_text_like(texts: &'static [&str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => Just(String::new()),
        3 => select(&["n", "y", "no", "yes", ",", "=", "\"", "<", ">", "{", "}", "null", "\0"][..])
            .prop_map(str::to_owned),
        1 => select(texts).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let spliced =
        (select(texts), any::<(Index, Index)>(), piece).prop_map(|(text, (from, to), piece)| {
            let mut places: Vec<_> = text.char_indices().map(|(place, _)| place).collect();
            places.push(text.len());
            let (from, to) = (*from.get(&places), *to.get(&places));
            format!("{}{piece}{}", &text[..from], &text[to..])
        });
    prop_oneof![
        3 => select(texts).prop_map(str::to_owned),
        5 => spliced,
        1 => any::<String>(),
    ]
}

/// A kind of signal and a value for it, as a text that is mostly JSON: of this kind or of another,
/// whole or damaged, or anything.
pub(crate) fn a_signal() -> impl Strategy<Value = (&'static str, String)> {
    let quoted = |text: String| serde_json::Value::from(text).to_string();
    let listed = |texts: Vec<String>| serde_json::Value::from(texts).to_string();
    let value = prop_oneof![
        5 => a_text_like(&TEXTS).prop_map(quoted),
        5 => a_text_like(&VALUES),
        1 => vec(a_text_like(&TEXTS), 0..4).prop_map(listed),
    ];
    (select(&KINDS[..]), value)
}

/// A field of a header: mostly like one that means something, or any bytes.
pub(crate) fn a_field() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => a_text_like(&TEXTS).prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
    ]
}

/// A row, mostly of one person, of posts, collected late.
pub(crate) fn a_row() -> impl Strategy<Value = Row> {
    let subjects = prop_oneof![
        5 => Just(vec!["u1"]),
        4 => vec(select(&SUBJECTS[..]), 1..=3),
        // No one, and ids that are almost, or not at all, those of people on file.
        1 => vec(select(&["u1", "U1", "u1 ", "", "nobody"][..]), 0..=3),
    ];
    let collected_at = prop_oneof![
        8 => Just(Some(INSTANTS[4])),
        2 => any_instant().prop_map(Some),
        1 => select(&[None, Some(UtcDateTime::MIN), Some(UtcDateTime::MAX)][..]),
    ];
    let data = prop_oneof![6 => Just(DataCategories::POSTS), 2 => any_data()];
    (subjects, collected_at, data, restrictions()).prop_map(
        |(subjects, collected_at, data, restrictions)| Row {
            subjects,
            collected_at,
            data,
            restrictions,
            own: Vec::new(),
        },
    )
}

/// A set of rules that may be waived, mostly none.
pub(crate) fn waivers() -> impl Strategy<Value = Rules> {
    let rules: Vec<_> = Rules::waivable().iter().collect();
    let some = vec(select(rules), 1..=5).prop_map(|rules| rules.into_iter().collect());
    prop_oneof![
        4 => Just(Rules::empty()),
        3 => some,
        1 => Just(Rules::waivable()),
    ]
}

/// A set of purposes to ask for.
pub(crate) fn asked_purposes() -> impl Strategy<Value = Purposes> {
    prop_oneof![
        6 => Just(Purposes::TRAIN_GENERATIVE),
        2 => Just(Purposes::AI_TRAINING),
        1 => Just(Purposes::SEARCH),
        1 => Just(ASKED),
        1 => any_purposes().prop_filter("asks for nothing", |purposes| !purposes.is_empty()),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let trainer = prop_oneof![8 => Just("acme"), 1 => select(&PARTIES[..])];
    let as_of = prop_oneof![2 => Just(INSTANTS[4]), 1 => any_instant()];
    let ages = [
        Duration::days(400),
        Duration::DAY,
        Duration::days(2),
        Duration::days(2) - Duration::NANOSECOND,
        Duration::days(4_000_000),
        Duration::MAX,
    ];
    let maximum_age = option::weighted(0.3, select(ages.to_vec()));
    let notices = [("ai", "3"), ("ai", "4"), ("terms", "3"), ("terms", "4")];
    let accepted = prop_oneof![
        6 => Just(BTreeSet::new()),
        2 => Just(BTreeSet::from([notices[0]])),
        1 => btree_set(select(notices.to_vec()), 1..=2),
    ];
    let max_lag = option::weighted(0.2, a_lag());
    let party_aliases = prop_oneof![5 => Just(Vec::new()), 1 => any_party_aliases()];
    let kept = (any_conditions(), max_lag, party_aliases);
    let asked = (trainer, asked_purposes(), as_of);
    (asked, maximum_age, accepted, waivers(), kept).prop_map(
        |(
            (trainer, purposes, as_of),
            maximum_age,
            accepted,
            waived,
            (assured, max_lag, party_aliases),
        )| Ask {
            trainer,
            purposes,
            as_of,
            maximum_age,
            accepted,
            waived,
            assured,
            max_lag,
            party_aliases,
        },
    )
}

/// How old consents may be.
pub(crate) fn a_lag() -> impl Strategy<Value = Duration> {
    let lags = [
        Duration::ZERO,
        Duration::DAY - Duration::NANOSECOND,
        Duration::DAY,
        Duration::days(4_000_000),
        Duration::MAX,
    ];
    select(lags.to_vec())
}

/// Other names of people.
pub(crate) fn any_aliases() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    vec((select(&NAMES[..]), select(&NAMES[..])), 1..=2)
}

/// Other names of parties.
pub(crate) fn any_party_aliases() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    vec((select(&WRITTEN[..]), select(&WRITTEN[..])), 1..=2)
}

/// What a source states besides its records.
fn stated() -> impl Strategy<Value = Stated> {
    let aliases = prop_oneof![5 => Just(Vec::new()), 1 => any_aliases()];
    let complete_through = prop_oneof![
        4 => Just(Some(INSTANTS[4])),
        2 => option::of(any_instant()),
    ];
    (aliases, complete_through).prop_map(|(aliases, complete_through)| Stated {
        aliases,
        complete_through,
    })
}

/// What another record says, repeated by someone and changed a little: with an id of its own,
/// or with the same one, which is a conflict.
#[derive(Clone, Debug)]
struct Echo {
    of: Index,
    id: Option<String>,
    subject: &'static str,
    changes: Vec<Change>,
}

impl Echo {
    fn among(self, records: &[ConsentRecord]) -> ConsentRecord {
        let original = self.of.get(records);
        let id = self.id.as_deref().unwrap_or(original.id().as_str());
        let details = changed(original.details().clone(), self.changes);
        record(id, self.subject, original.statement().clone(), details)
    }
}

fn an_echo() -> impl Strategy<Value = Echo> {
    let id = option::weighted(0.9, id());
    let changes = prop_oneof![1 => Just(Vec::new()), 1 => vec(change(), 1..=3)];
    let parts = (any::<Index>(), id, select(&SUBJECTS[..]), changes);
    parts.prop_map(|(of, id, subject, changes)| Echo {
        of,
        id,
        subject,
        changes,
    })
}

/// A world, whatever the outcome of its rows.
pub(crate) fn a_world() -> impl Strategy<Value = World> {
    let records = vec(a_record(), 0..=7);
    let echoes = prop_oneof![1 => Just(Vec::new()), 1 => vec(an_echo(), 1..=2)];
    let repeats = prop_oneof![4 => Just(Vec::new()), 1 => vec(any::<Index>(), 1..=2)];
    let places = vec(select(&[Place::Ledger, Place::Row, Place::Both][..]), 11);
    let unreadable = prop_oneof![
        9 => Just(BTreeSet::new()),
        1 => btree_set(select(&SUBJECTS[..]), 1..=2),
    ];
    let rows = vec(a_row(), 1..=3);
    let kept = (places, unreadable, stated());
    (ask(), records, echoes, repeats, kept, rows).prop_map(
        |(ask, mut records, echoes, repeats, (places, unreadable, stated), rows)| {
            if !records.is_empty() {
                for echo in echoes {
                    records.push(echo.among(&records));
                }
                for index in repeats {
                    records.push(index.get(&records).clone());
                }
            }
            World {
                ask,
                records,
                places,
                unreadable,
                stated,
                rows,
            }
        },
    )
}

/// A world with one row, which one good grant permits with nothing waived.
pub(crate) fn a_permitting_world() -> impl Strategy<Value = World> {
    let at = select(&INSTANTS[..]);
    let accepted = select(vec![
        BTreeSet::new(),
        BTreeSet::from([("ai", "3")]),
        BTreeSet::from([("ai", "3"), ("terms", "4")]),
    ]);
    let purposes = select(&[Purposes::TRAIN_GENERATIVE, Purposes::AI_TRAINING, ASKED][..]);
    let data = select(&[DataCategories::POSTS, DataCategories::MESSAGES][..]);
    (at, accepted, purposes, data, any::<bool>()).prop_map(
        |(at, accepted, purposes, data, is_recipient)| {
            let controller = if is_recipient { "beta" } else { "acme" };
            let mut details = good_details(controller);
            if is_recipient {
                details.recipients = parties(&["acme"]);
            }
            World {
                ask: Ask {
                    trainer: "acme",
                    purposes,
                    as_of: INSTANTS[5],
                    maximum_age: None,
                    accepted,
                    waived: Rules::empty(),
                    assured: BTreeSet::new(),
                    max_lag: None,
                    party_aliases: Vec::new(),
                },
                records: vec![record("r1", "u1", given(controller, at), details)],
                places: vec![Place::Ledger],
                unreadable: BTreeSet::new(),
                stated: NOTHING_STATED,
                rows: vec![Row {
                    subjects: vec!["u1"],
                    collected_at: Some(at),
                    data,
                    restrictions: Restrictions::none(),
                    own: Vec::new(),
                }],
            }
        },
    )
}
