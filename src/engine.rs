//! The façade: one handle through which everything outside asks, adds and removes.
//!
//! Owns the order of things: the store commits first, then the index, then the caller is told; an
//! index that is behind, missing or damaged is brought up to the store before it is searched. Owns
//! the locks too, and holds none of them while models compute. Everything here is synchronous.
//! Read [`Engine::ask`] and [`Writer::apply`] first.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use lru::LruCache;
use rayon::prelude::*;

use crate::answer::{self, Answer};
use crate::corpus;
use crate::document::{Collection, Document, DocumentId, DocumentRef};
use crate::index::{
    self, Candidates, CatchUp, CollectionIndex, Filter, IndexError, Opened, Position, Reason,
    Snapshot,
};
use crate::neural::{ModelError, Models};
use crate::retrieve::{Article, CANDIDATE_DEPTH, Hit, Options, Query, Shortlist, System, rank};
use crate::store::{
    Actor, Applied, ArchiveError, Change, DocumentSummary, KnownSource, Mark, Provenance, Revision,
    Store, StoreError,
};

mod archive;
mod chat;
mod feeds;
mod health;
mod history;
mod judge;
mod lease;
mod library;
mod publish;
mod summarize;

pub use archive::{export, import};
pub use chat::Growth;
pub use health::{IndexHealth, examine_store};
pub use history::Page;
use lease::{Gate, Lease};
pub use library::{LibrarySource, SyncReport};
pub use summarize::{MAX_TOPIC_ARTICLES, TopicOptions};

/// Articles kept cut up in memory; a question loads at most 24, most of them already here.
const CACHED_ARTICLES: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// The store's file in a data directory.
const STORE_FILE: &str = "quoth.db";
/// The folder of the indexes in a data directory.
const INDEX_DIR: &str = "index";
/// Documents indexed between two commits of a catch-up: what a kill in the middle costs.
const CATCH_UP_BATCH: usize = 2_000;

/// A question's scope and depth.
#[derive(Clone, Debug)]
pub struct AskOptions {
    /// Where to look; an empty list finds nothing.
    pub collections: Vec<Collection>,
    /// Which documents count.
    pub filter: Filter,
    /// How to rank and how many quotes to return.
    pub ranking: Options,
}

impl AskOptions {
    /// All documents of those collections, full ranking, `k` quotes.
    pub fn new(collections: Vec<Collection>, k: usize) -> AskOptions {
        AskOptions {
            collections,
            filter: Filter::default(),
            ranking: Options {
                system: System::Full,
                k,
                exhaustive: false,
            },
        }
    }
}

/// What a long piece of work reports while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An index has to be built anew, and why.
    Rebuilding {
        /// Whose index.
        collection: Collection,
        /// What was wrong with the old one.
        reason: Reason,
    },
    /// Documents indexed so far, of all that a catch-up has to index.
    Indexed {
        /// Whose index.
        collection: Collection,
        /// Documents done.
        done: usize,
        /// Documents to do.
        total: usize,
    },
}

/// Hears of progress.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// A handle on everything; clones share it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    models: Models,
    /// Where the indexes are; `None` for an engine in memory.
    index_dir: Option<PathBuf>,
    gate: Arc<Gate>,
    store: Mutex<Store>,
    slots: Mutex<BTreeMap<Collection, Arc<Slot>>>,
    articles: Mutex<LruCache<DocumentId, Arc<Article>>>,
    on_progress: OnProgress,
}

/// One collection's index: what readers see, and the hand that writes.
#[derive(Default)]
struct Slot {
    snapshot: RwLock<Option<Snapshot>>,
    writer: Mutex<Option<CollectionIndex>>,
}

