//! Any bytes as a ZIP archive.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quoth_fuzz::archive(bytes));
