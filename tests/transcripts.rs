//! What the program prints, kept as text in `tests/transcripts/`.
//!
//! `RECHAIN_BLESS=1 cargo test --test transcripts` writes the files anew; read the difference before
//! committing it. The README's transcripts are run here too.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain_testing::fixture;
use tempfile::TempDir;

/// A directory of revisions, and what was typed in it.
struct Session {
    directory: TempDir,
    text: String,
}

impl Session {
    fn in_example(name: &str) -> Self {
        Self {
            directory: fixture::example(name),
            text: String::new(),
        }
    }

    /// Revision files by name, in a bare directory `versions`.
    fn with_files(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let versions = directory.path().join("versions");
        fs::create_dir(&versions).expect("a directory");
        for (name, content) in files {
            fs::write(versions.join(name), content).expect("a file");
        }
        Self {
            directory,
            text: String::new(),
        }
    }

    /// `ID <- PARENT: BODY` lines as revision files.
    fn with_history(lines: &[(&str, &str, &str)]) -> Self {
        let files: Vec<(String, String)> = lines
            .iter()
            .map(|(id, parent, body)| (format!("{id}.py"), revision(id, parent, body)))
            .collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        Self::with_files(&files)
    }

    fn run(mut self, command: &str) -> Self {
        let output = shell(self.directory.path(), command);
        writeln!(self.text, "$ {command}\n{output}").expect("writing to a string");
        self
    }

    fn matches(self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/transcripts")
            .join(name);
        if std::env::var_os("RECHAIN_BLESS").is_some() {
            fs::write(&path, &self.text).expect("a transcript");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            self.text,
            expected,
            "{} is not what the program prints now",
            path.display()
        );
    }
}

fn revision(id: &str, parent: &str, body: &str) -> String {
    let parent = if parent.is_empty() {
        "None".to_owned()
    } else {
        format!("\"{parent}\"")
    };
    format!(
        "\"\"\"{id} title\"\"\"\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n\
         revision = \"{id}\"\ndown_revision = {parent}\n\n\ndef upgrade():\n    {body}\n"
    )
}

/// Runs `command` in `directory` with the built program first on the path and nothing of this
/// process's environment that could change its output.
fn shell(directory: &Path, command: &str) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rechain"));
    let mut path = program
        .parent()
        .expect("a directory")
        .as_os_str()
        .to_owned();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(directory)
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("sh");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = output.status.code().expect("not killed");
    if status != 0 {
        writeln!(text, "[exit {status}]").expect("writing to a string");
    }
    let real = directory.canonicalize().expect("it exists");
    text.replace(&*real.to_string_lossy(), "[PROJECT]")
        .replace(&*directory.to_string_lossy(), "[PROJECT]")
}

const TABLE: &str = "op.create_table(\"t\", sa.Column(\"id\", sa.Integer(), primary_key=True))";

#[test]
fn founding_example() {
    Session::in_example("leadgen/backend")
        .run("rechain check")
        .run("rechain fix --dry-run")
        .run("rechain fix")
        .run("rechain fix")
        .run("rechain check")
        .run("rechain log")
        .run("rechain log --format md")
        .run("rechain undo")
        .run("rechain undo")
        .matches("founding-example.txt");
}

#[test]
fn machine_formats() {
    Session::in_example("leadgen/backend")
        .run("rechain check --format json")
        .run("rechain check --format github")
        .run("rechain fix --dry-run --format json")
        .run("rechain log --format json | head -40")
        .matches("machine-formats.txt");
}

