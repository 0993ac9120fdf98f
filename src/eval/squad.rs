//! Question answering: every question of a file against all its paragraphs.

use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Question};
use super::features::{self, Features, Right};
use super::output::{TextFile, run_lines};
use super::pool::{Asked, Pool, Scope};
use super::report::Report;
use super::tally::{Judged, Kind, Tally};
use super::{EvalError, metrics, plot, spread};
use crate::answer::Signals;
use crate::document::{Document, Span};
use crate::neural::Models;
use crate::retrieve::{Hit, MAX_HITS, Options, System};
use crate::text;

/// Hits that count for the metrics and the confidence.
pub(super) const K: usize = 10;

/// What to measure on a SQuAD file, and where to leave the details.
#[derive(Clone, Debug)]
pub struct SquadOptions {
    /// Which stages take part.
    pub system: System,
    /// Ask only this many questions, evenly spread over the file; the pool stays whole. It holds for
    /// the foreign file too.
    pub limit: Option<usize>,
    /// Ask each answerable question once more with its paragraph hidden.
    pub leave_out: bool,
    /// Ask this SQuAD file's questions too; none of them counts as answerable here.
    pub foreign: Option<PathBuf>,
    /// Leave a TREC run of the file's questions here; document `p7` is the file's paragraph 7,
    /// counted from 0.
    pub run: Option<PathBuf>,
    /// Leave an SVG picture here: risk–coverage curve, reliability, latency.
    pub plot: Option<PathBuf>,
    /// Leave JSON Lines here with what is known of each question's hits, for fitting. Answerable questions
    /// are then asked twice: the hits are those of an exhaustive reading, the signals those of the usual one.
    pub features: Option<PathBuf>,
}

/// Measures one SQuAD file, version 1.1 or 2.0.
///
/// Every different paragraph is a document of one pool in memory, its text unchanged; all questions
/// are asked of the whole pool, one after the other. `progress` hears `(questions asked, of all)`.
/// Cost: at most [`MAX_READ`](crate::retrieve::MAX_READ) reader passes a question, and as many again for
/// the features of an answerable one.
///
/// # Errors
/// [`EvalError`] naming the dataset that cannot be used or the result that cannot be written.
pub fn squad(
    path: &Path,
    options: &SquadOptions,
    models: Models,
    progress: &dyn Fn(usize, usize),
) -> Result<Report, EvalError> {
    let mut dataset = Dataset::read(path)?;
    let foreign = match &options.foreign {
        Some(path) => spread(Dataset::read(path)?.questions, options.limit),
        None => Vec::new(),
    };
    let open = |path: &Option<PathBuf>| path.as_deref().map(TextFile::create).transpose();
    let (run, plot, features) = (
        open(&options.run)?,
        open(&options.plot)?,
        open(&options.features)?,
    );
    let questions = spread(std::mem::take(&mut dataset.questions), options.limit);
    let paragraphs = std::mem::take(&mut dataset.paragraphs);
    let names = paragraphs
        .iter()
        .map(|paragraph| format!("p{}", paragraph.position))
        .collect();
    let drafts = paragraphs.into_iter().map(|p| p.draft).collect();
    let mut session = Session {
        pool: Pool::build(drafts, models)?,
        names,
        ranking: Options {
            system: options.system,
            k: K,
            exhaustive: false,
        },
        run,
        features,
    };

    let answerable = || questions.iter().filter(|question| question.is_answerable());
    // Without the reader there is nothing to learn from a paragraph of three sentences.
    let gold: Vec<&Question> = answerable()
        .filter(|_| options.system == System::Full)
        .collect();
    let hidden: Vec<&Question> = answerable().filter(|_| options.leave_out).collect();
    let total = questions.len() + gold.len() + hidden.len() + foreign.len();
    let mut n_asked = 0;
    let mut each = |session: &mut Session, question: &Question, kind| {
        let judged = session.ask(question, kind);
        n_asked += 1;
        progress(n_asked, total);
        judged
    };
    let mut tally = Tally::default();
    for question in &questions {
        let kind = if question.is_answerable() {
            Kind::Answerable
        } else {
            Kind::Impossible
        };
        let judged = each(&mut session, question, kind)?;
        tally.own.push((kind, judged));
    }
    for question in gold {
        let judged = each(&mut session, question, Kind::Gold)?;
        tally.gold.push(judged);
    }
    for question in hidden {
        let judged = each(&mut session, question, Kind::LeaveOut)?;
        tally.leave_out.push(judged);
    }
    for question in &foreign {
        let judged = each(&mut session, question, Kind::Foreign)?;
        tally.foreign.push(judged);
    }

    let report = tally.report(&dataset, options.system, &session.pool)?;
    for file in [session.run, session.features].into_iter().flatten() {
        file.finish()?;
    }
    if let Some(file) = plot {
        plot::draw(file, &tally.picture(&report))?;
    }
    Ok(report)
}

