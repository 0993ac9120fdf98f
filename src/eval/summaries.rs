//! Summaries against reference summaries: ROUGE of four systems at equal length.
//!
//! A file is JSON Lines, plain or compressed with gzip: `text` and `summary`, optionally `title`, and
//! `sentences` with `summary_sentences` (which of them the reference is made of), from which the line
//! breaks of the reference are taken. Every system gets as many words as the reference has.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::output::TextFile;
use super::rouge::{Rouge, Tokens, rouge};
use super::{EvalError, MAX_FILE_BYTES, dataset, dataset_name, read_bytes};
use crate::document::Span;
use crate::neural::Models;
use crate::retrieve::Article;
use crate::summary::{self, Candidate, FEATURE_NAMES, Length};
use crate::text;

/// How to measure.
#[derive(Clone, Debug, Default)]
pub struct SummaryOptions {
    /// Only this many articles, spread evenly over the file.
    pub limit: Option<usize>,
    /// Measure at the reference's number of sentences instead of words.
    pub by_sentences: bool,
    /// Where to write what the model is fitted on.
    pub features: Option<PathBuf>,
    /// Where to write each summary with its figures.
    pub pairs: Option<PathBuf>,
}

/// The figures of one file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryReport {
    /// File name without its endings.
    pub dataset: String,
    /// Pairs measured.
    pub n_articles: usize,
    /// `words` or `sentences`: what is equal among the systems.
    pub equal: &'static str,
    /// Mean F1 of each system.
    pub systems: Systems,
}

/// The systems compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Systems {
    /// The first sentences.
    pub lead: RougeScores,
    /// Sentences drawn by a fixed sequence.
    pub random: RougeScores,
    /// The sentences most like all others: mean cosine of their topic words.
    pub centrality: RougeScores,
    /// What Quoth gives.
    pub ours: RougeScores,
}

/// Means over all pairs, F1, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RougeScores {
    /// Words.
    pub rouge1: f64,
    /// Pairs of words.
    pub rouge2: f64,
    /// Longest common subsequences by sentence.
    #[serde(rename = "rougeLsum")]
    pub rouge_lsum: f64,
    /// Mean number of words of the summaries.
    pub words: f64,
}

const N_SYSTEMS: usize = 4;
/// The systems in the order they are measured in.
const NAMES: [&str; N_SYSTEMS] = ["lead", "random", "centrality", "ours"];

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    title: String,
    text: String,
    summary: String,
    #[serde(default)]
    sentences: Vec<String>,
    #[serde(default)]
    summary_sentences: Vec<usize>,
}

