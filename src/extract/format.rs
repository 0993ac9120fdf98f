//! Which format bytes are of: what they look like first, what they are called second.
//!
//! Extensions lie (an error page saved as `.pdf`, an export named `.txt`), and what a server says of a
//! page is no better. Formats with a signature are recognised by it; between Markdown and plain text,
//! which have none, the name decides.

use std::path::Path;

use super::error::Fault;
use super::{archive, html};

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Markdown,
    Plain,
    Html,
    Pdf,
    Docx,
}

/// How far into the file the header of a PDF may stand (PDF 32000-1, implementation note 13).
const PDF_HEADER_BYTES: usize = 1_024;
/// How many bytes of a text are searched for the beginning of a page.
const HTML_SNIFFED_BYTES: usize = 1_024;
/// How many bytes of an OLE container are searched for the names of its streams.
const OLE_SNIFFED_BYTES: usize = 1024 * 1024;

impl Format {
    /// The format that an extension stands for; case does not matter.
    pub(super) fn of_extension(extension: &str) -> Option<Format> {
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Format::Markdown),
            "txt" | "text" => Some(Format::Plain),
            "html" | "htm" | "xhtml" => Some(Format::Html),
            "pdf" => Some(Format::Pdf),
            "docx" => Some(Format::Docx),
            _ => None,
        }
    }

    pub(super) fn of_path(path: &Path) -> Option<Format> {
        Format::of_extension(&path.extension().unwrap_or_default().to_string_lossy())
    }

    /// The format that a media type stands for; parameters do not matter.
    pub(super) fn of_content_type(content_type: &str) -> Option<Format> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "text/markdown" | "text/x-markdown" => Some(Format::Markdown),
            "text/plain" => Some(Format::Plain),
            "text/html" | "application/xhtml+xml" => Some(Format::Html),
            "application/pdf" | "application/x-pdf" => Some(Format::Pdf),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
                Some(Format::Docx)
            }
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Format::Markdown => "Markdown",
            Format::Plain => "plain text",
            Format::Html => "HTML",
            Format::Pdf => "PDF",
            Format::Docx => "DOCX",
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Format::Markdown | Format::Plain | Format::Html)
    }
}

/// The format to read bytes as. `named` is what their name or media type says, and `None` if it says
/// nothing known. `Ok(None)` if nothing says what they are.
pub(super) fn detect(
    bytes: &[u8],
    named: Option<Format>,
    warnings: &mut Vec<String>,
) -> Result<Option<Format>, Fault> {
    let format = match signature(bytes)? {
        Some(format) => Some(format),
        None => match named {
            Some(named) if named.is_text() => Some(of_text(bytes, named)),
            // It is called a PDF or DOCX and is none: damaged, or a text after all.
            Some(named) => Some(of_misnamed(bytes, named)?),
            None => looks_like_page(bytes).then_some(Format::Html),
        },
    };
    if let (Some(format), Some(named)) = (format, named)
        && format != named
    {
        warnings.push(format!(
            "named as {} but is {}; read as {}",
            named.name(),
            format.name(),
            format.name()
        ));
    }
    Ok(format)
}

/// The format that the first bytes prove.
fn signature(bytes: &[u8]) -> Result<Option<Format>, Fault> {
    let begins = |prefix: &[u8]| bytes.starts_with(prefix);
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return match archive::content(bytes) {
            archive::Content::Docx => Ok(Some(Format::Docx)),
            archive::Content::Files => Err(Fault::Archive),
            archive::Content::Foreign(format, advice) => Err(Fault::Foreign { format, advice }),
            archive::Content::Damaged(reason) => Err(Fault::Damaged {
                format: "DOCX or archive",
                reason,
            }),
        };
    }
    if begins(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(ole_fault(bytes));
    }
    if begins(b"{\\rtf") {
        return Err(Fault::Foreign {
            format: "a rich text file",
            advice: "save it as .docx",
        });
    }
    let head = bytes.get(..PDF_HEADER_BYTES).unwrap_or(bytes);
    let is_pdf = head.windows(5).any(|window| window == b"%PDF-");
    // A text that tells of PDFs has no binary bytes; a PDF practically always has.
    let is_named_in_text = is_pdf && !begins(b"%PDF-") && str::from_utf8(bytes).is_ok();
    Ok((is_pdf && !is_named_in_text).then_some(Format::Pdf))
}

/// What an OLE container is: the old formats of Office, or an encrypted one of the new.
fn ole_fault(bytes: &[u8]) -> Fault {
    let head = bytes.get(..OLE_SNIFFED_BYTES).unwrap_or(bytes);
    let has_stream = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        head.windows(name.len()).any(|window| window == name)
    };
    if has_stream("EncryptedPackage") {
        return Fault::Encrypted { format: "DOCX" };
    }
    Fault::Foreign {
        format: if has_stream("WordDocument") {
            "a Word document of before 2007"
        } else {
            "an Office file of before 2007"
        },
        advice: "save it as .docx",
    }
}

