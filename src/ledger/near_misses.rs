//! Near misses: denials under an id that differs only in form from that of a grant (feature
//! `near-misses`).

use std::collections::{BTreeSet, HashMap};

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::ledger::Ledger;
use crate::ledger::fields::Fields;
use crate::record::Statement;
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::id::SubjectId;

/// Ids that differ only in form, where grants are by some and denials by others.
///
/// Ids are compared exactly, so none of the denials counts for any of the grants. They may be by one
/// person all the same. A caller who withholds such people makes R2 fail for each id that
/// [granted](Self::granted).
///
/// Its `Debug` names no one.
///
/// ```
/// use consent_gate::{ConsentRecord, DenialStatus, Ledger, parse_instant};
///
/// let at = parse_instant("2024-09-10T09:00:00Z")?;
/// let yes = ConsentRecord::grant("r1", "alice@example.org", "acme", at).build()?;
/// let no = ConsentRecord::denial("r2", "Alice@Example.org", DenialStatus::Withdrawn).build()?;
/// let mut ledger = Ledger::from_iter([yes, no]);
///
/// for near_miss in ledger.near_misses() {
///     assert_eq!(near_miss.denied()[0].as_str(), "Alice@Example.org");
///     near_miss.granted().iter().for_each(|id| ledger.mark_unreadable(id));
/// }
/// assert!(ledger.is_unreadable("alice@example.org"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    denied: Vec<SubjectId>,
    granted: Vec<SubjectId>,
}

impl NearMiss {
    /// The ids that denials are by and no grant is. An id of which a record could not be read is
    /// among them, because that record may be a denial.
    #[must_use]
    pub fn denied(&self) -> &[SubjectId] {
        &self.denied
    }

    /// The ids that grants are by.
    #[must_use]
    pub fn granted(&self) -> &[SubjectId] {
        &self.granted
    }
}

/// The people of a near miss, by their numbers.
#[derive(Debug, Default)]
struct Found {
    denied: Vec<u32>,
    granted: Vec<u32>,
}

/// The people of near misses, by the form of their ids. Numbers and UUIDs in their usual form, of
/// which there may be many, are looked up without a text.
#[derive(Debug, Default)]
struct Forms {
    numbers: HashMap<u64, Found>,
    uuids: HashMap<u128, Found>,
    texts: HashMap<String, Found>,
}

impl Forms {
    fn add_denied(&mut self, form: &str, number: u32) {
        let found = match SubjectKey::of(form) {
            SubjectKey::Number(id) => self.numbers.entry(id).or_default(),
            SubjectKey::Uuid(id) => self.uuids.entry(id).or_default(),
            SubjectKey::Text(id) => self.texts.entry(id.to_owned()).or_default(),
        };
        found.denied.push(number);
    }

    /// Those whose ids have the form of this one. `buffer` is for the form of a text.
    fn get_mut(&mut self, id: SubjectKey<'_>, buffer: &mut String) -> Option<&mut Found> {
        if let SubjectKey::Text(id) = id {
            fold(id, buffer);
        }
        let form = match id {
            SubjectKey::Text(_) => SubjectKey::of(buffer),
            id => id,
        };
        match form {
            SubjectKey::Number(id) => self.numbers.get_mut(&id),
            SubjectKey::Uuid(id) => self.uuids.get_mut(&id),
            SubjectKey::Text(id) => self.texts.get_mut(id),
        }
    }

    fn into_found(self) -> impl Iterator<Item = Found> {
        let numbers = self.numbers.into_values().chain(self.uuids.into_values());
        numbers.chain(self.texts.into_values())
    }
}

impl Ledger {
    /// Lists the near misses: the denials by an id that no grant is by, and that is equal to the id
    /// of a grant after Unicode normalisation (NFKC), case folding, the removal of invisible
    /// characters and of white space around it, and without `mailto:` in front, the leading zeros
    /// of a number, and `.0` at the end. Ids that an [alias](Self::alias) joins are no near miss.
    ///
    /// The time is linear in the number of records and people.
    #[must_use]
    pub fn near_misses(&self) -> Vec<NearMiss> {
        let (granting, denying) = self.who_granted_and_who_denied();
        let denied = denying.iter().filter(|number| !granting.contains(*number));
        let mut form = String::new();
        let mut forms = Forms::default();
        let mut are_none = true;
        for number in denied {
            if let Some(id) = self.people.key(number) {
                fold(&id.to_text(), &mut form);
                forms.add_denied(&form, number);
                are_none = false;
            }
        }
        if are_none {
            return Vec::new();
        }
        for (number, (id, _)) in (0..).zip(self.people.iter()) {
            if granting.contains(number)
                && let Some(id) = id
                && let Some(found) = forms.get_mut(id, &mut form)
            {
                found.granted.push(number);
            }
        }
        let mut all: Vec<_> = forms.into_found().collect();
        all.sort_unstable_by_key(|found| found.denied.first().copied());
        all.into_iter()
            .filter_map(|found| self.near_miss(&found))
            .collect()
    }

