//! A process is killed in the middle of changes, again and again: what it acknowledged is there and
//! found, nothing is half there, nothing removed comes back.
//!
//! The process is this test binary, started again for one test, [`child`]. It says what it is about
//! to do and what it has done, and is killed after a drawn number of these words and a drawn moment
//! more. `QUOTH_TEST_KILLS` sets how often; 200 takes a few minutes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quoth::corpus::{self, Intent};
use quoth::document::{Collection, DocumentRef};
use quoth::engine::{AskOptions, Engine, Page};
use quoth::retrieve::{MAX_HITS, Query, System};
use quoth::store::Actor;
use serde::{Deserialize, Serialize};

use crate::support::{NOW, models, report};

const COLLECTION: Collection = Collection::Guild(7);
const KILLS: &str = "QUOTH_TEST_KILLS";
const CHILD: &str = "QUOTH_TEST_KILL_CHILD";
/// Kills of a usual run.
const DEFAULT_KILLS: u64 = 12;
/// Articles that are kept current at most, so that checking stays quick.
const MAX_LIVE: usize = 40;
/// Most operations of one child; it is killed long before.
const MAX_OPERATIONS: u32 = 10_000;

/// One operation of the child, by the words that stand for articles.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Operation {
    Add(Vec<String>),
    Replace(u32, String),
    Remove(Vec<u32>),
    Restore(u32),
    Reindex,
}

/// What the child says.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Said {
    Trying(Operation),
    /// With the numbers of what was added.
    Done(Vec<u32>),
}

/// Numbers and their words: what is current, and what was before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    live: BTreeMap<u32, String>,
    /// The word that `restore` brings back, of every number that has one.
    earlier: BTreeMap<u32, String>,
    /// The number that comes next.
    next: u32,
}

impl Model {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Add(words) => {
                for word in words {
                    self.next += 1;
                    self.live.insert(self.next, word.clone());
                }
            }
            Operation::Replace(number, word) => {
                if let Some(before) = self.live.insert(*number, word.clone()) {
                    self.earlier.insert(*number, before);
                }
            }
            Operation::Remove(numbers) => {
                for number in numbers {
                    if let Some(word) = self.live.remove(number) {
                        self.earlier.insert(*number, word);
                    }
                }
            }
            Operation::Restore(number) => {
                let Some(word) = self.earlier.get(number).cloned() else {
                    return;
                };
                if let Some(before) = self.live.insert(*number, word) {
                    self.earlier.insert(*number, before);
                }
            }
            Operation::Reindex => {}
        }
    }
}

/// A small generator of repeatable numbers (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_of(&mut self, numbers: &[u32]) -> Option<u32> {
        let n = u64::try_from(numbers.len()).unwrap();
        (n > 0).then(|| numbers[usize::try_from(self.below(n)).unwrap()])
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::vars_os()
        .find(|(found, _)| found == name)
        .and_then(|(_, value)| value.into_string().ok())
}

/// An article about a word that no other article holds.
fn article(word: &str) -> (corpus::Loaded, Intent) {
    let text = format!(
        "---\ntitle: The lighthouse of {word}\n---\n\nThe lighthouse of {word} was painted by \
         volunteers in June. It is closed to visitors while the lamp is repaired."
    );
    let loaded = corpus::load_bytes(&format!("{word}.md"), text.as_bytes()).unwrap();
    (loaded, Intent::AsNew)
}

fn number(number: u32) -> DocumentRef {
    DocumentRef {
        collection: COLLECTION,
        number,
    }
}

fn open(dir: &Path) -> Engine {
    Engine::open(dir, models(), Arc::new(|_| {})).unwrap()
}

/// The numbers that are current.
fn live(engine: &Engine) -> Vec<u32> {
    let all = engine.summaries(COLLECTION, 0, u64::MAX).unwrap();
    all.iter().map(|summary| summary.reference.number).collect()
}

/// Not a test of its own: what [`a_killed_process_loses_nothing_it_acknowledged`] starts and kills.
#[test]
fn child() {
    let Some(setting) = setting(CHILD) else {
        return;
    };
    let (seed, dir) = setting.split_once(' ').unwrap();
    let seed: u64 = seed.parse().unwrap();
    let engine = open(Path::new(dir));
    let mut draw = Draw(seed);
    let say = |said: Said| {
        let mut out = std::io::stdout().lock();
        let line = serde_json::to_string(&said).unwrap();
        writeln!(out, "\n@{line}").unwrap();
        out.flush().unwrap();
    };
    for step in 0..MAX_OPERATIONS {
        let operation = operation(&engine, &mut draw, &format!("zq{seed}x{step}"));
        say(Said::Trying(operation.clone()));
        say(Said::Done(run(&engine, operation)));
    }
}

/// The next operation; `word` begins the words it needs.
fn operation(engine: &Engine, draw: &mut Draw, word: &str) -> Operation {
    let live = live(engine);
    match draw.below(12) {
        0..=3 if live.len() < MAX_LIVE => {
            let n_added = 1 + draw.below(6);
            Operation::Add((0..n_added).map(|n| format!("{word}y{n}")).collect())
        }
        4..=6 => match draw.one_of(&live) {
            Some(number) => Operation::Replace(number, format!("{word}y0")),
            None => Operation::Reindex,
        },
        7..=8 => {
            let removed = engine.removed(COLLECTION, Page::first(20)).unwrap();
            let numbers: Vec<u32> = removed.iter().map(|v| v.reference.number).collect();
            match draw.one_of(&numbers) {
                Some(number) => Operation::Restore(number),
                None => Operation::Add(vec![format!("{word}y0")]),
            }
        }
        9 => Operation::Reindex,
        _ => {
            let mut numbers: Vec<u32> = (0..1 + draw.below(4))
                .filter_map(|_| draw.one_of(&live))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            Operation::Remove(numbers)
        }
    }
}

