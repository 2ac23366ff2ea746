//! The oracle: the rules once more, written from their text, plain and slow.
//!
//! It looks at one grant at a time and at one rule at a time, writes down how each rule ends, and
//! counts afterwards. Purposes, categories and channels are sets of names here, and rules are
//! numbers, so that it shares no technique with the code that it is compared with.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, ConsentType, Consented, DataPeriod, Decided,
    Decision, DenialStatus, Details, Gate, Granularity, Method, RecordId, Rules, Statement,
};
use time::UtcDateTime;

use crate::strategies::Row;

/// The numbers of rules.
pub(crate) type RuleIds = BTreeSet<u8>;

/// How a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// There is positive proof.
    Met,
    /// The fact is missing.
    Unproven,
    /// There is proof of the opposite.
    Contradicted,
}

use Outcome::{Contradicted, Met, Unproven};

/// Whether the question is about now or about what would have been decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    /// Every record counts.
    Present,
    /// What was stated after the as-of instant is left out.
    Replay,
}

/// What a decision says, in words that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The grant of each subject, in the order in which the row names them.
    Permit(Vec<RecordId>),
    /// The rules that failed, in either way.
    Deny {
        /// Those for which a fact is missing.
        unproven: RuleIds,
        /// Those for which the opposite is proven.
        contradicted: RuleIds,
    },
}

impl Answer {
    /// What the gate said.
    pub(crate) fn of(decision: &Decision<'_>) -> Self {
        match decision {
            Decision::Permit(grants) => {
                Self::Permit(grants.iter().map(|id| id.parse().unwrap()).collect())
            }
            Decision::Deny(reasons) => Self::Deny {
                unproven: numbers(reasons.unproven()),
                contradicted: numbers(reasons.contradicted()),
            },
        }
    }

    /// What the gate said of a row that it took.
    pub(crate) fn of_row<T>(decided: &Decided<'_, T>) -> Self {
        match decided {
            Decided::Consented(row) => Self::of_consented(row),
            Decided::Withheld(row) => Self::of(&Decision::Deny(row.reasons())),
        }
    }

    /// What the gate said of a row that it let pass.
    pub(crate) fn of_consented<T>(row: &Consented<'_, T>) -> Self {
        Self::of(&Decision::Permit(row.grants().clone()))
    }

    /// The rules that failed in any way; none for a permit.
    pub(crate) fn failed(&self) -> RuleIds {
        match self {
            Self::Permit(_) => RuleIds::new(),
            Self::Deny {
                unproven,
                contradicted,
            } => unproven | contradicted,
        }
    }

    /// The primary reason is the lowest-numbered rule that failed.
    pub(crate) fn primary(&self) -> Option<u8> {
        self.failed().first().copied()
    }
}

/// The numbers of a set of rules: 12 of `R12`.
pub(crate) fn numbers(rules: Rules) -> RuleIds {
    let number = |id: &str| id.strip_prefix('R').unwrap().parse().unwrap();
    rules.ids().map(number).collect()
}

/// Everything that a decision depends on, but for the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oracle<'a> {
    /// Who asks for what, as of when, how strictly.
    pub(crate) gate: &'a Gate,
    /// About now or about then.
    pub(crate) tense: Tense,
    /// The records of everyone, in any order and any number of times.
    pub(crate) on_file: &'a [ConsentRecord],
    /// The subjects of records that could not be read.
    pub(crate) unreadable: &'a BTreeSet<&'static str>,
    /// What else the source of the records states.
    pub(crate) stated: &'a Stated,
    /// The other names of parties.
    pub(crate) party_aliases: &'a [(&'static str, &'static str)],
}

/// What a source of records states besides them.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    /// The other names of subjects.
    pub(crate) aliases: Vec<(&'static str, &'static str)>,
    /// The instant up to which every statement is on file.
    pub(crate) complete_through: Option<UtcDateTime>,
}

/// Of a source that states nothing.
pub(crate) const NOTHING_STATED: Stated = Stated {
    aliases: Vec::new(),
    complete_through: None,
};

