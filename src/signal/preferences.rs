//! Records of accounts in the AT Protocol: user intents, and preferences about AI.

use super::names::{Names, named};
use super::object::{Object, text};
use crate::row::Restrictions;
use crate::vocabulary::purpose::Purposes;

const INTENTS: &Names = &[
    (
        "syntheticContentGeneration",
        Purposes::TRAIN_GENERATIVE.union(Purposes::AI_INPUT),
    ),
    (
        "bulkDataset",
        Purposes::DATASET_RELEASE.union(Purposes::DATA_MINING),
    ),
    // These concern none of the gate's purposes.
    ("publicAccessArchive", Purposes::empty()),
    ("protocolBridging", Purposes::empty()),
];

const PREFERENCES: &Names = &[
    ("training", Purposes::AI_TRAINING),
    ("syntheticContent", Purposes::TRAIN_GENERATIVE),
    ("embedding", Purposes::EMBEDDING),
    ("inference", Purposes::AI_INPUT),
];

/// Reads a declaration of user intents: the JSON of the record.
///
/// An intent without `allow` restricts nothing. A record of another `$type` is unreadable.
///
/// ```
/// use consent_gate::signal::user_intents;
/// use consent_gate::{Purposes, Restrictions};
///
/// let no = user_intents(r#"{"syntheticContentGeneration": {"allow": false}}"#);
/// assert!(no.purposes().contains(Purposes::TRAIN_GENERATIVE));
/// let null = user_intents(r#"{"syntheticContentGeneration": {"allow": null}}"#);
/// assert_eq!(null, Restrictions::unread());
/// ```
#[must_use]
pub fn user_intents(json: &str) -> Restrictions {
    let record = Object::read(json);
    let is_of_type = |name: &str| name.starts_with("org.user-intents.");
    let has_an_intent = record
        .entries()
        .any(|(key, _)| named(INTENTS, key).is_some());
    declared(&record, INTENTS).and(recognised(&record, is_of_type, has_an_intent))
}

/// Reads a record `community.lexicon.preference.ai`: its JSON, with the preferences under
/// `preferences` or directly. The scope of the record is ignored: a no counts for everyone.
///
/// ```
/// use consent_gate::signal::preference_ai;
/// use consent_gate::{Purposes, Restrictions};
///
/// let no = preference_ai(r#"{"preferences": {"training": {"allow": false}}}"#);
/// assert_eq!(no, Restrictions::of(Purposes::AI_TRAINING));
/// ```
#[must_use]
pub fn preference_ai(json: &str) -> Restrictions {
    let record = Object::read(json);
    let is_of_type = |name: &str| name == "community.lexicon.preference.ai";
    let is_preference = |key: &str| key == "preferences" || named(PREFERENCES, key).is_some();
    let has_a_preference = record.entries().any(|(key, _)| is_preference(key));
    let nested = record
        .values("preferences")
        .map(|json| declared(&Object::read(json), PREFERENCES));
    nested
        .fold(declared(&record, PREFERENCES), Restrictions::and)
        .and(recognised(&record, is_of_type, has_a_preference))
}

/// The restrictions of the entries that the vocabulary names.
fn declared(record: &Object<'_>, names: &Names) -> Restrictions {
    record.restrictions(|key, json| match named(names, key) {
        Some(purposes) => preference(json, purposes),
        // A preference that is not defined: none, unless it says something other than a yes.
        None if Object::read(json)
            .values("allow")
            .all(|allow| allow == "true") =>
        {
            Restrictions::none()
        }
        None => Restrictions::unread(),
    })
}

/// The restrictions of one preference. Without `allow` there are none.
fn preference(json: &str, purposes: Purposes) -> Restrictions {
    Object::read(json).restrictions(|key, json| match (key, json) {
        ("allow", "true") => Restrictions::none(),
        ("allow", "false") => Restrictions::of(purposes),
        ("allow", _) => Restrictions::unread(),
        _ => Restrictions::none(),
    })
}

/// Checks that the record is of the expected type. A record of another type, or one that is wrapped
/// in something else, may contain a no that this reader does not find, so it is unreadable. An empty
/// record restricts nothing.
fn recognised(
    record: &Object<'_>,
    is_of_type: impl Fn(&str) -> bool,
    has_a_field: bool,
) -> Restrictions {
    let mut types = record.values("$type").map(text).peekable();
    let is_record = if types.peek().is_some() {
        types.all(|name| name.is_some_and(|name| is_of_type(&name)))
    } else {
        has_a_field || record.entries().next().is_none()
    };
    if is_record {
        Restrictions::none()
    } else {
        Restrictions::unread()
    }
}
