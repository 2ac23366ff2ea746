//! Output files. Each has a temporary name, next to the target, until it is complete.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::{NamedTempFile, TempPath};

use crate::interruption::remove_later;
use crate::streams::is_stdout;

/// A file that is being written. Dropped before it is [finished](Output::finish) and
/// [published](Finished::publish), it leaves nothing under its name.
pub(crate) struct Output(Encoder);

/// A file that is complete, closed, and not yet under its name. `None` for a stream or a device.
pub(crate) struct Finished(Option<(TempPath, PathBuf)>);

/// A file under its name. `None` for a stream or a device.
pub(crate) struct Published(Option<PathBuf>);

/// The start and the end of the name of a file that is not complete.
const PART_PREFIX: &str = ".gate.";
const PART_SUFFIX: &str = ".part";

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
        let sink = if is_stdout(path) {
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
    /// Gives the file its name. It never replaces a file that has that name by now.
    pub(crate) fn publish(self) -> io::Result<Published> {
        let Some((file, target)) = self.0 else {
            return Ok(Published(None));
        };
        // After it has its name the file exists, so a failure to sync the folder is not reported.
        let folder = File::open(folder_of(&target));
        file.persist_noclobber(&target)?;
        folder
            .and_then(|folder| folder.sync_all())
            .unwrap_or_default();
        Ok(Published(Some(target)))
    }
}

impl Published {
    /// Takes the file back, when another file of the run could not get its name.
    pub(crate) fn take_back(self) {
        if let Some(target) = self.0 {
            // The run reports the failure of the other file.
            fs::remove_file(target).unwrap_or_default();
        }
    }
}

impl Sink {
    fn beside(path: &Path) -> io::Result<Self> {
        if is_device(path) {
            let device = File::options().write(true).open(path)?;
            return Ok(Self::Direct(Box::new(device)));
        }
        let mut beside = tempfile::Builder::new();
        beside.prefix(PART_PREFIX).suffix(PART_SUFFIX);
        #[cfg(unix)]
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        beside.permissions(everybody);
        // The error of the library names the file that is not complete.
        let file = beside
            .tempfile_in(folder_of(path))
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => {
                    io::Error::other("its folder does not exist; create it first")
                }
                kind => kind.into(),
            })?;
        remove_later(file.path());
        Ok(Self::Beside(file, path.to_owned()))
    }
}

/// Makes room for an output. What exists there as a file or a link is removed if it may be
/// overwritten, and refused otherwise; devices and pipes are written through.
pub(crate) fn make_room(path: &Path, may_overwrite: bool) -> io::Result<()> {
    if is_stdout(path) || is_device(path) {
        return Ok(());
    }
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) if may_overwrite => fs::remove_file(path),
        Ok(_) => Err(io::Error::other(
            "exists already; with --overwrite it is removed first",
        )),
    }
}

/// Finds a file in a folder, or in a folder within, that is not one of these. Unfinished files of a
/// run that was killed are passed over.
pub(crate) fn stray_file(folder: &Path, known: &HashSet<PathBuf>) -> io::Result<Option<PathBuf>> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            let is_unfinished = name.starts_with(PART_PREFIX) && name.ends_with(PART_SUFFIX);
            if !is_unfinished && !known.contains(&path) {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

/// Returns true for what exists and is neither a file nor a folder: a device, a pipe or a socket.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
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
