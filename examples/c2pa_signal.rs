//! Reads the training assertions of a picture's C2PA manifests, and asks the gate.
//!
//! The `c2pa` crate, or its tool `c2patool`, reads the manifests of a picture, checks their
//! signatures, and writes them as JSON: `Reader::from_file("leeks.jpg")?.json()`. This example uses a
//! file of such JSON in place of a picture. It reads each manifest in it: the picture's own, and
//! those of the pictures that it was made from, because cropping does not remove a no. Signatures
//! are not checked here, because a signal can only restrict.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write, stdout};

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::signal::training_mining;
use consent_gate::{DataCategories, Gate, Purposes, Restrictions, UserRecord};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::UtcDateTime;
use time::macros::utc_datetime;

const MANIFESTS: &str = include_str!("data/c2pa.json");
const CONSENTS: &[u8] = include_bytes!("data/consents.jsonl");

/// A picture that Vera posted.
struct Picture {
    restrictions: Restrictions,
}

impl UserRecord for Picture {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        ["vera"].into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 9:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        self.restrictions
    }
}

/// The part of the JSON that this example needs. The data of an assertion is kept as text, because
/// the library reads it more strictly than a map of values could.
#[derive(Deserialize)]
struct Store<'a> {
    #[serde(borrow)]
    manifests: BTreeMap<String, Manifest<'a>>,
}

#[derive(Deserialize)]
struct Manifest<'a> {
    #[serde(borrow, default)]
    assertions: Vec<Assertion<'a>>,
}

#[derive(Deserialize)]
struct Assertion<'a> {
    label: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Assertion<'_> {
    fn restrictions(&self) -> Restrictions {
        // The label of a second assertion of the same kind ends in `__1`.
        match self.label.split("__").next() {
            Some("cawg.training-mining" | "c2pa.training-mining") => {
                training_mining(self.data.get())
            }
            _ => Restrictions::none(),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store: Store<'_> = serde_json::from_str(MANIFESTS)?;
    let manifests = store.manifests.values();
    let assertions = manifests.flat_map(|manifest| &manifest.assertions);
    let restrictions = assertions
        .map(Assertion::restrictions)
        .fold(Restrictions::none(), Restrictions::and);
    let mut out = stdout().lock();
    writeln!(out, "the manifests restrict: {}", restrictions.purposes())?;

    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let ledger = read_consents(CONSENTS, OnUnreadable::Stop)?;
    let unsigned = Picture {
        restrictions: Restrictions::none(),
    };
    writeln!(
        out,
        "without them: {}",
        gate.with(&ledger).decide(&unsigned)
    )?;
    let signed = Picture { restrictions };
    writeln!(out, "with them: {}", gate.with(&ledger).decide(&signed))?;
    Ok(())
}
