//! The hooks of `docs/how-to/hooks.md`, each as it stands there: git's own, Alembic's, those of
//! pre-commit, and a rebase with `--exec`.
//!
//! The one with pre-commit builds the program in pre-commit's own environment (some minutes the
//! first time), so it is ignored by default: `cargo test --test hooks -- --ignored` runs it, as
//! `.ci/slow` does.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rechain_testing::git::Repository;
use rechain_testing::{alembic, reference, root, target};

/// The code block of the page after `<!-- block: NAME -->`.
fn block(name: &str) -> String {
    let page = fs::read_to_string(root().join("docs/how-to/hooks.md")).expect("the page");
    let (_, rest) = page
        .split_once(&format!("<!-- block: {name} -->\n```"))
        .unwrap_or_else(|| panic!("the page has a block {name}"));
    let (_, code) = rest.split_once('\n').expect("the block has lines");
    code.split("```").next().expect("the block ends").to_owned()
}

fn revision(id: &str, parent: &str) -> String {
    let parent = if parent.is_empty() {
        "None".to_owned()
    } else {
        format!("\"{parent}\"")
    };
    format!(
        "\"\"\"{id}\n\nRevision ID: {id}\n\"\"\"\n\nrevision = \"{id}\"\ndown_revision = {parent}\n\n\n\
         def upgrade():\n    pass\n"
    )
}

/// A repository with a migration project whose first revision is on main.
struct Project {
    repository: Repository,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            repository: Repository::init(),
        };
        project.repository.write(
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/migrations\n",
        );
        project.add("r0", "");
        project.repository.commit("Migrations");
        project
    }

    fn add(&self, id: &str, parent: &str) {
        self.repository.write(
            format!("migrations/versions/{id}.py"),
            &revision(id, parent),
        );
    }

    /// A branch off `from` that adds one revision to `parent`.
    fn branch(&self, name: &str, from: &str, id: &str, parent: &str) {
        self.repository.switch(from);
        self.repository.git(&["checkout", "--quiet", "-b", name]);
        self.add(id, parent);
        self.repository.commit(&format!("Add {id}"));
    }

    /// main with `a1`, and a feature branch with `b1`, both on `r0`; on the feature branch.
    fn forked() -> Self {
        let project = Self::new();
        project.branch("feature", "main", "b1", "r0");
        project.repository.switch("main");
        project.add("a1", "r0");
        project.repository.commit("Add a1");
        project.repository.switch("feature");
        project
    }

    /// Runs a line of shell with the built program first on the path.
    fn try_shell(&self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        self.repository.isolate(&mut shell);
        shell
            .args(["-c", line])
            .current_dir(self.repository.path())
            .env("PATH", path_with(env!("CARGO_BIN_EXE_rechain")))
            .output()
            .expect("sh starts")
    }

    fn shell(&self, line: &str) -> String {
        let output = self.try_shell(line);
        assert!(output.status.success(), "{line}: {}", said(&output));
        said(&output)
    }

    fn parent_of(&self, id: &str) -> String {
        let file = self
            .repository
            .path()
            .join(format!("migrations/versions/{id}.py"));
        let text = fs::read_to_string(file).expect("a revision");
        let (_, value) = text.split_once("down_revision = ").expect("a parent");
        value
            .lines()
            .next()
            .expect("a value")
            .trim_matches('"')
            .to_owned()
    }

    fn heads(&self) -> Vec<String> {
        alembic::heads(&self.repository.path().join("migrations/versions")).expect("a sound graph")
    }
}

