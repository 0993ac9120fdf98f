//! From a question to ranked hits: fuse the two candidate lists, drop repeats, let the reader read.
//!
//! Pure: candidates and articles come in, hits go out; fetching them is the engine's work. It
//! decides the order of hits and points at the words that answer in each, but not whether any of
//! them is good enough: that is `answer`'s. Read [`rank`] first.

use std::sync::Arc;

use crate::document::{Document, DocumentId, Passage, PassageId, Score, Span};
use crate::index::Candidates;
use crate::neural::{ModelError, Models, ReaderPassage, Vector};
use crate::text;

mod article;
pub mod follow_up;
mod fusion;
mod overlap;
mod query;
mod rivals;
mod topic;

pub use article::Article;
use fusion::{Fused, RRF_K, reciprocal_rank_fusion};
pub(crate) use overlap::Shingles;
use overlap::TermWeights;
pub use query::{MAX_CHARS, MIN_CHARS, Query, QueryError};
pub use rivals::MAX_LEAD;
pub use topic::{OnTopic, TOPIC_DEPTH, Topic};

/// Candidates taken from each list of each collection.
pub const CANDIDATE_DEPTH: usize = 50;
/// Fused candidates whose text is loaded; enough for [`MAX_READ`] after repeats have collapsed.
pub const LOAD_DEPTH: usize = 24;
/// Passages the reader reads in the first round, and in each further one.
const READ_ROUND: usize = 3;
/// Passages the reader reads at most.
pub const MAX_READ: usize = 12;
/// Hits a search returns at most.
pub const MAX_HITS: usize = 20;

/// Which stages take part: the later ones are what earlier ones are measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// BM25 alone.
    Bm25,
    /// Static vectors alone.
    Static,
    /// Both, fused.
    Hybrid,
    /// Both, fused, then read: what Quoth ships.
    Full,
}

/// How to rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which stages take part.
    pub system: System,
    /// Hits to return, 1 to [`MAX_HITS`].
    pub k: usize,
    /// Read all of [`MAX_READ`] even where the outcome is clear; for fitting and diagnosis.
    pub exhaustive: bool,
}

/// What speaks for a hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// 1-based rank by BM25 in its collection, if among the first [`CANDIDATE_DEPTH`].
    pub lexical_rank: Option<u32>,
    /// 1-based rank by cosine in its collection, if among the first [`CANDIDATE_DEPTH`].
    pub dense_rank: Option<u32>,
    /// Sum of reciprocal ranks.
    pub fused: Score,
    /// Cosine of question and passage, −1 to 1.
    pub cosine: f32,
    /// Share of the question's terms in passage and title, weighted by rarity, 0 to 1.
    pub coverage: f32,
    /// The question's terms that passage or title hold, sorted.
    pub matched: Vec<String>,
    /// The reader's view, if it read the passage.
    pub reading: Option<Read>,
}

/// The reader's view of a passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    /// Logit of the best span minus that of "no answer here".
    pub span_score: f32,
    /// Logit of the passage being about the question.
    pub relevance: f32,
    /// By how much the hit's score exceeds that of the best other passage read that answers otherwise,
    /// within ±[`MAX_LEAD`]: whoever says the same is no rival. It does not depend on how many hits are asked for.
    pub lead: Score,
}

/// A passage in the final ranking.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Where it stands.
    pub article: Arc<Article>,
    /// Which passage of the article.
    pub ordinal: u32,
    /// The words that answer, or without a reader the sentence nearest to the question; bytes of
    /// the document's text, within one passage, never empty.
    pub bold: Span,
    /// What the order rests on.
    pub score: Score,
    /// Why.
    pub evidence: Evidence,
    /// Other documents that say nearly the same in nearly the same words, in rank order.
    pub also_in: Vec<DocumentId>,
}

impl Hit {
    /// The passage.
    pub fn passage(&self) -> Option<&Passage> {
        self.article.passages.get(self.ordinal as usize)
    }
}

/// The passages worth loading, best first, at most [`LOAD_DEPTH`].
pub struct Shortlist {
    fused: Vec<Fused>,
}

impl Shortlist {
    /// Fuses the candidate lists of the collections a question is asked of.
    pub fn new(collections: &[Candidates], system: System) -> Shortlist {
        let lists: Vec<Candidates> = collections
            .iter()
            .map(|candidates| {
                let mut lists = candidates.clone();
                match system {
                    System::Bm25 => lists.dense.clear(),
                    System::Static => lists.lexical.clear(),
                    System::Hybrid | System::Full => {}
                }
                lists
            })
            .collect();
        let mut fused = reciprocal_rank_fusion(&lists, RRF_K);
        fused.truncate(LOAD_DEPTH);
        Shortlist { fused }
    }

    /// The documents to load, each once, best first.
    pub fn documents(&self) -> Vec<DocumentId> {
        let mut ids: Vec<DocumentId> = Vec::new();
        for fused in &self.fused {
            if !ids.contains(&fused.passage.document) {
                ids.push(fused.passage.document);
            }
        }
        ids
    }
}

