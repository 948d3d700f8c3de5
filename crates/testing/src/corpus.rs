//! The migration histories of published packages, listed in `tests/corpus-packages.tsv`.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::{env, fs};

use serde_json::{Value, json};

use crate::reference::run_python;
use crate::workspace::{lock, root, target};

/// How much of the corpus a test run works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A few packages of many shapes, 58 MB of downloads.
    Small,
    /// All 77 packages, 667 MB of downloads.
    All,
}

/// One Alembic history of a package.
#[derive(Clone, Debug)]
pub struct History {
    /// The package's name on PyPI.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The version location inside the package.
    pub versions_dir: String,
    /// The version location as it was extracted; tests that change it copy it first.
    pub path: PathBuf,
    /// The number of revision files.
    pub migrations: usize,
    /// What the table says of it: `heads`, `bases`, `merges`, `branchpoints`, `labels`, ...
    pub notes: BTreeMap<String, String>,
    /// Whether the project sets `recursive_version_locations`.
    pub recursive: bool,
}

/// What [`Scope::Small`] holds, with the reason to have it.
const SMALL: &[(&str, &str)] = &[
    ("aiida-core", "2.9.4"),       // three heads, bases and labels in one folder
    ("apache-airflow", "1.10.15"), // merges of three and four parents
    ("backend-ai-manager", "26.9.6"), // 556 files, 30 merges
    ("ckan", "2.12.0"),            // four histories in one package, numbered files
    ("cloudkitty", "25.0.0"),      // six histories in one package
    ("datajunction-server", "0.0.272"), // a merge
    ("flaskbb", "2.2.0"),          // no versions folder, the label `default`
    ("glance", "33.0.0"),          // two heads on purpose, depends_on across branches
    ("invenio-access", "7.1.0"),   // depends_on revisions of other packages
    ("invenio-accounts", "9.1.0"), // a depends_on that is no literal
    ("invenio-communities", "29.3.0"),
    ("invenio-oauth2server", "6.1.0"),
    ("invenio-rdm-records", "36.0.0"), // merges besides
    ("invenio-requests", "15.2.2"),
    ("keystone", "30.0.0"), // expand and contract, a folder for each release
    ("langflow-base", "1.13.0"), // 30 merges
    ("mistral", "2.0.0"),   // written for Python 2
    ("networking-l2gw", "22.0.0"),
    ("networking-sfc", "23.0.0"),
    ("neutron", "29.0.0"), // labels that are names, recursive
    ("neutron-fwaas", "25.0.0"),
    ("neutron-vpnaas", "29.0.0"),
    ("odcs", "0.2.50"),  // its modules import with Alembic alone
    ("optuna", "5.0.0"), // ids like `v3.0.0.a`
];

impl Scope {
    /// The scope that `RECHAIN_CORPUS` asks for: `all` or, by default, `small`. Panics at any other value.
    pub fn from_env() -> Self {
        match env::var("RECHAIN_CORPUS").as_deref() {
            Err(env::VarError::NotPresent) | Ok("small") => Self::Small,
            Ok("all") => Self::All,
            other => panic!("RECHAIN_CORPUS is `small` or `all`, not {other:?}"),
        }
    }

    fn has(self, history: &History) -> bool {
        self == Self::All || SMALL.contains(&(&history.package, &history.version))
    }
}

impl History {
    /// A count of the notes; what they do not mention is 0.
    pub fn count(&self, note: &str) -> usize {
        self.notes.get(note).map_or(0, |value| {
            value.parse().unwrap_or_else(|_| {
                panic!("the note {note}={value} of {} is no number", self.package)
            })
        })
    }

    /// The package's own sources, with the files that its migrations may read; extracted by [`sources`].
    pub fn source_root(&self) -> PathBuf {
        target("corpus").join(format!("sources/{}-{}", self.package, self.version))
    }

    /// The version location among them.
    pub fn source_path(&self) -> PathBuf {
        self.source_root().join(&self.versions_dir)
    }

