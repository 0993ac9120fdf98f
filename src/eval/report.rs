//! What a SQuAD measurement found, as JSON (DESIGN §7) and as a table.

use std::io::{self, Write};

use serde::Serialize;

/// The figures of one file and one system. Shares and metrics are 0 to 1; a share of nothing is
/// `None`. Its JSON has the fields in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// File name without its ending.
    pub dataset: String,
    /// `bm25`, `static`, `hybrid` or `full`.
    pub system: String,
    /// Different paragraphs.
    pub n_documents: usize,
    /// Passages they were cut into.
    pub n_passages: usize,
    /// Questions of the file that were asked.
    pub n_questions: usize,
    /// Over the answerable questions: the hit is from the gold paragraph.
    pub passage: RankMetrics,
    /// Over the answerable questions: the hit's bold words lie in the sentence that holds a gold
    /// answer there.
    pub sentence: RankMetrics,
    /// Over the answerable questions: the bold words of the first hit against the gold answers.
    pub span: SpanMetrics,
    /// Knowing when not to answer.
    pub abstention: Abstention,
    /// Of the file's questions, asked one at a time.
    pub latency_ms: Latency,
    /// Storing and indexing the paragraphs.
    pub index: Indexing,
    /// Resident memory in MiB after the last question; 0 where the system does not tell.
    pub rss_mb: f64,
    /// Of `n_questions`, those no paragraph answers.
    pub n_unanswerable: usize,
    /// Of `n_questions`, those that were not taken as a query; they count as wrong.
    pub n_rejected: usize,
    /// Questions behind the false answer rates.
    pub n_asked: NQuestions,
    /// The answerable questions asked of their own paragraph alone: what the reader is worth when the search
    /// has done its part. Only where the reader takes part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gold: Option<Gold>,
    /// For each kind of question that must not be answered: the coverage of answerable questions
    /// that a threshold would reach at which 5 % and 20 % of that kind are answered.
    pub coverage_at: BySource,
    /// Gold answers that were not where the file says, and were found elsewhere in the paragraph.
    pub n_answers_moved: usize,
    /// Gold answers that do not occur in their paragraph; no sentence is right for them.
    pub n_answers_lost: usize,
}

/// How high the first right hit ranks; all means are over all questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RankMetrics {
    /// The first hit is right.
    pub r1: f64,
    /// One of the first five is right.
    pub r5: f64,
    /// Reciprocal rank of the first right hit among ten.
    pub mrr10: f64,
}

/// Official SQuAD metrics, the best over the gold answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SpanMetrics {
    /// Exact match.
    pub em: f64,
    /// Token F1.
    pub f1: f64,
}

/// The first hit of a question's own paragraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Gold {
    /// Its bold words lie in the sentence that holds a gold answer.
    pub sentence_r1: f64,
    /// Its bold words against the gold answers.
    pub span: SpanMetrics,
}

/// What the confidence is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Abstention {
    /// The shipped threshold of confidence.
    pub threshold: f64,
    /// Answerable questions that are answered.
    pub coverage: f64,
    /// Questions the file marks as impossible that are answered.
    pub false_answer_rate: Option<f64>,
    /// Answerable questions that are answered although their paragraph is hidden.
    pub leave_out_false_answer_rate: Option<f64>,
    /// Questions of another file that are answered.
    pub foreign_false_answer_rate: Option<f64>,
    /// Area under the risk–coverage curve over all questions asked, by confidence; an answer is right if its
    /// sentence is, and never where the paragraph is hidden or the question another file's. Lower is better.
    pub aurc: f64,
    /// How far confidence and share of right answers lie apart, over ten bins of equally many of all questions asked.
    pub calibration_error: f64,
    /// The bins, by rising confidence: mean confidence and share of right answers.
    pub reliability: Vec<(f64, f64)>,
}

/// Milliseconds by nearest rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// How fast the pool was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Indexing {
    /// Seconds in all.
    pub seconds: f64,
    /// Documents a second.
    pub documents_per_s: f64,
}

/// Numbers of questions asked, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NQuestions {
    /// Of the file, with an answer.
    pub answerable: usize,
    /// Of the file, without one.
    pub impossible: usize,
    /// Answerable ones asked again without their paragraph.
    pub leave_out: usize,
    /// Of the other file.
    pub foreign: usize,
}

/// A value for each kind of question that must not be answered and was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BySource {
    /// The file's own questions without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<At>,
    /// Answerable ones without their paragraph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave_out: Option<At>,
    /// Another file's questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<At>,
}

/// Coverage at two rates of false answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct At {
    /// At most 5 % answered falsely.
    #[serde(rename = "5")]
    pub five: f64,
    /// At most 20 % answered falsely.
    #[serde(rename = "20")]
    pub twenty: f64,
    /// The thresholds that do it.
    pub thresholds: Cut,
}