/// Measures the summaries of one file.
///
/// # Errors
/// [`EvalError`] if the file cannot be read, is not what it should be or holds no pair.
pub fn summaries(
    path: &Path,
    options: &SummaryOptions,
    models: &Models,
    on_progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<SummaryReport, EvalError> {
    let rows = super::spread(read(path)?, options.limit);
    let create = |path: &Option<PathBuf>| path.as_deref().map(TextFile::create).transpose();
    let (features, pairs) = (create(&options.features)?, create(&options.pairs)?);
    let total = rows.len();
    let n_done = std::sync::atomic::AtomicUsize::new(0);
    let measured: Vec<Measured> = rows
        .par_iter()
        .enumerate()
        .map(|(position, row)| {
            let measured = measure(position, row, options, models);
            let done = n_done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            on_progress(done, total);
            measured
        })
        .collect();
    for (path, lines) in [
        (
            features,
            measured.iter().map(|m| &m.features).collect::<Vec<_>>(),
        ),
        (pairs, measured.iter().map(|m| &m.pairs).collect()),
    ] {
        let Some(mut file) = path else { continue };
        for line in lines {
            file.write(line)?;
        }
        file.finish()?;
    }
    let mean = |system: usize| {
        let mut sum = RougeScores::default();
        for (rouge, n_words) in measured.iter().filter_map(|m| m.systems.get(system)) {
            sum.rouge1 += rouge.one;
            sum.rouge2 += rouge.two;
            sum.rouge_lsum += rouge.lsum;
            sum.words += *n_words as f64;
        }
        let n = measured.len().max(1) as f64;
        RougeScores {
            rouge1: sum.rouge1 / n,
            rouge2: sum.rouge2 / n,
            rouge_lsum: sum.rouge_lsum / n,
            words: sum.words / n,
        }
    };
    Ok(SummaryReport {
        dataset: dataset_name(Path::new(&dataset_name(path))),
        n_articles: total,
        equal: if options.by_sentences {
            "sentences"
        } else {
            "words"
        },
        systems: Systems {
            lead: mean(0),
            random: mean(1),
            centrality: mean(2),
            ours: mean(3),
        },
    })
}

struct Measured {
    systems: [(Rouge, usize); N_SYSTEMS],
    /// One line of JSON, or nothing.
    features: String,
    /// The same.
    pairs: String,
}

fn measure(position: usize, row: &Row, options: &SummaryOptions, models: &Models) -> Measured {
    let draft = dataset::draft(&row.title, row.text.clone());
    let article = Arc::new(Article::unstored(draft, models));
    let reference = reference_lines(row);
    let length = if options.by_sentences {
        Length::Sentences(reference.len())
    } else {
        Length::Words(reference.iter().map(|line| text::words(line).count()).sum())
    };
    let candidates = summary::candidates(&article, models);
    let n = candidates.len();
    let by_centrality = {
        let central = |i: &usize| candidates.get(*i).map_or(0.0, |c| c.features[0]);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| central(b).total_cmp(&central(a)).then(a.cmp(b)));
        order
    };
    let taken = |order: &[usize]| summary::take_in_order(&candidates, order, length);
    let ours = summary::article(&article, length, models)
        .map(|sentences| sentences.iter().map(|s| s.span()).collect())
        .unwrap_or_default();
    let spans: [Vec<Span>; N_SYSTEMS] = [
        taken(&(0..n).collect::<Vec<_>>()),
        taken(&shuffled(n, position as u64)),
        taken(&by_centrality),
        ours,
    ];
    let expected = Tokens::new(&reference.join("\n"));
    let document = &article.document.text;
    let texts = spans.each_ref().map(|spans| {
        let lines = spans.iter().filter_map(|span| span.slice(document));
        // A line end inside a sentence must not look like the end of one.
        lines
            .map(|line| line.replace('\n', " "))
            .collect::<Vec<_>>()
            .join("\n")
    });
    let systems = texts.each_ref().map(|text| {
        let n_words = text::words(text).count();
        (rouge(&expected, &Tokens::new(text)), n_words)
    });
    let line = |is_wanted: bool, line: &dyn Fn() -> String| match is_wanted {
        true => line(),
        false => String::new(),
    };
    Measured {
        features: line(options.features.is_some(), &|| {
            features_line(row, &reference, document, &candidates)
        }),
        pairs: line(options.pairs.is_some(), &|| {
            pairs_line(&reference, &texts, &systems)
        }),
        systems,
    }
}

/// What `training/check_rouge.py` reads: the summaries with their figures.
fn pairs_line(
    reference: &[String],
    texts: &[String; N_SYSTEMS],
    systems: &[(Rouge, usize); N_SYSTEMS],
) -> String {
    let summaries: serde_json::Map<String, serde_json::Value> = NAMES
        .iter()
        .zip(texts.iter().zip(systems))
        .map(|(name, (text, (rouge, _)))| {
            let summary = serde_json::json!({
                "text": text,
                "rouge1": rouge.one,
                "rouge2": rouge.two,
                "rougeLsum": rouge.lsum,
            });
            ((*name).to_owned(), summary)
        })
        .collect();
    let line = serde_json::json!({"reference": reference.join("\n"), "summaries": summaries});
    format!("{line}\n")
}

