//! What `--json` prints, as serialisable views of the library's values.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::answer::{Answer, Outcome, Quote};
use crate::corpus::{Duplicate, Facts, Preview, Verdict};
use crate::document::{Document, DocumentRef, Metadata, Span};
use crate::retrieve::Article;
use crate::store::{AuditEntry, DocumentSummary, Version};
use crate::summary::{
    DigestEntry, Disagreement, NoSummary, SummarySentence, TimelineEntry, TopicSummary,
};

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

/// `summarize --json`. Where there is no summary, `reason` says why and the lists are empty.
#[derive(Serialize)]
pub(super) struct SummarizeView<'a> {
    query: Option<&'a str>,
    outcome: &'static str,
    reason: Option<String>,
    sentences: Vec<SentenceView<'a>>,
    timeline: Vec<TimelineView<'a>>,
    disagreements: Vec<DisagreementView<'a>>,
    n_articles: usize,
    n_copies: usize,
    took_ms: f64,
}

/// A sentence; `text` is bytes `span` of the document's text.
#[derive(Serialize)]
struct SentenceView<'a> {
    text: &'a str,
    span: [usize; 2],
    reason: &'static str,
    document: SourceView<'a>,
    also_in: Vec<SourceView<'a>>,
}

/// As [`DocumentView`], but a file that is not stored has no id and no collection.
#[derive(Serialize)]
struct SourceView<'a> {
    id: Option<String>,
    title: &'a str,
    outlet: Option<&'a str>,
    published: Option<String>,
    url: Option<&'a str>,
    collection: Option<String>,
}

#[derive(Serialize)]
struct TimelineView<'a> {
    date: String,
    n_articles: usize,
    sentence: SentenceView<'a>,
}

#[derive(Serialize)]
struct DisagreementView<'a> {
    first: SentenceView<'a>,
    first_number: [usize; 2],
    second: SentenceView<'a>,
    second_number: [usize; 2],
}

/// `digest --json`.
#[derive(Serialize)]
pub(super) struct DigestView<'a> {
    outcome: &'static str,
    reason: Option<String>,
    entries: Vec<DigestEntryView<'a>>,
    took_ms: f64,
}

#[derive(Serialize)]
struct DigestEntryView<'a> {
    date: String,
    n_outlets: usize,
    sentence: SentenceView<'a>,
}

impl<'a> SummarizeView<'a> {
    pub(super) fn article(
        found: &'a Result<Vec<SummarySentence>, NoSummary>,
        took_ms: f64,
    ) -> SummarizeView<'a> {
        let sentences = found.as_deref().unwrap_or_default();
        SummarizeView {
            query: None,
            outcome: summary_outcome(found),
            reason: found.as_ref().err().map(ToString::to_string),
            sentences: sentences.iter().map(SentenceView::new).collect(),
            timeline: Vec::new(),
            disagreements: Vec::new(),
            n_articles: usize::from(found.is_ok()),
            n_copies: 0,
            took_ms,
        }
    }

    pub(super) fn topic(
        query: &'a str,
        found: &'a Result<TopicSummary, NoSummary>,
        took_ms: f64,
    ) -> SummarizeView<'a> {
        let summary = found.as_ref().ok();
        SummarizeView {
            query: Some(query),
            outcome: summary_outcome(found),
            reason: found.as_ref().err().map(ToString::to_string),
            sentences: summary.map_or_else(Vec::new, |s| {
                s.sentences.iter().map(SentenceView::new).collect()
            }),
            timeline: summary.map_or_else(Vec::new, |s| {
                s.timeline.iter().map(TimelineView::new).collect()
            }),
            disagreements: summary.map_or_else(Vec::new, |s| {
                s.disagreements.iter().map(DisagreementView::new).collect()
            }),
            n_articles: summary.map_or(0, |s| s.n_articles),
            n_copies: summary.map_or(0, |s| s.n_copies),
            took_ms,
        }
    }
}

fn summary_outcome<T>(found: &Result<T, NoSummary>) -> &'static str {
    match found {
        Ok(_) => "summary",
        Err(_) => "nothing",
    }
}

impl<'a> SentenceView<'a> {
    fn new(sentence: &'a SummarySentence) -> SentenceView<'a> {
        SentenceView {
            text: sentence.text(),
            span: pair(sentence.span()),
            reason: sentence.reason().name(),
            document: SourceView::new(sentence.article()),
            also_in: sentence
                .also_in()
                .iter()
                .map(|article| SourceView::new(article))
                .collect(),
        }
    }
}

impl<'a> SourceView<'a> {
    fn new(article: &'a Article) -> SourceView<'a> {
        let document = &article.document;
        let is_stored = !article.is_unstored();
        SourceView {
            id: is_stored.then(|| document.reference.to_string()),
            title: &document.metadata.title,
            outlet: document.metadata.outlet.as_deref(),
            published: document.metadata.published.map(|date| date.to_string()),
            url: document.metadata.url.as_deref(),
            collection: is_stored.then(|| document.reference.collection.to_string()),
        }
    }
}

impl<'a> TimelineView<'a> {
    fn new(entry: &'a TimelineEntry) -> TimelineView<'a> {
        TimelineView {
            date: entry.date.to_string(),
            n_articles: entry.n_articles,
            sentence: SentenceView::new(&entry.sentence),
        }
    }
}

impl<'a> DisagreementView<'a> {
    fn new(found: &'a Disagreement) -> DisagreementView<'a> {
        DisagreementView {
            first: SentenceView::new(&found.first),
            first_number: pair(found.first_number),
            second: SentenceView::new(&found.second),
            second_number: pair(found.second_number),
        }
    }
}

impl<'a> DigestView<'a> {
    pub(super) fn new(
        found: &'a Result<Vec<DigestEntry>, NoSummary>,
        took_ms: f64,
    ) -> DigestView<'a> {
        let entries = found.as_deref().unwrap_or_default().iter();
        DigestView {
            outcome: match found {
                Ok(_) => "digest",
                Err(_) => "nothing",
            },
            reason: found.as_ref().err().map(ToString::to_string),
            entries: entries
                .map(|entry| DigestEntryView {
                    date: entry.date.to_string(),
                    n_outlets: entry.n_outlets,
                    sentence: SentenceView::new(&entry.sentence),
                })
                .collect(),
            took_ms,
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
