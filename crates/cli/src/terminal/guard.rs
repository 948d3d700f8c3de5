//! Raw mode and the alternate screen, taken back whatever happens: at the end, at an error, at a panic
//! (which aborts the released program) and at a signal.

use std::io::{self, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{cursor, execute, terminal};

static IS_RAW: AtomicBool = AtomicBool::new(false);
static IS_FULL_SCREEN: AtomicBool = AtomicBool::new(false);

/// Raw mode, for as long as it lives.
pub(crate) struct Raw(());

impl Raw {
    pub(crate) fn enter() -> io::Result<Self> {
        watch();
        IS_RAW.store(true, Ordering::SeqCst);
        let guard = Self(());
        terminal::enable_raw_mode()?;
        Ok(guard)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

/// Raw mode and the whole screen, for as long as it lives.
pub(crate) struct FullScreen(());

impl FullScreen {
    pub(crate) fn enter() -> io::Result<Self> {
        watch();
        IS_RAW.store(true, Ordering::SeqCst);
        IS_FULL_SCREEN.store(true, Ordering::SeqCst);
        let guard = Self(());
        terminal::enable_raw_mode()?;
        execute!(io::stderr(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(guard)
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        restore();
    }
}

/// Takes back what was changed of the terminal. Nothing here may panic.
fn restore() {
    if IS_FULL_SCREEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stderr(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = io::stderr().flush();
    }
    if IS_RAW.swap(false, Ordering::SeqCst) {
        let _ = terminal::disable_raw_mode();
    }
}

/// From now on a panic or a signal first gives the terminal back.
fn watch() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
        }));
        #[cfg(unix)]
        watch_signals();
    });
}

#[cfg(unix)]
fn watch_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])
    else {
        return;
    };
    std::thread::spawn(move || {
        for signal in &mut signals {
            // Ctrl-C in an editor or pager is for that program, not for this one.
            if super::editor::is_running() && (signal == SIGINT || signal == SIGQUIT) {
                continue;
            }
            restore();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// Signals that a program started from here gets must not end this one.
pub(crate) fn watch_for_programs() {
    watch();
}

#[cfg(all(test, unix))]
mod tests {
    use rechain_testing::terminal::Terminal;

    use super::*;

    /// Not a test of its own: the program that the test below starts on a terminal.
    #[test]
    #[ignore = "started by `a_panic_gives_the_terminal_back`"]
    fn panics_on_the_full_screen() {
        let guard = FullScreen::enter().expect("a terminal");
        // What aborts does not drop; only the hook is left to restore anything.
        std::mem::forget(guard);
        panic!("on purpose");
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let this = std::env::current_exe().expect("this program");
        let name = "terminal::guard::tests::panics_on_the_full_screen";
        let arguments = ["--ignored", "--exact", "--nocapture", name];
        let directory = tempfile::tempdir().expect("a directory");
        let mut terminal = Terminal::start(&this, &arguments, directory.path(), &[], (80, 24));
        terminal.see("on purpose");
        assert_ne!(terminal.end(), 0);
    }
}