/// Everything that these pairs lead to from a name, step by step, when `is_one` says which names are
/// written differently and are one.
fn all_names<'n>(
    name: &'n str,
    pairs: &[(&'n str, &'n str)],
    is_one: impl Fn(&str, &str) -> bool,
) -> Vec<&'n str> {
    let mut names = vec![name];
    let mut next = 0;
    while next < names.len() {
        for &(one, other) in pairs {
            for (from, to) in [(one, other), (other, one)] {
                if is_one(from, names[next]) && !names.contains(&to) {
                    names.push(to);
                }
            }
        }
        next += 1;
    }
    names
}

/// Two names of parties, without regard to letter case and surrounding white space.
fn is_one_party(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    one.to_lowercase() == other.to_lowercase() || one.to_uppercase() == other.to_uppercase()
}

/// A grant and how each rule ends for it.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a> {
    grant: &'a ConsentRecord,
    /// Every rule by its number, before anything is waived.
    pub(crate) outcomes: Vec<(u8, Outcome)>,
    unproven: RuleIds,
    contradicted: RuleIds,
}

/// A rule ends in the first of these that is true: met, contradicted, unproven.
fn ends(is_met: bool, is_contradicted: bool) -> Outcome {
    if is_met {
        Met
    } else if is_contradicted {
        Contradicted
    } else {
        Unproven
    }
}

/// The names in a set of purposes, categories or channels.
macro_rules! names {
    ($flags:expr) => {
        $flags
            .iter_names()
            .map(|(name, _)| name)
            .collect::<BTreeSet<&str>>()
    };
}

/// The parties of a record: its controller, if it names one, and its recipients.
fn parties(record: &ConsentRecord) -> BTreeSet<&str> {
    let recipients = &record.details().recipients;
    let controller = record.statement().controller();
    recipients
        .iter()
        .chain(controller)
        .map(AsRef::as_ref)
        .collect()
}

/// The instant of a grant, and nothing for any other statement.
fn granted_at(record: &ConsentRecord) -> Option<UtcDateTime> {
    match record.statement() {
        Statement::Grant { at, .. } => Some(*at),
        Statement::Denial { .. } | Statement::NonDecision { .. } => None,
    }
}

/// Two records differ when what was read differs; lists are sets.
fn differ(one: &ConsentRecord, other: &ConsentRecord) -> bool {
    let recipients = |record: &ConsentRecord| -> BTreeSet<_> {
        record.details().recipients.iter().cloned().collect()
    };
    let rest = |record: &ConsentRecord| {
        let mut rest = record.details().clone();
        rest.recipients = Vec::new();
        rest
    };
    one.subject() != other.subject()
        || one.statement() != other.statement()
        || recipients(one) != recipients(other)
        || rest(one) != rest(other)
}

/// A set of rules as a number in which each rule is a binary digit: the digits that are one, the
/// highest first, which compare as the numbers do.
fn as_number(rules: &RuleIds) -> Vec<u8> {
    rules.iter().rev().copied().collect()
}

impl<'a> Oracle<'a> {
    /// The answer for a row. All of its subjects must permit; a denial reports the union of what
    /// failed for each, and a subject that is named twice counts once.
    pub(crate) fn answer(&self, row: &Row) -> Answer {
        let mut seen = Vec::new();
        let mut grants = Vec::new();
        let mut unproven = RuleIds::new();
        let mut contradicted = RuleIds::new();
        if row.subjects.is_empty() {
            unproven.insert(1);
        }
        for &subject in &row.subjects {
            if seen.contains(&subject) {
                continue;
            }
            seen.push(subject);
            match self.answer_for(row, subject) {
                Answer::Permit(one) => grants.extend(one),
                Answer::Deny {
                    unproven: missing,
                    contradicted: opposed,
                } => {
                    unproven.extend(missing);
                    contradicted.extend(opposed);
                }
            }
        }
        if unproven.is_empty() && contradicted.is_empty() {
            Answer::Permit(grants)
        } else {
            Answer::Deny {
                unproven,
                contradicted,
            }
        }
    }

