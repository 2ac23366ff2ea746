//! R16 to R18: the rules that need the row.

use time::UtcDateTime;

use super::bits::Rules;
use super::reasons::Reasons;
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
    /// Those of R16 to R18 that the row fails with any grant. Waived unproven rules are left out.
    pub(crate) reasons: Reasons,
}

impl Facts {
    #[inline]
    pub(crate) fn of(row: &(impl UserRecord + ?Sized), terms: &Terms) -> Self {
        let collected_at = row.collected_at();
        let data = row.data();
        let restrictions = row.restrictions();
        let restricted = restricted(restrictions, terms);
        let is_silent = collected_at.is_none() || data.is_empty() || !restrictions.is_readable();
        Self {
            collected_at: collected_at.unwrap_or(UtcDateTime::MAX),
            data,
            reach: or_every(data),
            reasons: if is_silent {
                let is_unread = !restrictions.is_readable() && restricted.is_empty();
                let unproven = silence(collected_at.is_none(), data, is_unread);
                restricted.and(unproven.forgiving(terms.waivers))
            } else {
                restricted
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
fn silence(is_undated: bool, data: DataCategories, is_unread: bool) -> Reasons {
    let unproven = Rules::PERIOD.when(is_undated)
        | Rules::CATEGORY.when(data.is_empty())
        | Rules::UNRESTRICTED.when(is_unread);
    Reasons::new(unproven, Rules::empty())
}
