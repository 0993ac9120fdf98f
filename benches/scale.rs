//! What Quoth costs as its collection grows: loading, adding, starting, asking, memory, disk.
//!
//! ```text
//! cargo bench --bench scale -- --articles 1000,10000,100000
//!     [--html]            loads pages of a news site in place of plain text, and measures the load alone
//!     [--news FILE]       one JSON object a line with `title` and `text`; else the shipped articles
//!     [--questions FILE]  one question a line; else a built-in list and titles of articles
//!     [--data-dir DIR]    keep the data directories there; else in a temporary directory
//! ```
//!
//! Loading and adding happen in this process. Asking happens in processes of its own, which this
//! program starts from itself, so that their memory is that of a process that only asks and their
//! first answer is that of a cold start (with the files in the page cache).

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use quoth::engine::{AskOptions, Engine, TopicOptions};
use quoth::neural::Models;
use quoth::retrieve::{Query, System};
use quoth::summary::Length;
use serde::{Deserialize, Serialize};

mod articles;
mod questions;

use articles::{Article, Articles, BATCH, COLLECTION};

/// Quotes asked for, as `quoth ask` does by default.
const K: usize = 3;
const N_QUESTIONS: usize = 200;
/// Questions asked at once, each by a thread.
const N_AT_ONCE: usize = 100;
/// Articles summarised one by one.
const N_SUMMARIZED: u64 = 100;
/// Topics that much news is about.
const TOPICS: [&str; 8] = [
    "oil prices",
    "the election",
    "interest rates",
    "football",
    "trade with Japan",
    "mobile phones",
    "the film awards",
    "company profits",
];
/// Articles added one by one after the load.
const N_ADDED: usize = 20;
/// Processes started for the median of the first answer.
const N_STARTS: usize = 5;
const MIB: f64 = 1_048_576.0;
/// Makes this program the process that asks.
const ASKING: &str = "--asking";

fn main() -> anyhow::Result<()> {
    let start = Instant::now();
    // Cargo says `--bench` to every bench.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    match arguments.as_slice() {
        [flag, data_dir] if flag == ASKING => ask(Path::new(data_dir), start),
        _ => measure(&Options::parse(arguments)?),
    }
}

struct Options {
    sizes: Vec<usize>,
    news: Option<PathBuf>,
    questions: Option<PathBuf>,
    data_dir: Option<PathBuf>,
    html: bool,
}

impl Options {
    fn parse(arguments: Vec<String>) -> anyhow::Result<Options> {
        let mut options = Options {
            sizes: vec![1_000],
            news: None,
            questions: None,
            data_dir: None,
            html: false,
        };
        let mut arguments = arguments.into_iter();
        while let Some(flag) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| anyhow!("`{flag}` needs a value"))
            };
            match flag.as_str() {
                "--articles" => {
                    options.sizes = value()?
                        .split(',')
                        .map(str::parse)
                        .collect::<Result<_, _>>()?;
                }
                "--news" => options.news = Some(value()?.into()),
                "--questions" => options.questions = Some(value()?.into()),
                "--html" => options.html = true,
                "--data-dir" => options.data_dir = Some(value()?.into()),
                _ => bail!("`{flag}` is not an option; the head of benches/scale.rs lists them"),
            }
        }
        Ok(options)
    }
}

/// One column of the table.
struct Column {
    n_articles: usize,
    load: Load,
    added: Vec<Duration>,
    starts: Vec<f64>,
    asked: Asked,
    disk_bytes: u64,
}

struct Load {
    elapsed: Duration,
    text_bytes: usize,
    n_passages: usize,
    memory: Memory,
}

fn measure(options: &Options) -> anyhow::Result<()> {
    let articles = match &options.news {
        Some(path) => Articles::new(read_news(path)?)?,
        None => Articles::of_corpus()?,
    };
    let questions = match &options.questions {
        Some(path) => fs::read_to_string(path)?
            .lines()
            .map(str::to_owned)
            .collect(),
        None => questions::questions(&articles, N_QUESTIONS),
    };
    let scratch = tempfile::tempdir()?;
    let root = options.data_dir.as_deref().unwrap_or(scratch.path());
    if options.html {
        let engine = open(&root.join("scale-html"))?;
        for &n_articles in &options.sizes {
            let Load {
                elapsed,
                text_bytes,
                ..
            } = load(&engine, &articles, n_articles, to_page)?;
            let (seconds, mib) = (elapsed.as_secs_f64(), text_bytes as f64 / MIB);
            let (articles_a_second, mib_a_second) = (n_articles as f64 / seconds, mib / seconds);
            writeln!(
                io::stdout(),
                "{n_articles} pages, {mib:.1} MiB: {articles_a_second:.0} a second, {mib_a_second:.2} MiB/s"
            )?;
        }
        return Ok(());
    }
    let mut columns = Vec::new();
    for &n_articles in &options.sizes {
        let data_dir = root.join(format!("scale-{n_articles}"));
        if data_dir.exists() {
            bail!("`{}` exists already", data_dir.display());
        }
        columns.push(column(n_articles, &data_dir, &articles, &questions)?);
    }
    write_table(&columns)
}

