//! From hits to an answer in the articles' own words, or an honest "not in here".
//!
//! Owns the choice of the sentences that are quoted and the confidence that decides between
//! *answer*, *closest* and *nothing*. A [`Quote`] can only be made by slicing a stored document, so
//! no text of ours can get into it. Read [`compose`] first.

use std::sync::Arc;

use crate::document::{BlockKind, CELL_SEPARATOR, Document, DocumentId, Passage, Score, Span};
use crate::retrieve::{Article, Evidence, Hit};
use crate::text::leans_on_what_precedes;

mod confidence;

pub use confidence::{ANSWER_THRESHOLD, N_SIGNALS, NOTHING_THRESHOLD, Signals};

/// A quote is extended by the sentence before it up to this many bytes in all.
const MAX_QUOTE_BYTES: usize = 600;

/// What Quoth has to say to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How sure it is.
    pub outcome: Outcome,
    /// Probability that the articles answer the question, 0 to 1, as fitted on the development
    /// sets.
    pub confidence: f32,
    /// Best first. For [`Outcome::Nothing`] empty.
    pub quotes: Vec<Quote>,
}

/// The three things an asker can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first quote answers.
    Answer,
    /// Nothing answers; the quotes are the nearest passages' best sentences.
    Closest,
    /// Nothing in the corpus is about this.
    Nothing,
}

/// A verbatim piece of a stored document. Invariants: `span` slices the document's text, and
/// `bold` lies inside `span`.
#[derive(Clone, Debug)]
pub struct Quote {
    article: Arc<Article>,
    span: Span,
    bold: Span,
    context: (Option<Span>, Option<Span>),
    /// Comparable within one answer only.
    pub score: Score,
    /// Why this is here.
    pub evidence: Evidence,
    /// Other documents that say the same.
    pub also_in: Vec<DocumentId>,
}

impl Quote {
    /// The quote of a hit: the sentence its bold words stand in, or the two or three they reach
    /// over, with the sentence before where the first cannot stand alone. `None` if the hit does
    /// not fit its document, which a hit of `retrieve` does.
    pub fn of(hit: &Hit) -> Option<Quote> {
        let passage = hit.passage()?;
        let text = &hit.article.document.text;
        let mut sentences = passage
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| sentence.overlaps(hit.bold))
            .map(|(position, _)| position);
        let mut first = sentences.next()?;
        let last = sentences.next_back().unwrap_or(first);
        let cover = |first: usize| -> Option<Span> {
            Some(
                passage
                    .sentences
                    .get(first)?
                    .cover(*passage.sentences.get(last)?),
            )
        };
        while first > 0
            && reads_on(
                &hit.article.document,
                *passage.sentences.get(first - 1)?,
                *passage.sentences.get(first)?,
            )
            && leans_on_what_precedes(cover(first)?.slice(text)?, hit.article.document.language)
            && cover(first - 1)?.len() <= MAX_QUOTE_BYTES
            && last - (first - 1) < 3
        {
            first -= 1;
        }
        let span = cover(first)?;
        let bold = Span::new(hit.bold.start.max(span.start), hit.bold.end.min(span.end));
        bold.slice(text).filter(|bold| !bold.is_empty())?;
        span.slice(text)?;
        Some(Quote {
            context: neighbours(&hit.article, passage, span),
            article: Arc::clone(&hit.article),
            span,
            bold,
            score: hit.score,
            evidence: hit.evidence.clone(),
            also_in: hit.also_in.clone(),
        })
    }

    /// The document it is cut from.
    pub fn article(&self) -> &Article {
        &self.article
    }

    /// Where it stands: bytes of the document's text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The words that answer: bytes of [`Quote::text`].
    pub fn bold(&self) -> Span {
        self.bold.relative_to(self.span.start).unwrap_or_default()
    }

    /// The quoted text, sliced from the document.
    pub fn text(&self) -> &str {
        self.span
            .slice(&self.article.document.text)
            .unwrap_or_default()
    }

    /// The sentence before the quote under the same heading, empty if there is none.
    pub fn before(&self) -> &str {
        self.neighbour(self.context.0)
    }

    /// The sentence after the quote under the same heading, empty if there is none.
    pub fn after(&self) -> &str {
        self.neighbour(self.context.1)
    }

    fn neighbour(&self, span: Option<Span>) -> &str {
        span.and_then(|span| span.slice(&self.article.document.text))
            .unwrap_or_default()
    }
}

/// Answers from hits, best first. The first hit decides the outcome.
pub fn compose(question: &str, hits: &[Hit]) -> Answer {
    let confidence = Signals::of(question, hits).map_or(0.0, |signals| signals.confidence());
    let outcome = if confidence >= ANSWER_THRESHOLD {
        Outcome::Answer
    } else if confidence >= NOTHING_THRESHOLD {
        Outcome::Closest
    } else {
        Outcome::Nothing
    };
    let quotes = match outcome {
        Outcome::Nothing => Vec::new(),
        Outcome::Answer | Outcome::Closest => hits.iter().filter_map(Quote::of).collect(),
    };
    Answer {
        outcome,
        confidence,
        quotes,
    }
}

/// Whether two sentences can be shown as one text: they stand in one block, or the first ends a paragraph of prose. An item of a list and
/// a row of a table would seem to go on in what follows them.
fn reads_on(document: &Document, one: Span, next: Span) -> bool {
    let mut blocks = document.blocks.iter();
    let Some(block) = blocks.find(|block| block.span.contains(one)) else {
        return false;
    };
    // Quotation marks and the marks of notes come behind the stop.
    let is_behind = |c: char| c.is_numeric() || "\"”’'»)[],–".contains(c);
    let ends_in_stop = || {
        one.slice(&document.text).is_some_and(|text| {
            let is_stopped = text
                .trim_end_matches(is_behind)
                .ends_with(['.', '!', '?', '…', '。', '！', '？']);
            is_stopped && !text.contains(CELL_SEPARATOR)
        })
    };
    block.span.contains(next) || (block.kind == BlockKind::Paragraph && ends_in_stop())
}

/// The sentences right before and after `span`, under the same heading.
fn neighbours(article: &Article, passage: &Passage, span: Span) -> (Option<Span>, Option<Span>) {
    let section = || {
        article
            .passages
            .iter()
            .filter(|other| other.heading == passage.heading)
            .flat_map(|other| other.sentences.iter().copied())
    };
    let before = section()
        .filter(|sentence| sentence.end <= span.start)
        .max_by_key(|sentence| sentence.end);
    let after = section()
        .filter(|sentence| sentence.start >= span.end)
        .min_by_key(|sentence| sentence.start);
    (before, after)
}
