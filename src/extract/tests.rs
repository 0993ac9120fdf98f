//! The boundary of `extract`: whole files in, drafts out.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::document::{Block, BlockKind, Language};

fn read(name: &str, source: &str) -> Extracted {
    read_bytes(name, source.as_bytes())
}

pub(super) fn read_bytes(name: &str, bytes: &[u8]) -> Extracted {
    let extracted = extract(Path::new(name), bytes).unwrap();
    check_invariants(&extracted.draft);
    extracted
}

/// A file of `tests/fixtures/formats`, whose README says how each was made.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    std::fs::read(folder.join(name)).unwrap()
}

/// Blocks as `kind text`: `H2`, `P` or `L`.
fn shown(source: &str) -> Vec<String> {
    shown_of(&read("name.md", source).draft)
}

pub(super) fn shown_of(draft: &Draft) -> Vec<String> {
    let shown = |block: &Block| {
        let text = block.span.slice(&draft.text).unwrap();
        match block.kind {
            BlockKind::Heading(level) => format!("H{level} {text}"),
            BlockKind::Paragraph => format!("P {text}"),
            BlockKind::ListItem => format!("L {text}"),
        }
    };
    draft.blocks.iter().map(shown).collect()
}

pub(super) fn check_invariants(draft: &Draft) {
    assert_eq!(text::normalize(&draft.text), draft.text);
    assert!(!draft.metadata.title.is_empty());
    assert!(draft.metadata.title.chars().count() <= MAX_TITLE_CHARS);
    assert!(!draft.blocks.is_empty() && draft.blocks.len() <= MAX_BLOCKS);
    let mut end = 0;
    for block in &draft.blocks {
        let slice = block.span.slice(&draft.text).unwrap();
        assert!(block.span.start >= end && !slice.is_empty());
        assert_eq!(slice.trim(), slice);
        assert!(!slice.contains("\n\n"));
        let between = draft.text.get(end..block.span.start).unwrap();
        assert!(between.trim().is_empty(), "{between:?}");
        end = block.span.end;
    }
    assert_eq!(end, draft.text.len());
}

#[test]
fn markdown_becomes_blocks_of_plain_text() {
    for (source, expected) in [
        (
            "One *two* **three** `four` [five](x) ~~six~~.",
            vec!["P One two three four five six."],
        ),
        ("a\nb  \nc\\\nd", vec!["P a b\nc\nd"]),
        (
            "Text.\n\n## Head *line* ##\n\nMore.",
            vec!["P Text.", "H2 Head line", "P More."],
        ),
        ("Two\nlines\n---\nText.", vec!["H2 Two lines", "P Text."]),
        (
            "- a\n- b\n  - c\n    d\n- e",
            vec!["L a", "L b", "L c d", "L e"],
        ),
        ("1. a\n\n   more\n\n2. b", vec!["L a", "P more", "L b"]),
        ("- a\n  - b\n\n  back\n", vec!["L a", "L b", "P back"]),
        ("- - a", vec!["L a"]),
        (
            "> quoted\n> line\n>\n> second",
            vec!["P quoted line", "P second"],
        ),
        ("```\nlet x;\n\n\ny\n```\n", vec!["P let x;", "P y"]),
        ("    indented\n", vec!["P indented"]),
        (
            "| A | B |\n|---|---|\n| 1 | *x* \\| y |\n| 2 | |\n\nEnd.",
            vec!["P A | B", "P 1 | x | y", "P 2", "P End."],
        ),
        ("A ![alt](i.png) b.\n\n![alone](x)", vec!["P A  b."]),
        ("A[^1].\n\n[^1]: Note.", vec!["P A.", "P Note."]),
        ("a<br>b <b>c</b> <!-- x -->d", vec!["P a\nb c d"]),
        (
            "10<sup>25</sup> m<sup>*2*</sup>, H<sub>2</sub>O, the 1<sup>st</sup>",
            vec!["P 10²⁵ m², H₂O, the 1st"],
        ),
        ("a<sup>1\n\nb2</sup>", vec!["P a1", "P b2"]),
        ("<div>10<sup>25</sup></div>", vec!["P 10²⁵"]),
        (
            "<div>\nIn <b>block</b>\nhtml\n</div>\n\nEnd.",
            vec!["P In block html", "P End."],
        ),
        ("<!-- only -->\n\nEnd.", vec!["P End."]),
        ("a\n\n---\n\nb", vec!["P a", "P b"]),
        (
            "\"Straight\" -- it's... kept",
            vec!["P \"Straight\" -- it's... kept"],
        ),
        ("&amp; &lt;b&gt; &euro;\u{a0}5 \\*", vec!["P & <b> € 5 *"]),
        ("cafe\u{301} e\u{ad}nd", vec!["P café end"]),
        (
            "[ref] and [x][ref]\n\n[ref]: http://a.b",
            vec!["P ref and x"],
        ),
    ] {
        assert_eq!(shown(source), expected, "{source:?}");
    }
}

