//! Finding environments: every way the contract names, each as a small project on disk.
#![allow(clippy::disallowed_methods, reason = "the test writes projects")]

use std::ffi::OsString;
use std::fs;
use std::path::{MAIN_SEPARATOR, PathBuf};
use std::process::Command;

use rechain_project::{
    DiscoverError, Environment, EnvironmentKind, RelativeTo, Request, WorkTree, discover, real_path,
};

const INI: &str = "[alembic]\nscript_location = migrations\n";
const REVISION: &str = "revision = 'a'\ndown_revision = None\n";

/// A project in a directory of its own.
struct Project {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

impl Project {
    /// Files with their texts; a name that ends in `/` makes a directory.
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let root = real_path(dir.path()).expect("a path");
        let project = Self { _dir: dir, root };
        // Nothing above the temporary directory is to be found.
        fs::create_dir(project.root.join(".git")).expect("a directory");
        for (name, text) in files {
            let path = project.root.join(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).expect("a directory");
            } else {
                fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
                fs::write(path, text).expect("a file");
            }
        }
        project
    }

    fn request(&self, cwd: &str) -> Request {
        Request {
            cwd: self.root.join(cwd).components().collect(),
            ..Request::default()
        }
    }

    fn fail(&self, request: &Request) -> (DiscoverError, String) {
        let error = discover(request, &WorkTree).expect_err("an error");
        let text = error
            .to_string()
            .replace(&self.root.join("").display().to_string(), "")
            .replace(MAIN_SEPARATOR, "/");
        (error, text)
    }

    /// `NAME: LOCATION LOCATION ...` of each environment found.
    fn check(&self, request: &Request, expected: &[&str]) -> Vec<Environment> {
        let found = find(request);
        let lines: Vec<String> = found
            .iter()
            .map(|environment| self.line(environment))
            .collect();
        assert_eq!(lines, expected);
        found
    }

    fn line(&self, environment: &Environment) -> String {
        let relative = |path: &PathBuf| {
            let path = path.strip_prefix(&self.root).unwrap_or(path);
            path.to_str().expect("text").replace(MAIN_SEPARATOR, "/")
        };
        let locations: Vec<String> = environment.version_locations.iter().map(relative).collect();
        format!("{}: {}", environment.name, locations.join(" "))
    }

    /// As given as PATH in the root.
    fn at(&self, path: &str) -> Request {
        Request {
            path: Some(path.into()),
            ..self.request("")
        }
    }
}

