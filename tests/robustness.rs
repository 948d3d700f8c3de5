//! Files that are broken, hostile or cut short: always an answer, never a panic, an abort or a hang.
#![allow(
    clippy::disallowed_methods,
    clippy::format_collect,
    reason = "tests prepare files and start the program"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rechain_history::Parents;
use rechain_parser::{Source, read_module};
use rechain_rewriter::reparent;
use rechain_testing::random::Random;

/// Only to fail the test: nothing here takes more than some seconds in a debug build, on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(600);

const MODULES: [&str; 4] = [
    "\"\"\"add documents\n\nRevision ID: moved1\nRevises: base01\nCreate Date: 2024-01-01 10:00:00.000000\n\n\"\"\"\n\
     from typing import Sequence, Union\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
     revision: str = 'moved1'\ndown_revision: Union[str, None] = 'base01'  # pragma: allowlist secret\n\
     branch_labels: Union[str, Sequence[str], None] = None\ndepends_on = None\n\n\n\
     def upgrade() -> None:\n    op.create_table('documents',\n        sa.Column('id', sa.Integer(), nullable=False),\n    )\n\
     \x20   op.execute(f\"UPDATE a SET b = '{revision!r:>{10}}'\")\n\n\ndef downgrade() -> None:\n    op.drop_table('documents')\n",
    "# -*- coding: latin-1 -*-\nrevision = \"moved1\"\ndown_revision = (\n    \"base01\",  # it's \u{e9}\n    \"side1\",\n)\n",
    "\u{feff}revision, down_revision = 'moved1', r'base01'\r\nif True:\r\n\tdepends_on = \\\r\n\t\tNone; branch_labels = ()\r\n",
    "P = 'base' '01'\ntry:\n    import x\nexcept ImportError:\n    x = None\nrevision = u'''moved1'''\ndown_revision = parent = P\nclass A:\n    revision = 1\n@f\nasync def g(*, a=lambda: {**b}): return [*a, (yield)]\n",
];

/// Pieces that change the meaning of what follows them.
const SPLICES: [&str; 40] = [
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "\\\n",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\x0c",
    "\0",
    "#",
    ";",
    ",",
    ":",
    "=",
    ":=",
    "f'{",
    "t\"",
    "rb'",
    "@",
    "\u{feff}",
    "\u{2028}",
    "é",
    "漢",
    "🦀",
    "<<<<<<< HEAD\n",
    "=======\n",
    ">>>>>>> x\n",
    "# coding: utf-16\n",
    "if x:\n",
    " else ",
    "\u{0}\u{1}\u{7f}",
];

/// Reads and edits as the program does; whatever comes out must hold together.
fn read_and_edit(bytes: &[u8]) {
    let shown = || bytes.escape_ascii().to_string();
    let source = match Source::decode(bytes.to_vec()) {
        Ok(source) => source,
        Err(error) => return assert!(error.offset() <= bytes.len(), "{}", shown()),
    };
    let text = source.text();
    assert_eq!(source.bytes(), bytes);
    let module = match read_module(text, "moved.py") {
        Ok(module) => module,
        Err(error) => {
            assert!(error.offset <= text.len(), "{}", shown());
            assert!(text.is_char_boundary(error.offset), "{}", shown());
            return assert!(!error.message.is_empty(), "{}", shown());
        }
    };
    for problem in &module.problems {
        let _ = problem.range().of(text);
        assert!(!problem.to_string().is_empty());
    }
    let _ = module.down_revision_range.of(text);
    let Some(sites) = &module.sites else {
        return assert_eq!(module.parents, Parents::Computed, "{}", shown());
    };
    for wanted in [
        &["trunk1".into()][..],
        &[],
        &["base01".into(), "trunk1".into()],
    ] {
        let edits = reparent(text, sites, wanted);
        let Ok(after) = source.splice(edits.iter().map(|it| (it.range, it.insert.as_str()))) else {
            continue;
        };
        let source = Source::decode(after).unwrap_or_else(|error| panic!("{error}: {}", shown()));
        assert_eq!(source.text(), edits.apply(text), "{}", shown());
        let reread = read_module(source.text(), "moved.py").unwrap_or_else(|error| {
            panic!("{error}: {}\n->\n{}", shown(), source.text().escape_debug())
        });
        let mut found = match reread.parents {
            Parents::Known(found) => found,
            Parents::Computed => panic!(
                "computed: {}\n->\n{}",
                shown(),
                source.text().escape_debug()
            ),
        };
        found.sort();
        assert_eq!(
            found,
            wanted,
            "{}\n->\n{}",
            shown(),
            source.text().escape_debug()
        );
    }
}

#[test]
fn every_truncation_is_read_or_refused() {
    for module in MODULES {
        for end in 0..=module.len() {
            read_and_edit(&module.as_bytes()[..end]);
            read_and_edit(&module.as_bytes()[end..]);
        }
    }
}

#[test]
fn every_flipped_byte_is_read_or_refused() {
    let mut numbers = Random(1);
    for module in MODULES {
        for at in 0..module.len() {
            let mut bytes = module.as_bytes().to_vec();
            bytes[at] ^= 1 << numbers.below(8);
            read_and_edit(&bytes);
            bytes[at] = u8::try_from(numbers.below(256)).unwrap();
            read_and_edit(&bytes);
        }
    }
}

#[test]
fn spliced_tokens_are_read_or_refused() {
    let mut numbers = Random(2);
    for round in 0..6_000 {
        let mut bytes = MODULES[round % MODULES.len()].as_bytes().to_vec();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(bytes.len() + 1);
            let until = (at + numbers.below(6)).min(bytes.len());
            let splice = SPLICES[numbers.below(SPLICES.len())].as_bytes();
            bytes.splice(at..until, splice.iter().copied());
        }
        read_and_edit(&bytes);
    }
}

