//! Where revisions are and which files hold them, against real Alembic: a table of configurations,
//! then generated ones.
#![allow(clippy::disallowed_methods, reason = "the test writes projects")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rechain_project::{Request, RevisionFiles, WorkTree, discover, real_path};
use serde_json::{Value, json};

mod python;

/// A project, and the configuration as `alembic -c alembic.ini -n SECTION` in its root sees it.
#[derive(Debug, Clone, Default)]
struct Case {
    ini: Option<String>,
    toml: Option<String>,
    section: Option<String>,
    files: Vec<String>,
    links: Vec<(String, String)>,
}

fn ini(text: &str) -> Case {
    Case {
        ini: Some(text.to_owned()),
        ..Case::default()
    }
}

fn alembic(text: &str) -> Case {
    ini(&format!("[alembic]\n{text}\n"))
}

fn toml(text: &str) -> Case {
    Case {
        toml: Some(format!("[tool.alembic]\n{text}\n")),
        ..Case::default()
    }
}

impl Case {
    fn section(self, section: &str) -> Self {
        Self {
            section: Some(section.to_owned()),
            ..self
        }
    }

    fn toml(self, text: &str) -> Self {
        Self {
            toml: Some(text.to_owned()),
            ..self
        }
    }

    fn files(mut self, files: &[&str]) -> Self {
        self.files
            .extend(files.iter().map(|file| (*file).to_owned()));
        self
    }

    fn link(mut self, target: &str, name: &str) -> Self {
        self.links.push((target.to_owned(), name.to_owned()));
        self
    }
}

const NAMES: &[&str] = &[
    "m/versions/a.py",
    "m/versions/.a.py",
    "m/versions/._a.py",
    "m/versions/_a.py",
    "m/versions/__initx.py",
    "m/versions/a b.py",
    "m/versions/a.b.py",
    "m/versions/.py",
    "m/versions/conftest.py",
    "m/versions/env.py",
    "m/versions/test_a.py",
    "m/versions/B.py",
    "m/versions/é.py",
    "m/versions/__init__.py",
    "m/versions/__init__a.py",
    "m/versions/.#a.py",
    "m/versions/#a.py#",
    "m/versions/a.py~",
    "m/versions/a.py.bak",
    "m/versions/a.PY",
    "m/versions/a.pyi",
    "m/versions/a.pyc",
    "m/versions/c.pyc",
    "m/versions/c.pyo",
    "m/versions/d.pyo",
    "m/versions/__pycache__/a.cpython-311.pyc",
    "m/versions/__pycache__/e.cpython-311.pyc",
    "m/versions/__pycache__/f.py",
    "m/versions/x.py/inner.py",
    "m/versions/sub/s.py",
    "m/versions/sub/.hidden/t.py",
    "m/versions/sub/__pycache__/u.cpython-311.pyc",
    "m/versions/sub__pycache__/v.py",
    "m/versions/Sub/w.py",
];

