//! Why bytes are no article.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Why bytes are no article. Every message names the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ExtractError {
    /// The extension is of no format that can be read, and the bytes say no other.
    #[error("`{}` {}; what is read ends in {}", path.display(), named(extension), super::EXTENSIONS)]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Its extension without the dot, empty if there is none.
        extension: String,
    },
    /// The bytes are of a format that is known and not read.
    #[error("article `{}` is {format}, which is not read; {advice}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The format with its article: `a spreadsheet`.
        format: String,
        /// What to do instead.
        advice: String,
    },
    /// More bytes than the format may have.
    #[error("article `{}` is {size_bytes} bytes, above the limit of {limit_bytes}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How long it is, as far as was looked.
        size_bytes: u64,
        /// [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES) or [`MAX_PDF_BYTES`](super::MAX_PDF_BYTES).
        limit_bytes: u64,
    },
    /// A compressed file that grows beyond all measure.
    #[error("article `{}` unpacks to more than {limit_bytes} bytes, the limit", path.display())]
    TooLargeUnpacked {
        /// The file.
        path: PathBuf,
        /// The limit that was reached.
        limit_bytes: u64,
    },
    /// Compressed more than any text is.
    #[error(
        "article `{}` is compressed more than {limit} to 1, the limit, as only traps are",
        path.display()
    )]
    TooDense {
        /// The file.
        path: PathBuf,
        /// [`MAX_RATIO`](super::archive::MAX_RATIO).
        limit: u64,
    },
    /// More pieces than [`MAX_BLOCKS`](super::MAX_BLOCKS).
    #[error("article `{}` has more than {limit} paragraphs, the limit", path.display())]
    TooManyBlocks {
        /// The file.
        path: PathBuf,
        /// [`MAX_BLOCKS`](super::MAX_BLOCKS).
        limit: usize,
    },
    /// More pages than [`MAX_PAGES`](super::MAX_PAGES).
    #[error("article `{}` has {n_pages} pages, above the limit of {limit}", path.display())]
    TooManyPages {
        /// The file.
        path: PathBuf,
        /// How many it has.
        n_pages: usize,
        /// [`MAX_PAGES`](super::MAX_PAGES).
        limit: usize,
    },
    /// More files than [`MAX_ENTRIES`](super::archive::MAX_ENTRIES).
    #[error("archive `{}` has {n_entries} files, above the limit of {limit}", path.display())]
    TooManyEntries {
        /// The archive.
        path: PathBuf,
        /// How many it has.
        n_entries: usize,
        /// [`MAX_ENTRIES`](super::archive::MAX_ENTRIES).
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
    /// The file says what it is but cannot be read as that.
    #[error("article `{}` is a damaged {format}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it claims to be: `PDF`.
        format: String,
        /// Where reading stopped.
        reason: String,
    },
    /// It opens with a password only.
    #[error(
        "article `{}` is a {format} that needs a password; save a copy without one",
        path.display()
    )]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// What it is: `PDF`.
        format: String,
    },
    /// Pages without characters: a scan.
    #[error(
        "article `{}` shows no text (pages: {n_pages}), so it is a scan; have its text recognised first",
        path.display()
    )]
    Scanned {
        /// The file.
        path: PathBuf,
        /// How many pages were looked at.
        n_pages: usize,
    },
    /// An archive where an article is expected.
    #[error("`{}` is an archive of files and not an article", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
    },
    /// An archive in an archive.
    #[error("`{}` is an archive within an archive, which is not opened", path.display())]
    ArchiveWithin {
        /// The file.
        path: PathBuf,
    },
    /// An archive that holds nothing to read.
    #[error(
        "archive `{}` holds no article; what is read are files that end in {}",
        path.display(),
        super::EXTENSIONS
    )]
    NoArticle {
        /// The archive.
        path: PathBuf,
    },
    /// The process that read it took too long.
    #[error("article `{}` was not read within {limit_seconds} s, the limit", path.display())]
    TimedOut {
        /// The file.
        path: PathBuf,
        /// [`MAX_WORKER_SECONDS`](super::MAX_WORKER_SECONDS).
        limit_seconds: u64,
    },
    /// The process that read it ended without a result.
    #[error("article `{}` could not be read: {reason}", path.display())]
    ParserDied {
        /// The file.
        path: PathBuf,
        /// How the process ended, with the limit that it probably reached.
        reason: String,
    },
    /// Nothing is left to quote.
    #[error("article `{}` has no text", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// What a name ends in.
fn named(extension: &str) -> String {
    match extension {
        "" => "has no extension".to_owned(),
        extension => format!("has the extension `{extension}`"),
    }
}

/// A fault of the bytes, before the file's name is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Binary,
    InvalidUtf8 {
        valid_up_to: usize,
    },
    TooManyBlocks,
    TooManyPages {
        n_pages: usize,
    },
    TooLargeUnpacked {
        limit_bytes: u64,
    },
    Damaged {
        format: &'static str,
        reason: String,
    },
    Encrypted {
        format: &'static str,
    },
    Scanned {
        n_pages: usize,
    },
    Foreign {
        format: &'static str,
        advice: &'static str,
    },
    Archive,
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> ExtractError {
        let path = path.to_owned();
        match self {
            Fault::Binary => ExtractError::Binary { path },
            Fault::InvalidUtf8 { valid_up_to } => ExtractError::InvalidUtf8 { path, valid_up_to },
            Fault::TooManyBlocks => ExtractError::TooManyBlocks {
                path,
                limit: super::MAX_BLOCKS,
            },
            Fault::TooManyPages { n_pages } => ExtractError::TooManyPages {
                path,
                n_pages,
                limit: super::MAX_PAGES,
            },
            Fault::TooLargeUnpacked { limit_bytes } => {
                ExtractError::TooLargeUnpacked { path, limit_bytes }
            }
            Fault::Damaged { format, reason } => ExtractError::Damaged {
                path,
                format: format.to_owned(),
                reason,
            },
            Fault::Encrypted { format } => ExtractError::Encrypted {
                path,
                format: format.to_owned(),
            },
            Fault::Scanned { n_pages } => ExtractError::Scanned { path, n_pages },
            Fault::Foreign { format, advice } => ExtractError::Foreign {
                path,
                format: format.to_owned(),
                advice: advice.to_owned(),
            },
            Fault::Archive => ExtractError::Archive { path },
        }
    }
}
