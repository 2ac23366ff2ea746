//! A row of a batch.

use std::fmt;

use time::UtcDateTime;

use super::facts::Facts;
use crate::record::ConsentRecord;
use crate::row::{CarriesConsents, Restrictions, UserRecord};
use crate::vocabulary::purpose::DataCategories;

/// A row of a batch, as far as the gate needs it, for sources that are asked about one row at a time.
/// Its embedded record is the one that the columns of a record have, if any.
#[derive(Clone)]
pub struct BatchRow {
    pub(super) subjects: Vec<String>,
    pub(super) facts: Facts,
    pub(super) consents: Vec<ConsentRecord>,
}

impl UserRecord for BatchRow {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(String::as_str)
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        self.facts.collected_at()
    }

    fn data(&self) -> DataCategories {
        self.facts.data()
    }

    fn restrictions(&self) -> Restrictions {
        self.facts.restrictions()
    }
}

impl CarriesConsents for BatchRow {
    fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
}

/// Shows none of the row's content.
impl fmt::Debug for BatchRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRow").finish_non_exhaustive()
    }
}
