//! Document retrieval on BEIR folders: is the ranking sane outside question answering?

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::dataset::draft;
use super::output::{TextFile, run_lines};
use super::pool::{Pool, Scope, latency};
use super::report::{Indexing, Latency, write_resources};
use super::{EvalError, dataset_name, metrics, read_file, rss_mb, spread, system_name};
use crate::document::Draft;
use crate::neural::Models;
use crate::retrieve::{MAX_CHARS, MAX_HITS, Options, System};

/// What to measure on a BEIR folder.
#[derive(Clone, Debug)]
pub struct BeirOptions {
    /// Which stages take part.
    pub system: System,
    /// Ask only this many of the judged queries, evenly spread over them.
    pub limit: Option<usize>,
    /// Leave a TREC run here.
    pub run: Option<PathBuf>,
}

/// The figures of one folder and one system: means over all judged queries, 0 to 1.
///
/// There is no recall@100: a search returns at most [`MAX_HITS`] passages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BeirReport {
    /// Name of the folder.
    pub dataset: String,
    /// `bm25`, `static`, `hybrid` or `full`.
    pub system: String,
    /// Documents of the corpus.
    pub n_documents: usize,
    /// Judged queries that were asked.
    pub n_queries: usize,
    /// nDCG@10 with the grade as gain, as `trec_eval` has it.
    pub ndcg10: f64,
    /// Reciprocal rank of the first relevant document among ten.
    pub mrr10: f64,
    /// Share of the relevant documents among the first ten.
    pub recall10: f64,
    /// Share of the relevant documents among all found, which are at most twenty.
    pub recall20: f64,
    /// Of the queries, asked one at a time.
    pub latency_ms: Latency,
    /// Storing and indexing the corpus.
    pub index: Indexing,
    /// Resident memory in MiB after the last query; 0 where the system does not tell.
    pub rss_mb: f64,
    /// Passages the documents were cut into.
    pub n_passages: usize,
    /// Queries above 500 characters, which were cut at a word.
    pub n_cut: usize,
    /// Of `n_queries`, those without a text or not taken as a query; they score 0.
    pub n_rejected: usize,
}

impl BeirReport {
    /// Writes the figures as aligned text for people.
    ///
    /// # Errors
    /// Whatever `out` says.
    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} · {}: {} queries · {} documents · {} passages",
            self.dataset, self.system, self.n_queries, self.n_documents, self.n_passages
        )?;
        for (n, what) in [
            (self.n_cut, "queries cut to 500 characters"),
            (self.n_rejected, "queries not taken, which score 0"),
        ] {
            if n > 0 {
                writeln!(out, "  note: {what}: {n}")?;
            }
        }
        writeln!(
            out,
            "\n  {:>10}{:>10}{:>10}{:>10}",
            "nDCG@10", "MRR@10", "R@10", "R@20"
        )?;
        writeln!(
            out,
            "  {:>10.3}{:>10.3}{:>10.3}{:>10.3}",
            self.ndcg10, self.mrr10, self.recall10, self.recall20
        )?;
        let Latency { p50, p95, p99 } = self.latency_ms;
        writeln!(out, "\n  {:<14}{:>8}{:>8}{:>8}", "", "p50", "p95", "p99")?;
        writeln!(out, "  {:<14}{p50:>8.1}{p95:>8.1}{p99:>8.1}", "latency, ms")?;
        write_resources(out, &self.index, self.rss_mb)
    }
}