fn read_news(path: &Path) -> anyhow::Result<Vec<Article>> {
    let lines = fs::read_to_string(path).with_context(|| format!("`{}`", path.display()))?;
    lines
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn column(
    n_articles: usize,
    data_dir: &Path,
    articles: &Articles,
    questions: &[String],
) -> anyhow::Result<Column> {
    let engine = open(data_dir)?;
    let load = load(&engine, articles, n_articles, Article::to_file)?;
    let added = (0..N_ADDED)
        .map(|idx| add_one(&engine, articles, n_articles + idx))
        .collect::<Result<_, _>>()?;
    drop(engine);
    let disk_bytes = bytes_under(data_dir)?;
    let first = questions.get(..1).context("there are no questions")?;
    let mut starts = Vec::new();
    for _ in 0..N_STARTS {
        starts.push(run_asking(data_dir, first)?.first_answer_ms);
    }
    Ok(Column {
        n_articles,
        load,
        added,
        starts,
        asked: run_asking(data_dir, questions)?,
        disk_bytes,
    })
}

/// Loads the first `n` articles in batches; only reading, storing and indexing them is timed.
fn load(
    engine: &Engine,
    articles: &Articles,
    n: usize,
    to_file: fn(&Article) -> String,
) -> anyhow::Result<Load> {
    let mut elapsed = Duration::ZERO;
    let mut text_bytes = 0;
    let mut writer = engine.writer(COLLECTION)?;
    for from in (0..n).step_by(BATCH) {
        let files: Vec<(usize, String)> = (from..n.min(from + BATCH))
            .map(|idx| (idx, to_file(&articles.get(idx))))
            .collect();
        text_bytes += files.iter().map(|(_, file)| file.len()).sum::<usize>();
        let start = Instant::now();
        articles::add(&mut writer, files)?;
        elapsed += start.elapsed();
        if from % 10_000 == 0 {
            let seconds = elapsed.as_secs_f64();
            writeln!(io::stderr(), "{from} of {n} articles in {seconds:.1} s")?;
        }
    }
    let start = Instant::now();
    drop(writer);
    Ok(Load {
        elapsed: elapsed + start.elapsed(),
        text_bytes,
        n_passages: engine.n_passages(COLLECTION)?,
        memory: Memory::now(),
    })
}

/// The article as a page of a news site: its text between a menu, a list of other stories and a footer.
fn to_page(article: &Article) -> String {
    let paragraphs: String = article
        .text
        .split("\n\n")
        .map(|paragraph| format!("<p>{}</p>\n", html_escape::encode_text(paragraph)))
        .collect();
    let title = html_escape::encode_text(&article.title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} - The Courier</title>\n\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:site_name\" content=\"The Courier\">\n\
         <meta property=\"article:published_time\" content=\"2024-05-02T08:00:00Z\"></head>\n\
         <body><nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>\n{paragraphs}</article></main>\n\
         <aside><h2>Most read</h2><ul>{links}</ul></aside>\n\
         <footer><p>All rights reserved</p><ul>{links}</ul></footer></body></html>\n",
        links = "<li><a href=\"/story\">Another story of the day</a></li>".repeat(20),
    )
}

/// Adds one article as a command would, and asks until it is quoted.
fn add_one(engine: &Engine, articles: &Articles, idx: usize) -> anyhow::Result<Duration> {
    let topic = format!("Quarnwick-{idx}");
    let article = Article {
        title: format!("{topic} opens its doors"),
        text: format!(
            "The museum of {topic} opened its doors to visitors.\n\n{}",
            articles.get(idx).text
        ),
    };
    let query = Query::parse(&format!("what did the museum of {topic} open?"))?;
    let start = Instant::now();
    let mut writer = engine.writer(COLLECTION)?;
    articles::add(&mut writer, [(idx, article.to_file())])?;
    drop(writer);
    let answer = engine.ask(&query, &options(System::Full))?;
    let elapsed = start.elapsed();
    let is_found = answer
        .quotes
        .iter()
        .any(|quote| quote.article().document.metadata.title == article.title);
    match is_found {
        true => Ok(elapsed),
        false => bail!("the article on {topic} was added but not found"),
    }
}

