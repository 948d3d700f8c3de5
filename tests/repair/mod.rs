//! Projects in temporary directories, `rechain` run on them, and what must hold of every repair.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rechain_testing::alembic;
use serde_json::Value;
use tempfile::TempDir;

/// An `alembic.ini` and a versions directory, where no git is.
pub(crate) struct Project {
    place: TempDir,
    pub(crate) recursive: bool,
}

/// Every file below a directory, by relative path.
pub(crate) type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

impl Project {
    pub(crate) fn new(recursive: bool) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory can be made");
        let project = Self { place, recursive };
        fs::create_dir(project.versions()).unwrap();
        fs::write(
            project.path().join("alembic.ini"),
            format!(
                "[alembic]\nscript_location = .\nversion_locations = versions\n\
                 recursive_version_locations = {recursive}\n"
            ),
        )
        .unwrap();
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.path().join("versions")
    }

    /// Puts a file below the versions directory.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.versions().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        snapshot(&self.versions())
    }

    pub(crate) fn rechain(&self, arguments: &[&str]) -> Output {
        rechain(self.path(), arguments)
    }
}

/// The program on a project, with nobody to ask and nothing of the surroundings to find.
pub(crate) fn rechain(project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .arg(project)
        .current_dir(project)
        .env_remove("ALEMBIC_CONFIG")
        .env("NO_COLOR", "1")
        .output()
        .expect("rechain can be started")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "exit {}\n{}{}",
        code(output),
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    )
}

pub(crate) fn snapshot(dir: &Path) -> Snapshot {
    fn visit(root: &Path, dir: &Path, files: &mut Snapshot) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "__pycache__") {
                    visit(root, &path, files);
                }
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut files = Snapshot::new();
    visit(dir, dir, &mut files);
    files
}

/// What real Alembic and CPython say of several projects, asked at once.
pub(crate) fn oracle<'a>(projects: impl IntoIterator<Item = &'a Project>) -> Vec<Facts> {
    let places: Vec<(PathBuf, bool)> = projects
        .into_iter()
        .map(|project| (project.versions(), project.recursive))
        .collect();
    alembic::read(
        places
            .iter()
            .map(|(path, recursive)| (path.as_path(), *recursive)),
    )
    .into_iter()
    .map(Facts)
    .collect()
}

/// One answer of the oracle.
pub(crate) struct Facts(pub(crate) Value);

impl Facts {
    pub(crate) fn error(&self) -> Option<String> {
        let error = &self.0["alembic"]["error"];
        error.is_object().then(|| error.to_string())
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        strings(&self.0["alembic"]["heads"])
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.revisions().keys().cloned().collect()
    }

    fn revisions(&self) -> &serde_json::Map<String, Value> {
        self.0["alembic"]["revisions"]
            .as_object()
            .unwrap_or_else(|| panic!("no graph: {}", self.0["alembic"]))
    }

    pub(crate) fn parents(&self, id: &str) -> Vec<String> {
        strings(&self.revisions()[id]["down_revisions"])
    }

    /// Through parents and dependencies.
    pub(crate) fn ancestors(&self, id: &str) -> BTreeSet<String> {
        strings(&self.revisions()[id]["ancestors"])
            .into_iter()
            .collect()
    }

    /// Through parents alone.
    pub(crate) fn chain(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(id) = open.pop() {
            if !found.contains(&id) {
                open.extend(self.parents(&id));
                found.insert(id);
            }
        }
        found
    }

    pub(crate) fn labels(&self, id: &str) -> BTreeSet<String> {
        strings(&self.revisions()[id]["labels"])
            .into_iter()
            .collect()
    }

    /// The file of each revision, by id.
    pub(crate) fn files(&self) -> BTreeMap<String, PathBuf> {
        self.0["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| {
                let path = PathBuf::from(file["path"].as_str().unwrap());
                (
                    file["revision"].as_str().unwrap_or_default().to_owned(),
                    path,
                )
            })
            .collect()
    }

    /// Where CPython sees the value of `down_revision` in each file, in its text as UTF-8.
    fn value_ranges(&self) -> BTreeMap<PathBuf, (usize, usize)> {
        let files = self.0["files"].as_array().unwrap().iter();
        files
            .filter_map(|file| {
                let range = &file["down_revision_literal_range"];
                let bound = |at: usize| usize::try_from(range[at].as_u64()?).ok();
                let path = PathBuf::from(file["path"].as_str().unwrap());
                Some((path, (bound(0)?, bound(1)?)))
            })
            .collect()
    }
}

