//! A consent record as the rules see it, wherever it is kept.

use time::UtcDateTime;

use super::model::{ConsentRecord, DataPeriod, Details, Statement, Times, times};
use crate::storage::record_ids::RecordIdRef;
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::{NoticeId, NoticeVersion, PartyId, SubjectId};
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, DenialStatus, Granularity, Method,
};

/// A record as the rules see it, borrowed from a record or from a ledger, which stores no whole
/// records.
///
/// Parts that many records have in common may be shared. The instants are this record's own, and those
/// within what is shared are never looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordView<'a> {
    id: RecordIdRef<'a>,
    statement: &'a Statement,
    details: &'a Details,
    times: Times,
    is_evidenced: bool,
}

/// The names of a person: the id that a row names them by, and the others that denials may name
/// them by.
///
/// INVARIANT (an alias never grants): of the records by other names only the denials count.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) id: &'a str,
    pub(crate) others: &'a [SubjectId],
}

impl<'a> Names<'a> {
    /// Of a person who has one name.
    pub(crate) fn only(id: &'a str) -> Self {
        Self { id, others: &[] }
    }
}

/// A notice as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoticeView<'a> {
    pub(crate) id: Option<&'a NoticeId>,
    pub(crate) version: Option<&'a NoticeVersion>,
    pub(crate) shown_at: Option<UtcDateTime>,
    pub(crate) purposes: Purposes,
    pub(crate) controller: Option<&'a PartyId>,
}

impl<'a> RecordView<'a> {
    pub(crate) fn of(record: &'a ConsentRecord) -> Self {
        let (statement, details) = (record.statement(), record.details());
        Self {
            id: RecordIdRef::Owned(record.id()),
            statement,
            details,
            times: times(statement, details),
            is_evidenced: details.evidence.is_some(),
        }
    }

    /// Of a record that has `statement` and `details` in common with others.
    #[inline]
    pub(crate) fn kept(
        id: RecordIdRef<'a>,
        (statement, details): (&'a Statement, &'a Details),
        times: Times,
        is_evidenced: bool,
    ) -> Self {
        Self {
            id,
            statement,
            details,
            times,
            is_evidenced,
        }
    }

    pub(crate) fn id(&self) -> RecordIdRef<'a> {
        self.id
    }

    pub(crate) fn is_grant(&self) -> bool {
        matches!(self.statement, Statement::Grant { .. })
    }

    pub(crate) fn denial(&self) -> Option<DenialStatus> {
        match self.statement {
            Statement::Denial { status, .. } => Some(*status),
            Statement::Grant { .. } | Statement::NonDecision { .. } => None,
        }
    }

    pub(crate) fn at(&self) -> Option<UtcDateTime> {
        let [at, ..] = self.times;
        at
    }

    pub(crate) fn controller(&self) -> Option<&'a PartyId> {
        self.statement.controller()
    }

    /// The parties that the record names: its controller, if any, and its recipients.
    pub(crate) fn parties(&self) -> impl Iterator<Item = &'a PartyId> {
        self.controller()
            .into_iter()
            .chain(&self.details.recipients)
    }

    pub(crate) fn purposes(&self) -> Purposes {
        self.details.purposes
    }

    pub(crate) fn data(&self) -> DataCategories {
        self.details.data
    }

    pub(crate) fn data_period(&self) -> DataPeriod {
        let [.., from] = self.times;
        match from {
            Some(from) => DataPeriod::From(from),
            None => self.details.data_period,
        }
    }

    pub(crate) fn consent_type(&self) -> Option<ConsentType> {
        self.details.consent_type
    }

    pub(crate) fn method(&self) -> Option<Method> {
        self.details.method
    }

    pub(crate) fn actor(&self) -> Option<Actor> {
        self.details.actor
    }

    pub(crate) fn capacity(&self) -> Option<Capacity> {
        self.details.capacity
    }

    pub(crate) fn granular(&self) -> Option<Granularity> {
        self.details.granular
    }

    pub(crate) fn notice(&self) -> Option<NoticeView<'a>> {
        let [_, _, shown_at, _] = self.times;
        self.details.notice.as_ref().map(|notice| NoticeView {
            id: notice.id.as_ref(),
            version: notice.version.as_ref(),
            shown_at,
            purposes: notice.purposes,
            controller: notice.controller.as_ref(),
        })
    }

    pub(crate) fn is_evidenced(&self) -> bool {
        self.is_evidenced
    }

    pub(crate) fn given_via(&self) -> Option<Channel> {
        self.details.given_via
    }

    pub(crate) fn withdraw_via(&self) -> Channels {
        self.details.withdraw_via
    }

    pub(crate) fn conditions(&self) -> &'a [Condition] {
        &self.details.conditions
    }

    pub(crate) fn valid_until(&self) -> Option<UtcDateTime> {
        let [_, valid_until, ..] = self.times;
        valid_until
    }
}
