//! Rows that know their index, for the chapters on adapters: which of them come out, in which
//! order, and how they are counted.

use std::iter::FusedIterator;

use consent_gate::{
    DataCategories, Decided, Gate, Ledger, Report, Restrictions, Rules as Rule, UserRecord,
};
use time::UtcDateTime;

use crate::world::{COLLECTED_AT, gate, grant, post};

/// A row that knows its index. Its person said yes when the index is even.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nth(pub(crate) u32);

impl UserRecord for Nth {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        [if self.0.is_multiple_of(2) {
            "u1"
        } else {
            "nobody"
        }]
        .into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(COLLECTED_AT)
    }

    fn data(&self) -> DataCategories {
        post().data
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

/// An error that can neither be copied nor made again.
#[derive(Debug, PartialEq)]
pub(crate) struct Broken(pub(crate) u32);

/// The gate, and a ledger that holds the grant.
pub(crate) fn given() -> (Gate, Ledger) {
    let ledger = Ledger::from_iter([grant().record()]);
    (gate().build().unwrap(), ledger)
}

/// Every third row is broken, counting from the third.
pub(crate) fn results(
    upto: u32,
) -> impl FusedIterator<Item = Result<Nth, Broken>> + ExactSizeIterator {
    let all: Vec<u32> = (0..upto).collect();
    all.into_iter().map(|n| {
        if n % 3 == 2 {
            Err(Broken(n))
        } else {
            Ok(Nth(n))
        }
    })
}

/// A decided row, so that it can be compared.
pub(crate) fn told(decided: &Decided<'_, Nth>) -> (u32, bool) {
    match decided {
        Decided::Consented(row) => (row.0, true),
        Decided::Withheld(row) => {
            assert_eq!(row.reasons().failed(), Rule::ON_RECORD);
            (row.row().0, false)
        }
    }
}

/// Seen, consented, withheld and unreadable.
pub(crate) fn counts(report: &Report) -> [u64; 4] {
    [
        report.seen(),
        report.consented(),
        report.withheld(),
        report.unreadable(),
    ]
}