/// Measures one BEIR folder: `corpus.jsonl`, `queries.jsonl` and `qrels/*.tsv`, of which `test.tsv`
/// is taken if it is there and else the first by name.
///
/// A document ranks where its best passage does. `progress` hears `(queries asked, of all)`. A
/// document with the id of the query is not left out, as some BEIR tools do: in several collections
/// both are simply numbered.
///
/// # Errors
/// [`EvalError`] naming the file that cannot be used or written.
pub fn beir(
    dir: &Path,
    options: &BeirOptions,
    models: Models,
    progress: &dyn Fn(usize, usize),
) -> Result<BeirReport, EvalError> {
    let (names, drafts) = read_corpus(&dir.join("corpus.jsonl"))?;
    let texts = read_queries(&dir.join("queries.jsonl"))?;
    let topics: Vec<Topic> = read_qrels(&qrels_file(dir)?)?.into_iter().collect();
    let topics = spread(topics, options.limit);
    let mut run = options.run.as_deref().map(TextFile::create).transpose()?;
    let pool = Pool::build(drafts, models)?;
    let ranking = Options {
        system: options.system,
        k: MAX_HITS,
        exhaustive: false,
    };
    let (mut scores, mut times) = (Vec::new(), Vec::new());
    let mut n_cut = 0;
    for (topic, grades) in &topics {
        let text = texts.get(topic).map_or("", String::as_str);
        let question = cut(text);
        n_cut += usize::from(question.len() < text.trim().len());
        let mut ranked: Vec<(String, f32)> = Vec::new();
        if let Some(asked) = pool.ask(question, Scope::All, ranking)? {
            times.push(asked.took);
            for hit in &asked.hits {
                let name = pool
                    .position(&hit.article.document)
                    .and_then(|position| names.get(position));
                if let Some(name) = name.filter(|name| ranked.iter().all(|(seen, _)| seen != *name))
                {
                    ranked.push((name.clone(), hit.score));
                }
            }
        }
        if let Some(file) = &mut run {
            file.write(&run_lines(topic, &ranked, options.system))?;
        }
        scores.push(Scores::of(&ranked, grades));
        progress(scores.len(), topics.len());
    }
    if let Some(file) = run {
        file.finish()?;
    }
    let mean = |metric: fn(&Scores) -> f64| metrics::mean(scores.iter().map(metric));
    Ok(BeirReport {
        dataset: dir
            .canonicalize()
            .map_or_else(|_| dataset_name(dir), |full| dataset_name(&full)),
        system: system_name(options.system).to_owned(),
        n_documents: pool.n_documents(),
        n_queries: topics.len(),
        ndcg10: mean(|scores| scores.ndcg10),
        mrr10: mean(|scores| scores.mrr10),
        recall10: mean(|scores| scores.recall10),
        recall20: mean(|scores| scores.recall20),
        latency_ms: latency(&times),
        index: pool.indexing,
        rss_mb: rss_mb(),
        n_passages: pool.n_passages()?,
        n_cut,
        n_rejected: topics.len() - times.len(),
    })
}

/// A query's id with the grades of its judged documents.
type Topic = (String, BTreeMap<String, u32>);

struct Scores {
    ndcg10: f64,
    mrr10: f64,
    recall10: f64,
    recall20: f64,
}

impl Scores {
    fn of(ranked: &[(String, f32)], grades: &BTreeMap<String, u32>) -> Scores {
        let found: Vec<u32> = ranked
            .iter()
            .map(|(document, _)| grades.get(document).copied().unwrap_or(0))
            .collect();
        let relevant: Vec<u32> = grades
            .values()
            .copied()
            .filter(|grade| *grade > 0)
            .collect();
        let recall = |cutoff: usize| {
            let n_found = found
                .iter()
                .take(cutoff)
                .filter(|grade| **grade > 0)
                .count();
            n_found as f64 / relevant.len().max(1) as f64
        };
        let first = found.iter().position(|grade| *grade > 0).map(|i| i + 1);
        Scores {
            ndcg10: metrics::ndcg(&found, &relevant, 10),
            mrr10: metrics::reciprocal_rank(first, 10),
            recall10: recall(10),
            recall20: recall(20),
        }
    }
}

/// The beginning of a query that fits, ending with a whole word if there is more than one.
fn cut(query: &str) -> &str {
    let query = query.trim();
    let Some((end, next)) = query.char_indices().nth(MAX_CHARS) else {
        return query;
    };
    let head = query.get(..end).unwrap_or_default();
    let whole = match head.rfind(char::is_whitespace) {
        Some(space) if !next.is_whitespace() => head.get(..space).unwrap_or_default(),
        _ => head,
    };
    whole.trim_end()
}

#[derive(Deserialize)]
struct RawDocument {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct RawQuery {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

fn read_corpus(path: &Path) -> Result<(Vec<String>, Vec<Draft>), EvalError> {
    let documents: Vec<RawDocument> = read_lines(path)?;
    if documents.is_empty() {
        return Err(EvalError::Empty {
            path: path.to_owned(),
            what: "documents",
        });
    }
    Ok(documents
        .into_iter()
        .map(|document| {
            // A title without a text is still something to find.
            let text = if document.text.trim().is_empty() {
                document.title.clone()
            } else {
                document.text
            };
            (document.id, draft(&document.title, text))
        })
        .unzip())
}

fn read_queries(path: &Path) -> Result<BTreeMap<String, String>, EvalError> {
    let queries: Vec<RawQuery> = read_lines(path)?;
    Ok(queries
        .into_iter()
        .map(|query| (query.id, query.text))
        .collect())
}

/// The values of a JSON Lines file; blank lines are passed over.
fn read_lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, EvalError> {
    let text = read_file(path)?;
    let lines = text.lines().zip(1..);
    lines
        .filter(|(line, _)| !line.trim().is_empty())
        .map(|(line, number)| {
            serde_json::from_str(line).map_err(|error| malformed(path, number, &error))
        })
        .collect()
}

fn malformed(path: &Path, line: usize, reason: &dyn std::fmt::Display) -> EvalError {
    EvalError::Malformed {
        path: path.to_owned(),
        reason: format!("line {line}: {reason}"),
    }
}

fn qrels_file(dir: &Path) -> Result<PathBuf, EvalError> {
    let folder = dir.join("qrels");
    let preferred = folder.join("test.tsv");
    if preferred.exists() {
        return Ok(preferred);
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|source| EvalError::Read {
            path: folder.clone(),
            source,
        })?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "tsv"));
    files.sort();
    files.into_iter().next().ok_or(EvalError::Empty {
        path: folder,
        what: "`.tsv` file",
    })
}