    /// The answer for one subject of a row.
    fn answer_for(&self, row: &Row, subject: &str) -> Answer {
        let judged = self.judged(row, subject);

        // A permit rests on one grant for which every rule is met or waived and unproven: the
        // latest, ties by the smallest id.
        let carries = |each: &&Judged<'_>| each.unproven.is_empty() && each.contradicted.is_empty();
        let latest =
            |each: &&Judged<'a>| (Reverse(granted_at(each.grant)), each.grant.id().clone());
        if let Some(best) = judged.iter().filter(carries).min_by_key(latest) {
            return Answer::Permit(vec![best.grant.id().clone()]);
        }

        // A denial reports the grant that came closest: fewest rules contradicted, fewest
        // unproven, latest, smallest id, the smaller set contradicted, the smaller set unproven.
        let distance = |each: &&Judged<'_>| {
            (
                each.contradicted.len(),
                each.unproven.len(),
                Reverse(granted_at(each.grant)),
                each.grant.id().clone(),
                as_number(&each.contradicted),
                as_number(&each.unproven),
            )
        };
        if let Some(closest) = judged.iter().min_by_key(distance) {
            return Answer::Deny {
                unproven: closest.unproven.clone(),
                contradicted: closest.contradicted.clone(),
            };
        }

        // Where there is no grant at all, R1 is reported, with R2 if it applies, and R15 if a
        // denial that touches the request is on file.
        let mut contradicted = RuleIds::new();
        if self.readable(subject) == Contradicted {
            contradicted.insert(2);
        }
        if self
            .denials_of(subject)
            .any(|denial| self.touches(denial, None, row))
        {
            contradicted.insert(15);
        }
        Answer::Deny {
            unproven: RuleIds::from([1]),
            contradicted,
        }
    }

    /// Every grant of a subject that counts, each judged alone: parts of two never add up.
    pub(crate) fn judged(&self, row: &Row, subject: &str) -> Vec<Judged<'a>> {
        let waived = numbers(self.gate.waivers().rules());
        let mut judged = Vec::new();
        for grant in self.counting(subject) {
            // For a grant by a guardian, verified or not, the waivers of R5, R9 and R12 have no
            // effect.
            let mut waived = waived.clone();
            if let Some(Actor::Guardian | Actor::VerifiedGuardian) = grant.details().actor {
                waived.retain(|rule| ![5, 9, 12].contains(rule));
            }
            let Some(at) = granted_at(grant) else {
                continue;
            };
            let outcomes = self.outcomes(row, subject, grant, at);
            let mut unproven = RuleIds::new();
            let mut contradicted = RuleIds::new();
            for &(rule, outcome) in &outcomes {
                match outcome {
                    Met => {}
                    // A waiver forgives silence. A rule that is waived is neither reported nor
                    // counted.
                    Unproven if waived.contains(&rule) => {}
                    Unproven => {
                        unproven.insert(rule);
                    }
                    // It never forgives a no.
                    Contradicted => {
                        contradicted.insert(rule);
                    }
                }
            }
            judged.push(Judged {
                grant,
                outcomes,
                unproven,
                contradicted,
            });
        }
        judged
    }

    /// The records of a subject that count. A replay leaves out those whose stated instant is
    /// after the as-of instant, but for the invalidated ones, which void the past too. A denial
    /// without a date states no instant and stays.
    fn counting(&self, subject: &str) -> impl Iterator<Item = &'a ConsentRecord> {
        let Self { gate, tense, .. } = *self;
        let (on_file, subject) = (self.on_file, subject.to_owned());
        on_file.iter().filter(move |record| {
            let voids_the_past = matches!(
                record.statement(),
                Statement::Denial {
                    status: DenialStatus::Invalidated,
                    ..
                }
            );
            let is_later = record
                .statement()
                .at()
                .is_some_and(|stated| stated > gate.as_of());
            let is_left_out = tense == Tense::Replay && is_later && !voids_the_past;
            record.subject().as_str() == subject && !is_left_out
        })
    }

    fn denials_of(&self, subject: &str) -> impl Iterator<Item = &'a ConsentRecord> {
        // A denial by any name of the subject counts; a grant only by the one name.
        let names = self.names_of(subject).into_iter();
        let records = names.flat_map(|name| self.counting(name).collect::<Vec<_>>());
        let denials: Vec<_> = records
            .filter(|record| matches!(record.statement(), Statement::Denial { .. }))
            .collect();
        denials.into_iter()
    }

    /// The subject, and the other names that the source states for it.
    fn names_of<'n>(&'n self, subject: &'n str) -> Vec<&'n str> {
        all_names(subject, &self.stated.aliases, |one, other| one == other)
    }

    /// Whether a denial touches a grant of the same subject or, where there is none, the request:
    /// by its parties, and by its purposes, and by its categories.
    fn touches(&self, denial: &ConsentRecord, grant: Option<&ConsentRecord>, row: &Row) -> bool {
        // It names no controller, or shares a party with the trainer and the parties of the
        // grant: telling one link of the chain is enough.
        let mut chain = grant.map(parties).unwrap_or_default();
        chain.insert(self.gate.trainer().as_str());
        let is_in_chain = |party: &&str| {
            let names = all_names(party, self.party_aliases, is_one_party);
            let mut all = names.iter();
            all.any(|name| chain.iter().any(|link| is_one_party(name, link)))
        };
        let names_one = parties(denial).iter().any(is_in_chain);
        let by_party = denial.statement().controller().is_none() || names_one;

        // It names no purpose, or one of those asked for.
        let denied = names!(denial.details().purposes);
        let by_purpose = denied.is_empty() || !denied.is_disjoint(&names!(self.gate.purposes()));

        // It names no category, or one that the row has; a row that names none has all.
        let denied = names!(denial.details().data);
        let has = names!(row.data);
        let by_category = denied.is_empty() || has.is_empty() || !denied.is_disjoint(&has);

        by_party && by_purpose && by_category
    }

    /// How every rule ends for a grant of this subject.
    fn outcomes(
        &self,
        row: &Row,
        subject: &str,
        grant: &ConsentRecord,
        at: UtcDateTime,
    ) -> Vec<(u8, Outcome)> {
        let details = grant.details();
        vec![
            // R1 · the row names its subject and a grant by exactly that subject is on file: this
            // one.
            (1, Met),
            (2, self.readable(subject)),
            (3, self.party(grant)),
            (4, self.purpose(details)),
            (5, granular(details)),
            (6, affirmative(details)),
            (7, explicit(details)),
            (8, personal(details)),
            (9, self.informed(grant, at)),
            (10, evidenced(details)),
            (11, withdrawable(details)),
            (12, capacity(details)),
            (13, self.given(at)),
            (14, self.current(details, at)),
            (15, self.standing(row, subject, grant, at)),
            (16, period(row, details, at)),
            (17, category(row, details)),
            (18, self.unrestricted(row)),
            (19, self.fresh(row)),
            (20, self.conditions(details)),
        ]
    }

    /// R2 · every record on file for the subject was read, and none conflicts with another of the
    /// same id. A conflict fails the subjects of both, and is looked for before a replay leaves
    /// anything out.
    fn readable(&self, subject: &str) -> Outcome {
        let names = self.names_of(subject);
        let is_theirs = |record: &ConsentRecord| names.contains(&record.subject().as_str());
        let mut fails = names.iter().any(|name| self.unreadable.contains(name));
        for one in self.on_file {
            for other in self.on_file {
                let conflict = one.id() == other.id() && differ(one, other);
                if conflict && (is_theirs(one) || is_theirs(other)) {
                    fails = true;
                }
            }
        }
        ends(!fails, fails)
    }

    /// R3 · the trainer is the grant's controller or one of its recipients, or it is not.
    fn party(&self, grant: &ConsentRecord) -> Outcome {
        let is_named = parties(grant).contains(self.gate.trainer().as_str());
        ends(is_named, !is_named)
    }

    /// R4 · the grant contains every purpose asked for; it has none; it lacks one.
    fn purpose(&self, details: &Details) -> Outcome {
        let granted = names!(details.purposes);
        let lacks_one = !names!(self.gate.purposes()).is_subset(&granted);
        ends(!lacks_one, lacks_one && !granted.is_empty())
    }

    /// R9 · the notice is complete, shown no later than the act, names a party of the grant as
    /// controller, lists every purpose asked for, and is an accepted one where the gate lists
    /// any; there is none or a part of it is absent; or what is there of it says otherwise.
    fn informed(&self, grant: &ConsentRecord, at: UtcDateTime) -> Outcome {
        let Some(notice) = &grant.details().notice else {
            return Unproven;
        };
        let listed = names!(notice.purposes);
        let is_complete = notice.id.is_some()
            && notice.version.is_some()
            && notice.shown_at.is_some()
            && notice.controller.is_some()
            && !listed.is_empty();

        let is_late = notice.shown_at.is_some_and(|shown| shown > at);
        let other_controller = notice
            .controller
            .as_ref()
            .is_some_and(|controller| !parties(grant).contains(controller.as_str()));
        let lacks_a_purpose =
            !listed.is_empty() && !names!(self.gate.purposes()).is_subset(&listed);

        // What is there of the id and the version must fit an accepted notice; a part that is
        // absent fits any, since absence proves nothing.
        let mut lists_any = false;
        let mut fits_one = false;
        for (id, version) in self.gate.accepted_notices() {
            lists_any = true;
            let id_fits = notice.id.is_none() || notice.id.as_ref() == Some(id);
            let version_fits = notice.version.is_none() || notice.version.as_ref() == Some(version);
            fits_one |= id_fits && version_fits;
        }
        let is_not_accepted = lists_any && !fits_one;

        let says_otherwise = is_late || other_controller || lacks_a_purpose || is_not_accepted;
        ends(is_complete && !says_otherwise, says_otherwise)
    }

    /// R13 · the act is not later than the as-of instant, or it is.
    fn given(&self, at: UtcDateTime) -> Outcome {
        let is_later = at > self.gate.as_of();
        ends(!is_later, is_later)
    }

    /// R14 · there is a limit (`valid_until`, or the act and the gate's maximum age) and the as-of
    /// instant is before each one there is; there is none; one is reached.
    fn current(&self, details: &Details, at: UtcDateTime) -> Outcome {
        let as_of = self.gate.as_of();
        let by_itself = details.valid_until.map(|until| as_of >= until);
        // An end after the last instant there is cannot be reached.
        let by_age = self
            .gate
            .maximum_age()
            .map(|age| at.checked_add(age).is_some_and(|until| as_of >= until));
        let limits: Vec<bool> = by_itself.into_iter().chain(by_age).collect();
        let one_is_reached = limits.contains(&true);
        ends(!limits.is_empty() && !one_is_reached, one_is_reached)
    }

    /// R15 · no denial that touches the grant is dated at or after it, or one is. One without a
    /// date outlasts every grant.
    fn standing(
        &self,
        row: &Row,
        subject: &str,
        grant: &ConsentRecord,
        at: UtcDateTime,
    ) -> Outcome {
        let mut is_denied = false;
        for denial in self.denials_of(subject) {
            let is_as_late = denial.statement().at().is_none_or(|said| said >= at);
            if is_as_late && self.touches(denial, Some(grant), row) {
                is_denied = true;
            }
        }
        ends(!is_denied, is_denied)
    }

    /// R18 · no signal on the row restricts a purpose asked for; one could not be read; one
    /// restricts, and counts even next to one that could not be read.
    fn unrestricted(&self, row: &Row) -> Outcome {
        let restricted = names!(row.restrictions.purposes());
        let restricts = !restricted.is_disjoint(&names!(self.gate.purposes()));
        ends(row.restrictions.is_readable() && !restricts, restricts)
    }

    /// R19 · the gate sets no maximum lag; or the source states an instant, no earlier than as-of
    /// less the lag, and the row was collected no later than it; no instant is stated or the row
    /// has no time; the instant is earlier, or the row is newer.
    fn fresh(&self, row: &Row) -> Outcome {
        let Some(lag) = self.gate.max_lag() else {
            return Met;
        };
        let (through, collected) = (self.stated.complete_through, row.collected_at);
        // Of an instant before the beginning of time nothing is earlier.
        let oldest = self.gate.as_of().checked_sub(lag);
        let is_early = through.is_some_and(|at| oldest.is_some_and(|oldest| at < oldest));
        let is_newer = through.is_some_and(|at| collected.is_some_and(|collected| collected > at));
        let is_known = through.is_some() && collected.is_some();
        ends(is_known && !is_early && !is_newer, is_early || is_newer)
    }

    /// R20 · every condition of the grant is among those that the gate assures, or one is not.
    fn conditions(&self, details: &Details) -> Outcome {
        let assured: Vec<_> = self
            .gate
            .assured()
            .map(consent_gate::Condition::as_str)
            .collect();
        let mut conditions = details.conditions.iter();
        let all_are_kept = conditions.all(|each| assured.contains(&each.as_str()));
        ends(all_are_kept, !all_are_kept)
    }
}