pub(crate) fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list expected, not {value}"))
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

/// A repair as it was before and after.
pub(crate) struct Repair<'a> {
    pub(crate) before: &'a Facts,
    pub(crate) after: &'a Facts,
    pub(crate) files_before: &'a Snapshot,
    pub(crate) files_after: &'a Snapshot,
    /// What a database may stand on.
    pub(crate) applied: Option<&'a str>,
    /// How many heads are healthy.
    pub(crate) heads: usize,
}

impl Repair<'_> {
    /// Everything that is wrong with it.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(error) = self.after.error() {
            return vec![format!("Alembic: {error}")];
        }
        let heads = self.after.heads();
        if heads.len() != self.heads {
            faults.push(format!("{} heads wanted, not {heads:?}", self.heads));
        }
        if self.before.ids() != self.after.ids() {
            faults.push("other revisions".to_owned());
            return faults;
        }
        for id in self.before.ids() {
            let (before, after) = (self.before.ancestors(&id), self.after.ancestors(&id));
            if !before.is_subset(&after) {
                let lost: Vec<&String> = before.difference(&after).collect();
                faults.push(format!("{id} is no longer above {lost:?}"));
            }
        }
        if let Some(applied) = self.applied {
            let mut published = self.before.ancestors(applied);
            published.insert(applied.to_owned());
            for id in published {
                if self.before.ancestors(&id) != self.after.ancestors(&id)
                    || self.before.parents(&id) != self.after.parents(&id)
                {
                    faults.push(format!("the published {id} has other ancestors"));
                }
            }
        }
        faults.extend(self.redundant_parents());
        faults.extend(self.stray_bytes());
        faults
    }

    /// Of revisions that were edited, those left with a parent that lies below another one.
    fn redundant_parents(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for id in self.after.ids() {
            let parents = self.after.parents(&id);
            let is_redundant = |parent: &String| {
                parents
                    .iter()
                    .any(|other| other != parent && self.after.chain(other).contains(parent))
            };
            if parents != self.before.parents(&id) && parents.iter().any(is_redundant) {
                faults.push(format!("{id} has a redundant parent in {parents:?}"));
            }
        }
        faults
    }

    /// Files that differ in more than the value and the ids behind `Revises:`.
    fn stray_bytes(&self) -> Vec<String> {
        if self.files_before.keys().ne(self.files_after.keys()) {
            return vec!["a file was lost or made".to_owned()];
        }
        let (old, new) = (self.before.value_ranges(), self.after.value_ranges());
        let mut faults = Vec::new();
        for (path, before) in self.files_before {
            let after = &self.files_after[path];
            if before == after {
                continue;
            }
            let same = match (old.get(path), new.get(path)) {
                (Some(&before_value), Some(&after_value)) => {
                    frame(before, before_value) == frame(after, after_value)
                }
                _ => false,
            };
            if !same {
                let mut fault = format!("{} changed elsewhere", path.display());
                for text in [before, after] {
                    let text = String::from_utf8_lossy(text);
                    let _ = write!(
                        fault,
                        "\n--\n{}",
                        text.chars().take(900).collect::<String>()
                    );
                }
                faults.push(fault);
            }
        }
        faults
    }
}

/// A file without the value of `down_revision` and the ids behind the first `Revises:`.
fn frame(bytes: &[u8], (start, end): (usize, usize)) -> String {
    let source = rechain_parser::Source::decode(bytes.to_vec()).expect("CPython read it");
    let text = source.text();
    let mut framed = format!("{}<value>{}", &text[..start], &text[end..]);
    if let Some(at) = framed.find("Revises:") {
        let ids = at + "Revises:".len();
        // Up to the end of the line, or of a docstring that closes on it. Some write the ids of a merge
        // as a Python tuple, quotes included.
        let line_end = ["\n", "\r", "\"\"\"", "'''"]
            .into_iter()
            .filter_map(|end| framed[ids..].find(end))
            .min()
            .map_or(framed.len(), |end| ids + end);
        framed.replace_range(ids..line_end, "");
    }
    framed
}