#[allow(clippy::too_many_lines, reason = "a table")]
fn table() -> Vec<Case> {
    let plain = alembic("script_location = m");
    let mut cases = vec![
        plain.clone(),
        plain.clone().files(NAMES),
        alembic("script_location = m\nrecursive_version_locations = true").files(NAMES),
        alembic("script_location = m\nrecursive_version_locations = True").files(NAMES),
        alembic("script_location = m\nsourceless = true").files(NAMES),
        alembic("script_location = m\nsourceless = true\nrecursive_version_locations = true")
            .files(NAMES),
        alembic("script_location = m\nsourceless = 1").files(NAMES),
        // Values of script_location.
        alembic("script_location = a%b"),
        alembic("script_location = %(nope)s"),
        alembic("x=1\nscript_location = m/%(x)s").files(&["m/1/versions/a.py"]),
        alembic("script_location = %(here)s/m"),
        alembic("script_location = %(HERE)s/m"),
        alembic("script_location = %(here)s/../other/m"),
        alembic("here = m\nscript_location = %(here)s"),
        alembic("script_location =\n   a\n   b"),
        alembic("script_location ="),
        alembic("script_location = ./m/"),
        alembic("script_location = ./m/../m//"),
        alembic("script_location = .").files(&["versions/a.py"]),
        alembic("SCRIPT_LOCATION : m"),
        alembic("script_location = \"m\""),
        alembic("script_location = m ; comment"),
        alembic("script_location = ${HOME}/m"),
        alembic("script_location = nowhere"),
        alembic("script_location = 100%%").files(&["100%/versions/a.py"]),
        alembic("nothing = 1"),
        ini("script_location = m"),
        ini("[alembic]\nscript_location = m\nscript_location = m"),
        ini("[alembic]\nscript_location = m\n[alembic]\n"),
        ini("\u{feff}[alembic]\nscript_location = m\n"),
        ini("[alembic]\nscript_location = m\n[post]\nx = %\n"),
        ini("[alembic]\nscript_location = m\nsqlalchemy.url = a%b\n"),
        ini("[alembic]\nscript_location = m\nfile_template = %(rev)s\n"),
        ini("[alembic]\nscript_location = m\nfile_template = %%(rev)s\n"),
        ini("[alembic]\nscript_location = m\ntimezone = %x\n"),
        ini("[DEFAULT]\nscript_location = m\n[alembic]\n"),
        ini("[DEFAULT]\nscript_location = m\n[other]\n"),
        ini("[alembic]\nscript_location = m\n[tenant]\nscript_location = t\n").section("tenant"),
        ini("[alembic]\nscript_location = m\n[tenant]\nx = t\n").section("tenant"),
        ini("[alembic]\nscript_location = m\n").section("tenant"),
        // Packages.
        alembic("prepend_sys_path = .\nscript_location = pkg:m"),
        alembic("prepend_sys_path = .\nscript_location = pkg.sub:m")
            .files(&["pkg/sub/__init__.py", "pkg/sub/m/versions/a.py"]),
        alembic("prepend_sys_path = .\nscript_location = pkg:sub:m")
            .files(&["pkg/sub/m/versions/a.py"]),
        alembic("prepend_sys_path = .\nscript_location = pkg:sub/m")
            .files(&["pkg/sub/m/versions/a.py"]),
        alembic("prepend_sys_path = nowhere src\nscript_location = inner:m")
            .files(&["src/inner/__init__.py", "src/inner/m/versions/a.py"]),
        alembic("prepend_sys_path = src:lib\nscript_location = inner:m")
            .files(&["lib/inner/__init__.py", "lib/inner/m/versions/a.py"]),
        alembic("path_separator=;\nprepend_sys_path = nowhere; lib\nscript_location = inner:m")
            .files(&["lib/inner/__init__.py", "lib/inner/m/versions/a.py"]),
        alembic(
            "prepend_sys_path = .\nscript_location = m\nversion_locations = pkg:m/versions other",
        ),
        // Lists of version locations.
        alembic("script_location = m\nversion_locations ="),
        alembic("script_location = m\nversion_locations = v1, v2"),
        alembic("script_location = m\nversion_locations = v1 v2,m/versions"),
        alembic("script_location = m\nversion_locations = v1 ,v2"),
        alembic("script_location = m\nversion_locations = v1:v2"),
        alembic("script_location = m\nversion_locations =\n  v1\n  v2"),
        alembic("script_location = m\nversion_locations = %(here)s/v1 %(here)s/m/versions"),
        alembic("script_location = m\npath_separator=os\nversion_locations = v1: v2 :nowhere:"),
        alembic("script_location = m\npath_separator=space\nversion_locations = v1  v2"),
        alembic("script_location = m\npath_separator=newline\nversion_locations =\n  v1\n\n  v2"),
        alembic("script_location = m\npath_separator=;\nversion_locations = v1; ;v2"),
        alembic("script_location = m\npath_separator=:\nversion_locations = v1:v2"),
        alembic("script_location = m\npath_separator=,\nversion_locations = v1,v2"),
        alembic("script_location = m\npath_separator=\nversion_locations = v1"),
        alembic("script_location = m\npath_separator=bad"),
        alembic("script_location = m\nversion_path_separator=space\nversion_locations = v1 v2"),
        alembic(
            "script_location = m\nversion_path_separator=os\npath_separator=space\nversion_locations = v1 v2",
        ),
        alembic(
            "script_location = m\nversion_path_separator=bad\npath_separator=space\nversion_locations = v1 v2",
        ),
        alembic("script_location = m\nversion_locations = v1 ./v1 v1/../v1").files(&["v1/a.py"]),
        alembic(
            "script_location = m\nversion_locations = v1 v1/sub\nrecursive_version_locations=true",
        )
        .files(&["v1/sub/a.py"]),
        // pyproject.toml
        toml("script_location = \"m\""),
        toml("script_location = \"%(here)s/m\""),
        toml("script_location = \"%(nope)s/m\""),
        toml("script_location = \"m%\""),
        toml("script_location = \"100%%\"").files(&["100%/versions/a.py"]),
        toml("script_location = 1"),
        toml("script_location = 1.5"),
        toml("script_location = \"m\"\nversion_locations = [\"v1\", \"%(here)s/v2\"]"),
        toml("script_location = \"m\"\nversion_locations = []"),
        toml("script_location = \"m\"\nversion_locations = [1]"),
        toml("script_location = \"m\"\nsourceless = true\nrecursive_version_locations = true")
            .files(NAMES),
        toml("script_location = \"m\"\nsourceless = \"true\""),
        toml("script_location = \"m\"\nrecursive_version_locations = 1"),
        toml("script_location = \"inner:m\"\nprepend_sys_path = [\"src\"]")
            .files(&["src/inner/__init__.py", "src/inner/m/versions/a.py"]),
        toml("script_location = \"pkg:m\"\nprepend_sys_path = \".\""),
        toml("script_location = \"m\"\nfile_template = \"%(rev)s\""),
        toml("script_location = \"m\"\ntruncate_slug_length = 20"),
        toml("x = "),
        plain.clone().toml("[tool.alembic]\nx = "),
        plain.clone().toml("[tool]\nalembic = 1\n"),
        plain.clone().toml("tool = 1\n"),
        plain
            .clone()
            .toml("[tool.alembic]\nscript_location = \"other\"\n"),
        plain
            .clone()
            .toml("[tool.alembic]\nversion_locations = [\"v1\"]\nsourceless = true\n"),
        alembic("script_location = m\nversion_locations =")
            .toml("[tool.alembic]\nversion_locations = [\"v1\"]\n"),
        alembic("x = 1").toml("[tool.alembic]\nscript_location = \"m\"\n"),
        ini("[other]\nx = 1\n").toml("[tool.alembic]\nscript_location = \"m\"\n"),
        ini("[other]\nversion_locations = v1\n")
            .section("other")
            .toml("[tool.alembic]\nscript_location = \"m\"\n"),
        ini("x").toml("[tool.alembic]\nscript_location = \"m\"\n"),
    ];
    if cfg!(unix) {
        cases.extend([
            plain
                .clone()
                .files(&["t/real.txt"])
                .link("../../t/real.txt", "m/versions/x.py"),
            plain
                .clone()
                .files(&["t/real.py"])
                .link("../../t/real.py", "m/versions/foo"),
            plain
                .clone()
                .files(&["t/real.py"])
                .link("../../t/real.py", "m/versions/__init__.py"),
            plain
                .clone()
                .files(&["t/__init__.py"])
                .link("../../t/__init__.py", "m/versions/x.py"),
            plain.clone().link("missing.py", "m/versions/x.py"),
            plain.clone().link("missing.txt", "m/versions/x.py"),
            plain.clone().link("missing.py", "m/versions/x.txt"),
            plain
                .clone()
                .files(&["m/versions/a.py"])
                .link("a.py", "m/versions/b.py"),
            plain
                .clone()
                .files(&["m/versions/a.py"])
                .link("a.py", "m/versions/0.py"),
            plain
                .clone()
                .files(&["m/versions/a.py"])
                .link("a.py", "m/versions/b.txt"),
            plain
                .clone()
                .files(&["t/d/a.py"])
                .link("../../t/d", "m/versions/d.py"),
            plain
                .clone()
                .files(&["t/d/a.py"])
                .link("../t/d", "m/versions"),
            plain.clone().files(&["t/versions/a.py"]).link("t", "m"),
            alembic("script_location = m\nrecursive_version_locations = true")
                .files(&["t/d/a.py"])
                .link("../../t/d", "m/versions/d"),
            alembic("script_location = m\nversion_locations = v1 v2")
                .files(&["v1/a.py"])
                .link("v1", "v2"),
            alembic("script_location = m\nsourceless = true")
                .files(&["t/a.py"])
                .link("../../t/a.pyc", "m/versions/x.pyc"),
        ]);
    }
    cases
}

