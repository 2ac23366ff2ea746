//! The answer: a permit that names its grants, or a denial that gives its reasons.

use std::borrow::Cow;
use std::fmt;

use crate::rules::Reasons;
use crate::storage::record_ids::RecordIdRef;

/// The decision on a row: one of two, and never a third.
///
/// A denial is not an error, and its `Display` says in words why it was denied:
///
/// ```
/// use consent_gate::{Decision, Gate, Ledger, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Row;
/// impl UserRecord for Row {
///     fn subjects(&self) -> impl Iterator<Item = &str> {
///         ["alice"].into_iter()
///     }
/// }
///
/// let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let nobody = Ledger::new();
/// let decision = gate.with(&nobody).decide(&Row);
/// assert_eq!(decision.to_string(), "denied: no consent by this person is on file (R1)");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision<'g> {
    /// Every rule is met, or waived and silent, for one grant of each subject.
    Permit(Grants<'g>),
    /// Everything else.
    Deny(Reasons),
}

/// The grants that a permit rests on: one for each subject of the row, in the order in which the
/// row names them. Those of a batch are those of its rows, in their order.
#[derive(Clone)]
pub struct Grants<'g>(Found<'g>);

/// Two words, so that a decision travels in registers: most rows rest on one grant in a ledger.
#[derive(Clone)]
enum Found<'g> {
    AtMostOne(Option<RecordIdRef<'g>>),
    #[expect(clippy::box_collection, reason = "one word and not three")]
    Others(Box<Vec<Cow<'g, str>>>),
    /// Of a batch: the grants of each row, none of which is a batch.
    #[cfg(feature = "arrow")]
    #[expect(clippy::box_collection, reason = "one word and not three")]
    OfRows(Box<Vec<Grants<'g>>>),
}

const _: () = assert!(size_of::<Decision<'_>>() <= 2 * size_of::<u64>());

impl<'g> Grants<'g> {
    #[inline]
    pub(crate) fn at_most_one(grant: Option<RecordIdRef<'g>>) -> Self {
        Self(Found::AtMostOne(grant))
    }

    /// The ids of the grants.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        let rows = match &self.0 {
            #[cfg(feature = "arrow")]
            Found::OfRows(rows) => rows.as_slice(),
            _ => std::slice::from_ref(self),
        };
        rows.iter().flat_map(Self::of_row)
    }

    /// The ids of the grants of a row.
    fn of_row(&self) -> impl Iterator<Item = &str> + Clone {
        let (one, others) = match &self.0 {
            Found::AtMostOne(name) => (*name, &[][..]),
            Found::Others(names) => (None, names.as_slice()),
            #[cfg(feature = "arrow")]
            Found::OfRows(_) => (None, &[][..]),
        };
        let one = one.into_iter().map(RecordIdRef::as_str);
        one.chain(others.iter().map(AsRef::as_ref))
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn of_rows(rows: Vec<Self>) -> Self {
        Self(Found::OfRows(Box::new(rows)))
    }

    /// The same, on its own.
    #[must_use]
    pub fn into_owned(self) -> Grants<'static> {
        let owned = |names: &mut dyn Iterator<Item = Cow<'g, str>>| {
            let names = names.map(|name| Cow::Owned(name.into_owned()));
            Grants(Found::Others(Box::new(names.collect())))
        };
        match self.0 {
            #[cfg(feature = "arrow")]
            Found::OfRows(rows) => owned(&mut rows.into_iter().flat_map(Self::into_names)),
            _ => owned(&mut self.into_names()),
        }
    }

    fn and(self, other: Self) -> Self {
        let mut names = if let Found::Others(names) = self.0 {
            names
        } else {
            Box::new(self.into_names().collect())
        };
        names.extend(other.into_names());
        Self(Found::Others(names))
    }

    fn into_names(self) -> impl Iterator<Item = Cow<'g, str>> {
        let (one, others) = match self.0 {
            Found::AtMostOne(name) => (name.map(|name| Cow::Borrowed(name.as_str())), Vec::new()),
            Found::Others(names) => (None, *names),
            #[cfg(feature = "arrow")]
            Found::OfRows(_) => (None, Vec::new()),
        };
        one.into_iter().chain(others)
    }
}

impl PartialEq for Grants<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Grants<'_> {}

impl fmt::Debug for Grants<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permit(grants) => {
                let names: Vec<&str> = grants.iter().collect();
                write!(f, "permitted by {}", names.join(" and "))
            }
            Self::Deny(reasons) => write!(f, "denied: {reasons}"),
        }
    }
}

impl Decision<'_> {
    pub(crate) fn nothing_on_file() -> Self {
        Self::Deny(Reasons::nothing_on_file())
    }

    /// Returns true if the row may pass.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit(_))
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Decision<'static> {
        match self {
            Self::Permit(grants) => Decision::Permit(grants.into_owned()),
            Self::Deny(reasons) => Decision::Deny(reasons),
        }
    }

    /// Both people must permit, and a denial gives the reasons of both.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Permit(one), Self::Permit(other)) => Self::Permit(one.and(other)),
            (Self::Deny(one), Self::Deny(other)) => Self::Deny(one.and(other)),
            (Self::Deny(reasons), Self::Permit(_)) | (Self::Permit(_), Self::Deny(reasons)) => {
                Self::Deny(reasons)
            }
        }
    }
}
