//! The view that the gate has of a row.

use time::UtcDateTime;

use crate::record::ConsentRecord;
use crate::vocabulary::purpose::{DataCategories, Purposes};

/// A row of user data, as the gate sees it.
///
/// Each default method returns the most demanding answer, so that a method that you forget withholds
/// the row: no subject, no collection time, no category, and unread signals.
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
    /// The ids of the people that the row is about, in any order. All of them must permit. An id that
    /// is named twice counts once. By default there are none, and then R1 withholds the row.
    fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// The instant at which the row was collected, in UTC. By default it is not known, which leaves
    /// R16 unproven.
    fn collected_at(&self) -> Option<UtcDateTime> {
        None
    }

    /// The categories of data in the row. By default the set is empty, which means that they are not
    /// known and leaves R17 unproven.
    fn data(&self) -> DataCategories {
        DataCategories::empty()
    }

    /// The restrictions of the signals on the row. By default they are unread, which leaves R18
    /// unproven. A row without signals returns [`Restrictions::none`].
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

/// A row with embedded consent records, for [`EmbeddedRecords`](crate::EmbeddedRecords).
pub trait CarriesConsents: UserRecord {
    /// The embedded records, in any order. Records of people who are not subjects of the row grant
    /// nothing.
    fn consents(&self) -> &[ConsentRecord];
}

impl<T: CarriesConsents + ?Sized> CarriesConsents for &T {
    fn consents(&self) -> &[ConsentRecord] {
        (**self).consents()
    }
}

/// The purposes that signals on a row restrict, and a flag for signals that could not be read. No
/// value of this type grants anything.
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
    /// The value for no signals, or for signals that restrict nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            purposes: Purposes::empty(),
            is_readable: true,
        }
    }

    /// The value for a signal that restricts these purposes.
    #[must_use]
    pub const fn of(purposes: Purposes) -> Self {
        Self {
            purposes,
            is_readable: true,
        }
    }

    /// The value for a signal that restricts every purpose.
    #[must_use]
    pub const fn everything() -> Self {
        Self::of(Purposes::all())
    }

    /// The value for a signal that could not be read, or for signals that were not looked for.
    #[must_use]
    pub const fn unread() -> Self {
        Self {
            purposes: Purposes::empty(),
            is_readable: false,
        }
    }

    /// Combines two values: a purpose that either restricts is restricted, in any order.
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

    /// Returns true when each signal could be read.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.is_readable
    }
}