/// A pool with the files that hear of every question.
struct Session {
    pool: Pool,
    names: Vec<String>,
    ranking: Options,
    run: Option<TextFile>,
    features: Option<TextFile>,
}

impl Session {
    fn ask(&mut self, question: &Question, kind: Kind) -> Result<Judged, EvalError> {
        let scope = match kind {
            Kind::Gold => Scope::Only(question.paragraph),
            Kind::LeaveOut => Scope::Without(question.paragraph),
            Kind::Answerable | Kind::Impossible | Kind::Foreign => Scope::All,
        };
        let asked = self.pool.ask(&question.text, scope, self.ranking)?;
        let gold = Truth {
            // A foreign question's paragraph is in another file.
            paragraph: (kind != Kind::Foreign).then_some(question.paragraph),
            question,
        };
        let hits = asked.as_ref().map_or(&[][..], |asked| &asked.hits);
        if let (Some(file), true) = (&mut self.features, kind != Kind::Gold) {
            let all = Options {
                k: MAX_HITS,
                exhaustive: true,
                ..self.ranking
            };
            let exhaustive = (kind == Kind::Answerable)
                .then(|| self.pool.ask(&question.text, scope, all))
                .transpose()?
                .flatten();
            let read = exhaustive.as_ref().map_or(hits, |asked| &asked.hits);
            let line = features_line(kind, &gold, hits, read, &self.pool)?;
            file.write(&line)?;
        }
        let Some(asked) = &asked else {
            return Ok(Judged::default());
        };
        let is_own = matches!(kind, Kind::Answerable | Kind::Impossible);
        if let (Some(file), true) = (&mut self.run, is_own) {
            let ranked: Vec<(String, f32)> = asked
                .hits
                .iter()
                .filter_map(|hit| {
                    let position = self.pool.position(&hit.article.document)?;
                    Some((self.names.get(position)?.clone(), hit.score))
                })
                .collect();
            file.write(&run_lines(&question.id, &ranked, self.ranking.system))?;
        }
        Ok(judge(asked, &gold, &self.pool))
    }
}

/// What would be right.
struct Truth<'a> {
    paragraph: Option<usize>,
    question: &'a Question,
}

impl Truth<'_> {
    fn is_passage(&self, hit: &Hit, pool: &Pool) -> bool {
        self.question.is_answerable()
            && self.paragraph.is_some()
            && pool.position(&hit.article.document) == self.paragraph
    }

    fn is_sentence(&self, hit: &Hit, pool: &Pool) -> bool {
        self.is_passage(hit, pool)
            && self
                .question
                .golds
                .iter()
                .filter_map(|gold| gold.span)
                .any(|gold| gold_sentence(&hit.article.document, gold).contains(hit.bold))
    }

    fn f1(&self, bold: &str) -> f64 {
        let golds = self.question.golds.iter();
        golds
            .map(|gold| metrics::token_f1(bold, &gold.text))
            .fold(0.0, f64::max)
    }

    fn is_exact(&self, bold: &str) -> bool {
        let mut golds = self.question.golds.iter();
        golds.any(|gold| metrics::exact_match(bold, &gold.text))
    }
}

/// The sentence a gold answer stands in, or the cover of those it reaches over.
fn gold_sentence(document: &Document, gold: Span) -> Span {
    document
        .blocks
        .iter()
        .flat_map(|block| text::sentences(&document.text, block.span))
        .filter(|sentence| sentence.overlaps(gold))
        .reduce(Span::cover)
        .unwrap_or(gold)
}

fn bold(hit: &Hit) -> &str {
    hit.bold
        .slice(&hit.article.document.text)
        .unwrap_or_default()
}

fn judge(asked: &Asked, gold: &Truth<'_>, pool: &Pool) -> Judged {
    let hits = || asked.hits.iter();
    let first = asked.hits.first().map_or("", bold);
    Judged {
        confidence: asked.confidence,
        is_answered: asked.is_answered,
        passage_rank: hits()
            .position(|hit| gold.is_passage(hit, pool))
            .map(|i| i + 1),
        sentence_rank: hits()
            .position(|hit| gold.is_sentence(hit, pool))
            .map(|i| i + 1),
        is_exact: gold.is_exact(first),
        f1: gold.f1(first),
        took: Some(asked.took),
    }
}

