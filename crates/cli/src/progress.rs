//! What takes long says so: on standard error, on a terminal, after half a second, and gone at its end.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::terminal::line::Line;
use crate::terminal::{is_dumb, size};
use crate::ui::Ui;

/// Work that is done sooner says nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);
/// Columns of the bar.
const BAR: usize = 24;

static DONE: AtomicUsize = AtomicUsize::new(0);

/// One piece of the work that is being done is done.
pub(crate) fn step() {
    DONE.fetch_add(1, Ordering::Relaxed);
}

/// Does `work`, and shows `what` it is while it takes long. `total`: how many [`step`]s it has; without
/// one, only how long it has taken is shown.
pub(crate) fn during<T>(ui: &Ui, what: &str, total: Option<usize>, work: impl FnOnce() -> T) -> T {
    if ui.quiet || !io::stderr().is_terminal() || is_dumb() {
        return work();
    }
    DONE.store(0, Ordering::Relaxed);
    let (running, ended) = mpsc::channel::<()>();
    let what = what.to_owned();
    let started = Instant::now();
    let shower = thread::spawn(move || {
        let mut wait = PATIENCE;
        let mut is_shown = false;
        while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            wait = TICK;
            is_shown = true;
            let (width, _) = size();
            let text = words(
                &what,
                DONE.load(Ordering::Relaxed),
                total,
                started.elapsed(),
            );
            let text = Line::plain(&text).cut(width.saturating_sub(1)).text();
            let mut err = io::stderr();
            let _ = write!(err, "\r{text}\u{1b}[K").and_then(|()| err.flush());
        }
        if is_shown {
            let mut err = io::stderr();
            let _ = write!(err, "\r\u{1b}[K").and_then(|()| err.flush());
        }
    });
    let result = work();
    drop(running);
    let _ = shower.join();
    result
}

fn words(what: &str, done: usize, total: Option<usize>, elapsed: Duration) -> String {
    match total {
        Some(total) if total > 0 => {
            let done = done.min(total);
            let full = done * BAR / total;
            format!(
                "{what} [{}{}] {done}/{total}",
                "#".repeat(full),
                ".".repeat(BAR - full)
            )
        }
        _ => format!("{what}, {:.1} s", elapsed.as_secs_f32()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_where_the_end_is_known() {
        let second = Duration::from_secs(1);
        assert_eq!(
            words("reading", 5, Some(10), second),
            "reading [############............] 5/10"
        );
        assert_eq!(
            words("reading", 12, Some(10), second),
            "reading [########################] 10/10"
        );
        assert_eq!(words("asking git", 0, None, second), "asking git, 1.0 s");
    }
}
