//! A snapshot comes back from disk as it was, or not at all.

use std::io::{self, Read, Write};

use consent_gate::{Asks, Decision, Ledger, Snapshot, SnapshotError};
use sha2::{Digest as _, Sha256};

use crate::world::{
    GIVEN_AT, NANOSECOND, Row, SECOND, as_of, cannot_read, gate, gate_of, grant, post_by,
    withdrawal,
};

/// The bytes before the contents: eight bytes, the form and the length.
const HEAD: usize = 20;

/// People of every kind of id and several standings.
fn ledger() -> Ledger {
    let ids = [
        "7",
        "12",
        "u1",
        "u2",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ];
    let mut ledger = Ledger::new();
    for id in ids {
        let name = format!("grant of {id}");
        ledger.insert(grant().id(&name).by(id).record());
    }
    ledger.insert(withdrawal().by("12").record());
    let worse = grant().id("worse").by("u1");
    ledger.insert(worse.but(|details| details.evidence = None));
    cannot_read(&mut ledger, "u2");
    cannot_read(&mut ledger, "u3");
    ledger
}

/// People who each gave consent at a different instant, one of them at two, over so long a
/// time that the instants take many bits.
fn dated() -> Ledger {
    let mut ledger = Ledger::new();
    let rows = rows();
    let ids = rows.iter().map(|row| row.subjects[0]);
    for (seconds, id) in (0..).zip(ids.filter(|id| !id.is_empty())) {
        let at = GIVEN_AT + SECOND * seconds;
        ledger.insert(grant().id(id).by(id).at(at).record());
    }
    let early = GIVEN_AT - SECOND * 40_000_000 + NANOSECOND;
    ledger.insert(grant().id("early").by("7").at(early).record());
    let first = grant().id("first").by("12").at(early + NANOSECOND);
    ledger.insert(first.record());
    ledger
}

fn rows() -> Vec<Row> {
    let ids = [
        "7",
        "12",
        "13",
        "u1",
        "u2",
        "u3",
        "u4",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf7",
        "",
    ];
    let mut rows: Vec<Row> = ids.into_iter().map(post_by).collect();
    let mut early = post_by("7");
    early.collected_at = Some(GIVEN_AT - NANOSECOND);
    rows.push(early);
    rows
}

fn answers(snapshot: &Snapshot) -> Vec<Decision<'_>> {
    rows().iter().map(|row| snapshot.decide(row)).collect()
}

fn saved<Q: Asks>(snapshot: &Snapshot<Q>, ledger: &Ledger) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.save(ledger.digest(), &mut bytes).unwrap();
    bytes
}

/// The same decisions, the same grants named, the same digest of the consents, in both forms.
#[test]
fn a_snapshot_comes_back_as_it_was() {
    let gate = gate().build().unwrap();
    let (ledger, nobody) = (ledger(), Ledger::new());
    for ledger in [&ledger, &dated(), &nobody] {
        for snapshot in [
            Snapshot::new(&gate, ledger),
            Snapshot::of_grants_only(&gate, ledger),
        ] {
            let bytes = saved(&snapshot, ledger);
            let (loaded, digest) = Snapshot::load(&gate, bytes.as_slice()).unwrap();
            assert_eq!(loaded, snapshot);
            assert_eq!(digest, ledger.digest());
            assert_eq!(answers(&loaded), answers(&snapshot));
            assert_eq!(saved(&loaded, ledger), bytes);
        }
    }
    let snapshot = Snapshot::new(&gate, &ledger);
    let permits = answers(&snapshot)
        .iter()
        .filter(|each| each.is_permit())
        .count();
    assert_eq!(permits, 3);
}

/// A replay is another question than its gate, on disk too.
#[test]
fn a_snapshot_of_a_replay_comes_back_for_the_replay_alone() {
    let gate = gate().build().unwrap();
    let replay = gate.replay();
    let ledger = ledger();
    let then = saved(&Snapshot::new(&replay, &ledger), &ledger);
    let now = saved(&Snapshot::new(&gate, &ledger), &ledger);
    let (loaded, _) = Snapshot::load(&replay, then.as_slice()).unwrap();
    assert!(loaded.decide(&post_by("7")).is_permit());
    let error = Snapshot::load(&gate, then.as_slice()).unwrap_err();
    assert!(matches!(error, SnapshotError::AnotherGate), "{error}");
    let error = Snapshot::load(&replay, now.as_slice()).unwrap_err();
    assert!(matches!(error, SnapshotError::AnotherGate), "{error}");
}

/// A snapshot for a gate that asks anything else is refused, and one for an equal gate is not.
#[test]
fn a_snapshot_is_refused_by_another_gate() {
    let own = gate().build().unwrap();
    let ledger = ledger();
    let bytes = saved(&Snapshot::new(&own, &ledger), &ledger);
    let equal = gate().build().unwrap();
    assert!(Snapshot::load(&equal, bytes.as_slice()).is_ok());
    let others = [
        gate_of("acme2", own.purposes(), own.as_of()),
        as_of(own.as_of() + NANOSECOND),
        gate().waive(consent_gate::Rules::EVIDENCED),
    ];
    for other in others {
        let other = other.build().unwrap();
        let error = Snapshot::load(&other, bytes.as_slice()).unwrap_err();
        assert!(matches!(error, SnapshotError::AnotherGate), "{error}");
    }
}

