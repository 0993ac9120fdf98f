//! The search index of one collection: terms and vectors of its passages.
//!
//! Derived from the store and rebuilt whenever it is missing, outdated or damaged; it holds no
//! article text. Alone names `tantivy`. A commit makes additions and removals visible together and
//! carries the [`Position`] it stands for. Ranking *across* the two lists is not done here:
//! `retrieve` fuses them. Read [`CollectionIndex`] and [`Snapshot::candidates`] first.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::{Document, DocumentId, Language, PassageId, Score};
use crate::neural::{Models, Vector};
use crate::text;

mod alike;
mod analysis;
mod beside;
mod function_words;
mod lexical;
mod vectors;

pub use alike::{Lookalike, ONE_SLIP};
pub use analysis::{Analyzer, is_question_word, query_terms};
pub use beside::discard_begun;
pub(crate) use function_words::{english_function_words, is_function_word};
use lexical::LexicalIndex;
use vectors::{Row, VectorFile, VectorTable};

/// Raised whenever segmentation, analysis or a file format changes: older indexes are rebuilt.
const FORMAT: u32 = 4;
const VECTOR_FILE: &str = "vectors";
const LEXICAL_DIR: &str = "terms";
/// Indexes up to this size are checked byte for byte at opening (a few milliseconds); larger ones
/// only structurally, to keep a cold start short.
const FULL_CHECK_BYTES: u64 = 64 << 20;

/// A passage with its score in one ranked list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The passage.
    pub passage: PassageId,
    /// Its score there.
    pub score: Score,
}

impl Ranked {
    /// Score descending, then [`PassageId`].
    pub fn best_first(&self, other: &Ranked) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(self.passage.cmp(&other.passage))
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    /// Greater is better.
    fn cmp(&self, other: &Ranked) -> Ordering {
        other.best_first(self)
    }
}

/// Which documents a search may return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Published on this day or later (days since 1970-01-01); undated documents do not pass.
    pub since: Option<i32>,
    /// Published on this day or earlier; undated documents do not pass.
    pub until: Option<i32>,
    /// Only this document.
    pub only: Option<DocumentId>,
    /// Not this document.
    pub except: Option<DocumentId>,
}

impl Filter {
    /// Whether a document published on `day` passes.
    pub fn admits(&self, document: DocumentId, day: Option<i32>) -> bool {
        self.since
            .is_none_or(|since| day.is_some_and(|day| day >= since))
            && self
                .until
                .is_none_or(|until| day.is_some_and(|day| day <= until))
            && self.only.is_none_or(|only| only == document)
            && self.except != Some(document)
    }
}

/// How much of the store an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The store revision whose changes are all in.
    pub revision: u64,
    /// Where a long catch-up stands, if one is under way.
    pub catch_up: Option<CatchUp>,
}

impl Position {
    /// All of `revision` and nothing later.
    pub fn at(revision: u64) -> Position {
        Position {
            revision,
            catch_up: None,
        }
    }
}

/// A catch-up that was committed in part: the removals up to `target` are in, and of the additions
/// those up to and including `through`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatchUp {
    /// The store revision it leads to.
    pub target: u64,
    /// The last document added.
    pub through: u64,
}

/// The two ranked lists of one collection, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// By BM25 over title, heading and body.
    pub lexical: Vec<Ranked>,
    /// By cosine of the static vectors.
    pub dense: Vec<Ranked>,
}

/// A document ready to be added: its passages analysed and embedded.
pub struct Prepared {
    id: DocumentId,
    day: Option<i32>,
    language: Language,
    passages: Vec<PreparedPassage>,
}

struct PreparedPassage {
    title: Vec<String>,
    heading: Vec<String>,
    body: Vec<String>,
    vector: Vector,
}

/// Segments, analyses and embeds one document: all the work of indexing that needs no writer, so
/// callers do it for many documents at once.
pub fn prepare(document: &Document, models: &Models) -> Prepared {
    let analyzer = Analyzer::new(document.language);
    let title = analyzer.terms(&document.metadata.title);
    let passages = passages(document, models)
        .iter()
        .map(|passage| {
            let body = passage.span.slice(&document.text).unwrap_or_default();
            let heading = passage
                .heading
                .and_then(|span| span.slice(&document.text))
                .unwrap_or_default();
            PreparedPassage {
                title: title.clone(),
                heading: analyzer.terms(heading),
                body: analyzer.terms(body),
                vector: models.embed(body),
            }
        })
        .collect();
    Prepared {
        id: document.id,
        day: document
            .metadata
            .published
            .map(|date| date.days_since_epoch()),
        language: document.language,
        passages,
    }
}