#[test]
fn modules_put_together_from_tokens_are_read_or_refused() {
    let words = [
        "revision",
        "down_revision",
        "depends_on",
        "=",
        "'base01'",
        "None",
        "P",
        "if True:",
        "else:",
        "try:",
        "except:",
        "def f():",
        "class A:",
        "import *",
        "from a",
        "lambda",
        "del",
        "global",
        "\n    ",
        "\n",
        " ",
        "exec(",
        "f(",
    ];
    let mut numbers = Random(3);
    for _ in 0..20_000 {
        let mut text = String::from("revision = 'moved1'\ndown_revision = 'base01'\n");
        for _ in 0..numbers.below(14) {
            let pick = numbers.below(words.len() + SPLICES.len());
            text += words
                .get(pick)
                .unwrap_or_else(|| &SPLICES[pick - words.len()]);
            text += [" ", ""][numbers.below(2)];
        }
        read_and_edit(text.as_bytes());
    }
}

fn rechain(directory: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .current_dir(directory)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(fs::File::create(directory.join("stdout")).unwrap())
        .stderr(fs::File::create(directory.join("stderr")).unwrap())
        .spawn()
        .expect("rechain starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("no answer after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output {
        status,
        stdout: fs::read(directory.join("stdout")).unwrap(),
        stderr: fs::read(directory.join("stderr")).unwrap(),
    }
}

/// A file that must be refused with its place, or read: `check` 1 and `fix` 3 and the name of the file in the first
/// case, `check` 1 (two heads) and `fix` 0 in the second.
fn check(name: &str, content: &[u8], is_readable: bool) {
    let place = tempfile::tempdir().unwrap();
    let versions = place.path().join("versions");
    fs::create_dir(&versions).unwrap();
    fs::write(
        versions.join("base.py"),
        "revision = 'base01'\ndown_revision = None\n",
    )
    .unwrap();
    fs::write(
        versions.join("trunk.py"),
        "revision = 'trunk1'\ndown_revision = 'base01'\n",
    )
    .unwrap();
    let file = versions.join("moved.py");
    fs::write(&file, content).unwrap();
    for (arguments, status) in [
        (&["check", "versions"][..], 1),
        (&["check", "--format", "json", "versions"], 1),
        (&["log", "versions"], if is_readable { 0 } else { 2 }),
        (
            &["fix", "--applied", "trunk1", "versions"],
            if is_readable { 0 } else { 3 },
        ),
    ] {
        let output = rechain(place.path(), arguments);
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said += &String::from_utf8_lossy(&output.stderr);
        let excerpt: String = said.chars().take(2_000).collect();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{name}: {arguments:?}: {excerpt}"
        );
        assert!(!said.contains("panicked"), "{name}: {excerpt}");
        let is_place = said.lines().any(|line| line.contains("versions/moved.py:"))
            || said.contains("\"versions/moved.py\"");
        assert!(
            is_readable || is_place,
            "{name}: {arguments:?}: no place: {excerpt}"
        );
        assert!(
            is_readable || said.len() < 100_000,
            "{name}: {arguments:?} says {} bytes",
            said.len()
        );
    }
    if !is_readable {
        assert!(
            fs::read(&file).unwrap() == content,
            "{name}: the file was changed"
        );
    }
}

