//! A Python program that owns a server: it answers a line of JSON with one, and stops the server when our end of its
//! stdin closes, however this process ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::reference::{python, scripts};

/// A running `tests/reference/SCRIPT`.
#[derive(Debug)]
pub(crate) struct Keeper {
    script: &'static str,
    _process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    /// Starts `script` and waits until its server is ready. Panics if it does not start.
    pub(crate) fn start(script: &'static str, args: &[&Path]) -> Self {
        let mut process = Command::new(python())
            .arg(scripts().join(script))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {script}: {error}"));
        let requests = process.stdin.take().expect("stdin is a pipe");
        let answers = BufReader::new(process.stdout.take().expect("stdout is a pipe"));
        let mut keeper = Self {
            script,
            _process: process,
            requests,
            answers,
        };
        keeper.answer();
        keeper
    }

    /// What it answers. Panics where that is an error.
    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}")
            .unwrap_or_else(|error| panic!("{} is not running: {error}", self.script));
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let script = self.script;
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .unwrap_or_else(|error| panic!("{script} cannot be read: {error}"));
        let mut answer: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{script} ended without an answer: {line:?}"));
        if let Some(error) = answer["error"].as_str() {
            panic!("{script}: {error}");
        }
        answer["result"].take()
    }
}