/// Random trees and settings.
fn generated(count: usize) -> Vec<Case> {
    let select = |items: &[&'static str]| prop::sample::select(items.to_vec());
    let name = select(&[
        "a.py",
        "b.py",
        "C.py",
        "__init__.py",
        "b.pyc",
        "a.pyc",
        "c.pyo",
        "d.txt",
        ".a.py",
        "_b.py",
        ".#a.py",
        "é.py",
        "\u{10000}.py",
        "\u{ff21}.py",
        "__pycache__/a.cpython-311.pyc",
        "__pycache__/z.cpython-311.pyc",
    ]);
    let place = select(&[
        "m/versions",
        "m/versions/s",
        "m/versions/s/t",
        "m/versions/S",
        "v1",
        "v1/s",
        "v2",
        "v2/x.py",
    ]);
    let file = (place.clone(), name).prop_map(|(place, name)| format!("{place}/{name}"));
    let link = (
        place,
        select(&["l.py", "l", "m.txt", "aa.py"]),
        select(&[
            "a.py",
            "../a.py",
            "b.py",
            "../v1/a.py",
            "../../v1/a.py",
            "../versions",
            "none.py",
            "none.txt",
            "s",
        ]),
    )
        .prop_map(|(place, name, target)| (target.to_owned(), format!("{place}/{name}")));
    let locations = select(&[
        "",
        "version_locations = v1 v2",
        "version_locations = v1, m/versions",
        "version_locations = m/versions/s v1 v1/s",
        "path_separator = os\nversion_locations = v2:v1",
        "version_locations = %(here)s/v1,v2, nowhere",
        "path_separator = newline\nversion_locations =\n   v1\n   %(here)s/m/../v2",
    ]);
    let case = (
        prop::collection::vec(file, 0..14),
        prop::collection::vec(link, 0..3),
        locations,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(files, links, locations, recursive, sourceless)| {
            let text = format!(
                "script_location = m\n{locations}\nrecursive_version_locations = {recursive}\nsourceless = {sourceless}"
            );
            let links = if cfg!(unix) { links } else { Vec::new() };
            Case { files, links, ..alembic(&text) }
        });
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| case.new_tree(&mut runner).expect("a case").current())
        .collect()
}