/// Two branches of a shop over a common base: what a reviewer asks of them.
const SHOP: &[(&str, &str, &str)] = &[
    (
        "a1",
        "",
        "op.create_table(\n        \
         \"orders\",\n        \
         sa.Column(\"id\", sa.Integer(), primary_key=True),\n        \
         sa.Column(\"total\", sa.Numeric()),\n        \
         sa.Column(\"state\", sa.String()),\n    \
         )",
    ),
    (
        "b1",
        "a1",
        "with op.batch_alter_table(\"orders\") as batch_op:\n        \
         batch_op.add_column(sa.Column(\"paid_at\", sa.DateTime()))\n        \
         batch_op.create_index(\"ix_orders_state\", [\"state\"])\n    \
         op.execute(\"UPDATE orders SET state = 'paid' WHERE total = 0\")",
    ),
    (
        "b2",
        "b1",
        "op.create_table(\n        \
         \"coupons\",\n        \
         sa.Column(\"code\", sa.String(), primary_key=True),\n        \
         sa.Column(\"order_id\", sa.ForeignKey(\"orders.id\")),\n    \
         )\n\n\ndef downgrade():\n    \
         op.drop_table(\"coupons\")",
    ),
    (
        "c1",
        "a1",
        "op.create_table(\"refunds\", sa.Column(\"id\", sa.Integer(), primary_key=True))",
    ),
    (
        "c2",
        "c1",
        "inspector = sa.inspect(op.get_bind())\n    \
         for key in inspector.get_foreign_keys(\"orders\"):\n        \
         op.drop_constraint(key[\"name\"], \"orders\", type_=\"foreignkey\")\n    \
         op.alter_column(\"orders\", \"total\", nullable=False)",
    ),
    ("d1", "a1", "op.drop_column(\"orders\", \"state\")"),
];

#[test]
fn explain() {
    Session::with_history(SHOP)
        .run("rechain explain b1 --project versions")
        .run("rechain explain c2 --project versions")
        .run("rechain explain c1 b2 --project versions")
        .run("rechain explain a1 b2 --project versions")
        .run("rechain explain b1 d1 --project versions")
        .run("rechain explain b1 c2 --project versions")
        .matches("explain.txt");
}

#[test]
fn what_is_not_shown() {
    Session::with_history(&SHOP[..5])
        .run("rechain fix versions --applied b2 --dry-run")
        .run("rechain fix versions --applied b2 --dry-run --format json | grep -A20 unproven")
        .matches("unproven.txt");
}

#[test]
fn schema() {
    Session::with_history(&[
        ("a1", "", TABLE),
        (
            "b1",
            "a1",
            "op.create_table(\"u\", sa.Column(\"id\", sa.Integer(), primary_key=True), \
             sa.Column(\"v_id\", sa.ForeignKey(\"v.id\")))",
        ),
        (
            "c1",
            "b1",
            "op.add_column(\"t\", sa.Column(\"name\", sa.Text()))",
        ),
        ("d1", "c1", "op.drop_column(\"t\", \"name\")"),
        (
            "e1",
            "d1",
            "op.create_index(\"ix_t_name\", \"t\", [\"name\"])",
        ),
        (
            "f1",
            "e1",
            "op.create_table(\"v\", sa.Column(\"id\", sa.Integer(), primary_key=True))",
        ),
        ("g1", "f1", TABLE),
    ])
    .run("rechain check versions")
    .run("rechain check versions --schema")
    .matches("schema.txt");
}

