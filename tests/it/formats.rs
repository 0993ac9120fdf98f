//! Files of other programs, read by the program: in a process of their own, from a folder, and when
//! they mean harm.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use quoth::extract::{ExtractError, Extracted, Extractor, Input, extract};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Home, root};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/fixtures/formats").join(name)).unwrap()
}

/// Reads a file as the program does: PDF in a child of its own.
fn isolated(name: &str, bytes: &[u8]) -> Result<Extracted, ExtractError> {
    let extractor = Extractor::isolated(PathBuf::from(env!("CARGO_BIN_EXE_quoth")));
    extractor.extract(&Input {
        path: Path::new(name),
        bytes,
        content_type: None,
    })
}

/// The message for a file that is no article.
fn refusal(name: &str, bytes: &[u8]) -> String {
    isolated(name, bytes).unwrap_err().to_string()
}

/// A PDF of one page with this content.
fn pdf(content: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_vec(),
        [
            format!("<</Length {}>>stream\n", content.len()).as_bytes(),
            content,
            b"\nendstream",
        ]
        .concat(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
    ];
    let mut offsets = Vec::new();
    for (idx, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n", idx + 1).as_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(b"xref\n0 6\n0000000000 65535 f \n");
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend(format!("trailer<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

#[test]
fn a_child_reads_what_the_library_reads() {
    for name in [
        "columns.pdf",
        "report.pdf",
        "page.pdf",
        "readable.pdf",
        "report.docx",
    ] {
        let bytes = fixture(name);
        assert_eq!(
            isolated(name, &bytes),
            extract(Path::new(name), &bytes),
            "{name}"
        );
    }
}

#[test]
fn a_pdf_that_is_none_to_quote_says_why() {
    let text = pdf(b"BT /F 12 Tf 50 300 Td (A line of text.) Tj ET");
    let read = isolated("a-file.pdf", &text).unwrap().draft;
    assert_eq!(read.text, "A line of text.");
    assert_eq!(read.metadata.title, "a file");

    assert_eq!(
        refusal("a.pdf", &pdf(b"0 0 100 100 re f")),
        "article `a.pdf` shows no text (pages: 1), so it is a scan; have its text recognised first"
    );
    assert_eq!(
        refusal("a.pdf", &fixture("locked.pdf")),
        "article `a.pdf` is a PDF that needs a password; save a copy without one"
    );
    assert_eq!(
        refusal("a.pdf", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\ncut off"),
        "article `a.pdf` is a damaged PDF: its structure cannot be read"
    );
}

#[cfg(unix)]
#[test]
fn a_pdf_that_unpacks_to_gigabytes_ends_its_own_process_only() {
    assert_eq!(
        refusal("bomb.pdf", &fixture("bomb.pdf")),
        "article `bomb.pdf` could not be read: its reader died of signal 6, most likely at its limit of 1024 MiB of memory"
    );
}

#[test]
fn every_kind_of_bad_input_is_named_and_the_rest_is_loaded() {
    let home = Home::new();
    let folder = home.path("articles");
    for (name, content) in [
        (
            "good.md",
            b"# Good\n\nThe ferry to Lundy sails at nine.".to_vec(),
        ),
        ("report.pdf", fixture("report.pdf")),
        ("pandoc.docx", fixture("pandoc.docx")),
        ("page.html", fixture("page.html")),
        // Another format than the name says.
        (
            "named.txt",
            fixture("page.html").replace_once(b"1786", b"1787"),
        ),
        (
            "named.pdf",
            b"Only text, whatever it is called, and hardly that.".to_vec(),
        ),
        ("empty.md", Vec::new()),
        ("empty.pdf", Vec::new()),
        ("empty.docx", Vec::new()),
        ("locked.pdf", fixture("locked.pdf")),
        (
            "broken.pdf",
            b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\ncut off".to_vec(),
        ),
        ("password.docx", {
            let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ".to_vec();
            bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        }),
        ("bomb.docx", bomb()),
        ("bomb.pdf", fixture("bomb.pdf")),
        ("huge.html", vec![b'<'; 100_000_000]),
        (
            "deep.html",
            format!(
                "{}deep words of the well{}",
                "<div>".repeat(50_000),
                "</div>".repeat(50_000)
            )
            .into_bytes(),
        ),
        ("broken-text.txt", b"\xC3\xA9\xC3\xA9\xFF".to_vec()),
        (
            "far.md",
            b"---\ntitle: Far\ndate: 9999-12-31\n---\nThe day of this one is a placeholder."
                .to_vec(),
        ),
        (
            "long.md",
            format!(
                "# {}\n\nThe headline of this one is long.",
                "word ".repeat(60)
            )
            .into_bytes(),
        ),
        (
            "one/same.md",
            b"# Same\n\nThe first of two files of one name.".to_vec(),
        ),
        (
            "two/same.md",
            b"# Same\n\nThe second of two files of one name.".to_vec(),
        ),
    ] {
        home.write(&format!("articles/{name}"), content);
    }
    let run = home.quoth(&["add", folder.to_str().unwrap()]).ended_with(1);
    let said = run.stderr.replace(&format!("{}/", folder.display()), "");
    for expected in [
        "`empty.md` has no text",
        "`empty.pdf` has no text",
        "`empty.docx` has no text",
        "`locked.pdf` is a PDF that needs a password",
        "`broken.pdf` is a damaged PDF",
        "`password.docx` is a DOCX that needs a password",
        "`bomb.docx` unpacks to more than 67108864 bytes, the limit",
        "`bomb.pdf` could not be read",
        "`huge.html` is 100000000 bytes, above the limit of 10485760",
        "`broken-text.txt` is damaged UTF-8",
        "named as plain text but is HTML; read as HTML",
        "named as PDF but is plain text; read as plain text",
        "elements nested deeper than 96 levels were flattened",
        "date ignored: `9999-12-31` is not between the years 1000 and 2199",
        "title cut to 200 characters, the limit",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing: {said}");
    }
    let listed = home.quoth(&["--json", "list"]).ended_with(0).stdout;
    for title in [
        "Good",
        "How the Orchard Line was saved",
        "The clockmaker of Brunnfeld retires",
        "Lighthouse keepers vote to keep the fog bell",
        "deep",
        "Far",
        "Same",
    ] {
        assert!(listed.contains(title), "{title:?} is missing: {listed}");
    }
    assert_eq!(listed.matches("\"Same\"").count(), 2, "{listed}");
}

/// A DOCX whose text unpacks to more than the limit.
fn bomb() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file("word/document.xml", SimpleFileOptions::default())
        .unwrap();
    for _ in 0..65 {
        writer.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A change of one place, so that two files differ.
trait ReplaceOnce {
    fn replace_once(self, from: &[u8], to: &[u8]) -> Self;
}

impl ReplaceOnce for Vec<u8> {
    fn replace_once(mut self, from: &[u8], to: &[u8]) -> Vec<u8> {
        let position = self.windows(from.len()).position(|w| w == from).unwrap();
        self.splice(position..position + from.len(), to.iter().copied());
        self
    }
}
