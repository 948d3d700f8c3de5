//! New parents, read again: exactly those, and nothing else of the file is different.

use proptest::prelude::*;
use rechain_history::{Parents, RevisionId, TextRange};
use rechain_parser::{Module, read_module};
use rechain_rewriter::{TextEdit, TextEdits, reparent};

const COMMENTS: [&str; 4] = ["", "  # base, it's", " # \"c\" (", "# [d],"];

/// How a module is laid out.
#[derive(Debug, Clone)]
struct Layout {
    newline: &'static str,
    quote: &'static str,
    prefix: &'static str,
    brackets: (&'static str, &'static str),
    one_per_line: bool,
    last_comma: bool,
    comments: Vec<usize>,
    docstring: bool,
    annotation: &'static str,
    behind: &'static str,
}

fn layout() -> impl Strategy<Value = Layout> {
    (
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::sample::select(vec!["'", "\"", "'''", "\"\"\""]),
        prop::sample::select(vec!["", "u", "r", "f"]),
        prop::sample::select(vec![("(", ")"), ("[", "]"), ("{", "}"), ("", "")]),
        any::<(bool, bool, bool)>(),
        prop::collection::vec(0..COMMENTS.len(), 12),
        prop::sample::select(vec![
            "",
            ": str | None",
            ": Union[str, Sequence[str], None]",
        ]),
        prop::sample::select(vec!["", "  # tail 'x'", "; other = 'k1'"]),
    )
        .prop_map(
            |(
                newline,
                quote,
                prefix,
                brackets,
                (lines, last_comma, docstring),
                comments,
                annotation,
                behind,
            )| {
                Layout {
                    newline,
                    quote,
                    prefix,
                    brackets,
                    one_per_line: lines,
                    last_comma,
                    comments,
                    docstring,
                    annotation,
                    behind,
                }
            },
        )
}

fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set("[a-z0-9_]{1,6}|[0-9a-f]{12}", 0..=most)
        .prop_map(|set| set.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

/// `None`, one string or a sequence, as `layout` has it.
fn value(parents: &[String], as_sequence: bool, layout: &Layout) -> String {
    let Layout {
        newline,
        quote,
        prefix,
        brackets: (open, close),
        ..
    } = layout;
    let literal = |id: &String| format!("{prefix}{quote}{id}{quote}");
    match parents {
        [] if !as_sequence || *open == "{" || open.is_empty() => return "None".to_owned(),
        [one] if !as_sequence => return literal(one),
        _ => {}
    }
    // Without brackets a line is continued by a backslash, which takes no comment.
    let is_bare = open.is_empty();
    let mut comments = layout
        .comments
        .iter()
        .cycle()
        .map(|&at| if is_bare { " \\" } else { COMMENTS[at] });
    let mut text = (*open).to_owned();
    let is_tuple = open.is_empty() || *open == "(";
    if layout.one_per_line {
        text += comments.next().unwrap();
        text += newline;
    }
    for (at, id) in parents.iter().enumerate() {
        let is_last = at + 1 == parents.len();
        let comma = !is_last || layout.last_comma || (is_tuple && parents.len() == 1);
        if layout.one_per_line {
            text += "    ";
        }
        text += &literal(id);
        if comma {
            text += ",";
        }
        if layout.one_per_line && !(is_bare && is_last) {
            text += comments.next().unwrap();
            text += newline;
        } else if !is_last {
            text += " ";
        }
    }
    text + close
}

fn module_text(parents: &[String], as_sequence: bool, layout: &Layout) -> (String, String) {
    let newline = layout.newline;
    let docstring = if layout.docstring {
        format!(
            "\"\"\"t{newline}{newline}Revises: {}{newline}\"\"\"{newline}",
            parents.join(", ")
        )
    } else {
        String::new()
    };
    let head = format!(
        "{docstring}# é 'x'{newline}revision = 'own'{newline}down_revision{} = ",
        layout.annotation
    );
    let value = value(parents, as_sequence, layout);
    let tail = format!("{}{newline}branch_labels = ('l',){newline}", layout.behind);
    (format!("{head}{value}{tail}"), value)
}

fn read(text: &str) -> Module {
    let module = read_module(text, "own.py").unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(module.problems, [], "{text}");
    module
}

fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = COMMENTS
        .iter()
        .map(|comment| comment.trim())
        .filter(|comment| !comment.is_empty())
        .flat_map(|comment| text.matches(comment))
        .collect();
    found.sort_unstable();
    found
}

fn sorted(ids: &[RevisionId]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn parents_are_those_wanted_and_the_rest_stays(
        before in ids(4),
        kept in prop::collection::vec(any::<bool>(), 4),
        new in ids(3),
        as_sequence in any::<bool>(),
        layout in layout(),
    ) {
        let mut wanted: Vec<RevisionId> = before
            .iter()
            .zip(kept)
            .filter(|(_, kept)| *kept)
            .map(|(id, _)| id.as_str().into())
            .collect();
        wanted.extend(new.iter().filter(|id| !before.contains(id)).map(|id| RevisionId::from(id.as_str())));
        let (text, _) = module_text(&before, as_sequence, &layout);
        let module = read(&text);
        let Parents::Known(found) = &module.parents else { panic!("{text}") };
        prop_assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), before.clone());
        let sites = module.sites.clone().unwrap();

        let edits = reparent(&text, &sites, &wanted);
        let after = edits.apply(&text);
        let reread = read(&after);
        let Parents::Known(found) = &reread.parents else { panic!("{after}") };
        prop_assert_eq!(sorted(found), sorted(&wanted), "\n{}\n->\n{}", text, after);
        prop_assert_eq!(&reread.branch_labels, &module.branch_labels);
        prop_assert_eq!(reread.revision.map(|it| it.0), module.revision.map(|it| it.0));
        if !wanted.is_empty() {
            prop_assert_eq!(comments(&after), comments(&text), "\n{}\n->\n{}", text, after);
        }

        // Edits lie within the value and the docstring's ids.
        let value = module.down_revision_range;
        for edit in &edits {
            let within = |range: TextRange| range.start() <= edit.range.start() && edit.range.end() <= range.end();
            prop_assert!(within(value) || sites.revises.is_some_and(within), "{:?} in\n{}", edit, text);
        }
        if let Some(range) = reread.docstring.and_then(|it| it.revises) {
            let names: Vec<&str> = wanted.iter().map(RevisionId::as_str).collect();
            prop_assert_eq!(range.of(&after).trim(), names.join(", "));
        }

        // What the text says already is not edited again.
        let again = reparent(&after, reread.sites.as_ref().unwrap(), &wanted);
        prop_assert!(again.is_empty(), "{:?}\n{}", again, after);
    }

    #[test]
    fn edits_are_a_splice(
        text in "[a-é\r\n'\"]{0,40}",
        cuts in prop::collection::vec((0_usize..41, "[xyz\n]{0,3}"), 0..8),
    ) {
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let mut places: Vec<usize> = cuts.iter().map(|(at, _)| boundary(*at)).collect();
        places.sort_unstable();
        places.dedup();
        let edits: Vec<TextEdit> = places
            .chunks_exact(2)
            .zip(&cuts)
            .map(|(pair, (_, insert))| TextEdit::replace(TextRange::new(pair[0], pair[1]), insert.as_str()))
            .collect();
        let mut naive = text.clone();
        for edit in edits.iter().rev() {
            naive.replace_range(edit.range.as_range(), &edit.insert);
        }
        let reversed = edits.iter().rev().cloned().collect();
        prop_assert_eq!(TextEdits::new(&text, reversed).apply(&text), naive);
    }
}
