//! Summaries whose every sentence is a quote.
//!
//! Owns the choice of sentences: from one article, from the articles about a topic, of what is new
//! there, and for a digest of recent ones. A [`SummarySentence`] can only be made by slicing a stored
//! document, so no text of ours can get into one, and what cannot be summarised is a [`NoSummary`]
//! that says why. Fetching articles is the engine's work, showing them that of others.
//!
//! A small logistic model scores sentences; sentences that lean on the one before bring it along.
//! Read [`article`] first, then `model`.

use std::sync::Arc;

use crate::document::Span;
use crate::neural::Models;
use crate::retrieve::Article;

mod agree;
mod align;
mod claims;
mod digest;
mod group;
mod known;
mod model;
mod outline;
mod prose;
mod select;
mod terms;
mod topic;
mod topic_words;
mod turning_words;

pub use digest::{DigestEntry, MAX_DIGEST_ARTICLES, MAX_DIGEST_ENTRIES, digest};
pub use model::{Features, N_FEATURES, NAMES as FEATURE_NAMES};
pub use prose::MAX_SENTENCES;
pub use topic::{
    Disagreement, MAX_DISAGREEMENTS, MAX_TIMELINE, TimelineEntry, TopicSummary, topic,
};

use outline::{Outline, Unit};
use select::{Budget, select};
use terms::Lexicon;

/// Longest summary in sentences that may be asked for.
pub const MAX_SUMMARY_SENTENCES: usize = 100;
/// Longest summary in words that may be asked for.
pub const MAX_SUMMARY_WORDS: usize = 5_000;

/// How long a summary should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// At most this many sentences, those that are only there to make another one understood
    /// included.
    Sentences(usize),
    /// About this many words: whole sentences that come nearest to it, so at most half a sentence
    /// more.
    Words(usize),
}

/// Why a sentence is in a summary: what spoke most for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It opens the article.
    Lead,
    /// It says what much of the rest is about.
    Central,
    /// It is about what the title says, or the topic asked for.
    OnTopic,
    /// It names people, places or numbers.
    Facts,
    /// Older articles do not say it.
    New,
    /// The sentence after it needs it.
    Context,
}

impl Reason {
    /// The name in JSON: `lead`, `central`, `on-topic`, `facts`, `new` or `context`.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Lead => "lead",
            Reason::Central => "central",
            Reason::OnTopic => "on-topic",
            Reason::Facts => "facts",
            Reason::New => "new",
            Reason::Context => "context",
        }
    }
}

/// A verbatim sentence of a stored document. Invariant: its span slices the document's text, and is
/// not empty.
#[derive(Clone, Debug)]
pub struct SummarySentence {
    article: Arc<Article>,
    span: Span,
    reason: Reason,
    also_in: Vec<Arc<Article>>,
}

impl SummarySentence {
    /// The sentence at `span`, or `None` if nothing stands there.
    pub(crate) fn new(
        article: &Arc<Article>,
        span: Span,
        reason: Reason,
    ) -> Option<SummarySentence> {
        span.slice(&article.document.text)
            .filter(|text| !text.is_empty())?;
        Some(SummarySentence {
            article: Arc::clone(article),
            span,
            reason,
            also_in: Vec::new(),
        })
    }

    /// Other articles that hold the sentence, or one that says all of it, each once.
    pub fn also_in(&self) -> &[Arc<Article>] {
        &self.also_in
    }

    fn note(&mut self, article: &Arc<Article>) {
        let is_known = |known: &Arc<Article>| known.document.id == article.document.id;
        if !is_known(&self.article) && !self.also_in.iter().any(is_known) {
            self.also_in.push(Arc::clone(article));
        }
    }

    /// The document it is cut from.
    pub fn article(&self) -> &Article {
        &self.article
    }

    /// Where it stands: bytes of the document's text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What spoke most for it.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The sentence, sliced from the document.
    pub fn text(&self) -> &str {
        self.span
            .slice(&self.article.document.text)
            .unwrap_or_default()
    }
}

/// Why there is no summary; the text is meant for the person who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSummary {
    /// The article has no text.
    #[error("the article has no text to summarize")]
    Empty,
    /// The article has text, but no sentences: a table, a list of scores, numbers.
    #[error("the article has no sentences to summarize, only rows, numbers or headings")]
    NoProse,
    /// The topic is made of words like "the" and "of".
    #[error("the topic has no word to look for; name one, such as `ceasefire talks`")]
    NoTopic,
    /// No article is about the topic.
    #[error("no article is about this topic")]
    NothingOnTopic,
    /// No article of the time asked about is about the topic.
    #[error("no article of this time is about the topic")]
    NothingOfTime,
    /// What the articles of the time say about the topic stands in older ones too.
    #[error("the articles of this time say nothing about the topic that older ones do not say")]
    NothingNew,
    /// No article has a date.
    #[error("there is no article with a date")]
    NothingDated,
    /// No dated article falls into the time asked about.
    #[error("no dated article falls into this time")]
    NothingRecent,
}

