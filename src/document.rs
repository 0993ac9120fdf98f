//! The words of the trade as types: documents, passages, spans, collections and their ids.
//!
//! Owns no I/O and names no foreign type. Every other module speaks in these values; read
//! [`Document`] first. All offsets in Quoth are **byte offsets into [`Document::text`]**, half-open,
//! on character boundaries.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

mod date;

pub use date::{Date, DateError};

/// A ranking score: higher is better, comparable within one query only.
pub type Score = f32;

/// Identifies one *version* of a document across all collections; never reused, so a replaced
/// document gets a new id and nothing stale can be quoted under the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u64);

/// A half-open byte range `start..end` of a document's text, on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte; never less than `start`.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether `inner` lies within this span (an equal span does).
    pub const fn contains(self, inner: Span) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// Whether the two spans share at least one byte.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest span that covers both.
    pub fn cover(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The span as a standard range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The text under the span, or `None` where it does not fit `text` (out of bounds or inside a
    /// character).
    pub fn slice(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }

    /// This span moved left by `base` bytes, for addressing inside a slice that begins there.
    /// `None` if the span begins before `base`.
    pub fn relative_to(self, base: usize) -> Option<Span> {
        Some(Span::new(
            self.start.checked_sub(base)?,
            self.end.checked_sub(base)?,
        ))
    }
}

/// What stands between the cells of a row of a table, which is a paragraph.
pub const CELL_SEPARATOR: &str = " | ";

/// What a [`Block`] of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// A heading of level 1 (highest) to 6.
    Heading(u8),
    /// Running text; block quotes, table rows and code count as paragraphs.
    Paragraph,
    /// One item of a list.
    ListItem,
}

/// One structural piece of a document's text. Blocks are ordered, disjoint and non-empty; the bytes
/// between them are white space, or the marks of a list in plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it is.
    pub span: Span,
}

/// What is known about a document besides its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Headline; never empty once stored.
    pub title: String,
    /// Who published it.
    pub outlet: Option<String>,
    /// Day of publication.
    pub published: Option<Date>,
    /// Where the original is; `http` or `https`.
    pub url: Option<String>,
    /// Free keywords, in the order given.
    pub tags: Vec<String>,
}

/// A document before the store has given it an id: what `extract` makes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Title, outlet, date, address, tags.
    pub metadata: Metadata,
    /// Language of the text.
    pub language: Language,
    /// The text as it will be quoted.
    pub text: String,
    /// Structure of `text`.
    pub blocks: Vec<Block>,
}

/// One stored article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Identity of this version.
    pub id: DocumentId,
    /// The short name people use.
    pub reference: DocumentRef,
    /// Title, outlet, date, address, tags.
    pub metadata: Metadata,
    /// Language of the text.
    pub language: Language,
    /// The text as it is quoted; never changes for an id.
    pub text: String,
    /// Structure of `text`.
    pub blocks: Vec<Block>,
}

/// Identifies a passage: its document and its 0-based position among that document's passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassageId {
    /// The document.
    pub document: DocumentId,
    /// 0-based position in text order.
    pub ordinal: u32,
}

/// A contiguous run of sentences that is indexed, ranked and quoted from as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// From the first sentence's start to the last one's end.
    pub span: Span,
    /// Its sentences, in order, at least one.
    pub sentences: Vec<Span>,
    /// The heading the passage stands under, if any: the nearest one above it.
    pub heading: Option<Span>,
}

/// A set of documents that is searched, counted and isolated as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// The operator's shared articles: the library folder, or the articles shipped in the binary.
    Library,
    /// Articles added on the command line.
    Local,
    /// Articles of one Discord guild.
    Guild(u64),
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Collection::Library => f.write_str("library"),
            Collection::Local => f.write_str("local"),
            Collection::Guild(id) => write!(f, "guild-{id}"),
        }
    }
}

impl FromStr for Collection {
    type Err = ReferenceError;

    fn from_str(name: &str) -> Result<Collection, ReferenceError> {
        match name {
            "library" => Ok(Collection::Library),
            "local" => Ok(Collection::Local),
            _ => name
                .strip_prefix("guild-")
                .and_then(|id| id.parse().ok())
                .map(Collection::Guild)
                .ok_or_else(|| ReferenceError::Collection(name.to_owned())),
        }
    }
}

/// The short name of a document: a number counted per collection, starting at 1. It outlives
/// replacement: version 2 of an article keeps its number.
///
/// Written `12` in the reader's own collection and `L12` in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentRef {
    /// The collection that counts.
    pub collection: Collection,
    /// 1-based number within it.
    pub number: u32,
}

