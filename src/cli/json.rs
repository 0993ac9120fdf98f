//! What `--json` prints, as serialisable views of the library's values. Answers are here, the rest below.

use serde::Serialize;

use crate::answer::{Answer, Outcome, Quote};
use crate::document::{DocumentRef, Metadata, Span};

mod articles;
mod summary;

pub(super) use articles::{ArticleView, AuditView, DryRunView, SummaryView, VersionView};
pub(super) use summary::{DigestView, SummarizeView};

/// One answer. Its fields are a promise to scripts.
#[derive(Serialize)]
pub(super) struct AnswerView<'a> {
    query: &'a str,
    /// The query as it was understood, if words of it were misspelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    understood: Option<&'a str>,
    outcome: &'static str,
    confidence: f32,
    took_ms: f64,
    quotes: Vec<QuoteView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationView<'a>>,
}

/// A line that cannot be asked, in the place of its answer.
#[derive(Serialize)]
pub(super) struct RefusedView<'a> {
    pub(super) query: &'a str,
    pub(super) error: String,
}

#[derive(Serialize)]
struct QuoteView<'a> {
    text: &'a str,
    bold: [usize; 2],
    span: [usize; 2],
    context: ContextView<'a>,
    document: DocumentView<'a>,
    also_in: Vec<String>,
    score: f32,
}

#[derive(Serialize)]
struct ContextView<'a> {
    before: &'a str,
    after: &'a str,
}

#[derive(Serialize)]
struct DocumentView<'a> {
    id: String,
    title: &'a str,
    outlet: Option<&'a str>,
    published: Option<String>,
    url: Option<&'a str>,
    collection: String,
}

/// The evidence behind each quote, in their order.
#[derive(Serialize)]
struct ExplanationView<'a> {
    threshold: f32,
    hits: Vec<HitView<'a>>,
}

#[derive(Serialize)]
struct HitView<'a> {
    matched: &'a [String],
    lexical_rank: Option<u32>,
    dense_rank: Option<u32>,
    fused: f32,
    cosine: f32,
    coverage: f32,
    span_score: Option<f32>,
    relevance: Option<f32>,
    lead: Option<f32>,
    score: f32,
}

impl<'a> AnswerView<'a> {
    pub(super) fn new(
        query: &'a str,
        understood: Option<&'a str>,
        answer: &'a Answer,
        also_in: &[Vec<DocumentRef>],
        took_ms: f64,
        explain: bool,
    ) -> AnswerView<'a> {
        AnswerView {
            query,
            understood,
            outcome: outcome_name(answer.outcome),
            confidence: answer.confidence,
            took_ms,
            quotes: answer
                .quotes
                .iter()
                .zip(also_in)
                .map(|(quote, copies)| QuoteView::new(quote, copies))
                .collect(),
            explanation: explain.then(|| ExplanationView {
                threshold: crate::answer::ANSWER_THRESHOLD,
                hits: answer.quotes.iter().map(HitView::new).collect(),
            }),
        }
    }
}

pub(super) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answer => "answer",
        Outcome::Closest => "closest",
        Outcome::Nothing => "nothing",
    }
}

impl<'a> QuoteView<'a> {
    fn new(quote: &'a Quote, copies: &[DocumentRef]) -> QuoteView<'a> {
        let document = &quote.article().document;
        QuoteView {
            text: quote.text(),
            bold: pair(quote.bold()),
            span: pair(quote.span()),
            context: ContextView {
                before: quote.before(),
                after: quote.after(),
            },
            document: DocumentView::new(document.reference, &document.metadata),
            also_in: copies.iter().map(ToString::to_string).collect(),
            score: quote.score,
        }
    }
}

impl<'a> DocumentView<'a> {
    fn new(reference: DocumentRef, metadata: &'a Metadata) -> DocumentView<'a> {
        DocumentView {
            id: reference.to_string(),
            title: &metadata.title,
            outlet: metadata.outlet.as_deref(),
            published: metadata.published.map(|date| date.to_string()),
            url: metadata.url.as_deref(),
            collection: reference.collection.to_string(),
        }
    }
}

impl<'a> HitView<'a> {
    fn new(quote: &'a Quote) -> HitView<'a> {
        let evidence = &quote.evidence;
        HitView {
            matched: &evidence.matched,
            lexical_rank: evidence.lexical_rank,
            dense_rank: evidence.dense_rank,
            fused: evidence.fused,
            cosine: evidence.cosine,
            coverage: evidence.coverage,
            span_score: evidence.reading.map(|reading| reading.span_score),
            relevance: evidence.reading.map(|reading| reading.relevance),
            lead: evidence.reading.map(|reading| reading.lead),
            score: quote.score,
        }
    }
}

fn pair(span: Span) -> [usize; 2] {
    [span.start, span.end]
}
