//! What ranking weights and calibration are fitted on: one JSON line a question asked.

use serde::Serialize;

use crate::answer::N_SIGNALS;
use crate::retrieve::Hit;

/// One line.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// `answerable`, `impossible`, `leave_out` or `foreign`.
    pub(super) kind: &'static str,
    pub(super) question: &'a str,
    /// Whether one of the hits is from the gold paragraph.
    pub(super) gold: bool,
    /// Best first, of an answerable question after reading all that may be read; empty if it was not taken.
    pub(super) hits: Vec<Features<'a>>,
    /// What the confidence rests on when asked as usual, `null` if nothing was read.
    pub(super) signals: Option<[f32; N_SIGNALS]>,
    /// Whether the first hit is the right sentence when asked as usual.
    pub(super) is_right: bool,
}

/// What is known of one hit.
#[derive(Serialize)]
pub(super) struct Features<'a> {
    passage_right: bool,
    sentence_right: bool,
    f1: f64,
    fused: f32,
    lexical_rank: Option<u32>,
    dense_rank: Option<u32>,
    cosine: f32,
    coverage: f32,
    span_score: Option<f32>,
    relevance: Option<f32>,
    score: f32,
    n_matched: usize,
    /// 1-based position among these hits before the reader sorted them: hits that were folded into
    /// another are not counted.
    order: usize,
    /// The bold words, to look at.
    bold: &'a str,
}

/// What is right about a hit.
pub(super) struct Right {
    pub(super) passage: bool,
    pub(super) sentence: bool,
    /// Of the bold words, the best over the gold answers; 0 where there is none.
    pub(super) f1: f64,
}

impl<'a> Features<'a> {
    /// The features of `hit`, one of `hits`.
    pub(super) fn of(hit: &'a Hit, hits: &[Hit], right: &Right) -> Features<'a> {
        let evidence = &hit.evidence;
        Features {
            passage_right: right.passage,
            sentence_right: right.sentence,
            f1: right.f1,
            fused: evidence.fused,
            lexical_rank: evidence.lexical_rank,
            dense_rank: evidence.dense_rank,
            cosine: evidence.cosine,
            coverage: evidence.coverage,
            span_score: evidence.reading.map(|read| read.span_score),
            relevance: evidence.reading.map(|read| read.relevance),
            score: hit.score,
            n_matched: evidence.matched.len(),
            order: 1 + hits.iter().filter(|other| precedes(other, hit)).count(),
            bold: hit
                .bold
                .slice(&hit.article.document.text)
                .unwrap_or_default(),
        }
    }
}

/// Whether `a` stood before `b` in fused order: score descending, then passage.
fn precedes(a: &Hit, b: &Hit) -> bool {
    let key = |hit: &Hit| (hit.article.document.id, hit.ordinal);
    b.evidence
        .fused
        .total_cmp(&a.evidence.fused)
        .then(key(a).cmp(&key(b)))
        .is_lt()
}
