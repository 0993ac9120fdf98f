//! Bytes → [`Draft`]: what turns a file into an article, one file a format.
//!
//! Owns decoding, formats and what they have in common: Markdown with front matter, plain text, HTML,
//! PDF, DOCX, and archives of these ([`archive`]). It is pure but for [`Extractor`], which may start a
//! process: it opens no file (the path it is given only tells the format and names the file in
//! messages), asks no clock and keeps nothing.
//!
//! Input is not trusted: sizes, counts and nesting are bounded by the constants here, and whatever
//! the bytes, the outcome is a draft or an [`ExtractError`]. A parser of someone else may still
//! panic on a bug of its own; `corpus` contains that. The parser of PDF may besides hang or take all
//! memory, so [`Extractor::isolated`] runs it in a process of its own ([`worker`]) with a deadline and
//! a limit; [`extract()`] and [`Extractor::in_process`] do not.
//!
//! What the bytes are is decided by their content first and their name second; where the two differ, a
//! warning names both.
//!
//! Invariants, held by property tests: the text of a draft is a fixed point of
//! [`normalize`](crate::text::normalize()); its blocks are ordered, disjoint, trimmed, non-empty and
//! slice the text; the bytes between them are white space; the title is not empty.
//!
//! Read [`extract()`] first.

pub mod archive;
mod body;
mod docx;
mod encoding;
mod error;
pub mod feed;
mod format;
mod front_matter;
mod html;
mod inline_html;
mod markdown;
mod metadata;
mod overrides;
mod pdf;
mod plain;
mod script;
#[cfg(test)]
mod tests;
pub mod worker;

use std::path::Path;

pub use error::ExtractError;
pub use metadata::fault_of_url;
pub use overrides::{GivenDay, Overrides};
pub use worker::Extractor;

use crate::document::{Draft, Metadata};
use crate::text;

use body::Body;
use error::Fault;
use format::Format;

/// The extensions that are read, an [`archive`]'s left out, as a message names them.
pub const EXTENSIONS: &str = ".md, .markdown, .txt, .text, .html, .htm, .xhtml, .pdf, .docx";
/// Longest file, in bytes, except PDF.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
/// Longest PDF, in bytes: most of one is pictures and fonts, which are not read.
pub const MAX_PDF_BYTES: u64 = 50 * 1024 * 1024;
/// Most pages of a PDF.
pub const MAX_PAGES: usize = 1_000;
/// Most bytes that the parts of a DOCX which are read unpack to.
pub const MAX_DOCX_BYTES: u64 = 64 * 1024 * 1024;
/// Deepest nesting of HTML elements that is kept; deeper ones are dissolved into their surroundings.
/// Pages by hand have 30 levels, by machine 60.
pub const MAX_HTML_DEPTH: usize = 96;
/// Longest time that the process which reads a PDF may take, in seconds of the clock.
pub const MAX_WORKER_SECONDS: u64 = 30;
/// Most memory that the process which reads a PDF may use, in MiB of address space.
pub const MAX_WORKER_MIB: u64 = 1_024;
/// Most blocks (paragraphs, headings, list items, table rows) of an article: one in 50 bytes of the
/// longest file, far above any prose, and few enough to keep memory within a small multiple of it.
pub const MAX_BLOCKS: usize = 200_000;
/// Longest front matter, in bytes between its `---` lines.
pub const MAX_FRONT_MATTER_BYTES: usize = 64 * 1024;
/// Longest title, in characters; a longer one is cut at a word and ends in `…`.
pub const MAX_TITLE_CHARS: usize = 200;
/// Longest outlet, in characters; a longer one is cut like a title.
pub const MAX_OUTLET_CHARS: usize = 100;
/// Longest address, in bytes; a longer one is dropped.
pub const MAX_URL_BYTES: usize = 2_000;
/// Most tags; further ones are dropped.
pub const MAX_TAGS: usize = 32;
/// Longest tag, in characters; a longer one is cut like a title.
pub const MAX_TAG_CHARS: usize = 50;
/// Earliest and latest year of an article's day; a day outside is a placeholder or a slip.
pub const MIN_YEAR: i32 = 1000;
/// See [`MIN_YEAR`].
pub const MAX_YEAR: i32 = 2199;
/// Longest first line of a plain text, in characters, that may be its title.
pub const MAX_PLAIN_TITLE_CHARS: usize = 120;
/// Deepest nesting of Markdown block quotes and lists that begins on one line; deeper markers are
/// left out. CommonMark sets no bound, and the parser's cost for a line grows with the depth.
pub const MAX_NESTING: usize = 32;