/// The passages of a document as the index numbers them: [`PassageId::ordinal`] counts this list.
pub fn passages(document: &Document, models: &Models) -> Vec<crate::document::Passage> {
    text::passages(&document.text, &document.blocks, &|sentence| {
        models.tokenizer.count(sentence)
    })
}

/// What a search runs on: an immutable view of one commit.
#[derive(Clone)]
pub struct Snapshot {
    lexical: lexical::Reader,
    table: VectorTable,
    languages: Arc<[Language]>,
    commit: u64,
    position: Position,
}

impl Snapshot {
    /// The best `depth` passages of each kind for a question, under `filter`.
    ///
    /// # Errors
    /// [`IndexError`] if the files went bad since opening.
    pub fn candidates(
        &self,
        question: &str,
        vector: &Vector,
        filter: &Filter,
        depth: usize,
    ) -> Result<Candidates, IndexError> {
        Ok(Candidates {
            lexical: self
                .lexical
                .search(&query_terms(question, &self.languages), filter, depth)?,
            dense: self.table.nearest(vector, filter, depth),
        })
    }

    /// How many passages can be found.
    pub fn n_passages(&self) -> usize {
        self.table.len()
    }

    /// How much of the store this view holds.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Languages of the documents, in order.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }
}

/// The index of one collection, with the only hand that may change it.
pub struct CollectionIndex {
    lexical: LexicalIndex,
    vectors: Option<VectorFile>,
    stamp: String,
    snapshot: Snapshot,
}

/// What opening found.
pub enum Opened {
    /// A sound index.
    Ready(Box<CollectionIndex>),
    /// Nothing usable: the caller rebuilds from the store.
    Unusable(Reason),
}

/// Why an index has to be built anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none.
    Missing,
    /// Made by another version of Quoth or with other models.
    Outdated,
    /// A file is damaged; the text says what was found.
    Damaged(String),
}

