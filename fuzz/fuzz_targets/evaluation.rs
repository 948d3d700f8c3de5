//! The effects of `upgrade()` and `downgrade()`, raw SQL included: never a panic, every place inside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rechain_parser::{downgrade_effects, upgrade_effects};

fuzz_target!(|text: &str| {
    for effect in upgrade_effects(text).iter().chain(&downgrade_effects(text)) {
        let _ = effect.range.of(text);
    }
});
