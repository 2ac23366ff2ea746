//! R1, R3 to R14 and R20: one check for each rule that needs the grant and the gate and not the row.
//! R2 is in `readability`, R15 in `standing`, R16 to R19 in `facts`.

use time::UtcDateTime;

use super::reasons::Outcome;
use super::terms::Terms;
use crate::record::view::{NoticeView, RecordView};
use crate::vocabulary::id::PartyId;
use crate::vocabulary::purpose::Purposes;
use crate::vocabulary::term::{Actor, Capacity, ConsentType, Granularity, Method};

/// R1 · a grant by exactly the subject is on file.
pub(crate) fn on_record(grant: Option<&RecordView<'_>>) -> Outcome {
    match grant {
        Some(_) => Outcome::Met,
        None => Outcome::Unproven,
    }
}

/// R3 · the trainer is the grant's controller or one of its recipients.
pub(crate) fn party(grant: &RecordView<'_>, terms: &Terms) -> Outcome {
    Outcome::of(Some(names_party(grant, &terms.trainer)))
}

/// R4 · the grant contains every purpose asked for.
pub(crate) fn purpose(grant: &RecordView<'_>, terms: &Terms) -> Outcome {
    Outcome::of(lists_purposes(grant.purposes(), terms))
}

/// R5 · the purpose had a switch of its own.
pub(crate) fn granular(grant: &RecordView<'_>) -> Outcome {
    let granular = grant.granular();
    Outcome::of(granular.map(|granular| granular == Granularity::Separate))
}

/// R6 · the method is an affirmative act.
pub(crate) fn affirmative(grant: &RecordView<'_>) -> Outcome {
    Outcome::of(grant.method().map(Method::is_affirmative))
}

/// R7 · the consent type is `explicitly-expressed`.
pub(crate) fn explicit(grant: &RecordView<'_>) -> Outcome {
    let consent_type = grant.consent_type();
    Outcome::of(consent_type.map(|each| each == ConsentType::ExplicitlyExpressed))
}

/// R8 · the actor is the subject or a verified guardian.
pub(crate) fn personal(grant: &RecordView<'_>) -> Outcome {
    let is_personal = |actor| matches!(actor, Actor::Subject | Actor::VerifiedGuardian);
    Outcome::of(grant.actor().map(is_personal))
}

/// R9 · the notice is complete, was shown no later than the act, names a party of the grant as
/// controller, lists every purpose asked for, and is an accepted one. One part that is wrong is
/// enough to contradict the rule, also where another part is missing.
pub(crate) fn informed(grant: &RecordView<'_>, at: UtcDateTime, terms: &Terms) -> Outcome {
    let Some(notice) = grant.notice() else {
        return Outcome::Unproven;
    };
    let parts = [
        notice.shown_at.map(|shown_at| shown_at <= at),
        notice
            .controller
            .map(|controller| names_party(grant, controller)),
        lists_purposes(notice.purposes, terms),
        is_accepted(&notice, terms),
    ];
    if parts.contains(&Some(false)) {
        Outcome::Contradicted
    } else if parts.iter().all(Option::is_some) {
        Outcome::Met
    } else {
        Outcome::Unproven
    }
}

/// R10 · evidence is named.
pub(crate) fn evidenced(grant: &RecordView<'_>) -> Outcome {
    Outcome::of(grant.is_evidenced().then_some(true))
}

/// R11 · withdrawal works in the channel that the consent was given in.
pub(crate) fn withdrawable(grant: &RecordView<'_>) -> Outcome {
    let withdraw_via = grant.withdraw_via();
    let given_via = grant.given_via().filter(|_| !withdraw_via.is_empty());
    Outcome::of(given_via.map(|given_via| withdraw_via.contains(given_via.into())))
}

/// R12 · the person was of age, or a verified guardian acted.
pub(crate) fn capacity(grant: &RecordView<'_>) -> Outcome {
    match (grant.actor(), grant.capacity()) {
        (Some(Actor::VerifiedGuardian), _) | (_, Some(Capacity::OfAge)) => Outcome::Met,
        (_, Some(Capacity::UnderAge)) => Outcome::Contradicted,
        (_, None) => Outcome::Unproven,
    }
}

/// R13 · the act is no later than the as-of instant.
pub(crate) fn given(at: UtcDateTime, terms: &Terms) -> Outcome {
    Outcome::of(Some(at <= terms.as_of))
}

/// R14 · there is a limit, and the as-of instant is before each one there is. A limit beyond the end
/// of time is never reached.
pub(crate) fn current(grant: &RecordView<'_>, at: UtcDateTime, terms: &Terms) -> Outcome {
    let is_young = |age| at.checked_add(age).is_none_or(|limit| terms.as_of < limit);
    let limits = [
        grant.valid_until().map(|limit| terms.as_of < limit),
        terms.maximum_age.map(is_young),
    ];
    let limits = limits.into_iter().flatten();
    Outcome::of(limits.reduce(|one, other| one && other))
}

/// R20 · the gate assures every condition of the grant.
pub(crate) fn conditions(grant: &RecordView<'_>, terms: &Terms) -> Outcome {
    let is_assured = |condition| terms.assured.contains(condition);
    Outcome::of(Some(grant.conditions().iter().all(is_assured)))
}

/// The part of R17 that does not need the row: a grant that names no category leaves it unproven.
pub(crate) fn names_categories(grant: &RecordView<'_>) -> Outcome {
    Outcome::of((!grant.data().is_empty()).then_some(true))
}

/// INVARIANT (a grant is dated): only a denial may have no date, and this is none.
pub(crate) fn granted_at(grant: &RecordView<'_>) -> UtcDateTime {
    grant.at().unwrap_or(UtcDateTime::MAX)
}

fn names_party(record: &RecordView<'_>, party: &PartyId) -> bool {
    record.parties().any(|each| each == party)
}

/// Returns true if a list of purposes contains every one asked for; `None` when there is no list.
fn lists_purposes(listed: Purposes, terms: &Terms) -> Option<bool> {
    (!listed.is_empty()).then(|| listed.contains(terms.purposes))
}

/// Returns true if the notice is an accepted one. A part that is missing proves nothing, but the part that is
/// there may rule out every accepted notice.
fn is_accepted(notice: &NoticeView<'_>, terms: &Terms) -> Option<bool> {
    let accepted = &terms.accepted_notices;
    let may_be_accepted = accepted.is_empty()
        || accepted.iter().any(|(id, version)| {
            notice.id.is_none_or(|own| own == id) && notice.version.is_none_or(|own| own == version)
        });
    let is_named = notice.id.is_some() && notice.version.is_some();
    if may_be_accepted {
        is_named.then_some(true)
    } else {
        Some(false)
    }
}