/// R5 · the purpose had a switch of its own; not known; it was bundled.
fn granular(details: &Details) -> Outcome {
    match details.granular {
        Some(Granularity::Separate) => Met,
        None => Unproven,
        Some(Granularity::Bundled) => Contradicted,
    }
}

/// R6 · the method is an affirmative act: a statement, a signature, a confirmation, a control that
/// the person turned on; not known; it is any other.
fn affirmative(details: &Details) -> Outcome {
    match details.method {
        Some(
            Method::Statement | Method::Signature | Method::Confirmation | Method::OptInControl,
        ) => Met,
        None => Unproven,
        Some(_) => Contradicted,
    }
}

/// R7 · the type is explicitly expressed; not known; it is any other.
fn explicit(details: &Details) -> Outcome {
    match details.consent_type {
        Some(ConsentType::ExplicitlyExpressed) => Met,
        None => Unproven,
        Some(_) => Contradicted,
    }
}

/// R8 · the actor is the subject or a verified guardian; not known; it is anyone else.
fn personal(details: &Details) -> Outcome {
    match details.actor {
        Some(Actor::Subject | Actor::VerifiedGuardian) => Met,
        None => Unproven,
        Some(_) => Contradicted,
    }
}

/// R10 · evidence is named, or it is not.
fn evidenced(details: &Details) -> Outcome {
    ends(details.evidence.is_some(), false)
}

