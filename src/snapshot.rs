//! What one gate needs of a ledger.

use crate::decide::Standing;
use crate::{Decision, Gate, Ledger, Question, Replay, Standings};

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
    /// For each person of the ledger, by place: where their standings begin.
    starts: Vec<usize>,
    standings: Vec<Standing<'g>>,
}

impl<'g> Snapshot<'g> {
    /// Weighs everybody's records for one gate.
    #[must_use]
    pub fn new(gate: &'g Gate, ledger: &'g Ledger) -> Self {
        let mut starts = Vec::with_capacity(ledger.subjects());
        let mut standings = Vec::with_capacity(ledger.subjects());
        for (subject, records, readability) in ledger.people() {
            starts.push(standings.len());
            let judged = Standings::judge(gate, subject.as_str(), records, readability);
            let (first, rest) = judged.parts();
            standings.push(*first);
            standings.extend_from_slice(rest);
        }
        Self {
            gate,
            ledger,
            starts,
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
    pub(crate) fn answer_for(&self, question: &Question<'g>, subject: &str) -> Decision<'g> {
        let standings = self.ledger.place_of(subject).and_then(|place| {
            let start = *self.starts.get(place)?;
            let next = self.starts.get(place.saturating_add(1));
            let end = next.copied().unwrap_or(self.standings.len());
            self.standings.get(start..end)?.split_first()
        });
        match standings {
            Some((first, rest)) => question.on_parts(self.gate, first, rest),
            None => Decision::nothing_on_file(),
        }
    }
}