/// The format of bytes that are called a text.
fn of_text(bytes: &[u8], named: Format) -> Format {
    match named {
        // Markdown may well begin with a tag.
        Format::Markdown => Format::Markdown,
        Format::Html => {
            let is_page =
                looks_like_page(bytes) || html::has_mark_up(&String::from_utf8_lossy(bytes));
            if is_page || is_utf16(bytes) {
                Format::Html
            } else {
                Format::Plain
            }
        }
        named if looks_like_page(bytes) => {
            debug_assert!(named.is_text());
            Format::Html
        }
        named => named,
    }
}

/// The format of bytes that are called PDF or DOCX but lack its signature.
fn of_misnamed(bytes: &[u8], named: Format) -> Result<Format, Fault> {
    if looks_like_page(bytes) {
        return Ok(Format::Html);
    }
    let is_text = !bytes.contains(&0) && str::from_utf8(bytes).is_ok();
    if is_text {
        return Ok(Format::Plain);
    }
    Err(Fault::Damaged {
        format: named.name(),
        reason: "its first bytes are of no known format".to_owned(),
    })
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}

/// Whether a text begins as an HTML page does: after blanks, comments and declarations of XML.
fn looks_like_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = bytes.get(..HTML_SNIFFED_BYTES).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut rest = head.trim_start();
    for (open, close) in [("<?xml", "?>"), ("<!--", "-->")] {
        if rest.starts_with(open) {
            rest = rest
                .split_once(close)
                .map_or("", |(_, rest)| rest)
                .trim_start();
        }
    }
    ["<!doctype html", "<html", "<head>", "<body"]
        .iter()
        .any(|start| rest.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format and the warnings, or the fault.
    fn check(name: &str, bytes: &[u8], expected: Result<Option<Format>, Fault>, warning: &str) {
        let mut warnings = Vec::new();
        let found = detect(bytes, Format::of_path(Path::new(name)), &mut warnings);
        assert_eq!(found, expected, "{name} {bytes:?}");
        assert_eq!(warnings.join(""), warning, "{name}");
    }

    #[test]
    fn content_comes_before_the_name() {
        for (name, bytes, format, warning) in [
            ("a.md", &b"# T"[..], Format::Markdown, ""),
            ("a.MARKDOWN", b"<div>x</div>", Format::Markdown, ""),
            ("a.txt", b"T", Format::Plain, ""),
            ("a.htm", b"<p>x", Format::Html, ""),
            ("a.html", b"\xFF\xFE<\0p\0>\0", Format::Html, ""),
            (
                "a.html",
                b"no tags here",
                Format::Plain,
                "named as HTML but is plain text; read as plain text",
            ),
            (
                "a.txt",
                b" \n<!-- x -->\n<!DOCTYPE html><p>x",
                Format::Html,
                "named as plain text but is HTML; read as HTML",
            ),
            (
                "a.pdf",
                b"<html><body>Not found</body></html>",
                Format::Html,
                "named as PDF but is HTML; read as HTML",
            ),
            ("a.pdf", b"%PDF-1.4\n", Format::Pdf, ""),
            ("a.pdf", b"\x01junk%PDF-1.4\n\xFF", Format::Pdf, ""),
            (
                "a.txt",
                b"%PDF-1.7\n\xE2\xE3",
                Format::Pdf,
                "named as plain text but is PDF; read as PDF",
            ),
            ("a.txt", b"the header %PDF-1.7 says", Format::Plain, ""),
            (
                "a.docx",
                b"plain",
                Format::Plain,
                "named as DOCX but is plain text; read as plain text",
            ),
            ("page", b"<?xml version='1.0'?><html>", Format::Html, ""),
        ] {
            check(name, bytes, Ok(Some(format)), warning);
        }
        check("a.xyz", b"text", Ok(None), "");
    }

    #[test]
    fn known_formats_that_are_not_read_are_named() {
        let stream = |name: &str| {
            let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 ".to_vec();
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        check(
            "a.docx",
            &stream("EncryptedPackage"),
            Err(Fault::Encrypted { format: "DOCX" }),
            "",
        );
        for (bytes, format) in [
            (stream("WordDocument"), "a Word document of before 2007"),
            (stream("Workbook"), "an Office file of before 2007"),
            (b"{\\rtf1 x}".to_vec(), "a rich text file"),
        ] {
            let advice = "save it as .docx";
            check("a.doc", &bytes, Err(Fault::Foreign { format, advice }), "");
        }
        let damaged = Fault::Damaged {
            format: "PDF",
            reason: "its first bytes are of no known format".to_owned(),
        };
        check("a.pdf", b"\0\xFF\0", Err(damaged), "");
    }

    #[test]
    fn media_types_name_formats() {
        for (kind, format) in [
            ("text/html; charset=utf-8", Some(Format::Html)),
            ("TEXT/PLAIN", Some(Format::Plain)),
            ("text/markdown", Some(Format::Markdown)),
            ("application/pdf", Some(Format::Pdf)),
            ("application/octet-stream", None),
            ("", None),
        ] {
            assert_eq!(Format::of_content_type(kind), format, "{kind}");
        }
    }
}
