//! Near misses: denials under an id that differs only in form from that of a grant (feature
//! `near-misses`).

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::ledger::Ledger;
use crate::ledger::fields::Fields;
use crate::record::Statement;
use crate::storage::subject_key::{KeyBuffer, SubjectKey};
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
    /// The ids with a denial and without a grant. An id with an unreadable record is among them,
    /// because that record may be a denial.
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

impl Ledger {
    /// Lists the near misses: the denials by an id that no grant is by, and that is equal to the id
    /// of a grant after Unicode normalisation (NFKC), case folding, the removal of invisible
    /// characters and of white space around it, and without `mailto:` in front, the leading zeros
    /// of a number, and `.0` at the end. Ids that an [alias](Self::alias) joins are not near misses.
    ///
    /// The time is linear in the number of records and people.
    #[must_use]
    pub fn near_misses(&self) -> Vec<NearMiss> {
        let (granting, mut denying) = self.who_granted_and_who_denied();
        denying.remove_all(&granting);
        if !self.is_any_misspelt(&granting, &denying) {
            return Vec::new();
        }
        // The forms of denials are remembered as two bits each. Only what is granted by an id with these
        // bits, which are few ids besides near misses, is kept with its form.
        let mut buffers = Buffers::default();
        let mut denied_forms = Filter::of(denying.len());
        for (_, id) in self.people_of(&denying) {
            denied_forms.insert(buffers.form_of(id));
        }
        let mut forms: HashMap<Box<[u8]>, Found> = HashMap::new();
        for (number, id) in self.people_of(&granting) {
            let form = buffers.form_of(id);
            if !denied_forms.may_contain(form) {
                continue;
            }
            if let Some(found) = forms.get_mut(form) {
                found.granted.push(number);
            } else {
                let found = Found {
                    granted: vec![number],
                    denied: Vec::new(),
                };
                forms.insert(form.into(), found);
            }
        }
        let mut granted_forms = Filter::of(forms.len());
        for form in forms.keys() {
            granted_forms.insert(form);
        }
        for (number, id) in self.people_of(&denying) {
            let form = buffers.form_of(id);
            if granted_forms.may_contain(form)
                && let Some(found) = forms.get_mut(form)
            {
                found.denied.push(number);
            }
        }
        let mut all: Vec<_> = forms.into_values().collect();
        all.retain(|found| !found.denied.is_empty());
        all.sort_unstable_by_key(|found| found.denied.first().copied());
        all.into_iter()
            .filter_map(|found| self.near_miss(&found))
            .collect()
    }

    /// Returns false when the id of everybody who granted or denied is its own form, so that no two of
    /// them have the same.
    fn is_any_misspelt(&self, granting: &Numbers, denying: &Numbers) -> bool {
        let mut buffers = Buffers::default();
        let mut people = (0..).zip(self.people.iter());
        people.any(|(number, (id, _))| {
            // A number or a UUID in its usual form is its own form.
            matches!(id, Some(SubjectKey::Text(id)) if !is_plain(id) && !buffers.is_form(id))
                && (granting.contains(number) || denying.contains(number))
        })
    }

    /// The people of a set, in order.
    fn people_of<'a>(&'a self, set: &'a Numbers) -> impl Iterator<Item = (u32, SubjectKey<'a>)> {
        let people = (0..).zip(self.people.iter());
        people.filter_map(|(number, (id, _))| set.contains(number).then_some((number, id?)))
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

    fn remove_all(&mut self, others: &Self) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word &= !other;
        }
    }

    fn len(&self) -> usize {
        let ones = self.0.iter().map(|word| u64::from(word.count_ones()));
        usize::try_from(ones.sum::<u64>()).unwrap_or(usize::MAX)
    }
}

/// A set of forms that may also contain others, about one in a hundred (a Bloom filter).
///
/// The hash is keyed at random, so that ids cannot be chosen to collide.
#[derive(Debug)]
struct Filter {
    hasher: RandomState,
    /// A power of two of bits, at least 16 for each form.
    bits: Vec<u64>,
}