impl Engine {
    /// Opens a data directory, creating it if there is none. Indexes are opened when first needed.
    ///
    /// # Errors
    /// [`EngineError`] if the directory or the store cannot be used.
    pub fn open(
        data_dir: &Path,
        models: Models,
        on_progress: OnProgress,
    ) -> Result<Engine, EngineError> {
        std::fs::create_dir_all(data_dir).map_err(|source| EngineError::DataDir {
            path: data_dir.to_owned(),
            source,
        })?;
        let store = Store::open(&data_dir.join(STORE_FILE))?;
        Ok(Engine::assemble(Some(data_dir), store, models, on_progress))
    }

    /// An engine that keeps everything in memory and forgets it when dropped.
    ///
    /// # Errors
    /// [`EngineError`] if SQLite refuses, which it has no reason to.
    pub fn in_memory(models: Models) -> Result<Engine, EngineError> {
        Ok(Engine::assemble(
            None,
            Store::in_memory()?,
            models,
            Arc::new(|_| {}),
        ))
    }

    fn assemble(
        data_dir: Option<&Path>,
        store: Store,
        models: Models,
        on_progress: OnProgress,
    ) -> Engine {
        Engine {
            inner: Arc::new(Inner {
                models,
                index_dir: data_dir.map(|dir| dir.join(INDEX_DIR)),
                gate: Gate::new(data_dir),
                store: Mutex::new(store),
                slots: Mutex::default(),
                articles: Mutex::new(LruCache::new(CACHED_ARTICLES)),
                on_progress,
            }),
        }
    }

    /// Answers a question from the collections in scope.
    ///
    /// # Errors
    /// [`EngineError`] on faults only; a question nothing answers is an [`Answer`] that says so.
    pub fn ask(&self, query: &Query, options: &AskOptions) -> Result<Answer, EngineError> {
        Ok(answer::compose(query.text(), &self.search(query, options)?))
    }

