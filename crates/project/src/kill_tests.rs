//! Stops writing, undoing and repairing at every point, and looks at what is left. Without symbolic links where making
//! one takes a privilege.
#![allow(clippy::print_stdout, reason = "the number of points is said")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::faults::{Fault, Faults};
use crate::file_system::{Attributes, Disk, FileSystem};
use crate::paths::real_path;
use crate::{
    Change, ChangeSet, How, Journal, UndoError, WriteError, Written, pending, recover, undo, write,
};

/// Every which point is tried: Windows needs minutes for all of them, and its file system's part is small.
const STEP: usize = if cfg!(unix) { 1 } else { 5 };

const ALL: [Fault; 3] = [Fault::Kill, Fault::Fail, Fault::FailAfterwards];

/// A project in three directories, with everything a change can meet.
struct World {
    place: TempDir,
    journal: Journal,
    first: ChangeSet,
    set: ChangeSet,
    old: Snapshot,
    new: Snapshot,
    /// The time of `versions/a.py`, and which side that time belongs to.
    mtime: (SystemTime, bool),
}

/// Path -> mode and content, or what a link says.
type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

const BYTECODE: &str = "versions/__pycache__/a.cpython-311.pyc";

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = real_path(place.path()).unwrap();
        for directory in [".git", "versions/__pycache__", "other", "shared"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let file = |name: &str, mode: u32, content: &str| {
            fs::write(root.join(name), content).unwrap();
            set_mode(&root.join(name), mode);
        };
        file("versions/first.py", 0o644, "0");
        file("versions/a.py", 0o644, "down_revision = 'a'\n");
        file("versions/b.py", 0o600, "down_revision = 'b'\n");
        file("other/c.py", 0o755, "down_revision = 'c'\n");
        file("other/old.py", 0o640, "prune me\n");
        file("shared/real.py", 0o664, "through a link\n");
        file("shared/keep.py", 0o644, "stays\n");
        file(BYTECODE, 0o644, "bytecode");
        let path = |name: &str| root.join(name);
        #[cfg_attr(not(unix), allow(unused_mut, reason = "there are no links to add"))]
        let mut changes = vec![
            Change::edit(
                path("versions/a.py"),
                "down_revision = 'a'\n",
                "down_revision = 'A'\n",
            ),
            Change::create(path("versions/new.py"), "new\n"),
            Change::edit(path("versions/b.py"), "down_revision = 'b'\n", "b\n"),
            Change::delete(path("other/old.py"), "prune me\n"),
            Change::edit(path("other/c.py"), "down_revision = 'c'\n", ""),
        ];
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("../shared/real.py", path("versions/link.py")).unwrap();
            symlink("../shared/keep.py", path("other/gone.py")).unwrap();
            let link = path("versions/link.py");
            changes.insert(1, Change::edit(link, "through a link\n", "through it\n"));
            changes.insert(5, Change::delete(path("other/gone.py"), "stays\n"));
        }
        let set = ChangeSet::new("fix", changes);
        let old = snapshot(&root);
        let mut new = old.clone();
        let mut becomes = |name: &str, mode: u32, content: &str| {
            let mode = if cfg!(unix) { mode } else { 0 };
            new.insert(name.into(), (mode, content.into()));
        };
        becomes("versions/a.py", 0o644, "down_revision = 'A'\n");
        becomes("versions/new.py", default_mode(&root), "new\n");
        becomes("versions/b.py", 0o600, "b\n");
        becomes("other/c.py", 0o755, "");
        if cfg!(unix) {
            becomes("shared/real.py", 0o664, "through it\n");
        }
        new.remove(Path::new("other/old.py"));
        new.remove(Path::new("other/gone.py"));
        let first = Change::edit(path("versions/first.py"), "0", "1");
        Self {
            journal: Journal::locate(&root.join("versions"), &root).unwrap(),
            mtime: (modified(&root.join("versions/a.py")), false),
            first: ChangeSet::new("move", vec![first]),
            place,
            set,
            old,
            new,
        }
    }

    /// With an earlier change in the journal.
    fn with_history() -> Self {
        let mut world = Self::new();
        write(&world.first, &world.journal).unwrap();
        for side in [&mut world.old, &mut world.new] {
            set_content(side, "versions/first.py", b"1");
        }
        world
    }

    /// With the change on disk.
    fn written() -> Self {
        let world = Self::with_history();
        write(&world.set, &world.journal).unwrap();
        assert_eq!(world.now(), world.new);
        // As if Python had run since.
        fs::write(world.place.path().join(BYTECODE), "bytecode").unwrap();
        Self {
            mtime: (modified(&world.place.path().join("versions/a.py")), true),
            ..world
        }
    }

    fn now(&self) -> Snapshot {
        snapshot(self.place.path())
    }

    fn stopping(&self, fault: Fault, point: usize) -> Journal {
        self.journal.on(Faults::at(fault, point))
    }

    fn write(&self, fault: Fault, point: usize) -> Result<Written, WriteError> {
        let written = write(&self.set, &self.stopping(fault, point))?;
        self.remove_reported(fault, &written.stale_bytecode);
        Ok(written)
    }

    /// Bytecode that could not be removed is reported, and only that is left.
    fn remove_reported(&self, fault: Fault, stale: &[PathBuf]) {
        if fault == Fault::Fail && !stale.is_empty() {
            assert_eq!(
                stale,
                [real_path(self.place.path()).unwrap().join(BYTECODE)]
            );
            fs::remove_file(&stale[0]).unwrap();
        }
    }

    /// What holds once a repair is over: all files are old or all are new, no temporary file is left,
    /// the journal agrees with the files, and Python cannot be misled.
    #[track_caller]
    fn check_repaired(&self, at: &str) {
        assert_eq!(pending(&self.journal).unwrap(), None, "{at}");
        assert_eq!(recover(&self.journal).unwrap(), None, "{at}");
        let now = self.now();
        let is_new = now == self.new;
        assert!(is_new || now == self.old, "{at}: {now:#?}");
        let root = self.place.path();
        let touched = modified(&root.join("versions/a.py")) != self.mtime.0;
        assert!(
            !(touched && root.join(BYTECODE).exists()),
            "{at}: bytecode is left"
        );
        assert!(
            touched || is_new == self.mtime.1,
            "{at}: new content with the old time"
        );
        let latest = self.journal.latest().unwrap();
        assert_eq!(
            is_new,
            latest.is_some_and(|set| set.command == "fix"),
            "{at}"
        );
        let entries = fs::read_dir(self.journal.directory().join("changes"));
        let names = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name());
        assert!(
            names
                .into_iter()
                .all(|name| !name.to_str().unwrap().contains('.')),
            "{at}"
        );
        // And everything goes on as if nothing had been.
        if is_new {
            assert_eq!(undo(&self.journal).unwrap().how, How::Written, "{at}");
            assert_eq!(self.now(), self.old, "{at}");
        }
        write(&self.set, &self.journal).unwrap();
        assert_eq!(self.now(), self.new, "{at}");
        undo(&self.journal).unwrap();
        assert_eq!(self.now(), self.old, "{at}");
        match undo(&self.journal) {
            Ok(undone) => assert_eq!(undone.command, "move", "{at}"),
            Err(UndoError::NothingToUndo) => assert!(self.first_is_absent(), "{at}"),
            Err(error) => panic!("{at}: {error}"),
        }
        assert_eq!(
            fs::read(root.join("versions/first.py")).unwrap(),
            b"0",
            "{at}"
        );
    }

    fn first_is_absent(&self) -> bool {
        self.old[Path::new("versions/first.py")].1 == b"0"
    }
}

