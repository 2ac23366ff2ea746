//! Standard input and output, and the names that paths have for them.

use std::path::Path;

const STDIN: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Returns true for `-` and the other names of standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    STDIN.iter().any(|name| path == Path::new(name))
}

/// Returns true for `-` and the other names of standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    STDOUT.iter().any(|name| path == Path::new(name))
}

/// Returns true if standard output goes to this regular file.
#[cfg(unix)]
pub(crate) fn is_behind_stdout(path: &Path) -> bool {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    let stdout = std::io::stdout().as_fd().try_clone_to_owned();
    let stdout = stdout.and_then(|stdout| File::from(stdout).metadata());
    let (Ok(stdout), Ok(file)) = (stdout, path.metadata()) else {
        return false;
    };
    file.is_file() && (stdout.dev(), stdout.ino()) == (file.dev(), file.ino())
}

/// Elsewhere a file does not tell which one it is.
#[cfg(not(unix))]
pub(crate) fn is_behind_stdout(_: &Path) -> bool {
    false
}
