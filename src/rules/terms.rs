//! The question that a gate or a replay asks, as the rules see it.

use std::collections::BTreeSet;

use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};
use time::{Duration, UtcDateTime};

use super::parties::PartyNames;
use super::waivers::Waivers;
use crate::record::view::RecordView;
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::{NoticeId, NoticeVersion, PartyId};
use crate::vocabulary::instant::text as instant_text;
use crate::vocabulary::purpose::Purposes;
use crate::vocabulary::term::DenialStatus;

/// The terms of a question, which is about the present or about the past.
///
/// INVARIANT (a replay lets no row pass): it is not nameable outside the crate and does nothing
/// there, so that no generic code can turn the terms of a replay into a gate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    pub(crate) trainer: PartyId,
    /// INVARIANT (something is asked): not empty, and every bit has a name.
    pub(crate) purposes: Purposes,
    pub(crate) as_of: UtcDateTime,
    /// Empty: any notice.
    pub(crate) accepted_notices: BTreeSet<(NoticeId, NoticeVersion)>,
    pub(crate) maximum_age: Option<Duration>,
    pub(crate) waivers: Waivers,
    /// The conditions that are kept.
    pub(crate) assured: BTreeSet<Condition>,
    /// How old the consents on file may be; `None`: of any age.
    pub(crate) max_lag: Option<Duration>,
    pub(crate) parties: PartyNames,
    pub(crate) tense: Tense,
}

/// The tense of a question: about rows, or about earlier decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tense {
    /// All records count, the future ones too.
    Present,
    /// Records dated after the as-of instant are left out, but for those that void the past.
    Replay,
}

impl Terms {
    /// Returns true if both ask the same question. Clones of one gate have equal pointers; only other
    /// gates are compared by value.
    ///
    /// INVARIANT (one address, one value): both are borrowed, so that neither can have been replaced
    /// by another one in the same memory.
    #[inline]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        #[cold]
        #[inline(never)]
        fn are_equal(one: &Terms, other: &Terms) -> bool {
            one == other
        }

        std::ptr::eq(self, other) || are_equal(self, other)
    }
}

impl Terms {
    /// Returns true if a record counts at all: in a replay, what was stated after the as-of instant does
    /// not, unless it voids the past too.
    pub(crate) fn counts(&self, record: &RecordView<'_>) -> bool {
        let voids_the_past = record.denial() == Some(DenialStatus::Invalidated);
        match self.tense {
            Tense::Present => true,
            Tense::Replay => voids_the_past || record.at().is_none_or(|at| at <= self.as_of),
        }
    }
}

/// An ISO 8601 duration in seconds, which no calendar changes.
pub(crate) fn duration_text(duration: Duration) -> String {
    let nanoseconds = duration.subsec_nanoseconds();
    if nanoseconds == 0 {
        format!("PT{}S", duration.whole_seconds())
    } else {
        format!("PT{}.{nanoseconds:09}S", duration.whole_seconds())
    }
}

/// The canonical form of a gate.
impl Serialize for Terms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// A notice by its two names.
        #[derive(serde::Serialize)]
        struct Accepted<'a> {
            id: &'a NoticeId,
            version: &'a NoticeVersion,
        }

        let accepted = self
            .accepted_notices
            .iter()
            .map(|(id, version)| Accepted { id, version });
        let mut form = serializer.serialize_struct("Gate", 9)?;
        form.serialize_field("trainer", &self.trainer)?;
        form.serialize_field("purposes", &self.purposes)?;
        form.serialize_field(
            "as_of",
            &instant_text(self.as_of).map_err(S::Error::custom)?,
        )?;
        form.serialize_field("accepted_notices", &accepted.collect::<Vec<_>>())?;
        form.serialize_field("maximum_age", &self.maximum_age.map(duration_text))?;
        form.serialize_field("waivers", &self.waivers.rules())?;
        form.serialize_field("assured", &self.assured)?;
        form.serialize_field("max_lag", &self.max_lag.map(duration_text))?;
        form.serialize_field("party_aliases", &self.parties)?;
        form.end()
    }
}
