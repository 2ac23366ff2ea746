//! What the gate must know of a row.

use time::UtcDateTime;

use crate::gate::Terms;
use crate::{ConsentRecord, DataCategories, Purposes, Reasons, Requirements};

/// A row of user data, and what the gate must know of it.
///
/// Every default method gives the most demanding answer, so that a method that was forgotten
/// withholds the row: no subject, no collection time, no category, and signals that nobody read.
///
/// ```
/// use consent_gate::{DataCategories, Restrictions, UserRecord};
/// use time::UtcDateTime;
///
/// struct Post {
///     author: String,
///     posted_at: UtcDateTime,
/// }
///
/// impl UserRecord for Post {
///     fn subjects(&self) -> impl Iterator<Item = &str> {
///         [self.author.as_str()].into_iter()
///     }
///
///     fn collected_at(&self) -> Option<UtcDateTime> {
///         Some(self.posted_at)
///     }
///
///     fn data(&self) -> DataCategories {
///         DataCategories::POSTS
///     }
///
///     fn restrictions(&self) -> Restrictions {
///         Restrictions::none()
///     }
/// }
/// ```
pub trait UserRecord {
    /// The ids of the people that the row is about, in any order; one that is named twice counts
    /// once. All of them must permit. None by default, and then nothing permits.
    fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// When the row was collected, as an instant. Not known by default.
    fn collected_at(&self) -> Option<UtcDateTime> {
        None
    }

    /// What kinds of data the row holds. Not known, which is the empty set, by default.
    fn data(&self) -> DataCategories {
        DataCategories::empty()
    }

    /// What signals on the row restrict. By default nobody looked for signals, which is not the
    /// same as there being none: a row without signals says [`Restrictions::none`].
    fn restrictions(&self) -> Restrictions {
        Restrictions::unread()
    }
}

impl<T: UserRecord + ?Sized> UserRecord for &T {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        (**self).subjects()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        (**self).collected_at()
    }

    fn data(&self) -> DataCategories {
        (**self).data()
    }

    fn restrictions(&self) -> Restrictions {
        (**self).restrictions()
    }
}

/// A row that brings consent records of its own, for [`OwnRecords`](crate::OwnRecords).
pub trait CarriesConsents: UserRecord {
    /// The records, in any order; those of other people than the row's subjects grant nothing.
    fn consents(&self) -> &[ConsentRecord];
}

impl<T: CarriesConsents + ?Sized> CarriesConsents for &T {
    fn consents(&self) -> &[ConsentRecord] {
        (**self).consents()
    }
}

/// What signals on a row restrict, and whether each of them could be read. There is no value of
/// this type that grants anything.
///
/// ```
/// use consent_gate::{Purposes, Restrictions};
///
/// let header = Restrictions::of(Purposes::SEARCH);
/// let both = header.and(Restrictions::unread());
/// assert_eq!(both.purposes(), Purposes::SEARCH);
/// assert!(!both.is_readable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Restrictions {
    purposes: Purposes,
    is_readable: bool,
}

impl Restrictions {
    /// There are no signals, or they restrict nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            purposes: Purposes::empty(),
            is_readable: true,
        }
    }

    /// A signal restricts these purposes.
    #[must_use]
    pub const fn of(purposes: Purposes) -> Self {
        Self {
            purposes,
            is_readable: true,
        }
    }

    /// A signal restricts every purpose.
    #[must_use]
    pub const fn everything() -> Self {
        Self::of(Purposes::all())
    }

    /// A signal could not be read, or nobody looked.
    #[must_use]
    pub const fn unread() -> Self {
        Self {
            purposes: Purposes::empty(),
            is_readable: false,
        }
    }

    /// Both together: what either restricts is restricted, whatever order they come in.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            purposes: self.purposes.union(other.purposes),
            is_readable: self.is_readable && other.is_readable,
        }
    }

    /// The purposes that are restricted.
    #[must_use]
    pub const fn purposes(self) -> Purposes {
        self.purposes
    }

    /// Whether every signal could be read.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.is_readable
    }
}

/// The category set of a denial that names none: it meets every row, whatever its categories.
pub(crate) const EVERY_CATEGORY: DataCategories = DataCategories::from_bits_retain(u32::MAX);

pub(crate) fn or_every(categories: DataCategories) -> DataCategories {
    if categories.is_empty() {
        EVERY_CATEGORY
    } else {
        categories
    }
}

/// What a row adds to the decision, worked out once a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The end of time where it is not known: then R16 is unproven, and nothing contradicts it.
    pub(crate) collected_at: UtcDateTime,
    pub(crate) data: DataCategories,
    /// The categories that a denial may meet in the row: all of them when it names none.
    pub(crate) reach: DataCategories,
    /// Of R16 to R18, those that the row fails under every grant; waived silence is left out.
    pub(crate) reasons: Reasons,
}

impl Facts {
    #[inline]
    pub(crate) fn of(row: &(impl UserRecord + ?Sized), terms: &Terms) -> Self {
        let collected_at = row.collected_at();
        let data = row.data();
        let restrictions = row.restrictions();
        let is_restricted = restrictions.purposes().intersects(terms.purposes);
        let restricted = Reasons::contradicted_when(Requirements::UNRESTRICTED, is_restricted);
        let is_silent = collected_at.is_none() || data.is_empty() || !restrictions.is_readable();
        Self {
            collected_at: collected_at.unwrap_or(UtcDateTime::MAX),
            data,
            reach: or_every(data),
            reasons: if is_silent {
                let is_unread = !restrictions.is_readable() && !is_restricted;
                restricted
                    .and(silence(collected_at.is_none(), data, is_unread).forgiving(terms.waivers))
            } else {
                restricted
            },
        }
    }
}

/// The rules that a row leaves unproven by what it does not say.
#[cold]
fn silence(is_undated: bool, data: DataCategories, is_unread: bool) -> Reasons {
    let unproven = Requirements::PERIOD.when(is_undated)
        | Requirements::CATEGORY.when(data.is_empty())
        | Requirements::UNRESTRICTED.when(is_unread);
    Reasons::new(unproven, Requirements::empty())
}
