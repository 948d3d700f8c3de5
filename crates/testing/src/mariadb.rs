//! A real MariaDB, started for the test process that asks for it and gone when that process ends.
//!
//! It is the one that is installed, or what Debian's packages hold, unpacked under `target/mariadb/`: no package index
//! has it in a form that `pip` could install, so that only tests that are asked for by name need it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::keeper::Keeper;
use crate::workspace::{lock, target};

/// A running MariaDB server.
#[derive(Debug)]
pub struct Server {
    keeper: Mutex<Keeper>,
    databases: AtomicUsize,
}

/// The server of this process, started by the first call. Panics if it does not start.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        // The first to come unpacks the packages.
        let _lock = lock("mariadb");
        Server {
            keeper: Mutex::new(Keeper::start("mariadb.py", &[&target("mariadb")])),
            databases: AtomicUsize::new(0),
        }
    })
}

impl Server {
    /// Makes an empty database and returns its SQLAlchemy URL.
    pub fn create_database(&self) -> String {
        let name = format!("rechain_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        match keeper.ask(&json!({ "create": name })) {
            Value::String(url) => url,
            other => panic!("mariadb.py answered {other}"),
        }
    }
}
