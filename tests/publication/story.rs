//! A project in a repository, and what must come of `fix` in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use rechain_testing::alembic;
use rechain_testing::git::Repository;

/// An Alembic project whose versions lie in `migrations/versions`.
pub(crate) struct Story {
    pub(crate) repository: Repository,
    pub(crate) versions: &'static str,
    /// The project's root; that of the work tree where nothing else is said.
    pub(crate) project: PathBuf,
}

impl Story {
    /// With `r0` committed on main, and nothing before it but the configuration.
    pub(crate) fn new() -> Self {
        let story = Self::empty();
        story.land("r0", "");
        story
    }

    /// With the configuration alone.
    pub(crate) fn empty() -> Self {
        Self::below("")
    }

    /// With the configuration alone, in a directory of the work tree.
    pub(crate) fn below(directory: &str) -> Self {
        let repository = Repository::init();
        let story = Self {
            project: repository.path().join(directory),
            repository,
            versions: "migrations/versions",
        };
        story.configure();
        story.repository.commit("configuration");
        story
    }

    pub(crate) fn configure(&self) {
        let text = format!(
            "[alembic]\nscript_location = migrations\nversion_locations = %(here)s/{}\n",
            self.versions
        );
        self.write("alembic.ini", &text);
        self.write("migrations/env.py", "");
    }

    /// `[tool.rechain]`
    pub(crate) fn settings(&self, text: &str) {
        self.write("pyproject.toml", &format!("[tool.rechain]\n{text}\n"));
    }

    fn write(&self, path: &str, text: &str) {
        self.repository.write(self.project.join(path), text);
    }

    pub(crate) fn clone_of(origin: &Self) -> Self {
        Self::clone_with(origin, &[])
    }

    pub(crate) fn clone_with(origin: &Self, options: &[&str]) -> Self {
        let repository = Repository::clone_with(&origin.repository, options);
        Self {
            project: repository.path(),
            repository,
            versions: origin.versions,
        }
    }

    /// `git merge --no-ff` with this subject.
    pub(crate) fn merge_as(&self, what: &str, subject: &str) {
        self.repository.merge_as(what, subject);
    }

    /// Writes a revision that makes a table of its own. Parents are separated by blanks.
    pub(crate) fn revision(&self, id: &str, parents: &str) {
        self.revision_with(id, parents, "");
    }

    /// The same, with more top-level lines.
    pub(crate) fn revision_with(&self, id: &str, parents: &str, more: &str) {
        let parents: Vec<&str> = parents.split_whitespace().collect();
        let down = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => format!("\"{one}\""),
            several => format!("(\"{}\")", several.join("\", \"")),
        };
        let text = format!(
            "\"\"\"{id}\n\nRevises: {}\n\"\"\"\nimport sqlalchemy as sa\nfrom alembic import op\n\n\
             revision = \"{id}\"\ndown_revision = {down}\n{more}\n\ndef upgrade():\n    \
             op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True))\n\n\n\
             def downgrade():\n    op.drop_table(\"t_{id}\")\n",
            parents.join(", ")
        );
        self.write(&format!("{}/{id}.py", self.versions), &text);
    }

    pub(crate) fn delete(&self, id: &str) {
        fs::remove_file(self.versions_path().join(format!("{id}.py"))).unwrap();
    }

    /// A revision in a commit of its own.
    pub(crate) fn land(&self, id: &str, parents: &str) -> String {
        self.revision(id, parents);
        self.repository.commit(&format!("Add {id}"))
    }

    /// A revision on a branch of its own, off `from`.
    pub(crate) fn branch(&self, branch: &str, from: &str, id: &str, parents: &str) {
        self.git(&["checkout", "--quiet", "-b", branch, from]);
        self.land(id, parents);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.repository.git(arguments)
    }

    pub(crate) fn switch(&self, branch: &str) {
        self.repository.switch(branch);
    }

    pub(crate) fn merge(&self, what: &str) {
        self.repository.merge(what);
    }

    pub(crate) fn rechain(&self, arguments: &[&str]) -> Output {
        self.rechain_with(&[], arguments)
    }

    /// With more in its environment.
    pub(crate) fn rechain_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut rechain = Command::new(env!("CARGO_BIN_EXE_rechain"));
        self.repository.isolate(&mut rechain);
        rechain
            .args(arguments)
            .current_dir(&self.project)
            .envs(environment.iter().copied())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .output()
            .expect("rechain can be started")
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        fs::read_dir(self.versions_path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, fs::read(&path).unwrap())
            })
            .collect()
    }

    pub(crate) fn versions_path(&self) -> PathBuf {
        self.project.join(self.versions)
    }

    /// Runs `fix` and holds it to its exit status, the revisions whose files it edits, and the heads
    /// that Alembic sees afterwards. Gives what was said.
    pub(crate) fn fix(&self, arguments: &[&str], status: i32, edited: &str, heads: &str) -> String {
        let mut all = vec!["fix"];
        all.extend(arguments);
        let before = self.files();
        let output = self.rechain(&all);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        let after = self.files();
        let changed: Vec<&str> = after
            .iter()
            .filter(|(name, text)| before.get(*name) != Some(text))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(changed.join(" "), edited, "{said}");
        assert_eq!(before.len(), after.len());
        assert_eq!(self.heads(), heads, "{said}");
        if status == 0 {
            let again = self.rechain(&all);
            assert_eq!(
                again.status.code(),
                Some(0),
                "{}",
                crate::story::said(&again)
            );
            assert_eq!(self.files(), after, "a second run changes nothing");
        }
        said
    }

    /// Runs `check` and holds it to its exit status, and to touching nothing. Gives what was said.
    pub(crate) fn check(&self, arguments: &[&str], status: i32) -> String {
        let mut all = vec!["check"];
        all.extend(arguments);
        let before = self.files();
        let output = self.rechain(&all);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert_eq!(self.files(), before);
        said
    }

    /// The heads as Alembic sees them; the name of its error where it refuses.
    pub(crate) fn heads(&self) -> String {
        match alembic::heads(&self.versions_path()) {
            Ok(mut heads) => {
                heads.sort();
                heads.dedup();
                heads.join(" ")
            }
            Err(error) => error.split(':').next().unwrap_or_default().to_owned(),
        }
    }
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    )
}

/// Whether `text` has each of `parts`, for a message that shows the whole.
pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}
