//! Which articles are about a topic: as many as there are, not only the best few.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fusion::{Fused, RRF_K, reciprocal_rank_fusion};
use super::overlap::TermWeights;
use super::{Article, Query};
use crate::document::{DocumentId, Passage};
use crate::index::Candidates;
use crate::neural::{Models, Vector};
use crate::text;

/// Candidates taken from each list of each collection for a topic.
pub const TOPIC_DEPTH: usize = 300;

/// Share of the best passage in an article's relevance; the rest is its opening, which says what all of it is
/// about: what only mentions the topic somewhere falls behind.
const PASSAGE_SHARE: f32 = 0.7;
/// Least relevance, and least share of the best article's. On the shipped articles and 60 of our own, what
/// shares one common word with a topic of two stays below 0.66 and what is about it in other words reaches
/// 0.72; half of the best is reached by mere mentions.
const MIN_RELEVANCE: f32 = 0.7;
const SHARE_OF_BEST: f32 = 0.6;
/// An article about a topic has, somewhere in it, this share of those of its words that any has, by rarity ("Six
/// Nations" is not what has "six" alone), or a passage with this cosine that says it in other words.
const MIN_COVERAGE: f32 = 0.5;
const SAME_MEANING: f32 = 0.5;

/// An article that is about a topic.
#[derive(Clone, Debug)]
pub struct OnTopic {
    /// The article.
    pub article: Arc<Article>,
    /// Of its best passage and its opening: share of the topic's terms, weighted by rarity, that each holds with
    /// the title, plus cosine of passage and title; up to 2.
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
        let mut cosines: FxHashMap<DocumentId, f32> = FxHashMap::default();
        for (article, passage) in found {
            let text = passage
                .span
                .slice(&article.document.text)
                .unwrap_or_default();
            let (coverage, _) = weights.coverage(&article.document, text);
            let cosine = models.embed(text).cosine(vector);
            let relevance = coverage + cosine;
            let id = article.document.id;
            let nearest = cosines.entry(id).or_insert(cosine);
            *nearest = nearest.max(cosine);
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
        for found in &mut on_topic {
            let document = &found.article.document;
            let first = found.article.passages.first();
            let opening = first.and_then(|passage| passage.span.slice(&document.text));
            let (coverage, _) = weights.coverage(document, opening.unwrap_or_default());
            let cosine = models.embed(&document.metadata.title).cosine(vector);
            found.relevance =
                PASSAGE_SHARE * found.relevance + (1.0 - PASSAGE_SHARE) * (coverage + cosine);
        }
        let best = on_topic
            .iter()
            .map(|found| found.relevance)
            .fold(0.0, f32::max);
        let floor = MIN_RELEVANCE.max(SHARE_OF_BEST * best);
        on_topic.retain(|found| found.relevance >= floor);
        let coverage = |found: &OnTopic| {
            let document = &found.article.document;
            weights.coverage(document, &document.text).0
        };
        let coverages: Vec<f32> = on_topic.iter().map(coverage).collect();
        let most = coverages.iter().copied().fold(0.0, f32::max);
        let mut coverages = coverages.into_iter();
        on_topic.retain(|found| {
            let covers = coverages.next().unwrap_or(0.0) >= MIN_COVERAGE * most;
            let cosine = cosines.get(&found.article.document.id).copied();
            covers || cosine.is_some_and(|cosine| cosine >= SAME_MEANING)
        });
        only_with_names(&mut on_topic, query.text());
        on_topic
    }
}

/// Leaves the articles that have the topic's names of several words ("Six Nations") side by side, if at least half of
/// them do: then they are names, and not two persons side by side in the topic alone.
fn only_with_names(on_topic: &mut Vec<OnTopic>, topic: &str) {
    let words: Vec<&str> = text::words(topic)
        .filter_map(|word| word.slice(topic))
        .collect();
    let names: Vec<Vec<String>> = words
        .split(|word| !word.starts_with(char::is_uppercase))
        .filter(|name| name.len() > 1)
        .map(|name| name.iter().map(|word| text::fold(word)).collect())
        .collect();
    if names.is_empty() {
        return;
    }
    let has_names = |found: &OnTopic| {
        let document = &found.article.document;
        let words = |text: &str| -> Vec<String> {
            text::words(text)
                .filter_map(|word| word.slice(text).map(text::fold))
                .collect()
        };
        let (title, text) = (words(&document.metadata.title), words(&document.text));
        names.iter().all(|name| {
            let has = |words: &[String]| words.windows(name.len()).any(|window| window == name);
            has(&title) || has(&text)
        })
    };
    let with: Vec<bool> = on_topic.iter().map(has_names).collect();
    if with.iter().filter(|has| **has).count() * 2 >= with.len() {
        let mut with = with.into_iter();
        on_topic.retain(|_| with.next().unwrap_or(true));
    }
}
