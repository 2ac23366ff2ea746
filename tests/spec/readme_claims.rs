//! The guarantees of the README and their limits: each limit that the page states is shown here.

use std::cell::Cell;

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{
    ConsentRecord, DataCategories, GatedIterator, Ledger, Restrictions, Snapshot, UserRecord,
};
use time::UtcDateTime;

use crate::world::{gate, grant, post, withdrawal};

fn line(record: &ConsentRecord) -> String {
    serde_json::to_string(record).unwrap() + "\n"
}

/// The withdrawal of a person whose id is misspelt in it.
fn misspelt() -> ConsentRecord {
    let text = line(&withdrawal().record()).replace("\"u1\"", "\"u11\"");
    serde_json::from_str(&text).unwrap()
}

/// R15 · a withdrawal with a misspelt subject is a statement about another id.
#[test]
fn a_withdrawal_with_a_misspelt_subject_does_not_reach_the_person() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().record(), withdrawal().record()]);
    assert!(!gate.with(&ledger).decide(&post()).is_permit());
    let ledger = Ledger::from_iter([grant().record(), misspelt()]);
    assert!(gate.with(&ledger).decide(&post()).is_permit());
}

/// R2 · in quarantine an unreadable withdrawal that names no person is counted, and denies no one.
#[test]
fn an_unattributed_record_is_counted_and_keeps_no_one_from_passing() {
    let gate = gate().build().unwrap();
    let unattributed = line(&withdrawal().record()).replace("\"subject\"", "\"subjct\"");
    let file = line(&grant().record()) + &unattributed;
    let quarantine = OnUnreadable::Quarantine {
        unattributed_at_most: 1,
    };
    let ledger = read_consents(file.as_bytes(), quarantine).unwrap();
    assert_eq!(ledger.unattributed(), 1);
    assert!(gate.with(&ledger).decide(&post()).is_permit());

    let none = OnUnreadable::Quarantine {
        unattributed_at_most: 0,
    };
    assert!(read_consents(file.as_bytes(), none).is_err());
    assert!(read_consents(file.as_bytes(), OnUnreadable::Stop).is_err());
}

/// A row with a part that can be changed through a shared reference.
struct Counted(Cell<u32>);

impl UserRecord for Counted {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        ["u1"].into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        post().collected_at()
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

/// A witness gives out no mutable reference, and a `Cell` in the row needs none.
#[test]
fn a_cell_in_a_consented_row_can_be_changed() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().record()]);
    let mut rows = [Counted(Cell::new(0))]
        .into_iter()
        .consented(gate.with(&ledger));
    let row = rows.next().unwrap();
    row.0.set(7);
    assert_eq!(row.0.get(), 7);
}

/// The size of a snapshot that the README states for the ids of AT Protocol.
#[test]
fn a_snapshot_takes_about_as_many_bytes_a_person_as_a_did_is_long() {
    let gate = gate().build().unwrap();
    let people = 20_000_u32;
    let mut ledger = Ledger::new();
    for number in 0..people {
        let did = format!(
            "did:plc:{:024x}",
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c)
        );
        let record = grant().record();
        let text = line(&record).replace("\"u1\"", &format!("\"{did}\""));
        let text = text.replacen(
            &format!("\"id\":\"{}\"", record.id()),
            &format!("\"id\":\"g{number}\""),
            1,
        );
        ledger.insert(serde_json::from_str(&text).unwrap());
    }
    let each = |snapshot: &Snapshot| {
        assert_eq!(snapshot.subjects(), usize::try_from(people).unwrap());
        snapshot.size_in_bytes() / snapshot.subjects()
    };
    let grants_only = each(&Snapshot::of_grants_only(&gate, &ledger));
    let with_reasons = each(&Snapshot::new(&gate, &ledger));
    assert!((32..=45).contains(&grants_only), "{grants_only}");
    assert!((42..=55).contains(&with_reasons), "{with_reasons}");
}

/// The query of the guide is the one that continuous integration takes through PostgreSQL, and its map
/// the one that it runs.
#[test]
fn the_guide_shows_the_query_and_the_map_that_are_tried() {
    let guide = include_str!("../../src/docs/cmp.md");
    let query = include_str!("../../examples/data/postgres/consents.sql");
    assert!(guide.contains(&format!("```sql\n{query}```")));
    let map = include_str!("../../examples/data/onetrust/consents.map.toml");
    assert!(guide.contains(&format!("```toml\n{map}```")));
}
