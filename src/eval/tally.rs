//! From single questions to the figures of a report.

use std::time::Duration;

use super::dataset::Dataset;
use super::pool::{Pool, latency, milliseconds};
use super::report::{
    Abstention, At, BySource, Cut, Gold, NQuestions, RankMetrics, Report, SpanMetrics,
};
use super::squad::K;
use super::{EvalError, metrics, plot, rss_mb, system_name};
use crate::answer::ANSWER_THRESHOLD;
use crate::retrieve::System;

/// Bins of equally many questions that confidence is held against.
const N_BINS: usize = 10;

/// Why a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Answerable,
    Impossible,
    /// Of its own paragraph alone.
    Gold,
    LeaveOut,
    Foreign,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Answerable => "answerable",
            Kind::Impossible => "impossible",
            Kind::Gold => "gold",
            Kind::LeaveOut => "leave_out",
            Kind::Foreign => "foreign",
        }
    }
}

/// What came of one question.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    pub(super) confidence: f32,
    pub(super) is_answered: bool,
    /// 1-based rank of the first hit in the gold paragraph.
    pub(super) passage_rank: Option<usize>,
    /// 1-based rank of the first hit whose bold words lie in the gold sentence.
    pub(super) sentence_rank: Option<usize>,
    pub(super) is_exact: bool,
    pub(super) f1: f64,
    /// `None` if the question was not taken.
    pub(super) took: Option<Duration>,
}

/// All that was found, by why it was asked.
#[derive(Default)]
pub(super) struct Tally {
    /// The file's questions in order.
    pub(super) own: Vec<(Kind, Judged)>,
    pub(super) gold: Vec<Judged>,
    pub(super) leave_out: Vec<Judged>,
    pub(super) foreign: Vec<Judged>,
}

impl Tally {
    fn of(&self, kind: Kind) -> Vec<Judged> {
        let own = self.own.iter().filter(|(asked, _)| *asked == kind);
        match kind {
            Kind::Answerable | Kind::Impossible => own.map(|(_, judged)| *judged).collect(),
            Kind::Gold => self.gold.clone(),
            Kind::LeaveOut => self.leave_out.clone(),
            Kind::Foreign => self.foreign.clone(),
        }
    }

    /// The file's questions, and those of others and without their paragraph if there are any.
    fn all(&self) -> impl Iterator<Item = &Judged> {
        let own = self.own.iter().map(|(_, judged)| judged);
        own.chain(&self.leave_out).chain(&self.foreign)
    }

    /// All questions as risk sees them: one that nothing answers is never answered rightly.
    fn risks(&self) -> Vec<metrics::Judged> {
        self.all()
            .map(|judged| (judged.confidence, judged.sentence_rank == Some(1)))
            .collect()
    }

    fn times(&self) -> Vec<Duration> {
        let own = self.own.iter();
        own.filter_map(|(_, judged)| judged.took).collect()
    }

    pub(super) fn report(
        &self,
        dataset: &Dataset,
        system: System,
        pool: &Pool,
    ) -> Result<Report, EvalError> {
        let answerable = self.of(Kind::Answerable);
        let impossible = self.of(Kind::Impossible);
        let at = |kind| coverage_at(&answerable, &self.of(kind));
        let risks = self.risks();
        let reliability = metrics::reliability(&risks, N_BINS);
        Ok(Report {
            dataset: dataset.name.clone(),
            system: system_name(system).to_owned(),
            n_documents: pool.n_documents(),
            n_passages: pool.n_passages()?,
            n_questions: self.own.len(),
            passage: ranks(&answerable, |judged| judged.passage_rank),
            sentence: ranks(&answerable, |judged| judged.sentence_rank),
            span: spans(&answerable),
            abstention: Abstention {
                threshold: hundredths(ANSWER_THRESHOLD),
                coverage: answered(&answerable).unwrap_or(0.0),
                false_answer_rate: answered(&impossible),
                leave_out_false_answer_rate: answered(&self.leave_out),
                foreign_false_answer_rate: answered(&self.foreign),
                aurc: metrics::aurc(&risks),
                calibration_error: metrics::calibration_error(&reliability),
                reliability,
            },
            latency_ms: latency(&self.times()),
            index: pool.indexing,
            rss_mb: rss_mb(),
            n_unanswerable: impossible.len(),
            n_rejected: self.own.len() - self.times().len(),
            n_asked: NQuestions {
                answerable: answerable.len(),
                impossible: impossible.len(),
                leave_out: self.leave_out.len(),
                foreign: self.foreign.len(),
            },
            gold: (!self.gold.is_empty()).then(|| Gold {
                sentence_r1: ranks(&self.gold, |judged| judged.sentence_rank).r1,
                span: spans(&self.gold),
            }),
            coverage_at: BySource {
                impossible: at(Kind::Impossible),
                leave_out: at(Kind::LeaveOut),
                foreign: at(Kind::Foreign),
            },
            n_answers_moved: dataset.n_answers_moved,
            n_answers_lost: dataset.n_answers_lost,
        })
    }

    pub(super) fn picture(&self, report: &Report) -> plot::Picture {
        let risks = self.risks();
        let n_answered = self.all().filter(|judged| judged.is_answered).count();
        let curve = metrics::risk_coverage(&risks);
        plot::Picture {
            title: format!("{} · {}", report.dataset, report.system),
            shipped: n_answered
                .checked_sub(1)
                .and_then(|i| curve.get(i).copied()),
            threshold: report.abstention.threshold,
            aurc: report.abstention.aurc,
            curve,
            reliability: report.abstention.reliability.clone(),
            times_ms: milliseconds(&self.times()),
            latency: report.latency_ms,
        }
    }
}

fn ranks(judged: &[Judged], rank: impl Fn(&Judged) -> Option<usize>) -> RankMetrics {
    let within = |cutoff: usize| {
        metrics::share(
            judged
                .iter()
                .map(|judged| rank(judged).is_some_and(|rank| rank <= cutoff)),
        )
    };
    RankMetrics {
        r1: within(1),
        r5: within(5),
        mrr10: metrics::mean(
            judged
                .iter()
                .map(|judged| metrics::reciprocal_rank(rank(judged), K)),
        ),
    }
}

fn spans(judged: &[Judged]) -> SpanMetrics {
    SpanMetrics {
        em: metrics::share(judged.iter().map(|judged| judged.is_exact)),
        f1: metrics::mean(judged.iter().map(|judged| judged.f1)),
    }
}

fn answered(judged: &[Judged]) -> Option<f64> {
    (!judged.is_empty()).then(|| metrics::share(judged.iter().map(|judged| judged.is_answered)))
}

fn coverage_at(answerable: &[Judged], others: &[Judged]) -> Option<At> {
    if others.is_empty() {
        return None;
    }
    let confidences =
        |judged: &[Judged]| -> Vec<f32> { judged.iter().map(|judged| judged.confidence).collect() };
    let (answerable, others) = (confidences(answerable), confidences(others));
    let (five, cut_five) = metrics::coverage_at(&answerable, &others, 0.05);
    let (twenty, cut_twenty) = metrics::coverage_at(&answerable, &others, 0.2);
    Some(At {
        five,
        twenty,
        thresholds: Cut {
            five: cut_five,
            twenty: cut_twenty,
        },
    })
}

/// A constant written with few digits, as it was written: 0.3 and not 0.30000001192.
fn hundredths(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}
