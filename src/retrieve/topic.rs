//! Which articles are about a topic: as many as there are, not only the best few.

use std::sync::Arc;

use super::fusion::{Fused, RRF_K, reciprocal_rank_fusion};
use super::overlap::TermWeights;
use super::{Article, Query};
use crate::document::{DocumentId, Passage};
use crate::index::Candidates;
use crate::neural::{Models, Vector};

/// Candidates taken from each list of each collection for a topic.
pub const TOPIC_DEPTH: usize = 300;

/// Least share of the topic's terms, weighted by rarity, that a passage with its title must hold.
const MIN_COVERAGE: f32 = 0.5;
/// Least cosine of topic and passage that stands in for the words. On the shipped articles passages
/// on another subject stay below.
const MIN_COSINE: f32 = 0.55;

/// An article that is about a topic.
#[derive(Clone, Debug)]
pub struct OnTopic {
    /// The article.
    pub article: Arc<Article>,
    /// How much of the topic its best passage holds, 0 to 1.
    pub relevance: f32,
}

/// The passages that may be about a topic, best first.
pub struct Topic {
    fused: Vec<Fused>,
}

impl Topic {
    /// Fuses the candidate lists of the collections.
    pub fn new(collections: &[Candidates]) -> Topic {
        Topic {
            fused: reciprocal_rank_fusion(collections, RRF_K),
        }
    }

    /// The first `limit` documents to load, each once, best first.
    pub fn documents(&self, limit: usize) -> Vec<DocumentId> {
        let mut seen = rustc_hash::FxHashSet::default();
        self.fused
            .iter()
            .map(|fused| fused.passage.document)
            .filter(|id| seen.insert(*id))
            .take(limit)
            .collect()
    }

    /// Those of the loaded articles that are about the topic, in rank order: one of their passages
    /// holds half of its words, or means nearly the same.
    pub fn articles(
        &self,
        query: &Query,
        vector: &Vector,
        loaded: &[Arc<Article>],
        models: &Models,
    ) -> Vec<OnTopic> {
        let found: Vec<(&Arc<Article>, &Passage)> = self
            .fused
            .iter()
            .filter_map(|fused| {
                let id = fused.passage.document;
                let article = loaded.iter().find(|article| article.document.id == id)?;
                let passage = article.passages.get(fused.passage.ordinal as usize)?;
                Some((article, passage))
            })
            .collect();
        let pairs = found
            .iter()
            .map(|(article, passage)| (&article.document, *passage));
        let weights = TermWeights::new(query.text(), pairs);
        let mut on_topic: Vec<OnTopic> = Vec::new();
        for (article, passage) in found {
            let text = passage
                .span
                .slice(&article.document.text)
                .unwrap_or_default();
            let (coverage, _) = weights.coverage(&article.document, text);
            let cosine = models.embed(text).cosine(vector);
            if coverage < MIN_COVERAGE && cosine < MIN_COSINE {
                continue;
            }
            let relevance = coverage.max(cosine);
            let id = article.document.id;
            match on_topic
                .iter_mut()
                .find(|known| known.article.document.id == id)
            {
                Some(known) => known.relevance = known.relevance.max(relevance),
                None => on_topic.push(OnTopic {
                    article: Arc::clone(article),
                    relevance,
                }),
            }
        }
        on_topic
    }
}