#[test]
fn graphs() {
    Session::in_example("leadgen/backend")
        .run("rechain graph")
        .run("rechain graph --full --applied 2dd19a2d0626 --color always | cat -v")
        .run("rechain graph --format mermaid")
        .run("rechain graph --format dot")
        .matches("graph.txt");
    let file = |id: &str, header: &str| {
        (
            format!("{id}.py"),
            format!("\"\"\"{id} <title> \"quoted\" \"\"\"\nrevision = \"{id}\"\n{header}\n"),
        )
    };
    let files = [
        file("a1", "down_revision = None"),
        file("a2", "down_revision = 'a1'\nbranch_labels = 'app'"),
        file("b2", "down_revision = 'a1'"),
        file("m", "down_revision = ('a2', 'b2')"),
        file("n", "down_revision = 'gone'"),
        file("x1", "down_revision = None\nbranch_labels = 'other'"),
        ("broken.py".to_owned(), "revision = 'broken".to_owned()),
        file("x2", "down_revision = 'x1'\ndepends_on = 'a2'"),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Session::with_files(&files)
        .run("rechain graph versions")
        .run("rechain graph versions --format mermaid")
        .run("rechain graph versions --format svg")
        .matches("graph-shapes.txt");
    Session::with_history(&[("a1", "b1", "pass"), ("b1", "a1", "pass")])
        .run("rechain graph versions")
        .matches("graph-cycle.txt");
}

#[test]
fn publication_unknown() {
    Session::with_history(&[
        ("a1", "", "pass"),
        ("b1", "a1", "pass"),
        ("b2", "b1", "pass"),
        ("c1", "a1", "pass"),
    ])
    .run("rechain fix versions")
    .run("rechain fix versions --applied c1 --dry-run")
    .run("rechain fix versions --applied c1 --applied b1")
    .run("rechain fix versions --applied nope")
    .run("rechain fix versions --yes")
    .matches("publication-unknown.txt");
}

#[test]
fn conflict() {
    let column = "op.add_column(\"users\", sa.Column(\"status\", sa.Text()))";
    Session::with_history(&[
        ("a1", "", TABLE),
        ("b1", "a1", column),
        ("c1", "a1", column),
    ])
    .run("rechain fix versions --applied none")
    .run("rechain fix versions --applied b1 --format json")
    .matches("conflict.txt");
}

#[test]
fn decisions() {
    let column = "op.add_column(\"users\", sa.Column(\"status\", sa.Text()))";
    Session::with_history(&[
        ("a1", "", TABLE),
        ("b1", "a1", column),
        ("c1", "a1", column),
    ])
    .run("rechain fix versions --applied none --dry-run --format json > questions.json")
    .run("sed -i 's/\"answer\": null/\"answer\": \"c1 before b1\"/' questions.json")
    .run("rechain fix versions --applied none --decisions questions.json")
    .run("rechain fix versions --applied none --decisions questions.json")
    .run("rechain undo versions")
    .run("sed -i 's/\"answer\": \"c1 before b1\",$/\"answer\": \"c1 befor b1\",/' questions.json")
    .run("rechain fix versions --applied none --decisions questions.json")
    .run("sed 's/conflict:b1+c1/conflict:b1+d1/' questions.json > other.json")
    .run("rechain fix versions --applied none --decisions other.json")
    .run("rechain fix versions --decisions missing.json")
    .run("EDITOR='truncate -s 0' rechain fix versions --applied none --edit-order --dry-run")
    .run("echo 'grep -v ^# \"$1\" | tac > t; cp t \"$1\"' > turn; EDITOR='sh ./turn' rechain fix versions --applied none --edit-order --dry-run")
    .matches("decisions.txt");
}

#[test]
fn damaged_graphs() {
    Session::with_history(&[("a1", "", "pass"), ("b1", "gone", "pass")])
        .run("rechain check versions")
        .run("rechain fix versions --yes")
        .run("rechain log versions")
        .matches("missing-parent.txt");
    Session::with_history(&[
        ("a1", "b1", "pass"),
        ("b1", "c1", "pass"),
        ("c1", "a1", "pass"),
    ])
    .run("rechain check versions")
    .matches("cycle.txt");
    Session::with_history(&[("a1", "a1", "pass")])
        .run("rechain check versions")
        .matches("loop.txt");
    Session::with_files(&[
        ("a.py", "revision = 'a1'\ndown_revision = None\n"),
        ("b.py", "revision = 'a1'\ndown_revision = None\n"),
    ])
    .run("rechain check versions")
    .matches("duplicate.txt");
    Session::with_files(&[])
        .run("rechain check versions")
        .matches("empty.txt");
}

#[test]
fn second_root() {
    Session::with_history(&[("a1", "", "pass"), ("b1", "", "pass")])
        .run("rechain check versions")
        .run("rechain fix versions --yes")
        .run("printf '[tool.rechain]\\nroots = 2\\n' > pyproject.toml; rechain check versions")
        .matches("second-root.txt");
}

#[test]
fn unreadable_files() {
    Session::with_files(&[
        ("a.py", "revision = 'a1'\ndown_revision = None\n"),
        ("b.py", "revision = 'b1'\ndown_revision = parent_of('b1')\n"),
        (
            "c.py",
            "revision = 'c1'\n<<<<<<< HEAD\ndown_revision = 'a1'\n=======\n",
        ),
        ("helper.py", "def helper():\n    pass\n"),
        ("e.py", "revision = 'e1'\ndown_revision = 17\n"),
    ])
    .run("rechain check versions")
    .run("rechain fix versions --yes")
    .run("rechain check versions --format github")
    .matches("unreadable.txt");
}

#[test]
fn configuration_errors() {
    Session::with_files(&[("a.py", "revision = 'a1'\ndown_revision = None\n")])
        .run("printf '[alembic]\\nscript_location = nowhere\\n' > alembic.ini; rechain check")
        .run("printf '[alembic]\\nscript_location = versions\\n<<<<<<< HEAD\\n' > alembic.ini; rechain check")
        .run("rechain check -c other.ini")
        .run("rechain check missing")
        .run("rechain chekc")
        .run("rm alembic.ini; printf '[tool.rechain]\\nplacment = \"tip\"\\n' > pyproject.toml; rechain check versions")
        .matches("configuration.txt");
}

#[test]
fn did_you_mean() {
    Session::with_history(&[
        ("4f2ac01", "", TABLE),
        ("b77d310", "4f2ac01", "pass"),
        ("c90e5aa", "4f2ac01", "pass"),
    ])
    .run("mv versions/b77d310.py versions/add_orders.py")
    .run("rechain fix versions --applied add_orders.py")
    .run("rechain fix versions --applied 7d310")
    .run("rechain fix versions --applied c90e5ab")
    .run("rechain fix versions --applied 'c90e5aa title'")
    .run("rechain fix versions --not-applied nothing-like-it")
    .run("rechain prune --project versions c90e5a4")
    .run("rechain explain --project versions C90E5AA")
    .run("rechain move --project versions c90e5aa --after 4f2ac0l")
    .run("rechain merge --project versions b77d310 c90e5ba")
    .run(r#"sed -i.bak 's/^down_revision = None/&\nbranch_labels = ("orders",)/' versions/4f2ac01.py"#)
    .run("rechain explain --project versions ordres")
    .run("rechain explain --project versions orders@haed")
    .run("rechain explain --project versions orders@head")
    .run("sed -i.bak s/c90e5aa/b77d311/ versions/c90e5aa.py; rechain explain --project versions b77d")
    .run("rechain fxi")
    .run("rechain rule RC40")
    .run("rechain rule both-publishd")
    .run("rechain rule RC603")
    .matches("did-you-mean.txt");
}

#[test]
fn rules() {
    Session::with_files(&[])
        .run("rechain rule")
        .run("rechain rule rc101")
        .run("rechain rule RC999")
        .matches("rules.txt");
}

#[test]
fn help() {
    Session::with_files(&[])
        .run("rechain --help")
        .run("rechain fix --help")
        .run("rechain completions bash | head -3")
        .run("rechain man | head -3")
        .matches("help.txt");
}

/// Each `console` block of the README starts in a fresh clone, as far as this test can make one: in
/// a directory that holds the examples.
#[test]
fn readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let clone = tempfile::tempdir().expect("a temporary directory");
    fixture::copy_tree(&root.join("examples"), &clone.path().join("examples"));
    let mut blocks = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("a block");
        let mut expected = String::new();
        let mut printed = String::new();
        for line in block.lines() {
            writeln!(expected, "{line}").expect("writing to a string");
            if let Some(command) = line.strip_prefix("$ ") {
                let run = shell(clone.path(), command);
                let run: String = run
                    .lines()
                    .filter(|line| !line.starts_with("[exit "))
                    .fold(String::new(), |text, line| text + line + "\n");
                write!(printed, "$ {command}\n{run}").expect("writing to a string");
            }
        }
        assert_eq!(
            printed, expected,
            "README.md does not show what the program prints"
        );
        blocks += 1;
    }
    assert!(blocks > 0, "the README shows a transcript");
}
