//! As many articles as a measurement needs, made from few, the same ones on every run.
//!
//! The first articles are the sources themselves; after them every source comes again and again
//! with sentences, names and numbers exchanged, so that no two are near-duplicates of each other
//! and the vocabulary stays that of news.

use std::fs;
use std::path::Path;

use anyhow::anyhow;
use quoth::corpus::load_bytes;
use quoth::document::{Collection, Span};
use quoth::engine::Writer;
use quoth::extract::extract;
use quoth::store::{Change, NewDocument};
use quoth::text::sentences;
use serde::Deserialize;

/// Articles stored and indexed in one commit, as `quoth add` does.
pub(crate) const BATCH: usize = 500;
/// Where the articles go.
pub(crate) const COLLECTION: Collection = Collection::Local;
/// When they are stored; any moment will do, the clock's would change the files.
const NOW_UNIX_MS: i64 = 1_750_000_000_000;
/// Longest title, in characters, that a plain text file can carry.
const MAX_TITLE_CHARS: usize = 120;

/// A title and a text in paragraphs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Article {
    pub(crate) title: String,
    pub(crate) text: String,
}

impl Article {
    /// The article as a plain text file whose first line is the title.
    pub(crate) fn to_file(&self) -> String {
        let title: String = self.title.chars().take(MAX_TITLE_CHARS).collect();
        let title = title
            .trim()
            .trim_end_matches(|c: char| !c.is_alphanumeric());
        format!("{title}\n\n{}\n", self.text)
    }
}

/// An endless series of articles.
pub(crate) struct Articles {
    sources: Vec<Article>,
    names: Vec<String>,
}

impl Articles {
    /// Made from the articles that Quoth ships.
    pub(crate) fn of_corpus() -> anyhow::Result<Articles> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut paths: Vec<_> = fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.sort();
        let mut sources = Vec::new();
        for path in paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "md"))
        {
            let draft = extract(path, &fs::read(path)?)?.draft;
            sources.push(Article {
                title: draft.metadata.title,
                text: draft.text,
            });
        }
        Articles::new(sources)
    }

    /// Made from these; there has to be one at least that names something.
    pub(crate) fn new(sources: Vec<Article>) -> anyhow::Result<Articles> {
        let mut names: Vec<String> = Vec::new();
        for source in &sources {
            let mut begins_sentence = true;
            for word in source.text.split_whitespace() {
                let name = word.trim_matches(|c: char| !c.is_alphanumeric());
                if !begins_sentence && is_name(name) {
                    names.push(name.to_owned());
                }
                begins_sentence = ends_sentence(word);
            }
        }
        if names.is_empty() {
            return Err(anyhow!("there is no article to vary"));
        }
        // Names that are frequent in the sources stay frequent in what is made of them.
        names.sort_unstable();
        Ok(Articles { sources, names })
    }

    /// How many articles there are before they are varied.
    pub(crate) fn n_sources(&self) -> usize {
        self.sources.len()
    }

    /// The article at a 0-based position.
    pub(crate) fn get(&self, idx: usize) -> Article {
        let source = self.source(idx);
        if idx < self.sources.len() {
            return source.clone();
        }
        let seed = mix(idx as u64, "");
        let donor: Vec<&str> = self.source(seed as usize).sentences();
        let mut paragraphs: Vec<String> = Vec::new();
        for (p_idx, paragraph) in source.text.split("\n\n").enumerate() {
            let varied: Vec<String> = sentences(paragraph, Span::new(0, paragraph.len()))
                .into_iter()
                .filter_map(|span| span.slice(paragraph))
                .enumerate()
                .map(|(s_idx, sentence)| {
                    let draw = mix(seed, sentence);
                    let foreign = donor.get((p_idx + s_idx) % donor.len().max(1));
                    match foreign {
                        Some(foreign) if draw.is_multiple_of(4) => self.vary(foreign, seed),
                        _ => self.vary(sentence, seed),
                    }
                })
                .collect();
            paragraphs.push(varied.join(" "));
        }
        Article {
            title: self.vary(&source.title, seed),
            text: paragraphs.join("\n\n"),
        }
    }

    fn source(&self, idx: usize) -> &Article {
        &self.sources[idx % self.sources.len()]
    }

    /// A text with its names exchanged, the same name always for the same, and its numbers shifted.
    fn vary(&self, text: &str, seed: u64) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        let mut begins_sentence = true;
        for token in text.split_inclusive(char::is_whitespace) {
            let from = token.find(char::is_alphanumeric).unwrap_or(token.len());
            let (head, rest) = token.split_at(from);
            let to = rest
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(rest.len());
            let (core, tail) = rest.split_at(to);
            out.push_str(head);
            if core.bytes().all(|b| b.is_ascii_digit()) {
                out.push_str(&shift(core, seed));
            } else if !begins_sentence && is_name(core) {
                let draw = mix(seed, core) as usize;
                out.push_str(&self.names[draw % self.names.len()]);
            } else {
                out.push_str(core);
            }
            out.push_str(tail);
            begins_sentence = ends_sentence(token.trim_end());
        }
        out
    }
}

impl Article {
    fn sentences(&self) -> Vec<&str> {
        sentences(&self.text, Span::new(0, self.text.len()))
            .into_iter()
            .filter_map(|span| span.slice(&self.text))
            .collect()
    }
}

/// Adds files, each with its article's position, in one commit.
pub(crate) fn add(
    writer: &mut Writer,
    files: impl IntoIterator<Item = (usize, String)>,
) -> anyhow::Result<()> {
    let mut changes = Vec::with_capacity(BATCH);
    for (idx, file) in files {
        let extension = if file.starts_with("<!doctype") {
            "html"
        } else {
            "txt"
        };
        let loaded = load_bytes(&format!("article-{idx:06}.{extension}"), file.as_bytes())
            .map_err(|skipped| anyhow!(skipped.reason))?;
        changes.push(Change::Put(Box::new(NewDocument {
            draft: loaded.draft,
            source: Some(loaded.source),
            replaces: None,
        })));
    }
    writer.apply(changes, NOW_UNIX_MS)?;
    Ok(())
}

fn is_name(word: &str) -> bool {
    word.len() >= 3 && word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase)
}

fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '”', '’', ')'])
        .ends_with(['.', '!', '?', ':'])
}

/// A number of the same length: its last two digits change, so that years stay years.
fn shift(digits: &str, seed: u64) -> String {
    let kept = digits.len().saturating_sub(2);
    let draw = mix(seed, digits) as usize;
    digits
        .bytes()
        .enumerate()
        .map(|(idx, byte)| match idx < kept {
            true => char::from(byte),
            false => char::from(b'1' + ((usize::from(byte) + draw / (idx + 1)) % 9) as u8),
        })
        .collect()
}

/// A well-spread number from a seed and a text (FNV-1a, then the finaliser of SplitMix64).
fn mix(seed: u64, text: &str) -> u64 {
    let mut hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