fn features_line(
    kind: Kind,
    gold: &Truth<'_>,
    hits: &[Hit],
    read: &[Hit],
    pool: &Pool,
) -> Result<String, EvalError> {
    let line = features::Line {
        kind: kind.name(),
        question: &gold.question.text,
        gold: read.iter().any(|hit| gold.is_passage(hit, pool)),
        hits: read
            .iter()
            .map(|hit| {
                let right = Right {
                    passage: gold.is_passage(hit, pool),
                    sentence: gold.is_sentence(hit, pool),
                    f1: gold.f1(bold(hit)),
                };
                Features::of(hit, read, &right)
            })
            .collect(),
        signals: Signals::of(&gold.question.text, hits).map(|signals| signals.values()),
        is_right: hits
            .first()
            .is_some_and(|first| gold.is_sentence(first, pool)),
    };
    let mut json = serde_json::to_string(&line).expect("plain data with text keys has a JSON form");
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OWN: &str = r#"{"data": [{"title": "Lighthouse", "paragraphs": [
        {"context": "Åsa keeps the lighthouse. She paints boats in winter.", "qas": [
            {"id": "q 1", "question": "Who keeps the lighthouse?",
             "answers": [{"text": "Åsa", "answer_start": 0}]},
            {"id": "q2", "question": "Who sank the ferry?", "is_impossible": true, "answers": []}]},
        {"context": "The harbour office sells herring.\n\nIt opens at nine.", "qas": [
            {"id": "q3", "question": "What does the harbour office sell?",
             "answers": [{"text": "herring", "answer_start": 25}]},
            {"id": "q4", "question": "?!", "answers": [{"text": "nine", "answer_start": 1}]}]}]}]}"#;
    const OTHER: &str = r#"{"data": [{"paragraphs": [{"context": "Volcanoes erupt.", "qas": [
        {"id": "o1", "question": "What do volcanoes do?",
         "answers": [{"text": "erupt", "answer_start": 10}]}]}]}]}"#;

    /// Measures [`OWN`] with everything switched on; what was written to run, features and plot.
    fn measure(system: System) -> (Report, [String; 3]) {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        fs::write(file("own.json"), OWN).unwrap();
        fs::write(file("other.json"), OTHER).unwrap();
        let options = SquadOptions {
            system,
            limit: None,
            leave_out: true,
            foreign: Some(file("other.json")),
            run: Some(file("out.run")),
            plot: Some(file("out.svg")),
            features: Some(file("out.jsonl")),
        };
        let models = Models::bundled(1).unwrap();
        let report = squad(&file("own.json"), &options, models, &|_, _| {}).unwrap();
        let written =
            ["out.run", "out.jsonl", "out.svg"].map(|name| fs::read_to_string(file(name)).unwrap());
        (report, written)
    }

    #[test]
    fn every_question_counts_once_in_its_kind() {
        let (report, [run, features, plot]) = measure(System::Bm25);
        assert_eq!(report.dataset, "own");
        assert_eq!((report.n_documents, report.n_questions), (2, 4));
        assert_eq!((report.n_unanswerable, report.n_rejected), (1, 1));
        let asked = report.n_asked;
        assert_eq!((asked.answerable, asked.impossible), (3, 1));
        assert_eq!((asked.leave_out, asked.foreign), (3, 1));
        assert_eq!(report.n_answers_moved, 1);
        // Two of three: the third was not taken as a query.
        assert!((report.passage.r1 - 2.0 / 3.0).abs() < 1e-9);
        assert!((report.sentence.r1 - 2.0 / 3.0).abs() < 1e-9);
        assert!(run.starts_with("q_1 Q0 p0 1 "), "{run}");
        assert_eq!(features.lines().count(), 8);
        let hidden = features.lines().filter(|line| line.contains("leave_out"));
        assert!(
            hidden.clone().count() == 3 && hidden.clone().all(|l| l.contains("\"gold\":false"))
        );
        assert!(plot.starts_with("<svg"));
    }

    #[test]
    fn the_report_has_the_agreed_keys_in_order() {
        let (report, _) = measure(System::Full);
        // Of its own paragraph alone, each of the two questions that are taken finds its sentence.
        let gold = report.gold.expect("the reader took part");
        assert!((gold.sentence_r1 - 2.0 / 3.0).abs() < 1e-9, "{gold:?}");
        let json = serde_json::to_string(&report).unwrap();
        let mut rest = json.as_str();
        for key in [
            "dataset",
            "system",
            "n_documents",
            "n_passages",
            "n_questions",
            "passage",
            "r1",
            "r5",
            "mrr10",
            "sentence",
            "r1",
            "r5",
            "mrr10",
            "span",
            "em",
            "f1",
            "abstention",
            "threshold",
            "coverage",
            "false_answer_rate",
            "leave_out_false_answer_rate",
            "foreign_false_answer_rate",
            "aurc",
            "calibration_error",
            "reliability",
            "latency_ms",
            "p50",
            "p95",
            "p99",
            "index",
            "seconds",
            "documents_per_s",
            "rss_mb",
        ] {
            let key = format!("\"{key}\":");
            rest = rest
                .split_once(&key)
                .unwrap_or_else(|| panic!("{key} in {json}"))
                .1;
        }
        let mut table = Vec::new();
        report.write_table(&mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        for part in [
            "own · full: 4 questions",
            "sentence",
            "foreign",
            "as a query, which count as wrong: 1",
        ] {
            assert!(table.contains(part), "{table}");
        }
    }
}
