//! The documents of a dataset in an engine of their own, and asking it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::report::{Indexing, Latency};
use super::{EvalError, metrics};
use crate::answer::Outcome;
use crate::document::{Collection, Document, DocumentId, Draft};
use crate::engine::{AskOptions, Engine, EngineError};
use crate::neural::Models;
use crate::retrieve::{Hit, Options, Query};
use crate::store::{Change, NewDocument};

/// Documents stored and indexed in one go.
const BATCH: usize = 500;
/// Where they are kept; the figures do not depend on it.
const COLLECTION: Collection = Collection::Local;

/// A searchable pool. Documents are known by their position in the list it was built from.
pub(super) struct Pool {
    engine: Engine,
    ids: Vec<DocumentId>,
    positions: HashMap<DocumentId, usize>,
    pub(super) indexing: Indexing,
}

/// Which documents a question is asked of, by their position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    Without(usize),
    Only(usize),
}

/// What came of a question that was taken.
pub(super) struct Asked {
    /// Best first.
    pub(super) hits: Vec<Hit>,
    /// As shown to people.
    pub(super) confidence: f32,
    /// Whether the first quote was presented as the answer.
    pub(super) is_answered: bool,
    /// From the question's text to the composed answer.
    pub(super) took: Duration,
}

impl Pool {
    /// Stores and indexes the documents.
    pub(super) fn build(drafts: Vec<Draft>, models: Models) -> Result<Pool, EngineError> {
        let engine = Engine::in_memory(models)?;
        let n_documents = drafts.len();
        let start = Instant::now();
        let mut writer = engine.writer(COLLECTION)?;
        let mut ids = Vec::with_capacity(n_documents);
        let mut drafts = drafts.into_iter();
        loop {
            let batch: Vec<Change> = drafts
                .by_ref()
                .take(BATCH)
                .map(|draft| {
                    Change::Put(Box::new(NewDocument {
                        draft,
                        source: None,
                        replaces: None,
                    }))
                })
                .collect();
            if batch.is_empty() {
                break;
            }
            // The clock is not asked: nobody looks at when these were stored.
            let applied = writer.apply(batch, 0)?;
            ids.extend(applied.put.iter().map(|(_, id)| *id));
        }
        drop(writer);
        let seconds = start.elapsed().as_secs_f64();
        Ok(Pool {
            positions: ids.iter().copied().zip(0..).collect(),
            ids,
            engine,
            indexing: Indexing {
                seconds,
                documents_per_s: n_documents as f64 / seconds.max(1e-9),
            },
        })
    }

    pub(super) fn n_documents(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn n_passages(&self) -> Result<usize, EngineError> {
        self.engine.n_passages(COLLECTION)
    }

    /// Asks one question of the documents in `scope`; `None` if the question is not taken.
    pub(super) fn ask(
        &self,
        question: &str,
        scope: Scope,
        ranking: Options,
    ) -> Result<Option<Asked>, EvalError> {
        let start = Instant::now();
        let Ok(query) = Query::parse(question) else {
            return Ok(None);
        };
        let mut options = AskOptions::new(vec![COLLECTION], ranking.k);
        options.ranking = ranking;
        let id = |position: usize| self.ids.get(position).copied();
        match scope {
            Scope::All => {}
            Scope::Without(position) => options.filter.except = id(position),
            Scope::Only(position) => options.filter.only = id(position),
        }
        let found = self.engine.search(&query, &options)?;
        let answer = found.answer();
        Ok(Some(Asked {
            confidence: answer.confidence,
            is_answered: answer.outcome == Outcome::Answer,
            took: start.elapsed(),
            hits: found.hits,
        }))
    }

    /// Position of the document a hit stands in.
    pub(super) fn position(&self, document: &Document) -> Option<usize> {
        self.positions.get(&document.id).copied()
    }
}

/// Percentiles of the times questions took.
pub(super) fn latency(times: &[Duration]) -> Latency {
    let ms = milliseconds(times);
    Latency {
        p50: metrics::percentile(&ms, 50.0),
        p95: metrics::percentile(&ms, 95.0),
        p99: metrics::percentile(&ms, 99.0),
    }
}

pub(super) fn milliseconds(times: &[Duration]) -> Vec<f64> {
    times
        .iter()
        .map(|took| took.as_secs_f64() * 1_000.0)
        .collect()
}
