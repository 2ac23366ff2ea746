//! The training and data mining assertion of C2PA and CAWG.

use super::names::{Names, is_about_ai, named};
use super::object::{Object, text};
use crate::row::Restrictions;
use crate::vocabulary::purpose::Purposes;

const USES: &Names = &[
    ("ai_generative_training", Purposes::TRAIN_GENERATIVE),
    ("ai_training", Purposes::TRAIN_NON_GENERATIVE),
    ("ai_inference", Purposes::AI_INPUT),
    ("data_mining", Purposes::DATA_MINING),
];

/// Reads an assertion `cawg.training-mining` or `c2pa.training-mining`: the JSON of its data, with
/// the uses under `entries` or directly, or the whole assertion, which has a `label` and its `data`. `constrained` is a no, because this function cannot tell
/// whether the constraint is met.
///
/// This function does not read the manifest or check its signature. The example `c2pa_signal` shows
/// how to get the assertion from a manifest.
///
/// ```
/// use consent_gate::signal::training_mining;
/// use consent_gate::{Purposes, Restrictions};
///
/// let data = r#"{"entries": {
///     "cawg.ai_training": {"use": "allowed"},
///     "cawg.ai_generative_training": {"use": "constrained", "constraint_info": "ask first"}
/// }}"#;
/// assert_eq!(training_mining(data), Restrictions::of(Purposes::TRAIN_GENERATIVE));
/// ```
#[must_use]
pub fn training_mining(json: &str) -> Restrictions {
    let whole = Object::read(json);
    let mut labels = whole.values("label").peekable();
    if labels.peek().is_none() {
        return data(&whole);
    }
    let is_label = |json| text(json).is_some_and(|label| is_training_mining(&label));
    let read = whole.values("data").map(|json| data(&Object::read(json)));
    // A no counts in an assertion that is damaged, or of another label.
    let read = read.fold(Restrictions::of(data(&whole).purposes()), Restrictions::and);
    if labels.all(is_label) && whole.values("data").next().is_some() && whole.is_whole() {
        read
    } else {
        read.and(Restrictions::unread())
    }
}

/// Returns true for the label of such an assertion, with or without a version and a number.
fn is_training_mining(label: &str) -> bool {
    let name = behind_the_prefix(label).and_then(|name| name.strip_prefix("training-mining"));
    name.is_some_and(|rest| {
        let is_ending = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'v');
        rest.bytes().all(is_ending)
    })
}

/// Reads the data of an assertion.
fn data(data: &Object<'_>) -> Restrictions {
    let is_there = data
        .entries()
        .any(|(key, _)| key == "entries" || behind_the_prefix(key).is_some());
    let nested = data
        .values("entries")
        .map(|json| entries(&Object::read(json)));
    let read = nested.fold(entries(data), Restrictions::and);
    if is_there {
        read
    } else {
        // This is not the data of such an assertion.
        read.and(Restrictions::unread())
    }
}

fn entries(entries: &Object<'_>) -> Restrictions {
    entries.restrictions(|key, json| {
        let purposes = behind_the_prefix(key).and_then(|name| named(USES, name));
        match purposes {
            Some(purposes) => entry(json, purposes),
            None if is_about_ai(key.as_bytes()) && !is_foreign(key) => other(json),
            None => Restrictions::none(),
        }
    })
}

/// The restrictions of an entry about AI that the standard does not define: none, unless it says something
/// other than a yes.
fn other(json: &str) -> Restrictions {
    let uses = Object::read(json);
    let all_allow = uses
        .values("use")
        .all(|json| text(json).as_deref() == Some("allowed"));
    if all_allow {
        Restrictions::none()
    } else {
        Restrictions::unread()
    }
}

fn behind_the_prefix(key: &str) -> Option<&str> {
    let name = key.strip_prefix("cawg.");
    name.or_else(|| key.strip_prefix("c2pa."))
}

/// Returns true for a key of somebody else's vocabulary.
fn is_foreign(key: &str) -> bool {
    key.contains('.') && behind_the_prefix(key).is_none()
}

fn entry(json: &str, purposes: Purposes) -> Restrictions {
    let entry = Object::read(json);
    let read = entry.restrictions(|key, json| match (key, text(json).as_deref()) {
        ("use", Some("allowed")) => Restrictions::none(),
        ("use", Some("notAllowed" | "constrained")) => Restrictions::of(purposes),
        ("use", _) => Restrictions::unread(),
        _ => Restrictions::none(),
    });
    if entry.values("use").next().is_some() {
        read
    } else {
        read.and(Restrictions::unread())
    }
}
