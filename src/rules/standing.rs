//! R15: what the denials of a person take away.

use std::collections::BTreeMap;

use time::UtcDateTime;

use super::bits::Rules;
use super::facts::{Facts, or_every};
use super::grant::granted_at;
use super::reasons::Reasons;
use super::terms::Terms;
use crate::record::view::RecordView;
use crate::vocabulary::purpose::DataCategories;

/// R15 · no denial that touches the grant is dated at or after it. `denied` are the categories that
/// [`Denials`] found.
#[inline]
pub(crate) fn standing(denied: DataCategories, row: &Facts) -> Reasons {
    Reasons::contradicted_when(Rules::STANDING, denied.intersects(row.reach))
}

/// The denials of one person that touch the purposes asked for, by the parties that they were made
/// to: telling one link of the chain is enough (CJEU C-129/21 Proximus).
///
/// They are arranged once and searched for each grant, so that many grants beside many denials take
/// no time that grows as the square.
#[derive(Debug, Default)]
pub(crate) struct Denials {
    /// Those that name no controller, or the trainer.
    of_request: Timeline,
    /// The others, by each party that they name.
    of_party: BTreeMap<String, Timeline>,
}

impl Denials {
    pub(crate) fn of<'a>(records: impl Iterator<Item = &'a RecordView<'a>>, terms: &Terms) -> Self {
        let mut all = Self::default();
        let trainer = terms.parties.key(&terms.trainer);
        for record in records {
            let purposes = record.purposes();
            if record.denial().is_none()
                || !(purposes.is_empty() || purposes.intersects(terms.purposes))
            {
                continue;
            }
            let denied = (
                record.at().unwrap_or(UtcDateTime::MAX),
                or_every(record.data()),
            );
            let mut parties = record.parties().map(|party| terms.parties.key(party));
            if record.controller().is_none() || parties.any(|party| party == trainer) {
                all.of_request.0.push(denied);
                continue;
            }
            for party in record.parties() {
                let key = terms.parties.key(party).into_owned();
                all.of_party.entry(key).or_default().0.push(denied);
            }
        }
        all.of_request.arrange();
        all.of_party.values_mut().for_each(Timeline::arrange);
        all
    }

    /// The categories of rows that are denied by those that touch the grant and are dated at or
    /// after it; without a grant, by those that touch the request, whatever their date.
    pub(crate) fn categories(
        &self,
        grant: Option<&RecordView<'_>>,
        terms: &Terms,
    ) -> DataCategories {
        let Some(grant) = grant else {
            return self.of_request.since(UtcDateTime::MIN);
        };
        let at = granted_at(grant);
        let mut denied = self.of_request.since(at);
        if !self.of_party.is_empty() {
            for party in grant.parties() {
                let timeline = self.of_party.get(terms.parties.key(party).as_ref());
                denied |= timeline.map_or(DataCategories::empty(), |each| each.since(at));
            }
        }
        denied
    }
}

/// Denials in the order of their dates, each with the categories that it and all later ones deny.
/// One without a date is dated at the end of time.
#[derive(Debug, Default)]
struct Timeline(Vec<(UtcDateTime, DataCategories)>);

impl Timeline {
    fn arrange(&mut self) {
        self.0.sort_unstable_by_key(|(at, _)| *at);
        let mut later = DataCategories::empty();
        for (_, denied) in self.0.iter_mut().rev() {
            *denied |= later;
            later = *denied;
        }
    }

    /// The categories that are denied at this instant or later.
    fn since(&self, at: UtcDateTime) -> DataCategories {
        let first = self.0.partition_point(|(each, _)| *each < at);
        let first = self.0.get(first);
        first.map_or(DataCategories::empty(), |(_, denied)| *denied)
    }
}
