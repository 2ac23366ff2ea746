//! What holds of each reader, whatever the bytes are that it is given: no panic, no grant from
//! bytes that do not say so, and what was written is read again equal.
//!
//! The fuzz targets look for bytes for which it does not hold. A plain test asks again about those
//! that they found worth keeping.

#![allow(dead_code, reason = "each target asks for one of these")]

use consent_gate::json::{Chunk, LineChunks, OnUnreadable, RowReader, lines, read_consents};
use consent_gate::signal::{
    Kind, content_signal, content_usage, gpc, preference_ai, rsl, tdm_reservation, training_mining,
    user_intents, x_robots_tag,
};
use consent_gate::{
    DataCategories, Gate, Ledger, Purposes, Restrictions, Snapshot, Statement, UserRecord,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::UtcDateTime;
use time::macros::utc_datetime;

fn gate() -> Gate {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of);
    gate.build().expect("a gate")
}

/// Consents in JSON Lines.
pub fn consents(bytes: &[u8]) {
    let quarantine = OnUnreadable::Quarantine {
        unnamed_at_most: u64::MAX,
    };
    let ledger = read_consents(bytes, quarantine).expect("everything is kept or counted");
    if let Ok(strict) = read_consents(bytes, OnUnreadable::Stop) {
        assert_eq!(strict.digest(), ledger.digest());
        assert_eq!(ledger.unreadable_unnamed(), 0);
    }
    let said: Vec<Value> = lines(bytes)
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let mut written = String::new();
    for record in ledger.records() {
        let value = serde_json::to_value(&record).expect("a record");
        if matches!(record.statement(), Statement::Grant { .. }) {
            assert!(
                said.iter().any(|line| says_all_of(line, &value)),
                "a grant that nobody wrote"
            );
        }
        written.push_str(&value.to_string());
        written.push('\n');
    }
    let again = read_consents(written.as_bytes(), OnUnreadable::Stop).expect("its own form");
    let [before, after] = [&ledger, &again].map(|ledger| ledger.records().collect::<Vec<_>>());
    assert_eq!(before, after);
}

/// Whether a line has every field of a record, with the same value where there is but one way to
/// write it down.
fn says_all_of(line: &Value, record: &Value) -> bool {
    let (Some(line), Some(record)) = (line.as_object(), record.as_object()) else {
        return false;
    };
    record.iter().all(|(field, value)| match line.get(field) {
        None => false,
        Some(said) => match (said, value) {
            (Value::Number(number), Value::String(text)) => number.to_string() == *text,
            (Value::Array(said), Value::Array(all)) => all.iter().all(|one| said.contains(one)),
            (Value::Object(said), Value::Object(parts)) => {
                parts.keys().all(|part| said.contains_key(part))
            }
            (Value::String(_), Value::String(_)) if is_time(field) => true,
            (said, value) => said == value,
        },
    })
}

fn is_time(field: &str) -> bool {
    matches!(field, "at" | "valid_until" | "data_period")
}

