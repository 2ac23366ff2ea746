//! The law of columns: whatever types the columns of a batch have, each of its rows is decided on as the
//! oracle says.

use arrow_array::RecordBatch;
use arrow_array::builder::BooleanBuilder;
use consent_gate::arrow::BatchRow;
use consent_gate::{GatedSource, Snapshot};
use proptest::prelude::*;

use crate::columns_of_worlds::{Case, cases, columns};
use crate::laws::{Law, cases_of_agreement};
use crate::oracle::Answer;
use crate::strategies::a_world;

/// Every path over columns says of every row what the oracle says. A row with a blank id is unreadable.
fn agree(case: &Case) -> Law {
    let Case {
        gate,
        ledger,
        batch,
        expected,
    } = case;
    let snapshot = Snapshot::new(gate, ledger);
    same(batch, &snapshot, expected)?;
    same(batch, gate.with(ledger), expected)?;
    same(batch, snapshot.with_embedded(ledger), expected)?;

    #[cfg(feature = "parquet")]
    files_agree(batch, &snapshot, expected)?;

    let decided = columns().decide(batch, &snapshot).unwrap();
    let permits = case.mask();
    let mut mask = BooleanBuilder::new();
    mask.append_slice(&permits);
    prop_assert_eq!(decided.mask(), mask.finish());
    let grants = expected.iter().flatten().flat_map(|answer| match answer {
        Answer::Permit(grants) => grants.clone(),
        Answer::Deny { .. } => Vec::new(),
    });
    let consented = decided.consented().unwrap();
    prop_assert_eq!(
        consented.num_rows(),
        permits.iter().filter(|passes| **passes).count()
    );
    let found: Vec<String> = consented.grants().iter().map(str::to_owned).collect();
    let grants: Vec<String> = grants.map(|id| id.as_str().to_owned()).collect();
    prop_assert_eq!(found, grants);
    Ok(())
}

fn same<'g, S>(batch: &RecordBatch, source: S, expected: &[Option<Answer>]) -> Law
where
    S: GatedSource<'g, BatchRow>,
{
    let decided = columns().decide(batch, source).unwrap();
    let found: Vec<_> = decided
        .decisions()
        .map(|each| each.map(Answer::of))
        .collect();
    prop_assert_eq!(found.as_slice(), expected);
    Ok(())
}

/// A Parquet file of a batch has the same rows that pass, by the same grants.
#[cfg(feature = "parquet")]
fn files_agree(batch: &RecordBatch, snapshot: &Snapshot, expected: &[Option<Answer>]) -> Law {
    use consent_gate::parquet::GatedFile;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(3))
        .build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let file = GatedFile::from_bytes(file, columns())
        .unwrap()
        .batch_size(2);
    let (mut position, mut passed) = (0, Vec::new());
    for index in 0..file.row_groups() {
        let mut group = file.row_group(index, &snapshot).unwrap();
        let seen = usize::try_from(group.report().seen()).unwrap();
        let withheld: Vec<_> = group.withheld().collect();
        for (row, reasons) in withheld {
            let found = reasons.map(|reasons| Answer::of(&consent_gate::Decision::Deny(reasons)));
            let row = position + usize::try_from(row).unwrap();
            prop_assert_eq!(&found, &expected[row]);
        }
        let group = group.by_ref().map(|rows| rows.unwrap());
        passed.extend(group.flat_map(|rows| {
            let grants = rows.grants().iter().map(str::to_owned);
            grants.collect::<Vec<_>>()
        }));
        position += seen;
    }
    prop_assert_eq!(position, expected.len());
    let grants = expected.iter().flatten().flat_map(|answer| match answer {
        Answer::Permit(grants) => grants.clone(),
        Answer::Deny { .. } => Vec::new(),
    });
    let grants: Vec<String> = grants.map(|id| id.as_str().to_owned()).collect();
    prop_assert_eq!(passed, grants);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases_of_agreement()))]

    /// A batch is decided on as its rows are, whatever types its columns have: on a snapshot at once,
    /// and row by row on a ledger.
    #[test]
    fn every_path_decides_alike(world in a_world()) {
        cases(&world).iter().try_for_each(agree)?;
    }
}
