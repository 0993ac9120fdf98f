//! Whole files in, drafts out.

use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::tests::{check_invariants, fixture, read_bytes, shown_of};
use super::super::{ExtractError, Extracted, MAX_BLOCKS, MAX_DOCX_BYTES, extract};
use super::is_title;

/// A DOCX of these parts.
fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn with_body(body: &str) -> Vec<u8> {
    let text = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    docx(&[("word/document.xml", &text)])
}

/// A paragraph with this style.
fn p(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn read(body: &str) -> Extracted {
    read_bytes("a-file.docx", &with_body(body))
}

fn shown(body: &str) -> Vec<String> {
    shown_of(&read(body).draft)
}

#[test]
fn paragraphs_headings_lists_and_tables_become_blocks() {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", p("", text));
    for (body, expected) in [
        (
            "<w:p><w:r><w:t>One </w:t></w:r><w:r><w:t xml:space=\"preserve\">two</w:t><w:tab/><w:t>three</w:t><w:br/><w:t>four</w:t></w:r></w:p>".to_owned(),
            vec!["P One two three\nfour"],
        ),
        (
            format!("{}{}{}", p("", "a"), p("Heading2", "H"), p("ListBullet", "b")),
            vec!["P a", "H2 H", "L b"],
        ),
        (
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val=\"ListBullet\"/><w:numPr><w:numId w:val=\"0\"/></w:numPr></w:pPr><w:r><w:t>y</w:t></w:r></w:p>".to_owned(),
            vec!["L x", "P y"],
        ),
        (
            format!(
                "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>{}",
                cell("A"), cell("B"), cell("1"), cell(""), p("", "after")
            ),
            vec!["P A | B", "P 1", "P after"],
        ),
        (
            "<w:p><w:r><w:t>kept</w:t></w:r><w:ins><w:r><w:t> new</w:t></w:r></w:ins><w:del><w:r><w:delText> old</w:delText></w:r></w:del><w:moveFrom><w:r><w:t> moved</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t> shown</w:t></w:r></w:p>".to_owned(),
            vec!["P kept new shown"],
        ),
        (
            {
                let run = |align: &str, text: &str| {
                    format!("<w:r><w:rPr><w:vertAlign w:val=\"{align}\"/></w:rPr><w:t>{text}</w:t></w:r>")
                };
                let plain = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
                let runs = [
                    plain("10"), run("superscript", "2"), run("superscript", "5"), plain(" x"),
                    run("superscript", "0"), run("superscript", ".5"), plain(" H"), run("subscript", "2"),
                    plain("O, the 1"), run("superscript", "st"), plain(" m"), run("superscript", "2"),
                ];
                format!("<w:p>{}</w:p>", runs.concat())
            },
            vec!["P 10²⁵ x^(0.5) H₂O, the 1st m²"],
        ),
        (
            "<w:p><w:r><w:t>a &amp; b &lt;c&gt; &#8364; &undefined; d</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>".to_owned(),
            vec!["P a & b <c> €  d"],
        ),
        (
            format!("<w:p><w:r><w:t>outer</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>{}</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>{}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>", p("", "box"), p("", "copy")),
            vec!["P box", "P outer"],
        ),
    ] {
        assert_eq!(shown(&body), expected, "{body}");
    }
}

#[test]
fn the_title_comes_from_its_style_then_the_properties_then_the_first_heading() {
    let core = "<cp:coreProperties><dc:title>Said &amp; done</dc:title><dcterms:created>2022-10-03T08:00:00Z</dcterms:created></cp:coreProperties>";
    let with_core = |body: &str, core: &str| {
        let text = format!("<w:document><w:body>{body}</w:body></w:document>");
        read_bytes(
            "a-file.docx",
            &docx(&[("word/document.xml", &text), ("docProps/core.xml", core)]),
        )
    };
    let titled = [p("Title", "Styled"), p("Date", "3 May 2021"), p("", "x")].concat();
    let extracted = with_core(&titled, core);
    assert_eq!(extracted.draft.metadata.title, "Styled");
    assert_eq!(extracted.draft.text, "x");
    assert_eq!(
        extracted.draft.metadata.published.unwrap().to_string(),
        "2021-05-03"
    );
    assert!(extracted.warnings.is_empty());

    let extracted = with_core(
        &[p("Heading1", "Said &amp; done"), p("", "x")].concat(),
        core,
    );
    assert_eq!(extracted.draft.metadata.title, "Said & done");
    assert_eq!(extracted.draft.text, "x");
    assert_eq!(
        extracted.warnings,
        ["date `2022-10-03` is the day on which the file was made; check it"]
    );

    let made_up =
        "<cp:coreProperties><dc:title>Microsoft Word - x.docx</dc:title></cp:coreProperties>";
    let headed = [p("Heading1", "First"), p("", "x")].concat();
    assert_eq!(with_core(&headed, made_up).draft.metadata.title, "First");
    assert_eq!(
        with_core(&p("", "x"), made_up).draft.metadata.title,
        "a file"
    );
}

#[test]
fn titles_of_programs_are_told_from_titles_of_people() {
    for title in ["How it ended", "Document and proof", "The 2024 report"] {
        assert!(is_title(title), "{title}");
    }
    for title in [
        "",
        "x",
        "Untitled",
        "untitled1",
        "Document1",
        "Microsoft Word - a.doc",
        "report_v3.docx",
        "C:\\tmp\\x",
        "/tmp/x",
        "2024",
        "PowerPoint Presentation.pdf",
        "Microsoft Word",
    ] {
        assert!(!is_title(title), "{title}");
    }
}

#[test]
fn pandoc_and_libreoffice_files_are_read() {
    let draft = read_bytes("pandoc.docx", &fixture("pandoc.docx")).draft;
    assert_eq!(draft.metadata.title, "The clockmaker of Brunnfeld retires");
    assert_eq!(draft.metadata.published.unwrap().to_string(), "2023-09-14");
    insta::assert_snapshot!(shown_of(&draft).join("\n"), @r"
    P After fifty-two years Johanna Keller has locked the door of her workshop in Brunnfeld for the last time. She repaired the clock of the town hall nine times and refused to be paid for it once.
    H2 A trade without heirs
    P Keller trained four apprentices, and none of them stayed in the trade. “A clock tells you what is wrong with it if you are quiet,” she said on Thursday.
    L The workshop’s lathe goes to the museum in Altdorf.
    L The tools go to a school in Linz.
    H3 What happens to the clock
    P The town has signed a contract with a firm in Graz. It will cost 2,400 euros a year.
    P Year | Repairs
    P 1988 | 2
    P 2004 | 5
    ");

    let draft = read_bytes("report.docx", &fixture("report.docx")).draft;
    assert_eq!(draft.metadata.title, "How the Orchard Line was saved");
    let blocks = shown_of(&draft);
    assert_eq!(blocks[1], "H1 The flood");
    assert_eq!(blocks[4], "H2 The inspection of 1974");
    assert_eq!(blocks[10], "L a grant by the state.");
    assert_eq!(blocks.len(), 15, "{blocks:#?}");
}

#[test]
fn damaged_files_say_what_is_damaged() {
    let whole = with_body(&p("", "text"));
    let cut = extract(Path::new("a.docx"), &whole[..whole.len() / 2]).unwrap_err();
    assert!(matches!(cut, ExtractError::Damaged { .. }), "{cut}");
    let broken = with_body("<w:p><w:r><w:t>a</w:t></w:r></w:p><![CDATA[ never closed");
    let error = extract(Path::new("a.docx"), &broken).unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.starts_with("article `a.docx` is a damaged DOCX: byte "),
        "{shown}"
    );
    let mut flipped = whole.clone();
    let position = whole.windows(4).position(|w| w == b"body").unwrap_or(60);
    flipped[position] ^= 0xFF;
    assert!(extract(Path::new("a.docx"), &flipped).is_err());
    let empty = extract(Path::new("a.docx"), &with_body("<w:p/>")).unwrap_err();
    assert_eq!(empty.to_string(), "article `a.docx` has no text");
}

#[test]
fn a_bomb_stops_at_the_limit_whatever_its_header_says() {
    let limit = usize::try_from(MAX_DOCX_BYTES).unwrap();
    let with_len = |len: usize| {
        let (start, end) = (
            "<w:document><w:p><w:r><w:t>x</w:t></w:r></w:p><!--",
            "--></w:document>",
        );
        let filler = " ".repeat(len - start.len() - end.len());
        docx(&[("word/document.xml", &format!("{start}{filler}{end}"))])
    };
    assert_eq!(read_bytes("a.docx", &with_len(limit)).draft.text, "x");
    let mut bomb = with_len(limit + 1);
    let honest = extract(Path::new("a.docx"), &bomb).unwrap_err();
    assert_eq!(
        honest.to_string(),
        "article `a.docx` unpacks to more than 67108864 bytes, the limit"
    );
    // The size in the directory, which claims that it unpacks to ten bytes.
    let directory = bomb.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bomb[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
    let lying = extract(Path::new("a.docx"), &bomb).unwrap_err();
    assert!(matches!(lying, ExtractError::Damaged { .. }), "{lying}");
}

#[test]
fn the_number_of_blocks_is_bounded() {
    let at = |n: usize| extract(Path::new("a.docx"), &with_body(&p("", "a").repeat(n)));
    assert_eq!(at(MAX_BLOCKS).unwrap().draft.blocks.len(), MAX_BLOCKS);
    let error = at(MAX_BLOCKS + 1).unwrap_err();
    assert!(matches!(error, ExtractError::TooManyBlocks { .. }));
}

#[test]
fn hostile_files_cost_no_more_than_a_moment() {
    let n = 50_000;
    let entities =
        "<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    for (name, body) in [
        ("paragraphs", "<w:p>".repeat(n)),
        ("tables", "<w:tbl><w:tr><w:tc>".repeat(n)),
        ("runs", format!("<w:p>{}x", "<w:r>".repeat(n))),
        ("deletions", "<w:del>".repeat(n)),
        (
            "attributes",
            format!("<w:p><w:pStyle {}/>{}", "a=\"b\" ".repeat(n), p("", "x")),
        ),
        (
            "entities",
            format!("{entities}<w:p><w:t>{}x</w:t></w:p>", "&b;".repeat(n)),
        ),
        ("ends", format!("{}{}", p("", "x"), "</w:p>".repeat(n))),
        ("comments", "<!--".repeat(n)),
    ] {
        let file = with_body(&body);
        let start = Instant::now();
        let outcome = extract(Path::new("a.docx"), &file);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
        if let Ok(extracted) = outcome {
            check_invariants(&extracted.draft);
        }
    }
}