fn snapshot(root: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    for directory in ["versions", "other", "shared"] {
        for entry in fs::read_dir(root.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let value = if metadata.is_symlink() {
                (
                    0,
                    fs::read_link(&path)
                        .unwrap()
                        .into_os_string()
                        .into_encoded_bytes(),
                )
            } else if metadata.is_file() {
                (mode_of(&metadata), fs::read(&path).unwrap())
            } else {
                continue;
            };
            found.insert(path.strip_prefix(root).unwrap().to_path_buf(), value);
        }
    }
    found
}

fn set_content(snapshot: &mut Snapshot, name: &str, content: &[u8]) {
    let (_, old) = snapshot.get_mut(Path::new(name)).unwrap();
    *old = content.to_vec();
}

/// Unix mode bits; 0 where there are none.
#[cfg(unix)]
fn mode_of(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode_of(_: &fs::Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn default_mode(root: &Path) -> u32 {
    let probe = root.join("probe");
    fs::write(&probe, "").unwrap();
    let mode = mode_of(&fs::metadata(&probe).unwrap());
    fs::remove_file(&probe).unwrap();
    mode
}

/// How many points there are in `action`.
fn points(journal: &Journal, action: impl FnOnce(&Journal)) -> usize {
    let counting = Faults::none();
    action(&journal.on(counting.clone()));
    counting.points()
}

fn points_of_write() -> usize {
    let world = World::with_history();
    points(&world.journal, |journal| {
        drop(write(&world.set, journal).unwrap());
    })
}

fn points_of_undo() -> usize {
    points(&World::written().journal, |journal| {
        drop(undo(journal).unwrap());
    })
}

/// Says how many points there were: every one that was tried ended in a `check_repaired`, which a broken state fails.
#[track_caller]
fn tried(what: &str, count: usize, least: usize) {
    println!("{what}: {count} points, one in {STEP} tried, 0 broken states");
    // Fewer files are written where there are no links.
    let least = if cfg!(unix) { least } else { least / 2 };
    assert!(count >= least, "{what}: only {count} points");
}

/// The first write, in a journal that does not exist, has more points than a later one.
#[test]
fn the_first_write_stops() {
    let fresh = World::new();
    let points = points(&fresh.journal, |journal| {
        drop(write(&fresh.set, journal).unwrap());
    });
    for fault in ALL {
        for point in (0..points).step_by(STEP) {
            let world = World::new();
            let result = world.write(fault, point);
            check_at_once(&world, fault, &world.old, result.as_ref().err());
            let _ = recover(&world.journal).unwrap();
            world.check_repaired(&format!("first write, {fault:?} at {point}"));
        }
    }
    tried("the first write", points, 80);
}

#[test]
fn a_write_stops() {
    let mut outcomes = BTreeMap::new();
    let points = points_of_write();
    for fault in ALL {
        for point in (0..points).step_by(STEP) {
            let at = format!("write, {fault:?} at {point}");
            let world = World::with_history();
            let result = world.write(fault, point);
            check_at_once(&world, fault, &world.old, result.as_ref().err());
            let before = world.now();
            let is_pending = pending(&world.journal).unwrap().is_some();
            assert_eq!(world.now(), before, "{at}: looking writes nothing");
            assert!(
                is_pending || before == world.old || before == world.new,
                "{at}"
            );
            let recovered = recover(&world.journal).unwrap();
            assert_eq!(recovered.is_some(), is_pending, "{at}");
            let outcome = recovered.map(|recovered| format!("{:?}", recovered.outcome));
            *outcomes.entry((format!("{fault:?}"), outcome)).or_insert(0) += 1;
            world.check_repaired(&at);
        }
    }
    // The points between the entry in the journal and its end, counted by hand. Taken back: the sync of the
    // journal, five temporary files of four points each, seven files replaced or removed. Finished: three
    // directories, one cache, the mark.
    let count = |outcome: &str| {
        let key = ("Kill".to_owned(), Some(outcome.to_owned()));
        outcomes.get(&key).copied().unwrap_or(0)
    };
    let counted = (count("TakenBack"), count("Finished"));
    assert!(STEP > 1 || counted == (28, 5), "{outcomes:?}");
    tried("a write", points, 70);
}

/// After a single failed operation, unlike a kill, everything is in order before any repair.
#[track_caller]
fn check_at_once(world: &World, fault: Fault, unchanged: &Snapshot, error: Option<&WriteError>) {
    match error {
        _ if fault == Fault::Kill => {}
        None => assert_ne!(world.now(), *unchanged),
        Some(WriteError::Unfinished { .. }) if fault == Fault::FailAfterwards => {}
        Some(_) => {
            assert_eq!(world.now(), *unchanged);
            assert_eq!(pending(&world.journal).unwrap(), None);
        }
    }
}

#[test]
fn an_undo_stops() {
    let points = points_of_undo();
    for fault in ALL {
        for point in (0..points).step_by(STEP) {
            let world = World::written();
            let result = undo(&world.stopping(fault, point));
            if let Ok(undone) = &result {
                world.remove_reported(fault, &undone.stale_bytecode);
            }
            let error = result.err().map(|error| match error {
                UndoError::Write(error) => error,
                UndoError::Journal(error) => error.into(),
                other => panic!("{other}"),
            });
            check_at_once(&world, fault, &world.new, error.as_ref());
            let _ = recover(&world.journal).unwrap();
            world.check_repaired(&format!("undo, {fault:?} at {point}"));
        }
    }
    tried("an undo", points, 40);
}

/// A second kill, while what the first left is being repaired.
#[test]
fn a_repair_stops() {
    let mut count = 0;
    for stop_write in (0..points_of_write()).step_by(3 * STEP) {
        for point in (0..).step_by(STEP) {
            let world = World::with_history();
            let _ = world.write(Fault::Kill, stop_write);
            let repairing = Faults::at(Fault::Kill, point);
            let _ = recover(&world.journal.on(repairing.clone()));
            if repairing.points() <= point {
                break;
            }
            let _ = recover(&world.journal).unwrap();
            world.check_repaired(&format!("repair of {stop_write}, kill at {point}"));
            count += 1;
        }
    }
    tried("a repair", count * STEP * STEP, 100);
}

#[test]
fn a_repair_of_an_undo_stops() {
    let mut count = 0;
    for stop_undo in (0..points_of_undo()).step_by(3 * STEP) {
        for point in (0..).step_by(STEP) {
            let world = World::written();
            let _ = undo(&world.stopping(Fault::Kill, stop_undo));
            let repairing = Faults::at(Fault::Kill, point);
            let _ = recover(&world.journal.on(repairing.clone()));
            if repairing.points() <= point {
                break;
            }
            let _ = recover(&world.journal).unwrap();
            world.check_repaired(&format!("repair of undo {stop_undo}, kill at {point}"));
            count += 1;
        }
    }
    tried("a repair of an undo", count * STEP * STEP, 100);
}

/// `undo` and `write` repair by themselves, and an `undo` never takes back more than the last change.
#[test]
fn undo_and_write_after_a_kill() {
    for point in (0..points_of_write()).step_by(STEP) {
        let world = World::with_history();
        let _ = world.write(Fault::Kill, point);
        let was_begun = pending(&world.journal).unwrap().is_some()
            || world
                .journal
                .latest()
                .unwrap()
                .is_some_and(|set| set.command == "fix");
        let undone = undo(&world.journal).unwrap();
        assert_eq!(
            undone.command,
            if was_begun { "fix" } else { "move" },
            "{point}"
        );
        let mut expected = world.old.clone();
        if !was_begun {
            set_content(&mut expected, "versions/first.py", b"0");
        }
        assert_eq!(world.now(), expected, "{point}");

        let world = World::with_history();
        let _ = world.write(Fault::Kill, point);
        match write(&world.set, &world.journal) {
            Ok(_) => {}
            Err(WriteError::Changed { paths }) => assert_eq!(paths.len(), world.set.changes.len()),
            Err(error) => panic!("{point}: {error}"),
        }
        assert_eq!(world.now(), world.new, "{point}");
        world.check_repaired(&format!("write after a kill at {point}"));
    }
}

#[test]
fn a_file_edited_after_the_kill_stops_the_repair() {
    let mut stopped = 0;
    for point in (0..points_of_write()).step_by(STEP) {
        let world = World::with_history();
        let _ = world.write(Fault::Kill, point);
        if pending(&world.journal).unwrap().is_none() {
            continue;
        }
        let edited = real_path(world.place.path()).unwrap().join("versions/b.py");
        let content = fs::read(&edited).unwrap();
        fs::write(&edited, "by hand").unwrap();
        let before = world.now();
        let error = recover(&world.journal).unwrap_err();
        assert!(
            matches!(&error, crate::RecoverError::Changed { paths, .. } if *paths == [edited.clone()])
        );
        assert_eq!(world.now(), before, "nothing is written");
        assert!(undo(&world.journal).is_err());
        assert!(write(&world.set, &world.journal).is_err());
        assert_eq!(world.now(), before, "nothing is written");
        fs::write(&edited, content).unwrap();
        recover(&world.journal).unwrap().unwrap();
        world.check_repaired(&format!("edited after a kill at {point}"));
        stopped += 1;
    }
    assert!(stopped * STEP > 20);
}

#[test]
fn the_new_time_lies_in_a_later_second() {
    let world = World::new();
    let path = world.place.path().join("versions/a.py");
    let future = SystemTime::now() + Duration::from_secs(3600);
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(future)
        .unwrap();
    write(&world.set, &world.journal).unwrap();
    let written = modified(&path);
    assert!(written >= future + Duration::from_secs(1), "{written:?}");
    undo(&world.journal).unwrap();
    assert!(modified(&path) >= written + Duration::from_secs(1));
}

/// A disk on which another program writes to one file after the other from some operation on, as a checkout does.
#[derive(Debug)]
struct Meddled {
    files: Vec<PathBuf>,
    from: usize,
    operations: std::sync::Mutex<usize>,
}

impl Meddled {
    /// Before an operation on `own`. Between the last look at a file and its replacement nobody can be heard.
    fn meddle(&self, own: &Path) {
        let mut operations = self.operations.lock().unwrap();
        if let Some(at) = operations.checked_sub(self.from)
            && let Some(file) = self.files.get(at)
            && file != own
        {
            fs::write(file, "theirs").unwrap();
        }
        *operations += 1;
    }
}

impl FileSystem for Meddled {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.meddle(path);
        Disk.create_directory(path)
    }

    fn create_file(&self, path: &Path, content: &[u8], attributes: &Attributes) -> io::Result<()> {
        self.meddle(path);
        Disk.create_file(path, content, attributes)
    }

    fn create_link(&self, path: &Path, text: &Path) -> io::Result<()> {
        self.meddle(path);
        Disk.create_link(path, text)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.meddle(to);
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.meddle(path);
        Disk.remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.meddle(path);
        Disk.remove_directory(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.meddle(path);
        Disk.sync_directory(path)
    }
}

/// What somebody else writes in the middle stays theirs, and what was written to the other files is taken back.
#[test]
fn another_program_writes_in_the_middle() {
    let (mut taken_back, mut points) = (0, 0);
    loop {
        let world = World::with_history();
        let root = real_path(world.place.path()).unwrap();
        let files = ["versions/a.py", "versions/b.py", "other/c.py"].map(|name| root.join(name));
        let meddled = Arc::new(Meddled {
            files: files.to_vec(),
            from: points,
            operations: std::sync::Mutex::default(),
        });
        let result = write(&world.set, &world.journal.on(meddled.clone()));
        if *meddled.operations.lock().unwrap() <= points {
            break;
        }
        let is_theirs = |path: &Path| fs::read(path).unwrap() == b"theirs";
        let names: Vec<&Path> = files
            .iter()
            .filter(|path| is_theirs(path))
            .map(|path| path.strip_prefix(&root).unwrap())
            .collect();
        let mut expected = match &result {
            Ok(_) => world.new.clone(),
            Err(WriteError::Changed { .. }) => world.old.clone(),
            Err(error) => panic!("at {points}: {error}: {names:?}"),
        };
        taken_back += usize::from(result.is_err());
        let mut now = world.now();
        for name in names {
            expected.remove(name);
            now.remove(name);
        }
        assert_eq!(now, expected, "at {points}: {result:?}");
        assert_eq!(pending(&world.journal).unwrap(), None, "at {points}");
        points += 1;
    }
    tried("another program in the middle", points, 30);
    assert!(taken_back > points / 2, "{taken_back} of {points}");
}