/// A line of rows, and lines of rows.
pub fn rows(bytes: &[u8]) {
    if let Ok(row) = RowReader::new().read(bytes) {
        assert_eq!(row.line(), bytes);
        let line: Value = serde_json::from_slice(bytes).expect("a row is JSON");
        let line = line.as_object().expect("a row is an object");
        let one = line.get("subject").filter(|subject| !subject.is_null());
        let several = line.get("subjects").and_then(Value::as_array);
        let named: Vec<String> = one
            .into_iter()
            .chain(several.into_iter().flatten())
            .map(|subject| match subject {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect();
        assert!(row.subjects().eq(named.iter().map(String::as_str)));
        let says = |field| {
            line.get(field)
                .is_some_and(|value: &Value| !value.is_null())
        };
        assert_eq!(row.collected_at().is_some(), says("collected_at"));
        assert!(row.data().is_empty() || says("data"));
        let is_restricted = row.restrictions() != Restrictions::none();
        assert!(!is_restricted || says("signals"));
    }
    let all: Vec<&[u8]> = lines(bytes).collect();
    assert_eq!(all.concat(), bytes);
    let mut chunks = LineChunks::with_capacity(16, bytes);
    let mut read = Vec::new();
    while let Some(chunk) = chunks.next_chunk().expect("memory does not fail") {
        if let Chunk::Lines(chunk) = chunk {
            read.extend(lines(chunk).map(<[u8]>::to_vec));
        }
    }
    assert_eq!(read, all);
}

/// A signal of the kind that the first byte chooses.
pub fn signals(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    if let Ok(json) = std::str::from_utf8(bytes) {
        let kinds = [
            Kind::ContentUsage,
            Kind::UserIntents,
            Kind::PreferenceAi,
            Kind::TrainingMining,
            Kind::TdmReservation,
            Kind::XRobotsTag,
            Kind::ContentSignal,
            Kind::Rsl,
            Kind::Gpc,
            Kind::OptOut,
            Kind::Erased,
        ];
        let kind = kinds[usize::from(*first) % kinds.len()];
        let read = kind.read(json);
        let is_json = serde_json::from_str::<Value>(json).is_ok();
        assert!(is_json || read != Restrictions::none() || kind == Kind::Gpc);
        for record in [user_intents, preference_ai, training_mining] {
            assert!(is_json || record(json) != Restrictions::none());
        }
    }
    let fields: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Several fields restrict whatever each of them does.
    for field in &fields {
        restricts_as_much(content_usage(&fields), content_usage([field]));
        restricts_as_much(content_signal(&fields), content_signal([field]));
        restricts_as_much(x_robots_tag(&fields), x_robots_tag([field]));
        restricts_as_much(tdm_reservation(&fields), tdm_reservation([field]));
        restricts_as_much(gpc(&fields), gpc([field]));
    }
    let licence = rsl(bytes);
    assert!(licence != Restrictions::none() || bytes.contains(&b'<'));
}

fn restricts_as_much(all: Restrictions, one: Restrictions) {
    assert!(all.purposes().contains(one.purposes()));
    assert!(!all.is_readable() || one.is_readable());
}

struct Post<'a>(&'a str);

impl UserRecord for Post<'_> {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        [self.0].into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 0:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

/// What a snapshot on disk holds behind its digests, under a checksum that is right.
pub fn snapshots(contents: &[u8]) {
    const HEAD: usize = 20;
    const DIGESTS: usize = 32 + 1 + 32;
    let gate = gate();
    let ledger = Ledger::new();
    let mut file = Vec::new();
    let empty = Snapshot::new(&gate, &ledger);
    empty.save(ledger.digest(), &mut file).expect("memory");
    file.truncate(HEAD + DIGESTS);
    file.extend_from_slice(contents);
    let length = (DIGESTS + contents.len()) as u64;
    file[HEAD - 8..HEAD].copy_from_slice(&length.to_le_bytes());
    let checksum = Sha256::digest(&file);
    file.extend_from_slice(&checksum);
    let Ok((snapshot, digest)) = Snapshot::load(&gate, file.as_slice()) else {
        return;
    };
    let texts = [
        "0",
        "7",
        "18446744073709551615",
        "alice",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ];
    let rows = texts.map(Post);
    let batch = snapshot.decide_batch(&rows);
    let mask = snapshot.mask_ids(&texts, &Post(""));
    for ((row, decision), passes) in rows.iter().zip(&batch).zip(mask) {
        assert_eq!(gate.decide(row, &snapshot), *decision);
        assert_eq!(decision.is_permit(), passes);
    }
    let mut again = Vec::new();
    snapshot.save(digest, &mut again).expect("memory");
    let (loaded, _) = Snapshot::load(&gate, again.as_slice()).expect("what was loaded");
    assert!(loaded == snapshot);
}
