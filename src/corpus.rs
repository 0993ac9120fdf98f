//! Sources → documents: which files there are, which of them changed, and what they hold.
//!
//! The only module that walks folders and reads articles from disk. It writes nothing and keeps
//! nothing: what is known comes in as [`KnownSource`]s, and what to do about it goes out as a
//! [`Step`] a file, which the engine turns into changes of the store. One broken file never stops the
//! others: it is a [`Skipped`] with its reason.
//!
//! [`KnownSource`]: crate::store::KnownSource
//!
//! The usual course is [`find`] → [`Planner::step`] for each [`Found`] → [`Planner::missing`] for
//! the folders to be pruned. Read [`Planner`] first.
//!
//! Bounds: [`MAX_FILES`] a call, and those of [`extract`] a file.

mod plan;
mod preview;
mod similar;
mod walk;

pub use plan::{Original, Planner, Step};
pub(crate) use preview::same_words;
pub use preview::{Duplicate, Facts, Intent, Preview, Published, Verdict};
pub use similar::{MIN_SHINGLES, Overlap, Shingles, signature};
pub use walk::{MAX_FILES, find};

use std::fs::File;
use std::io::{self, Read};
use std::iter::Peekable;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::document::Draft;
use crate::extract::{self, Extractor, Input, Overrides, archive};
use crate::store::{ContentHash, Source};

/// A file that may be an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its canonical absolute path; what is not UTF-8 in it shows as U+FFFD.
    pub location: String,
    /// The same path, to open it by.
    pub path: PathBuf,
    /// Length when it was found.
    pub size_bytes: u64,
    /// Modification time when it was found, in milliseconds since 1970-01-01 UTC, where the file
    /// system tells one.
    pub modified_unix_ms: Option<i64>,
}

/// Something that is not loaded, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path or address, as far as it could be resolved.
    pub location: String,
    /// A clause that names the file itself, the limit and the value: lowercase, no final period.
    pub reason: String,
}

/// An article read from its source, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The article.
    pub draft: Draft,
    /// Where it came from.
    pub source: Source,
    /// What was mended on the way; see [`Extracted::warnings`](extract::Extracted::warnings).
    pub warnings: Vec<String>,
    /// What was given beside it; applied to the draft already.
    pub overrides: Overrides,
}

impl Loaded {
    /// The article with metadata given beside it.
    pub fn amended(mut self, overrides: Overrides) -> Loaded {
        overrides.apply(&mut self.draft.metadata, &mut self.warnings);
        self.overrides = overrides;
        self
    }
}

/// Reads one file. Not more than [`extract::max_bytes`] and one byte are held, however long it is or
/// grows.
///
/// # Errors
/// [`Skipped`] if it cannot be read or is no article.
pub fn load(found: &Found) -> Result<Loaded, Skipped> {
    let bytes = read(found)?;
    let source = source_of(found, digest(&bytes), bytes.len());
    extract_from(&found.path, &bytes, source)
}

/// Reads an article from bytes already at hand. `location` names it; what stands after its last dot
/// tells the format, as with a file. The source has no modification time.
///
/// # Errors
/// [`Skipped`] if it is no article.
pub fn load_bytes(location: &str, bytes: &[u8]) -> Result<Loaded, Skipped> {
    let found = in_memory(location, bytes);
    let source = source_of(&found, digest(bytes), bytes.len());
    extract_from(&found.path, bytes, source)
}

/// Reads an article from bytes that came with a name and perhaps a content type: an attachment, a text
/// typed in, a fetched page. `location` says where it came from and is what later loads compare; `name`
/// names it in messages. The content type tells the format, but for one that says no more than text or
/// nothing at all where the name's extension says more.
///
/// # Errors
/// [`Skipped`] if it is no article.
pub fn load_named(
    location: &str,
    name: &str,
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<Loaded, Skipped> {
    let mut found = in_memory(location, bytes);
    found.path = PathBuf::from(name);
    let source = source_of(&found, digest(bytes), bytes.len());
    let telling = content_type.filter(|content_type| {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        !["text/plain", "application/octet-stream"]
            .iter()
            .any(|vague| vague.eq_ignore_ascii_case(media_type))
            || !extract::is_supported(&found.path)
    });
    extract_input(&found.path, bytes, telling, source)
}

/// Reads an article from a fetched page. The address is its source and, whatever the page says of
/// itself, the address it is cited by: a page that claims to be another one must not take its place.
///
/// # Errors
/// [`Skipped`] if it is no article.
pub fn load_page(url: &str, content_type: Option<&str>, bytes: &[u8]) -> Result<Loaded, Skipped> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let mut loaded = load_named(url, name, content_type, bytes)?;
    let cited = Overrides {
        url: Some(url.to_owned()),
        ..Overrides::default()
    };
    cited.apply(&mut loaded.draft.metadata, &mut loaded.warnings);
    Ok(loaded)
}

