//! The engine's parts in isolation and together: indexing, searching, reading, asking.
//!
//! `cargo bench --bench engine` measures with 1 000 and 10 000 articles; with 100 000 only where the
//! filter asks for it by name, since filling that engine takes minutes:
//! `cargo bench --bench engine -- 100k`. `QUOTH_MODEL_DIR` names a folder of other models for `reader` and `encode`.

use std::hint::black_box;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use quoth::config::{Config, Environment};
use quoth::document::Span;
use quoth::engine::{AskOptions, Engine};
use quoth::neural::{Models, ReaderPassage};
use quoth::retrieve::{Query, System};
use quoth::text::sentences;
use tempfile::TempDir;

mod articles;
mod questions;

use articles::{Articles, BATCH, COLLECTION};

/// Quotes asked for, as `quoth ask` does by default.
const K: usize = 3;
/// Word pieces of the passage that is read: a typical one.
const PASSAGE_PIECES: usize = 150;
/// Different questions asked in turn.
const N_QUESTIONS: usize = 64;
const LARGE: &str = "100k";

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .sample_size(20)
        .measurement_time(Duration::from_secs(8));
    let articles = Articles::of_corpus()?;
    index(&mut criterion, &articles);
    encode(&mut criterion, &articles)?;
    reader(&mut criterion, &articles)?;
    let mut sizes = vec![("1k", 1_000), ("10k", 10_000)];
    if std::env::args().any(|argument| argument.contains(LARGE)) {
        sizes.push((LARGE, 100_000));
    }
    for (name, n) in sizes {
        ask(&mut criterion, &articles, name, n)?;
    }
    criterion.final_summary();
    Ok(())
}

/// Files in memory → stored and searchable: one batch into an empty data directory.
fn index(criterion: &mut Criterion, articles: &Articles) {
    let mut group = criterion.benchmark_group("index");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("500", |bencher| {
        let files: Vec<(usize, String)> = files(articles, 0, BATCH).collect();
        bencher.iter_batched(
            || {
                (
                    Filled::empty().expect("a temporary directory can be made"),
                    files.clone(),
                )
            },
            |(filled, files)| {
                let mut writer = filled
                    .engine
                    .writer(COLLECTION)
                    .expect("nobody else writes");
                articles::add(&mut writer, files).expect("the articles are sound");
                drop(writer);
                filled
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Passage → vector, on one thread.
fn encode(criterion: &mut Criterion, articles: &Articles) -> anyhow::Result<()> {
    let models = models(1)?;
    let text = passage(&models, &articles.get(0).text);
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("{PASSAGE_PIECES} pieces"), |bencher| {
        bencher.iter(|| models.embed(black_box(&text)));
    });
    group.finish();
    Ok(())
}

/// The models of the folder that the environment names, or those in the binary.
fn models(n_threads: usize) -> anyhow::Result<Models> {
    let config = Config::resolve(&Environment::load(), None)?;
    Ok(match &config.model_dir {
        Some(folder) => Models::from_dir(folder, n_threads)?,
        None => Models::bundled(n_threads)?,
    })
}

/// Question and passage → answer span: one passage on one thread, and one round of `retrieve`.
fn reader(criterion: &mut Criterion, articles: &Articles) -> anyhow::Result<()> {
    let mut group = criterion.benchmark_group("reader");
    for (n_passages, n_threads) in [(1, 1), (3, threads())] {
        let models = models(n_threads)?;
        let texts: Vec<String> = (0..n_passages)
            .map(|idx| passage(&models, &articles.get(idx).text))
            .collect();
        let sentences: Vec<Vec<Span>> = texts
            .iter()
            .map(|text| sentences(text, Span::new(0, text.len())))
            .collect();
        let passages: Vec<ReaderPassage<'_>> = texts
            .iter()
            .zip(&sentences)
            .map(|(text, sentences)| ReaderPassage {
                title: "",
                before: "",
                text,
                sentences,
            })
            .collect();
        let name = format!("{n_passages} × {PASSAGE_PIECES} pieces, threads");
        group.bench_function(BenchmarkId::new(name, n_threads), |bencher| {
            bencher.iter(|| {
                models.reader.read(
                    &models.tokenizer,
                    "what did Putin refuse?",
                    black_box(&passages),
                )
            });
        });
    }
    group.finish();
    Ok(())
}

/// Question → ranked passages (BM25 and the vector scan, fused) and question → answer.
fn ask(criterion: &mut Criterion, articles: &Articles, name: &str, n: usize) -> anyhow::Result<()> {
    let queries: Vec<Query> = questions::questions(articles, N_QUESTIONS)
        .iter()
        .map(|question| Query::parse(question))
        .collect::<Result<_, _>>()?;
    // Filled by the first measurement that the filter lets through.
    let mut filled: Option<Filled> = None;
    for (group, system) in [("search", System::Hybrid), ("ask", System::Full)] {
        let mut options = AskOptions::new(vec![COLLECTION], K);
        options.ranking.system = system;
        let mut group = criterion.benchmark_group(group);
        group.bench_function(name, |bencher| {
            let engine = &filled
                .get_or_insert_with(|| Filled::with(articles, n).expect("the articles are sound"))
                .engine;
            let mut turn = queries.iter().cycle();
            bencher.iter(|| turn.next().map(|query| engine.ask(query, &options)));
        });
        group.finish();
    }
    Ok(())
}

/// An engine in a directory of its own, deleted with it.
struct Filled {
    engine: Engine,
    _data_dir: TempDir,
}

impl Filled {
    fn empty() -> anyhow::Result<Filled> {
        let data_dir = tempfile::tempdir()?;
        let models = Models::bundled(threads())?;
        Ok(Filled {
            engine: Engine::open(data_dir.path(), models, Arc::new(|_| {}))?,
            _data_dir: data_dir,
        })
    }

    fn with(articles: &Articles, n: usize) -> anyhow::Result<Filled> {
        let filled = Filled::empty()?;
        let mut writer = filled.engine.writer(COLLECTION)?;
        for from in (0..n).step_by(BATCH) {
            articles::add(&mut writer, files(articles, from, n.min(from + BATCH)))?;
        }
        drop(writer);
        Ok(filled)
    }
}

fn files(articles: &Articles, from: usize, to: usize) -> impl Iterator<Item = (usize, String)> {
    (from..to).map(|idx| (idx, articles.get(idx).to_file()))
}

/// The beginning of a text, of about [`PASSAGE_PIECES`].
fn passage(models: &Models, text: &str) -> String {
    let mut passage = String::new();
    for sentence in sentences(text, Span::new(0, text.len())) {
        if models.tokenizer.count(&passage) >= PASSAGE_PIECES {
            break;
        }
        passage.push_str(sentence.slice(text).unwrap_or_default());
        passage.push(' ');
    }
    passage
}

fn threads() -> usize {
    available_parallelism().map_or(1, usize::from)
}
