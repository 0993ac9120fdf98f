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

/// Least sum of the share of the topic's terms, weighted by rarity, that a passage with its title
/// holds and the cosine of topic and passage. On the shipped articles what shares one common word
/// with a topic of two stays at 0.7, what is about it in other words reaches 0.85.
const MIN_RELEVANCE: f32 = 0.8;
/// An article also needs this share of the best one's sum: a passing mention is not the topic.
const SHARE_OF_BEST: f32 = 0.62;

/// An article that is about a topic.
#[derive(Clone, Debug)]
pub struct OnTopic {
    /// The article.
    pub article: Arc<Article>,
    /// Of its best passage: share of the topic's terms plus cosine, up to 2.
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

    /// Those of the loaded articles that are about the topic, in rank order.
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
            let relevance = coverage + cosine;
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
        let best = on_topic
            .iter()
            .map(|found| found.relevance)
            .fold(0.0, f32::max);
        let floor = MIN_RELEVANCE.max(SHARE_OF_BEST * best);
        on_topic.retain(|found| found.relevance >= floor);
        on_topic
    }
}
