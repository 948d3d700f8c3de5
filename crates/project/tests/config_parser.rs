//! The ini reader against CPython's `configparser`: a table of probes, then generated texts.
#![allow(clippy::disallowed_methods, reason = "the test starts Python")]

use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rechain_project::ini::{Ini, IniOption};
use serde_json::{Value, json};

mod python;

const PROBES: &[&str] = &[
    "",
    "\n\n",
    "# only a comment\n",
    "x = 1\n",
    "  x = 1\n",
    "[a]",
    "[a]\n",
    "[]\n",
    "[]]\n",
    "[a]]\n",
    "[a] rest = 1\n",
    "  [a]\n  x = 1\n",
    "[a]\nx = 1\n  [b]\n",
    "[a]\n  x = 1\n y = 2\nz = 3\n",
    "[a]\nx\n",
    "[a]\n= 1\n",
    "[a]\n: 1\n",
    "[a]\nx=1\nX=2\n",
    "[a]\n[a]\n",
    "[A]\n[a]\n",
    "[DEFAULT]\nx=1\n[DEFAULT]\ny=2\n[a]\n",
    "[DEFAULT]\nx=1\n[DEFAULT]\nx=2\n",
    "[DEFAULT]\nhere=/x\nk=%(here)s\n[a]\n",
    "[DEFAULT]\nhere=/x\nhere=/y\n",
    "[default]\nx=1\n",
    "[a]\nhere = h\nk = %(here)s\n",
    "[a]\nk = %(here)s/%(HERE)s\n",
    "[a]\nk = v ; no comment\nl = v # none\n",
    "[a]\nk = v\n; comment\n  more\n",
    "[a]\nk = v\n  ; comment\n  more\n",
    "[a]\nk = v\n\n  more\n\n\n",
    "[a]\nk =\n  v\n  w\n",
    "[a]\nk =\n\n\n[b]\n",
    "[a]\nk = v\n   \n  w\n",
    "[a]\n\n  k = v\n",
    "[a]\n  k = v\n  l = w\n    x\n",
    "[a]\nk: v\nl = a:b=c\nm : = d\n",
    "[a]\nk = 100%\n",
    "[a]\nk = 100%%\n",
    "[a]\nk = %(k)s\n",
    "[a]\nk = %(l)s\nl = %(k)s\n",
    "[a]\nk = %(l)s\nl = %%(x)s\n",
    "[a]\nk = %()s\n",
    "[a]\nk = %(l\nl = 1\n",
    "[a]\nk = %(l)\nl = 1\n",
    "[a]\nk = %(l)d\nl = 1\n",
    "[a]\nk = %(a(b)s\na(b = 1\n",
    "[a]\nk = %(a\n  b)s\n",
    "[a]\nk = %%%(l)s%%\nl = 5%%\n",
    "[a]\nk0=%(k1)s\nk1=%(k2)s\nk2=%(k3)s\nk3=%(k4)s\nk4=%(k5)s\nk5=%(k6)s\nk6=%(k7)s\nk7=%(k8)s\nk8=%(k9)s\nk9=x\n",
    "[a]\nk0=%(k1)s\nk1=%(k2)s\nk2=%(k3)s\nk3=%(k4)s\nk4=%(k5)s\nk5=%(k6)s\nk6=%(k7)s\nk7=%(k8)s\nk8=%(k9)s\nk9=%(ka)s\nka=%%\n",
    "[a]\nk0=%(k1)s\nk1=%(k2)s\nk2=%(k3)s\nk3=%(k4)s\nk4=%(k5)s\nk5=%(k6)s\nk6=%(k7)s\nk7=%(k8)s\nk8=%(k9)s\nk9=%%\n",
    "\u{feff}[a]\nk = v\n",
    "\u{feff}",
    "\u{feff}# comment\n[a]\n",
    "[a]\r\nk = v\r\n  w\r\n",
    "[a]\rk = v\r",
    "[a]\nk = v\u{b}w\u{c}\n",
    "[a]\nk = \u{a0}v\u{2003}\n\u{a0}\u{a0}w\n",
    "[a]\nk = v\u{1c}\n\u{1f}w\n",
    "[a]\nk = v\u{85}w\u{2028}x\n",
    "[a]\nÉ = 1\né2 = %(É)s\n",
    "[a]\nİ = 1\nΑΣ = 2\n",
    "[a]\nk = \"quoted\"\n",
    "[a]\nrem = 1\nrem x = 2\n",
    "[a]\nk = v\n\tw\n        x\n",
    "\t[a]\n\tk = v\n\tl = w\n",
    "[a]\nk = ${HOME} $HOME\n",
    "[a\nk = v\n",
    "a]\n[b]\n",
    "[a][b]\n",
    "[a]\nk = v\n=\n",
];