/// An article read from bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The article.
    pub draft: Draft,
    /// What was wrong but could be mended, one clause each, in the order noticed: lowercase, no final
    /// period, naming the key or limit but not the file.
    pub warnings: Vec<String>,
}

/// What a format makes of decoded text; [`extract()`] adds the rest.
struct Parsed {
    /// Everything but a missing title.
    metadata: Metadata,
    body: Body,
}

/// A file or page as it comes.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What names it in messages; its extension is a hint at the format, its stem the last resort for a
    /// title.
    pub path: &'a Path,
    /// Its content.
    pub bytes: &'a [u8],
    /// The media type that a server stated, with its parameters. It comes before the extension, and
    /// its `charset` before what an HTML page says of itself.
    pub content_type: Option<&'a str>,
}

/// Reads an article from the bytes of a file; `path` names it and hints at the format.
///
/// - Markdown (`.md`, `.markdown`): front matter between `---` lines gives title, date, outlet, url
///   and tags; other keys are ignored. Without a title there, the first level-1 heading is the title
///   and leaves the text. Mark-up goes, the words stay as written; blocks are separated by an empty
///   line.
/// - Plain text (`.txt`, `.text`): a short first line with an empty line below and no final
///   punctuation is the title and leaves the text.
///
/// - HTML (`.html`, `.htm`, `.xhtml`): the article of the page, without navigation, asides and what is hidden;
///   title, outlet, date and url from JSON-LD, OpenGraph, `meta` and `time` elements.
/// - PDF (`.pdf`): paragraphs put together again from lines, column by column, without running heads
///   and page numbers; words divided at line ends are mended.
/// - DOCX (`.docx`): headings and lists by their styles, paragraphs, tables a row a paragraph.
///
/// Failing these, the file's name is the title. Text is UTF-8, UTF-16 with a byte order mark, or
/// Windows-1252 (with a warning); HTML may state any other encoding.
///
/// Time and memory are linear in the length of the bytes, but for PDF, which this function reads in
/// the calling process whatever it takes: see [`Extractor`].
///
/// # Errors
/// [`ExtractError`], which says what is wrong with the file as a whole; smaller faults are warnings.
///
/// ```
/// use std::path::Path;
/// let bytes = b"---\ndate: 2025-03-18\n---\n# A call\n\nIt lasted *two* hours.\n";
/// let article = quoth::extract::extract(Path::new("call.md"), bytes)?;
/// assert_eq!(article.draft.metadata.title, "A call");
/// assert_eq!(article.draft.text, "It lasted two hours.");
/// # Ok::<(), quoth::extract::ExtractError>(())
/// ```
pub fn extract(path: &Path, bytes: &[u8]) -> Result<Extracted, ExtractError> {
    extract_input(&Input {
        path,
        bytes,
        content_type: None,
    })
}

/// The same with a media type, as pages that were fetched and files that were sent have.
///
/// # Errors
/// As [`extract()`].
pub fn extract_input(input: &Input<'_>) -> Result<Extracted, ExtractError> {
    let mut warnings = Vec::new();
    let format = format_of(input, &mut warnings)?;
    extract_as(format, input, warnings)
}