impl CollectionIndex {
    /// Opens the index in `dir` without changing anything but leftovers of an interrupted commit.
    /// `writable` is false in a process that only asks.
    ///
    /// # Errors
    /// [`IndexError`] only for faults that a rebuild cannot mend, such as missing permissions.
    pub fn open(dir: &Path, models: &Models, writable: bool) -> Result<Opened, IndexError> {
        let unusable = |reason: &dyn std::fmt::Display| {
            Ok(Opened::Unusable(Reason::Damaged(reason.to_string())))
        };
        if !dir.join(LEXICAL_DIR).exists() {
            return Ok(Opened::Unusable(Reason::Missing));
        }
        let (lexical, state) = match LexicalIndex::open(&dir.join(LEXICAL_DIR), FULL_CHECK_BYTES) {
            Ok(opened) => opened,
            Err(error) => return unusable(&error),
        };
        if state.stamp != stamp(models) {
            return Ok(Opened::Unusable(Reason::Outdated));
        }
        match VectorFile::open(&dir.join(VECTOR_FILE), state.commit, writable) {
            Ok((file, table)) if table.len() == state.n_passages => {
                let snapshot = Snapshot {
                    lexical: lexical.reader(),
                    table,
                    languages: state.languages().into(),
                    commit: state.commit,
                    position: state.position,
                };
                Ok(Opened::Ready(Box::new(CollectionIndex {
                    lexical,
                    vectors: Some(file),
                    stamp: state.stamp,
                    snapshot,
                })))
            }
            Ok((_, table)) => unusable(&format!(
                "{} vectors for {} passages",
                table.len(),
                state.n_passages
            )),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(IndexError::io(dir, error))
            }
            Err(error) => unusable(&error),
        }
    }

    /// How much of the store the index in `dir` holds by its last commit; `None` if there is none of
    /// these models. Reads one small file, so damage to the others is not seen.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn last_position(dir: &Path, models: &Models) -> Result<Option<Position>, IndexError> {
        let state = lexical::last_state(&dir.join(LEXICAL_DIR))
            .map_err(|error| IndexError::io(dir, error))?;
        Ok(state
            .filter(|state| state.stamp == stamp(models))
            .map(|state| state.position))
    }

    /// Makes an empty index in `dir`, replacing whatever is there.
    ///
    /// # Errors
    /// [`IndexError`] if the folder cannot be written.
    pub fn create(dir: &Path, models: &Models) -> Result<CollectionIndex, IndexError> {
        let io_error = |error| IndexError::io(dir, error);
        if dir.exists() {
            fs::remove_dir_all(dir).map_err(io_error)?;
        }
        let lexical_dir = dir.join(LEXICAL_DIR);
        fs::create_dir_all(&lexical_dir).map_err(io_error)?;
        let (file, _) = VectorFile::open(&dir.join(VECTOR_FILE), 0, true).map_err(io_error)?;
        let lexical = LexicalIndex::create(&lexical_dir)?;
        CollectionIndex::empty(lexical, Some(file), models)
    }

    /// An empty index that lives in memory.
    ///
    /// # Errors
    /// [`IndexError`] if the engine refuses, which it has no reason to.
    pub fn in_memory(models: &Models) -> Result<CollectionIndex, IndexError> {
        CollectionIndex::empty(LexicalIndex::in_memory()?, None, models)
    }

    fn empty(
        lexical: LexicalIndex,
        vectors: Option<VectorFile>,
        models: &Models,
    ) -> Result<CollectionIndex, IndexError> {
        let snapshot = Snapshot {
            lexical: lexical.reader(),
            table: VectorTable::default(),
            languages: Arc::new([]),
            commit: 0,
            position: Position::default(),
        };
        Ok(CollectionIndex {
            lexical,
            vectors,
            stamp: stamp(models),
            snapshot,
        })
    }

    /// Whether what is on disk is still this index, and not one that was built anew since.
    pub fn is_in_place(&self) -> bool {
        self.vectors.as_ref().is_none_or(VectorFile::is_in_place)
    }

    /// The current view.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Takes documents out and in, and commits: once this returns, both survive a crash and the
    /// next search sees them. On an error nothing has changed.
    ///
    /// # Errors
    /// [`IndexError`] if the disk is full or fails.
    pub fn commit(
        &mut self,
        position: Position,
        ended: &[DocumentId],
        added: &[Prepared],
    ) -> Result<(), IndexError> {
        let commit = self.snapshot.commit + 1;
        let rows: Vec<Row> = added.iter().flat_map(Prepared::rows).collect();
        let table = self.snapshot.table.with(ended, &rows);
        let mut languages = self.snapshot.languages.to_vec();
        languages.extend(added.iter().map(|document| document.language));
        languages.sort_unstable();
        languages.dedup();
        let before = match &mut self.vectors {
            Some(file) => Some(
                file.append(commit, ended, &rows)
                    .map_err(|error| IndexError::io(Path::new(VECTOR_FILE), error))?,
            ),
            None => None,
        };
        let state = lexical::State::new(commit, position, &self.stamp, table.len(), &languages);
        if let Err(error) = self.lexical.commit(ended, added, &state) {
            if let (Some(file), Some(len)) = (&mut self.vectors, before) {
                file.truncate(len);
            }
            return Err(error);
        }
        self.snapshot = Snapshot {
            lexical: self.lexical.reader(),
            table,
            languages: languages.into(),
            commit,
            position,
        };
        if let Some(file) = &mut self.vectors {
            // Only saves space; what could not be rewritten now will be after another commit.
            let _ = file.compact(commit, &self.snapshot.table);
        }
        Ok(())
    }

    /// Ends the writer's background work and frees its memory; a later commit starts it again.
    pub fn rest(&mut self) {
        self.lexical.rest();
    }
}

impl Prepared {
    fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.passages
            .iter()
            .zip(0u32..)
            .map(|(passage, ordinal)| Row {
                passage: PassageId {
                    document: self.id,
                    ordinal,
                },
                day: self.day,
                vector: passage.vector.clone(),
            })
    }
}

fn stamp(models: &Models) -> String {
    format!("{FORMAT}-{}", models.embedding_stamp)
}

/// Why the index could not be written or searched.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file system said no.
    #[error("the index at `{path}` cannot be used")]
    Io {
        /// Folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room.
    #[error("the disk that holds the indexes is full, or a file may not grow further")]
    Full,
    /// The search engine said no.
    #[error("the text index cannot be used: {0}")]
    Engine(String),
}

impl IndexError {
    fn io(path: &Path, source: io::Error) -> IndexError {
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => IndexError::Full,
            _ => IndexError::Io {
                path: path.to_owned(),
                source,
            },
        }
    }

    /// An error of the search engine, which passes on the system's words alone.
    fn engine(error: impl std::fmt::Display) -> IndexError {
        let text = error.to_string();
        // ENOSPC, EDQUOT and EFBIG in the words of Linux and most other systems.
        let is_full = ["No space left", "quota exceeded", "File too large"]
            .iter()
            .any(|words| text.contains(words));
        match is_full {
            true => IndexError::Full,
            false => IndexError::Engine(text),
        }
    }
}
