//! Trying again what another program is in the way of for a moment.
//!
//! On Windows a file that somebody has open can often be neither replaced nor removed, and after most writes a virus
//! scanner or an indexer opens it for a few milliseconds. git and Python's installers wait there, too.

use std::io;
use std::thread::sleep;
use std::time::Duration;

/// How long is waited between two tries, in milliseconds: a second in all.
const PAUSES: [u64; 9] = [1, 5, 10, 20, 40, 80, 150, 250, 450];

/// Does `action`, and again for a while as long as it fails with an error that may pass.
pub(crate) fn patiently<T>(
    may_pass: impl Fn(&io::Error) -> bool,
    action: impl Fn() -> io::Result<T>,
) -> io::Result<T> {
    for pause in PAUSES {
        match action() {
            Err(error) if may_pass(&error) => sleep(Duration::from_millis(pause)),
            result => return result,
        }
    }
    action()
}

/// Whether an error says, on Windows, that another program has the file open.
pub fn is_in_use(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    const USER_MAPPED_FILE: i32 = 1224;
    let in_use = [SHARING_VIOLATION, LOCK_VIOLATION, USER_MAPPED_FILE];
    is_windows_error(error, &in_use)
}

/// Whether an error may, on Windows, come of another program that has the file or one in the directory open.
pub(crate) fn may_be_in_use(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    const DIRECTORY_NOT_EMPTY: i32 = 145;
    is_in_use(error) || is_windows_error(error, &[ACCESS_DENIED, DIRECTORY_NOT_EMPTY])
}

/// The numbers mean something else elsewhere.
fn is_windows_error(error: &io::Error, numbers: &[i32]) -> bool {
    cfg!(windows) && error.raw_os_error().is_some_and(|it| numbers.contains(&it))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_passes_is_waited_for_and_nothing_else() {
        let tries = Cell::new(0);
        let after = |failures: usize, kind: io::ErrorKind| {
            tries.set(0);
            let may_pass = |error: &io::Error| error.kind() == io::ErrorKind::ResourceBusy;
            patiently(may_pass, || {
                tries.set(tries.get() + 1);
                if tries.get() > failures {
                    Ok(tries.get())
                } else {
                    Err(kind.into())
                }
            })
        };
        assert_eq!(after(0, io::ErrorKind::ResourceBusy).expect("done"), 1);
        assert_eq!(after(3, io::ErrorKind::ResourceBusy).expect("done"), 4);
        assert!(after(1, io::ErrorKind::PermissionDenied).is_err());
        assert_eq!(tries.get(), 1);
        assert!(after(100, io::ErrorKind::ResourceBusy).is_err());
        assert_eq!(tries.get(), PAUSES.len() + 1);
    }
}
