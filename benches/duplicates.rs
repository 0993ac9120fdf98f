//! How well near-duplicates are found, and what it costs.
//!
//! ```text
//! cargo bench --bench duplicates -- --news FILE [--articles N]
//! ```
//!
//! FILE holds one JSON object a line with `title` and `text`. The first N articles of at least 100
//! words are stored; of each, edited copies are made by rule and looked up. Everything is drawn from
//! fixed seeds. SimHash (Charikar 2002; 64 bits over the same shingles) is measured beside the MinHash
//! signatures in use.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use quoth::corpus::{Shingles, signature};
use quoth::document::{Collection, DocumentId, Draft, Language, Metadata, Span};
use quoth::store::{Actor, Change, Mark, NewDocument, Provenance, Store};
use quoth::text::{fold, sentences, words};
use serde::Deserialize;

const COLLECTION: Collection = Collection::Local;
const MIN_WORDS: usize = 100;
/// Candidates compared for one article, as `engine` does.
const MAX_COMPARED: usize = 6;
/// Distances of SimHash at which a pair counts as found.
const DISTANCES: [u32; 4] = [3, 6, 10, 14];

#[derive(Clone, Deserialize)]
struct Article {
    title: String,
    text: String,
}

fn main() -> anyhow::Result<()> {
    let mut news: Option<PathBuf> = None;
    let mut n_articles = 2_000;
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| anyhow!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--news" => news = Some(value.into()),
            "--articles" => n_articles = value.parse()?,
            _ => bail!("`{flag}` is not an option; the head of benches/duplicates.rs lists them"),
        }
    }
    let path = news.context("`--news FILE` is needed")?;
    let mut originals: Vec<Article> = Vec::new();
    for line in fs::read_to_string(&path)?.lines() {
        let article: Article = serde_json::from_str(line)?;
        if article.text.split_whitespace().count() >= MIN_WORDS {
            originals.push(article);
        }
        if originals.len() == n_articles {
            break;
        }
    }
    measure(&originals)
}

/// How a copy differs from its original.
#[derive(Clone, Copy)]
enum Edit {
    /// That many of a hundred words are another one, left out or doubled.
    Words(u64),
    /// Only that many of a hundred sentences are left, from the beginning.
    Cut(usize),
    /// A dateline, another headline, and a last sentence that is somebody else's.
    Wire,
    /// As much text of another article behind it as it has itself.
    Joined,
}

const EDITS: [(&str, Edit); 8] = [
    ("2 % of words", Edit::Words(2)),
    ("5 % of words", Edit::Words(5)),
    ("10 % of words", Edit::Words(10)),
    ("last 20 % cut", Edit::Cut(80)),
    ("last 50 % cut", Edit::Cut(50)),
    ("last 70 % cut", Edit::Cut(30)),
    ("wire prefix, other headline and ending", Edit::Wire),
    ("another article behind it", Edit::Joined),
];

fn edited(originals: &[Article], idx: usize, edit: Edit) -> String {
    let mut draw = Draw(idx as u64);
    let text = &originals[idx].text;
    let other = &originals[(idx + 1 + draw.below(originals.len() as u64 - 1)) % originals.len()];
    match edit {
        Edit::Words(percent) => {
            let pool: Vec<&str> = other.text.split_whitespace().collect();
            let mut edited = Vec::new();
            for word in text.split_whitespace() {
                if draw.below(100) >= percent as usize {
                    edited.push(word);
                    continue;
                }
                match draw.below(3) {
                    0 => {}
                    1 => edited.extend([word, word]),
                    _ => edited.push(pool[draw.below(pool.len() as u64)]),
                }
            }
            edited.join(" ")
        }
        Edit::Cut(percent) => {
            let sentences = spans(text);
            let n_kept = (sentences.len() * percent).div_ceil(100).max(1);
            let end = sentences[n_kept.min(sentences.len()) - 1].end;
            text.get(..end).unwrap_or(text).to_owned()
        }
        Edit::Wire => {
            let sentences = spans(text);
            let end = sentences[sentences.len().saturating_sub(2)].end;
            let kept = text.get(..end).unwrap_or(text);
            let ending = spans(&other.text)
                .last()
                .and_then(|span| span.slice(&other.text))
                .unwrap_or_default();
            format!("LONDON (Wire) - {kept} {ending}")
        }
        Edit::Joined => {
            let foreign: Vec<&str> = other.text.split_whitespace().collect();
            let n = text.split_whitespace().count().min(foreign.len());
            format!("{text}\n\n{}", foreign[..n].join(" "))
        }
    }
}

fn spans(text: &str) -> Vec<Span> {
    sentences(text, Span::new(0, text.len()))
}