fn path_with(program: &str) -> String {
    let directory = Path::new(program).parent().expect("a directory").display();
    format!("{directory}:{}", std::env::var("PATH").unwrap_or_default())
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn post_merge_repairs_what_was_merged() {
    let project = Project::forked();
    project.shell(&block("post-merge"));
    let printed = project.shell("git merge --no-edit main");
    assert!(printed.contains("wrote 1 file"), "{printed}");
    assert_eq!(project.parent_of("b1"), "a1");
    assert_eq!(project.heads(), ["b1"]);
    // The merge is made; the edit waits for a commit.
    assert_eq!(
        project.repository.git(&["status", "--porcelain"]),
        "M migrations/versions/b1.py"
    );
}

#[test]
fn post_rewrite_repairs_what_was_rebased() {
    let project = Project::forked();
    project.shell(&block("post-rewrite"));
    let printed = project.shell("git rebase main");
    assert!(printed.contains("wrote 1 file"), "{printed}");
    assert_eq!(project.parent_of("b1"), "a1");
    assert_eq!(project.heads(), ["b1"]);
}

#[test]
fn pre_push_refuses_two_heads() {
    let project = Project::forked();
    let remote = Repository::init_with(&["--bare"]);
    let url = remote.path();
    project.shell(&format!("git remote add origin '{}'", url.display()));
    project.shell(&block("pre-push"));
    project.shell("git push --quiet origin feature");

    project.shell("git merge --no-edit main");
    let refused = project.try_shell("git push origin feature");
    assert!(!refused.status.success());
    assert!(said(&refused).contains("RC101"), "{}", said(&refused));

    project.shell("rechain fix --yes && git commit --quiet --all --message 'One head'");
    project.shell("git push --quiet origin feature");
    assert_eq!(
        project.repository.git(&["rev-parse", "HEAD"]),
        remote.git(&["rev-parse", "feature"])
    );
}

/// `alembic revision` on a head that is not the head any more.
#[test]
fn alembic_puts_a_new_revision_right_at_once() {
    let repository = Repository::init();
    let at = repository.path();
    let python = reference::python();
    let alembic = |arguments: &[&str]| {
        let mut alembic = Command::new(&python);
        repository.isolate(&mut alembic);
        let output = alembic
            .args(["-m", "alembic"])
            .args(arguments)
            .current_dir(&at)
            .env("PATH", path_with(env!("CARGO_BIN_EXE_rechain")))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("alembic starts");
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    alembic(&["init", "migrations"]);
    let ini = fs::read_to_string(at.join("alembic.ini")).expect("alembic.ini");
    let (before, after) = ini
        .split_once("[post_write_hooks]")
        .expect("Alembic's template has the section");
    let ini = format!("{before}{}{after}", block("post_write_hooks"));
    fs::write(at.join("alembic.ini"), ini).expect("alembic.ini");

    alembic(&["revision", "--rev-id", "r0", "-m", "first"]);
    alembic(&["revision", "--rev-id", "a1", "-m", "second"]);
    repository.commit("Migrations");
    let printed = alembic(&[
        "revision", "--rev-id", "b1", "-m", "stale", "--head", "r0", "--splice",
    ]);
    assert!(printed.contains("wrote 1 file"), "{printed}");
    let versions = at.join("migrations/versions");
    assert_eq!(alembic::heads(&versions), Ok(vec!["b1".to_owned()]));
    let text = fs::read_to_string(versions.join("b1_stale.py")).expect("the new revision");
    assert!(text.contains("= 'a1'"), "{text}");
    assert!(text.contains("Revises: a1\n"), "{text}");
}

/// Three commits with a revision each; one of them changes an earlier file again.
#[test]
fn every_commit_of_a_rebase_ends_linear() {
    let project = Project::forked();
    let repository = &project.repository;
    project.add("b2", "b1");
    repository.commit("Add b2");
    let b1 = repository.path().join("migrations/versions/b1.py");
    let text = fs::read_to_string(&b1).expect("b1");
    fs::write(&b1, text.replace("    pass", "    print()")).expect("b1");
    project.add("b3", "b2");
    repository.commit("Add b3, change b1");

    project.shell(&block("rebase"));
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    let commits = repository.git(&["rev-list", "--reverse", "main..feature"]);
    let commits: Vec<&str> = commits.lines().collect();
    assert_eq!(commits.len(), 3);
    for (commit, head) in commits.iter().zip(["b1", "b2", "b3"]) {
        repository.git(&["checkout", "--quiet", commit]);
        assert_eq!(project.heads(), [head]);
        assert_eq!(project.parent_of("b1"), "a1");
        project.shell("rechain check");
    }
    let last = fs::read_to_string(&b1).expect("b1");
    assert!(last.contains("print()"), "{last}");
}

/// The files git has of this workspace, as a repository of their own, with a tag.
fn published() -> Repository {
    let published = Repository::init();
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git starts");
    assert!(listed.status.success(), "{}", said(&listed));
    for name in String::from_utf8(listed.stdout)
        .expect("UTF-8 names")
        .split_terminator('\0')
    {
        let (from, to) = (root().join(name), published.path().join(name));
        if from.exists() {
            fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
            fs::copy(from, to).expect("a copy");
        }
    }
    published.commit("rechain");
    published.git(&["tag", "v0.1.0"]);
    published
}

#[test]
#[ignore = "builds the program in pre-commit's environment, some minutes; .ci/slow runs it"]
fn pre_commit_installs_and_runs_the_hooks() {
    let rechain = published();
    let page = fs::read_to_string(root().join("docs/how-to/hooks.md")).expect("the page");
    let config = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|it| it.split("```").next())
        .expect("a configuration")
        .replace(
            "https://git.example.org/rechain",
            &format!("file://{}", rechain.path().display()),
        );
    let project = Project::forked();
    let repository = &project.repository;
    let programs = reference::environment("documents");
    let programs = programs.parent().expect("a directory");
    let cache = target("documents").join("pre-commit");
    let run = |line: &str| {
        let mut shell = Command::new("sh");
        repository.isolate(&mut shell);
        shell
            .args(["-c", line])
            .current_dir(repository.path())
            // Where Rust is; and not this program, which must come out of the hook's environment.
            .env("HOME", std::env::var_os("HOME").unwrap_or_default())
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    programs.display(),
                    std::env::var("PATH").unwrap_or_default()
                ),
            )
            .env("PRE_COMMIT_HOME", &cache)
            .env("MATURIN_PEP517_ARGS", "--profile dev")
            .env("CARGO_TARGET_DIR", target("documents").join("build"))
            .output()
            .expect("sh starts")
    };
    let succeeds = |line: &str| {
        let output = run(line);
        assert!(output.status.success(), "{line}: {}", said(&output));
    };

    repository.write(".pre-commit-config.yaml", &config);
    repository.commit("pre-commit");
    succeeds("pre-commit install --install-hooks");
    succeeds("pre-commit run --all-files");

    // A merge that touches no file of its own is stopped.
    let merge = run("git merge --no-edit main");
    assert!(!merge.status.success(), "{}", said(&merge));
    assert!(said(&merge).contains("error[RC101]"), "{}", said(&merge));

    // The other hook repairs it, which counts as a failure until the change is added.
    let config = config.replace("rechain-check", "rechain-fix");
    repository.write(".pre-commit-config.yaml", &config);
    succeeds("git add .pre-commit-config.yaml");
    let repaired = run("git commit --no-edit");
    assert!(!repaired.status.success());
    assert!(
        said(&repaired).contains("files were modified by this hook"),
        "{}",
        said(&repaired)
    );
    assert_eq!(project.parent_of("b1"), "a1");
    succeeds("git add --all && git commit --no-edit");
    assert_eq!(project.heads(), ["b1"]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
}
