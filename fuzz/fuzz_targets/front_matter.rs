//! Any bytes as the front matter of a Markdown file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = [b"---\n", bytes, b"\n---\n\n# A title\n\nSome text.\n"].concat();
    quoth_fuzz::extraction("article.md", &file);
});
