//! What many records have in common, kept once.

use time::UtcDateTime;

use super::index::Index;
use crate::record::{DataPeriod, Statement, Times, times, times_mut};
use crate::term::DenialStatus;
use crate::{Channels, DataCategories, Details, Evidence, PartyId, Purposes};

/// What a record says, but for its instants and its evidence.
///
/// INVARIANT (fail closed): where a record has an instant, one stands in its shape by which nothing
/// would pass, so that taking it for the record's own could only ever deny.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) statement: Statement,
    pub(super) details: Details,
}

/// What is there in place of the instants of records.
const NO_TIME: [UtcDateTime; 4] = [
    UtcDateTime::MAX,
    UtcDateTime::MIN,
    UtcDateTime::MAX,
    UtcDateTime::MAX,
];

/// What takes the place of a record that cannot be found again: a no to everything.
static NO: Shape = Shape {
    statement: Statement::Denial {
        status: DenialStatus::Invalidated,
        controller: None,
        at: None,
    },
    details: Details {
        recipients: Vec::new(),
        purposes: Purposes::empty(),
        data: DataCategories::empty(),
        data_period: DataPeriod::FromGrant,
        consent_type: None,
        method: None,
        actor: None,
        capacity: None,
        granular: None,
        notice: None,
        evidence: None,
        given_via: None,
        withdraw_via: Channels::empty(),
        valid_until: None,
    },
};

impl Shape {
    /// Takes apart what is a record's own.
    pub(super) fn of(
        mut statement: Statement,
        mut details: Details,
    ) -> (Self, Times, Option<Evidence>) {
        let own = times(&statement, &details);
        let places = times_mut(&mut statement, &mut details);
        for (place, no_time) in places.into_iter().zip(NO_TIME) {
            if let Some(place) = place {
                *place = no_time;
            }
        }
        let evidence = details.evidence.take();
        (Self { statement, details }, own, evidence)
    }

    /// A no to everything.
    pub(super) fn no() -> &'static Self {
        &NO
    }

    /// The instants of the shape, which are nobody's.
    pub(super) fn no_times(&self) -> Times {
        times(&self.statement, &self.details)
    }

    /// The record's statement and details again.
    pub(super) fn with(&self, own: Times, evidence: Option<Evidence>) -> (Statement, Details) {
        let Self {
            mut statement,
            mut details,
        } = self.clone();
        let places = times_mut(&mut statement, &mut details);
        for (place, own) in places.into_iter().zip(own) {
            if let (Some(place), Some(own)) = (place, own) {
                *place = own;
            }
        }
        details.evidence = evidence;
        (statement, details)
    }

    fn texts_in_bytes(&self) -> usize {
        let notice = self.details.notice.as_ref();
        let parties = self.statement.controller().into_iter();
        let parties = parties.chain(&self.details.recipients);
        let parties = parties.chain(notice.and_then(|notice| notice.controller.as_ref()));
        let texts = parties.map(PartyId::as_str);
        let texts = texts.chain(notice.and_then(|notice| Some(notice.id.as_ref()?.as_str())));
        let texts = texts.chain(notice.and_then(|notice| Some(notice.version.as_ref()?.as_str())));
        let recipients = self.details.recipients.capacity();
        // In front of each text stand two counts of its holders.
        let counts = size_of::<[usize; 2]>();
        texts.map(|text| text.len().saturating_add(counts)).fold(
            recipients.saturating_mul(size_of::<PartyId>()),
            usize::saturating_add,
        )
    }
}

/// Shapes by number, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    all: Vec<Known>,
    index: Index,
    /// The next record most often has the same one.
    latest: u32,
}

/// A shape, and what the instants of the first record with it were: those of the others often
/// differ from each other by as much.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) shape: Shape,
    pub(super) usual: [i64; 4],
}

impl Shapes {
    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Known> {
        self.all.get(usize::try_from(number).ok()?)
    }

    /// The number of a shape that may be new; `None` when there are too many. What is usual is
    /// asked for where it is.
    pub(super) fn number(&mut self, shape: Shape, usual: [i64; 4]) -> Option<u32> {
        let is_it = |all: &Self, number| all.get(number).is_some_and(|known| known.shape == shape);
        if is_it(self, self.latest) {
            return Some(self.latest);
        }
        let hash = self.index.hash(&shape);
        let known = self.index.find(hash, |number| is_it(self, number));
        self.latest = if let Some(known) = known {
            known
        } else {
            let number = u32::try_from(self.all.len()).ok()?;
            number.checked_add(1)?;
            if self.index.is_full() {
                let all = &self.all;
                let shapes = all.iter().map(|known| &known.shape);
                self.index.widen(shapes, |number, shape| {
                    let known = usize::try_from(number)
                        .ok()
                        .and_then(|number| all.get(number));
                    known.is_some_and(|known| known.shape == **shape)
                });
            }
            self.all.push(Known { shape, usual });
            self.index.insert(hash, number);
            number
        };
        Some(self.latest)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        let known = self.all.capacity().saturating_mul(size_of::<Known>());
        self.all
            .iter()
            .map(|known| known.shape.texts_in_bytes())
            .fold(
                known.saturating_add(self.index.size_in_bytes()),
                usize::saturating_add,
            )
    }
}
