//! The training and data mining assertion of C2PA and CAWG.

use super::names::{Names, named};
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
/// the uses under `entries` or directly. `constrained` is a no, because this function cannot tell
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
    let data = Object::read(json);
    let is_there = data
        .entries()
        .any(|(key, _)| key == "entries" || behind_the_prefix(key).is_some());
    let nested = data
        .values("entries")
        .map(|json| entries(&Object::read(json)));
    let read = nested.fold(entries(&data), Restrictions::and);
    if is_there {
        read
    } else {
        // This is not the data of such an assertion.
        read.and(Restrictions::unread())
    }
}

fn entries(entries: &Object<'_>) -> Restrictions {
    entries.restrictions(|key, json| {
        behind_the_prefix(key)
            .and_then(|name| named(USES, name))
            .map_or(Restrictions::none(), |purposes| entry(json, purposes))
    })
}

fn behind_the_prefix(key: &str) -> Option<&str> {
    let name = key.strip_prefix("cawg.");
    name.or_else(|| key.strip_prefix("c2pa."))
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