/// A small generator of repeatable numbers (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.0) % n) as usize
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn simhash(text: &str) -> u64 {
    let words: Vec<u64> = words(text)
        .filter_map(|word| word.slice(text))
        .map(|word| {
            fold(word)
                .bytes()
                .fold(0, |hash, byte| mix(hash ^ u64::from(byte)).wrapping_add(1))
        })
        .collect();
    let mut sums = [0i32; 64];
    for run in words.windows(3) {
        let hash = run.iter().fold(0, |hash, word| mix(hash ^ word));
        for (bit, sum) in sums.iter_mut().enumerate() {
            *sum += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    sums.iter()
        .enumerate()
        .fold(0, |hash, (bit, sum)| hash | (u64::from(*sum > 0) << bit))
}

fn measure(originals: &[Article]) -> anyhow::Result<()> {
    let store = stored(originals)?;
    let shingles: Vec<Shingles> = originals.iter().map(|a| Shingles::new(&a.text)).collect();
    let hashes: Vec<u64> = originals.iter().map(|a| simhash(&a.text)).collect();
    let n = originals.len();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{n} articles\n| copy | candidate | near | others near | SimHash ≤ {DISTANCES:?} |\n|---|--:|--:|--:|--:|"
    )?;
    let mut lookups = Vec::new();
    for (name, edit) in EDITS {
        let (mut n_candidate, mut n_near, mut n_others) = (0, 0, 0);
        let mut n_by_distance = [0; DISTANCES.len()];
        for idx in 0..n {
            let copy = edited(originals, idx, edit);
            let found = near(&store, &shingles, &copy, &mut lookups)?;
            n_candidate += usize::from(found.iter().any(|(id, _)| *id == idx));
            n_near += usize::from(found.iter().any(|(id, near)| *id == idx && *near));
            n_others += found
                .iter()
                .filter(|(id, near)| {
                    // Not what is a near-duplicate of the original, or of what was put behind it.
                    *id != idx && *near && !shingles[*id].overlap(&shingles[idx]).is_near()
                })
                .count();
            let distance = (simhash(&copy) ^ hashes[idx]).count_ones();
            for (count, limit) in n_by_distance.iter_mut().zip(DISTANCES) {
                *count += usize::from(distance <= limit);
            }
        }
        let share = |count: usize| format!("{:.3}", count as f64 / n as f64);
        writeln!(
            out,
            "| {name} | {} | {} | {n_others} | {} |",
            share(n_candidate),
            share(n_near),
            n_by_distance.map(share).join(" / ")
        )?;
    }
    among_originals(&store, originals, &shingles, &hashes, &mut out)?;
    lookups.sort_unstable();
    writeln!(
        out,
        "one look-up: {:?} at the median, {:?} at the 99th percentile",
        lookups[lookups.len() / 2],
        lookups[lookups.len() * 99 / 100]
    )?;
    Ok(())
}

/// Articles that are near-duplicates of each other as they come, and how many pairs SimHash takes for
/// such that share less than a tenth of their shingles.
fn among_originals(
    store: &Store,
    originals: &[Article],
    shingles: &[Shingles],
    hashes: &[u64],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut near_pairs = Vec::new();
    for (idx, article) in originals.iter().enumerate() {
        for (id, is_near) in near(store, shingles, &article.text, &mut Vec::new())? {
            if is_near && id < idx {
                near_pairs.push((shingles[id].overlap(&shingles[idx]).containment, id, idx));
            }
        }
    }
    near_pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut n_false = [0u64; DISTANCES.len()];
    let mut n_true = 0u64;
    for idx in 0..originals.len() {
        for id in 0..idx {
            let distance = (hashes[id] ^ hashes[idx]).count_ones();
            if distance > DISTANCES[DISTANCES.len() - 1] {
                continue;
            }
            let overlap = shingles[id].overlap(&shingles[idx]);
            n_true += u64::from(overlap.is_near());
            for (count, limit) in n_false.iter_mut().zip(DISTANCES) {
                *count += u64::from(distance <= limit && overlap.containment < 0.1);
            }
        }
    }
    writeln!(
        out,
        "pairs of articles as they come that are near: {}; SimHash finds {n_true} and pairs of less \
         than a tenth in common: {n_false:?}",
        near_pairs.len()
    )?;
    for (shared, a, b) in near_pairs.iter().take(5) {
        let titles = [a, b].map(|idx| originals[*idx].title.as_str());
        writeln!(out, "  {shared:.2}: {} / {}", titles[0], titles[1])?;
    }
    Ok(())
}

/// The candidates for a text, by position, and whether they are near-duplicates.
fn near(
    store: &Store,
    shingles: &[Shingles],
    text: &str,
    lookups: &mut Vec<Duration>,
) -> anyhow::Result<Vec<(usize, bool)>> {
    let ours = Shingles::new(text);
    let Some(signature) = ours.signature() else {
        return Ok(Vec::new());
    };
    let start = Instant::now();
    let found = store.lookalikes(COLLECTION, &signature, MAX_COMPARED)?;
    lookups.push(start.elapsed());
    Ok(found
        .iter()
        .map(|lookalike| {
            let idx = (lookalike.id.0 - 1) as usize;
            (idx, ours.overlap(&shingles[idx]).is_near())
        })
        .collect())
}

/// A store of the articles, whose ids are their positions from 1.
fn stored(articles: &[Article]) -> anyhow::Result<Store> {
    let mut store = Store::in_memory()?;
    for batch in articles.chunks(500) {
        let changes = batch
            .iter()
            .map(|article| {
                Change::Put(Box::new(NewDocument {
                    draft: Draft {
                        metadata: Metadata {
                            title: article.title.clone(),
                            ..Metadata::default()
                        },
                        language: Language::English,
                        text: article.text.clone(),
                        blocks: Vec::new(),
                    },
                    source: None,
                    replaces: None,
                }))
            })
            .collect();
        let mut provenance = Provenance::new(Actor::CommandLine, 0);
        provenance.marks = batch
            .iter()
            .map(|article| Mark {
                signature: signature(&article.text),
                copy_of: None,
            })
            .collect();
        store.apply_as(COLLECTION, changes, &provenance)?;
    }
    let first = store.live(COLLECTION)?.first().copied();
    assert_eq!(first, Some(DocumentId(1)));
    Ok(store)
}
