//! A real PostgreSQL, started for the test process that asks for it and gone when that process ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::reference::{python, scripts};

/// A running PostgreSQL server.
#[derive(Debug)]
pub struct Server {
    keeper: Mutex<Keeper>,
    databases: AtomicUsize,
}

/// `tests/reference/postgres.py`: it owns the server and stops it when our end of its stdin closes, however this
/// process ends.
#[derive(Debug)]
struct Keeper {
    _process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// The server of this process, started by the first call. Panics if it does not start.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(python())
            .arg(scripts().join("postgres.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start postgres.py: {error}"));
        let requests = process.stdin.take().expect("stdin is a pipe");
        let answers = BufReader::new(process.stdout.take().expect("stdout is a pipe"));
        let mut keeper = Keeper {
            _process: process,
            requests,
            answers,
        };
        keeper.answer();
        Self {
            keeper: Mutex::new(keeper),
            databases: AtomicUsize::new(0),
        }
    }

    /// Makes an empty database and returns its SQLAlchemy URL.
    pub fn create_database(&self) -> String {
        let name = format!("rechain_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        match self.ask(&json!({ "create": name })) {
            Value::String(url) => url,
            other => panic!("postgres.py answered {other}"),
        }
    }

    /// The rows of an SQL query, each a JSON array; values JSON does not know come as their text.
    pub fn query(&self, url: &str, sql: &str) -> Vec<Vec<Value>> {
        let Value::Array(rows) = self.ask(&json!({ "url": url, "query": sql })) else {
            panic!("postgres.py answered something that is not a list of rows")
        };
        rows.into_iter()
            .map(|row| row.as_array().expect("a row is a list").clone())
            .collect()
    }

    fn ask(&self, request: &Value) -> Value {
        // A test that panicked while asking leaves whole lines behind it all the same.
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(keeper.requests, "{request}").expect("postgres.py is running");
        keeper.answer()
    }
}

impl Keeper {
    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("postgres.py can be read");
        let mut answer: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("postgres.py ended without an answer: {line:?}"));
        if let Some(error) = answer["error"].as_str() {
            panic!("PostgreSQL: {error}");
        }
        answer["result"].take()
    }
}
