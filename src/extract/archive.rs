//! ZIP: the files in an archive, one after the other, and never more than a bounded amount of them.
//!
//! [`open`] gives an iterator of [`Entry`]s: the name inside, made safe to show, and the bytes or the
//! reason why there are none. Nothing is written anywhere, so names that lead out of the archive lead
//! nowhere. Folders, links, hidden files, what macOS adds, and files of formats that are not read are
//! left out without a word, as in a folder on disk; an archive within the archive is an error entry.
//!
//! What the archive says about sizes is not believed: sizes are counted while unpacking. Bounds, each
//! with its error: [`MAX_ARCHIVE_BYTES`] of the archive, [`MAX_ENTRIES`] in its directory,
//! [`max_bytes`] an entry, [`MAX_RATIO`] between the two sizes of an entry, and
//! [`MAX_UNPACKED_BYTES`] in all, after which the iterator ends.
//!
//! The only other module that names `zip` is `docx`, through `Parts`.

use std::collections::HashSet;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{ExtractError, is_archive, is_supported, max_bytes};

/// Longest archive, in bytes.
pub const MAX_ARCHIVE_BYTES: u64 = 100 * 1024 * 1024;
/// Most files and folders in an archive.
pub const MAX_ENTRIES: usize = 10_000;
/// Most bytes that one archive unpacks to.
pub const MAX_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;
/// Greatest ratio between the unpacked and the packed size of an entry of more than
/// [`RATIO_FREE_BYTES`]. Text packs 3 to 10 to 1, tables in mark-up 50 to 1, a bomb 1,000 to 1.
pub const MAX_RATIO: u64 = 200;
/// Up to this size an entry may be packed as densely as it likes.
pub const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Longest name of an entry that is shown, in characters; of a longer one the end is kept.
pub const MAX_NAME_CHARS: usize = 200;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the archive: relative, with `/` between folders, without `..` and control
    /// characters, different from the names of all other entries. Its extension is the original one.
    pub name: String,
    /// Its content, or why there is none. The error names the archive and the entry.
    pub content: Result<Vec<u8>, ExtractError>,
}

/// The articles in an archive; `path` names it in messages.
///
/// ```
/// # use std::path::Path;
/// assert!(quoth::extract::archive::open(Path::new("a.zip"), b"no archive").is_err());
/// ```
///
/// # Errors
/// [`ExtractError`] if it is too long, has too many entries or is damaged. Damage of one entry, a
/// password or too large a size is the error of that entry.
pub fn open<'a>(path: &Path, bytes: &'a [u8]) -> Result<Entries<'a>, ExtractError> {
    let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size_bytes > MAX_ARCHIVE_BYTES {
        return Err(ExtractError::TooLarge {
            path: path.to_owned(),
            size_bytes,
            limit_bytes: MAX_ARCHIVE_BYTES,
        });
    }
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| ExtractError::Damaged {
        path: path.to_owned(),
        format: "archive".to_owned(),
        reason: unopened(&error),
    })?;
    if archive.len() > MAX_ENTRIES {
        return Err(ExtractError::TooManyEntries {
            path: path.to_owned(),
            n_entries: archive.len(),
            limit: MAX_ENTRIES,
        });
    }
    Ok(Entries {
        path: path.to_owned(),
        n_hidden: n_listed(bytes).saturating_sub(archive.len()),
        archive,
        next_idx: 0,
        rest_bytes: MAX_UNPACKED_BYTES,
        names: HashSet::new(),
    })
}

/// Why an archive without a single [`Entry`] is no use: it is one document under another name, or holds
/// nothing that is read.
pub fn no_article(path: &Path, bytes: &[u8]) -> ExtractError {
    let path = path.to_owned();
    let (format, advice) = match content(bytes) {
        Content::Docx => ("a DOCX document", "name it .docx"),
        Content::Foreign(format, advice) => (format, advice),
        Content::Files | Content::Damaged(_) => return ExtractError::NoArticle { path },
    };
    ExtractError::Foreign {
        path,
        format: format.to_owned(),
        advice: advice.to_owned(),
    }
}

/// Why a container cannot be opened.
fn unopened(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(_) => "it is not a ZIP file or is cut off".to_owned(),
        error => error.to_string(),
    }
}

