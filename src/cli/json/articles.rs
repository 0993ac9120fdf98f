//! Articles, what loading one would do, and their history.

use std::collections::BTreeSet;

use serde::Serialize;

use super::DocumentView;
use crate::corpus::{Duplicate, Facts, Preview, Verdict};
use crate::document::{Document, DocumentRef};
use crate::store::{AuditEntry, DocumentSummary, Version};

/// One line of `list --json`.
#[derive(Serialize)]
pub(in crate::cli) struct SummaryView<'a> {
    #[serde(flatten)]
    document: DocumentView<'a>,
    tags: &'a [String],
    language: &'static str,
    size_bytes: u64,
    source: Option<&'a str>,
}

impl<'a> SummaryView<'a> {
    pub(in crate::cli) fn new(summary: &'a DocumentSummary) -> SummaryView<'a> {
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
pub(in crate::cli) struct ArticleView<'a> {
    #[serde(flatten)]
    document: DocumentView<'a>,
    tags: &'a [String],
    language: &'static str,
    text: &'a str,
}

impl<'a> ArticleView<'a> {
    pub(in crate::cli) fn new(document: &'a Document) -> ArticleView<'a> {
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
pub(in crate::cli) struct DryRunView<'a> {
    previews: Vec<PreviewView<'a>>,
    would_remove: Vec<String>,
}

impl<'a> DryRunView<'a> {
    pub(in crate::cli) fn new(
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
pub(in crate::cli) struct VersionView<'a> {
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
    pub(in crate::cli) fn new(version: &'a Version) -> VersionView<'a> {
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
pub(in crate::cli) struct AuditView<'a> {
    unix_ms: i64,
    actor: String,
    action: &'static str,
    collection: String,
    id: Option<String>,
    version: Option<u32>,
    detail: Option<&'a str>,
}

impl<'a> AuditView<'a> {
    pub(in crate::cli) fn new(entry: &'a AuditEntry) -> AuditView<'a> {
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
