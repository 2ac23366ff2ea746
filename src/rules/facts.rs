//! R16 to R19: the rules that need the row.

use time::{Duration, UtcDateTime};

use super::bits::Rules;
use super::reasons::{Outcome, Reasons, outcomes};
use super::terms::Terms;
use crate::row::{Restrictions, UserRecord};
use crate::vocabulary::purpose::DataCategories;

/// The category set of a denial that names none: it intersects the categories of every row.
pub(crate) const EVERY_CATEGORY: DataCategories = DataCategories::from_bits_retain(u32::MAX);

pub(crate) fn or_every(categories: DataCategories) -> DataCategories {
    if categories.is_empty() {
        EVERY_CATEGORY
    } else {
        categories
    }
}

/// The facts of a row that a decision needs, computed once for each row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The end of time when it is not known: then R16 is unproven, and nothing contradicts it.
    collected_at: UtcDateTime,
    data: DataCategories,
    /// The categories that a denial can share with the row: all of them when the row names none.
    pub(crate) reach: DataCategories,
    /// Those of R16 to R19 that the row fails with any grant. Waived unproven rules are left out.
    pub(crate) reasons: Reasons,
}

impl Facts {
    #[inline]
    pub(crate) fn of(
        row: &(impl UserRecord + ?Sized),
        terms: &Terms,
        complete_through: Option<UtcDateTime>,
    ) -> Self {
        let collected_at = row.collected_at();
        let data = row.data();
        let restrictions = row.restrictions();
        let mut of_row = restricted(restrictions, terms);
        if let Some(max_lag) = terms.max_lag {
            of_row = of_row.and(fresh(collected_at, complete_through, max_lag, terms));
        }
        let is_silent = collected_at.is_none() || data.is_empty() || !restrictions.is_readable();
        Self {
            collected_at: collected_at.unwrap_or(UtcDateTime::MAX),
            data,
            reach: or_every(data),
            reasons: if is_silent {
                let is_restricted = of_row.contradicted().contains(Rules::UNRESTRICTED);
                let is_unread = !restrictions.is_readable() && !is_restricted;
                let unproven = silence(collected_at.is_none(), data, is_unread);
                of_row.and(Reasons::new(unproven, Rules::empty()).forgiving(terms.waivers))
            } else {
                of_row
            },
        }
    }

    /// R16 · the row was collected in the data period of the grant, which begins at
    /// `collected_from` (included). A row without a collection time is unproven.
    #[inline]
    pub(crate) fn period(&self, collected_from: UtcDateTime) -> Reasons {
        let is_early = self.collected_at < collected_from;
        Reasons::contradicted_when(Rules::PERIOD, is_early)
    }

    /// R17 · the grant covers every category of the row. A row that names none is unproven, and so
    /// is a grant that names none.
    #[inline]
    pub(crate) fn category(&self, covers: DataCategories) -> Reasons {
        let is_beyond = !covers.contains(self.data);
        Reasons::contradicted_when(Rules::CATEGORY, is_beyond)
    }
}

/// R18 · no signal on the row restricts a purpose asked for. A signal that could not be read is
/// unproven.
#[inline]
fn restricted(restrictions: Restrictions, terms: &Terms) -> Reasons {
    let is_restricted = restrictions.purposes().intersects(terms.purposes);
    Reasons::contradicted_when(Rules::UNRESTRICTED, is_restricted)
}

/// The rules that a row leaves unproven by the facts that it does not state.
#[cold]
fn silence(is_undated: bool, data: DataCategories, is_unread: bool) -> Rules {
    Rules::PERIOD.when(is_undated)
        | Rules::CATEGORY.when(data.is_empty())
        | Rules::UNRESTRICTED.when(is_unread)
}

/// R19 · every statement made up to `complete_through` is on file, which is no more than the maximum
/// lag before the as-of instant, and the row was collected no later than it.
#[cold]
fn fresh(
    collected_at: Option<UtcDateTime>,
    complete_through: Option<UtcDateTime>,
    max_lag: Duration,
    terms: &Terms,
) -> Reasons {
    let is_met = complete_through.and_then(|through| {
        let is_old = collected_at.map(|at| at <= through);
        if is_recent(through, max_lag, terms) {
            is_old
        } else {
            Some(false)
        }
    });
    outcomes([(Rules::FRESH, Outcome::of(is_met))]).forgiving(terms.waivers)
}

fn is_recent(through: UtcDateTime, max_lag: Duration, terms: &Terms) -> bool {
    let oldest = terms.as_of.checked_sub(max_lag);
    oldest.is_none_or(|oldest| oldest <= through)
}

/// The part of R19 that no row changes: what is on file is complete up to an instant that is stated and no
/// more than the maximum lag before the as-of instant.
#[cfg(feature = "decision-table")]
pub(crate) fn stale(complete_through: Option<UtcDateTime>, terms: &Terms) -> Reasons {
    let is_met = |max_lag| complete_through.map(|through| is_recent(through, max_lag, terms));
    let outcome = terms
        .max_lag
        .map_or(Outcome::Met, |lag| Outcome::of(is_met(lag)));
    outcomes([(Rules::FRESH, outcome)]).forgiving(terms.waivers)
}
