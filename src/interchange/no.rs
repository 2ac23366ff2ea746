//! Values and names that say no, whatever system wrote them.

use super::node::Node;

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

/// Texts that take back what the name of their field says.
const TAKEN_BACK: [&str; 9] = ["0", "f", "false", "n", "never", "nil", "no", "none", "null"];

/// Names of fields that say yes.
const YES_NAMES: [&str; 16] = [
    "accepted",
    "active",
    "agreed",
    "allowed",
    "approved",
    "confirmed",
    "consent",
    "consented",
    "current",
    "enabled",
    "given",
    "granted",
    "optedin",
    "optin",
    "permitted",
    "valid",
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

/// Returns true when a field has the name of a no, such as `withdrawalDate` or `opted_out`.
pub(super) fn name_says_no(name: &str) -> bool {
    let words = words(name);
    has_stem(&words.concat())
        && !words
            .iter()
            .any(|word| word.ends_with("able") || DESCRIPTIONS.contains(&word.as_str()))
}

/// Returns true when a field has the name of a yes and no other word, such as `isActive`.
pub(super) fn name_says_yes(name: &str) -> bool {
    let joined = words(name).concat();
    let joined = ["is", "has", "was"]
        .iter()
        .find_map(|verb| joined.strip_prefix(verb))
        .unwrap_or(&joined);
    YES_NAMES.contains(&joined)
}

/// Returns true when a text is a few words that say that consent ended or was not given, such as
/// `WITHDRAWN`. Other texts, such as a description, may have these words for another reason.
pub(super) fn is_end(text: &str) -> bool {
    let words = words(text);
    words.len() <= 4 && has_stem(&words.concat())
}

/// Returns true when a value takes back what its field says, such as the false of `optedOut`.
pub(super) fn takes_back(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::Text(text) => {
            let joined = words(text).concat();
            joined.is_empty() || TAKEN_BACK.contains(&joined.as_str())
        }
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
    fn other_texts_do_not_say_no() {
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
    fn only_few_words_are_an_end() {
        for text in ["WITHDRAWN", "Opted out", "consent-revoked", "NO_CONSENT"] {
            assert!(is_end(text), "{text}");
        }
        for text in [
            "NO",
            "none",
            "ACTIVE",
            "You can withdraw your consent at any time",
        ] {
            assert!(!is_end(text), "{text}");
        }
    }

    #[test]
    fn what_takes_a_name_back_is_one_word() {
        for text in ["", " ", "no", "False", "0", "none"] {
            assert!(takes_back(&Node::Text(text.to_owned())), "{text}");
        }
        for text in ["not interested", "off limits", "yes", "opted out"] {
            assert!(!takes_back(&Node::Text(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(TAKEN_BACK.is_sorted() && YES_NAMES.is_sorted());
        assert!(WORDS.is_sorted() && STEMS.is_sorted() && DESCRIPTIONS.is_sorted());
    }
}
