//! Bytes → [`Draft`]: what turns a file into an article, one file a format.
//!
//! Owns decoding, front matter, Markdown and plain text. It is pure: it opens no file (the path it is
//! given only tells the format and names the file in messages), asks no clock and keeps nothing.
//! Input is not trusted: sizes, counts and nesting are bounded by the constants here, and whatever
//! the bytes, the outcome is a draft or an [`ExtractError`]. A parser of someone else may still
//! panic on a bug of its own; `corpus` contains that.
//!
//! Invariants, held by property tests: the text of a draft is a fixed point of
//! [`normalize`](crate::text::normalize()); its blocks are ordered, disjoint, trimmed, non-empty and
//! slice the text; the bytes between them are white space; the title is not empty.
//!
//! Read [`extract()`] first.

mod encoding;
mod front_matter;
mod html;
mod markdown;
mod metadata;
mod overrides;
mod plain;
#[cfg(test)]
mod tests;

pub use overrides::Overrides;

use std::path::{Path, PathBuf};

use crate::document::{Block, Draft, Metadata};
use crate::text;

/// Longest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
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

/// Why bytes are no article. Every message names the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// The extension is of no format that can be read.
    #[error(
        "article `{}` has the unsupported extension `{extension}`; supported are .md, .markdown, .txt and .text",
        path.display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Its extension without the dot, empty if there is none.
        extension: String,
    },
    /// More bytes than [`MAX_FILE_BYTES`].
    #[error("article `{}` is {size_bytes} bytes, above the limit of {limit_bytes}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How long it is, as far as was looked.
        size_bytes: u64,
        /// [`MAX_FILE_BYTES`].
        limit_bytes: u64,
    },
    /// More pieces than [`MAX_BLOCKS`].
    #[error("article `{}` has more than {limit} paragraphs, the limit", path.display())]
    TooManyBlocks {
        /// The file.
        path: PathBuf,
        /// [`MAX_BLOCKS`].
        limit: usize,
    },
    /// The bytes are not text.
    #[error("article `{}` is not text but binary data", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
    },
    /// UTF-8 with so much damage that replacing it would falsify quotes.
    #[error(
        "article `{}` is damaged UTF-8: invalid from byte {valid_up_to} on, and more than 1 % of it",
        path.display()
    )]
    InvalidUtf8 {
        /// The file.
        path: PathBuf,
        /// 0-based offset of the first invalid byte.
        valid_up_to: usize,
    },
    /// Nothing is left to quote.
    #[error("article `{}` has no text", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Markdown,
    Plain,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        match extension(path).to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Format::Markdown),
            "txt" | "text" => Some(Format::Plain),
            _ => None,
        }
    }
}

/// What a format makes of decoded text; [`extract()`] adds the rest.
struct Parsed {
    /// Everything but a missing title.
    metadata: Metadata,
    body: Body,
}

/// Text with its blocks, grown at the end.
#[derive(Default)]
struct Body {
    text: String,
    blocks: Vec<Block>,
}

/// Reads an article from the bytes of a file; the extension of `path` tells the format.
///
/// - Markdown (`.md`, `.markdown`): front matter between `---` lines gives title, date, outlet, url
///   and tags; other keys are ignored. Without a title there, the first level-1 heading is the title
///   and leaves the text. Mark-up goes, the words stay as written; blocks are separated by an empty
///   line.
/// - Plain text (`.txt`, `.text`): a short first line with an empty line below and no final
///   punctuation is the title and leaves the text.
///
/// Failing these, the file's name is the title. Text is UTF-8, UTF-16 with a byte order mark, or
/// Windows-1252 (with a warning).
///
/// Time and memory are linear in the length of the bytes.
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
    let format = Format::of(path).ok_or_else(|| unsupported(path))?;
    let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size_bytes > MAX_FILE_BYTES {
        return Err(too_large(path, size_bytes));
    }
    let mut warnings = Vec::new();
    let decoded = encoding::decode(bytes, &mut warnings).map_err(|error| error.at(path))?;
    let parsed = match format {
        Format::Markdown => markdown::parse(&decoded, &mut warnings),
        Format::Plain => plain::parse(&decoded, &mut warnings),
    };
    let Some(Parsed { mut metadata, body }) = parsed else {
        return Err(ExtractError::TooManyBlocks {
            path: path.to_owned(),
            limit: MAX_BLOCKS,
        });
    };
    if body.blocks.is_empty() {
        return Err(ExtractError::Empty {
            path: path.to_owned(),
        });
    }
    if metadata.title.is_empty() {
        metadata.title = metadata::title_of_path(path, &mut warnings);
    }
    let draft = Draft {
        metadata,
        language: text::detect(&body.text),
        text: body.text,
        blocks: body.blocks,
    };
    Ok(Extracted { draft, warnings })
}

/// Whether the extension of `path` is of a format that [`extract()`] reads; case does not matter. A
/// name that is nothing but an extension (`.md`) has none.
pub fn is_supported(path: &Path) -> bool {
    Format::of(path).is_some()
}

/// The error for a file of more than [`MAX_FILE_BYTES`].
pub(crate) fn too_large(path: &Path, size_bytes: u64) -> ExtractError {
    ExtractError::TooLarge {
        path: path.to_owned(),
        size_bytes,
        limit_bytes: MAX_FILE_BYTES,
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
