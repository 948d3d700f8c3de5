//! The command line, as `--help`, the completions and the manual page show it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::reorder::Door;

/// Repairs branched Alembic migration chains.
///
/// Reads revision modules without importing them, plans one order from what each does to tables and
/// from what is deployed, and edits `down_revision` in place, byte for byte nothing else.
///
/// Exit status: 0 sound or made sound; 1 a problem was found, or a dry run proposes a change; 2 it
/// could not be done; 3 a person must decide, and nothing was written.
#[derive(Debug, Parser)]
#[command(
    name = "rechain",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArguments,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count too
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
    /// Say less: no notes, no summary
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more: where things were found
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Is the chain sound? Reads only (the default command)
    Check(CheckArguments),
    /// Bring every lineage back to one head: plan, show the diff, write
    Fix(FixArguments),
    /// The chain in order, with the tables each revision touches
    Log(LogArguments),
    /// The revision graph as a picture: in the terminal, for pull requests, as a drawing
    Graph(GraphArguments),
    /// What one revision does to the schema; whether two may swap places, and why
    Explain(ExplainArguments),
    /// Make a whole unpublished history linear, merge revisions included
    Flatten(FlattenArguments),
    /// Put revisions elsewhere in the chain
    Move(MoveArguments),
    /// Take an unpublished revision and its file out of the chain
    Prune(PruneArguments),
    /// Join heads with the merge revision Alembic would write, the same bytes for everybody
    Merge(MergeArguments),
    /// What databases need before and after a change: which migrations one would skip, and the commands
    /// that put it right
    Databases(DatabasesArguments),
    /// Give unpublished revisions the ids and file names that the project's pattern wants
    Renumber(RenumberArguments),
    /// Take back the last change this program wrote
    Undo(UndoArguments),
    /// What a problem code means, why it matters, and how to repair it
    Rule(RuleArguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which project.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ProjectArguments {
    /// A project directory, an alembic.ini, a pyproject.toml, a directory of revisions or a file in
    /// it; by default the configuration nearest to this directory
    pub(crate) path: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
}

/// Alembic's own options that say which configuration counts.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigurationArguments {
    /// Alembic's configuration file, as in `alembic -c`; twice for an ini and a pyproject.toml
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// The section of the ini file, as in `alembic -n`
    #[arg(short, long, value_name = "SECTION")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Check what merging the work tree into REF would make, and that it changes nothing below a
    /// revision that databases following a published ref may have
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// As if REF were merged too: would these branches land together?
    #[arg(long, value_name = "REF")]
    pub(crate) with: Vec<String>,
    /// Fetch the base's remote first; nothing else uses the network
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Run the whole history over nothing, as far as it is understood: does each step find what it needs?
    #[arg(long)]
    pub(crate) schema: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// For code-scanning services (SARIF 2.1.0)
    Sarif,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct FixArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
    #[command(flatten)]
    pub(crate) order: OrderArguments,
    /// Where moved revisions go: on top, or (where nothing is published) beside the tables they
    /// belong to
    #[arg(long, value_enum)]
    pub(crate) placement: Option<PlacementArgument>,
    /// Put the revisions that no database has in an order of your own: on the whole screen, or as a
    /// list in your editor, as `git rebase -i` has it; by default what the terminal can show
    #[arg(
        long,
        value_enum,
        value_name = "DOOR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto",
        conflicts_with = "yes"
    )]
    pub(crate) edit_order: Option<Door>,
    /// The answer to one open decision, as `fix` prints it where it cannot ask
    #[arg(long, value_name = "DECISION=ANSWER")]
    pub(crate) answer: Vec<String>,
    /// Answers to open decisions, in the form in which `--dry-run --format json` prints the questions
    #[arg(long, value_name = "FILE")]
    pub(crate) decisions: Option<PathBuf>,
}

impl FixArguments {
    /// What it was told, option by option, as they are typed.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut say = |option: &str, value: &str| {
            told.push(match value {
                "" => option.to_owned(),
                value => format!("{option} {}", crate::paths::quoted(value)),
            });
        };
        for answer in &self.answer {
            say("--answer", answer);
        }
        if let Some(file) = &self.decisions {
            say("--decisions", &file.to_string_lossy());
        }
        let said = &self.publication;
        for revision in &said.applied {
            say("--applied", revision);
        }
        for revision in &said.not_applied {
            say("--not-applied", revision);
        }
        if let Some(base) = &said.base {
            say("--base", base);
        }
        if let Some(placement) = self.placement {
            let value = placement.to_possible_value();
            say("--placement", value.as_ref().map_or("", |it| it.get_name()));
        }
        if self.order.strict {
            say("--strict", "");
        }
        if self.order.drop_redundant_depends {
            say("--drop-redundant-depends", "");
        }
        told
    }
}

/// Options of commands that give revisions another order.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OrderArguments {
    /// What is not understood counts as a conflict
    #[arg(long)]
    pub(crate) strict: bool,
    /// Remove entries of `depends_on` that the new chain implies; otherwise they are only named
    #[arg(long)]
    pub(crate) drop_redundant_depends: bool,
}

