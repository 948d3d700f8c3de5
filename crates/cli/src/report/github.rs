//! Problems as annotations of GitHub Actions (workflow commands).

use std::io::{self, Write};

use rechain_project::Position;

use crate::history::History;

/// One `::error` line for each problem.
pub(crate) fn write(out: &mut dyn Write, history: &History) -> io::Result<()> {
    for diagnostic in &history.diagnostics {
        write!(out, "::error ")?;
        if let Some(label) = &diagnostic.primary {
            let file = &history.files[label.file];
            let position = Position::of(file.text(), label.range.start());
            write!(
                out,
                "file={},line={},col={},",
                property(&file.name),
                position.line,
                position.column
            )?;
        }
        let mut message = diagnostic.message.clone();
        for help in &diagnostic.help {
            message.push('\n');
            message.push_str(help);
        }
        let title = format!("{} {}", diagnostic.code.id, diagnostic.code.name);
        writeln!(out, "title={}::{}", property(&title), data(&message))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
