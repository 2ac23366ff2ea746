//! Snapshots on disk.

use consent_gate::{DataCategories, Gate, Ledger, Purposes, Restrictions, Snapshot, UserRecord};
use sha2::{Digest as _, Sha256};
use time::UtcDateTime;
use time::macros::utc_datetime;

fn gate() -> Gate {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of);
    gate.build().expect("a gate")
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

/// The content of a snapshot file after its digests, with a valid checksum.
pub(crate) fn snapshots(contents: &[u8]) {
    const HEAD: usize = 20;
    const DIGESTS: usize = 32 + 1 + 32;
    let gate = gate();
    let ledger = Ledger::new();
    let mut file = Vec::new();
    let empty = Snapshot::new(&gate, &ledger);
    empty.save(ledger.digest(), &mut file).expect("memory");
    file.truncate(HEAD + DIGESTS);
    file.extend_from_slice(contents);
    let length = u64::try_from(DIGESTS + contents.len()).expect("a length");
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
        assert_eq!(snapshot.decide(row), *decision);
        assert_eq!(decision.is_permit(), passes);
    }
    let mut again = Vec::new();
    snapshot.save(digest, &mut again).expect("memory");
    let (loaded, _) = Snapshot::load(&gate, again.as_slice()).expect("what was loaded");
    assert!(loaded == snapshot);
}
