//! Parquet files: the rows that may be used are read, of the others only what the gate has to know, and
//! a damaged file is an error that names the place.

use std::fs;
use std::sync::Arc;
use std::thread;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray,
    TimestampSecondArray, UInt64Array,
};
use arrow_schema::Schema;
use consent_gate::arrow::{ColumnError, Columns};
use consent_gate::parquet::{FileError, FileProblem, GatedFile};
use consent_gate::{DataCategories, Gate, Ledger, Rules, Snapshot};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::columns_of_worlds::array;
use crate::world::{COLLECTED_AT, gate, grant};

/// The person who granted.
const GRANTED: u64 = 7;

fn filed() -> (Gate, Ledger) {
    let record = grant().id("g").by("7").record();
    (gate().build().unwrap(), [record].into_iter().collect())
}

fn columns() -> Columns {
    Columns::new("who")
        .collected_at("at")
        .data_unless_named(DataCategories::POSTS)
        .without_signals()
}

fn text(row: usize) -> String {
    format!("the text of row {row:03}")
}

fn batch_of(people: ArrayRef) -> RecordBatch {
    let rows = people.len();
    let times = TimestampSecondArray::from(vec![COLLECTED_AT.unix_timestamp(); rows]);
    let texts: StringArray = (0..rows).map(text).map(Some).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("who", people, true),
        ("at", array(times.with_timezone("UTC")), true),
        ("text", array(texts), true),
    ])
    .unwrap()
}

/// A file in which nothing is compressed, with so many rows in a row group.
fn written(batch: &RecordBatch, rows: usize) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(rows))
        .build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    file
}

fn of_numbers(people: &[u64], rows: usize) -> Vec<u8> {
    written(&batch_of(array(UInt64Array::from(people.to_vec()))), rows)
}

/// The texts of the rows that pass, and the counts of rows that were seen, passed, were withheld and
/// unreadable.
fn read(file: &GatedFile) -> Result<(Vec<String>, [u64; 4]), FileError> {
    let (gate, ledger) = filed();
    let snapshot = Snapshot::new(&gate, &ledger);
    let mut rows = file.consented(&snapshot);
    let mut texts = Vec::new();
    for batch in rows.by_ref() {
        let batch = batch?;
        assert_eq!(batch.grants().iter().count(), batch.num_rows());
        let column = batch.column_by_name("text").unwrap().as_string::<i32>();
        texts.extend(column.iter().map(|text| text.unwrap().to_owned()));
    }
    let report = rows.report();
    let counts = [
        report.seen(),
        report.consented(),
        report.withheld(),
        report.unreadable(),
    ];
    Ok((texts, counts))
}

fn opened(file: Vec<u8>) -> Result<GatedFile, FileError> {
    Ok(GatedFile::from_bytes(file, columns())?.batch_size(2))
}

fn outcome(file: Vec<u8>) -> Result<(Vec<String>, [u64; 4]), FileError> {
    read(&opened(file)?)
}

/// The rows that pass come out whole and in their order, whatever the sizes of row groups and batches.
#[test]
fn the_rows_that_pass_are_read_in_their_order() {
    let people = [7, 8, 7, 7, 9, 8, 8, 7, 9, 9, 7];
    for rows in [1, 2, 3, 5, 100] {
        let (texts, counts) = outcome(of_numbers(&people, rows)).unwrap();
        assert_eq!(texts, [0, 2, 3, 7, 10].map(text));
        assert_eq!(counts, [11, 5, 6, 0]);
    }
}

/// Each row group names the rows that it withholds, with their reasons.
#[test]
fn withheld_rows_have_their_reasons() {
    let (gate, ledger) = filed();
    let file = opened(of_numbers(&[7, 8, 9, 7], 3)).unwrap();
    let group = file.row_group(0, &gate.with(&ledger)).unwrap();
    let withheld = group
        .withheld()
        .map(|(row, reasons)| (row, reasons.unwrap().failed()));
    let expected = [(1, Rules::ON_RECORD), (2, Rules::ON_RECORD)];
    assert_eq!(withheld.collect::<Vec<_>>(), expected);
    assert_eq!(file.row_group(1, &gate.with(&ledger)).unwrap().count(), 1);
    let missing = file.row_group(2, &gate.with(&ledger)).unwrap_err();
    assert!(matches!(missing, FileError::Rows { row_group: 2 }));
}

