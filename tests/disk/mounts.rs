//! File systems that are full or mounted read-only, in a mount namespace of their own.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::{Place, mended, said};

const INSIDE: &str = "RECHAIN_TEST_INSIDE";

/// Whether the test goes on here, where it may mount. Outside it starts itself again inside, and is over.
///
/// Where the machine lets nobody mount anything the test fails, unless `RECHAIN_WITHOUT_MOUNTS` says that this is
/// known; then it says so past libtest's capture.
fn may_mount(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let ways: [&[&str]; 3] = [
        &["unshare", "--mount"],
        &["unshare", "--map-root-user", "--mount"],
        &["sudo", "-n", "unshare", "--mount"],
    ];
    let works = |way: &&&[&str]| {
        let probe = Command::new(way[0])
            .args(&way[1..])
            .args(["mount", "-t", "tmpfs", "tmpfs", "/tmp"])
            .output();
        probe.is_ok_and(|it| it.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        let words =
            format!("{test}: not tried, since this machine lets nobody mount a file system");
        assert!(
            std::env::var_os("RECHAIN_WITHOUT_MOUNTS").is_some(),
            "{words}; RECHAIN_WITHOUT_MOUNTS=1 takes that for granted"
        );
        let mut stderr = std::io::stderr();
        writeln!(stderr, "{words}").unwrap();
        return false;
    };
    let output = Command::new(way[0])
        .args(&way[1..])
        .args(["env", &format!("{INSIDE}=1")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .output()
        .unwrap();
    let words = said(&output);
    assert!(
        output.status.success() && words.contains("1 passed"),
        "{words}"
    );
    false
}

fn mount(arguments: &[&str], place: &Path) {
    let output = Command::new("mount")
        .args(arguments)
        .arg(place)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "mount {arguments:?}: {}",
        said(&output)
    );
}

fn bind_read_only(path: &Path) {
    mount(&["--bind", path.to_str().unwrap()], path);
    mount(&["-o", "remount,bind,ro"], path);
}

#[test]
fn a_read_only_file_system_is_named() {
    if !may_mount("mounts::a_read_only_file_system_is_named") {
        return;
    }
    for (mounted, named) in [
        ("migrations/versions", "side01.py"),
        ("migrations", ".rechain"),
        ("", ".rechain"),
    ] {
        for with_git in [false, true] {
            let place = if with_git {
                Place::with_git()
            } else {
                Place::new()
            };
            let named = if with_git && mounted.is_empty() {
                ".git/rechain"
            } else {
                named
            };
            let named = if with_git && mounted == "migrations" {
                "side01.py"
            } else {
                named
            };
            bind_read_only(&place.root.join(mounted));
            let before = place.files();
            place.assert_refused(&place.fix(), &before, named);
            for arguments in [
                &["check"][..],
                &["log"],
                &["fix", "--dry-run", "--applied", "trunk1"],
            ] {
                let output = place.rechain(arguments);
                assert!(
                    matches!(output.status.code(), Some(0 | 1)),
                    "{arguments:?}: {}",
                    said(&output)
                );
            }
            let mounted = place.root.join(mounted);
            let output = Command::new("umount").arg(&mounted).output().unwrap();
            assert!(output.status.success(), "{}", said(&output));
            // Nothing is left that would keep the next run from going on.
            let output = place.fix();
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}

#[test]
fn a_full_disk_leaves_all_old_or_all_new() {
    if !may_mount("mounts::a_full_disk_leaves_all_old_or_all_new") {
        return;
    }
    let (mut written, mut refused) = (0, 0);
    // Room for so many pages, and for so many names.
    for (pages, names) in (0..24)
        .map(|it| (it, 1_000))
        .chain((0..24).map(|it| (1_000, it)))
    {
        let disk = tempfile::tempdir().unwrap();
        mount(
            &["-t", "tmpfs", "-o", "size=1m,nr_inodes=100", "tmpfs"],
            disk.path(),
        );
        let place = Place::at(&disk.path().join("project"));
        for id in ["side02", "side03"] {
            // Several files to write, and more than a page in each.
            let text = crate::revision(id, "base01") + &"# much to say\n".repeat(400);
            fs::write(place.versions.join(format!("{id}.py")), text).unwrap();
        }
        let filler = disk.path().join("filler");
        fs::create_dir(&filler).unwrap();
        fill(&filler, pages, names);
        let before = place.files();
        let output = place.fix();
        let words = said(&output);
        if output.status.success() {
            written += 1;
        } else {
            refused += 1;
            place.assert_refused(&output, &before, "cannot ");
            assert!(words.contains("No space left on device"), "{words}");
            assert!(words.contains("hint: make room on that disk"), "{words}");
            fs::remove_dir_all(&filler).unwrap();
            let output = place.fix();
            assert!(output.status.success(), "{}", said(&output));
            assert!(!said(&output).contains("interrupted"), "{}", said(&output));
        }
        let side = fs::read_to_string(place.versions.join("side01.py")).unwrap();
        assert_eq!(side, mended("side01"), "{words}");
        let _ = fs::remove_dir_all(&filler);
        let output = place.rechain(&["undo", "--applied", "none"]);
        assert!(output.status.success(), "{}", said(&output));
        assert!(place.files() == before || refused > 0, "{words}");
        assert!(
            Command::new("umount")
                .arg(disk.path())
                .status()
                .unwrap()
                .success()
        );
    }
    assert!(
        refused > 15 && written > 5,
        "{refused} refused, {written} written"
    );
}

/// Leaves room for no more than this.
fn fill(filler: &Path, pages: usize, names: usize) {
    let mut file = fs::File::create(filler.join("pages")).unwrap();
    let page = [1; 4096];
    while file.write_all(&page).is_ok() {}
    drop(file);
    let spare = fs::File::options()
        .write(true)
        .open(filler.join("pages"))
        .unwrap();
    let length = spare.metadata().unwrap().len();
    spare
        .set_len(length.saturating_sub(pages as u64 * 4096))
        .unwrap();
    let mut made = 0;
    while fs::File::create(filler.join(made.to_string())).is_ok() {
        made += 1;
    }
    for name in 0..names.min(made) {
        fs::remove_file(filler.join(name.to_string())).unwrap();
    }
}
