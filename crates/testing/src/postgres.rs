//! A real PostgreSQL, started for the test process that asks for it and gone when that process ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::keeper::Keeper;

/// A running PostgreSQL server.
#[derive(Debug)]
pub struct Server {
    keeper: Mutex<Keeper>,
    databases: AtomicUsize,
}

/// The server of this process, started by the first call. Panics if it does not start.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server {
        keeper: Mutex::new(Keeper::start("postgres.py", &[])),
        databases: AtomicUsize::new(0),
    })
}

impl Server {
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
        keeper.ask(request)
    }
}
