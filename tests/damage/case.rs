//! A project with three revisions, what `fix` says of it, and what real Alembic makes of the result.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use rechain_testing::alembic;
use rechain_testing::git::Repository;

/// A project on `main`: `aaaa1111 <- bbbb2222 <- cccc3333`, committed.
pub(crate) struct Case {
    pub(crate) repository: Repository,
}

pub(crate) fn text(id: &str, parent: &str) -> String {
    documented(id, parent, parent, "pass")
}

pub(crate) fn documented(id: &str, parent: &str, revises: &str, body: &str) -> String {
    let value = match parent.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => "None".to_owned(),
        [one] => format!("'{one}'"),
        several => format!("('{}')", several.join("', '")),
    };
    let down = format!("down_revision = {value}\n");
    let down = if parent == "-" { String::new() } else { down };
    let revises = if revises == "-" { "" } else { revises };
    format!(
        "\"\"\"message of {id}\n\nRevision ID: {id}\nRevises: {revises}\n\n\"\"\"\nimport sqlalchemy as sa\nfrom alembic \
         import op\n\nrevision = '{id}'\n{down}\n\ndef upgrade():\n    {body}\n"
    )
}

impl Case {
    pub(crate) fn new() -> Self {
        let case = Self {
            repository: Repository::init(),
        };
        case.repository.write(
            "alembic.ini",
            "[alembic]\nscript_location = migrations\npath_separator = newline\n",
        );
        case.repository.write("migrations/env.py", "");
        case.repository.write(".gitignore", "__pycache__/\n");
        for (id, parent) in [
            ("aaaa1111", ""),
            ("bbbb2222", "aaaa1111"),
            ("cccc3333", "bbbb2222"),
        ] {
            case.write(id, &text(id, parent));
        }
        case.repository.commit("three revisions");
        case
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.repository.path().join("migrations/versions")
    }

    pub(crate) fn write(&self, id: &str, content: &str) {
        self.repository
            .write(format!("migrations/versions/{id}_words.py"), content);
    }

    pub(crate) fn remove(&self, id: &str) {
        fs::remove_file(self.versions().join(format!("{id}_words.py"))).unwrap();
    }

    pub(crate) fn rechain(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rechain"));
        self.repository.isolate(&mut command);
        command
            .args(arguments)
            .current_dir(self.repository.path())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.repository.path().join("migrations")];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    files.insert(path, content);
                }
            }
        }
        files
    }

    /// Every link as real Alembic has it, `CHILD <- PARENTS`, or its error.
    pub(crate) fn links(&self) -> Result<Vec<String>, String> {
        let versions = self.versions();
        let facts = alembic::read([(versions.as_path(), false)]).remove(0);
        let error = &facts["alembic"]["error"];
        if error.is_object() {
            return Err(error.to_string());
        }
        let revisions = facts["alembic"]["revisions"].as_object().unwrap();
        let parents = |node: &serde_json::Value| -> String {
            let parents = node["down_revisions"].as_array().unwrap().iter();
            parents
                .map(|it| it.as_str().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        Ok(revisions
            .iter()
            .map(|(id, node)| format!("{id} <- {}", parents(node)))
            .collect())
    }

    /// `fix` repairs it: it says `words`, Alembic then has `links` beside the three, and `undo` brings all back.
    pub(crate) fn is_repaired(&self, words: &[&str], links: &[&str]) {
        let before = self.snapshot();
        let output = self.rechain(&["fix"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        for word in words {
            assert!(said.contains(word), "`{word}` in {said}");
        }
        let found = self
            .links()
            .unwrap_or_else(|error| panic!("Alembic: {error}\n{said}"));
        for link in links {
            assert!(
                found.iter().any(|it| it == link),
                "{link} in {found:?}\n{said}"
            );
        }
        for id in ["aaaa1111 <-", "bbbb2222 <-", "cccc3333 <-"] {
            assert!(
                found.iter().any(|it| it.starts_with(id)),
                "{id} in {found:?}"
            );
        }
        let undone = self.rechain(&["undo", "--applied", "none"]);
        assert_eq!(undone.status.code(), Some(0), "{}", self::said(&undone));
        assert!(self.snapshot() == before, "undo brings it back");
    }

    /// Alembic has this link.
    pub(crate) fn has_link(&self, link: &str) {
        let links = self.links().unwrap();
        assert!(links.iter().any(|it| it == link), "{link} in {links:?}");
    }

    /// `fix` asks: exit 3, nothing written, and all of `words` said.
    pub(crate) fn is_asked(&self, words: &[&str]) {
        self.is_refused(words);
        let output = self.rechain(&["fix", "--format", "json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let open = &document["environments"][0]["decisions"];
        assert_eq!(open[0]["kind"], "damage", "{document:#}");
    }

    /// `fix` does nothing: exit 3, nothing written, and all of `words` said.
    pub(crate) fn is_refused(&self, words: &[&str]) {
        let before = self.snapshot();
        for arguments in [&["fix"][..], &["fix", "--yes"]] {
            let output = self.rechain(arguments);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(3), "{said}");
            for word in words {
                assert!(said.contains(word), "`{word}` in {said}");
            }
            assert!(self.snapshot() == before);
        }
    }
}

/// It ended well.
pub(crate) fn succeeded(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "exit {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    )
}
