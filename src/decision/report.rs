//! The counts of a run.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::decision::answer::Decision;
use crate::rules::{Reasons, Rules};

/// The number of rows that were seen, and of each outcome. It contains counts only: no content of a
/// row, and no subject.
///
/// INVARIANT (counts add up): `seen = consented + withheld + unreadable`, and `withheld` is the
/// sum of the primary reasons, at every moment.
///
/// It is serialized as an object with `seen`, `consented`, `withheld`, `unreadable`, `primary` and
/// `any`. The last two map the name of each rule that failed to a count. Its `Display` is a table.
/// Counts saturate at `u64::MAX`.
///
/// ```
/// use consent_gate::Report;
///
/// let mut whole = Report::new();
/// let shard = Report::new();
/// whole.merge(&shard);
/// assert_eq!(whole.seen(), 0);
/// ```
#[derive(Clone)]
pub struct Report {
    consented: u64,
    unreadable: u64,
    withheld: u64,
    reasons: Withholdings,
}

/// The number of withheld rows for each set of rules that failed.
///
/// Most rows fail in few ways, so a small table has a count for each set that was seen lately. A set
/// that is evicted from its slot is added to the exact counts by rule.
#[derive(Clone)]
struct Withholdings {
    lately: [Lately; LATELY],
    settled: ByRule,
}

/// The number of slots, a power of two.
const LATELY: usize = 64;

#[derive(Clone, Copy, Default)]
struct Lately {
    failed: Rules,
    times: u64,
}

/// Counts by rule, in the order of the rules.
#[derive(Clone, Default, PartialEq, Eq)]
struct ByRule {
    primary: [u64; RULES],
    any: [u64; RULES],
}

#[expect(clippy::as_conversions, reason = "a number of bits, in a constant")]
const RULES: usize = Rules::all().bits().count_ones() as usize;

impl ByRule {
    fn add(&mut self, failed: Rules, times: u64) {
        let mut is_first = true;
        let counts = self.primary.iter_mut().zip(&mut self.any);
        for (rule, (primary, any)) in Rules::all().iter().zip(counts) {
            if failed.contains(rule) {
                *any = any.saturating_add(times);
                if is_first {
                    *primary = primary.saturating_add(times);
                }
                is_first = false;
            }
        }
    }
}

impl Withholdings {
    #[inline]
    fn count(&mut self, failed: Rules) {
        let slot = slot_of(failed);
        #[expect(clippy::indexing_slicing, reason = "a slot is always within the table")]
        let lately = &mut self.lately[slot];
        if lately.failed != failed {
            self.settled.add(lately.failed, lately.times);
            *lately = Lately { failed, times: 0 };
        }
        lately.times = lately.times.saturating_add(1);
    }

    fn by_rule(&self) -> ByRule {
        let mut counts = self.settled.clone();
        let lately = self.lately.iter().filter(|lately| lately.times > 0);
        lately.for_each(|lately| counts.add(lately.failed, lately.times));
        counts
    }
}

/// The slot of a set of rules: the upper bits of a product, which depend on all bits of the set.
#[inline]
#[expect(clippy::as_conversions, reason = "from 32 to at least 32 bits")]
fn slot_of(failed: Rules) -> usize {
    (failed.bits().wrapping_mul(0x9E37_79B9) >> 26) as usize & (LATELY - 1)
}

impl Default for Report {
    fn default() -> Self {
        let reasons = Withholdings {
            lately: [Lately::default(); LATELY],
            settled: ByRule::default(),
        };
        Self {
            consented: 0,
            unreadable: 0,
            withheld: 0,
            reasons,
        }
    }
}

