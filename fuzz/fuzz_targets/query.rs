//! Whatever a person may type as a question.

#![no_main]

libfuzzer_sys::fuzz_target!(|typed: &str| quoth_fuzz::query(typed));