/// Pieces that ini texts are made of, with the awkward ones.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[",
        "]",
        "[a]\n",
        "[b]\n",
        "[DEFAULT]\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "=",
        ":",
        "a",
        "B",
        "k = v\n",
        "l: w\n",
        "%",
        "%%",
        "%(a)s",
        "%(b)s",
        "%(here)s",
        "%(K)s",
        "(",
        ")s",
        "#",
        ";",
        "É",
        "\u{1c}",
        "\u{a0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "İ",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Texts that are mostly right, so that values are compared and not errors alone.
fn likely() -> impl Strategy<Value = String> {
    let value = prop::collection::vec(
        prop::sample::select(vec![
            "x", "/", " ", "%%", "%(k1)s", "%(K2)s", "%(k3)s", "%(here)s", "%(no)s", "%", ":", "=",
            "; c", "ü",
        ]),
        0..5,
    )
    .prop_map(|pieces| pieces.concat());
    let name = prop::sample::select(vec![
        "k1",
        "K2",
        "k3",
        "k4",
        "k5",
        "k6",
        "here",
        "script_location",
    ]);
    let gap = prop::sample::select(vec!["", " ", "\t", "   "]);
    let delimiter = prop::sample::select(vec!["=", " = ", ": ", " : "]);
    let header = prop::sample::select(vec!["[alembic]", "[b]", "[DEFAULT]", "[c] # x"]);
    let line = prop_oneof![
        8 => (gap.clone(), name, delimiter, value.clone()).prop_map(|(g, n, d, v)| {
            // Mostly at the margin, or every second line would continue the one before.
            let g = if g.len() > 1 { g } else { "" };
            format!("{g}{n}{d}{v}")
        }),
        3 => (gap.clone(), value).prop_map(|(g, v)| format!("  {g}{v}")),
        1 => gap.prop_map(str::to_owned),
        1 => header.prop_map(str::to_owned),
        1 => prop::sample::select(vec!["# c", "  ; c", ";"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(line, 0..10).prop_map(|lines| format!("[a]\n{}\n", lines.join("\n")))
}

fn generated(strategy: &impl Strategy<Value = String>, count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a text").current())
        .collect()
}

/// What our reader says, in the words of `reference/config_parser.py`.
fn ours(text: &str) -> Value {
    let Ok(ini) = Ini::parse(text, "/the/directory") else {
        return Value::Null;
    };
    let mut sections: Vec<Value> = Vec::new();
    for section in ini.sections().chain(["DEFAULT"]) {
        let own = ini.own_options(section).iter();
        let mut names: Vec<&str> = own
            .chain(ini.own_options("DEFAULT"))
            .map(IniOption::name)
            .collect();
        names.sort_unstable();
        names.dedup();
        let options = names.iter().map(|name| {
            let raw = ini.option(section, name).expect("an option").raw();
            json!([name, raw, ini.get(section, name).ok().flatten()])
        });
        sections.push(json!([section, options.collect::<Vec<_>>()]));
    }
    json!(sections)
}

/// The options of each section by name: their order does not matter to anyone.
fn sorted(mut theirs: Value) -> Value {
    for section in theirs.as_array_mut().into_iter().flatten() {
        if let Some(options) = section[1].as_array_mut() {
            options.sort_by(|a, b| a[0].as_str().cmp(&b[0].as_str()));
        }
    }
    theirs
}

#[test]
fn reads_what_configparser_reads() {
    let mut texts: Vec<String> = PROBES.iter().map(|text| (*text).to_owned()).collect();
    texts.extend(generated(&soup(), 3000));
    texts.extend(generated(&likely(), 3000));
    let theirs = python::ask(Path::new(python::SYSTEM), "config_parser.py", &json!(texts));
    let theirs = theirs.as_array().expect("a list");
    assert_eq!(theirs.len(), texts.len());
    let mut understood = 0;
    for (text, theirs) in texts.iter().zip(theirs) {
        assert_eq!(ours(text), sorted(theirs.clone()), "for {text:?}");
        understood += usize::from(!theirs.is_null());
    }
    // A generator that only makes errors would compare nothing.
    assert!(
        understood > 2000,
        "only {understood} of {} texts are ini files",
        texts.len()
    );
}
