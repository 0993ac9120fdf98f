//! Summaries and digests.

use serde::Serialize;

use super::pair;
use crate::retrieve::Article;
use crate::summary::{
    DigestEntry, Disagreement, NoSummary, SummarySentence, TimelineEntry, TopicSummary,
};

/// `summarize --json`. Where there is no summary, `reason` says why and the lists are empty.
#[derive(Serialize)]
pub(in crate::cli) struct SummarizeView<'a> {
    query: Option<&'a str>,
    /// The query as it was understood, if words of it were misspelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    understood: Option<&'a str>,
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

/// As the articles' `DocumentView`, but a file that is not stored has no id and no collection.
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
pub(in crate::cli) struct DigestView<'a> {
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
    pub(in crate::cli) fn article(
        found: &'a Result<Vec<SummarySentence>, NoSummary>,
        took_ms: f64,
    ) -> SummarizeView<'a> {
        let sentences = found.as_deref().unwrap_or_default();
        SummarizeView {
            query: None,
            understood: None,
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

    pub(in crate::cli) fn topic(
        query: &'a str,
        understood: Option<&'a str>,
        found: &'a Result<TopicSummary, NoSummary>,
        took_ms: f64,
    ) -> SummarizeView<'a> {
        let summary = found.as_ref().ok();
        SummarizeView {
            query: Some(query),
            understood,
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
    pub(in crate::cli) fn new(
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