/// Judgements by query id. Grades below 0 count as 0.
fn read_qrels(path: &Path) -> Result<BTreeMap<String, BTreeMap<String, u32>>, EvalError> {
    let text = read_file(path)?;
    let mut topics: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let &[topic, document, grade] = fields.as_slice() else {
            let reason = "expected query, document and grade, separated by tabs";
            return Err(malformed(path, number, &reason));
        };
        match grade.parse::<i64>() {
            Ok(grade) => {
                let grade = u32::try_from(grade.max(0)).unwrap_or(u32::MAX);
                let judged = topics.entry(topic.to_owned()).or_default();
                judged.insert(document.to_owned(), grade);
            }
            // The header.
            Err(_) if number == 1 => {}
            Err(_) => {
                let reason = format!("the grade `{grade}` is not a number");
                return Err(malformed(path, number, &reason));
            }
        }
    }
    if topics.is_empty() {
        return Err(EvalError::Empty {
            path: path.to_owned(),
            what: "judgements",
        });
    }
    Ok(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_queries_are_cut_at_a_word() {
        assert_eq!(cut("  short one "), "short one");
        let exact = "x".repeat(MAX_CHARS);
        assert_eq!(cut(&exact), exact);
        assert_eq!(cut(&format!("{exact}y")), exact);
        let words = "été ".repeat(200);
        let fitted = cut(&words);
        assert!(fitted.ends_with(" été") && fitted.chars().count() <= MAX_CHARS);
        assert_eq!(
            cut(&format!("{} tail", "x".repeat(MAX_CHARS - 2))).len(),
            498
        );
        assert_eq!(cut(&format!("{exact} tail")), exact);
    }

    #[test]
    fn judgements_are_read_with_their_header() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.tsv");
        fs::write(
            &path,
            "query-id\tcorpus-id\tscore\n1\ta\t2\r\n1\tb\t-1\n\n2\ta\t1\n",
        )
        .unwrap();
        let topics = read_qrels(&path).unwrap();
        assert_eq!(
            topics["1"],
            BTreeMap::from([("a".into(), 2), ("b".into(), 0)])
        );
        assert_eq!(topics["2"].len(), 1);
        for (content, expected) in [
            ("1\ta\t1\n2\tb\tx\n", "line 2"),
            ("1 a 1\n", "line 1"),
            ("query-id\tcorpus-id\tscore\n", "no judgements"),
        ] {
            fs::write(&path, content).unwrap();
            let error = read_qrels(&path).unwrap_err().to_string();
            assert!(
                error.contains(expected) && error.contains("test.tsv"),
                "{error}"
            );
        }
    }

    #[test]
    fn test_judgements_are_preferred() {
        let dir = tempfile::tempdir().unwrap();
        assert!(qrels_file(dir.path()).is_err());
        let folder = dir.path().join("qrels");
        fs::create_dir(&folder).unwrap();
        assert!(qrels_file(dir.path()).is_err());
        fs::write(folder.join("train.tsv"), "").unwrap();
        fs::write(folder.join("dev.tsv"), "").unwrap();
        assert!(qrels_file(dir.path()).unwrap().ends_with("dev.tsv"));
        fs::write(folder.join("test.tsv"), "").unwrap();
        assert!(qrels_file(dir.path()).unwrap().ends_with("test.tsv"));
    }

    #[test]
    fn a_broken_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("corpus.jsonl");
        fs::write(&path, "{\"_id\": \"1\", \"text\": \"x\"}\n{\"_id\": 2}\n").unwrap();
        let error = read_corpus(&path).unwrap_err().to_string();
        assert!(
            error.contains("corpus.jsonl") && error.contains("line 2"),
            "{error}"
        );
        fs::write(&path, "\n").unwrap();
        assert!(read_corpus(&path).is_err());
    }

    #[test]
    fn scores_by_hand() {
        let grades = BTreeMap::from([("a".into(), 1), ("b".into(), 0), ("c".into(), 1)]);
        let ranked = [("b".to_owned(), 3.0), ("c".to_owned(), 2.0)];
        let scores = Scores::of(&ranked, &grades);
        let log3 = 3f64.log2();
        assert!((scores.ndcg10 - (1.0 / log3) / (1.0 + 1.0 / log3)).abs() < 1e-9);
        assert_eq!((scores.mrr10, scores.recall10), (0.5, 0.5));
        let none = Scores::of(&ranked, &BTreeMap::new());
        assert_eq!((none.ndcg10, none.mrr10, none.recall20), (0.0, 0.0, 0.0));
    }
}