/// R11 · withdrawal works in the channel the consent was given in; either is absent; that channel
/// is not among those for withdrawal.
fn withdrawable(details: &Details) -> Outcome {
    let given = names!(details.given_via.map_or(Channels::empty(), Channels::from));
    let withdraw = names!(details.withdraw_via);
    let both_are_there = !given.is_empty() && !withdraw.is_empty();
    let works = given.is_subset(&withdraw);
    ends(both_are_there && works, both_are_there && !works)
}

/// R12 · of age, or a verified guardian acted; not known; under age, and no verified guardian
/// acted.
fn capacity(details: &Details) -> Outcome {
    let by_guardian = details.actor == Some(Actor::VerifiedGuardian);
    let is_of_age = details.capacity == Some(Capacity::OfAge);
    let is_under_age = details.capacity == Some(Capacity::UnderAge);
    ends(is_of_age || by_guardian, is_under_age && !by_guardian)
}

/// R16 · the row has a collection time inside the grant's data period, its start included; it has
/// none; it was collected earlier.
fn period(row: &Row, details: &Details, at: UtcDateTime) -> Outcome {
    let Some(collected) = row.collected_at else {
        return Unproven;
    };
    let is_inside = match details.data_period {
        DataPeriod::FromGrant => collected >= at,
        DataPeriod::AllExisting => true,
        DataPeriod::From(start) => collected >= start,
    };
    ends(is_inside, !is_inside)
}

/// R17 · the grant covers every category of the row; the grant has none or the row does not say;
/// the row has one that the grant lacks.
fn category(row: &Row, details: &Details) -> Outcome {
    let has = names!(row.data);
    let covered = names!(details.data);
    let both_are_there = !has.is_empty() && !covered.is_empty();
    let covers = has.is_subset(&covered);
    ends(both_are_there && covers, both_are_there && !covers)
}