/// What a process that asks has measured.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// From the start of the process.
    first_answer_ms: f64,
    full_ms: Vec<f64>,
    /// After those.
    memory: Memory,
    hybrid_ms: Vec<f64>,
    /// Titles for what is typed into a Discord option.
    complete_ms: Vec<f64>,
    /// One article in five sentences.
    article_ms: Vec<f64>,
    /// A topic in ten sentences, of at most a hundred articles.
    topic_ms: Vec<f64>,
    /// Each from the moment when all were asked.
    at_once_ms: Vec<f64>,
    memory_at_once: Memory,
}

/// Starts a process that asks; the questions go in as lines, the figures come out as JSON.
fn run_asking(data_dir: &Path, questions: &[String]) -> anyhow::Result<Asked> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(ASKING)
        .arg(data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("the pipe was asked for")?;
    stdin.write_all(questions.join("\n").as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("the asking process ended with {}", output.status);
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn ask(data_dir: &Path, start: Instant) -> anyhow::Result<()> {
    let mut lines = String::new();
    io::stdin().read_to_string(&mut lines)?;
    let queries: Vec<Query> = lines.lines().map(Query::parse).collect::<Result<_, _>>()?;
    let first = queries.first().context("there are no questions")?;
    let engine = open(data_dir)?;
    engine.ask(first, &options(System::Full))?;
    let first_answer_ms = ms(start.elapsed());
    let full_ms = one_by_one(&engine, &queries, System::Full)?;
    let memory = Memory::now();
    let hybrid_ms = one_by_one(&engine, &queries, System::Hybrid)?;
    let asked = Asked {
        first_answer_ms,
        full_ms,
        memory,
        hybrid_ms,
        complete_ms: completed(&engine)?,
        article_ms: summarized(&engine)?,
        topic_ms: on_topics(&engine)?,
        at_once_ms: at_once(&engine, &queries)?,
        memory_at_once: Memory::now(),
    };
    serde_json::to_writer(io::stdout(), &asked)?;
    Ok(())
}

fn one_by_one(engine: &Engine, queries: &[Query], system: System) -> anyhow::Result<Vec<f64>> {
    let options = options(system);
    timed(queries, |query| {
        engine.ask(query, &options)?;
        Ok(())
    })
}

/// Times `f` for each.
fn timed<T>(
    items: impl IntoIterator<Item = T>,
    f: impl Fn(T) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<f64>> {
    items
        .into_iter()
        .map(|item| {
            let start = Instant::now();
            f(item)?;
            Ok(ms(start.elapsed()))
        })
        .collect()
}

/// Nothing typed, beginnings, middles, and what no title holds, which looks at all of them.
fn completed(engine: &Engine) -> anyhow::Result<Vec<f64>> {
    timed(
        [
            "",
            "p",
            "pr",
            "price",
            "the new",
            "ing",
            "zzqx",
            "oil price rise",
        ],
        |typed| {
            engine.titles(&[COLLECTION], typed, 25)?;
            Ok(())
        },
    )
}

fn summarized(engine: &Engine) -> anyhow::Result<Vec<f64>> {
    let some = engine.summaries(COLLECTION, 0, N_SUMMARIZED)?;
    timed(some, |article| {
        let id = engine
            .resolve(article.reference)?
            .context("the article is there")?;
        let _ = engine.summarize(id, Length::Sentences(5))?;
        Ok(())
    })
}

fn on_topics(engine: &Engine) -> anyhow::Result<Vec<f64>> {
    let options = TopicOptions {
        collections: vec![COLLECTION],
        since: None,
        until: None,
        only_new: false,
        length: Length::Sentences(10),
    };
    timed(TOPICS, |topic| {
        let _ = engine.summarize_topic(&Query::parse(topic)?, &options)?;
        Ok(())
    })
}

/// Asks up to [`N_AT_ONCE`] questions at the same moment, each from a thread of its own.
fn at_once(engine: &Engine, queries: &[Query]) -> anyhow::Result<Vec<f64>> {
    let queries = queries.get(..N_AT_ONCE).unwrap_or(queries);
    let barrier = Barrier::new(queries.len());
    let options = options(System::Full);
    thread::scope(|scope| {
        let asking: Vec<_> = queries
            .iter()
            .map(|query| {
                scope.spawn(|| {
                    barrier.wait();
                    let start = Instant::now();
                    engine.ask(query, &options)?;
                    Ok(ms(start.elapsed()))
                })
            })
            .collect();
        asking
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| anyhow!("an asking thread panicked"))?
            })
            .collect()
    })
}

