//! What is counted.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::{Decision, Reasons, Requirements};

/// How many rows were seen and what became of them. Counted, never listed: nothing in it says
/// what a row holds or whom it is about.
///
/// INVARIANT (counts add up): `seen = consented + withheld + unreadable`, and `withheld` is the
/// sum of the primary reasons, at every moment.
///
/// Serialized it is an object with `seen`, `consented`, `withheld`, `unreadable`, and under
/// `primary` and `any` the rules that failed at least once, by name. Its `Display` is a table.
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

/// How often rows were withheld, by the set of rules that failed.
///
/// Most rows fail in few ways, so a small table holds a count for each way that was seen lately;
/// one that is pushed out of its place is added to the exact counts by rule.
#[derive(Clone)]
struct Withholdings {
    lately: [Lately; LATELY],
    settled: ByRule,
}

/// A power of two.
const LATELY: usize = 64;

#[derive(Clone, Copy, Default)]
struct Lately {
    failed: Requirements,
    times: u64,
}

/// Counts by rule, in the order of the rules.
#[derive(Clone, Default, PartialEq, Eq)]
struct ByRule {
    primary: [u64; RULES],
    any: [u64; RULES],
}

#[expect(clippy::as_conversions, reason = "a number of bits, in a constant")]
const RULES: usize = Requirements::all().bits().count_ones() as usize;

impl ByRule {
    fn add(&mut self, failed: Requirements, times: u64) {
        let mut is_first = true;
        let counts = self.primary.iter_mut().zip(&mut self.any);
        for (rule, (primary, any)) in Requirements::all().each().zip(counts) {
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
    fn count(&mut self, failed: Requirements) {
        let place = place_of(failed);
        #[expect(
            clippy::indexing_slicing,
            reason = "a place is always within the table"
        )]
        let lately = &mut self.lately[place];
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

/// Where a way of failing has its place: the upper bits of a product, which depend on all bits.
#[inline]
#[expect(clippy::as_conversions, reason = "from 32 to at least 32 bits")]
fn place_of(failed: Requirements) -> usize {
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
    /// A report of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows that were seen.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.consented
            .saturating_add(self.withheld)
            .saturating_add(self.unreadable)
    }

    /// Rows that passed.
    #[must_use]
    pub fn consented(&self) -> u64 {
        self.consented
    }

    /// Rows that were decided on and did not pass.
    #[must_use]
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Rows that could not be read and so were not decided on; they went nowhere.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// For each rule that failed at all: how many rows were withheld with it as the
    /// lowest-numbered rule that failed, in the order of the rules.
    pub fn primary(&self) -> impl Iterator<Item = (Requirements, u64)> {
        failed_at_all(self.reasons.by_rule().primary)
    }

    /// For each rule that failed at all: how many rows were withheld for it, alone or among
    /// others, in the order of the rules.
    pub fn any(&self) -> impl Iterator<Item = (Requirements, u64)> {
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

    /// Counts what was decided on a row. The adapters do it for every row.
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

    /// INVARIANT (every denial has a reason): so that the primary reasons add up to `withheld`.
    #[inline]
    pub(crate) fn count_withheld(&mut self, reasons: Reasons) {
        self.withheld = self.withheld.saturating_add(1);
        self.reasons.count(reasons.failed());
    }

    /// Counts a row that could not be read. The adapters on results do it for every error.
    #[inline]
    pub fn count_unreadable(&mut self) {
        self.unreadable = self.unreadable.saturating_add(1);
    }
}

fn failed_at_all(counts: [u64; RULES]) -> impl Iterator<Item = (Requirements, u64)> {
    Requirements::all()
        .each()
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

/// A table: the totals, then a line for each rule that failed, with its words.
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

impl<I: Iterator<Item = (Requirements, u64)> + Clone> Serialize for Named<I> {
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
