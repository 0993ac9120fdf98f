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

use crate::answer::{self, Answer};
use crate::document::{Collection, Document, DocumentId, DocumentRef};
use crate::index::{
    Candidates, CollectionIndex, Filter, IndexError, Opened, Position, Reason, Snapshot,
};
use crate::neural::Models;
use crate::retrieve::{Article, CANDIDATE_DEPTH, Hit, Options, Query, Shortlist, System, rank};
use crate::store::{DocumentSummary, KnownSource, Store};

mod archive;
mod chat;
mod companions;
mod dialogue;
mod error;
mod feeds;
mod health;
mod history;
mod judge;
mod lease;
mod library;
mod publish;
mod rebuild;
mod spelling;
mod summarize;
mod writer;

pub use archive::{export, import};
pub use chat::Growth;
pub use companions::{Companions, MAX_COMPANIONS};
pub use dialogue::{Asking, Before};
pub use error::EngineError;
pub use health::{IndexHealth, IndexOverview, examine_store, is_store_lost};
pub use history::Page;
use lease::Gate;
pub use library::{LibrarySource, SyncReport};
pub use summarize::{MAX_TOPIC_ARTICLES, TopicOptions};
pub use writer::Writer;

/// Articles kept cut up in memory; a question loads at most 24, most of them already here.
const CACHED_ARTICLES: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// Indexes kept open for the next change; each has a file open, and of those a process may have about a thousand.
const KEPT_INDEXES: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
/// The store's file in a data directory.
const STORE_FILE: &str = "quoth.db";
/// The folder of the indexes in a data directory.
const INDEX_DIR: &str = "index";

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

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The question as it was understood: as asked, or with misspelled words put as the articles have them.
    pub query: Query,
    /// Best first.
    pub hits: Vec<Hit>,
}

impl Found {
    /// The answer they make.
    pub fn answer(&self) -> Answer {
        answer::compose(self.query.text(), &self.hits)
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
    models: Arc<Models>,
    /// Where the indexes are; `None` for an engine in memory.
    index_dir: Option<PathBuf>,
    gate: Arc<Gate>,
    store: Mutex<Store>,
    slots: Mutex<BTreeMap<Collection, Arc<Slot>>>,
    /// Indexes that were written to and nobody writes to now.
    kept: Mutex<LruCache<Collection, CollectionIndex>>,
    articles: Mutex<LruCache<DocumentId, Arc<Article>>>,
    on_progress: OnProgress,
}

/// One collection's index as readers see it.
#[derive(Default)]
struct Slot {
    snapshot: RwLock<Option<Snapshot>>,
}

impl Engine {
    /// Opens a data directory, creating it if there is none. Indexes are opened when first needed. Several
    /// engines may share their models.
    ///
    /// # Errors
    /// [`EngineError`] if the directory or the store cannot be used.
    pub fn open(
        data_dir: &Path,
        models: impl Into<Arc<Models>>,
        on_progress: OnProgress,
    ) -> Result<Engine, EngineError> {
        create_private(data_dir).map_err(|source| EngineError::DataDir {
            path: data_dir.to_owned(),
            source,
        })?;
        let store = Store::open(&data_dir.join(STORE_FILE))?;
        Ok(Engine::assemble(
            Some(data_dir),
            store,
            models.into(),
            on_progress,
        ))
    }

    /// An engine that keeps everything in memory and forgets it when dropped.
    ///
    /// # Errors
    /// [`EngineError`] if SQLite refuses, which it has no reason to.
    pub fn in_memory(models: impl Into<Arc<Models>>) -> Result<Engine, EngineError> {
        Ok(Engine::assemble(
            None,
            Store::in_memory()?,
            models.into(),
            Arc::new(|_| {}),
        ))
    }

    fn assemble(
        data_dir: Option<&Path>,
        store: Store,
        models: Arc<Models>,
        on_progress: OnProgress,
    ) -> Engine {
        Engine {
            inner: Arc::new(Inner {
                models,
                index_dir: data_dir.map(|dir| dir.join(INDEX_DIR)),
                gate: Gate::new(data_dir),
                store: Mutex::new(store),
                slots: Mutex::default(),
                kept: Mutex::new(LruCache::new(KEPT_INDEXES)),
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
        Ok(self.search(query, options)?.answer())
    }

    /// The ranked hits an answer is made of, and the question as it was understood.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub fn search(&self, query: &Query, options: &AskOptions) -> Result<Found, EngineError> {
        let models = &self.inner.models;
        let snapshots = self.snapshots(&options.collections)?;
        let query = self.respelled(query, &snapshots)?;
        let vector = models.embed(query.text());
        let candidates: Vec<Candidates> = snapshots
            .iter()
            .map(|snapshot| {
                snapshot.candidates(query.text(), &vector, &options.filter, CANDIDATE_DEPTH)
            })
            .collect::<Result<_, IndexError>>()?;
        let shortlist = Shortlist::new(&candidates, options.ranking.system);
        let articles = self.articles(&shortlist.documents())?;
        let hits = rank(
            &query,
            &vector,
            &shortlist,
            &articles,
            models,
            options.ranking,
        )?;
        Ok(Found { query, hits })
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

    /// The views to search, in the order of `collections`.
    fn snapshots(&self, collections: &[Collection]) -> Result<Vec<Snapshot>, EngineError> {
        let snapshots = collections
            .iter()
            .map(|collection| self.snapshot(*collection));
        snapshots.collect()
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
                // acknowledged it yet, so this view is the right one until then. One that was brought
                // up in part shows no moment of the collection and has to be waited for.
                if snapshot.position().catch_up.is_none()
                    && self.inner.gate.try_acquire()?.is_none()
                {
                    slot.publish(&snapshot);
                    return Ok(snapshot);
                }
            }
        } else if let Some(snapshot) = held {
            // In memory only this process writes, and it has not acknowledged what is missing.
            return Ok(snapshot);
        }
        drop(self.writer(collection).map_err(|error| match error {
            EngineError::Busy {
                path,
                holder,
                seconds,
            } => EngineError::NotIndexed {
                collection,
                path,
                holder,
                seconds,
            },
            error => error,
        })?);
        let published = slot
            .snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        published.ok_or(EngineError::Index(IndexError::Engine(
            "nothing was published".to_owned(),
        )))
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
    fn position(&self) -> Option<Position> {
        let snapshot = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        snapshot.as_ref().map(Snapshot::position)
    }

    fn publish(&self, snapshot: &Snapshot) {
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
    }
}

/// Creates a directory that its owner alone may enter; one that is there stays as it is.
fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(directory) {
        Err(_) if directory.is_file() => Err(std::io::Error::other("it is a file, not a folder")),
        created => created,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these values whole: each is replaced, never edited in steps.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