fn open(data_dir: &Path) -> anyhow::Result<Engine> {
    let threads = available_parallelism().map_or(1, usize::from);
    Ok(Engine::open(
        data_dir,
        Models::bundled(threads)?,
        Arc::new(|_| {}),
    )?)
}

fn options(system: System) -> AskOptions {
    let mut options = AskOptions::new(vec![COLLECTION], K);
    options.ranking.system = system;
    options
}

fn bytes_under(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => bytes_under(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

/// Resident memory as Linux tells it; zeros elsewhere.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Memory {
    all_mib: f64,
    /// Without the pages of mapped files, which the system takes back when it needs them.
    anonymous_mib: f64,
    peak_mib: f64,
}

impl Memory {
    fn now() -> Memory {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mib = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
                .map_or(0.0, |kib| kib / 1024.0)
        };
        Memory {
            all_mib: mib("VmRSS"),
            anonymous_mib: mib("RssAnon"),
            peak_mib: mib("VmHWM"),
        }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Memory {
            all_mib,
            anonymous_mib,
            peak_mib,
        } = self;
        write!(f, "{all_mib:.0} ({anonymous_mib:.0}, {peak_mib:.0})")
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// The smallest value that `share` of the values do not exceed.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

fn write_table(columns: &[Column]) -> anyhow::Result<()> {
    let quantiles = |values: &[f64]| {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| quantile(values, share));
        format!("{p50:.0} / {p95:.0} / {p99:.0}")
    };
    let added_ms = |c: &Column| c.added.iter().copied().map(ms).collect::<Vec<f64>>();
    type Row<'a> = (&'a str, &'a dyn Fn(&Column) -> String);
    let rows: [Row<'_>; 18] = [
        ("articles", &|c| c.n_articles.to_string()),
        ("passages", &|c| c.load.n_passages.to_string()),
        ("text, MiB", &|c| {
            format!("{:.1}", c.load.text_bytes as f64 / MIB)
        }),
        ("load, s", &|c| {
            format!("{:.1}", c.load.elapsed.as_secs_f64())
        }),
        ("load, articles/s", &|c| {
            format!("{:.0}", c.n_articles as f64 / c.load.elapsed.as_secs_f64())
        }),
        ("load, MiB/s", &|c| {
            format!(
                "{:.2}",
                c.load.text_bytes as f64 / MIB / c.load.elapsed.as_secs_f64()
            )
        }),
        ("on disk, MiB", &|c| {
            format!("{:.0}", c.disk_bytes as f64 / MIB)
        }),
        ("on disk, bytes per article", &|c| {
            (c.disk_bytes / c.n_articles.max(1) as u64).to_string()
        }),
        ("one article more, ms until quoted, p50 / p95 / p99", &|c| {
            quantiles(&added_ms(c))
        }),
        ("cold start to first answer, ms, p50", &|c| {
            format!("{:.0}", quantile(&c.starts, 0.5))
        }),
        ("ask, ms, p50 / p95 / p99", &|c| quantiles(&c.asked.full_ms)),
        ("ask without reader, ms, p50 / p95 / p99", &|c| {
            quantiles(&c.asked.hybrid_ms)
        }),
        ("titles for what is typed, ms, p50 / p95 / p99", &|c| {
            quantiles(&c.asked.complete_ms)
        }),
        ("summary of an article, ms, p50 / p95 / p99", &|c| {
            quantiles(&c.asked.article_ms)
        }),
        ("summary of a topic, ms, p50 / p95 / p99", &|c| {
            quantiles(&c.asked.topic_ms)
        }),
        ("asked at once: answered, slowest ms", &|c| {
            let at_once_ms = &c.asked.at_once_ms;
            format!("{}, {:.0}", at_once_ms.len(), quantile(at_once_ms, 1.0))
        }),
        ("resident MiB (anonymous, peak) after load", &|c| {
            c.load.memory.to_string()
        }),
        ("… of a process that asked / then at once", &|c| {
            format!("{} / {}", c.asked.memory, c.asked.memory_at_once)
        }),
    ];
    let mut out = io::stdout().lock();
    for (idx, (name, value)) in rows.iter().enumerate() {
        let values: Vec<String> = columns.iter().map(value).collect();
        writeln!(out, "| {name} | {} |", values.join(" | "))?;
        if idx == 0 {
            writeln!(out, "|---|{}", "--:|".repeat(columns.len()))?;
        }
    }
    Ok(())
}
