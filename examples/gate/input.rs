//! Input files: plain, gzip or zstd by extension; `-` is standard input, and so is `/dev/stdin`.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

use crate::streams::is_stdin;

/// Opens a file, with a progress bar on a terminal.
pub(crate) fn open(path: &Path) -> io::Result<(Box<dyn Read + Send>, ProgressBar)> {
    if is_stdin(path) {
        return Ok((Box::new(io::stdin()), ProgressBar::hidden()));
    }
    let file = File::open(path)?;
    let bar = bar(path, file.metadata()?.len());
    let bytes = bar.wrap_read(file);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let text: Box<dyn Read + Send> = match extension {
        Some("gz") => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            1 << 17,
            bytes,
        ))),
        Some("zst") => Box::new(zstd::Decoder::new(bytes)?),
        _ => Box::new(bytes),
    };
    Ok((text, bar))
}

/// Opens a file of text. A byte order mark at its start is taken off.
pub(crate) fn open_text(path: &Path) -> io::Result<(Box<dyn Read + Send>, ProgressBar)> {
    let (start, rest, bar) = begin(path)?;
    Ok((Box::new(Cursor::new(start).chain(rest)), bar))
}

/// Opens a file of JSON Lines. JSON of another shape is refused.
pub(crate) fn open_lines(path: &Path) -> io::Result<(Box<dyn Read + Send>, ProgressBar)> {
    let (start, rest, bar) = begin(path)?;
    match another_shape(&start) {
        Some(shape) => Err(io::Error::other(format!(
            "expected JSON Lines, which is one JSON object a line, and found {shape}"
        ))),
        None => Ok((Box::new(Cursor::new(start).chain(rest)), bar)),
    }
}

/// The most bytes that are looked at before a file is read.
const START: u64 = 1 << 12;

/// The first bytes of a file, without a byte order mark, and the others.
fn begin(path: &Path) -> io::Result<(Vec<u8>, Box<dyn Read + Send>, ProgressBar)> {
    let (mut reader, bar) = open(path)?;
    let mut start = Vec::new();
    if let Err(error) = reader.by_ref().take(START).read_to_end(&mut start) {
        // What was read before it is decided on first, as it is in the middle of a file.
        reader = Box::new(Fails(Some(error)));
    }
    if start.starts_with(b"\xef\xbb\xbf") {
        start.drain(..3);
        eprintln!(
            "gate: note: {}: a byte order mark at the start was taken off",
            path.display()
        );
    }
    Ok((start, reader, bar))
}

/// A reader that fails at once.
struct Fails(Option<io::Error>);

impl Read for Fails {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What a file is that has JSON, and not one object a line. `None` when it may be JSON Lines.
fn another_shape(start: &[u8]) -> Option<&'static str> {
    let mut lines = start.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next()?;
    // A line that was cut off may look like the first line of a longer object or list.
    let second = lines.next().unwrap_or_default();
    let is_list = second.starts_with(b"{") && !second.ends_with(b"}");
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_$.[]\"' ".contains(byte);
    match first {
        b"{" if second.starts_with(b"\"") => {
            Some("an object over several lines: `jq -c . FILE` writes it on one")
        }
        b"[" if is_list => {
            Some("a list over several lines: `jq -c '.[]' FILE` writes one item a line")
        }
        _ if first.starts_with(b"[{") => {
            Some("a list of objects: `jq -c '.[]' FILE` writes one item a line")
        }
        [b'a'..=b'z' | b'A'..=b'Z', ..] => {
            let end = first.iter().position(|byte| *byte == b'=')?;
            let (name, value) = first.split_at_checked(end)?;
            let value = value.get(1..)?.trim_ascii();
            let is_program = name.iter().all(is_name) && value.starts_with(b"[")
                || name.iter().all(is_name) && value.starts_with(b"{");
            is_program.then_some(
                "a program that sets a variable: remove what is before the first `[` or `{`, and \
                 `jq -c '.[]' FILE` writes one item a line",
            )
        }
        _ => None,
    }
}

/// A sign of life on a terminal, for work whose length is not known.
pub(crate) fn sign_of_life(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// A progress bar on standard error. It draws nothing when that is not a terminal.
fn bar(path: &Path, length: u64) -> ProgressBar {
    let style = "{prefix:.20} {wide_bar} {bytes} of {total_bytes}, {eta}";
    let name = path.file_name().unwrap_or(path.as_os_str());
    let bar = ProgressBar::new(length).with_prefix(name.display().to_string());
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
