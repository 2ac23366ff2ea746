//! Values and names that say no, whatever system wrote them.

use time::UtcDateTime;

use super::node::Node;
use super::times::Time;

/// Words that say no. A text with one of them says no.
const WORDS: [&str; 52] = [
    "0",
    "barred",
    "block",
    "blocked",
    "blocklist",
    "ceased",
    "deactivated",
    "deleted",
    "deny",
    "disable",
    "disabled",
    "disagree",
    "disallow",
    "dissent",
    "ended",
    "erased",
    "erasure",
    "exclude",
    "excluded",
    "expired",
    "false",
    "forbid",
    "forbidden",
    "inactive",
    "invalid",
    "invalidated",
    "lapsed",
    "nay",
    "nee",
    "negative",
    "nein",
    "nej",
    "never",
    "no",
    "non",
    "none",
    "not",
    "nothing",
    "object",
    "objects",
    "off",
    "opposed",
    "out",
    "prohibited",
    "removed",
    "stop",
    "stopped",
    "suppressed",
    "terminated",
    "unchecked",
    "void",
    "without",
];

/// Texts that say no when nothing else stands beside them.
const LETTERS: [&str; 2] = ["f", "n"];

/// Parts of words that say no, wherever they stand once the separators are gone.
const STEMS: [&str; 32] = [
    "cancel",
    "declin",
    "denial",
    "denied",
    "denies",
    "denying",
    "disagree",
    "disallow",
    "donot",
    "dontsell",
    "donttrain",
    "hardopt",
    "noaccept",
    "nochoice",
    "noconsent",
    "nopermission",
    "notaccept",
    "notagree",
    "notallow",
    "notconsent",
    "notgiven",
    "objected",
    "objecting",
    "objection",
    "optedout",
    "optout",
    "refus",
    "reject",
    "revoc",
    "revok",
    "unsubscri",
    "withdr",
];

/// Words in the name of a field that is about how one can say no, and does not say it.
const DESCRIPTIONS: [&str; 14] = [
    "allowed",
    "available",
    "description",
    "href",
    "instructions",
    "label",
    "link",
    "links",
    "policy",
    "possible",
    "supported",
    "text",
    "uri",
    "url",
];

/// Returns true when a text says no, in any letter case and with any separators.
pub(super) fn text_says_no(text: &str) -> bool {
    let words = words(text);
    let joined = words.concat();
    let is_zero = !joined.is_empty() && joined.chars().all(|digit| digit == '0');
    is_zero
        || LETTERS.contains(&joined.as_str())
        || WORDS.contains(&joined.as_str())
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
        || has_stem(&joined)
}

/// Returns true when a value says no.
pub(super) fn says_no(value: &Node) -> bool {
    match value {
        Node::Bool(value) => !value,
        Node::Whole(number) => *number == 0,
        Node::Text(text) => text_says_no(text),
        _ => false,
    }
}

/// A field whose name says no, and whose value does not take that back.
pub(super) struct Sign<'a> {
    name: &'a str,
    value: &'a Node,
}

impl<'a> Sign<'a> {
    /// The signs of a no among the fields of an object.
    pub(super) fn all_in(object: &'a Node) -> impl Iterator<Item = Self> {
        let fields = object.fields().unwrap_or_default().iter();
        let signs = fields.filter(|(name, value)| name_says_no(name) && !is_nothing(value));
        signs.map(|(name, value)| Self { name, value })
    }

    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Returns true unless the field is a time before another one: a no that was taken back by it.
    pub(super) fn counts_against(&self, yes: UtcDateTime) -> bool {
        self.at().is_none_or(|no| no >= yes)
    }

    /// The time of the no, if the field is meant to be one.
    pub(super) fn stated(&self) -> Option<Time<'a>> {
        let name = self.name.to_lowercase();
        let parts = ["date", "time", "_at", "_on"];
        let is_named = parts.iter().any(|part| name.contains(part))
            || self.name.ends_with("At")
            || self.name.ends_with("On");
        let time = Time::of(self.value);
        (is_named || time.at.is_some()).then_some(time)
    }

    fn at(&self) -> Option<UtcDateTime> {
        Time::of(self.value).at
    }
}

/// Returns true when a field has the name of a no, such as `withdrawalDate` or `opted_out`.
fn name_says_no(name: &str) -> bool {
    let words = words(name);
    has_stem(&words.concat())
        && !words
            .iter()
            .any(|word| word.ends_with("able") || DESCRIPTIONS.contains(&word.as_str()))
}

/// Returns true when a value takes back what its field says, such as the false of `optedOut`.
fn is_nothing(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::Text(text) => text.trim().is_empty() || text_says_no(text),
        Node::List(items) => items.is_empty(),
        Node::Object(fields) => fields.is_empty(),
        value => says_no(value),
    }
}

fn has_stem(joined: &str) -> bool {
    STEMS.iter().any(|stem| joined.contains(stem))
}

/// The words of a text in small letters: `HARD_OPT_OUT`, `hard opt-out` and `hardOptOut` have the
/// same three.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in text.chars() {
        let starts_one = was_small && letter.is_uppercase();
        if starts_one || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_is_known_in_any_case_and_with_any_separators() {
        for text in [
            "no",
            "NO",
            " No ",
            "N",
            "f",
            "0",
            "00",
            "0.0",
            "out",
            "Opt Out",
            "opt-out",
            "OPT_OUT",
            "optOut",
            "HARD_OPT_OUT",
            "deny",
            "denied",
            "DENIED",
            "refuse",
            "Refused",
            "reject",
            "rejectAll",
            "withdraw",
            "consentWithdrawn",
            "revoke",
            "revoked",
            "revocation",
            "object",
            "objected",
            "objection",
            "off",
            "OFF",
            "O F F",
            "false",
            "None",
            "NO_CHOICE",
            "CANCEL",
            "cancelled",
            "not given",
            "NOTGIVEN",
            "no-consent",
            "disallow",
            "unsubscribed",
            "nein",
            "do not train",
            "with\u{200b}drawn",
        ] {
            assert!(text_says_no(text), "{text}");
        }
    }

    #[test]
    fn other_texts_say_no_no() {
        for text in [
            "",
            " ",
            "yes",
            "on",
            "true",
            "1",
            "10",
            "ACTIVE",
            "granted",
            "given",
            "opt_in",
            "Auto",
            "PENDING",
            "EXTEND",
            "unknown",
            "notice",
            "N/A",
            "normal",
            "accepted",
            "confirmed",
            "pending_approval",
            "known",
            "announced",
            "office",
        ] {
            assert!(!text_says_no(text), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_field_says_no_unless_it_describes_how() {
        for name in [
            "WithdrawalDate",
            "opted_out",
            "optOut",
            "isRevoked",
            "objection",
        ] {
            assert!(name_says_no(name), "{name}");
        }
        for name in [
            "status",
            "ConsentDate",
            "withdrawalUrl",
            "opt_out_link",
            "revocable",
            "notes",
            "office",
        ] {
            assert!(!name_says_no(name), "{name}");
        }
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(WORDS.is_sorted() && STEMS.is_sorted() && DESCRIPTIONS.is_sorted());
    }
}
