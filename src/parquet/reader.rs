//! The bytes of a file: each row group is read through a handle of its own, because the position in a
//! file is shared by all clones of a handle.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Mutex;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Path(PathBuf),
    Memory(Bytes),
}

impl Place {
    pub(super) fn open(&self) -> io::Result<Handle> {
        Ok(match self {
            Self::Path(path) => {
                let file = File::open(path)?;
                let length = file.metadata()?.len();
                Handle::File(Mutex::new(file), length)
            }
            Self::Memory(bytes) => Handle::Memory(bytes.clone()),
        })
    }
}

/// The bytes of a file, to be read by one at a time.
pub(super) enum Handle {
    File(Mutex<File>, u64),
    Memory(Bytes),
}

impl Length for Handle {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Memory(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        }
    }
}

impl ChunkReader for Handle {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(match self {
            Self::File(file, _) => {
                let mut file = lock(file).try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Box::new(BufReader::new(file))
            }
            Self::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::File(file, _) => {
                let mut file = lock(file);
                file.seek(SeekFrom::Start(start))?;
                let limit = u64::try_from(length).unwrap_or(u64::MAX);
                let mut bytes = Vec::new();
                (&mut *file).take(limit).read_to_end(&mut bytes)?;
                if bytes.len() == length {
                    Ok(bytes.into())
                } else {
                    Err(ParquetError::EOF("a chunk ends too early".to_owned()))
                }
            }
            Self::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}

fn lock(file: &Mutex<File>) -> std::sync::MutexGuard<'_, File> {
    file.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