fn find(request: &Request) -> Vec<Environment> {
    discover(request, &WorkTree).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn nearest_configuration_upwards() {
    let project = Project::new(&[
        ("alembic.ini", INI),
        ("migrations/versions/a.py", REVISION),
        ("app/deep/x.txt", ""),
        (
            "tool/pyproject.toml",
            "[tool.alembic]\nscript_location = \"db\"\n",
        ),
        ("tool/db/versions/", ""),
        ("tool/sub/", ""),
        ("other/pyproject.toml", "[project]\nname = \"x\"\n"),
    ]);
    project.check(&project.request(""), &["alembic.ini: migrations/versions"]);
    let found = project.check(
        &project.request("app/deep"),
        &["../../alembic.ini: migrations/versions"],
    );
    assert_eq!(
        found[0].relative_to,
        Some(RelativeTo::Start(project.root.clone()))
    );
    assert_eq!(found[0].kind, EnvironmentKind::Ini);
    let found = project.check(
        &project.request("tool/sub"),
        &["../pyproject.toml: tool/db/versions"],
    );
    assert_eq!(found[0].kind, EnvironmentKind::PyProject);
    project.check(
        &project.request("other"),
        &["../alembic.ini: migrations/versions"],
    );
}

#[test]
fn path_names_each_kind_of_thing() {
    let project = Project::new(&[
        ("backend/alembic.ini", INI),
        ("backend/migrations/env.py", ""),
        ("backend/migrations/versions/a.py", REVISION),
        (
            "tool/pyproject.toml",
            "[tool.alembic]\nscript_location = \"db\"\n",
        ),
        ("tool/db/versions/", ""),
        ("loose/a.py", REVISION),
        ("scripts/env.py", ""),
        ("scripts/versions/a.py", REVISION),
        ("empty/versions/", ""),
        ("notes.py", ""),
        ("db.cfg", "[alembic]\nscript_location = scripts\n"),
    ]);
    project.check(
        &project.at("backend"),
        &["backend/alembic.ini: backend/migrations/versions"],
    );
    project.check(
        &project.at("backend/alembic.ini"),
        &["backend/alembic.ini: backend/migrations/versions"],
    );
    project.check(
        &project.at("tool/pyproject.toml"),
        &["tool/pyproject.toml: tool/db/versions"],
    );
    project.check(&project.at("db.cfg"), &["db.cfg: scripts/versions"]);
    let found = project.check(&project.at("loose"), &["loose: loose"]);
    assert_eq!(found[0].kind, EnvironmentKind::Versions);
    let found = project.check(&project.at("scripts"), &["scripts: scripts/versions"]);
    assert_eq!(found[0].kind, EnvironmentKind::ScriptDirectory);
    project.check(
        &project.at("empty/versions"),
        &["empty/versions: empty/versions"],
    );
    // A bare versions directory or script directory under a configuration that names it.
    let configured = &["backend/alembic.ini: backend/migrations/versions"];
    project.check(&project.at("backend/migrations/versions"), configured);
    project.check(&project.at("backend/migrations"), configured);
    // A revision file, as Alembic's post_write_hooks name it.
    project.check(&project.at("backend/migrations/versions/a.py"), configured);
    project.check(&project.at("loose/a.py"), &["loose: loose"]);

    assert!(matches!(
        project.fail(&project.at("nowhere")).0,
        DiscoverError::PathMissing { .. }
    ));
    assert!(matches!(
        project.fail(&project.at("notes.py")).0,
        DiscoverError::NotAConfiguration { .. }
    ));
    let (error, text) = project.fail(&project.at("empty"));
    assert!(
        matches!(error, DiscoverError::NothingFound { .. }),
        "{text}"
    );
    assert!(error.hint().is_some());
}

#[test]
fn relative_paths_fall_back_to_the_file_and_the_repository() {
    let nested = "[alembic]\nscript_location = backend/db\n";
    let project = Project::new(&[
        ("backend/alembic.ini", nested),
        ("backend/db/versions/a.py", REVISION),
        ("conf/alembic.ini", "[alembic]\nscript_location = scripts\n"),
        ("conf/scripts/versions/a.py", REVISION),
        ("lost/alembic.ini", "[alembic]\nscript_location = nowhere\n"),
    ]);
    let found = project.check(
        &project.request("backend"),
        &["alembic.ini: backend/db/versions"],
    );
    assert_eq!(
        found[0].relative_to,
        Some(RelativeTo::Repository(project.root.clone()))
    );

    let config = |file: &str| Request {
        config: vec![file.into()],
        ..project.request("")
    };
    let found = project.check(
        &config("backend/alembic.ini"),
        &["backend/alembic.ini: backend/db/versions"],
    );
    assert_eq!(
        found[0].relative_to,
        Some(RelativeTo::Start(project.root.clone()))
    );
    let found = project.check(
        &config("conf/alembic.ini"),
        &["conf/alembic.ini: conf/scripts/versions"],
    );
    assert_eq!(
        found[0].relative_to,
        Some(RelativeTo::Configuration(project.root.join("conf")))
    );

    let (error, text) = project.fail(&project.request("lost"));
    assert_eq!(
        text.replace(&project.root.display().to_string(), "."),
        "lost/alembic.ini:2:1: `script_location` names `nowhere`, which is none of lost/nowhere, nowhere"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("-c FILE")));
}

#[test]
fn options_and_the_environment_variable_name_files() {
    let project = Project::new(&[
        (
            "a/first.ini",
            "[alembic]\nscript_location = a\n[tenant]\nscript_location = t\n",
        ),
        ("a/versions/a.py", REVISION),
        ("t/versions/a.py", REVISION),
        (
            "pyproject.toml",
            "[tool.alembic]\nscript_location = \"p\"\nversion_locations = [\"q\"]\n",
        ),
        ("p/", ""),
        (
            "second/pyproject.toml",
            "[tool.alembic]\nscript_location = \"t\"\n",
        ),
    ]);
    let config = |files: &[&str]| Request {
        config: files.iter().map(PathBuf::from).collect(),
        ..project.request("")
    };
    // The toml in the current directory is read as well.
    project.check(&config(&["a/first.ini"]), &["a/first.ini: q"]);
    project.check(
        &config(&["a/first.ini", "second/pyproject.toml"]),
        &[
            "a/first.ini: a/versions",
            "a/first.ini [tenant]: t/versions",
        ],
    );
    project.check(&config(&["pyproject.toml"]), &["pyproject.toml: q"]);
    let tenant = Request {
        section: Some("tenant".into()),
        ..config(&["a/first.ini"])
    };
    project.check(&tenant, &["a/first.ini [tenant]: q"]);
    let variable = |value: &str| Request {
        alembic_config: Some(OsString::from(value)),
        ..project.request("")
    };
    project.check(&variable("a/first.ini"), &["a/first.ini: q"]);
    project.check(
        &variable("second/pyproject.toml"),
        &["second/pyproject.toml: t/versions"],
    );
    project.check(&variable(""), &["pyproject.toml: q"]);
    let both = Request {
        config: vec!["a/first.ini".into()],
        ..variable("second/pyproject.toml")
    };
    project.check(
        &both,
        &[
            "a/first.ini: a/versions",
            "a/first.ini [tenant]: t/versions",
        ],
    );

    let text = |request: &Request| project.fail(request).1;
    assert_eq!(
        text(&config(&["no.ini"])),
        "there is no no.ini, which -c names"
    );
    assert_eq!(
        text(&variable("no.ini")),
        "there is no no.ini, which ALEMBIC_CONFIG names"
    );
    assert_eq!(
        text(&config(&["a.ini", "b.ini"])),
        "-c names two ini files, a.ini and b.ini"
    );
    let (error, text) = project.fail(&Request {
        section: Some("nope".into()),
        config: vec!["a/first.ini".into(), "other/pyproject.toml".into()],
        ..project.request("")
    });
    assert!(
        matches!(error, DiscoverError::ConfigurationMissing { .. }),
        "{text}"
    );
    let both = Request {
        path: Some("a".into()),
        ..config(&["a/first.ini"])
    };
    assert!(matches!(
        project.fail(&both).0,
        DiscoverError::PathAndConfig { .. }
    ));
}