impl Filter {
    fn of(forms: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            bits: vec![0; forms.div_ceil(4).next_power_of_two()],
        }
    }

    /// The two bits of a form: the index of the word, and the bit in it.
    fn places(&self, form: &[u8]) -> [(usize, u64); 2] {
        let hash = self.hasher.hash_one(form);
        [hash, hash.rotate_left(32)].map(|hash| {
            let word = usize::try_from(hash >> 6).unwrap_or(usize::MAX);
            (word & self.bits.len().saturating_sub(1), 1 << (hash & 63))
        })
    }

    fn insert(&mut self, form: &[u8]) {
        for (word, bit) in self.places(form) {
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn may_contain(&self, form: &[u8]) -> bool {
        let is_set = |(word, bit)| self.bits.get(word).is_some_and(|word| word & bit != 0);
        self.places(form).into_iter().all(is_set)
    }
}

/// Room for the form of an id.
#[derive(Debug, Default)]
struct Buffers {
    text: String,
    key: KeyBuffer,
}

impl Buffers {
    /// The form of an id, as a key of it is encoded.
    fn form_of<'a>(&'a mut self, id: SubjectKey<'a>) -> &'a [u8] {
        let form = match id {
            SubjectKey::Text(id) if !is_plain(id) => {
                fold(id, &mut self.text);
                SubjectKey::of(&self.text)
            }
            id => id,
        };
        form.encode(&mut self.key)
    }

    /// Returns true when an id is the form of itself.
    fn is_form(&mut self, id: &str) -> bool {
        fold(id, &mut self.text);
        self.text == id
    }
}

/// Returns true for most ids that are the form of themselves, and for no other, after one look at each
/// byte.
fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    id.bytes().all(is_plain)
        && !id.starts_with("mailto:")
        && !id.ends_with(".0")
        && !id.starts_with('0')
}

/// Writes the form of an id in which near misses are equal.
fn fold(id: &str, form: &mut String) {
    form.clear();
    if id.is_ascii() {
        form.push_str(id);
        form.make_ascii_lowercase();
        form.retain(|letter| !is_invisible(letter));
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
    fn a_plain_id_is_its_own_form() {
        let parts = [
            "mailto:", "0", "7", ".0", ".", " ", "A", "a", "\u{E9}", "\u{200B}", "-", "@", "\0", "",
        ];
        let mut plain = 0;
        for one in parts {
            for two in parts {
                for three in parts {
                    let id = format!("{one}{two}{three}");
                    plain += u32::from(is_plain(&id));
                    assert!(!is_plain(&id) || Buffers::default().is_form(&id), "{id:?}");
                }
            }
        }
        assert!(plain > 200);
    }

    #[test]
    fn a_filter_contains_what_was_put_into_it_and_little_else() {
        let form = |number: u32| number.to_be_bytes();
        let mut filter = Filter::of(1000);
        (0..1000).for_each(|number| filter.insert(&form(number)));
        assert!((0..1000).all(|number| filter.may_contain(&form(number))));
        let others = (1000..101_000).filter(|number| filter.may_contain(&form(*number)));
        assert!(others.count() < 5000);
        assert!(!Filter::of(0).may_contain(b"alice"));
    }

    #[test]
    fn a_set_has_the_numbers_that_were_put_into_it() {
        let mut numbers = Numbers::of(130);
        for number in [0, 63, 64, 129, 5000] {
            numbers.insert(number);
        }
        let all: Vec<_> = (0..130)
            .filter(|number| numbers.contains(*number))
            .collect();
        assert_eq!((all, numbers.len()), (vec![0, 63, 64, 129], 4));
        assert!(numbers.contains(129) && !numbers.contains(128) && !numbers.contains(5000));
        let mut others = Numbers::of(130);
        for number in [0, 129, 1] {
            others.insert(number);
        }
        numbers.remove_all(&others);
        let all: Vec<_> = (0..130)
            .filter(|number| numbers.contains(*number))
            .collect();
        assert_eq!(all, [63, 64]);
    }
}
