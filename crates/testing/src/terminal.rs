//! A program on a real pseudo-terminal, and what stands on its screen.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a program may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);
/// A screen that has not changed for so long is taken for finished.
const QUIET: Duration = Duration::from_millis(250);

/// What the program wrote, and what that made of the screen.
struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    last: Instant,
    is_closed: bool,
}

/// A terminal with a program in it.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    program: Box<dyn Child + Send + Sync>,
    seen: Arc<Mutex<Seen>>,
    /// How the terminal was set before the program started.
    settings: String,
}

impl Terminal {
    /// Starts `program` in `directory`, in a window of so many columns and rows, with nothing of this
    /// process's environment but what is given, a `PATH` and a UTF-8 locale.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        directory: &Path,
        environment: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a pseudo-terminal can be made");
        let settings = settings(&*pair.master);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(directory);
        command.env_clear();
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env("PATH", path);
        command.env("HOME", directory);
        command.env("LC_ALL", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(rows, columns, 0),
            bytes: Vec::new(),
            last: Instant::now(),
            is_closed: false,
        }));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keyboard = pair.master.take_writer().expect("a writer");
        let writer = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = writer.lock().unwrap_or_else(PoisonError::into_inner);
                if read == 0 {
                    seen.is_closed = true;
                    return;
                }
                seen.screen.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.last = Instant::now();
            }
        });
        Self {
            master: pair.master,
            keyboard,
            program: child,
            seen,
            settings,
        }
    }

    fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Presses keys; `\u{1b}[A` is an arrow, `\u{3}` Ctrl-C.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        // A program that ended does not read any more.
        let _ = self.keyboard.write_all(keys.as_bytes());
        let _ = self.keyboard.flush();
        self
    }

    /// Waits until the screen has `text`, and has stopped changing; panics where that takes too long.
    pub fn see(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("`{text}` on the screen"), |seen| {
            seen.screen.screen().contents().contains(text)
        })
    }

    /// Waits until `text` was written so many times, on the screen or above it, and nothing more comes.
    pub fn see_written(&mut self, text: &str, times: usize) -> &mut Self {
        self.wait(&format!("`{text}` written {times} times"), |seen| {
            String::from_utf8_lossy(&seen.bytes).matches(text).count() >= times
        })
    }

    /// Waits until the screen does not have `text` any more.
    pub fn see_gone(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("`{text}` gone from the screen"), |seen| {
            !seen.screen.screen().contents().contains(text)
        })
    }

    fn wait(&mut self, what: &str, is_so: impl Fn(&Seen) -> bool) -> &mut Self {
        let start = Instant::now();
        loop {
            let (holds, is_quiet) =
                self.look(|seen| (is_so(seen), seen.is_closed || seen.last.elapsed() > QUIET));
            if holds && is_quiet {
                return self;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no {what} after {PATIENCE:?}:\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The screen as text, without blanks at the ends of lines and empty lines at its end.
    pub fn screen(&self) -> String {
        let contents = self.look(|seen| seen.screen.screen().contents());
        let lines: Vec<&str> = contents.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned() + "\n"
    }

    /// Everything the program wrote so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.look(|seen| seen.bytes.clone())
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        // Held for both: what the program draws at once is for the new size.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.master
            .resize(size(columns, rows))
            .expect("a window can be resized");
        seen.screen.screen_mut().set_size(rows, columns);
        drop(seen);
        self
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.program.process_id().expect("it runs")
    }

    /// Waits for the end; gives the exit status and panics where the terminal is not as it was found.
    pub fn end(&mut self) -> u32 {
        let status = self.ended();
        self.assert_restored();
        status
    }

    /// Waits for the end, whatever the terminal is like.
    pub fn ended(&mut self) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().expect("a child can be waited for") {
                // What it wrote last is still on its way.
                std::thread::sleep(Duration::from_millis(50));
                return status.exit_code();
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it has not ended after {PATIENCE:?}:\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Lines are edited and echoed again, the cursor shows, and it is the usual screen.
    pub fn assert_restored(&self) {
        let now = settings(&*self.master);
        assert_eq!(now, self.settings, "the terminal is set as before");
        self.look(|seen| {
            let screen = seen.screen.screen();
            assert!(!screen.alternate_screen(), "the usual screen is back");
            assert!(!screen.hide_cursor(), "the cursor shows");
        });
    }
}

/// Whether lines are edited and echoed, and the like, as text.
#[cfg(unix)]
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// Windows keeps no such settings with the terminal.
#[cfg(not(unix))]
fn settings(_: &dyn MasterPty) -> String {
    String::new()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
