//! The plan of a run: the input and output files of each shard.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Component, Path, PathBuf, is_separator};

use crate::args::{Args, wrong};
use crate::streams::{is_behind_stdout, is_stdin, is_stdout};

/// The files of a run, after they were checked.
pub(crate) struct Plan<'a> {
    pub(crate) shards: Vec<Shard<'a>>,
    /// The folders that the shards need, each after the one that it is in.
    pub(crate) folders: Vec<PathBuf>,
    /// The folders of several shards that were named, in which nothing else may be.
    pub(crate) named_folders: Vec<&'a Path>,
    /// The files that are written besides those of the shards.
    pub(crate) others: Vec<&'a Path>,
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
        let names = names(&args.rows)?;
        let is_one = args.rows.len() == 1;
        let target = |name, path: &'a Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| Target::of(name, path, is_one)).transpose()
        };
        let out = target("--out", &args.out)?;
        let withheld = target("--withheld", &args.withheld)?;
        let mut shards = Vec::new();
        for (rows, name) in args.rows.iter().zip(&names) {
            let file = |target: Option<Target<'a>>| {
                let file = target.map(|to| to.file(rows, name.as_deref()));
                file.transpose()
            };
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
        let named_folders: Vec<_> = targets
            .iter()
            .flatten()
            .filter_map(Target::folder)
            .collect();
        let mut folders = Vec::new();
        for folder in &named_folders {
            folders.push((*folder).to_owned());
            for name in names.iter().flatten() {
                let mut within = (*folder).to_owned();
                for part in name.parent().into_iter().flat_map(Path::components) {
                    within.push(part);
                    if !folders.contains(&within) {
                        folders.push(within.clone());
                    }
                }
            }
        }
        let others = [args.report.as_deref(), args.save_snapshot.as_deref()];
        Ok(Self {
            shards,
            folders,
            // The outputs of single files may be collected in one folder, run by run.
            named_folders: if is_one { Vec::new() } else { named_folders },
            others: others.into_iter().flatten().collect(),
        })
    }

    /// All files that are written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Path> {
        let of_shards = self.shards.iter().flat_map(|shard| {
            let both = [shard.out.as_deref(), shard.withheld.as_deref()];
            both.into_iter().flatten()
        });
        of_shards.chain(self.others.iter().copied())
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
        if is_stdout(path) || path.exists() {
            let path = path.display();
            return Err(wrong(format!(
                "{name} {path}: not a folder; several --rows need a folder"
            )));
        }
        Ok(Self::Folder(path))
    }

    /// The output file for these rows, whose name in a folder this is.
    fn file(self, rows: &Path, name: Option<&Path>) -> Result<PathBuf, clap::Error> {
        match (self, name) {
            (Self::File(path), _) => Ok(path.to_owned()),
            (Self::Folder(path), Some(name)) => Ok(path.join(name)),
            (Self::Folder(path), None) => Err(wrong(format!(
                "--rows {}: has no file name to use in the folder {}; name an output file",
                rows.display(),
                path.display()
            ))),
        }
    }

    fn folder(&self) -> Option<&'a Path> {
        match self {
            Self::File(_) => None,
            Self::Folder(path) => Some(path),
        }
    }
}

/// The names of the shards' files in a folder of outputs: their paths below the folder that all of
/// them share. `None` for a stream and for a path that does not end with a name. Two shards of one
/// name are refused.
fn names(rows: &[PathBuf]) -> Result<Vec<Option<PathBuf>>, clap::Error> {
    if let [rows] = rows {
        let name = rows.file_name().filter(|_| !is_stdin(rows));
        return Ok(vec![name.map(PathBuf::from)]);
    }
    if rows.iter().any(|path| is_stdin(path)) {
        return Err(wrong(
            "--rows -: standard input cannot be one of several --rows",
        ));
    }
    let folders: Vec<_> = rows.iter().map(|path| folder_place(path)).collect();
    let mut shared: Option<Vec<Component<'_>>> = None;
    for folder in folders.iter().flatten() {
        let parts: Vec<_> = folder.components().collect();
        let same = shared.as_deref().unwrap_or(&parts).iter().zip(&parts);
        let same = same.take_while(|(one, other)| one == other);
        shared = Some(same.map(|(one, _)| *one).collect());
    }
    let shared: PathBuf = shared.unwrap_or_default().into_iter().collect();
    let names = rows.iter().zip(&folders).map(|(path, folder)| {
        let below = folder.as_ref()?.strip_prefix(&shared).ok()?;
        Some(below.join(path.file_name()?))
    });
    let names: Vec<_> = names.collect();
    let mut seen = HashMap::new();
    for (path, name) in rows.iter().zip(&names) {
        if let Some(other) = seen.insert(name, path) {
            return Err(wrong(format!(
                "--rows {} and --rows {}: the same file; name each shard once",
                other.display(),
                path.display()
            )));
        }
    }
    Ok(names)
}

/// Where bytes come from or go to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Stdout,
    File(PathBuf),
}

fn check_places(args: &Args, shards: &[Shard<'_>]) -> Result<(), clap::Error> {
    let rows = args.rows.iter().map(|path| ("--rows", path));
    let consents = args.consents.iter().map(|path| ("--consents", path));
    let snapshot = args.snapshot.iter().map(|path| ("--snapshot", path));
    let aliases = args.aliases.iter().map(|path| ("--aliases", path));
    let inputs = rows.chain(consents).chain(snapshot).chain(aliases);
    let mut streams = inputs.clone().filter(|(_, path)| is_stdin(path));
    if let (Some((one, _)), Some((other, _))) = (streams.next(), streams.next()) {
        return Err(wrong(format!(
            "{one} and {other}: standard input can be only one of them"
        )));
    }
    let mut taken: HashMap<Place, &str> = inputs
        .filter(|(_, path)| !is_stdin(path))
        .filter_map(|(name, path)| Some((Place::File(place(path)?), name)))
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
        let Some(path) = path else { continue };
        let place = if is_stdout(path) || is_behind_stdout(path) {
            Some(Place::Stdout)
        } else {
            place(path).map(Place::File)
        };
        match place.map(|place| taken.entry(place)) {
            Some(Entry::Occupied(other)) => {
                let place = match other.key() {
                    Place::Stdout => "standard output".to_owned(),
                    Place::File(path) => path.display().to_string(),
                };
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