/// The entries of an archive, in the order of its directory.
#[derive(Debug)]
pub struct Entries<'a> {
    path: PathBuf,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    next_idx: usize,
    /// Entries that have another one's name, so that the container does not give them out.
    n_hidden: usize,
    /// How much may still be unpacked.
    rest_bytes: u64,
    /// Names given so far.
    names: HashSet<String>,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while self.next_idx < self.archive.len() {
            let idx = self.next_idx;
            self.next_idx += 1;
            if let Some(entry) = self.entry(idx) {
                return Some(entry);
            }
        }
        let n_hidden = std::mem::take(&mut self.n_hidden);
        (n_hidden > 0).then(|| Entry {
            name: self.unique("same name".to_owned()),
            content: Err(ExtractError::Damaged {
                path: self.path.clone(),
                format: "archive".to_owned(),
                reason: match n_hidden {
                    1 => "a file in it has the name of another one, and the last of that name is read".to_owned(),
                    n => format!("{n} files in it have the names of others, and the last of each name is read"),
                },
            }),
        })
    }
}

/// Entries that the end of the container's directory tells of: 0 where that is not found.
fn n_listed(bytes: &[u8]) -> usize {
    /// APPNOTE 4.3.16: the record's signature, its length without comment, and where the count stands.
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    const LENGTH: usize = 22;
    const COUNT: std::ops::Range<usize> = 10..12;
    let end = bytes.len().saturating_sub(LENGTH - SIGNATURE.len());
    let from = end.saturating_sub(usize::from(u16::MAX) + LENGTH);
    let searched = bytes.get(from..end).unwrap_or_default();
    let found = searched
        .windows(SIGNATURE.len())
        .rposition(|window| window == SIGNATURE);
    let record = found.and_then(|at| bytes.get(from + at..));
    match record.and_then(|record| record.get(COUNT)) {
        Some(&[low, high]) if (low, high) != (0xff, 0xff) => {
            usize::from(u16::from_le_bytes([low, high]))
        }
        _ => 0,
    }
}

