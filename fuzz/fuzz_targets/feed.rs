//! Whatever a site may serve as a feed, or as a page that names one.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quoth_fuzz::feed(bytes));
