//! The streams: the answer goes to standard output, the conversation to standard error.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::args::{ColorWhen, Common};
use crate::code::Code;
use crate::neutral::Neutral;

/// Where the program talks, and how much.
pub(crate) struct Ui {
    /// The answer: diff, table, JSON.
    pub(crate) out: Box<dyn Write>,
    /// Notes, prompts and hints.
    pub(crate) err: Box<dyn Write>,
    /// Whether the answer is coloured. Where it is not, escape sequences are stripped from what is
    /// written to `out`; [`Ui::exact`] strips nothing.
    pub(crate) styled: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    choice: ColorChoice,
}

impl Ui {
    pub(crate) fn new(common: &Common) -> Self {
        let choice = match common.color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::AlwaysAnsi,
            ColorWhen::Never => ColorChoice::Never,
        };
        Self {
            out: Box::new(Neutral::new(io::BufWriter::new(AutoStream::new(
                io::stdout(),
                choice,
            )))),
            err: Box::new(Neutral::new(AutoStream::new(io::stderr(), choice))),
            styled: match choice {
                ColorChoice::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                choice => choice != ColorChoice::Never,
            },
            choice,
            quiet: common.quiet,
            verbose: common.verbose,
        }
    }

    /// Whether the conversation is coloured.
    pub(crate) fn is_err_styled(&self) -> bool {
        match self.choice {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        }
    }

    /// Standard output as it is, behind what was written to `out` so far: a diff is for programs, too. A
    /// terminal gets what it would act on made visible.
    pub(crate) fn exact(&mut self) -> io::Result<Box<dyn Write>> {
        self.out.flush()?;
        let out = io::BufWriter::new(io::stdout());
        Ok(if io::stdout().is_terminal() {
            Box::new(Neutral::new(out))
        } else {
            Box::new(out)
        })
    }

    /// A note: left out with `-q`.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.out.flush()?;
        writeln!(self.err, "{NOTE}note{NOTE:#}: {text}")
    }

    /// A detail: only with `-v`.
    pub(crate) fn detail(&mut self, text: &str) -> io::Result<()> {
        if self.verbose {
            writeln!(self.err, "{text}")
        } else {
            Ok(())
        }
    }

    /// A way on.
    pub(crate) fn hint(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        writeln!(self.err, "{HINT}hint{HINT:#}: {text}")
    }

    /// An error, under a code that `rechain rule` explains.
    pub(crate) fn problem(&mut self, code: &Code, text: &str) -> io::Result<()> {
        self.out.flush()?;
        writeln!(self.err, "{ERROR}error[{}]{ERROR:#}: {text}", code.id)
    }

    /// Whether a person is there to be asked.
    pub(crate) fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// How wide the terminal is to which standard error goes; `None` where it goes elsewhere.
    pub(crate) fn columns() -> Option<usize> {
        io::stderr()
            .is_terminal()
            .then(|| crate::terminal::size().0)
    }

    /// Asks `question` and returns the answer without the newline; `None` at the end of input.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        self.out.flush()?;
        write!(self.err, "{question} ")?;
        self.err.flush()?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            writeln!(self.err)?;
            return Ok(None);
        }
        Ok(Some(answer.trim().to_owned()))
    }
}

/// Headings.
pub(crate) const TITLE: Style = Style::new().bold();
/// Lines of a diff that come.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// Lines of a diff that go.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// Hunk headers.
pub(crate) const PLACE: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
