//! The codes of problems: stable names, and what each means at length.

/// A kind of problem. Its code and name never change.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `RC101`.
    pub id: &'static str,
    /// `multiple-heads`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What it means, why it matters and how to repair it.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($constant:ident = $id:literal $name:literal, $summary:literal, $explanation:literal;)*) => {
        $(#[doc = concat!("`", $name, "`")] pub const $constant: Code = Code {
            id: $id, name: $name, summary: $summary, explanation: $explanation,
        };)*
        /// Every code, in order.
        pub const ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    MULTIPLE_HEADS = "RC101" "multiple-heads",
        "A lineage has several heads.",
        "Two or more revisions of one lineage are followed by none, as when two branches each add a \
migration to the same parent and git merges them without a word. `alembic upgrade head` then refuses \
to run, for everyone.\n\nRepair: `rechain fix` puts one side above the other. A merge revision \
(`alembic merge heads`) joins the heads too, but runs the sides in an order nobody chose.";
    MISSING_PARENT = "RC102" "missing-parent",
        "A down_revision names a revision that no file declares.",
        "Alembic cannot load the history at all: every command ends in a KeyError. The file was \
deleted or never committed, or the id is mistyped (a down_revision must be a full revision id, not a \
file name, a label or the beginning of an id).\n\nRepair: `rechain fix` brings the file back or \
names the parent that was meant, and asks where git and the names leave it open.";
    MISSING_DEPENDENCY = "RC103" "missing-dependency",
        "A depends_on names neither a revision nor a branch label.",
        "Alembic ends in a KeyError unless another version location declares it: `depends_on` may name \
revisions of other packages whose migrations run together with these.\n\nRepair: check all of the \
environments in one run, or name the revision that was meant.";
    DUPLICATE_REVISION = "RC104" "duplicate-revision",
        "Several files declare the same revision id.",
        "Alembic warns, takes the last file it loads and never runs the others; `alembic heads` then \
prints phantoms. It is what copying a migration file leaves behind.\n\nRepair: `rechain fix` deletes \
identical copies and gives the newcomer of two revisions an id of its own; otherwise do so yourself.";
    SELF_LOOP = "RC105" "self-loop",
        "A revision names itself as parent or dependency.",
        "Alembic refuses every command (LoopDetected).\n\nRepair: `rechain fix` names the parent that git, \
the docstring or the one head beside it shows.";
    CYCLE = "RC106" "cycle",
        "Revisions follow each other in a circle.",
        "No order of them exists. Alembic refuses most circles (CycleDetected); some it overlooks, and \
then prints a wrong order or never ends.\n\nRepair: one of the links printed is wrong, usually the one \
edited last; `rechain fix` opens the circle where git, docstrings or tables show it.";
    SECOND_ROOT = "RC107" "second-root",
        "More than one unlabelled history starts from nothing.",
        "A second revision with `down_revision = None` starts a history of its own, with a head of its \
own. It usually was meant to follow an existing head.\n\nRepair: `rechain fix` does so where the base has the other \
history only; name its parent, or give it a branch \
label; if the project wants it so, set `roots` in `[tool.rechain]`.";
    DUPLICATE_LABEL = "RC108" "duplicate-label",
        "A branch label is declared twice, or equals a revision id.",
        "Alembic refuses to load the history.\n\nRepair: declare each label in one revision.";
    EMPTY_HISTORY = "RC109" "empty-history",
        "There is no revision.",
        "The version locations hold no revision file. If there should be some, the configuration points \
elsewhere: Alembic skips directories that do not exist without a word.\n\nRepair: run `rechain check \
-v`, which prints where was looked.";
    REDUNDANT_PARENT = "RC110" "redundant-parent",
        "A revision has a parent that another of its parents implies.",
        "With three or more parents and dependencies, an upgrade that reaches the revision with two of \
them applied ends in a KeyError after its upgrade() ran.\n\nRepair: remove the redundant one.";
    FORBIDDEN_CHARACTER = "RC111" "forbidden-character",
        "A revision id has a character that Alembic refuses.",
        "`@`, `-` and `+` have a meaning on Alembic's command line, and since 1.17.1 `:` too.\n\nRepair: \
give the revision another id, in its file and in the files that name it.";
    UNREADABLE_FILE = "RC201" "unreadable-file",
        "A revision file could not be read.",
        "It is not valid Python, or not in the encoding it declares, so its place in the chain is not \
known. Files with git's conflict markers end up here.\n\nRepair: what the message says, at the place it \
names.";
    COMPUTED_IDENTIFIER = "RC202" "computed-identifier",
        "revision or down_revision is computed when the module runs.",
        "rechain never runs the modules it reads, so it does not guess. Heads cannot be told while a \
parent is unknown.\n\nRepair: write the value as a literal.";
    MISSING_IDENTIFIER = "RC203" "missing-identifier",
        "A file among the revisions lacks revision or down_revision.",
        "Alembic loads every .py file of a version location and fails on one without these names. A \
helper module there breaks every command.\n\nRepair: move the file elsewhere, or complete it.";
    WRONG_TYPE = "RC204" "wrong-type",
        "An identifier has a value Alembic does not take.",
        "Ids are strings; down_revision and depends_on are None, a string, or a tuple or list of \
strings.\n\nRepair: write it so.";
    BYTECODE_ONLY = "RC205" "bytecode-only",
        "A revision exists as bytecode alone.",
        "With `sourceless = true` Alembic loads .pyc files; rechain reads source only, so it cannot see \
where this revision belongs.\n\nRepair: bring its .py file back.";
    STALE_HEAD_FILE = "RC206" "stale-head-file",
        "A file that holds the head holds another revision.",
        "Projects keep the id of their head in a file (`head.txt`, `HEAD`, `EXPAND_HEAD`, \
`.current-alembic-head`, or what `head-file` in `[tool.rechain]` names), so that two branches that each add a \
revision conflict there. It names another revision than the head, or has git's conflict markers.\n\nRepair: \
`rechain fix` writes it, as every command does that changes the chain.";
    PARENT_ON_BASE = "RC301" "parent-on-base",
        "A down_revision names a revision that only the base has.",
        "Merged, the history has both; on this branch alone Alembic ends in a KeyError.\n\nRepair: merge or \
rebase the base first.";
    DISPLACED_PUBLISHED = "RC302" "displaced-published",
        "What lies below a published revision would change.",
        "A database that has a revision takes everything below it for done. What is slipped in below it \
never runs there, and nothing says so: `alembic current` shows the head all the same. It happens when \
a `down_revision` of a deployed revision is edited.\n\nRepair: `rechain fix` gives the published revision \
the parents back that databases ran, and puts what is new on top.";
    DELETED_PUBLISHED = "RC303" "deleted-published",
        "A published revision would be gone.",
        "A database that stands on it ends in \"Can't locate revision identified by ...\".\n\nRepair: bring \
the file back. Where old migrations are squashed on purpose, be sure first that every database is past \
them.";
    RENAMED_PUBLISHED = "RC304" "renamed-published",
        "A published revision would have another id.",
        "Databases that stand on the old id cannot be upgraded any more; those that stand above it take \
the new one for done.\n\nRepair: give it back its id.";
    REUSED_ID = "RC305" "reused-id",
        "The id of a published revision would belong to another one.",
        "Databases that have the old one take the new one for done and never run it.\n\nRepair: give the \
new revision an id of its own.";
    CHANGED_UPGRADE = "RC306" "changed-upgrade",
        "What a published revision runs would change.",
        "Databases that have it will never run the new text, so they and new ones come to differ. Layout, \
comments, imports and downgrade() do not count.\n\nRepair: put the change in a revision of its own.";
    MERGE_CONFLICT = "RC307" "merge-conflict",
        "git could not merge a revision file.",
        "Both sides changed it in the same place, or one removed what the other changed.\n\nRepair: merge \
or rebase the base, and resolve it.";
    CONFLICT = "RC401" "conflict",
        "Two revisions conflict: no order of them is right.",
        "Both create the same object, both change the same property of one, or each needs what the \
other makes. Alembic would run them and the database would fail, or end up with whatever ran last.\n\n\
Repair: change one of the two revisions, then run `rechain fix` again.";
    PUBLICATION_UNKNOWN = "RC402" "publication-unknown",
        "What databases have is not known.",
        "There is no git, no base ref and no answer. A revision that is put below one that a database \
already has is skipped there, silently and for ever, so this is asked instead of guessed.\n\nRepair: say \
`--applied REV` for what is deployed, or `--applied none`; or keep it as `applied` in `[tool.rechain]`. \
With `--yes` the side that the others need stays, else the longer one.";
    BOTH_PUBLISHED = "RC403" "both-published",
        "Databases may stand on several heads of one lineage.",
        "No linear chain is right for all of them: whichever side goes below, databases on the other would \
skip it.\n\nRepair: merge or rebase the base first, if it joins them already; `--not-applied REV` where you \
know that no database has one of them; else `rechain merge` writes the merge revision that Alembic would.";
    NOT_UNDERSTOOD = "RC404" "not-understood",
        "An order would rest on a revision of which not all is understood.",
        "Raw SQL, a call of an imported function or a computed name may do anything to any table. Without \
`--strict` such a revision goes on top, which is safe for everything below it, and the output says \
so.\n\nRepair: look at the line that is named, then accept the order, or go without `--strict`.";
    DAMAGED = "RC405" "damaged-history",
        "The history is damaged, so it has no order.",
        "A parent is missing, two files have one id, revisions follow each other in a circle, or a file cannot \
be read. The problems that are shown with it say which. Nothing is planned, drawn or moved on such a \
history.\n\nRepair: `rechain fix` makes the repair that alone can be right, and asks about the others; where \
nobody can be asked it prints the command that takes each option.";
    REFUSED = "RC406" "refused",
        "What was asked for would do harm, so it is not done.",
        "It would change what lies below a published revision (a database that has run it would skip what is \
put there), make a circle, leave a dependency without its revision, or put a need before what it \
needs.\n\nRepair: the message names the revisions that stand in the way; `--not-applied REV` or `--applied \
none` where you know that no database has them.";
    NOBODY_TO_ASK = "RC407" "nobody-to-ask",
        "A question was to be asked, and there is no terminal.",
        "`--interactive` asks before every change. Standard input and standard error have to be a terminal for \
that.\n\nRepair: leave `--interactive` out, or answer with flags: `fix` prints them.";
    CREATED_TWICE = "RC411" "created-twice",
        "A revision creates what one below it created already.",
        "With `check --schema` the whole history is run over nothing, as far as its effects are understood. \
An upgrade of an empty database stops at this step: the object exists.\n\nRepair: take the step out of one \
of the two revisions; out of the unpublished one, if the other is published.";
    USED_BEFORE_CREATED = "RC412" "used-before-created",
        "A revision uses what only a later one creates.",
        "An upgrade of an empty database stops at this step. It happens when revisions are put in an order \
that nobody ran.\n\nRepair: `rechain move` puts the creating revision below this one.";
    FOREIGN_KEY_TO_LATER = "RC413" "foreign-key-to-later-table",
        "A foreign key points to a table that only a later revision creates.",
        "PostgreSQL, MySQL, SQL Server and Oracle refuse such a key; SQLite takes it.\n\nRepair: `rechain \
move` puts the revision that creates the table below this one.";
    USED_AFTER_REMOVED = "RC414" "used-after-removed",
        "A revision uses what one below it removed or renamed.",
        "An upgrade stops at this step: the object is gone, or has another name.\n\nRepair: put the step \
before the removal, or use the new name.";
    INTERRUPTED_CHANGE = "RC501" "interrupted-change",
        "An earlier change of this program was interrupted.",
        "It was killed, or the machine stopped, between the first and the last file.\n\nRepair: the next \
`rechain fix` or `rechain undo` finishes the change or takes it back.";
    JOURNAL = "RC502" "journal",
        "The journal of changes cannot be used.",
        "Every change is noted in `.git/rechain` (without git: in `.rechain` beside the versions directory) \
before the first file is written, so that it can be undone and so that a kill in the middle does no harm. \
Without a journal nothing is written.\n\nRepair: what the message says: rights, room on the disk, another \
rechain that runs at the same time.";
    CHANGED_SINCE = "RC503" "changed-since",
        "Files of the last change were edited since.",
        "`rechain undo` puts back whole files, and would take those edits with it.\n\nRepair: put the files back \
as they were written, or take the change back by hand: `rechain undo --dry-run` shows it.";
    CONFIGURATION = "RC601" "configuration",
        "The project cannot be found, or its configuration makes no sense.",
        "rechain looks where Alembic would: `-c`, ALEMBIC_CONFIG, the nearest alembic.ini, `[tool.alembic]` \
in pyproject.toml, Flask-Migrate's migrations/alembic.ini.\n\nRepair: name a project directory, an \
alembic.ini or a directory of revisions as PATH; `-v` prints where was looked.";
    GIT = "RC602" "git",
        "git does not answer.",
        "What databases may have is read from git: refs, commits and the revision files in them. A ref that \
does not exist, an unreadable repository or a missing git program end the run, where git was asked for \
something by name.\n\nRepair: what git's own words say, or `--base none`, which leaves git out.";
    UNKNOWN_REVISION = "RC603" "unknown-revision",
        "An argument names no revision, or several.",
        "Taken are what Alembic takes: a full id, a unique beginning of one, a branch label, `head`, `base`, \
`LABEL@head`. File names and messages are not, but the nearest revision is named.\n\nRepair: the id that is \
meant; `rechain log` lists them all.";
    DECISIONS = "RC604" "decisions",
        "A decisions file cannot be used.",
        "`--decisions FILE` takes what `rechain fix --dry-run --format json` prints, with one of the options \
in the place of an `answer`. Every answer must be to a question that is open: an answer to something else \
was given for other revisions. Answers to damage that is mended are passed over.\n\nRepair: print the questions \
again, and answer those.";
    USAGE = "RC605" "usage",
        "The command line asks for something that cannot be done as it stands.",
        "An option that does not exist, a value that makes no sense, or arguments that do not go together, \
here or in this project.\n\nRepair: `rechain COMMAND --help` lists what there is; the message names the \
nearest where there is one.";
    FILES = "RC606" "files",
        "A file cannot be read or written.",
        "The operating system says why: it is not there, rights are missing, the disk is full. Nothing was \
written, or all of it was: a change is made whole or not at all.\n\nRepair: what the message says; then run \
the command again.";
}

/// The code with this id or name, in any case.
pub(crate) fn find(text: &str) -> Option<&'static Code> {
    ALL.iter()
        .find(|code| code.id.eq_ignore_ascii_case(text) || code.name.eq_ignore_ascii_case(text))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_unique_and_in_order() {
        for pair in ALL.windows(2) {
            assert!(pair[0].id < pair[1].id);
            assert!(ALL.iter().filter(|code| code.name == pair[0].name).count() == 1);
        }
    }

    #[test]
    fn every_explanation_says_how_to_repair() {
        for code in ALL {
            assert!(code.explanation.contains("\n\nRepair: "), "{}", code.id);
        }
    }
}
