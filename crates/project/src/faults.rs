//! A disk that stops at a chosen point, for tests.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::file_system::{Attributes, Disk, FileSystem};

/// What happens at the chosen point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process dies: nothing is done from there on, no cleaning up either.
    Kill,
    /// One operation fails without effect; a file being written is left half done.
    Fail,
    /// One operation takes effect and is reported as failed all the same.
    FailAfterwards,
}

#[derive(Debug)]
pub(crate) struct Faults {
    fault: Option<(Fault, usize)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    points: usize,
    dead: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Go,
    Stop(Fault),
    Dead,
}

impl Faults {
    /// The disk as it is; it counts the points where it could have stopped.
    pub(crate) fn none() -> Arc<Self> {
        Arc::new(Self {
            fault: None,
            state: Mutex::default(),
        })
    }

    pub(crate) fn at(fault: Fault, point: usize) -> Arc<Self> {
        Arc::new(Self {
            fault: Some((fault, point)),
            state: Mutex::default(),
        })
    }

    pub(crate) fn points(&self) -> usize {
        self.state.lock().unwrap().points
    }

    fn point(&self) -> Step {
        let mut state = self.state.lock().unwrap();
        if state.dead {
            return Step::Dead;
        }
        let here = state.points;
        state.points += 1;
        match self.fault {
            Some((fault, point)) if point == here => {
                state.dead = fault == Fault::Kill;
                Step::Stop(fault)
            }
            _ => Step::Go,
        }
    }

    fn run(&self, operation: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self.point() {
            Step::Go => operation(),
            Step::Stop(Fault::FailAfterwards) => operation().and_then(|()| injected()),
            Step::Stop(_) | Step::Dead => injected(),
        }
    }
}

fn injected() -> io::Result<()> {
    Err(io::Error::other("injected"))
}

impl FileSystem for Faults {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.run(|| Disk.create_directory(path))
    }

    fn create_file(&self, path: &Path, content: &[u8], attributes: &Attributes) -> io::Result<()> {
        self.run(|| Ok(()))?;
        // Two more points: the file is there and empty; half of it is written.
        for length in [0, content.len() / 2] {
            if let Step::Stop(_) = self.point() {
                File::create_new(path)?;
                fs::write(path, &content[..length])?;
                return injected();
            }
        }
        self.run(|| Disk.create_file(path, content, attributes))
    }

    fn create_link(&self, path: &Path, text: &Path) -> io::Result<()> {
        self.run(|| Disk.create_link(path, text))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(|| Disk.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.run(|| Disk.remove_file(path))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.run(|| Disk.remove_directory(path))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.run(|| Disk.sync_directory(path))
    }
}
