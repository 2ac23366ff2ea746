//! A file whose rows are read through a gate.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::Length;

use super::error::{FileError, FileProblem};
use super::reader::{Handle, Place};
use super::row_group::RowGroup;
use crate::arrow::{BatchRow, Columns};
use crate::decision::admit::GatedSource;
use crate::decision::consented::Consented;
use crate::decision::report::Report;
use crate::gate::Gate;

/// The number of rows that are read at once, unless it [is set](GatedFile::batch_size).
const ROWS: usize = 8_192;

/// A Parquet file whose rows are read through a gate, alone or row group by row group, on as many
/// threads as there are row groups.
#[derive(Clone)]
pub struct GatedFile {
    place: Place,
    length: u64,
    metadata: ArrowReaderMetadata,
    columns: Columns,
    batch_size: usize,
}

impl GatedFile {
    /// Opens a file, reads its footer, and checks that it has the columns.
    ///
    /// The file is opened anew for each row group, by the same path.
    ///
    /// # Errors
    ///
    /// [`FileError::Open`], [`FileError::Footer`] and [`FileError::Columns`].
    pub fn open(path: impl Into<PathBuf>, columns: Columns) -> Result<Self, FileError> {
        Self::of(Place::Path(path.into()), columns)
    }

    /// The same for a file in memory.
    ///
    /// # Errors
    ///
    /// [`FileError::Footer`] and [`FileError::Columns`].
    pub fn from_bytes(bytes: impl Into<Bytes>, columns: Columns) -> Result<Self, FileError> {
        Self::of(Place::Memory(bytes.into()), columns)
    }

    fn of(place: Place, columns: Columns) -> Result<Self, FileError> {
        let handle = place.open().map_err(FileError::Open)?;
        let footer = |error: ParquetError| FileError::Footer(FileProblem::of(&error));
        let load = || ArrowReaderMetadata::load(&handle, ArrowReaderOptions::new());
        let metadata = guarded(load).ok_or(FileError::Footer(FileProblem::Damaged))?;
        let metadata = metadata.map_err(footer)?;
        columns.check(metadata.schema())?;
        Ok(Self {
            length: handle.len(),
            place,
            metadata,
            columns,
            batch_size: ROWS,
        })
    }

    /// Sets the number of rows that are read at once. It is 8,192 unless it is set.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows.max(1);
        self
    }

    /// The columns of the file.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// What the footer says of the file.
    #[must_use]
    pub fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The number of row groups.
    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.metadata().num_row_groups()
    }

    /// Decides on the rows of a row group, counted from 0, and returns those that may be used, to be read.
    /// Row groups may be read by several threads at once.
    ///
    /// # Errors
    ///
    /// A [`FileError`] when the row group cannot be read, or is not there.
    pub fn row_group<'g, S>(&self, index: usize, source: &S) -> Result<RowGroup<'g>, FileError>
    where
        S: GatedSource<'g, BatchRow, Asker = Gate>,
    {
        let expected = self.metadata().row_groups().get(index);
        let expected = expected.ok_or(FileError::Rows { row_group: index })?;
        let gate_columns = self.named(self.columns.names());
        let mut group = RowGroup::new(index, source.asker());
        let mut rows = self.read(index, &gate_columns, None)?;
        while let Some(batch) = next_of(&mut rows) {
            let batch = batch.map_err(|_| self.blame(index, &gate_columns, None))?;
            group.decide(&self.columns.decide_by(&batch, source)?);
        }
        if u64::try_from(expected.num_rows()) != Ok(group.report().seen()) {
            return Err(FileError::Rows { row_group: index });
        }
        if group.report().consented() > 0 {
            let selection = group.selection();
            let rows = self.read(index, &self.all_columns(), Some(&selection))?;
            group.set_rows(rows, self.clone());
        }
        Ok(group)
    }

    /// The rows of all row groups that may be used, one row group after the other.
    pub fn consented<'f, 'g, S>(&'f self, source: S) -> ConsentedRows<'f, 'g, S>
    where
        S: GatedSource<'g, BatchRow, Asker = Gate>,
    {
        ConsentedRows {
            file: self,
            source,
            next: 0,
            group: None,
            report: Report::new(),
        }
    }

    /// The indices of columns of these names.
    fn named<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<usize> {
        let names: Vec<&str> = names.collect();
        let fields = self.schema().fields().iter().enumerate();
        fields
            .filter(|(_, field)| names.contains(&field.name().as_str()))
            .map(|(index, _)| index)
            .collect()
    }

    fn all_columns(&self) -> Vec<usize> {
        (0..self.schema().fields().len()).collect()
    }

    /// Reads these columns of a row group, of the selected rows or of all.
    fn read(
        &self,
        row_group: usize,
        columns: &[usize],
        selection: Option<&RowSelection>,
    ) -> Result<ParquetRecordBatchReader, FileError> {
        let handle = self.place.open().map_err(FileError::Open)?;
        if handle.len() != self.length {
            return Err(FileError::Rows { row_group });
        }
        guarded(|| self.reader(handle, row_group, columns, selection))
            .and_then(Result::ok)
            .ok_or_else(|| self.blame(row_group, columns, selection))
    }

    fn reader(
        &self,
        handle: Handle,
        row_group: usize,
        columns: &[usize],
        selection: Option<&RowSelection>,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let columns = columns.iter().copied();
        let projection = ProjectionMask::roots(self.metadata.parquet_schema(), columns);
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(handle, self.metadata.clone())
                .with_row_groups(vec![row_group])
                .with_projection(projection)
                .with_batch_size(self.batch_size);
        match selection {
            Some(selection) => reader.with_row_selection(selection.clone()).build(),
            None => reader.build(),
        }
    }

    /// The error for a row group that could not be read: the first of the columns that cannot be read
    /// alone either.
    pub(super) fn blame(
        &self,
        row_group: usize,
        columns: &[usize],
        selection: Option<&RowSelection>,
    ) -> FileError {
        let failed = columns.iter().find_map(|column| {
            let error = self.failure(row_group, *column, selection)?;
            let field = self.schema().fields().get(*column)?;
            Some((field.name().clone(), error))
        });
        let (column, problem) = failed.map_or((None, FileProblem::Damaged), |(name, problem)| {
            (Some(name), problem)
        });
        FileError::RowGroup {
            row_group,
            column,
            problem,
        }
    }

    /// The problem with one column of a row group.
    fn failure(
        &self,
        row_group: usize,
        column: usize,
        selection: Option<&RowSelection>,
    ) -> Option<FileProblem> {
        let handle = match self.place.open() {
            Ok(handle) => handle,
            Err(error) => return Some(FileProblem::Io(error.kind())),
        };
        let reader = guarded(|| self.reader(handle, row_group, &[column], selection));
        let mut rows = match reader.unwrap_or(Err(ParquetError::General(String::new()))) {
            Err(error) => return Some(FileProblem::of(&error)),
            Ok(rows) => rows,
        };
        std::iter::from_fn(|| next_of(&mut rows)).find_map(Result::err)
    }

    /// The error for the rows that passed, read with all columns.
    pub(super) fn blame_all(&self, row_group: usize, selection: &RowSelection) -> FileError {
        self.blame(row_group, &self.all_columns(), Some(selection))
    }
}