/// The format of a file that is not too long.
fn format_of(input: &Input<'_>, warnings: &mut Vec<String>) -> Result<Format, ExtractError> {
    let size_bytes = u64::try_from(input.bytes.len()).unwrap_or(u64::MAX);
    // Before anything looks at the bytes: the longest that any format may have.
    if size_bytes > MAX_PDF_BYTES {
        return Err(too_large(input.path, size_bytes));
    }
    let stated = input.content_type.and_then(Format::of_content_type);
    let named = stated.or_else(|| Format::of_path(input.path));
    let format = format::detect(input.bytes, named, warnings)
        .map_err(|fault| fault.at(input.path))?
        .ok_or_else(|| unsupported(input.path))?;
    let limit_bytes = max_bytes_of(format);
    if size_bytes > limit_bytes {
        return Err(ExtractError::TooLarge {
            path: input.path.to_owned(),
            size_bytes,
            limit_bytes,
        });
    }
    Ok(format)
}

fn extract_as(
    format: Format,
    input: &Input<'_>,
    mut warnings: Vec<String>,
) -> Result<Extracted, ExtractError> {
    let parsed = parsed(format, input, &mut warnings).map_err(|fault| fault.at(input.path))?;
    let Parsed { mut metadata, body } = parsed;
    if body.blocks.is_empty() {
        return Err(ExtractError::Empty {
            path: input.path.to_owned(),
        });
    }
    if metadata.title.is_empty() {
        metadata.title = metadata::title_of_path(input.path, &mut warnings);
    }
    let draft = Draft {
        metadata,
        language: text::detect(&body.text),
        text: body.text,
        blocks: body.blocks,
    };
    Ok(Extracted { draft, warnings })
}

fn parsed(format: Format, input: &Input<'_>, warnings: &mut Vec<String>) -> Result<Parsed, Fault> {
    let parsed = match format {
        Format::Pdf => return pdf::parse(input.bytes, warnings),
        Format::Docx => return docx::parse(input.bytes, warnings),
        Format::Html => {
            let source = encoding::decode_html(input.bytes, input.content_type, warnings)?;
            html::parse(&source, warnings)
        }
        Format::Markdown => markdown::parse(&encoding::decode(input.bytes, warnings)?, warnings),
        Format::Plain => plain::parse(&encoding::decode(input.bytes, warnings)?, warnings),
    };
    parsed.ok_or(Fault::TooManyBlocks)
}

/// Whether the extension of `path` is of a format that [`extract()`] reads; case does not matter. A
/// name that is nothing but an extension (`.md`) has none. An [`archive`] is no article.
pub fn is_supported(path: &Path) -> bool {
    Format::of_path(path).is_some()
}

/// Whether the extension of `path` is that of an [`archive`] of articles.
pub fn is_archive(path: &Path) -> bool {
    extension(path).eq_ignore_ascii_case("zip")
}

/// The longest file of this name that is read, in bytes.
pub fn max_bytes(path: &Path) -> u64 {
    if is_archive(path) {
        return archive::MAX_ARCHIVE_BYTES;
    }
    Format::of_path(path).map_or(MAX_FILE_BYTES, max_bytes_of)
}

fn max_bytes_of(format: Format) -> u64 {
    match format {
        Format::Pdf => MAX_PDF_BYTES,
        Format::Markdown | Format::Plain | Format::Html | Format::Docx => MAX_FILE_BYTES,
    }
}

/// The error for a file of more than [`max_bytes`].
pub(crate) fn too_large(path: &Path, size_bytes: u64) -> ExtractError {
    ExtractError::TooLarge {
        path: path.to_owned(),
        size_bytes,
        limit_bytes: max_bytes(path),
    }
}

/// The error for a file whose extension is of no known format.
pub(crate) fn unsupported(path: &Path) -> ExtractError {
    ExtractError::Unsupported {
        path: path.to_owned(),
        extension: extension(path).into_owned(),
    }
}

fn extension(path: &Path) -> std::borrow::Cow<'_, str> {
    path.extension().unwrap_or_default().to_string_lossy()
}
