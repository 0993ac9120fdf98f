//! Previews and publishing: the one way articles come in, whoever brings them.
//!
//! A [`Loaded`] article is shown as a [`Preview`], which changes nothing and needs no writer, and is
//! published by a [`Writer`], which judges it again: something may have changed in between. One batch
//! is stored and indexed in one commit, unless an article of it concerns another one of it.

use std::collections::HashMap;

use rayon::prelude::*;

use super::judge::{Candidate, Judgement, is_worth_comparing};
use super::{Engine, EngineError, Writer};
use crate::corpus::{Duplicate, Facts, Intent, Loaded, Preview, Published, Verdict};
use crate::document::{Collection, Document, DocumentId, DocumentRef};
use crate::index;
use crate::store::{
    Actor, Applied, Change, ContentHash, CopyOf, Mark, NewDocument, Provenance, plain_url,
};
use crate::text;

impl Engine {
    /// What publishing an article would come to, and what there is to know of it. Changes nothing.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn preview(
        &self,
        collection: Collection,
        loaded: &Loaded,
        intent: Intent,
        now_unix_ms: i64,
    ) -> Result<Preview, EngineError> {
        let candidate = Candidate::new(loaded.clone(), intent);
        let judgement = self.judge(collection, &candidate, now_unix_ms)?;
        Ok(self.preview_of(collection, candidate, judgement))
    }

    fn preview_of(
        &self,
        collection: Collection,
        candidate: Candidate,
        judgement: Judgement,
    ) -> Preview {
        let Loaded {
            draft,
            source,
            mut warnings,
            ..
        } = candidate.loaded;
        warnings.extend(judgement.warnings);
        let document = Document {
            id: DocumentId(0),
            reference: DocumentRef {
                collection,
                number: 0,
            },
            metadata: judgement.metadata.unwrap_or(draft.metadata),
            language: draft.language,
            text: draft.text,
            blocks: draft.blocks,
        };
        Preview {
            location: source.location,
            verdict: judgement.verdict,
            facts: Some(Facts {
                n_words: text::words(&document.text).count(),
                n_passages: index::passages(&document, self.models()).len(),
                size_bytes: document.text.len(),
                language: document.language,
                metadata: document.metadata,
            }),
            duplicates: judgement.duplicates,
            warnings,
        }
    }

    /// Publishes articles with a writer of its own: [`Writer::publish`].
    ///
    /// # Errors
    /// As [`Engine::writer`] and [`Writer::publish`].
    pub fn publish(
        &self,
        collection: Collection,
        articles: Vec<(Loaded, Intent)>,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Vec<Published>, EngineError> {
        self.writer(collection)?
            .publish(articles, actor, now_unix_ms)
    }
}

impl Writer {
    /// Stores and indexes articles, each judged against what the collection holds and against those
    /// before it, and tells what became of each, in their order. Once this returns, all that was
    /// stored survives a crash and the next question sees it.
    ///
    /// # Errors
    /// As [`Writer::apply`]. Articles before the one that failed may have been stored.
    pub fn publish(
        &mut self,
        articles: Vec<(Loaded, Intent)>,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Vec<Published>, EngineError> {
        let candidates: Vec<Candidate> = articles
            .into_par_iter()
            .map(|(loaded, intent)| Candidate::new(loaded, intent))
            .collect();
        let mut batch = Batch::new(
            Provenance::new(actor.clone(), now_unix_ms),
            candidates.len(),
        );
        for candidate in candidates {
            if batch.concerns(&candidate) {
                batch.store(self)?;
            }
            let judgement = self
                .engine
                .judge(self.collection, &candidate, now_unix_ms)?;
            batch.take(candidate, judgement);
        }
        batch.store(self)?;
        Ok(batch.published)
    }
}

/// Articles judged and not stored yet, and what became of those before.
struct Batch {
    provenance: Provenance,
    pending: Vec<Pending>,
    /// What articles of the same batch could be versions of.
    locations: HashMap<String, usize>,
    contents: HashMap<ContentHash, usize>,
    urls: HashMap<String, usize>,
    published: Vec<Published>,
}

/// An article that waits to be stored.
struct Pending {
    candidate: Candidate,
    metadata: Option<crate::document::Metadata>,
    /// Its place among what is published.
    published_idx: usize,
    /// Earlier articles of the batch that say nearly the same, the most alike first.
    copies: Vec<(usize, f32)>,
    copy_of: Option<CopyOf>,
}

impl Batch {
    fn new(provenance: Provenance, n_articles: usize) -> Batch {
        Batch {
            provenance,
            pending: Vec::with_capacity(n_articles),
            locations: HashMap::new(),
            contents: HashMap::new(),
            urls: HashMap::new(),
            published: Vec::with_capacity(n_articles),
        }
    }

