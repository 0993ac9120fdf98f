//! Any bytes as a DOCX file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quoth_fuzz::extraction("article.docx", bytes));
