//! Reads pairs of question and passage with a folder's reader and says what it found, for the parity
//! check of `training/parity.py`.
//!
//! Each line of standard input is `{"question", "passage"}`; each line of output is
//! `{"text", "score", "relevance"}`, in order. Sentences do not bound the spans here, and nothing
//! stands before the passage, no title either, so that only the model, its tokenizer and its runtime are
//! compared.
//!
//!     cargo run --release --example read_pairs -- MODELS < PAIRS

use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use quoth::document::Span;
use quoth::neural::{Models, ReaderPassage};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Pair {
    question: String,
    passage: String,
}

#[derive(Serialize)]
struct Found<'a> {
    text: &'a str,
    score: f32,
    relevance: f32,
}

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("no folder of models")?;
    let models = Models::from_dir(Path::new(&folder), 1)?;
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let pair: Pair = serde_json::from_str(&line?)?;
        let passage = ReaderPassage {
            title: "",
            before: "",
            text: &pair.passage,
            sentences: &[Span::new(0, pair.passage.len())],
        };
        let readings = models
            .reader
            .read(&models.tokenizer, &pair.question, &[passage])?;
        let reading = readings.first().context("nothing was read")?;
        let found = Found {
            text: reading
                .span
                .and_then(|span| span.slice(&pair.passage))
                .unwrap_or_default(),
            score: reading.span_score,
            relevance: reading.relevance,
        };
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
    }
    Ok(())
}