const HEADER: &str = "revision = 'moved1'\ndown_revision = 'base01'\n";

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_place() {
    let deep = 100_000;
    let after = |text: &str| format!("{HEADER}\n\ndef upgrade():\n{text}\n").into_bytes();
    let body = |text: String| format!("{text}\n{HEADER}").into_bytes();
    for (name, content) in [
        ("empty", Vec::new()),
        ("only a newline", b"\n".to_vec()),
        ("brackets", body("(".repeat(deep))),
        (
            "brackets in the value",
            format!(
                "revision = 'moved1'\ndown_revision = {}'base01'{}\n",
                "(".repeat(deep),
                ")".repeat(deep)
            )
            .into_bytes(),
        ),
        (
            "a parent of many parts",
            format!(
                "revision = 'moved1'\ndown_revision = {}'base01'\n",
                "'' + ".repeat(deep)
            )
            .into_bytes(),
        ),
        (
            "NUL in the header",
            b"revision = 'moved1'\n\0down_revision = 'base01'\n".to_vec(),
        ),
        ("all NUL", vec![0; 4096]),
        (
            "invalid UTF-8",
            b"revision = 'moved1'\n# \xff\xfe\ndown_revision = 'base01'\n".to_vec(),
        ),
        (
            "UTF-16",
            HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "a cookie that does not exist",
            format!("# coding: no-such\n{HEADER}").into_bytes(),
        ),
        (
            "a cookie the bytes contradict",
            format!("# coding: ascii\n# é\n{HEADER}").into_bytes(),
        ),
        (
            "50 MB",
            format!("{HEADER}# {}\n", "x".repeat(50 << 20)).into_bytes(),
        ),
        ("50 MB of one line", vec![b'('; 50 << 20]),
        (
            "a string without an end",
            b"revision = 'moved1'\ndown_revision = 'base01\n".to_vec(),
        ),
        (
            "a docstring without an end",
            format!("\"\"\"t\n{HEADER}").into_bytes(),
        ),
        (
            "conflict markers in the body",
            after("<<<<<<< HEAD\n    a()\n=======\n    b()\n>>>>>>> x"),
        ),
        ("no identifiers", b"import os\n".to_vec()),
        ("random bytes", {
            let mut numbers = Random(4);
            (0..100_000)
                .map(|_| u8::try_from(numbers.below(256)).unwrap())
                .collect()
        }),
    ] {
        check(name, &content, false);
    }
}

