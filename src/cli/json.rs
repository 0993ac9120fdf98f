//! What `--json` prints, as serialisable views of the library's values.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::answer::{Answer, Outcome, Quote};
use crate::corpus::{Duplicate, Facts, Preview, Verdict};
use crate::document::{Document, DocumentRef, Metadata, Span};
use crate::store::{AuditEntry, DocumentSummary, Version};

/// One answer. Its fields are a promise to scripts.
#[derive(Serialize)]
pub(super) struct AnswerView<'a> {
    query: &'a str,
    outcome: &'static str,
    confidence: f32,
    took_ms: f64,
    quotes: Vec<QuoteView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationView<'a>>,
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
    score: f32,
}

impl<'a> AnswerView<'a> {
    pub(super) fn new(
        query: &'a str,
        answer: &'a Answer,
        also_in: &[Vec<DocumentRef>],
        took_ms: f64,
        explain: bool,
    ) -> AnswerView<'a> {
        AnswerView {
            query,
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
            score: quote.score,
        }
    }
}

/// One line of `list --json`.
#[derive(Serialize)]
pub(super) struct SummaryView<'a> {
    #[serde(flatten)]
    document: DocumentView<'a>,
    tags: &'a [String],
    language: &'static str,
    size_bytes: u64,
    source: Option<&'a str>,
}

impl<'a> SummaryView<'a> {
    pub(super) fn new(summary: &'a DocumentSummary) -> SummaryView<'a> {
        SummaryView {
            document: DocumentView::new(summary.reference, &summary.metadata),
            tags: &summary.metadata.tags,
            language: summary.language.code(),
            size_bytes: summary.size_bytes,
            source: summary.source_location.as_deref(),
        }
    }
}

/// `show --json`: `text` is what the spans of quotes address, in bytes.
#[derive(Serialize)]
pub(super) struct ArticleView<'a> {
    #[serde(flatten)]
    document: DocumentView<'a>,
    tags: &'a [String],
    language: &'static str,
    text: &'a str,
}

impl<'a> ArticleView<'a> {
    pub(super) fn new(document: &'a Document) -> ArticleView<'a> {
        ArticleView {
            document: DocumentView::new(document.reference, &document.metadata),
            tags: &document.metadata.tags,
            language: document.language.code(),
            text: &document.text,
        }
    }
}

/// `add --dry-run --json`.
#[derive(Serialize)]
pub(super) struct DryRunView<'a> {
    previews: Vec<PreviewView<'a>>,
    would_remove: Vec<String>,
}

impl<'a> DryRunView<'a> {
    pub(super) fn new(
        previews: &'a [Preview],
        would_remove: &BTreeSet<DocumentRef>,
    ) -> DryRunView<'a> {
        DryRunView {
            previews: previews.iter().map(PreviewView::new).collect(),
            would_remove: would_remove.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct PreviewView<'a> {
    location: &'a str,
    verdict: &'static str,
    /// The article it is a version or a repetition of.
    of: Option<String>,
    reason: Option<&'a str>,
    article: Option<FactsView<'a>>,
    duplicates: Vec<DuplicateView<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct FactsView<'a> {
    title: &'a str,
    date: Option<String>,
    outlet: Option<&'a str>,
    url: Option<&'a str>,
    tags: &'a [String],
    language: &'static str,
    words: usize,
    passages: usize,
    size_bytes: usize,
}

#[derive(Serialize)]
struct DuplicateView<'a> {
    id: String,
    title: &'a str,
    outlet: Option<&'a str>,
    shared: f32,
}

impl<'a> PreviewView<'a> {
    fn new(preview: &'a Preview) -> PreviewView<'a> {
        let (of, reason) = match &preview.verdict {
            Verdict::New => (None, None),
            Verdict::NewVersion(of) | Verdict::AlreadyLoaded(of) => (Some(of.to_string()), None),
            Verdict::Skipped(reason) => (None, Some(reason.as_str())),
        };
        PreviewView {
            location: &preview.location,
            verdict: preview.verdict.name(),
            of,
            reason,
            article: preview.facts.as_ref().map(FactsView::new),
            duplicates: preview.duplicates.iter().map(DuplicateView::new).collect(),
            warnings: &preview.warnings,
        }
    }
}

impl<'a> FactsView<'a> {
    fn new(facts: &'a Facts) -> FactsView<'a> {
        let metadata = &facts.metadata;
        FactsView {
            title: &metadata.title,
            date: metadata.published.map(|date| date.to_string()),
            outlet: metadata.outlet.as_deref(),
            url: metadata.url.as_deref(),
            tags: &metadata.tags,
            language: facts.language.code(),
            words: facts.n_words,
            passages: facts.n_passages,
            size_bytes: facts.size_bytes,
        }
    }
}

impl<'a> DuplicateView<'a> {
    fn new(duplicate: &'a Duplicate) -> DuplicateView<'a> {
        DuplicateView {
            id: duplicate.reference.to_string(),
            title: &duplicate.metadata.title,
            outlet: duplicate.metadata.outlet.as_deref(),
            shared: duplicate.shared,
        }
    }
}

/// One line of `history ID --json`; times are milliseconds since 1970-01-01 UTC.
#[derive(Serialize)]
pub(super) struct VersionView<'a> {
    id: String,
    version: u32,
    status: &'static str,
    title: &'a str,
    size_bytes: u64,
    added_unix_ms: i64,
    added_by: String,
    ended_unix_ms: Option<i64>,
    ended_by: Option<String>,
    restores: Option<u32>,
    source: Option<&'a str>,
}

impl<'a> VersionView<'a> {
    pub(super) fn new(version: &'a Version) -> VersionView<'a> {
        VersionView {
            id: version.reference.to_string(),
            version: version.version,
            status: version.status.name(),
            title: &version.title,
            size_bytes: version.size_bytes,
            added_unix_ms: version.added_unix_ms,
            added_by: version.added_by.to_string(),
            ended_unix_ms: version.ended_unix_ms,
            ended_by: version.ended_by.as_ref().map(ToString::to_string),
            restores: version.restores,
            source: version.source_location.as_deref(),
        }
    }
}

/// One line of `history --json`.
#[derive(Serialize)]
pub(super) struct AuditView<'a> {
    unix_ms: i64,
    actor: String,
    action: &'static str,
    collection: String,
    id: Option<String>,
    version: Option<u32>,
    detail: Option<&'a str>,
}

impl<'a> AuditView<'a> {
    pub(super) fn new(entry: &'a AuditEntry) -> AuditView<'a> {
        AuditView {
            unix_ms: entry.unix_ms,
            actor: entry.actor.to_string(),
            action: entry.action.name(),
            collection: entry.collection.to_string(),
            id: entry.subject.map(|(reference, _)| reference.to_string()),
            version: entry.subject.map(|(_, version)| version),
            detail: entry.detail.as_deref(),
        }
    }
}

fn pair(span: Span) -> [usize; 2] {
    [span.start, span.end]
}
