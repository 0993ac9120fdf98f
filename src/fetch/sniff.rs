//! What a response holds, by its header, its first bytes and the end of its path.

use url::Url;

/// The formats that can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// HTML and XHTML.
    Html,
    /// Markdown.
    Markdown,
    /// Plain text.
    Plain,
    /// PDF.
    Pdf,
    /// A Word document.
    Docx,
    /// RSS, Atom or other XML.
    Xml,
    /// JSON.
    Json,
}

impl Kind {
    /// The media type of this kind.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Html => "text/html",
            Kind::Markdown => "text/markdown",
            Kind::Plain => "text/plain",
            Kind::Pdf => "application/pdf",
            Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Xml => "application/xml",
            Kind::Json => "application/json",
        }
    }

    /// The extension a file of this kind usually has, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Kind::Html => "html",
            Kind::Markdown => "md",
            Kind::Plain => "txt",
            Kind::Pdf => "pdf",
            Kind::Docx => "docx",
            Kind::Xml => "xml",
            Kind::Json => "json",
        }
    }
}

/// What a request is for, which decides what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// An article: HTML, PDF, DOCX, Markdown or plain text.
    Article,
    /// A feed, or the HTML page that names one.
    Feed,
}

impl Want {
    fn takes(self, kind: Kind) -> bool {
        match self {
            Want::Article => !matches!(kind, Kind::Xml | Kind::Json),
            Want::Feed => matches!(kind, Kind::Xml | Kind::Json | Kind::Html),
        }
    }

    /// For messages.
    pub(super) fn names(self) -> &'static str {
        match self {
            Want::Article => "HTML, PDF, DOCX, Markdown and plain text",
            Want::Feed => "RSS, Atom, JSON Feed and a page that names one",
        }
    }

    /// The `Accept` header.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Want::Article => {
                "text/html, application/xhtml+xml, application/pdf, text/markdown, text/plain, \
                 application/vnd.openxmlformats-officedocument.wordprocessingml.document, */*;q=0.1"
            }
            Want::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, \
                 application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5"
            }
        }
    }
}

/// First bytes looked at.
pub(super) const SNIFFED_BYTES: usize = 512;

/// First bytes of what is never an article, and its name.
const MAGIC: [(&[u8], &str); 20] = [
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"BM", "a BMP image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"RIFF", "a WebP image, sound or film"),
    (b"OggS", "sound or film (Ogg)"),
    (b"ID3", "sound (MP3)"),
    (b"\xff\xfb", "sound (MP3)"),
    (b"fLaC", "sound (FLAC)"),
    (b"\x1a\x45\xdf\xa3", "a film (Matroska or WebM)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
];

/// What the header alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stated {
    /// One of ours.
    Is(Kind),
    /// Nothing that decides.
    Open,
    /// Nothing that can be read.
    Foreign,
}

/// The media type of a `Content-Type` header: lower-case, without parameters.
pub(super) fn media_type(header: &str) -> String {
    let essence = header.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether the header alone rules a response out; then what it is, for the message.
pub(super) fn refuses_header(want: Want, media: &str) -> Option<String> {
    match stated(media) {
        Stated::Foreign => Some(format!("of type `{}`", super::error::cut(media))),
        Stated::Is(kind) if !want.takes(kind) && !is_vague(kind) => {
            Some(format!("of type `{}`", super::error::cut(media)))
        }
        _ => None,
    }
}

/// What a response holds, from its media type, its first [`SNIFFED_BYTES`] (or all of it) and its
/// address; or, for the message, what it is instead of what was wanted.
///
/// The bytes win over the header where they are unmistakable, since servers send PDF as octets and
/// feeds as text; a header that names HTML or text is believed unless the bytes are binary.
pub(super) fn kind_of(want: Want, media: &str, bytes: &[u8], url: &Url) -> Result<Kind, String> {
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let stated = match stated(media) {
        Stated::Is(kind) => Some(kind),
        Stated::Open => None,
        Stated::Foreign => return Err(format!("of type `{}`", super::error::cut(media))),
    };
    let kind = match by_magic(head, stated, url) {
        Some(found) => found?,
        None => by_text(want, head, stated, url),
    };
    if want.takes(kind) {
        Ok(kind)
    } else {
        Err(match kind {
            Kind::Xml if want == Want::Article => {
                "XML (a feed is followed by `quoth feed add`)".to_owned()
            }
            kind => format!("of the kind `{}`", kind.extension()),
        })
    }
}

fn stated(media: &str) -> Stated {
    match media {
        "text/html" | "application/xhtml+xml" => Stated::Is(Kind::Html),
        "text/markdown" | "text/x-markdown" => Stated::Is(Kind::Markdown),
        "text/plain" => Stated::Is(Kind::Plain),
        "application/pdf" | "application/x-pdf" => Stated::Is(Kind::Pdf),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
            Stated::Is(Kind::Docx)
        }
        "application/json" | "text/json" => Stated::Is(Kind::Json),
        "text/xml" | "application/xml" => Stated::Is(Kind::Xml),
        ""
        | "application/octet-stream"
        | "binary/octet-stream"
        | "application/unknown"
        | "application/force-download"
        | "application/zip" => Stated::Open,
        // Not `image/svg+xml`, which is a picture.
        _ if media.starts_with("application/") && media.ends_with("+xml") => Stated::Is(Kind::Xml),
        _ if media.starts_with("application/") && media.ends_with("+json") => {
            Stated::Is(Kind::Json)
        }
        _ => Stated::Foreign,
    }
}

