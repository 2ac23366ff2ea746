//! Input files: plain, gzip or zstd by extension; `-` is standard input, and so is `/dev/stdin`.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

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

/// A progress bar on standard error. It draws nothing when that is not a terminal.
fn bar(path: &Path, length: u64) -> ProgressBar {
    let style = "{prefix} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta}";
    let bar = ProgressBar::new(length).with_prefix(path.display().to_string());
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