/// Several threads read the row groups of one file at the same time.
#[test]
fn row_groups_are_read_in_parallel() {
    let people: Vec<u64> = (0..600).map(|row| 7 + row % 2).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    fs::write(&path, of_numbers(&people, 20)).unwrap();
    let file = GatedFile::open(&path, columns()).unwrap().batch_size(3);
    let (gate, ledger) = filed();
    let snapshot = Snapshot::new(&gate, &ledger);
    let all: Vec<usize> = (0..file.row_groups()).collect();
    let texts_of = |groups: &[usize]| -> Vec<String> {
        let texts = groups.iter().flat_map(|group| {
            let batches = file.row_group(*group, &&snapshot).unwrap();
            batches.flat_map(|batch| {
                let texts = batch.unwrap().column(2).as_string::<i32>().clone();
                texts
                    .iter()
                    .map(|text| text.unwrap().to_owned())
                    .collect::<Vec<_>>()
            })
        });
        texts.collect()
    };
    let found: Vec<String> = thread::scope(|scope| {
        let readers = all
            .chunks(7)
            .map(|groups| scope.spawn(move || texts_of(groups)));
        let readers: Vec<_> = readers.collect();
        readers
            .into_iter()
            .flat_map(|reader| reader.join().unwrap())
            .collect()
    });
    let expected: Vec<String> = (0..600).step_by(2).map(text).collect();
    assert_eq!(found, expected);
}

/// Damages the text of a row in a file that is not compressed.
fn damage(file: &mut [u8], row: usize) {
    let wanted = text(row);
    let at = file
        .windows(wanted.len())
        .position(|bytes| bytes == wanted.as_bytes())
        .unwrap();
    // The length before a text: more than there is.
    file[at - 4..at].copy_from_slice(&u32::MAX.to_le_bytes());
}

/// The text of withheld rows is not decoded: in a row group where nobody passes it may be anything.
/// Where somebody passes, a damaged text is an error that names the column.
#[test]
fn the_text_of_withheld_rows_is_not_decoded() {
    let mut file = of_numbers(&[8, 9, 7, 7], 2);
    damage(&mut file, 0);
    let (texts, counts) = outcome(file.clone()).unwrap();
    assert_eq!(texts, [2, 3].map(text));
    assert_eq!(counts, [4, 2, 2, 0]);
    damage(&mut file, 2);
    let error = outcome(file).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("row group 1, column `text`: "),
        "{error}"
    );
    assert!(!error.to_string().contains("the text of"));
}

/// A file that ends too early is an error, wherever it ends.
#[test]
fn a_truncated_file_is_an_error() {
    let file = of_numbers(&[7, 8, 7], 2);
    for length in 0..file.len() {
        let error = outcome(file[..length].to_vec()).unwrap_err();
        assert!(
            error.to_string().starts_with("footer: "),
            "{length}: {error}"
        );
    }
    let nothing = outcome(Vec::new()).unwrap_err();
    assert!(
        matches!(nothing, FileError::Footer(FileProblem::Truncated)),
        "{nothing}"
    );
    let text = outcome(b"{\"subject\":\"alice\"}".to_vec()).unwrap_err();
    assert_eq!(text.to_string(), "footer: it is damaged, or not Parquet");
}

/// A part of a file in the place of another: its footer is of the body no longer.
fn with_footer_of(body: &[u8], other: &[u8]) -> Vec<u8> {
    let footer = |file: &[u8]| {
        let length = file[file.len() - 8..file.len() - 4].try_into().unwrap();
        file.len() - 8 - usize::try_from(u32::from_le_bytes(length)).unwrap()
    };
    [&body[..footer(body)], &other[footer(other)..]].concat()
}

/// The footer of another file is an error, or describes the rows that are there: statistics that lie
/// change nothing.
#[test]
fn a_footer_that_lies_changes_nothing() {
    let body = of_numbers(&[8, 8, 7], 100);
    // The same layout, and statistics as if all rows were of the person who granted.
    let other = of_numbers(&[7, 7, 7], 100);
    assert_eq!(body.len(), other.len());
    let (texts, counts) = outcome(with_footer_of(&body, &other)).unwrap();
    assert_eq!(texts, [text(2)]);
    assert_eq!(counts, [3, 1, 2, 0]);
    // Another layout.
    let longer = of_numbers(&[7, 7, 7, 7, 7, 7, 7, 7], 3);
    let error = outcome(with_footer_of(&body, &longer)).unwrap_err();
    assert!(error.to_string().starts_with("row group "), "{error}");
}