/// The bytes of an archive of articles.
#[derive(Debug)]
pub struct Unpacked {
    found: Found,
    bytes: Vec<u8>,
}

/// Reads an archive; `None` if the name of the file is not that of one.
///
/// # Errors
/// [`Skipped`] if it cannot be read.
pub fn unpack(found: &Found) -> Result<Option<Unpacked>, Skipped> {
    if !extract::is_archive(&found.path) {
        return Ok(None);
    }
    Ok(Some(Unpacked {
        bytes: read(found)?,
        found: found.clone(),
    }))
}

impl Unpacked {
    /// The files in the archive, one after the other: where each comes from, which is the path of the
    /// archive and the name within it, and its bytes. What cannot be read is skipped with its reason.
    ///
    /// # Errors
    /// [`Skipped`] if the archive itself is damaged, above a limit, or without any such file.
    pub fn files(&self) -> Result<Files<'_>, Skipped> {
        let archive = &self.found.location;
        let entries = archive::open(&self.found.path, &self.bytes)
            .map_err(|error| skipped(archive, &error.to_string()))?;
        let n_named = entries.n_named();
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            let error = archive::no_article(&self.found.path, &self.bytes);
            return Err(skipped(archive, &error.to_string()));
        }
        Ok(Files {
            archive,
            entries,
            n_named,
        })
    }
}

/// The files of an archive; see [`Unpacked::files`].
#[derive(Debug)]
pub struct Files<'a> {
    archive: &'a str,
    entries: Peekable<archive::Entries<'a>>,
    n_named: usize,
}

impl Files<'_> {
    /// How many there are by their names; what else is no file shows only as they are read.
    pub fn n_named(&self) -> usize {
        self.n_named
    }
}

impl Iterator for Files<'_> {
    type Item = (String, Result<Vec<u8>, Skipped>);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        let location = format!("{}/{}", self.archive, entry.name);
        let content = entry
            .content
            .map_err(|error| skipped(&location, &error.to_string()));
        Some((location, content))
    }
}