/// Broken, hostile and huge configurations: named with the file, or read for what they say.
#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let deep = 100_000;
    let ini = "[alembic]\nscript_location = migrations\n";
    let nested = |open: &str, close: &str| {
        format!(
            "[tool.rechain]\nx = {}{}\n",
            open.repeat(deep),
            close.repeat(deep)
        )
        .into_bytes()
    };
    let links = |count: usize| -> String {
        (0..count)
            .map(|at| format!("v{at} = %(v{})s%(v{})s\n", at + 1, at + 1))
            .collect()
    };
    for (name, content, status) in [
        ("pyproject.toml", nested("[", "]"), 2),
        ("pyproject.toml", nested("{ a = ", " }"), 2),
        (
            "pyproject.toml",
            format!("[{}a]\n", "a.".repeat(deep)).into_bytes(),
            2,
        ),
        ("pyproject.toml", vec![0; 4096], 2),
        (
            "pyproject.toml",
            b"[tool.rechain]\nbase = '\xff'\n".to_vec(),
            2,
        ),
        ("pyproject.toml", b"[tool.rechain]\nbase = 'x\n".to_vec(), 2),
        (
            "pyproject.toml",
            format!("# {}\n", "x".repeat(50 << 20)).into_bytes(),
            1,
        ),
        (
            "pyproject.toml",
            format!("# {}\n", "x".repeat(65 << 20)).into_bytes(),
            2,
        ),
        (
            "alembic.ini",
            format!("{ini}# {}\n", "x".repeat(50 << 20)).into_bytes(),
            1,
        ),
        (
            "alembic.ini",
            format!("{ini}x = {}\n", "y\n  ".repeat(deep)).into_bytes(),
            1,
        ),
        (
            "alembic.ini",
            format!("{ini}# {}\n", "x".repeat(65 << 20)).into_bytes(),
            2,
        ),
        ("alembic.ini", b"[alembic\n".to_vec(), 2),
        (
            "alembic.ini",
            b"[alembic]\nscript_location = \xff\xfe\n".to_vec(),
            2,
        ),
        ("alembic.ini", vec![0; 4096], 2),
        (
            "alembic.ini",
            format!(
                "[alembic]\nscript_location = %(v0)s\n{}v60 = x\n",
                links(60)
            )
            .into_bytes(),
            2,
        ),
        (
            "alembic.ini",
            b"[alembic]\nscript_location = %(script_location)s\n".to_vec(),
            2,
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let versions = place.path().join("migrations/versions");
        fs::create_dir_all(&versions).unwrap();
        fs::write(place.path().join("alembic.ini"), ini).unwrap();
        for (id, parent) in [
            ("base01", "None"),
            ("trunk1", "'base01'"),
            ("side01", "'base01'"),
        ] {
            let text = format!("revision = '{id}'\ndown_revision = {parent}\n");
            fs::write(versions.join(format!("{id}.py")), text).unwrap();
        }
        fs::write(place.path().join(name), &content).unwrap();
        let excerpt = String::from_utf8_lossy(&content[..content.len().min(60)]).into_owned();
        for arguments in [&["check"][..], &["fix", "--dry-run", "--applied", "trunk1"]] {
            let output = rechain(place.path(), arguments);
            let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
            said += &String::from_utf8_lossy(&output.stderr);
            let start: String = said.chars().take(2_000).collect();
            let length = content.len();
            assert_eq!(
                output.status.code(),
                Some(status),
                "{excerpt} ({length}): {arguments:?}: {start}"
            );
            assert!(
                !said.contains("panicked") && said.len() < 100_000,
                "{excerpt}: {start}"
            );
            assert!(
                status == 1 || said.contains(name),
                "{excerpt}: not named: {start}"
            );
        }
    }
}

#[test]
fn an_odd_body_does_not_keep_the_header_from_being_read() {
    let deep = 100_000;
    let before = |text: String| format!("{text}\n{HEADER}").into_bytes();
    let after = |text: String| format!("{HEADER}\n\ndef upgrade():\n{text}\n").into_bytes();
    for (name, content) in [
        (
            "a long string without an end",
            format!("{HEADER}x = '''{}", "y\n".repeat(deep)).into_bytes(),
        ),
        (
            "closed brackets",
            before(format!("x = {}{}", "[".repeat(deep), "]".repeat(deep))),
        ),
        (
            "unary operators",
            before(format!("x = {}1", "-".repeat(deep))),
        ),
        (
            "blocks",
            before(
                (0..300)
                    .map(|at| format!("{}if a:\n", " ".repeat(at)))
                    .collect(),
            ),
        ),
        (
            "a deep body",
            after(format!("    x = {}{}", "(".repeat(deep), ")".repeat(deep))),
        ),
        (
            "a long chain",
            after(format!("    x = 1{}", " + 1".repeat(deep))),
        ),
        (
            "a body of 10 MB",
            after("    a.b('x', [1, 2])\n".repeat(500_000)),
        ),
        ("quotes without number", after("    \"'\"'".repeat(deep))),
    ] {
        check(name, &content, true);
    }
}