/// Lowest confidences answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cut {
    /// For 5 % answered falsely.
    #[serde(rename = "5")]
    pub five: f64,
    /// For 20 % answered falsely.
    #[serde(rename = "20")]
    pub twenty: f64,
}

impl Report {
    /// Writes the figures as aligned text for people.
    ///
    /// # Errors
    /// Whatever `out` says.
    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} · {}: {} questions ({} without an answer) · {} documents · {} passages",
            self.dataset,
            self.system,
            self.n_questions,
            self.n_unanswerable,
            self.n_documents,
            self.n_passages
        )?;
        self.write_oddities(out)?;
        writeln!(out, "\n  {:<14}{:>8}{:>8}{:>8}", "", "R@1", "R@5", "MRR@10")?;
        for (name, ranks) in [("passage", self.passage), ("sentence", self.sentence)] {
            let RankMetrics { r1, r5, mrr10 } = ranks;
            writeln!(out, "  {name:<14}{r1:>8.3}{r5:>8.3}{mrr10:>8.3}")?;
        }
        let SpanMetrics { em, f1 } = self.span;
        writeln!(out, "\n  {:<14}{:>8}{:>8}", "", "EM", "F1")?;
        writeln!(out, "  {:<14}{em:>8.3}{f1:>8.3}", "span")?;
        if let Some(Gold { sentence_r1, span }) = self.gold {
            let SpanMetrics { em, f1 } = span;
            writeln!(
                out,
                "  {:<14}{em:>8.3}{f1:>8.3}   asked of the right paragraph alone; its sentence R@1 {sentence_r1:.3}",
                "  given it"
            )?;
        }
        self.write_abstention(out)?;
        let Latency { p50, p95, p99 } = self.latency_ms;
        writeln!(out, "\n  {:<14}{:>8}{:>8}{:>8}", "", "p50", "p95", "p99")?;
        writeln!(out, "  {:<14}{p50:>8.1}{p95:>8.1}{p99:>8.1}", "latency, ms")?;
        write_resources(out, &self.index, self.rss_mb)
    }

    fn write_oddities(&self, out: &mut dyn Write) -> io::Result<()> {
        for (n, what) in [
            (
                self.n_rejected,
                "questions not taken as a query, which count as wrong",
            ),
            (
                self.n_answers_moved,
                "gold answers not at their offset, taken where they occur nearest",
            ),
            (
                self.n_answers_lost,
                "gold answers that do not occur in their paragraph",
            ),
        ] {
            if n > 0 {
                writeln!(out, "  note: {what}: {n}")?;
            }
        }
        Ok(())
    }

    fn write_abstention(&self, out: &mut dyn Write) -> io::Result<()> {
        let Abstention {
            threshold,
            coverage,
            aurc,
            calibration_error,
            ..
        } = self.abstention;
        writeln!(
            out,
            "\n  answered at confidence ≥ {threshold}: {coverage:.3} of {} answerable questions; of all asked AURC {aurc:.3}, calibration error {calibration_error:.3}",
            self.n_asked.answerable
        )?;
        let rows = [
            (
                "impossible",
                self.n_asked.impossible,
                self.abstention.false_answer_rate,
                self.coverage_at.impossible,
            ),
            (
                "leave-out",
                self.n_asked.leave_out,
                self.abstention.leave_out_false_answer_rate,
                self.coverage_at.leave_out,
            ),
            (
                "foreign",
                self.n_asked.foreign,
                self.abstention.foreign_false_answer_rate,
                self.coverage_at.foreign,
            ),
        ];
        if rows.iter().all(|(.., rate, _)| rate.is_none()) {
            return Ok(());
        }
        writeln!(
            out,
            "\n  {:<14}{:>8}{:>10}{:>22}{:>22}",
            "must decline", "asked", "answered", "coverage at 5 % false", "at 20 % false"
        )?;
        for (name, n, rate, at) in rows {
            if let (Some(rate), Some(at)) = (rate, at) {
                writeln!(
                    out,
                    "  {name:<14}{n:>8}{rate:>10.3}{:>22.3}{:>22.3}",
                    at.five, at.twenty
                )?;
            }
        }
        Ok(())
    }
}

/// The last lines of a table: what indexing and memory cost.
pub(super) fn write_resources(
    out: &mut dyn Write,
    index: &Indexing,
    rss_mb: f64,
) -> io::Result<()> {
    writeln!(
        out,
        "\n  indexed in {:.2} s ({:.0} documents/s), {rss_mb:.0} MB resident",
        index.seconds, index.documents_per_s
    )
}