/// Kinds under whose header servers send many another one.
fn is_vague(kind: Kind) -> bool {
    matches!(kind, Kind::Plain | Kind::Xml)
}

/// What the first bytes say beyond doubt.
fn by_magic(head: &[u8], stated: Option<Kind>, url: &Url) -> Option<Result<Kind, String>> {
    if head.starts_with(b"%PDF-") {
        return Some(Ok(Kind::Pdf));
    }
    if head.starts_with(b"PK\x03\x04") {
        let is_docx = stated == Some(Kind::Docx) || ends_in(url, &["docx"]);
        return Some(if is_docx {
            Ok(Kind::Docx)
        } else {
            Err("a ZIP archive".to_owned())
        });
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some(Err("a film or picture (MP4)".to_owned()));
    }
    let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    // "BM" and "MZ" also begin words; no text has a zero byte.
    let is_binary = has_zero(head);
    match known {
        Some((magic, name)) if is_binary || magic.iter().any(|b| !b.is_ascii_alphanumeric()) => {
            Some(Err((*name).to_owned()))
        }
        _ if is_binary => Some(Err("binary data".to_owned())),
        _ if matches!(stated, Some(Kind::Pdf | Kind::Docx)) => {
            Some(Ok(by_text(Want::Article, head, None, url)))
        }
        _ => None,
    }
}

/// A zero byte in what is not UTF-16 by its byte order mark.
fn has_zero(head: &[u8]) -> bool {
    let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    !is_utf16 && head.contains(&0)
}