impl DocumentRef {
    /// Parses `12`, `#12`, `L12` or `l12`; a bare number belongs to `own`.
    ///
    /// # Errors
    /// [`ReferenceError::Number`] for anything else, zero included.
    pub fn parse(text: &str, own: Collection) -> Result<DocumentRef, ReferenceError> {
        let bare = text.trim().trim_start_matches('#');
        let (collection, digits) = match bare.strip_prefix(['L', 'l']) {
            Some(rest) => (Collection::Library, rest),
            None => (own, bare),
        };
        match digits.parse() {
            Ok(number) if number > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(DocumentRef { collection, number })
            }
            _ => Err(ReferenceError::Number(text.to_owned())),
        }
    }
}

impl fmt::Display for DocumentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.collection {
            Collection::Library => f.pad(&format!("L{}", self.number)),
            Collection::Local | Collection::Guild(_) => f.pad(&self.number.to_string()),
        }
    }
}

/// A name of a document or collection that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Not a document number.
    #[error("`{0}` is not an article id; ids look like `12`, or `L12` in the library")]
    Number(String),
    /// Not a collection name.
    #[error("`{0}` is not a collection; use `library`, `local` or `guild-<id>`")]
    Collection(String),
}

/// The languages with a stemmer; everything else is [`Language::Other`] and is matched unstemmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Arabic.
    Arabic,
    /// Danish.
    Danish,
    /// Dutch.
    Dutch,
    /// English.
    #[default]
    English,
    /// Finnish.
    Finnish,
    /// French.
    French,
    /// German.
    German,
    /// Greek.
    Greek,
    /// Hungarian.
    Hungarian,
    /// Italian.
    Italian,
    /// Norwegian.
    Norwegian,
    /// Portuguese.
    Portuguese,
    /// Romanian.
    Romanian,
    /// Russian.
    Russian,
    /// Spanish.
    Spanish,
    /// Swedish.
    Swedish,
    /// Tamil.
    Tamil,
    /// Turkish.
    Turkish,
    /// Any other, or too little text to tell.
    Other,
}

impl Language {
    /// Every language with its ISO 639-1 code (`und` for [`Language::Other`]), in order.
    pub const ALL: [(Language, &'static str); 19] = [
        (Language::Arabic, "ar"),
        (Language::Danish, "da"),
        (Language::Dutch, "nl"),
        (Language::English, "en"),
        (Language::Finnish, "fi"),
        (Language::French, "fr"),
        (Language::German, "de"),
        (Language::Greek, "el"),
        (Language::Hungarian, "hu"),
        (Language::Italian, "it"),
        (Language::Norwegian, "no"),
        (Language::Portuguese, "pt"),
        (Language::Romanian, "ro"),
        (Language::Russian, "ru"),
        (Language::Spanish, "es"),
        (Language::Swedish, "sv"),
        (Language::Tamil, "ta"),
        (Language::Turkish, "tr"),
        (Language::Other, "und"),
    ];

    /// The ISO 639-1 code, `und` for [`Language::Other`].
    pub fn code(self) -> &'static str {
        Language::ALL
            .iter()
            .find(|(language, _)| *language == self)
            .map_or("und", |(_, code)| code)
    }

    /// The language of an ISO 639-1 code; unknown codes give [`Language::Other`].
    pub fn from_code(code: &str) -> Language {
        Language::ALL
            .iter()
            .find(|(_, known)| *known == code)
            .map_or(Language::Other, |(language, _)| *language)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_as_written() {
        for (text, collection, number) in [
            ("12", Collection::Local, 12),
            ("#12", Collection::Local, 12),
            ("L7", Collection::Library, 7),
            ("l7", Collection::Library, 7),
        ] {
            let reference = DocumentRef::parse(text, Collection::Local).unwrap();
            assert_eq!(reference, DocumentRef { collection, number });
            let again = DocumentRef::parse(&reference.to_string(), Collection::Local).unwrap();
            assert_eq!(again, reference);
        }
    }

    #[test]
    fn malformed_references_are_refused() {
        for text in [
            "",
            "0",
            "-1",
            "+1",
            "L",
            "twelve",
            "1.5",
            "99999999999",
            "LL1",
        ] {
            assert!(
                DocumentRef::parse(text, Collection::Local).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn collections_read_back_as_written() {
        for collection in [
            Collection::Library,
            Collection::Local,
            Collection::Guild(42),
        ] {
            assert_eq!(collection.to_string().parse(), Ok(collection));
        }
        assert!("guild-x".parse::<Collection>().is_err());
    }

    #[test]
    fn language_codes_read_back() {
        for (language, code) in Language::ALL {
            assert_eq!(Language::from_code(code), language);
            assert_eq!(language.code(), code);
        }
    }

    #[test]
    fn a_span_off_a_character_boundary_slices_nothing() {
        assert_eq!(Span::new(0, 1).slice("é"), None);
        assert_eq!(Span::new(0, 9).slice("é"), None);
        assert_eq!(Span::new(0, 2).slice("é"), Some("é"));
    }
}