    fn root(&self) -> PathBuf {
        target("corpus").join(format!("histories/{}-{}", self.package, self.version))
    }
}

/// The histories of a scope, in the table's order, downloaded and extracted if they are not there yet. Panics if
/// they cannot be had.
pub fn histories(scope: Scope) -> Vec<History> {
    histories_where(&|history| scope.has(history), false)
}

/// The same, with [`History::source_root`] in place.
pub fn sources(scope: Scope) -> Vec<History> {
    histories_where(&|history| scope.has(history), true)
}

/// The histories of one package, whatever the scope; fetched and extracted if they are not there yet. Panics if
/// they cannot be had.
pub fn package(name: &str) -> Vec<History> {
    let histories = histories_where(&|history| history.package == name, false);
    assert!(
        !histories.is_empty(),
        "tests/corpus-packages.tsv has no {name}"
    );
    histories
}

fn histories_where(wanted: &dyn Fn(&History) -> bool, sources: bool) -> Vec<History> {
    let table = root().join("tests/corpus-packages.tsv");
    let table = fs::read_to_string(&table)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", table.display()));
    let rows: Vec<(History, Wheel)> = table
        .lines()
        .skip(1)
        .map(row)
        .filter(|(history, _)| wanted(history))
        .collect();

    let _lock = lock("corpus");
    let missing = archives(rows.iter().filter(|(history, wheel)| {
        !fs::read_to_string(history.root().join(".sha256"))
            .is_ok_and(|made_of| made_of == wheel.sha256)
            || (sources && !history.source_root().exists())
    }));
    if !missing.is_empty() {
        let cache = target("corpus");
        let histories = cache.join("histories");
        run_python(
            "corpus.py",
            &[],
            &json!({
                "cache": cache,
                "histories": histories,
                "sources": sources.then(|| cache.join("sources")),
                "archives": missing,
            }),
        );
    }
    rows.into_iter().map(|(history, _)| history).collect()
}

/// The archive that a history comes from.
struct Wheel {
    archive: String,
    sha256: String,
}

fn row(line: &str) -> (History, Wheel) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        package,
        version,
        archive,
        sha256,
        versions_dir,
        migrations,
        notes,
    ] = fields[..]
    else {
        panic!("tests/corpus-packages.tsv: seven fields expected in {line:?}")
    };
    let notes: BTreeMap<String, String> = notes
        .split_whitespace()
        .map(|note| note.split_once('=').unwrap_or((note, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let mut history = History {
        package: package.to_owned(),
        version: version.to_owned(),
        versions_dir: versions_dir.to_owned(),
        path: PathBuf::new(),
        migrations: migrations
            .parse()
            .expect("the number of migrations is a number"),
        recursive: notes.contains_key("recursive_version_locations"),
        notes,
    };
    history.path = history.root().join(versions_dir);
    let wheel = Wheel {
        archive: archive.to_owned(),
        sha256: sha256.to_owned(),
    };
    (history, wheel)
}

/// One entry for each archive; its version locations are those of the whole table's rows for it, which come together.
fn archives<'a>(rows: impl Iterator<Item = &'a (History, Wheel)>) -> Vec<Value> {
    let mut archives: Vec<Value> = Vec::new();
    let mut seen = HashSet::new();
    for (history, wheel) in rows {
        if seen.insert(&wheel.archive) {
            archives.push(json!({
                "package": history.package,
                "version": history.version,
                "archive": wheel.archive,
                "sha256": wheel.sha256,
                "python": history.notes["pip_python"],
                "versions_dirs": [],
            }));
        }
        let last = archives
            .last_mut()
            .expect("the row's archive is the last one");
        assert_eq!(
            last["archive"], *wheel.archive,
            "the rows of an archive follow each other"
        );
        last["versions_dirs"]
            .as_array_mut()
            .expect("made as a list")
            .push(json!(history.versions_dir));
    }
    archives
}