/// Every byte changed in every bit, one at a time: refused.
#[test]
fn a_snapshot_with_one_bit_changed_is_refused() {
    let gate = gate().build().unwrap();
    let ledger = ledger();
    let dated = dated();
    for snapshot in [
        Snapshot::new(&gate, &ledger),
        Snapshot::of_grants_only(&gate, &ledger),
        Snapshot::new(&gate, &dated),
        Snapshot::of_grants_only(&gate, &dated),
    ] {
        let mut bytes = saved(&snapshot, &ledger);
        for place in 0..bytes.len() {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                let loaded = Snapshot::load(&gate, bytes.as_slice());
                assert!(loaded.is_err(), "byte {place}, bit {bit}");
                bytes[place] ^= 1 << bit;
            }
        }
        assert!(Snapshot::load(&gate, bytes.as_slice()).is_ok());
    }
}

/// Truncated anywhere, or with anything after it: refused, and the error says which.
#[test]
fn a_snapshot_of_another_length_is_refused() {
    let gate = gate().build().unwrap();
    for ledger in [ledger(), dated()] {
        for snapshot in [
            Snapshot::new(&gate, &ledger),
            Snapshot::of_grants_only(&gate, &ledger),
        ] {
            let mut bytes = saved(&snapshot, &ledger);
            for length in 0..bytes.len() {
                let error = Snapshot::load(&gate, &bytes[..length]).unwrap_err();
                let is_told = match length {
                    0 => matches!(error, SnapshotError::NotASnapshot),
                    _ => matches!(error, SnapshotError::Truncated),
                };
                assert!(is_told, "{length}: {error}");
            }
            bytes.push(0);
            let error = Snapshot::load(&gate, bytes.as_slice()).unwrap_err();
            assert!(matches!(error, SnapshotError::Damaged), "{error}");
        }
    }
}

/// Files of other types, and of other format versions, are named as such.
#[test]
fn a_file_that_is_not_a_snapshot_is_named_as_such() {
    let gate = gate().build().unwrap();
    let ledger = ledger();
    let bytes = saved(&Snapshot::new(&gate, &ledger), &ledger);
    for foreign in [
        &b"{}"[..],
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"PAR1 and so on",
        &bytes[1..],
    ] {
        let error = Snapshot::load(&gate, foreign).unwrap_err();
        assert!(matches!(error, SnapshotError::NotASnapshot), "{error}");
        assert_eq!(error.to_string(), "not a snapshot");
    }
    for version in [1, 3] {
        let mut other = bytes.clone();
        other[8] = version;
        let error = Snapshot::load(&gate, other.as_slice()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the snapshot has format version {version}; only version 2 can be read")
        );
    }
    // A length that exceeds the file is refused before memory is reserved for it.
    let mut huge = bytes;
    huge[12..20].fill(0xFF);
    let error = Snapshot::load(&gate, huge.as_slice()).unwrap_err();
    assert!(matches!(error, SnapshotError::Truncated), "{error}");
}

/// A snapshot with other contents after its head, and with a length and a checksum that fit them.
fn forged(bytes: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut forged = bytes[..HEAD].to_vec();
    let length = u64::try_from(contents.len()).unwrap();
    forged[HEAD - 8..].copy_from_slice(&length.to_le_bytes());
    forged.extend(contents);
    let checksum = Sha256::digest(&forged);
    forged.extend(checksum);
    forged
}

/// An attacker who also writes a valid checksum can write any content, but cannot make a
/// program panic, and every way to ask gives the same answer. A number of people that no file has room for is not believed.
#[test]
fn a_forged_snapshot_is_refused_or_answers_alike_in_every_way() {
    let gate = gate().build().unwrap();
    let ledger = ledger();
    let rows = rows();
    let ids: Vec<&str> = rows.iter().map(|row| row.subjects[0]).collect();
    let dated = dated();
    let huge = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
    let mut asked = 0;
    for snapshot in [
        Snapshot::new(&gate, &ledger),
        Snapshot::of_grants_only(&gate, &ledger),
        Snapshot::new(&gate, &dated),
        Snapshot::new(&gate, &Ledger::new()),
    ] {
        let bytes = saved(&snapshot, &ledger);
        let contents = &bytes[HEAD..bytes.len() - 32];
        for place in 0..contents.len() {
            let own = contents[place];
            let others = [
                0,
                1,
                2,
                3,
                8,
                0x7F,
                0x80,
                0xFF,
                own ^ 1,
                own.wrapping_add(1),
            ];
            let others = others.iter().map(std::slice::from_ref).chain([&huge[..]]);
            for other in others {
                let (before, behind) = (&contents[..place], &contents[place + 1..]);
                let forged = forged(&bytes, &[before, other, behind].concat());
                let Ok((loaded, _)) = Snapshot::load(&gate, forged.as_slice()) else {
                    continue;
                };
                let answers = answers(&loaded);
                assert_eq!(loaded.decide_batch(&rows), answers, "byte {place}");
                let mask = loaded.mask_ids(&ids, &post_by(""));
                for ((row, answer), passes) in rows.iter().zip(&answers).zip(mask) {
                    // The mask is for rows that differ in nothing else.
                    if row.collected_at == post_by("").collected_at {
                        assert_eq!(answer.is_permit(), passes, "byte {place}");
                    }
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 0, "some bytes of ids can be anything");
}

/// The errors of the reader and the writer are passed on.
#[test]
fn errors_of_the_disk_are_passed_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let gate = gate().build().unwrap();
    let ledger = ledger();
    let snapshot = Snapshot::new(&gate, &ledger);
    let error = Snapshot::load(&gate, Broken).unwrap_err();
    assert_eq!(error.to_string(), "the disk is gone");
    let error = snapshot.save(ledger.digest(), Broken).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
}
