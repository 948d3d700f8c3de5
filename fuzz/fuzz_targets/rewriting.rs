//! New parents for any module that can be read: the file written is the text edited, and says what was meant.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rechain_history::Parents;
use rechain_parser::{Source, read_module};
use rechain_rewriter::reparent;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::decode(bytes.to_vec()) else { return };
    let text = source.text();
    let Ok(module) = read_module(text, "moved.py") else { return };
    let Some(sites) = &module.sites else {
        return assert_eq!(module.parents, Parents::Computed);
    };
    for wanted in [&["trunk1".into()][..], &[], &["base01".into(), "trunk1".into()]] {
        let edits = reparent(text, sites, wanted);
        let Ok(after) = source.splice(edits.iter().map(|it| (it.range, it.insert.as_str()))) else {
            continue;
        };
        let source = Source::decode(after).expect("an edit leaves the encoding alone");
        assert_eq!(source.text(), edits.apply(text));
        let reread = read_module(source.text(), "moved.py").expect("an edit leaves a module");
        let Parents::Known(mut found) = reread.parents else {
            panic!("the new parents are computed");
        };
        found.sort();
        assert_eq!(found, wanted);
    }
});