/// Options of every command that writes.
#[derive(Debug, Clone, Args)]
pub(crate) struct WritingArguments {
    /// Everything but the writing; exit status 1 if there is a change to propose
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Never ask; each decision takes its documented default, one without a default is exit status 3
    #[arg(short, long, visible_alias = "no-input")]
    pub(crate) yes: bool,
    /// Ask before writing, too
    #[arg(short, long, conflicts_with = "yes")]
    pub(crate) interactive: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Which project, for commands whose arguments are revisions.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NamedProject {
    /// A project directory, an alembic.ini, a pyproject.toml, a directory of revisions or a file in
    /// it; by default the configuration nearest to this directory
    #[arg(long, value_name = "PATH")]
    pub(crate) project: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
}

impl NamedProject {
    /// The same as if the path had been the argument.
    pub(crate) fn to_arguments(&self) -> ProjectArguments {
        ProjectArguments {
            path: self.project.clone(),
            configuration: self.configuration.clone(),
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArguments {
    /// One revision, or two that are compared
    #[arg(required = true, num_args = 1..=2, value_name = "REV")]
    pub(crate) revisions: Vec<String>,
    #[command(flatten)]
    pub(crate) project: NamedProject,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct FlattenArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Only what lies above REV; REV and everything below it stays as it is
    #[arg(long, value_name = "REV")]
    pub(crate) from: Option<String>,
    /// Delete merge revisions that do nothing, with their files; otherwise they become ordinary links
    #[arg(long)]
    pub(crate) drop_empty_merges: bool,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
    #[command(flatten)]
    pub(crate) order: OrderArguments,
}

#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("destination").required(true))]
pub(crate) struct MoveArguments {
    /// The revisions that move, in the order they have in the chain
    #[arg(required = true, value_name = "REV")]
    pub(crate) revisions: Vec<String>,
    /// Directly after REV; what followed it follows them
    #[arg(long, value_name = "REV", group = "destination")]
    pub(crate) after: Option<String>,
    /// Directly before REV; they follow what it followed
    #[arg(long, value_name = "REV", group = "destination")]
    pub(crate) before: Option<String>,
    /// Everything that follows them moves with them
    #[arg(long)]
    pub(crate) with_descendants: bool,
    #[command(flatten)]
    pub(crate) project: NamedProject,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
    #[command(flatten)]
    pub(crate) order: OrderArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PruneArguments {
    /// The revisions that go
    #[arg(required = true, value_name = "REV")]
    pub(crate) revisions: Vec<String>,
    #[command(flatten)]
    pub(crate) project: NamedProject,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RenumberArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
}

/// What databases have.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PublicationArguments {
    /// A database that stands on REV exists, so REV and everything below it stays where it is;
    /// `none`: nothing is deployed anywhere
    #[arg(long, value_name = "REV")]
    pub(crate) applied: Vec<String>,
    /// No database has REV or anything above it
    #[arg(long, value_name = "REV")]
    pub(crate) not_applied: Vec<String>,
    /// The ref this work will land on: its history says what databases may have. By default the HEAD
    /// of upstream or origin, else main or master; `none`: git is not asked
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// Fetch the base's remote first; nothing else uses the network
    #[arg(long)]
    pub(crate) fetch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlacementArgument {
    Tip,
    Tables,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LogArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// A Markdown page
    Md,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    /// Draw every revision; otherwise long linear runs are drawn as one
    #[arg(long)]
    pub(crate) full: bool,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Lanes in the terminal
    Text,
    /// A flowchart for Markdown, as GitHub and GitLab draw it
    Mermaid,
    /// For Graphviz
    Dot,
    /// A drawing
    Svg,
    /// One page with the graph, every revision's tables and a search
    Html,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct UndoArguments {
    /// Where the change was written; by default this directory
    pub(crate) path: Option<PathBuf>,
    /// Only say what would be taken back
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RuleArguments {
    /// A code such as RC101; without one, all are listed
    pub(crate) code: Option<String>,
}

/// Exit status: 0 the change is right for these databases, 1 one of them needs the commands printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct DatabasesArguments {
    /// The rows of the database's `alembic_version`, `base` for none; `-`: rows or what `alembic current`
    /// prints, on standard input. Without any, every state that a database can be in is looked at
    #[arg(value_name = "REV")]
    pub(crate) rows: Vec<String>,
    /// The files that the database was migrated with, as a commit: `ORIG_HEAD`, `v1.2`. By default
    /// those before the last change this program wrote here, else the base's
    #[arg(long, value_name = "REF")]
    pub(crate) since: Option<String>,
    /// Print the whole recipe of every state
    #[arg(long, conflicts_with = "rows")]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) project: NamedProject,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct MergeArguments {
    /// The heads to join; by default those of each lineage that has several
    #[arg(value_name = "REV")]
    pub(crate) revisions: Vec<String>,
    #[command(flatten)]
    pub(crate) project: NamedProject,
    #[command(flatten)]
    pub(crate) publication: PublicationArguments,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
}
