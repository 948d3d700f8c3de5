//! The command line of rechain: arguments, commands, reports and the exit status.
//!
//! Everything the program knows it has from the other crates of the workspace; this one joins them,
//! and is the only one that talks to a person.

#![allow(
    clippy::disallowed_methods,
    reason = "the command line reads the environment and knows where it was started"
)]

mod args;
mod around;
mod chain;
pub mod code;
mod commands;
mod decisions;
mod desk;
mod diagnostic;
mod dialogue;
mod door;
mod earlier;
mod exit;
mod explanation;
mod file;
mod head_files;
mod history;
mod mending;
mod merging;
mod neutral;
mod numbering;
mod paths;
mod picture;
mod progress;
mod proposal;
mod publication;
mod redundant_depends;
mod renaming;
mod renumber;
mod reorder;
mod repairs;
mod report;
mod request;
mod review;
mod rows;
mod schema;
mod statement;
mod suggestion;
mod surgery;
mod template_name;
mod terminal;
mod ui;
mod unproven;
mod verify;
mod way_on;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Arguments, Command};
use crate::ui::Ui;

pub use crate::exit::ExitStatus;

/// The definition of the command line, from which help, completions and the reference pages are made.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misread(&error),
    };
    let mut ui = Ui::new(&arguments.common);
    let status = run(arguments, &mut ui).and_then(|status| {
        ui.out.flush()?;
        Ok(status)
    });
    match status {
        Ok(status) => status.into(),
        Err(error) if is_closed_pipe(&error) => ExitStatus::Success.into(),
        Err(error) => {
            let _ = ui.out.flush();
            let _ = ui.problem(request::code_of(&error), &format!("{error:#}"));
            for hint in error
                .chain()
                .filter_map(|cause| cause.downcast_ref::<request::Hinted>())
            {
                let _ = ui.hint(&hint.hint);
            }
            if let Some(hint) = way_on::of(&error) {
                let _ = ui.hint(hint);
            }
            ExitStatus::Failure.into()
        }
    }
}

/// What the command line cannot be read as, in clap's words and under a code; help and version come this way, too.
fn misread(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(_) => ExitStatus::Failure.into(),
        };
    }
    let text = error.render().ansi().to_string();
    let coded = text.replacen("error:", &format!("error[{}]:", code::USAGE.id), 1);
    let _ = write!(anstream::stderr(), "{coded}");
    ExitStatus::Failure.into()
}

fn run(arguments: Arguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    match arguments.command {
        None => commands::check::run(&arguments.check, ui),
        Some(Command::Check(check)) => commands::check::run(&check, ui),
        Some(Command::Fix(fix)) => commands::fix::run(&fix, ui),
        Some(Command::Log(log)) => commands::log::run(&log, ui),
        Some(Command::Graph(graph)) => commands::graph::run(&graph, ui),
        Some(Command::Explain(explain)) => commands::explain::run(&explain, ui),
        Some(Command::Flatten(flatten)) => commands::flatten::run(&flatten, ui),
        Some(Command::Move(moving)) => commands::move_revisions::run(&moving, ui),
        Some(Command::Prune(prune)) => commands::prune::run(&prune, ui),
        Some(Command::Merge(merge)) => commands::merge::run(&merge, ui),
        Some(Command::Databases(databases)) => commands::databases::run(&databases, ui),
        Some(Command::Renumber(renumber)) => commands::renumber::run(&renumber, ui),
        Some(Command::Undo(undo)) => commands::undo::run(&undo, ui),
        Some(Command::Rule(rule)) => commands::rule::run(&rule, ui),
        Some(Command::Completions { shell }) => {
            // Into memory first: the generator panics where a pipe is closed early.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "rechain", &mut script);
            ui.out.write_all(&script)?;
            Ok(ExitStatus::Success)
        }
        Some(Command::Man) => {
            clap_mangen::Man::new(Arguments::command()).render(&mut ui.out)?;
            Ok(ExitStatus::Success)
        }
    }
}

/// A reader that closed the pipe early (`rechain log | head`) is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