/// Ranks a shortlist whose articles have been loaded; the best hit first, at most `options.k`.
///
/// Articles that were removed meanwhile are simply missing from `articles`, and so are their hits.
/// Passages that repeat a better one nearly word for word are folded into it. Ties break by
/// [`PassageId`]. Cost: one reader pass a passage read, at most [`MAX_READ`].
///
/// # Errors
/// [`ModelError`] if the reader fails.
pub fn rank(
    query: &Query,
    vector: &Vector,
    shortlist: &Shortlist,
    articles: &[Arc<Article>],
    models: &Models,
    options: Options,
) -> Result<Vec<Hit>, ModelError> {
    let mut hits = collapse(candidates(query, vector, shortlist, articles, models));
    if options.system == System::Full {
        read(query, &mut hits, models, options)?;
        hits = merge_same_sentence(hits);
        rivals::compare(query, &mut hits);
    }
    hits.truncate(options.k.min(MAX_HITS));
    Ok(hits)
}

/// The hits before reading, in fused order, each pointing at the sentence nearest to the question.
fn candidates(
    query: &Query,
    vector: &Vector,
    shortlist: &Shortlist,
    articles: &[Arc<Article>],
    models: &Models,
) -> Vec<Hit> {
    let found: Vec<(&Fused, &Arc<Article>, &Passage)> = shortlist
        .fused
        .iter()
        .filter_map(|fused| {
            let PassageId { document, ordinal } = fused.passage;
            let article = articles.iter().find(|a| a.document.id == document)?;
            Some((fused, article, article.passages.get(ordinal as usize)?))
        })
        .collect();
    let weights = TermWeights::new(
        query.text(),
        found
            .iter()
            .map(|(_, article, passage)| (&article.document, *passage)),
    );
    found
        .into_iter()
        .map(|(fused, article, passage)| {
            let document = &article.document;
            let passage_text = passage.span.slice(&document.text).unwrap_or_default();
            let (coverage, matched) = weights.coverage(document, passage_text);
            let nearest = passage
                .sentences
                .iter()
                .map(|sentence| {
                    let text = sentence.slice(&document.text).unwrap_or_default();
                    let near = models.embed(text).cosine(vector);
                    (*sentence, near + weights.sentence_coverage(document, text))
                })
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
                .map_or(passage.span, |(sentence, _)| sentence);
            Hit {
                article: Arc::clone(article),
                ordinal: fused.passage.ordinal,
                bold: nearest,
                score: fused.score,
                evidence: Evidence {
                    lexical_rank: fused.lexical_rank,
                    dense_rank: fused.dense_rank,
                    fused: fused.score,
                    cosine: models.embed(passage_text).cosine(vector),
                    coverage,
                    matched,
                    reading: None,
                },
                also_in: Vec::new(),
            }
        })
        .collect()
}

/// Folds passages that repeat a better one of another document into it: ten copies of one wire
/// story are one hit.
fn collapse(hits: Vec<Hit>) -> Vec<Hit> {
    let mut kept: Vec<(Hit, Shingles)> = Vec::new();
    for hit in hits {
        let text = hit
            .passage()
            .and_then(|passage| passage.span.slice(&hit.article.document.text))
            .unwrap_or_default();
        let shingles = Shingles::new(text);
        let original = kept.iter_mut().find(|(other, seen)| {
            other.article.document.id != hit.article.document.id && seen.repeats(&shingles)
        });
        match original {
            Some((original, _)) => note_copy(original, &hit),
            None => kept.push((hit, shingles)),
        }
    }
    kept.into_iter().map(|(hit, _)| hit).collect()
}