#[test]
fn sections_with_locations_of_their_own_are_environments() {
    let project = Project::new(&[
        (
            "alembic.ini",
            "[DEFAULT]\nscript_location = m\n[alembic]\nversion_locations = x\n[copy]\n\
             version_locations = x\nsqlalchemy.url = u\n[tenant]\nscript_location = t\n\
             [loggers]\nkeys = root\n",
        ),
        ("m/", ""),
        ("t/", ""),
    ]);
    let found = project.check(
        &project.request(""),
        &["alembic.ini: x", "alembic.ini [tenant]: t/versions"],
    );
    assert_eq!(found[0].aliases, ["alembic.ini [copy]"]);
    let request = Request {
        section: Some("tenant".into()),
        ..project.request("")
    };
    project.check(&request, &["alembic.ini [tenant]: t/versions"]);
    let none = Project::new(&[("alembic.ini", "[alembic]\nx = 1\n[other]\ny = 1\n")]);
    let (error, text) = none.fail(&none.request(""));
    assert_eq!(text, "no `script_location` in alembic.ini");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("alembic, other"))
    );
}

#[test]
fn flask_migrate_leaves_the_script_location_out() {
    let files = [
        (
            "migrations/alembic.ini",
            "[alembic]\n# template used to generate migration files\n",
        ),
        ("migrations/env.py", ""),
        ("migrations/script.py.mako", ""),
        ("migrations/versions/a.py", REVISION),
        ("app/", ""),
    ];
    let project = Project::new(&files);
    for request in [
        project.request("app"),
        project.request("migrations"),
        project.at(""),
        project.at("migrations"),
    ] {
        let found = find(&request);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_flask_migrate());
        assert_eq!(
            found[0].script_location,
            Some(project.root.join("migrations"))
        );
        assert_eq!(
            found[0].version_locations,
            [project.root.join("migrations/versions")]
        );
    }
    project.check(
        &project.request("app"),
        &["../migrations/alembic.ini: migrations/versions"],
    );
    let relative = Project::new(&[
        (
            "migrations/alembic.ini",
            "[alembic]\nversion_locations = migrations/versions plugin/versions\n",
        ),
        ("migrations/env.py", ""),
        ("migrations/versions/a.py", REVISION),
        ("plugin/versions/b.py", REVISION),
    ]);
    let found = find(&relative.request(""));
    assert_eq!(
        relative.line(&found[0]),
        "migrations/alembic.ini: migrations/versions plugin/versions"
    );
    assert_eq!(
        found[0].relative_to,
        Some(RelativeTo::Project(relative.root.clone()))
    );
}

#[test]
fn a_whole_repository_is_searched_downwards() {
    let project = Project::new(&[
        ("b/alembic.ini", INI),
        ("b/migrations/versions/a.py", REVISION),
        (
            "a/service/pyproject.toml",
            "[tool.alembic]\nscript_location = \"migrations\"\n",
        ),
        ("a/service/migrations/versions/a.py", REVISION),
        ("web/node_modules/x/alembic.ini", INI),
        (".hidden/alembic.ini", INI),
        ("venv-3/pyvenv.cfg", ""),
        ("venv-3/lib/alembic.ini", INI),
        ("build/copy/alembic.ini", INI),
        (".gitignore", "build/\n"),
        ("logging/alembic.ini", "[loggers]\nkeys = root\n"),
        ("c/migrations/alembic.ini", "[alembic]\n"),
        ("c/migrations/env.py", ""),
        ("c/migrations/versions/a.py", REVISION),
    ]);
    fs::remove_dir(project.root.join(".git")).expect("an empty directory");
    let git = Command::new("git")
        .arg("-C")
        .arg(&project.root)
        .args(["init", "-q"])
        .status();
    assert!(git.expect("git").success());
    let expected = [
        "a/service/pyproject.toml: a/service/migrations/versions",
        "b/alembic.ini: b/migrations/versions",
        "c/migrations/alembic.ini: c/migrations/versions",
    ];
    project.check(&project.request(""), &expected);
    project.check(&project.at("."), &expected);
    let outside = Request {
        path: Some(project.root.clone()),
        cwd: "/nowhere".into(),
        ..Request::default()
    };
    project.check(&outside, &expected);
}

