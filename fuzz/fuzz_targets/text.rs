//! Any text, normalised and cut up.

#![no_main]

libfuzzer_sys::fuzz_target!(|raw: &str| quoth_fuzz::text(raw));
