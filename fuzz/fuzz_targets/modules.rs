//! Reading a module: never a panic, every place inside the text, and the reader of plain headers decides
//! as the parser does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rechain_parser::{Source, identifier_sites, read_module};

fuzz_target!(|bytes: &[u8]| {
    let source = match Source::decode(bytes.to_vec()) {
        Ok(source) => source,
        Err(error) => return assert!(error.offset() <= bytes.len()),
    };
    let text = source.text();
    if let Some(borrowed) = Source::borrowed(bytes) {
        assert_eq!(borrowed, text);
    }
    assert_eq!(source.bytes(), bytes);
    let module = match read_module(text, "0a1b.py") {
        Ok(module) => module,
        Err(error) => {
            assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
            return;
        }
    };
    for problem in &module.problems {
        let _ = problem.range().of(text);
    }
    let _ = module.down_revision_range.of(text);
    let _ = identifier_sites(text);
    // A statement that is not plain sends the whole text to the parser.
    let longer = format!("{text}\npass\n");
    if module.unreadable_body.is_none()
        && let Ok(parsed) = read_module(&longer, "0a1b.py")
        && parsed.unreadable_body.is_none()
    {
        assert_eq!(module, parsed);
    }
});