/// The sentences that say most of what an article says, in text order.
///
/// An article that is no longer than `length` comes back whole. At least one sentence, however short
/// `length` is. Linear in the text.
///
/// # Errors
/// [`NoSummary`] if there is no sentence in it.
pub fn article(
    article: &Arc<Article>,
    length: Length,
    models: &Models,
) -> Result<Vec<SummarySentence>, NoSummary> {
    let document = &article.document;
    if document.text.trim().is_empty() {
        return Err(NoSummary::Empty);
    }
    let outline = Outline::new(document, models, &mut Lexicon::default());
    let mut scores = scores(&outline.units);
    prefer_the_lead(&mut scores, &outline.units, length);
    let sentences: Vec<SummarySentence> = select(&outline.units, &scores, length)
        .into_iter()
        .filter_map(|chosen| {
            let unit = outline.units.get(chosen.unit)?;
            let reason = match chosen.is_context {
                true => Reason::Context,
                false => reason(unit, chosen.unit),
            };
            SummarySentence::new(article, unit.span, reason)
        })
        .collect();
    if sentences.is_empty() {
        return Err(NoSummary::NoProse);
    }
    Ok(sentences)
}

/// A summary that takes less than this share of the article leans on its lead: the shorter, the more.
const SHORT_SHARE: f32 = 0.35;
/// So does one of fewer sentences than this, whatever its share.
const FEW_SENTENCES: f32 = 4.0;
/// What the second sentence gains in the shortest summary, beside scores whose deviation is about 3. Set by
/// hand: the model is fitted on references of 45 % of the article, where this plays no part, and the opening of
/// a report is written to stand for all of it.
const LEAD_BONUS: f32 = 2.0;
/// A summary of at most this many sentences has the first one, unless that leans.
const ALWAYS_LEAD: f32 = 5.0;

fn prefer_the_lead(scores: &mut [f32], units: &[Unit], length: Length) {
    let n_units = units.len().max(1) as f32;
    let n_words = units.iter().map(|unit| unit.n_words).sum::<usize>().max(1) as f32;
    let (share, n_sentences) = match length {
        Length::Sentences(n) => (n as f32 / n_units, n as f32),
        Length::Words(n) => (n as f32 / n_words, n as f32 * n_units / n_words),
    };
    let by_share = 1.0 - share / SHORT_SHARE;
    let by_count = 1.0 - n_sentences / FEW_SENTENCES;
    let bonus = LEAD_BONUS * by_share.max(by_count).max(0.0);
    let stands_alone = units
        .first()
        .is_some_and(|unit| !unit.leans && !unit.is_torn());
    if let [_, second, ..] = scores {
        *second += bonus;
    }
    let best = scores.iter().copied().fold(0.0, f32::max);
    if let [first, ..] = scores {
        match n_sentences <= ALWAYS_LEAD && stands_alone {
            true => *first = best + 1.0,
            false => *first += 2.0 * bonus,
        }
    }
}

fn scores(units: &[Unit]) -> Vec<f32> {
    units
        .iter()
        .map(|unit| model::score(&unit.features))
        .collect()
}

/// The group of features that speaks most for a sentence.
fn reason(unit: &Unit, position: usize) -> Reason {
    if position == 0 {
        return Reason::Lead;
    }
    let [words, vectors, stems, title, _, _, names, numbers, _] =
        model::contributions(&unit.features);
    [
        (words + vectors + stems, Reason::Central),
        (title, Reason::OnTopic),
        (names + numbers, Reason::Facts),
    ]
    .into_iter()
    .reduce(|best, other| if other.0 > best.0 { other } else { best })
    .map_or(Reason::Central, |(_, reason)| reason)
}

/// A sentence of an article with what the model knows of it; for measuring and fitting.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Bytes of the document's text.
    pub span: Span,
    /// Words by [`text::words()`](crate::text::words()), which is what [`Length::Words`] counts.
    pub n_words: usize,
    /// Feature values in the order of [`FEATURE_NAMES`].
    pub features: Features,
}

/// The sentences of an article that may go into its summary, in text order.
pub fn candidates(article: &Article, models: &Models) -> Vec<Candidate> {
    Outline::new(&article.document, models, &mut Lexicon::default())
        .units
        .iter()
        .map(|unit| Candidate {
            span: unit.span,
            n_words: unit.n_words,
            features: unit.features,
        })
        .collect()
}

/// The sentences that fill `length` when they are taken in the order given, up to the first that
/// does not fit; in text order. How every baseline is cut to the same length.
pub fn take_in_order(candidates: &[Candidate], order: &[usize], length: Length) -> Vec<Span> {
    let mut budget = Budget::new(length);
    let mut spans: Vec<Span> = order
        .iter()
        .filter_map(|i| candidates.get(*i))
        .take_while(|candidate| budget.takes(1, candidate.n_words))
        .map(|candidate| candidate.span)
        .collect();
    spans.sort_unstable();
    spans
}