fn write(case: &Case, root: &Path) {
    for directory in ["m", "v1", "v2", "pkg/m/versions", "other"] {
        // A link may take the place of the directory.
        if !case.links.iter().any(|(_, name)| name == directory) {
            fs::create_dir_all(root.join(directory)).expect("a directory");
        }
    }
    fs::write(root.join("pkg/__init__.py"), "").expect("a file");
    for (name, text) in [("alembic.ini", &case.ini), ("pyproject.toml", &case.toml)] {
        if let Some(text) = text {
            fs::write(root.join(name), text).expect("a file");
        }
    }
    for file in &case.files {
        let path = root.join(file);
        // Generated names may want to be both a file and a directory.
        if fs::create_dir_all(path.parent().expect("a parent")).is_ok() && !path.exists() {
            fs::write(path, "").expect("a file");
        }
    }
    #[cfg(unix)]
    for (target, name) in &case.links {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        // Two generated links may have one name.
        std::os::unix::fs::symlink(target, path).ok();
    }
}

/// What we say, in the words of `reference/script_directory.py`.
fn ours(case: &Case, root: &Path) -> Value {
    let name = if case.ini.is_some() {
        "alembic.ini"
    } else {
        "pyproject.toml"
    };
    let request = Request {
        config: vec![PathBuf::from(name)],
        section: Some(case.section.clone().unwrap_or_else(|| "alembic".to_owned())),
        cwd: root.to_path_buf(),
        ..Request::default()
    };
    let environment = match discover(&request, &WorkTree) {
        Ok(found) if found.len() == 1 => found.into_iter().next().expect("one environment"),
        Ok(found) => panic!("{} environments for {case:?}", found.len()),
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let text = |path: &PathBuf| path.to_str().expect("text").to_owned();
    match environment.revision_files(&WorkTree) {
        Err(error) => json!({ "error": error.to_string() }),
        Ok(RevisionFiles {
            files,
            mut met_twice,
            ..
        }) => {
            met_twice.sort();
            json!({
                "directory": environment.script_location.as_ref().map(text),
                "locations": environment.version_locations.iter().map(text).collect::<Vec<_>>(),
                "files": files.iter().map(|file| text(&file.resolved)).collect::<Vec<_>>(),
                "twice": met_twice.iter().map(text).collect::<Vec<_>>(),
            })
        }
    }
}

#[test]
fn finds_what_alembic_finds() {
    let mut cases = table();
    cases.extend(generated(400));
    let dir = tempfile::tempdir().expect("a directory");
    let top = real_path(dir.path()).expect("a path");
    let roots: Vec<PathBuf> = (0..cases.len())
        .map(|number| top.join(number.to_string()))
        .collect();
    let questions: Vec<Value> = cases
        .iter()
        .zip(&roots)
        .map(|(case, root)| {
            write(case, root);
            json!({
                "cwd": root,
                "ini": "alembic.ini",
                "toml": "pyproject.toml",
                "section": case.section.as_deref().unwrap_or("alembic"),
            })
        })
        .collect();
    let answers = python::ask(
        &rechain_testing::reference::python(),
        "script_directory.py",
        &json!(questions),
    );
    let answers = answers.as_array().expect("a list");
    assert_eq!(answers.len(), cases.len());
    let (mut differences, mut fine) = (Vec::new(), 0);
    for ((case, root), theirs) in cases.iter().zip(&roots).zip(answers) {
        let ours = ours(case, root);
        fine += usize::from(theirs["error"].is_null());
        let both_fail = !ours["error"].is_null() && !theirs["error"].is_null();
        if !both_fail && order(case, &ours) != order(case, theirs) {
            differences.push(format!("{case:?}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        fine * 2 > cases.len(),
        "only {fine} of {} cases are no errors",
        cases.len()
    );
}

/// Alembic takes the contents of `__pycache__` in the order of the directory, and warns of files met
/// twice also where they are no revisions.
fn order(case: &Case, answer: &Value) -> Value {
    let mut answer = answer.clone();
    let files = answer["files"].as_array().cloned().unwrap_or_default();
    if let Some(twice) = answer["twice"].as_array_mut() {
        twice.retain(|path| files.contains(path));
    }
    let texts = [&case.ini, &case.toml];
    if texts.iter().any(|text| {
        text.as_ref()
            .is_some_and(|text| text.contains("sourceless"))
    }) && let Some(files) = answer["files"].as_array_mut()
    {
        files.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    answer
}

/// Where we differ on purpose.
#[test]
fn deviates_where_it_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = real_path(dir.path()).expect("a path");
    let check = |number: usize, case: &Case, fails: bool| {
        let root = root.join(number.to_string());
        write(case, &root);
        let answer = ours(case, &root);
        assert_eq!(!answer["error"].is_null(), fails, "{case:?}: {answer}");
    };
    // The package may be importable for the user: it is installed, or Python runs with `-m`.
    check(0, &alembic("script_location = pkg:m"), false);
    // Alembic takes the letters for directories and finds no revisions.
    check(
        1,
        &toml("script_location = \"m\"\nversion_locations = \"v1\""),
        true,
    );
}