/// The next rows of a reader. After an error nothing more is read.
pub(super) fn next_of(
    rows: &mut ParquetRecordBatchReader,
) -> Option<Result<RecordBatch, FileProblem>> {
    let next = guarded(|| rows.next());
    Some(
        match next.unwrap_or(Some(Err(ArrowError::ParseError(String::new()))))? {
            Ok(batch) => Ok(batch),
            Err(ArrowError::IoError(_, error)) => Err(match error.kind() {
                io::ErrorKind::UnexpectedEof => FileProblem::Truncated,
                kind => FileProblem::Io(kind),
            }),
            Err(_) => Err(FileProblem::Damaged),
        },
    )
}

/// The result of reading a part of a file, or `None` where the parser panicked: it does for some damaged
/// files. What was read is dropped then.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()
}

/// Shows where the file is and no content.
impl fmt::Debug for GatedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GatedFile");
        if let Place::Path(path) = &self.place {
            shown.field("path", path);
        }
        shown
            .field("columns", &self.columns)
            .field("row_groups", &self.row_groups())
            .finish_non_exhaustive()
    }
}

/// The rows of a file that may be used. Made by [`GatedFile::consented`]. After an error there are no
/// more rows.
#[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
pub struct ConsentedRows<'f, 'g, S> {
    file: &'f GatedFile,
    source: S,
    next: usize,
    group: Option<RowGroup<'g>>,
    report: Report,
}

impl<S> ConsentedRows<'_, '_, S> {
    /// The counts of the row groups that were decided on so far.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl<'g, S> Iterator for ConsentedRows<'_, 'g, S>
where
    S: GatedSource<'g, BatchRow, Asker = Gate>,
{
    type Item = Result<Consented<'g, RecordBatch>, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(rows) = self.group.as_mut().and_then(RowGroup::next) {
                if rows.is_err() {
                    self.next = self.file.row_groups();
                    self.group = None;
                }
                return Some(rows);
            }
            self.group = None;
            if self.next >= self.file.row_groups() {
                return None;
            }
            let group = self.file.row_group(self.next, &self.source);
            self.next = self.next.saturating_add(1);
            match group {
                Ok(group) => {
                    self.report.merge(group.report());
                    self.group = Some(group);
                }
                Err(error) => {
                    self.next = self.file.row_groups();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<S> fmt::Debug for ConsentedRows<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentedRows")
            .field("file", self.file)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