impl Report {
    /// Makes a report in which every count is zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of rows that were seen.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.consented
            .saturating_add(self.withheld)
            .saturating_add(self.unreadable)
    }

    /// The number of rows that passed.
    #[must_use]
    pub fn consented(&self) -> u64 {
        self.consented
    }

    /// The number of rows that were decided on and did not pass.
    #[must_use]
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// The number of rows that could not be read. They were not decided on and not passed on.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The number of rows withheld for each rule as their primary reason, which is the
    /// lowest-numbered rule that failed. In the order of the rules, without those of count zero.
    pub fn primary(&self) -> impl Iterator<Item = (Rules, u64)> {
        failed_at_all(self.reasons.by_rule().primary)
    }

    /// The number of rows withheld for each rule, alone or together with others. In the order of the
    /// rules, without those of count zero.
    pub fn any(&self) -> impl Iterator<Item = (Rules, u64)> {
        failed_at_all(self.reasons.by_rule().any)
    }

    /// Adds the counts of another report, such as that of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.consented = self.consented.saturating_add(other.consented);
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
        if other.withheld == 0 {
            return;
        }
        self.withheld = self.withheld.saturating_add(other.withheld);
        let theirs = other.reasons.by_rule();
        let ours = &mut self.reasons.settled;
        let primary = ours.primary.iter_mut().zip(theirs.primary);
        let any = ours.any.iter_mut().zip(theirs.any);
        for (sum, times) in primary.chain(any) {
            *sum = sum.saturating_add(times);
        }
    }

    /// Counts the decision on a row. The adapters call this for each row.
    #[inline]
    pub fn count(&mut self, decision: &Decision<'_>) {
        match decision {
            Decision::Permit(_) => self.count_consented(),
            Decision::Deny(reasons) => self.count_withheld(*reasons),
        }
    }

    #[inline]
    pub(crate) fn count_consented(&mut self) {
        self.consented = self.consented.saturating_add(1);
    }

    /// INVARIANT (every denial has a reason): the primary reasons add up to `withheld`.
    #[inline]
    pub(crate) fn count_withheld(&mut self, reasons: Reasons) {
        self.withheld = self.withheld.saturating_add(1);
        self.reasons.count(reasons.failed());
    }

    /// Counts a row that could not be read. The adapters on results call this for each error.
    #[inline]
    pub fn count_unreadable(&mut self) {
        self.unreadable = self.unreadable.saturating_add(1);
    }
}

fn failed_at_all(counts: [u64; RULES]) -> impl Iterator<Item = (Rules, u64)> {
    Rules::all()
        .iter()
        .zip(counts)
        .filter(|(_, times)| *times > 0)
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.consented == other.consented
            && self.unreadable == other.unreadable
            && self.reasons.by_rule() == other.reasons.by_rule()
    }
}

impl Eq for Report {}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("consented", &self.consented)
            .field("unreadable", &self.unreadable)
            .field("primary", &self.primary().collect::<Vec<_>>())
            .field("any", &self.any().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A table: the totals, then a line for each rule that failed, with its id and name.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>12}  rows seen", self.seen())?;
        writeln!(f, "{:>12}  consented", self.consented())?;
        writeln!(f, "{:>12}  withheld", self.withheld())?;
        write!(f, "{:>12}  unreadable", self.unreadable())?;
        for (rule, times) in self.any() {
            write!(f, "\n{times:>12}  withheld for {rule}")?;
        }
        Ok(())
    }
}

/// Counts by the names of rules.
struct Named<I>(I);

impl<I: Iterator<Item = (Rules, u64)> + Clone> Serialize for Named<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (rule, times) in self.0.clone() {
            for name in rule.names() {
                map.serialize_entry(name, &times)?;
            }
        }
        map.end()
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let primary: Vec<_> = self.primary().collect();
        let any: Vec<_> = self.any().collect();
        let mut report = serializer.serialize_struct("Report", 6)?;
        report.serialize_field("seen", &self.seen())?;
        report.serialize_field("consented", &self.consented())?;
        report.serialize_field("withheld", &self.withheld())?;
        report.serialize_field("unreadable", &self.unreadable())?;
        report.serialize_field("primary", &Named(primary.into_iter()))?;
        report.serialize_field("any", &Named(any.into_iter()))?;
        report.end()
    }
}
