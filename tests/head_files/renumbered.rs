//! `renumber` and head files: what they hold is renamed with the revisions, whatever kind of file it is.

use crate::story::{Story, assert_says, said};
use crate::{fs, read};

/// A project with numbered ids, or with numbered file names alone; the last revision has a name that has to change.
struct Numbered {
    story: Story,
    /// Whether files are named otherwise than their ids.
    by_stem: bool,
}

impl Numbered {
    fn new(by_stem: bool) -> Self {
        let numbered = Self {
            story: Story::empty(),
            by_stem,
        };
        numbered.write("0001", "init", "", "");
        numbered.write("0002", "users", "0001_init", "");
        numbered.story.repository.commit("published");
        numbered.story.switch("feature");
        numbered
    }

    /// The id of `NUMBER_WORD`: that itself, or what Alembic would have given.
    fn id(&self, name: &str) -> String {
        if self.by_stem {
            let digits: u64 = name.bytes().map(u64::from).sum();
            format!("{:012x}", digits * 0x1234_5678_9abc)[..12].to_owned()
        } else {
            name.to_owned()
        }
    }

    fn write(&self, number: &str, word: &str, parent: &str, more: &str) {
        let name = format!("{number}_{word}");
        let down = match parent {
            "" => "None".to_owned(),
            parent => format!("\"{}\"", self.id(parent)),
        };
        let text = format!(
            "\"\"\"{word}\"\"\"\nrevision = \"{}\"\ndown_revision = {down}\n{more}\n\ndef upgrade():\n    pass\n",
            self.id(&name)
        );
        let path = format!("{}/{name}.py", self.story.versions);
        self.story.repository.write(path, &text);
    }

    /// `renumber` makes `before`, the content of the head file, `after`; `undo` takes it back.
    fn check(&self, path: &str, before: &str, after: &str) {
        let story = &self.story;
        story.repository.write(path, before);
        let checked = story.rechain(&["check"]);
        assert!(!said(&checked).contains("RC206"), "{}", said(&checked));
        let renumbered = story.rechain(&["renumber"]);
        assert_eq!(renumbered.status.code(), Some(0), "{}", said(&renumbered));
        assert_says(&said(&renumbered), &["follows the head"]);
        assert_eq!(read(story, path), after, "{}", said(&renumbered));
        let checked = story.rechain(&["check"]);
        assert!(!said(&checked).contains("RC206"), "{}", said(&checked));
        assert_eq!(story.rechain(&["undo"]).status.code(), Some(0));
        assert_eq!(read(story, path), before);
        fs::remove_file(story.repository.path().join(path)).unwrap();
    }
}

const KINDS: [&str; 5] = [
    "migrations/versions/head.txt",
    "migrations/versions/HEAD",
    "migrations/versions/HEADS",
    "migrations/.current-alembic-head",
    "docs/schema.head",
];

#[test]
fn the_id_in_each_kind_of_file_becomes_the_new_one() {
    let numbered = Numbered::new(false);
    // Two came to be number two.
    numbered.write("0002", "orders", "0002_users", "");
    numbered.story.settings("head-file = \"docs/schema.head\"");
    for path in KINDS {
        numbered
            .story
            .repository
            .write("docs/schema.head", "0002_orders\n");
        numbered.check(path, "0002_orders\n", "0003_orders\n");
        numbered
            .story
            .repository
            .write("docs/schema.head", "0002_orders\n");
        numbered.check(path, "0002_orders", "0003_orders");
        numbered
            .story
            .repository
            .write("docs/schema.head", "0002_orders\n");
        numbered.check(path, "0002_orders\r\n", "0003_orders\r\n");
    }
}

#[test]
fn a_file_that_holds_names_of_files_goes_on_holding_them() {
    let numbered = Numbered::new(true);
    numbered.write("0002", "orders", "0002_users", "");
    for path in &KINDS[..4] {
        numbered.check(path, "0002_orders\n", "0003_orders\n");
    }
}

/// Of two heads neither has a label that says which file is whose.
#[test]
fn expand_and_contract_without_such_labels_keep_theirs() {
    let numbered = Numbered::new(false);
    numbered.write(
        "0002",
        "wide",
        "0002_users",
        "branch_labels = (\"wide\",)\n",
    );
    numbered.write(
        "0002",
        "narrow",
        "0002_users",
        "branch_labels = (\"narrow\",)\n",
    );
    // The order of the new numbers is Alembic's.
    let wanted = |story: &Story, word: &str| {
        let versions = story.repository.path().join("migrations/versions");
        let names = fs::read_dir(versions).unwrap();
        let mut names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let name = names.find(|it| it.contains(word)).unwrap();
        name.trim_end_matches(".py").to_owned()
    };
    let (expand, contract) = (
        "migrations/versions/EXPAND_HEAD",
        "migrations/versions/CONTRACT_HEAD",
    );
    let heads = "migrations/versions/HEADS";
    let story = &numbered.story;
    story.repository.write(expand, "0002_wide\n");
    story.repository.write(contract, "0002_narrow\n");
    story.repository.write(heads, "0002_wide\n0002_narrow\n");
    let renumbered = story.rechain(&["renumber"]);
    assert_eq!(renumbered.status.code(), Some(0), "{}", said(&renumbered));
    let (wide, narrow) = (wanted(story, "wide"), wanted(story, "narrow"));
    assert_ne!(wide, "0002_wide");
    assert_eq!(read(story, expand), format!("{wide}\n"));
    assert_eq!(read(story, contract), format!("{narrow}\n"));
    let mut both = [wide, narrow];
    both.sort();
    assert_eq!(read(story, heads), format!("{}\n", both.join("\n")));
    let checked = story.rechain(&["check"]);
    assert!(!said(&checked).contains("RC206"), "{}", said(&checked));
}

/// A name that was one revision's and becomes another's.
#[test]
fn a_name_that_changes_hands_is_read_as_it_was() {
    let numbered = Numbered::new(false);
    // Written by hand the wrong way round: each gets the number that the other has.
    numbered.write("0004", "x", "0002_users", "");
    numbered.write("0003", "x", "0004_x", "");
    numbered.check("migrations/versions/HEAD", "0003_x\n", "0004_x\n");
}
