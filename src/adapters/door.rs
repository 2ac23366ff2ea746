//! The step that every adapter takes with a row: it decides and counts.

use std::fmt;

use crate::decision::admit::{DecidedBy, GatedSource, admit_by};
use crate::decision::question::{BatchLookup, Located};
use crate::decision::report::Report;
use crate::row::UserRecord;

/// Decides and counts: the one place where an adapter does either.
#[derive(Clone)]
pub(crate) struct Door<'g, S> {
    asker: &'g (dyn fmt::Debug + Send + Sync),
    source: S,
}

impl<'g, S> Door<'g, S> {
    #[inline]
    pub(crate) fn new<R>(source: S) -> Self
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        Self {
            asker: source.asker(),
            source,
        }
    }

    /// The gate or the replay, to be shown.
    pub(crate) fn asker(&self) -> &dyn fmt::Debug {
        self.asker
    }

    /// The index in which the subjects of rows are looked up before the rows are admitted, where
    /// that is the faster way.
    #[inline]
    pub(crate) fn batch_lookup<R>(&self) -> Option<&'g dyn BatchLookup>
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        self.source.batch_lookup()
    }

    #[inline]
    pub(crate) fn admit<R>(
        &self,
        row: R,
        located: Option<Located<'_>>,
        report: &mut Report,
    ) -> DecidedBy<'g, S, R>
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        admit_by(&self.source, row, located, |decision| {
            report.count(decision);
        })
    }

    #[inline]
    pub(crate) fn admit_ok<R, E>(
        &self,
        row: Result<R, E>,
        located: Option<Located<'_>>,
        report: &mut Report,
    ) -> Result<DecidedBy<'g, S, R>, E>
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        if row.is_err() {
            report.count_unreadable();
        }
        row.map(|row| self.admit(row, located, report))
    }
}