    /// The ranked hits an answer is made of, best first.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub fn search(&self, query: &Query, options: &AskOptions) -> Result<Vec<Hit>, EngineError> {
        let models = &self.inner.models;
        let vector = models.embed(query.text());
        let candidates: Vec<Candidates> = options
            .collections
            .iter()
            .map(|collection| {
                let snapshot = self.snapshot(*collection)?;
                Ok(snapshot.candidates(query.text(), &vector, &options.filter, CANDIDATE_DEPTH)?)
            })
            .collect::<Result<_, EngineError>>()?;
        let shortlist = Shortlist::new(&candidates, options.ranking.system);
        let articles = self.articles(&shortlist.documents())?;
        Ok(rank(
            query,
            &vector,
            &shortlist,
            &articles,
            models,
            options.ranking,
        )?)
    }

    /// The models in use.
    pub fn models(&self) -> &Models {
        &self.inner.models
    }

    /// A current document by the name people use, or `None`.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn document(&self, reference: DocumentRef) -> Result<Option<Document>, EngineError> {
        let store = self.store();
        Ok(match store.resolve(reference)? {
            Some(id) => store.document(id)?,
            None => None,
        })
    }

    /// The id behind the name people use, or `None` if no current document has it.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn resolve(&self, reference: DocumentRef) -> Result<Option<DocumentId>, EngineError> {
        Ok(self.store().resolve(reference)?)
    }

    /// The names of documents, in the order of `ids`; those removed meanwhile are left out.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn references(&self, ids: &[DocumentId]) -> Result<Vec<DocumentRef>, EngineError> {
        let documents = self.store().documents(ids)?;
        Ok(documents
            .iter()
            .map(|document| document.reference)
            .collect())
    }

    /// One page of a collection's documents, by number.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn summaries(
        &self,
        collection: Collection,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<DocumentSummary>, EngineError> {
        Ok(self.store().summaries(collection, offset, limit)?)
    }

    /// How many documents a collection has.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn count(&self, collection: Collection) -> Result<u64, EngineError> {
        Ok(self.store().count(collection)?)
    }

    /// How many passages of a collection can be found.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub fn n_passages(&self, collection: Collection) -> Result<usize, EngineError> {
        Ok(self.snapshot(collection)?.n_passages())
    }

    /// Where the documents of a collection came from.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn sources(&self, collection: Collection) -> Result<Vec<KnownSource>, EngineError> {
        Ok(self.store().sources(collection)?)
    }

    /// The right to change a collection, waiting for another process or thread that has it.
    ///
    /// # Errors
    /// [`EngineError::Busy`] if another process keeps it for longer than 10 s.
    pub fn writer(&self, collection: Collection) -> Result<Writer, EngineError> {
        let lease = self.inner.gate.acquire()?;
        let slot = self.slot(collection);
        let mut index = lock(&slot.writer).take();
        if index.as_ref().map(|index| index.snapshot().position())
            != Some(Position::at(self.store().revision(collection)?.0))
        {
            let opened = self.open_for_writing(collection, index.take())?;
            index = Some(opened);
        }
        let mut writer = Writer {
            engine: self.clone(),
            collection,
            slot,
            index,
            _lease: lease,
        };
        writer.catch_up()?;
        Ok(writer)
    }

    /// The view to search, brought up to the store if this process is free to do so.
    fn snapshot(&self, collection: Collection) -> Result<Snapshot, EngineError> {
        let slot = self.slot(collection);
        let current = Position::at(self.store().revision(collection)?.0);
        let held = slot
            .snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(snapshot) = held.as_ref().filter(|s| s.position() == current) {
            return Ok(snapshot.clone());
        }
        if current == Position::default() {
            // Nothing was ever added: there is no index, and no lease is needed to say so.
            let empty = CollectionIndex::in_memory(self.models())?
                .snapshot()
                .clone();
            slot.publish(&empty);
            return Ok(empty);
        }
        if let Some(dir) = self.index_dir(collection) {
            if let Opened::Ready(index) = CollectionIndex::open(&dir, self.models(), false)? {
                let snapshot = index.snapshot().clone();
                if snapshot.position() == current {
                    slot.publish(&snapshot);
                    return Ok(snapshot);
                }
                // Behind. Whoever holds the lease is writing what is missing and has not
                // acknowledged it yet, so this view is the right one until then.
                match self.inner.gate.try_acquire()? {
                    None => {
                        slot.publish(&snapshot);
                        return Ok(snapshot);
                    }
                    Some(lease) => drop(lease),
                }
            }
        } else if let Some(snapshot) = held {
            // In memory only this process writes, and it has not acknowledged what is missing.
            return Ok(snapshot);
        }
        drop(self.writer(collection)?);
        let published = slot
            .snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        published.ok_or(EngineError::Index(IndexError::Engine(
            "nothing was published".to_owned(),
        )))
    }

    /// An index to write to: the one on disk, or an empty one if that is unusable.
    fn open_for_writing(
        &self,
        collection: Collection,
        in_memory: Option<CollectionIndex>,
    ) -> Result<CollectionIndex, EngineError> {
        let models = self.models();
        let Some(dir) = self.index_dir(collection) else {
            return Ok(match in_memory {
                Some(index) => index,
                None => CollectionIndex::in_memory(models)?,
            });
        };
        let store_revision = self.store().revision(collection)?.0;
        let reason = match CollectionIndex::open(&dir, models, true)? {
            Opened::Ready(index) => {
                let position = index.snapshot().position();
                let stranded = position
                    .catch_up
                    .is_some_and(|catch_up| catch_up.target != store_revision);
                // What ended since then may have been pruned, and nothing tells of it any more.
                let pruned = self.store().pruned_revision(collection)?.0;
                if position.revision <= store_revision && position.revision >= pruned && !stranded {
                    return Ok(*index);
                }
                Reason::Outdated
            }
            Opened::Unusable(reason) => reason,
        };
        if store_revision > 0 {
            self.report(Progress::Rebuilding { collection, reason });
        }
        Ok(CollectionIndex::create(&dir, models)?)
    }

    /// The articles of those ids, from the cache or cut up anew; replaced and removed ones are left
    /// out.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn articles(&self, ids: &[DocumentId]) -> Result<Vec<Arc<Article>>, EngineError> {
        // Asked of the store each time: a removed document must not live on in the cache.
        let documents = self.store().documents(ids)?;
        let mut cached: Vec<Option<Arc<Article>>> = {
            let mut cache = lock(&self.inner.articles);
            documents
                .iter()
                .map(|document| cache.get(&document.id).cloned())
                .collect()
        };
        let articles: Vec<Arc<Article>> = documents
            .into_iter()
            .zip(&mut cached)
            .map(|(document, cached)| {
                cached
                    .take()
                    .unwrap_or_else(|| Arc::new(Article::new(document, self.models())))
            })
            .collect();
        let mut cache = lock(&self.inner.articles);
        for article in &articles {
            cache.put(article.document.id, Arc::clone(article));
        }
        Ok(articles)
    }

    fn index_dir(&self, collection: Collection) -> Option<PathBuf> {
        let dir = self.inner.index_dir.as_ref()?;
        Some(dir.join(collection.to_string()))
    }

    fn slot(&self, collection: Collection) -> Arc<Slot> {
        Arc::clone(lock(&self.inner.slots).entry(collection).or_default())
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.inner.store)
    }

    fn report(&self, progress: Progress) {
        (self.inner.on_progress)(progress);
    }
}

