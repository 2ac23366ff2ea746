//! The parts that many records have in common, each stored once.

use time::UtcDateTime;

use super::index::Index;
use crate::record::{DataPeriod, Details, Statement, Times, times, times_mut};
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::{Evidence, PartyId};
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::DenialStatus;

/// The statement and the details of a record without its instants and its evidence.
///
/// INVARIANT (fail closed): where a record has an instant, its template has a placeholder with which
/// nothing would pass, so that taking it for the record's instant could only ever deny.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Template {
    pub(super) statement: Statement,
    pub(super) details: Details,
}

/// The placeholders for the instants of a record.
const PLACEHOLDER_TIMES: [UtcDateTime; 4] = [
    UtcDateTime::MAX,
    UtcDateTime::MIN,
    UtcDateTime::MAX,
    UtcDateTime::MAX,
];

/// Stands for a record that cannot be decoded.
static DENIAL_OF_EVERYTHING: Template = Template {
    statement: Statement::Denial {
        status: DenialStatus::Invalidated,
        controller: None,
        at: None,
    },
    details: Details {
        recipients: Vec::new(),
        purposes: Purposes::empty(),
        data: DataCategories::empty(),
        data_period: DataPeriod::FromGrant,
        consent_type: None,
        method: None,
        actor: None,
        capacity: None,
        granular: None,
        notice: None,
        evidence: None,
        given_via: None,
        withdraw_via: Channels::empty(),
        conditions: Vec::new(),
        valid_until: None,
    },
};

impl Template {
    /// Splits a record into its template, its instants and its evidence.
    pub(super) fn of(
        mut statement: Statement,
        mut details: Details,
    ) -> (Self, Times, Option<Evidence>) {
        let given = times(&statement, &details);
        let all = times_mut(&mut statement, &mut details);
        for (time, placeholder) in all.into_iter().zip(PLACEHOLDER_TIMES) {
            if let Some(time) = time {
                *time = placeholder;
            }
        }
        let evidence = details.evidence.take();
        (Self { statement, details }, given, evidence)
    }

    /// A denial of everything, by no one in particular.
    pub(super) fn denial_of_everything() -> &'static Self {
        &DENIAL_OF_EVERYTHING
    }

    /// The placeholders of the template, which show the instants that its records have.
    pub(super) fn placeholder_times(&self) -> Times {
        times(&self.statement, &self.details)
    }

    /// Builds the statement and the details of a record.
    pub(super) fn with(&self, given: Times, evidence: Option<Evidence>) -> (Statement, Details) {
        let Self {
            mut statement,
            mut details,
        } = self.clone();
        let all = times_mut(&mut statement, &mut details);
        for (time, given) in all.into_iter().zip(given) {
            if let (Some(time), Some(given)) = (time, given) {
                *time = given;
            }
        }
        details.evidence = evidence;
        (statement, details)
    }

    fn texts_in_bytes(&self) -> usize {
        let notice = self.details.notice.as_ref();
        let parties = self.statement.controller().into_iter();
        let parties = parties.chain(&self.details.recipients);
        let parties = parties.chain(notice.and_then(|notice| notice.controller.as_ref()));
        let texts = parties.map(PartyId::as_str);
        let texts = texts.chain(notice.and_then(|notice| Some(notice.id.as_ref()?.as_str())));
        let texts = texts.chain(notice.and_then(|notice| Some(notice.version.as_ref()?.as_str())));
        let conditions = self.details.conditions.iter().map(Condition::as_str);
        let texts = texts.chain(conditions);
        let conditions = size_of_val::<[_]>(&self.details.conditions);
        let recipients = size_of_val::<[_]>(&self.details.recipients);
        // Each text is preceded by its two reference counts.
        let counts = size_of::<[usize; 2]>();
        texts
            .map(|text| text.len().saturating_add(counts))
            .fold(recipients.saturating_add(conditions), usize::saturating_add)
    }
}

/// Templates, by number in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct Templates {
    all: Vec<TemplateEntry>,
    index: Index,
    /// The template of the latest record, which the next record usually shares.
    latest: u32,
}

/// A template, and the seconds of the first record with it. The instants of the others often differ
/// from each other by as much.
#[derive(Clone, Debug)]
pub(super) struct TemplateEntry {
    pub(super) template: Template,
    pub(super) baseline: [i64; 4],
}

impl Templates {
    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&TemplateEntry> {
        self.all.get(usize::try_from(number).ok()?)
    }

    /// Returns the number of a template, which is added if it is new, with this baseline. Returns
    /// `None` if there are too many templates.
    pub(super) fn number(&mut self, template: Template, baseline: [i64; 4]) -> Option<u32> {
        let is_template = |all: &Self, number| {
            all.get(number)
                .is_some_and(|known| known.template == template)
        };
        if is_template(self, self.latest) {
            return Some(self.latest);
        }
        let hash = self.index.hash(&template);
        let known = self.index.find(hash, |number| is_template(self, number));
        self.latest = if let Some(known) = known {
            known
        } else {
            let number = u32::try_from(self.all.len()).ok()?;
            number.checked_add(1)?;
            if self.index.is_full() {
                let all = &self.all;
                let templates = all.iter().map(|known| &known.template);
                self.index.grow(templates, |number, template| {
                    let known = usize::try_from(number)
                        .ok()
                        .and_then(|number| all.get(number));
                    known.is_some_and(|known| known.template == **template)
                });
            }
            self.all.push(TemplateEntry { template, baseline });
            self.index.insert(hash, number);
            number
        };
        Some(self.latest)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        let known = self
            .all
            .capacity()
            .saturating_mul(size_of::<TemplateEntry>());
        self.all
            .iter()
            .map(|known| known.template.texts_in_bytes())
            .fold(
                known.saturating_add(self.index.size_in_bytes()),
                usize::saturating_add,
            )
    }
}