    /// The people who granted, and those who denied or of whom a record could not be read.
    fn who_granted_and_who_denied(&self) -> (Numbers, Numbers) {
        let mut granting = Numbers::of(self.people.len());
        let mut denying = Numbers::of(self.people.len());
        self.people
            .unreadable()
            .for_each(|number| denying.insert(number));
        for (index, bytes) in (0..).zip(self.fields.iter()) {
            let Some((number, fields)) = Fields::template(bytes) else {
                continue;
            };
            let (Some(entry), Some(person)) = (self.templates.get(number), fields.person(index))
            else {
                continue;
            };
            match entry.template.statement {
                Statement::Grant { .. } => granting.insert(person),
                Statement::Denial { .. } => denying.insert(person),
                Statement::NonDecision { .. } => {}
            }
        }
        (granting, denying)
    }

    /// Leaves out whoever an alias joins with all those of the other side.
    fn near_miss(&self, found: &Found) -> Option<NearMiss> {
        let named = |numbers: &[u32], others: &[u32]| -> Vec<_> {
            let groups = others.iter().map(|other| self.aliases.group(other));
            let groups: BTreeSet<_> = groups.collect();
            let numbers = numbers.iter().filter(|number| {
                let own = self.aliases.group(number);
                own.is_none() || groups.iter().any(|group| *group != own)
            });
            numbers.map(|number| self.subject(*number)).collect()
        };
        let near_miss = NearMiss {
            denied: named(&found.denied, &found.granted),
            granted: named(&found.granted, &found.denied),
        };
        (!near_miss.denied.is_empty() && !near_miss.granted.is_empty()).then_some(near_miss)
    }
}

/// A set of numbers of people, one bit for each.
#[derive(Debug)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn of(people: usize) -> Self {
        Self(vec![0; people.div_ceil(64)])
    }

    fn insert(&mut self, number: u32) {
        let word = usize::try_from(number >> 6).ok();
        if let Some(word) = word.and_then(|word| self.0.get_mut(word)) {
            *word |= 1 << (number & 63);
        }
    }

    fn contains(&self, number: u32) -> bool {
        let word = usize::try_from(number >> 6).ok();
        let word = word.and_then(|word| self.0.get(word)).copied();
        word.unwrap_or_default() >> (number & 63) & 1 == 1
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0_u32..).step_by(64).zip(&self.0);
        words
            .filter(|(_, word)| **word != 0)
            .flat_map(|(first, word)| {
                let set = (0..64).filter(move |bit| word >> bit & 1 == 1);
                set.map(move |bit| first.saturating_add(bit))
            })
    }
}

/// Writes the form of an id in which near misses are equal.
fn fold(id: &str, form: &mut String) {
    form.clear();
    if id.is_ascii() {
        let visible = id.chars().filter(|letter| !is_invisible(*letter));
        form.extend(visible.map(|letter| letter.to_ascii_lowercase()));
    } else {
        let visible: String = id.nfkc().filter(|letter| !is_invisible(*letter)).collect();
        let folded = UniCase::unicode(visible).to_folded_case();
        form.extend(folded.nfkc().filter(|letter| !is_invisible(*letter)));
    }
    form.truncate(form.trim_end().len());
    form.truncate(form.strip_suffix(".0").unwrap_or(form).len());
    let id = form.trim_start();
    let id = id.strip_prefix("mailto:").unwrap_or(id).trim_start();
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let id = if is_number {
        let digits = id.trim_start_matches('0');
        if digits.is_empty() { "0" } else { digits }
    } else {
        id
    };
    let start = form.len().saturating_sub(id.len());
    form.drain(..start);
}

/// Returns true for the characters that are not shown: control characters, and those that Unicode
/// calls default ignorable.
fn is_invisible(letter: char) -> bool {
    letter.is_control() && !letter.is_whitespace()
        || matches!(
            letter,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFF8}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_only_in_form_have_one_form() {
        let all: [&[&str]; 6] = [
            &[
                "alice@example.org",
                "Alice@Example.ORG",
                " alice@example.org\t",
                "mailto:alice@example.org",
                "MAILTO: alice@example.org",
            ],
            &[
                "jos\u{E9}",
                "jose\u{301}",
                "JOS\u{C9}",
                "jo\u{200B}se\u{301}",
                "\u{FEFF}jos\u{E9}",
                "jos\u{E9}\u{FE0F}",
            ],
            &["7", "007", "7.0", "007.0", "\u{FF17}", "\u{FF10}\u{FF17}"],
            &["0", "00", "0.0", "000.0"],
            &["stra\u{DF}e", "STRASSE", "strasse", "\u{17F}trasse"],
            &["\u{FB01}ne", "fine", "FINE", "fine.0"],
        ];
        let form = |id: &str| {
            let mut form = String::new();
            fold(id, &mut form);
            form
        };
        for alike in all {
            for id in alike {
                assert_eq!(Some(form(id)), alike.first().map(|first| form(first)));
            }
        }
        let all: BTreeSet<_> = all.iter().filter_map(|alike| alike.first()).collect();
        assert_eq!(
            all.iter().map(|id| form(id)).collect::<BTreeSet<_>>().len(),
            all.len()
        );
        for (one, other) in [
            ("u1", "u11"),
            ("70", "7"),
            ("7.00", "7.1"),
            ("a b", "ab"),
            ("-7", "7"),
        ] {
            assert_ne!(form(one), form(other));
        }
    }

    #[test]
    fn a_set_has_the_numbers_that_were_put_into_it() {
        let mut numbers = Numbers::of(130);
        for number in [0, 63, 64, 129, 5000] {
            numbers.insert(number);
        }
        assert_eq!(numbers.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert!(numbers.contains(129) && !numbers.contains(128) && !numbers.contains(5000));
    }
}