impl Slot {
    fn publish(&self, snapshot: &Snapshot) {
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
    }
}

/// The only way to change a collection. While it lives no other thread or process changes the data
/// directory, so keep it for one command or one load and drop it.
pub struct Writer {
    engine: Engine,
    collection: Collection,
    slot: Arc<Slot>,
    /// `None` only after a failed commit.
    index: Option<CollectionIndex>,
    _lease: Lease,
}

impl Writer {
    /// Stores and indexes a batch. Once this returns, the changes survive a crash and the next
    /// question sees them; on an error before the store commits, nothing has changed, after it the
    /// next opening completes the index.
    ///
    /// # Errors
    /// [`EngineError`] naming an unknown document, a full disk or another fault.
    pub fn apply(
        &mut self,
        changes: Vec<Change>,
        now_unix_ms: i64,
    ) -> Result<Applied, EngineError> {
        self.apply_as(changes, &Provenance::new(Actor::CommandLine, now_unix_ms))
    }

    /// [`Writer::apply`], recorded as done by [`Provenance::actor`], who is the command line there.
    /// Documents without a mark get their signature here.
    ///
    /// # Errors
    /// As [`Writer::apply`].
    pub fn apply_as(
        &mut self,
        changes: Vec<Change>,
        provenance: &Provenance,
    ) -> Result<Applied, EngineError> {
        if changes.is_empty() {
            let revision = self.engine.store().revision(self.collection)?;
            return Ok(Applied {
                revision,
                put: Vec::new(),
                ended: Vec::new(),
            });
        }
        let mut provenance = provenance.clone();
        provenance
            .marks
            .extend(marks(&changes, provenance.marks.len()));
        let (applied, documents) = {
            let mut store = self.engine.store();
            let applied = store.apply_as(self.collection, changes, &provenance)?;
            let ids: Vec<DocumentId> = applied.put.iter().map(|(_, id)| *id).collect();
            let documents = store.documents(&ids)?;
            (applied, documents)
        };
        self.commit(Position::at(applied.revision.0), &applied.ended, &documents)?;
        Ok(applied)
    }

    /// Records that the source of a current document was looked at again and held the same:
    /// [`Store::touch_source`].
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn touch(
        &mut self,
        reference: DocumentRef,
        modified_unix_ms: Option<i64>,
        size_bytes: u64,
    ) -> Result<(), EngineError> {
        Ok(self
            .engine
            .store()
            .touch_source(reference, modified_unix_ms, size_bytes)?)
    }

