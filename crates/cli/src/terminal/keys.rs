//! What a person presses.

use std::io::{self, Write};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use super::guard::Raw;
use super::is_dumb;

/// A key, as far as this program tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    Up,
    Down,
    /// Up with shift or alt.
    MoveUp,
    /// Down with shift or alt.
    MoveDown,
    PageUp,
    PageDown,
    Home,
    End,
    /// Ctrl-C, Ctrl-D, or nobody is there any more.
    Leave,
    /// The window has another size.
    Resized,
    Other,
}

/// Waits for a key in raw mode.
pub(crate) fn next() -> io::Result<Key> {
    loop {
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let control = key.modifiers.contains(KeyModifiers::CONTROL);
                let moving = key
                    .modifiers
                    .intersects(KeyModifiers::SHIFT | KeyModifiers::ALT);
                return Ok(match key.code {
                    KeyCode::Char('c' | 'd' | '\\') if control => Key::Leave,
                    KeyCode::Char('p') if control => Key::Up,
                    KeyCode::Char('n') if control => Key::Down,
                    KeyCode::Char('m' | 'j') if control => Key::Enter,
                    KeyCode::Char(_) if control => Key::Other,
                    KeyCode::Char(char) => Key::Char(char),
                    KeyCode::Enter => Key::Enter,
                    KeyCode::Esc => Key::Escape,
                    KeyCode::Up if moving => Key::MoveUp,
                    KeyCode::Down if moving => Key::MoveDown,
                    KeyCode::Up => Key::Up,
                    KeyCode::Down => Key::Down,
                    KeyCode::PageUp => Key::PageUp,
                    KeyCode::PageDown => Key::PageDown,
                    KeyCode::Home => Key::Home,
                    KeyCode::End => Key::End,
                    _ => Key::Other,
                });
            }
            Event::Resize(..) => return Ok(Key::Resized),
            _ => {}
        }
    }
}

/// How long a window that is being dragged may rest.
const SETTLED: Duration = Duration::from_millis(120);

/// Asks `question` and waits for one key, or for one line where the terminal knows no more than
/// lines. What was pressed is shown behind the question.
pub(crate) fn ask(out: &mut dyn Write, question: &str) -> io::Result<Key> {
    loop {
        match ask_below(out, question)? {
            // The question alone: it stands at the end of whatever was printed before.
            Key::Resized => {}
            key => return Ok(key),
        }
    }
}

/// The same for a question below something that was fitted to the window: [`Key::Resized`] once the window has
/// come to rest in another size.
pub(crate) fn ask_below(out: &mut dyn Write, question: &str) -> io::Result<Key> {
    write!(out, "{question} ")?;
    out.flush()?;
    if is_dumb() {
        return line();
    }
    let key = {
        let _raw = Raw::enter()?;
        let size = super::size();
        loop {
            match next()? {
                Key::Resized if event::poll(SETTLED)? => {}
                Key::Resized if super::size() != size => break Key::Resized,
                Key::Resized => {}
                key => break key,
            }
        }
    };
    match key {
        Key::Char(char) if !char.is_control() => writeln!(out, "{char}")?,
        _ => writeln!(out)?,
    }
    Ok(key)
}

fn line() -> io::Result<Key> {
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        return Ok(Key::Leave);
    }
    Ok(line.trim().chars().next().map_or(Key::Enter, Key::Char))
}