    /// Whether an article may be the same as, or a version of, one that is not stored yet.
    fn concerns(&self, candidate: &Candidate) -> bool {
        let Loaded { draft, source, .. } = &candidate.loaded;
        let metadata = &draft.metadata;
        let replaces_pending = |reference: DocumentRef| {
            self.published.iter().any(|done| {
                done.verdict == Verdict::NewVersion(reference) && done.reference.is_none()
            })
        };
        self.locations.contains_key(&source.location)
            || self.contents.contains_key(&source.content_hash)
            || metadata
                .url
                .as_deref()
                .is_some_and(|url| self.urls.contains_key(&plain_url(url)))
            || matches!(candidate.intent, Intent::Replace(of) if replaces_pending(of))
            || self.copies(candidate).iter().any(|(idx, _)| {
                // Equal titles: perhaps a version, which only the stored one can tell.
                self.pending.get(*idx).is_some_and(|pending| {
                    pending.candidate.loaded.draft.metadata.title == metadata.title
                        || pending.candidate.loaded.draft.text == draft.text
                })
            })
    }

    /// The pending articles that say nearly the same, the most alike first.
    fn copies(&self, candidate: &Candidate) -> Vec<(usize, f32)> {
        let Some(signature) = &candidate.signature else {
            return Vec::new();
        };
        let mut copies: Vec<(usize, f32)> = self
            .pending
            .iter()
            .enumerate()
            .filter(|(_, pending)| {
                let theirs = pending.candidate.signature.as_ref();
                theirs.is_some_and(|theirs| is_worth_comparing(signature, theirs))
            })
            .map(|(idx, pending)| (idx, candidate.shingles.overlap(&pending.candidate.shingles)))
            .filter(|(_, overlap)| overlap.is_near())
            .map(|(idx, overlap)| (idx, overlap.containment))
            .collect();
        copies.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        copies
    }

    fn take(&mut self, candidate: Candidate, judgement: Judgement) {
        let mut warnings = candidate.loaded.warnings.clone();
        warnings.extend(judgement.warnings);
        let reference = match judgement.verdict {
            Verdict::AlreadyLoaded(reference) => Some(reference),
            _ => None,
        };
        let stores = judgement.verdict.stores();
        let of_stored = judgement
            .duplicates
            .first()
            .map(|duplicate| CopyOf::Number(duplicate.reference.number));
        self.published.push(Published {
            location: candidate.loaded.source.location.clone(),
            title: judgement
                .metadata
                .as_ref()
                .unwrap_or(&candidate.loaded.draft.metadata)
                .title
                .clone(),
            verdict: judgement.verdict,
            reference,
            duplicates: judgement.duplicates,
            warnings,
        });
        if !stores {
            return;
        }
        let copies = self.copies(&candidate);
        let idx = self.pending.len();
        let Loaded { draft, source, .. } = &candidate.loaded;
        self.locations.insert(source.location.clone(), idx);
        self.contents.insert(source.content_hash, idx);
        if let Some(url) = &draft.metadata.url {
            self.urls.insert(plain_url(url), idx);
        }
        self.pending.push(Pending {
            metadata: judgement.metadata,
            published_idx: self.published.len() - 1,
            copy_of: of_stored.or_else(|| copies.first().map(|(idx, _)| CopyOf::InBatch(*idx))),
            copies,
            candidate,
        });
    }

    /// Stores what is pending and fills in the numbers.
    fn store(&mut self, writer: &mut Writer) -> Result<(), EngineError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut changes = Vec::with_capacity(self.pending.len());
        self.provenance.marks.clear();
        let mut stored = Vec::with_capacity(self.pending.len());
        for pending in self.pending.drain(..) {
            let Loaded {
                mut draft, source, ..
            } = pending.candidate.loaded;
            if let Some(metadata) = pending.metadata {
                draft.metadata = metadata;
            }
            let replaces = match self.published.get(pending.published_idx) {
                Some(Published {
                    verdict: Verdict::NewVersion(reference),
                    ..
                }) => Some(*reference),
                _ => None,
            };
            stored.push((
                pending.published_idx,
                pending.copies,
                draft.metadata.clone(),
            ));
            self.provenance.marks.push(Mark {
                signature: pending.candidate.signature,
                copy_of: pending.copy_of,
            });
            changes.push(Change::Put(Box::new(NewDocument {
                draft,
                source: Some(source),
                replaces,
            })));
        }
        self.locations.clear();
        self.contents.clear();
        self.urls.clear();
        let Applied { put, .. } = writer.apply_as(changes, &self.provenance)?;
        for ((published_idx, copies, ours), (reference, _)) in stored.iter().zip(&put) {
            let Some(published) = self.published.get_mut(*published_idx) else {
                continue;
            };
            published.reference = Some(*reference);
            for (idx, shared) in copies {
                if let (Some((reference, _)), Some((_, _, metadata))) =
                    (put.get(*idx), stored.get(*idx))
                {
                    published.duplicates.push(Duplicate::of(
                        ours.outlet.as_deref(),
                        (*reference, metadata),
                        *shared,
                    ));
                }
            }
        }
        Ok(())
    }
}