    /// Brings the index up to the store in batches that are committed one by one, so that an
    /// interrupted catch-up goes on where it stopped.
    fn catch_up(&mut self) -> Result<(), EngineError> {
        let position = self.position();
        let difference = self
            .engine
            .store()
            .difference(self.collection, Revision(position.revision))?;
        let target = difference.until.0;
        if position == Position::at(target) {
            self.publish_index();
            return Ok(());
        }
        let through = position.catch_up.map(|catch_up| catch_up.through);
        let added: Vec<DocumentId> = difference
            .added
            .iter()
            .copied()
            .filter(|id| through.is_none_or(|through| id.0 > through))
            .collect();
        let (mut ended, total) = (difference.ended, difference.added.len());
        let mut done = total - added.len();
        let mut batches = added.chunks(CATCH_UP_BATCH).peekable();
        loop {
            let batch = batches.next().unwrap_or_default();
            let documents = self.engine.store().documents(batch)?;
            let position = match (batches.peek(), batch.last()) {
                (Some(_), Some(last)) => Position {
                    revision: position.revision,
                    catch_up: Some(CatchUp {
                        target,
                        through: last.0,
                    }),
                },
                _ => Position::at(target),
            };
            self.commit(position, &ended, &documents)?;
            ended.clear();
            done += batch.len();
            self.engine.report(Progress::Indexed {
                collection: self.collection,
                done,
                total,
            });
            if position == Position::at(target) {
                return Ok(());
            }
        }
    }

    fn commit(
        &mut self,
        position: Position,
        ended: &[DocumentId],
        documents: &[Document],
    ) -> Result<(), EngineError> {
        let models = self.engine.models();
        let prepared: Vec<index::Prepared> = documents
            .par_iter()
            .map(|document| index::prepare(document, models))
            .collect();
        let Some(index) = self.index.as_mut() else {
            return Err(EngineError::Index(IndexError::Engine(
                "an earlier commit failed".to_owned(),
            )));
        };
        if let Err(error) = index.commit(position, ended, &prepared) {
            // What is on disk is the last good commit; the next writer opens that.
            self.index = None;
            return Err(error.into());
        }
        if position.catch_up.is_none() {
            self.publish_index();
        }
        Ok(())
    }

    fn position(&self) -> Position {
        self.index
            .as_ref()
            .map(|index| index.snapshot().position())
            .unwrap_or_default()
    }

    fn publish_index(&self) {
        if let Some(index) = &self.index {
            self.slot.publish(index.snapshot());
        }
    }
}

/// Signatures of the documents put, after leaving out the first `n_known`.
fn marks(changes: &[Change], n_known: usize) -> Vec<Mark> {
    let texts: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put(new) => Some(new.draft.text.as_str()),
            Change::Remove(_) | Change::Restore { .. } => None,
        })
        .skip(n_known)
        .collect();
    texts
        .into_par_iter()
        .map(|text| Mark {
            signature: corpus::signature(text),
            copy_of: None,
        })
        .collect()
}

impl Drop for Writer {
    /// Gives the index back before the lease, with no background work left that needs it.
    fn drop(&mut self) {
        if let Some(mut index) = self.index.take() {
            index.rest();
            if index.snapshot().position().catch_up.is_none() {
                self.slot.publish(index.snapshot());
            }
            *lock(&self.slot.writer) = Some(index);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these values whole: each is replaced, never edited in steps.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the engine could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data directory cannot be created, read or written.
    #[error("the data directory `{path}` cannot be used")]
    DataDir {
        /// The directory or a file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process is writing.
    #[error("the data directory `{path}` is in use by {holder}; waited {seconds} s")]
    Busy {
        /// The data directory.
        path: PathBuf,
        /// Which process.
        holder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// An archive could not be written or read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An archive was to be read into a data directory that is in use.
    #[error(
        "the data directory `{}` holds articles already; an archive is read into an empty one, which \
         `--data-dir` can name",
        path.display()
    )]
    NotEmpty {
        /// The data directory.
        path: PathBuf,
    },
    /// A model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}
