//! What one gate needs of a ledger.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::decide::Question;
use crate::standing::Standing;
use crate::{Decision, Gate, Ledger, Replay, Standings, UserRecord};

/// What one gate needs of a [`Ledger`]: everybody's grants weighed once, to be asked for many
/// rows. It decides exactly as the gate on the ledger does.
///
/// A gate that is not the one it was made for finds nothing on file in it, and denies.
///
/// ```
/// # use consent_gate::{Gate, Ledger, Purposes, Snapshot};
/// # use time::macros::utc_datetime;
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let ledger = Ledger::new();
/// let snapshot = Snapshot::new(&gate, &ledger);
/// # let _ = snapshot;
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot<'g> {
    gate: &'g Gate,
    ledger: &'g Ledger,
    people: HashMap<Name<'g>, Span>,
    standings: Vec<Standing<'g>>,
}

/// Where the standings of one person are.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn range(self) -> Option<Range<usize>> {
        Some(usize::try_from(self.start).ok()?..usize::try_from(self.end).ok()?)
    }
}

impl<'g> Snapshot<'g> {
    /// Weighs everybody's records for one gate.
    ///
    /// There is room for 2^32 grants: whoever would come after them has nothing on file.
    #[must_use]
    pub fn new(gate: &'g Gate, ledger: &'g Ledger) -> Self {
        let mut people = HashMap::with_capacity(ledger.subjects());
        let mut standings = Vec::with_capacity(ledger.subjects());
        for (subject, records, readability) in ledger.people() {
            let start = standings.len();
            let judged = Standings::judge(gate, subject.as_str(), records, readability);
            let (first, rest) = judged.parts();
            standings.push(*first);
            standings.extend_from_slice(rest);
            if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(standings.len())) {
                people.insert(Name::of(subject.as_str()), Span { start, end });
            }
        }
        Self {
            gate,
            ledger,
            people,
            standings,
        }
    }

    /// Weighs everybody's records for a replay.
    #[must_use]
    pub fn for_replay(replay: &'g Replay, ledger: &'g Ledger) -> Self {
        Self::new(replay.question(), ledger)
    }

    /// The ledger it was made of.
    #[must_use]
    pub fn ledger(&self) -> &'g Ledger {
        self.ledger
    }

    #[inline]
    pub(crate) fn answer_for<R: UserRecord + ?Sized>(
        &self,
        question: Question<'g, '_, R>,
        subject: &str,
    ) -> Decision<'g> {
        let span = self
            .people
            .get(subject.as_bytes())
            .and_then(|span| span.range());
        match span.and_then(|span| self.standings.get(span)?.split_first()) {
            Some((first, rest)) => question.on_parts(self.gate, first, rest),
            None => Decision::nothing_on_file(),
        }
    }
}

/// A subject's id. A short one stands in the table itself, so that looking it up does not lead to
/// yet another place in memory.
#[derive(Clone)]
enum Name<'g> {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(&'g [u8]),
}

const SHORT: usize = 22;

impl<'g> Name<'g> {
    fn of(id: &'g str) -> Self {
        let id = id.as_bytes();
        let mut bytes = [0; SHORT];
        match (u8::try_from(id.len()), bytes.get_mut(..id.len())) {
            (Ok(length), Some(room)) => {
                room.copy_from_slice(id);
                Self::Short { length, bytes }
            }
            _ => Self::Long(id),
        }
    }
}

impl Borrow<[u8]> for Name<'_> {
    #[inline]
    fn borrow(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Self::Long(id) => id,
        }
    }
}

impl PartialEq for Name<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let id: &[u8] = self.borrow();
        id == <Self as Borrow<[u8]>>::borrow(other)
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let id: &[u8] = self.borrow();
        id.hash(state);
    }
}

/// Names nobody.
impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}