#[test]
fn directories_for_each_database_are_environments() {
    let project = Project::new(&[
        ("alembic.ini", INI),
        ("migrations/env.py", ""),
        ("migrations/versions/README", ""),
        ("migrations/versions/sqlite/a.py", REVISION),
        ("migrations/versions/postgresql/a.py", REVISION),
        ("migrations/versions/notes/x.txt", ""),
    ]);
    project.check(
        &project.request(""),
        &[
            "alembic.ini (versions/postgresql): migrations/versions/postgresql",
            "alembic.ini (versions/sqlite): migrations/versions/sqlite",
        ],
    );
}

#[test]
fn script_directories_without_configuration_are_the_last_resort() {
    let project = Project::new(&[
        ("src/app/db/env.py", ""),
        ("src/app/db/versions/a.py", REVISION),
        ("pyproject.toml", "[tool.rechain]\nbase = \"none\"\n"),
    ]);
    let found = project.check(&project.request(""), &["src/app/db: src/app/db/versions"]);
    assert_eq!(found[0].kind, EnvironmentKind::ScriptDirectory);
    assert_eq!(found[0].settings.base.as_deref(), Some("none"));
}

#[test]
fn raw_values_and_settings_come_along() {
    let project = Project::new(&[
        (
            "db/alembic.ini",
            "[alembic]\nscript_location = %(here)s/m\nfile_template = %%(rev)s\ntimezone = UTC\n\
             truncate_slug_length = 20\nrecursive_version_locations = true\nsourceless = true\n",
        ),
        ("db/m/", ""),
        ("pyproject.toml", "[tool.rechain]\nroots = 2\n"),
    ]);
    let found = find(&project.request("db"));
    let environment = &found[0];
    assert_eq!(environment.file_template.as_deref(), Some("%(rev)s"));
    assert_eq!(environment.timezone.as_deref(), Some("UTC"));
    assert_eq!(environment.truncate_slug_length.as_deref(), Some("20"));
    assert!(environment.recursive && environment.sourceless);
    assert_eq!(environment.relative_to, None);
    assert_eq!(environment.settings.roots, Some(2));
    assert_eq!(environment.section.as_deref(), Some("alembic"));
}

#[test]
fn broken_files_are_named_with_line_and_column() {
    let check = |files: &[(&str, &str)], expected: &str| {
        let project = Project::new(files);
        assert_eq!(project.fail(&project.request("")).1, expected);
    };
    check(
        &[("alembic.ini", "[alembic]\nscript_location = a%b\n")],
        "alembic.ini:2:20: `%` must be followed by `%` or `(name)s`, found `%b`; \
         write `%%` for a percent sign",
    );
    check(
        &[("pyproject.toml", "[tool.alembic]\nscript_location = 3.5\n")],
        "pyproject.toml:2:19: `script_location` must be a string, not a float",
    );
    check(
        &[
            ("alembic.ini", INI),
            ("migrations/", ""),
            ("pyproject.toml", "[tool.rechain]\nbasis = 1\n"),
        ],
        "pyproject.toml:2:1: unknown key `basis` in [tool.rechain]; did you mean `base`?",
    );
    let project = Project::new(&[("alembic.ini", "[alembic]\nscript_location = app:db\n")]);
    let (error, text) = project.fail(&project.request(""));
    assert!(matches!(error, DiscoverError::PackageMissing { .. }));
    assert!(
        text.contains("which is none of app/db, src/app/db (no Python"),
        "{text}"
    );
    let latin = Project::new(&[]);
    fs::write(latin.root.join("alembic.ini"), b"[alembic]\n# caf\xe9\n").expect("a file");
    assert_eq!(
        latin.fail(&latin.request("")).1,
        "alembic.ini:2:6: not utf-8 text"
    );
    // A broken pyproject.toml above may hold settings that keep revisions from being moved.
    check(
        &[
            ("pyproject.toml", "[project\n"),
            ("db/alembic.ini", INI),
            ("db/migrations/", ""),
        ],
        "pyproject.toml:1:9: unclosed table, expected `]`",
    );
}