/// A byte that is another one never ends in a panic, and never in rows that were not counted.
#[test]
fn a_damaged_byte_is_no_panic() {
    let (gate, ledger) = filed();
    let snapshot = Snapshot::new(&gate, &ledger);
    let file = of_numbers(&[7, 8, 7, 9], 2);
    let mut whole = 0;
    for at in 0..file.len() {
        for bits in [0x01, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= bits;
            let Ok(file) = opened(damaged) else { continue };
            let mut rows = file.consented(&snapshot);
            let mut read = 0;
            let is_read = rows.by_ref().all(|batch| {
                batch.is_ok_and(|batch| {
                    read += u64::try_from(batch.num_rows()).unwrap();
                    true
                })
            });
            let report = rows.report();
            let sum = report.consented() + report.withheld() + report.unreadable();
            assert_eq!(report.seen(), sum);
            assert!(!is_read || read == report.consented());
            whole += u64::from(is_read);
        }
    }
    let all = 3 * u64::try_from(file.len()).unwrap();
    assert!(
        0 < whole && whole < all,
        "some bytes matter and some do not: {whole} of {all}"
    );
}

/// A column under another name, and one of floating-point numbers, are errors before a row is read.
#[test]
fn columns_are_checked_before_a_row_is_read() {
    let batch = batch_of(array(UInt64Array::from(vec![7])));
    let renamed = RecordBatch::try_from_iter([("whom", batch.column(0).clone())]).unwrap();
    let error = outcome(written(&renamed, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `who`: not in the batch; did you mean `whom`?"
    );
    let error = outcome(written(&batch_of(array(Float64Array::from(vec![7.0]))), 1)).unwrap_err();
    assert!(matches!(
        error,
        FileError::Columns(ColumnError::Rounded { .. })
    ));
}

/// A file without rows, or without row groups, has nothing that passes.
#[test]
fn an_empty_file_has_nothing_that_passes() {
    let batch = batch_of(array(UInt64Array::from(Vec::<u64>::new())));
    let file = written(&batch, 1);
    assert_eq!(outcome(file).unwrap(), (Vec::new(), [0; 4]));
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let mut file = Vec::new();
    let writer = ArrowWriter::try_new(&mut file, nothing.schema(), None).unwrap();
    writer.close().unwrap();
    let error = outcome(file).unwrap_err();
    assert_eq!(error.to_string(), "column `who`: not in the batch");
}

/// NULL within lists and dictionaries is what it is in record batches.
#[test]
fn nested_nulls_are_what_they_are_in_batches() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in [
        Some(&[Some("7")][..]),
        Some(&[Some("7"), None]),
        Some(&[]),
        None,
    ] {
        for id in row.unwrap_or_default() {
            lists.values().append_option(*id);
        }
        lists.append(row.is_some());
    }
    let (texts, counts) = outcome(written(&batch_of(array(lists.finish())), 3)).unwrap();
    assert_eq!(texts, [text(0)]);
    assert_eq!(counts, [4, 1, 2, 1]);

    let keys = Int32Array::from(vec![Some(0), None, Some(1)]);
    let values = array(StringArray::from(vec!["7", "8"]));
    let people = DictionaryArray::try_new(keys, values).unwrap();
    let (texts, counts) = outcome(written(&batch_of(array(people)), 2)).unwrap();
    assert_eq!(texts, [text(0)]);
    assert_eq!(counts, [3, 1, 2, 0]);
}

/// A file that was changed since it was opened is an error.
#[test]
fn a_file_that_changed_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    fs::write(&path, of_numbers(&[7, 8], 2)).unwrap();
    let file = GatedFile::open(&path, columns()).unwrap();
    assert_eq!(read(&file).unwrap().1, [2, 1, 1, 0]);
    fs::write(&path, of_numbers(&[7, 7, 7], 2)).unwrap();
    assert!(matches!(read(&file), Err(FileError::Rows { row_group: 0 })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(read(&file), Err(FileError::Open(_))));
    assert!(matches!(
        GatedFile::open(&path, columns()),
        Err(FileError::Open(_))
    ));
    assert!(!format!("{file:?}").contains("text of"));
}

/// A column of whole numbers keeps ids above 2^53 apart.
#[test]
fn large_ids_are_kept_apart() {
    let id = u64::MAX;
    let record = grant().id("g").by(&id.to_string()).record();
    let ledger: Ledger = [record].into_iter().collect();
    let gate = gate().build().unwrap();
    let snapshot = Snapshot::new(&gate, &ledger);
    let file = opened(of_numbers(&[id, id - 1, GRANTED], 3)).unwrap();
    let passing = file.consented(&snapshot).map(|batch| {
        let batch = batch.unwrap();
        batch
            .column(0)
            .as_primitive::<UInt64Type>()
            .values()
            .to_vec()
    });
    assert_eq!(passing.collect::<Vec<_>>().concat(), [id]);
}