/// The reference with each of its sentences on a line, in its own order.
fn reference_lines(row: &Row) -> Vec<String> {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let summary = flat(&row.summary);
    let mut starts: Vec<usize> = row
        .summary_sentences
        .iter()
        .filter_map(|i| summary.find(&flat(row.sentences.get(*i)?)))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let known: Vec<String> = starts
        .iter()
        .enumerate()
        .filter_map(|(i, start)| {
            let end = starts.get(i + 1).copied().unwrap_or(summary.len());
            Some(summary.get(*start..end)?.trim().to_owned())
        })
        .collect();
    // Only if the sentences account for all of it.
    if starts.first() == Some(&0) && starts.len() == row.summary_sentences.len() {
        return known;
    }
    text::sentences(&summary, Span::new(0, summary.len()))
        .into_iter()
        .filter_map(|span| span.slice(&summary).map(str::to_owned))
        .collect()
}

/// What `training/fit_summary.py` reads: a row a sentence with whether the reference has it.
fn features_line(
    row: &Row,
    reference: &[String],
    document: &str,
    candidates: &[Candidate],
) -> String {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences: Vec<serde_json::Value> = candidates
        .iter()
        .map(|candidate| {
            let sentence = flat(candidate.span.slice(document).unwrap_or_default());
            let chosen = reference.iter().any(|line| {
                line.contains(&sentence) || (line.len() > 20 && sentence.contains(line.as_str()))
            });
            serde_json::json!({
                "text": sentence,
                "chosen": chosen,
                "words": candidate.n_words,
                "features": candidate.features,
            })
        })
        .collect();
    let line = serde_json::json!({
        "title": row.title,
        "names": FEATURE_NAMES,
        "reference": reference,
        "sentences": sentences,
    });
    format!("{line}\n")
}

/// The numbers below `n` in an order that depends on `seed` alone (Fisher and Yates, with the
/// generator SplitMix64 of Steele, Lea and Flood, OOPSLA 2014).
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let bound = i as u64 + 1;
        order.swap(i, usize::try_from(next() % bound).unwrap_or(0));
    }
    order
}

fn read(path: &Path) -> Result<Vec<Row>, EvalError> {
    let malformed = |reason: String| EvalError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let bytes = read_bytes(path)?;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        let decoder = MultiGzDecoder::new(bytes.as_slice());
        let n_read = decoder
            .take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut plain)
            .map_err(|error| malformed(error.to_string()))?;
        if n_read as u64 > MAX_FILE_BYTES {
            return Err(malformed(format!(
                "it unpacks to more than the limit of {MAX_FILE_BYTES} bytes"
            )));
        }
        plain
    } else {
        bytes
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        malformed(format!(
            "byte {} is not UTF-8",
            error.utf8_error().valid_up_to()
        ))
    })?;
    let rows: Vec<Row> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(i, line)| {
            serde_json::from_str(line)
                .map_err(|error| malformed(format!("line {}: {error}", i + 1)))
        })
        .collect::<Result<_, EvalError>>()?;
    if rows.is_empty() {
        return Err(EvalError::Empty {
            path: path.to_owned(),
            what: "summaries",
        });
    }
    Ok(rows)
}

impl SummaryReport {
    /// Writes the figures as aligned text for people.
    ///
    /// # Errors
    /// Whatever `out` says.
    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{}: {} articles, as many {} as the reference",
            self.dataset, self.n_articles, self.equal
        )?;
        writeln!(
            out,
            "\n  {:<14}{:>10}{:>10}{:>12}{:>8}",
            "F1", "ROUGE-1", "ROUGE-2", "ROUGE-Lsum", "words"
        )?;
        let Systems {
            lead,
            random,
            centrality,
            ours,
        } = &self.systems;
        for (name, scores) in NAMES.iter().zip([lead, random, centrality, ours]) {
            writeln!(
                out,
                "  {name:<14}{:>10.4}{:>10.4}{:>12.4}{:>8.1}",
                scores.rouge1, scores.rouge2, scores.rouge_lsum, scores.words
            )?;
        }
        Ok(())
    }
}