/// Text by its header, else by how it begins, else by the end of its path.
fn by_text(want: Want, head: &[u8], stated: Option<Kind>, url: &Url) -> Kind {
    let begins = |mark: &str| {
        text_of(head)
            .get(..mark.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
    };
    let is_xml_feed = || {
        ["<?xml", "<rss", "<feed", "<rdf:rdf"]
            .iter()
            .any(|m| begins(m))
    };
    match stated {
        // XHTML under the name of XML.
        Some(Kind::Xml) if contains(head, b"<html") => Kind::Html,
        Some(Kind::Html | Kind::Plain) if want == Want::Feed && is_xml_feed() => {
            if contains(head, b"<html") {
                Kind::Html
            } else {
                Kind::Xml
            }
        }
        Some(Kind::Plain) if want == Want::Feed && begins("{") => Kind::Json,
        Some(Kind::Plain) if ends_in(url, &["md", "markdown"]) => Kind::Markdown,
        Some(kind) => kind,
        None if begins("<!doctype html") || begins("<html") || contains(head, b"<html") => {
            Kind::Html
        }
        None if is_xml_feed() => Kind::Xml,
        None if want == Want::Feed && begins("{") => Kind::Json,
        None if ends_in(url, &["html", "htm", "xhtml"]) => Kind::Html,
        None if ends_in(url, &["md", "markdown"]) => Kind::Markdown,
        None => Kind::Plain,
    }
}

/// The text without byte order mark and leading white space.
fn text_of(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start()
}

fn contains(head: &[u8], mark: &[u8]) -> bool {
    head.windows(mark.len())
        .any(|window| window.eq_ignore_ascii_case(mark))
}

fn ends_in(url: &Url, extensions: &[&str]) -> bool {
    let extension = url.path().rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|found| extensions.iter().any(|e| e.eq_ignore_ascii_case(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(want: Want, header: &str, bytes: &[u8], path: &str) -> Result<Kind, String> {
        let url = Url::parse("https://example.org/")
            .unwrap()
            .join(path)
            .unwrap();
        let media = media_type(header);
        if let Some(found) = refuses_header(want, &media) {
            return Err(found);
        }
        kind_of(want, &media, bytes, &url)
    }

    fn article(header: &str, bytes: &[u8], path: &str) -> Result<Kind, String> {
        check(Want::Article, header, bytes, path)
    }

    #[test]
    fn articles_are_told_by_header_bytes_and_path() {
        for (header, bytes, path, expected) in [
            ("text/html; charset=utf-8", &b"<p>x"[..], "a", Kind::Html),
            ("TEXT/HTML", b"x", "a", Kind::Html),
            ("application/xhtml+xml", b"<?xml version", "a", Kind::Html),
            ("application/xml", b"<?xml?><html>", "a", Kind::Html),
            ("text/plain", b"# Title", "a.md", Kind::Markdown),
            ("text/plain", b"<!doctype html>", "a", Kind::Plain),
            ("text/plain", b"BMW and MZ", "a", Kind::Plain),
            ("text/plain", b"\xff\xfeh\x00i\x00", "a.txt", Kind::Plain),
            ("text/markdown", b"x", "a", Kind::Markdown),
            ("application/pdf", b"%PDF-1.7", "a", Kind::Pdf),
            ("application/octet-stream", b"%PDF-1.7", "a", Kind::Pdf),
            ("text/html", b"%PDF-1.7", "a", Kind::Pdf),
            ("application/pdf", b"<html>login", "a.pdf", Kind::Html),
            ("application/zip", b"PK\x03\x04", "a.docx", Kind::Docx),
            ("", b"\xef\xbb\xbf \n<!DOCTYPE html>", "a", Kind::Html),
            ("", b"<p>x", "a.html", Kind::Html),
            ("", b"words", "a", Kind::Plain),
            ("", b"", "a", Kind::Plain),
        ] {
            assert_eq!(
                article(header, bytes, path),
                Ok(expected),
                "{header} {path}"
            );
        }
    }

    #[test]
    fn what_is_no_article_is_named() {
        for (header, bytes, expected) in [
            ("image/png", &b""[..], "of type `image/png`"),
            ("image/svg+xml", b"<svg>", "of type `image/svg+xml`"),
            ("video/mp4", b"", "of type `video/mp4`"),
            ("audio/mpeg", b"", "of type `audio/mpeg`"),
            ("font/woff2", b"", "of type `font/woff2`"),
            ("application/json", b"{}", "of type `application/json`"),
            ("text/css", b"a{}", "of type `text/css`"),
            ("text/html", b"\x89PNG\r\n\x1a\n\x00", "a PNG image"),
            (
                "application/octet-stream",
                b"\xff\xd8\xff\xe0",
                "a JPEG image",
            ),
            ("", b"\x00\x00\x00\x20ftypisom", "a film or picture (MP4)"),
            ("", b"\x7fELF\x02", "a program"),
            ("", b"MZ\x90\x00", "a program"),
            ("application/octet-stream", b"a\x00b", "binary data"),
            ("text/plain", b"a\x00b", "binary data"),
            ("application/zip", b"PK\x03\x04", "a ZIP archive"),
            (
                "application/rss+xml",
                b"<rss>",
                "XML (a feed is followed by `quoth feed add`)",
            ),
        ] {
            assert_eq!(article(header, bytes, "a"), Err(expected.to_owned()));
        }
    }

    #[test]
    fn feeds_are_told_whatever_their_header() {
        for (header, bytes, expected) in [
            ("application/rss+xml", &b"<rss>"[..], Kind::Xml),
            ("application/atom+xml; type=feed", b"<feed>", Kind::Xml),
            ("text/xml", b"<?xml?><rss>", Kind::Xml),
            ("text/html", b"<?xml?><rss>", Kind::Xml),
            ("text/plain", b" <feed>", Kind::Xml),
            ("text/plain", b"{\"version\":", Kind::Json),
            ("application/feed+json", b"{", Kind::Json),
            ("application/json", b"{", Kind::Json),
            ("application/octet-stream", b"{", Kind::Json),
            ("", b"<rdf:RDF", Kind::Xml),
            ("text/html", b"<!doctype html>", Kind::Html),
            ("application/xhtml+xml", b"<?xml?><html>", Kind::Html),
        ] {
            assert_eq!(
                check(Want::Feed, header, bytes, "feed"),
                Ok(expected),
                "{header}"
            );
        }
        assert!(check(Want::Feed, "application/pdf", b"%PDF-1.7", "a").is_err());
        assert!(check(Want::Feed, "text/plain", b"words", "a").is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_bytes_under_any_header_have_a_kind_or_a_name(
            header in "[a-z/+;= ]{0,24}",
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        ) {
            for want in [Want::Article, Want::Feed] {
                match check(want, &header, &bytes, "a.b") {
                    Ok(kind) => proptest::prop_assert!(want.takes(kind)),
                    Err(found) => proptest::prop_assert!(!found.is_empty()),
                }
            }
        }
    }
}