/// The bytes of a file that is not too long.
fn read(found: &Found) -> Result<Vec<u8>, Skipped> {
    let limit_bytes = extract::max_bytes(&found.path);
    if found.size_bytes > limit_bytes {
        let error = extract::too_large(&found.path, found.size_bytes);
        return Err(skipped(&found.location, &error.to_string()));
    }
    let unreadable = |error: io::Error| unreadable(&found.path, &error);
    let file = File::open(&found.path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// Extracts behind `catch_unwind`: most parsers are not ours, and a panic of theirs costs one article.
/// Nothing that they touched is used afterwards. PDFs are read in another process, if there is one.
fn extract_from(path: &Path, bytes: &[u8], source: Source) -> Result<Loaded, Skipped> {
    extract_input(path, bytes, None, source)
}

fn extract_input(
    path: &Path,
    bytes: &[u8],
    content_type: Option<&str>,
    source: Source,
) -> Result<Loaded, Skipped> {
    let input = Input {
        path,
        bytes,
        content_type,
    };
    let extractor = Extractor::of_process();
    let outcome = catch_unwind(AssertUnwindSafe(|| extractor.extract(&input)));
    match outcome {
        Ok(Ok(extracted)) => Ok(Loaded {
            draft: extracted.draft,
            source,
            warnings: extracted.warnings,
            overrides: Overrides::default(),
        }),
        Ok(Err(error)) => Err(skipped(&source.location, &error.to_string())),
        Err(_) => Err(skipped(
            &source.location,
            &format!(
                "article `{}` makes its parser fail, which is a defect of Quoth",
                path.display()
            ),
        )),
    }
}

fn digest(bytes: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(bytes).into())
}

/// What stands for a file when there are only bytes.
fn in_memory(location: &str, bytes: &[u8]) -> Found {
    Found {
        location: location.to_owned(),
        path: PathBuf::from(location),
        size_bytes: len(bytes.len()),
        modified_unix_ms: None,
    }
}

fn source_of(found: &Found, content_hash: ContentHash, n_bytes: usize) -> Source {
    Source {
        location: found.location.clone(),
        content_hash,
        size_bytes: len(n_bytes),
        modified_unix_ms: found.modified_unix_ms,
    }
}

fn len(n_bytes: usize) -> u64 {
    u64::try_from(n_bytes).unwrap_or(u64::MAX)
}

fn skipped(location: &str, reason: &str) -> Skipped {
    Skipped {
        location: location.to_owned(),
        reason: reason.to_owned(),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Skipped {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let shown = path.display();
    skipped(&path.to_string_lossy(), &format!("`{shown}` {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::MAX_FILE_BYTES;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, Found) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("article.md");
        std::fs::write(&path, bytes).unwrap();
        let (mut found, skipped) = find(&[path]);
        assert_eq!(skipped, []);
        (folder, found.remove(0))
    }

    #[test]
    fn a_file_is_loaded_with_its_source() {
        let (_folder, found) = file(b"# T\n\nText.");
        let loaded = load(&found).unwrap();
        assert_eq!(loaded.draft.text, "Text.");
        assert_eq!(loaded.source.location, found.location);
        assert_eq!(loaded.source.size_bytes, 10);
        assert_eq!(loaded.source.modified_unix_ms, found.modified_unix_ms);
        assert_eq!(loaded.source.content_hash, digest(b"# T\n\nText."));
    }

    #[test]
    fn the_digest_is_sha_256() {
        let hex: String = digest(b"abc")
            .0
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert!(hex.starts_with("ba7816bf8f01cfea414140de5dae2223"), "{hex}");
    }

    #[test]
    fn a_file_above_the_limit_is_skipped_even_if_it_grew_after_it_was_found() {
        let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
        let (_folder, found) = file("word ".repeat(limit / 5).as_bytes());
        assert!(load(&found).is_ok());
        let (_folder, mut found) = file(&vec![b'a'; limit + 1]);
        for size_bytes in [MAX_FILE_BYTES + 1, 3] {
            found.size_bytes = size_bytes;
            let skipped = load(&found).unwrap_err();
            assert_eq!(skipped.location, found.location);
            let expected = "is 10485761 bytes, above the limit of 10485760";
            assert!(skipped.reason.ends_with(expected), "{}", skipped.reason);
        }
    }

    #[test]
    fn a_file_that_vanished_is_skipped_with_its_name() {
        let (folder, found) = file(b"Text.");
        drop(folder);
        let skipped = load(&found).unwrap_err();
        assert_eq!(
            skipped.reason,
            format!("`{}` does not exist", found.location)
        );
    }

    #[test]
    fn bytes_are_loaded_like_a_file() {
        let loaded = load_bytes("bundled/a-name.md", b"Text.").unwrap();
        assert_eq!(loaded.draft.metadata.title, "a name");
        assert_eq!(loaded.source.location, "bundled/a-name.md");
        assert_eq!(loaded.source.modified_unix_ms, None);
        assert!(load_bytes("bundled/a.pdf", b"%PDF-1.7 and no more").is_err());
    }

    #[test]
    fn a_page_is_cited_by_where_it_was_fetched() {
        let markdown = b"---\ntitle: T\nurl: https://elsewhere.org/\n---\nText.";
        for (url, content_type, expected) in [
            ("https://e.org/a/b.md", None, Some("T")),
            ("https://e.org/b.md?raw=1", Some("text/plain"), Some("T")),
            ("https://e.org/story/", Some("text/markdown"), Some("T")),
            ("https://e.org", Some("text/markdown"), Some("T")),
            ("https://e.org/b.md", Some("image/png"), Some("T")),
            ("https://e.org/story", Some("image/png"), None),
            ("https://e.org/", None, None),
        ] {
            let loaded = load_page(url, content_type, markdown);
            let title = loaded.as_ref().map(|l| l.draft.metadata.title.as_str());
            assert_eq!(title.ok(), expected, "{url} {content_type:?}");
            if let Ok(loaded) = loaded {
                assert_eq!(loaded.source.location, url);
                assert_eq!(loaded.draft.metadata.url.as_deref(), Some(url));
            }
        }
    }

    #[test]
    fn a_content_type_tells_the_format_where_the_name_does_not() {
        let markdown = b"# Title\n\nText.";
        for (name, content_type, expected) in [
            ("a.md", None, Some("Title")),
            ("a.md", Some("text/plain"), Some("Title")),
            (
                "message",
                Some("text/markdown; charset=utf-8"),
                Some("Title"),
            ),
            ("message", Some("Text/Plain"), Some("# Title")),
            ("message", Some("image/png"), None),
            ("message", None, None),
        ] {
            let loaded = load_named("discord:1", name, content_type, markdown);
            let title = loaded.as_ref().map(|l| l.draft.metadata.title.as_str());
            assert_eq!(title.ok(), expected, "{name} {content_type:?}");
            match loaded {
                Ok(loaded) => assert_eq!(loaded.source.location, "discord:1"),
                Err(skipped) => assert!(skipped.reason.contains("`message`"), "{skipped:?}"),
            }
        }
    }
}