/// Carries an operation out and returns the numbers of what was added.
fn run(engine: &Engine, operation: Operation) -> Vec<u32> {
    let actor = Actor::Discord(1);
    match operation {
        Operation::Add(words) => {
            let articles = words.iter().map(|word| article(word)).collect();
            let published = engine.publish(COLLECTION, articles, &actor, NOW).unwrap();
            published
                .iter()
                .map(|p| p.reference.unwrap().number)
                .collect()
        }
        Operation::Replace(n, word) => {
            let (loaded, _) = article(&word);
            engine.replace(number(n), loaded, &actor, NOW).unwrap();
            Vec::new()
        }
        Operation::Remove(numbers) => {
            let references: Vec<DocumentRef> = numbers.into_iter().map(number).collect();
            engine.remove(COLLECTION, &references, &actor, NOW).unwrap();
            Vec::new()
        }
        Operation::Restore(n) => {
            engine.restore(number(n), None, &actor, NOW).unwrap();
            Vec::new()
        }
        Operation::Reindex => {
            engine.reindex(COLLECTION, &actor, NOW).unwrap();
            Vec::new()
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let n_kills = setting(KILLS).map_or(DEFAULT_KILLS, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut n_acknowledged = 0;
    let mut n_unfinished = 0;
    for seed in 0..n_kills {
        let (said, was_told) = killed(folder.path(), seed);
        let mut trying = None;
        for said in said {
            match said {
                Said::Trying(operation) => trying = Some(operation),
                Said::Done(added) => {
                    let operation = trying.take().unwrap();
                    let first = model.next + 1;
                    model.apply(&operation);
                    let expected: Vec<u32> = (first..=model.next).collect();
                    assert_eq!(added, expected, "kill {seed}: {operation:?}");
                    n_acknowledged += 1;
                }
            }
        }
        assert!(was_told, "kill {seed}: the child ended by itself");
        n_unfinished += u32::from(trying.is_some());
        model = check(folder.path(), model, trying.as_ref(), seed);
    }
    report(&format!(
        "{n_kills} kills, {n_acknowledged} acknowledged operations, {n_unfinished} cut short"
    ));
    assert!(n_acknowledged > 0 && n_unfinished > 0);
}

/// Starts a child, kills it at a drawn moment, and returns all it said; and whether it still ran.
fn killed(dir: &Path, seed: u64) -> (Vec<Said>, bool) {
    let mut draw = Draw(!seed);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{seed} {}", dir.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // An odd number is what stands after `Trying`: most kills fall into an operation.
    let n_words = usize::try_from(draw.below(12)).unwrap() | usize::from(draw.below(8) > 0);
    let mut said = Vec::new();
    while said.len() < n_words {
        let Some(line) = lines.next() else { break };
        said.extend(word(&line.unwrap()));
    }
    // Not a wait for something but the draw of a moment: whatever it cuts short, all has to hold.
    let until = Instant::now() + Duration::from_micros(draw.below(60_000));
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    let was_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had said before it died counts.
    said.extend(lines.map_while(Result::ok).filter_map(|line| word(&line)));
    (said, was_running)
}

fn word(line: &str) -> Option<Said> {
    // The last line may be cut off.
    serde_json::from_str(line.strip_prefix('@')?).ok()
}

/// Checks what is there after a kill and returns the model of it: with the operation that was cut
/// short or without it, and nothing in between.
fn check(dir: &Path, before: Model, trying: Option<&Operation>, seed: u64) -> Model {
    let engine = open(dir);
    let found: BTreeMap<u32, String> = engine
        .summaries(COLLECTION, 0, u64::MAX)
        .unwrap()
        .into_iter()
        .map(|summary| {
            let title = summary.metadata.title;
            let word = title.strip_prefix("The lighthouse of ").unwrap().to_owned();
            (summary.reference.number, word)
        })
        .collect();
    let mut after = before.clone();
    if let Some(operation) = trying {
        after.apply(operation);
    }
    let context = format!("kill {seed} in {trying:?}");
    let model = match found == before.live {
        true => before,
        false => after,
    };
    assert_eq!(found, model.live, "{context}");
    // One passage an article: the index holds these and no other.
    let n_passages = engine.n_passages(COLLECTION).unwrap();
    assert_eq!(n_passages, model.live.len(), "{context}");
    for (number, word) in &model.live {
        assert_eq!(search(&engine, word), [*number], "{context}: {word}");
    }
    for (number, word) in &model.earlier {
        if model.live.get(number) != Some(word) {
            assert_eq!(search(&engine, word), [0; 0], "{context}: {word}");
        }
    }
    model
}

/// The articles that hold a word.
fn search(engine: &Engine, word: &str) -> Vec<u32> {
    let mut options = AskOptions::new(vec![COLLECTION], MAX_HITS);
    options.ranking.system = System::Bm25;
    let query = Query::parse(word).unwrap();
    let hits = engine.search(&query, &options).unwrap().hits;
    hits.iter()
        .map(|hit| hit.article.document.reference.number)
        .collect()
}