#[test]
fn the_title_comes_from_front_matter_then_heading_then_name() {
    for (source, title, blocks) in [
        ("---\ntitle: T\n---\n# T\n\nText.", "T", vec!["P Text."]),
        (
            "---\ntitle: T\n---\n# Other\n\nText.",
            "T",
            vec!["H1 Other", "P Text."],
        ),
        (
            "---\ntitle: T\n---\nText.\n\n# T\n\nMore.",
            "T",
            vec!["P Text.", "H1 T", "P More."],
        ),
        (
            "---\ndate: 2025-01-01\n---\n# A *b*\n\nText.",
            "A b",
            vec!["P Text."],
        ),
        (
            "# A\n\nText.\n\n# B\n\nMore.",
            "A",
            vec!["P Text.", "H1 B", "P More."],
        ),
        ("Lead.\n\nA\n=\n\nText.", "A", vec!["P Lead.", "P Text."]),
        ("## Two\n\nText.", "a name", vec!["H2 Two", "P Text."]),
        ("#\n\nText.", "a name", vec!["P Text."]),
    ] {
        let extracted = read("/x/a-name.md", source);
        assert_eq!(extracted.draft.metadata.title, title, "{source:?}");
        assert_eq!(shown_of(&extracted.draft), blocks, "{source:?}");
        assert!(extracted.warnings.is_empty());
    }
}

#[test]
fn text_and_language_of_both_formats_agree() {
    let paragraph = "The council met on Tuesday and put the vote off until the new year.";
    let markdown = read("a.md", &format!("# Vote\n\n{paragraph}\n"));
    let plain = read("a.txt", &format!("Vote\r\n\r\n{paragraph}\r\n"));
    assert_eq!(markdown, plain);
    assert_eq!(markdown.draft.language, Language::English);
}

#[test]
fn files_that_are_no_articles_are_named_with_the_reason() {
    for (name, bytes, expected) in [
        (
            "a.odt",
            &b"x"[..],
            "`a.odt` has the extension `odt`; what is read ends in .md, .markdown, .txt, .text, .html, .htm, .xhtml, .pdf, .docx",
        ),
        (
            ".md",
            b"x",
            "`.md` has no extension; what is read ends in .md, .markdown, .txt, .text, .html, .htm, .xhtml, .pdf, .docx",
        ),
        ("a.md", b"", "article `a.md` has no text"),
        ("a.txt", b" \r\n\xC2\xA0", "article `a.txt` has no text"),
        (
            "a.md",
            b"---\ntitle: T\n---\n\n![x](y)\n",
            "article `a.md` has no text",
        ),
        ("a.md", b"# Only a title", "article `a.md` has no text"),
        (
            "a.md",
            b"a\0b",
            "article `a.md` is not text but binary data",
        ),
        (
            "a.md",
            b"\xC3\xA9\xC3\xA9\xFF",
            "article `a.md` is damaged UTF-8: invalid from byte 4 on, and more than 1 % of it",
        ),
    ] {
        let error = extract(Path::new(name), bytes).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(is_supported(Path::new("A.MD")) && !is_supported(Path::new("md")));
}

#[test]
fn a_file_of_10_mib_is_read_and_one_byte_more_is_refused() {
    let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
    let mut bytes = "word ".repeat(limit / 5 + 1).into_bytes();
    bytes.truncate(limit);
    assert!(extract(Path::new("a.md"), &bytes).is_ok());
    bytes.push(b'x');
    let expected = too_large(Path::new("a.md"), MAX_FILE_BYTES + 1);
    assert_eq!(extract(Path::new("a.md"), &bytes), Err(expected));
}

#[test]
fn the_number_of_blocks_is_bounded() {
    for name in ["a.md", "a.txt"] {
        let at = |n: usize| extract(Path::new(name), "a\n\n".repeat(n).as_bytes());
        // In plain text the first line is the title.
        let n_title = usize::from(name == "a.txt");
        assert_eq!(
            at(MAX_BLOCKS + n_title).unwrap().draft.blocks.len(),
            MAX_BLOCKS
        );
        let error = at(MAX_BLOCKS + n_title + 1).unwrap_err();
        assert!(matches!(error, ExtractError::TooManyBlocks { .. }));
    }
}

#[test]
fn nesting_of_32_levels_is_kept_and_deeper_markers_are_left_out() {
    let at = |n: usize| read("a.md", &format!("{}text", "> ".repeat(n)));
    assert!(at(MAX_NESTING).warnings.is_empty());
    let deeper = at(MAX_NESTING + 1);
    assert_eq!(
        deeper.warnings,
        ["lists or quotations nested deeper than 32 levels were flattened"]
    );
    assert_eq!(deeper.draft.text, "text");
}

#[test]
fn hostile_markdown_costs_no_more_than_a_moment() {
    let n = 50_000;
    let steps = |marker: &str| {
        let line = |depth: usize| format!("{}{marker} x\n", " ".repeat(depth * 2));
        (0..1_000).map(line).collect::<String>()
    };
    for (name, source) in [
        ("quotes", format!("{}x", ">".repeat(n))),
        ("spaced quotes", format!("{}x", "> ".repeat(n))),
        ("bullets", format!("{}x", "* ".repeat(n))),
        ("stars", format!("x{}x", "*".repeat(n))),
        ("numbers", format!("{}x", "1. ".repeat(n))),
        (
            "quotes over blank lines",
            format!("{}x\n{}y", "* ".repeat(n), "\n".repeat(n)),
        ),
        (
            "quotes on many lines",
            format!("{}x\n", "> ".repeat(400)).repeat(100),
        ),
        ("stairs", steps("-")),
        ("numbered stairs", steps("1)")),
        ("brackets", format!("{}x{}", "[".repeat(n), "]".repeat(n))),
        ("images", format!("{}x", "![".repeat(n))),
        ("links", "[a](".repeat(n)),
        ("emphasis", "*a **b ".repeat(n)),
        (
            "ticks",
            (1..300).map(|i| format!("{} ", "`".repeat(i))).collect(),
        ),
        ("tags", "<a <b ".repeat(n)),
        ("html", format!("<div>{}", "<a ".repeat(n))),
        ("comments", "<!-- ".repeat(n)),
        ("declarations", "<!X ".repeat(n)),
        ("instructions", "<? ".repeat(n)),
        ("references", "[a]: b\n".repeat(n)),
        ("uses", format!("{}\n[a]: b", "[a] ".repeat(n))),
        ("footnotes", "[^a]: b\n".repeat(n)),
        (
            "cells",
            format!("{}\n{}\nx", "|a".repeat(n), "|-".repeat(n)),
        ),
        ("entities", "&#x;&amp".repeat(n)),
        ("titles", "[a](b \"".repeat(n)),
    ] {
        let start = Instant::now();
        let outcome = extract(Path::new("a.md"), source.as_bytes());
        let took = start.elapsed();
        // Not a measure of speed: what grows with the square of such a text takes minutes.
        assert!(took < Duration::from_secs(30), "{name} took {took:?}");
        if let Ok(extracted) = outcome {
            check_invariants(&extracted.draft);
        }
    }
}

#[test]
fn shipped_articles_are_read_verbatim_and_without_warnings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut n_articles = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !is_supported(&path) {
            continue;
        }
        n_articles += 1;
        let source = std::fs::read_to_string(&path).unwrap();
        let Extracted { draft, warnings } = extract(&path, source.as_bytes()).unwrap();
        check_invariants(&draft);
        assert_eq!(warnings, [""; 0], "{path:?}");
        assert_eq!(draft.language, Language::English, "{path:?}");
        assert!(draft.metadata.published.is_some() && draft.metadata.outlet.is_some());
        assert!(!draft.metadata.tags.is_empty(), "{path:?}");
        let (_, body) = source.split_once("\n---\n").unwrap();
        let blocks = shown_of(&draft);
        let written: Vec<String> = body
            .trim()
            .split('\n')
            .filter(|l| !l.is_empty())
            .map(as_shown)
            .collect();
        assert_eq!(blocks, written, "{path:?}");
    }
    assert!(n_articles >= 40, "{n_articles}");
}

