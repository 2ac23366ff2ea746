//! The plan of a run: the input and output files of each shard.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf, is_separator};

use crate::args::{Args, wrong};

/// The files of a run, after they were checked.
pub(crate) struct Plan<'a> {
    pub(crate) shards: Vec<Shard<'a>>,
    /// The folders that the shards need.
    pub(crate) folders: Vec<&'a Path>,
}

/// The rows of one file, and the output files for them.
pub(crate) struct Shard<'a> {
    pub(crate) rows: &'a Path,
    pub(crate) out: Option<PathBuf>,
    pub(crate) withheld: Option<PathBuf>,
}

/// The destination of one kind of output.
#[derive(Clone, Copy)]
enum Target<'a> {
    File(&'a Path),
    /// A folder with a file for each shard, under the name of its rows.
    Folder(&'a Path),
}

impl<'a> Plan<'a> {
    /// Makes the plan. It refuses two shards of one name, a stream that is read twice, a file that is
    /// written twice, and an output that would overwrite an input.
    pub(crate) fn of(args: &'a Args) -> Result<Self, clap::Error> {
        check_names(&args.rows)?;
        let is_one = args.rows.len() == 1;
        let target = |name, path: &'a Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| Target::of(name, path, is_one)).transpose()
        };
        let out = target("--out", &args.out)?;
        let withheld = target("--withheld", &args.withheld)?;
        let mut shards = Vec::new();
        for rows in &args.rows {
            let file = |target: Option<Target<'a>>| target.map(|to| to.file(rows)).transpose();
            shards.push(Shard {
                rows,
                out: file(out)?,
                withheld: file(withheld)?,
            });
        }
        check_places(args, &shards)?;
        if args.replay {
            for shard in &mut shards {
                shard.out = None;
            }
        }
        let targets = [out.filter(|_| !args.replay), withheld];
        let folders = targets.into_iter().flatten().filter_map(Target::folder);
        let folders = folders.collect();
        Ok(Self { shards, folders })
    }
}

impl<'a> Target<'a> {
    fn of(name: &str, path: &'a Path, is_one: bool) -> Result<Self, clap::Error> {
        if path.is_dir() || path.to_string_lossy().ends_with(is_separator) {
            return Ok(Self::Folder(path));
        }
        if is_one {
            return Ok(Self::File(path));
        }
        if is_stream(path) || path.exists() {
            let path = path.display();
            return Err(wrong(format!(
                "{name} {path}: not a folder; several --rows need a folder"
            )));
        }
        Ok(Self::Folder(path))
    }

    /// The output file for these rows.
    fn file(self, rows: &Path) -> Result<PathBuf, clap::Error> {
        match self {
            Self::File(path) => Ok(path.to_owned()),
            Self::Folder(path) => match rows.file_name() {
                Some(name) if !is_stream(rows) => Ok(path.join(name)),
                _ => Err(wrong(format!(
                    "--rows {}: has no file name to use in the folder {}; name an output file",
                    rows.display(),
                    path.display()
                ))),
            },
        }
    }

    fn folder(self) -> Option<&'a Path> {
        match self {
            Self::File(_) => None,
            Self::Folder(path) => Some(path),
        }
    }
}

/// Refuses several shards of the same name.
fn check_names(rows: &[PathBuf]) -> Result<(), clap::Error> {
    if rows.len() > 1 && rows.iter().any(|path| is_stream(path)) {
        return Err(wrong(
            "--rows -: standard input cannot be one of several --rows",
        ));
    }
    let mut named = HashMap::new();
    for path in rows {
        if let Some(other) = named.insert(path.file_name(), path) {
            return Err(wrong(format!(
                "--rows {} and --rows {}: the same file name; shards need different names",
                other.display(),
                path.display()
            )));
        }
    }
    Ok(())
}

fn check_places(args: &Args, shards: &[Shard<'_>]) -> Result<(), clap::Error> {
    let rows = args.rows.iter().map(|path| ("--rows", path));
    let consents = args.consents.iter().map(|path| ("--consents", path));
    let snapshot = args.snapshot.iter().map(|path| ("--snapshot", path));
    let on_file = consents.chain(snapshot);
    for (name, _) in on_file.clone().filter(|(_, path)| is_stream(path)) {
        if args.rows.iter().any(|path| is_stream(path)) {
            return Err(wrong(format!(
                "--rows and {name}: standard input can be only one of them"
            )));
        }
    }
    let inputs = rows.chain(on_file);
    let mut taken: HashMap<PathBuf, &str> = inputs
        .filter(|(_, path)| !is_stream(path))
        .filter_map(|(name, path)| Some((place(path)?, name)))
        .collect();
    let written = shards.iter().flat_map(|shard| {
        [
            ("--out", shard.out.as_deref()),
            ("--withheld", shard.withheld.as_deref()),
        ]
    });
    let others = [
        ("--report", args.report.as_deref()),
        ("--save-snapshot", args.save_snapshot.as_deref()),
    ];
    for (name, path) in written.chain(others) {
        let place = path.and_then(|path| {
            if is_stream(path) {
                Some(path.to_owned())
            } else {
                place(path)
            }
        });
        match place.map(|place| taken.entry(place)) {
            Some(Entry::Occupied(other)) => {
                let place = other.key().display();
                let other = other.get();
                return Err(wrong(format!("{other} and {name}: the same file, {place}")));
            }
            Some(Entry::Vacant(free)) => {
                free.insert(name);
            }
            None => {}
        }
    }
    Ok(())
}

/// Returns true for `-`, which is standard input or output.
pub(crate) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The canonical path of a regular file that exists or will. `None` for devices and pipes.
fn place(path: &Path) -> Option<PathBuf> {
    if let Ok(place) = path.canonicalize() {
        return place.is_file().then_some(place);
    }
    Some(folder_place(path)?.join(path.file_name()?))
}

/// The canonical path of the folder of a file.
fn folder_place(path: &Path) -> Option<PathBuf> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match folder.canonicalize() {
        Ok(place) => Some(place),
        Err(_) => Some(folder_place(folder)?.join(folder.file_name()?)),
    }
}
