//! What every adapter does with a row, whatever it is an adapter on.

use crate::decide::Located;
use crate::{ConsentSource, Decided, Gate, Report, Snapshot, UserRecord};

/// Decides and counts: the one place where an adapter does either.
#[derive(Clone)]
pub(crate) struct Door<'g, S> {
    gate: &'g Gate,
    source: S,
}

impl<'g, S> Door<'g, S> {
    pub(crate) fn new(gate: &'g Gate, source: S) -> Self {
        Self { gate, source }
    }

    pub(crate) fn gate(&self) -> &'g Gate {
        self.gate
    }

    /// The snapshot in which the subjects of rows are sought before the rows are admitted, if that
    /// is the faster way.
    #[inline]
    pub(crate) fn snapshot<R>(&self) -> Option<&'g Snapshot<'g>>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        self.source.snapshot().filter(|each| each.is_large())
    }

    #[inline]
    pub(crate) fn admit<R>(
        &self,
        row: R,
        located: Option<Located<'_>>,
        report: &mut Report,
    ) -> Decided<'g, R>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        let decided = self.gate.admit_by(row, &self.source, located);
        match &decided {
            Decided::Consented(_) => report.count_consented(),
            Decided::Withheld(row) => report.count_withheld(row.reasons()),
        }
        decided
    }

    #[inline]
    pub(crate) fn admit_ok<R, E>(
        &self,
        row: Result<R, E>,
        located: Option<Located<'_>>,
        report: &mut Report,
    ) -> Result<Decided<'g, R>, E>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        if row.is_err() {
            report.count_unreadable();
        }
        row.map(|row| self.admit(row, located, report))
    }
}