/// A line of a shipped article as its block is shown: they are written one block a line.
fn as_shown(line: &str) -> String {
    if let Some(item) = line.strip_prefix("- ") {
        return format!("L {item}");
    }
    let text = line.trim_start_matches('#');
    match line.len() - text.len() {
        0 => format!("P {line}"),
        level => format!("H{level}{text}"),
    }
}

/// Pieces that mean something to one of the parsers.
const PIECES: &str = "(---\n|title: |date: |tags: |\\[|\\]|\\(|\\)|# |## |- |1\\. |> |\\*|_|`|```\n|\n|\n\n|\r\n|  |\t|\\||\\|-|<b>|<div>|</div>|<ul>|<li>|<table>|<td>|<tr>|<p>|<br>|<h2>|</h2>|<pre>|<!--|-->|&amp;|\\\\|!|\\^|:|\u{feff}|\u{301}|\u{2028}|é|a|Word\\.|0){0,40}";

proptest! {
    #[test]
    fn any_bytes_are_an_article_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for name in ["a.md", "a.txt", "a.html"] {
            if let Ok(extracted) = extract(Path::new(name), &bytes) {
                check_invariants(&extracted.draft);
            }
        }
    }

    #[test]
    fn any_characters_keep_the_invariants(source in any::<String>()) {
        for name in ["a.md", "a.txt", "a.html"] {
            if let Ok(extracted) = extract(Path::new(name), source.as_bytes()) {
                check_invariants(&extracted.draft);
            }
        }
    }

    #[test]
    fn any_mark_up_keeps_the_invariants(source in PIECES) {
        for name in ["a.md", "a.txt", "a.html"] {
            if let Ok(extracted) = extract(Path::new(name), source.as_bytes()) {
                check_invariants(&extracted.draft);
            }
        }
    }
}
