//! Any bytes as a plain text file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quoth_fuzz::extraction("article.txt", bytes));