/// Overlapping passages of one document may lead to the same sentence: only the better hit stays.
/// So does only one of the hits in different documents whose sentences are the same words.
fn merge_same_sentence(hits: Vec<Hit>) -> Vec<Hit> {
    let mut kept: Vec<(Hit, String)> = Vec::new();
    for hit in hits {
        let words = hit
            .passage()
            .and_then(|passage| sentence_of(passage, hit.bold))
            .and_then(|sentence| sentence.slice(&hit.article.document.text))
            .map(|sentence| {
                text::words(sentence)
                    .filter_map(|word| word.slice(sentence).map(text::fold))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .unwrap_or_default();
        let original = kept.iter_mut().find(|(other, seen)| {
            *seen == words
                || (other.article.document.id == hit.article.document.id
                    && other.bold.overlaps(hit.bold))
        });
        match original {
            Some((original, _)) => note_copy(original, &hit),
            None => kept.push((hit, words)),
        }
    }
    kept.into_iter().map(|(hit, _)| hit).collect()
}

fn note_copy(original: &mut Hit, copy: &Hit) {
    for id in std::iter::once(copy.article.document.id).chain(copy.also_in.iter().copied()) {
        if id != original.article.document.id && !original.also_in.contains(&id) {
            original.also_in.push(id);
        }
    }
}

/// The sentence of a passage that holds the first byte of `span`.
pub(crate) fn sentence_of(passage: &Passage, span: Span) -> Option<Span> {
    passage
        .sentences
        .iter()
        .copied()
        .find(|sentence| sentence.start <= span.start && span.start < sentence.end)
}

/// Reads the best hits in rounds and sorts them by what the reader found; the unread follow in
/// their old order.
fn read(
    query: &Query,
    hits: &mut [Hit],
    models: &Models,
    options: Options,
) -> Result<(), ModelError> {
    let limit = hits.len().min(MAX_READ);
    let mut n_read = 0;
    while n_read < limit {
        let round = n_read..limit.min(n_read + READ_ROUND);
        n_read = round.end;
        let unread = hits.get_mut(round).unwrap_or_default();
        read_round(query, unread, models)?;
        let (read, unread) = hits.split_at(n_read);
        let unread = unread.get(..limit - n_read).unwrap_or_default();
        if !options.exhaustive && is_settled(read, unread) {
            break;
        }
    }
    let (read, unread) = hits.split_at_mut(n_read);
    read.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.article.document.id.cmp(&b.article.document.id))
            .then(a.ordinal.cmp(&b.ordinal))
    });
    let floor = read.last().map_or(0.0, |hit| hit.score);
    for hit in unread {
        hit.score = floor - 1.0 + hit.evidence.fused;
    }
    Ok(())
}

fn read_round(query: &Query, hits: &mut [Hit], models: &Models) -> Result<(), ModelError> {
    let passages: Vec<(&Hit, &Passage, Vec<Span>)> = hits
        .iter()
        .filter_map(|hit| {
            let passage = hit.passage()?;
            let sentences = passage
                .sentences
                .iter()
                .filter_map(|sentence| sentence.relative_to(passage.span.start))
                .collect();
            Some((hit, passage, sentences))
        })
        .collect();
    let passages: Vec<ReaderPassage<'_>> = passages
        .iter()
        .map(|(hit, passage, sentences)| {
            let Document { metadata, text, .. } = &hit.article.document;
            let before = hit.article.before(hit.ordinal);
            ReaderPassage {
                title: &metadata.title,
                before: before.slice(text).unwrap_or_default(),
                text: passage.span.slice(text).unwrap_or_default(),
                sentences,
            }
        })
        .collect();
    let readings = models
        .reader
        .read(&models.tokenizer, query.text(), &passages)?;
    for (hit, reading) in hits.iter_mut().zip(readings) {
        let Some(base) = hit.passage().map(|passage| passage.span.start) else {
            continue;
        };
        if let Some(span) = reading.span.filter(|span| !span.is_empty()) {
            let answer = Span::new(base + span.start, base + span.end);
            hit.bold = with_whole_marks(hit, answer);
        }
        hit.evidence.reading = Some(Read {
            span_score: reading.span_score,
            relevance: reading.relevance,
            lead: 0.0,
        });
        hit.score = reader_score(&hit.evidence);
    }
    Ok(())
}

/// The words of an answer as they are shown: with both marks of a pair or none.
fn with_whole_marks(hit: &Hit, answer: Span) -> Span {
    let whole = || {
        let sentence = sentence_of(hit.passage()?, answer)?;
        let within = answer.relative_to(sentence.start)?;
        let whole = text::whole_marks(sentence.slice(&hit.article.document.text)?, within);
        Some(Span::new(
            sentence.start + whole.start,
            sentence.start + whole.end,
        ))
    };
    whole().unwrap_or(answer)
}

/// Weights of the final order, beside the span score's 1. Fitted on the development sets by
/// `training/fit_ranking.py` (see ARCHITECTURE.md, Ranking).
const RELEVANCE_WEIGHT: f32 = 1.0;
const FUSED_WEIGHT: f32 = 15.0;
const COSINE_WEIGHT: f32 = 20.0;
const COVERAGE_WEIGHT: f32 = 10.0;

fn reader_score(evidence: &Evidence) -> Score {
    let (span, relevance) = evidence
        .reading
        .map_or((f32::MIN, 0.0), |read| (read.span_score, read.relevance));
    span + RELEVANCE_WEIGHT * relevance + prior_score(evidence)
}

/// What speaks for a hit before it is read.
fn prior_score(evidence: &Evidence) -> Score {
    FUSED_WEIGHT * evidence.fused
        + COSINE_WEIGHT * evidence.cosine
        + COVERAGE_WEIGHT * evidence.coverage
}

/// Lead over everything unread at which reading on changes the first place of 8 in 1,826 development
/// questions: where an answer is there, 4.0 passages are read on average instead of 11.8.
const SETTLED_LEAD: Score = 4.0;

/// Whether the best hit read leads what speaks for each unread one before it is read.
fn is_settled(read: &[Hit], unread: &[Hit]) -> bool {
    let best = read.iter().map(|hit| hit.score).fold(f32::MIN, f32::max);
    unread
        .iter()
        .all(|hit| best - prior_score(&hit.evidence) >= SETTLED_LEAD)
}
