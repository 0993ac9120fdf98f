use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            writer
                .add_directory(*name, SimpleFileOptions::default())
                .unwrap();
            continue;
        }
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Entries as `name: length` or `name: error`.
fn shown(bytes: &[u8]) -> Vec<String> {
    open(Path::new("a.zip"), bytes)
        .unwrap()
        .map(|entry| match entry.content {
            Ok(content) => format!("{}: {}", entry.name, content.len()),
            Err(error) => format!("{}: {error}", entry.name),
        })
        .collect()
}

#[test]
fn articles_come_out_and_the_rest_is_left_out() {
    let bytes = archive(&[
        ("folder/", b""),
        ("folder/one.md", b"# One"),
        ("two.TXT", b"Two."),
        ("picture.png", b"x"),
        (".hidden.md", b"x"),
        ("__MACOSX/._one.md", b"x"),
        (".git/three.md", b"x"),
        ("inner.zip", b"PK\x03\x04"),
        ("four.pdf", b"%PDF-"),
    ]);
    assert_eq!(
        shown(&bytes),
        [
            "folder/one.md: 5",
            "two.TXT: 4",
            "inner.zip: `a.zip/inner.zip` is an archive within an archive, which is not opened",
            "four.pdf: 5",
        ]
    );
}

#[test]
fn names_are_made_safe_and_unique() {
    let mut bytes = archive(&[
        ("../../etc/one.md", b"1"),
        ("/etc/two.md", b"2"),
        ("C:\\docs\\three.md", b"3"),
        ("a/./b//four\u{7}.md", b"4"),
        ("x1.md", b"5"),
        ("x2.md", b"6"),
    ]);
    // Two files of one name, which the writer refuses to write.
    while let Some(position) = bytes.windows(5).position(|w| w == b"x2.md") {
        bytes[position + 1] = b'1';
    }
    assert_eq!(
        shown(&bytes),
        [
            "etc/one.md: 1",
            "etc/two.md: 1",
            "docs/three.md: 1",
            "a/b/four.md: 1",
            "x1.md: 1",
            "same name: article `a.zip` is a damaged archive: a file in it has the name of \
             another one, and the last of that name is read",
        ]
    );
    assert_eq!(
        shown_name(&"n".repeat(MAX_NAME_CHARS)),
        "n".repeat(MAX_NAME_CHARS)
    );
    let long = shown_name(&format!("{}.md", "n".repeat(MAX_NAME_CHARS)));
    assert_eq!(long.chars().count(), MAX_NAME_CHARS);
    assert!(long.starts_with('…') && long.ends_with(".md"));
}

#[test]
fn two_names_that_are_shown_alike_are_told_apart() {
    let bytes = archive(&[("a.md", b"1"), ("/a.md", b"2"), ("./a.md", b"3")]);
    assert_eq!(shown(&bytes), ["a.md: 1", "a (2).md: 1", "a (3).md: 1"]);
}

#[test]
fn an_entry_of_10_mib_is_unpacked_and_one_byte_more_is_not() {
    let limit = usize::try_from(super::super::MAX_FILE_BYTES).unwrap();
    let noise = |len: usize| -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(|_| next()).collect()
    };
    let bytes = archive(&[
        ("a.txt", &noise(limit)),
        ("b.txt", &noise(limit + 1)),
        ("c.txt", b"c"),
    ]);
    assert_eq!(
        shown(&bytes),
        [
            "a.txt: 10485760",
            "b.txt: article `a.zip/b.txt` unpacks to more than 10485760 bytes, the limit",
            "c.txt: 1",
        ]
    );
}

#[test]
fn a_bomb_is_told_by_its_density() {
    let free = usize::try_from(RATIO_FREE_BYTES).unwrap();
    let bytes = archive(&[
        ("a.txt", &vec![b' '; free]),
        ("b.txt", &vec![b' '; free + 1]),
    ]);
    assert_eq!(
        shown(&bytes),
        [
            "a.txt: 1048576",
            "b.txt: article `a.zip/b.txt` is compressed more than 200 to 1, the limit, as only traps are",
        ]
    );
}

#[test]
fn all_entries_together_have_a_limit() {
    let entries_of = |bytes: &[u8], rest_bytes: u64| {
        let mut entries = open(Path::new("a.zip"), bytes).unwrap();
        entries.rest_bytes = rest_bytes;
        entries
            .map(|entry| entry.content.is_ok())
            .collect::<Vec<_>>()
    };
    let bytes = archive(&[("a.md", b"12345"), ("b.md", b"12345"), ("c.md", b"1")]);
    assert_eq!(entries_of(&bytes, 11), [true, true, true]);
    assert_eq!(entries_of(&bytes, 10), [true, true, false]);
    assert_eq!(entries_of(&bytes, 9), [true, false]);
}

#[test]
fn ten_thousand_entries_are_the_limit() {
    let with_entries = |n: usize| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for idx in 0..n {
            writer
                .start_file(format!("{idx}.md"), SimpleFileOptions::default())
                .unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    assert_eq!(shown(&with_entries(MAX_ENTRIES)).len(), MAX_ENTRIES);
    let error = open(Path::new("a.zip"), &with_entries(MAX_ENTRIES + 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "archive `a.zip` has 10001 files, above the limit of 10000"
    );
}

#[test]
fn damage_of_one_entry_spares_the_others() {
    let mut bytes = archive(&[("a.md", b"unlikely content"), ("b.md", b"other")]);
    // The checksum of the first entry.
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[directory + 16] ^= 0xFF;
    let shown = shown(&bytes);
    assert!(
        shown[0].starts_with("a.md: article `a.zip/a.md` is a damaged archived file: "),
        "{shown:?}"
    );
    assert_eq!(shown[1], "b.md: 5");
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in [&b""[..], b"PK\x03\x04", b"text"] {
        let error = open(Path::new("a.zip"), bytes).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("article `a.zip` is a damaged archive: "),
            "{error}"
        );
    }
}

#[test]
fn containers_are_told_apart() {
    for (name, expected) in [
        (
            "xl/workbook.xml",
            "article `a.docx` is a spreadsheet, which is not read; save its text as .docx or .pdf",
        ),
        (
            "ppt/presentation.xml",
            "article `a.docx` is a presentation, which is not read; save it as .pdf",
        ),
        (
            "META-INF/container.xml",
            "article `a.docx` is an e-book, which is not read; save it as .pdf or .html",
        ),
        ("a.md", "`a.docx` is an archive of files and not an article"),
    ] {
        let bytes = archive(&[(name, b"x")]);
        let error = super::super::extract(Path::new("a.docx"), &bytes).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
