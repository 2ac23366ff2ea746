//! Output files. Each has a temporary name, next to the target, until it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::{NamedTempFile, TempPath};

use crate::shards::is_stream;

/// A file that is being written. Dropped before it is [finished](Output::finish) and
/// [published](Finished::publish), it leaves nothing under its name.
pub(crate) struct Output(Encoder);

/// A file that is complete, closed, and not yet under its name. `None` for a stream or a device.
pub(crate) struct Finished(Option<(TempPath, PathBuf)>);

enum Encoder {
    Plain(BufWriter<Sink>),
    Gzip(GzEncoder<BufWriter<Sink>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<Sink>>>),
}

/// The destination of bytes.
enum Sink {
    /// Standard output, or a device or pipe that already has its name.
    Direct(Box<dyn Write + Send>),
    /// A temporary file next to the target.
    Beside(NamedTempFile, PathBuf),
}

impl Output {
    /// Opens a file for writing. `.gz` and `.zst` are compressed, `-` is standard output.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let sink = if is_stream(path) {
            Sink::Direct(Box::new(io::stdout()))
        } else {
            Sink::beside(path)?
        };
        let sink = BufWriter::with_capacity(1 << 18, sink);
        let encoder = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Encoder::Gzip(GzEncoder::new(sink, Compression::default())),
            Some("zst") => Encoder::Zstd(Box::new(zstd::Encoder::new(sink, 0)?)),
            _ => Encoder::Plain(sink),
        };
        Ok(Self(encoder))
    }

    /// Flushes all buffers to the disk.
    pub(crate) fn finish(self) -> io::Result<Finished> {
        let sink = match self.0 {
            Encoder::Plain(sink) => sink,
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Zstd(encoder) => encoder.finish()?,
        };
        let sink = sink.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Finished(match sink {
            Sink::Direct(mut stream) => {
                stream.flush()?;
                None
            }
            Sink::Beside(file, target) => {
                file.as_file().sync_all()?;
                Some((file.into_temp_path(), target))
            }
        }))
    }
}

impl Finished {
    /// Gives the file its name, and replaces a file that has that name.
    pub(crate) fn publish(self) -> io::Result<()> {
        if let Some((file, target)) = self.0 {
            // After the rename the file exists, so a failure to sync the folder is not reported.
            let folder = File::open(folder_of(&target));
            file.persist(&target)?;
            folder
                .and_then(|folder| folder.sync_all())
                .unwrap_or_default();
        }
        Ok(())
    }
}

impl Sink {
    fn beside(path: &Path) -> io::Result<Self> {
        let (target, before) = match fs::metadata(path) {
            Ok(found) if found.is_file() => (fs::canonicalize(path)?, Some(found.permissions())),
            Ok(_) => {
                let device = File::options().write(true).open(path)?;
                return Ok(Self::Direct(Box::new(device)));
            }
            Err(_) => (path.to_owned(), None),
        };
        let mut beside = tempfile::Builder::new();
        beside.prefix(".gate.").suffix(".part");
        #[cfg(unix)]
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        beside.permissions(everybody);
        let file = beside.tempfile_in(folder_of(&target))?;
        if let Some(before) = before {
            file.as_file().set_permissions(before)?;
        }
        Ok(Self::Beside(file, target))
    }
}

/// Creates a folder, unless it exists.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        fs::create_dir(path)?;
        // The folder exists now, so a failure to sync its parent is not reported.
        File::open(folder_of(path))
            .and_then(|folder| folder.sync_all())
            .unwrap_or_default();
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Direct(stream) => stream.write(bytes),
            Self::Beside(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Direct(stream) => stream.flush(),
            Self::Beside(file, _) => file.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoder::Plain(sink) => sink.write(bytes),
            Encoder::Gzip(sink) => sink.write(bytes),
            Encoder::Zstd(sink) => sink.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Encoder::Plain(sink) => sink.flush(),
            Encoder::Gzip(sink) => sink.flush(),
            Encoder::Zstd(sink) => sink.flush(),
        }
    }
}