impl Entries<'_> {
    /// How many files have the name of an article or archive: as a rule, how many entries there are.
    pub fn n_named(&self) -> usize {
        self.archive
            .file_names()
            .filter_map(Result::ok)
            .filter(|name| !name.ends_with('/') && is_wanted(&shown_name(name)))
            .count()
    }

    /// The entry at a place of the directory, unless it is left out.
    fn entry(&mut self, idx: usize) -> Option<Entry> {
        let looked_up = self.archive.by_index_raw(idx).map(|file| {
            (
                String::from_utf8_lossy(file.name_raw()).into_owned(),
                file.is_file() && !file.is_symlink() && !file.is_dir(),
                file.encrypted(),
            )
        });
        let (raw_name, is_plain, is_encrypted) = match looked_up {
            Ok(looked_up) => looked_up,
            Err(error) => {
                let name = self.unique(format!("entry {}", idx + 1));
                let content = Err(self.damaged(&name, &error.to_string()));
                return Some(Entry { name, content });
            }
        };
        let name = shown_name(&raw_name);
        if !is_plain || !is_wanted(&name) {
            return None;
        }
        let name = self.unique(name);
        let at = self.path.join(&name);
        let content = if is_archive(&at) {
            Err(ExtractError::ArchiveWithin { path: at })
        } else if is_encrypted {
            let format = "file".to_owned();
            Err(ExtractError::Encrypted { path: at, format })
        } else {
            self.content(idx, &at)
        };
        Some(Entry { name, content })
    }

    fn content(&mut self, idx: usize, at: &Path) -> Result<Vec<u8>, ExtractError> {
        let limit_bytes = max_bytes(at);
        let allowed = limit_bytes.min(self.rest_bytes);
        let read = match self.archive.by_index(idx) {
            Ok(mut file) => {
                let packed_bytes = file.compressed_size();
                read_up_to(&mut file, allowed, packed_bytes)
            }
            Err(error) => Err(Unread::Damaged(error.into())),
        };
        match read {
            Ok(bytes) => {
                self.rest_bytes -= u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Ok(bytes)
            }
            Err(Unread::TooLarge) if allowed < limit_bytes => {
                self.next_idx = self.archive.len();
                Err(ExtractError::TooLargeUnpacked {
                    path: self.path.clone(),
                    limit_bytes: MAX_UNPACKED_BYTES,
                })
            }
            Err(Unread::TooLarge) => {
                self.rest_bytes = self.rest_bytes.saturating_sub(allowed);
                let path = at.to_owned();
                Err(ExtractError::TooLargeUnpacked { path, limit_bytes })
            }
            Err(Unread::TooDense { n_bytes }) => {
                self.rest_bytes = self.rest_bytes.saturating_sub(n_bytes);
                Err(ExtractError::TooDense {
                    path: at.to_owned(),
                    limit: MAX_RATIO,
                })
            }
            Err(Unread::Damaged(error)) => Err(self.damaged_at(at, &error.to_string())),
        }
    }

    /// `name`, or `name (2)` and so on if it was given before.
    fn unique(&mut self, name: String) -> String {
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !extension.contains('/') => (stem, format!(".{extension}")),
            _ => (name.as_str(), String::new()),
        };
        let mut candidate = name.clone();
        let mut n = 2;
        while !self.names.insert(candidate.clone()) {
            candidate = format!("{stem} ({n}){extension}");
            n += 1;
        }
        candidate
    }

    fn damaged(&self, name: &str, reason: &str) -> ExtractError {
        self.damaged_at(&self.path.join(name), reason)
    }

    fn damaged_at(&self, at: &Path, reason: &str) -> ExtractError {
        ExtractError::Damaged {
            path: at.to_owned(),
            format: "archived file".to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// Why an entry was not read to its end.
#[derive(Debug)]
enum Unread {
    TooLarge,
    TooDense { n_bytes: u64 },
    Damaged(io::Error),
}

/// Reads all of `file` if that is at most `allowed` bytes.
fn read_up_to(file: &mut impl Read, allowed: u64, packed_bytes: u64) -> Result<Vec<u8>, Unread> {
    const STEP: u64 = 256 * 1024;
    let dense = packed_bytes
        .max(1)
        .saturating_mul(MAX_RATIO)
        .max(RATIO_FREE_BYTES);
    let mut bytes = Vec::new();
    loop {
        let n_before = bytes.len();
        file.by_ref()
            .take(STEP)
            .read_to_end(&mut bytes)
            .map_err(Unread::Damaged)?;
        let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if n_bytes > allowed {
            return Err(Unread::TooLarge);
        }
        if n_bytes > dense {
            return Err(Unread::TooDense { n_bytes });
        }
        if bytes.len() == n_before {
            return Ok(bytes);
        }
    }
}

/// The name of an entry as it may be shown and joined to a path.
fn shown_name(raw: &str) -> String {
    let parts: Vec<String> = raw
        .split(['/', '\\'])
        .map(|part| part.chars().filter(|c| !c.is_control()).collect::<String>())
        .map(|part| part.trim().to_owned())
        .filter(|part| !matches!(part.as_str(), "" | "." | ".."))
        .filter(|part| !part.ends_with(':'))
        .collect();
    let name = parts.join("/");
    let n_chars = name.chars().count();
    if n_chars <= MAX_NAME_CHARS {
        return name;
    }
    let end: String = name.chars().skip(n_chars - MAX_NAME_CHARS + 1).collect();
    format!("…{end}")
}

fn is_wanted(name: &str) -> bool {
    (is_supported(Path::new(name)) || is_archive(Path::new(name))) && !is_hidden(name)
}

fn is_hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// What the directory of a ZIP container shows it to be.
pub(super) enum Content {
    Docx,
    /// An archive of files.
    Files,
    /// Another format of that container: its name with an article, and advice.
    Foreign(&'static str, &'static str),
    Damaged(String),
}

/// What a ZIP container is.
pub(super) fn content(bytes: &[u8]) -> Content {
    let archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return Content::Damaged(unopened(&error)),
    };
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("word/document.xml") || has("word/document2.xml") {
        Content::Docx
    } else if has("xl/workbook.xml") {
        Content::Foreign("a spreadsheet", "save its text as .docx or .pdf")
    } else if has("ppt/presentation.xml") {
        Content::Foreign("a presentation", "save it as .pdf")
    } else if has("META-INF/container.xml") {
        Content::Foreign("an e-book", "save it as .pdf or .html")
    } else if has("mimetype") && has("content.xml") {
        Content::Foreign("an OpenDocument file", "save it as .docx or .pdf")
    } else {
        Content::Files
    }
}

/// Why a part of a container was not read.
#[derive(Debug)]
pub(super) enum PartError {
    Missing,
    Encrypted,
    TooLarge,
    Damaged(String),
}

/// The parts of a container that is one document, read by name with one bound for all of them.
pub(super) struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    rest_bytes: u64,
}

impl<'a> Parts<'a> {
    pub(super) fn open(bytes: &'a [u8], limit_bytes: u64) -> Result<Parts<'a>, PartError> {
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| PartError::Damaged(unopened(&error)))?;
        Ok(Parts {
            archive,
            rest_bytes: limit_bytes,
        })
    }

    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, PartError> {
        let mut file = self.archive.by_name(name).map_err(|error| match error {
            ZipError::FileNotFound => PartError::Missing,
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => PartError::Encrypted,
            error => PartError::Damaged(error.to_string()),
        })?;
        let mut bytes = Vec::new();
        file.by_ref()
            .take(self.rest_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| PartError::Damaged(error.to_string()))?;
        let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.rest_bytes = self
            .rest_bytes
            .checked_sub(n_bytes)
            .ok_or(PartError::TooLarge)?;
        Ok(bytes)
    }
}

#[cfg(test)]
#[path = "archive/tests.rs"]
mod tests;
