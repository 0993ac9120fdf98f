//! Measuring Quoth: datasets in, figures out.
//!
//! Owns the reading of SQuAD, BEIR and summary files, the metrics, the report and its plots. It asks the same
//! [`Engine`](crate::engine::Engine) that answers people, over a pool that lives in memory, so what
//! is measured is what ships. It refuses to tune anything, to use the network and to print: reports
//! go to the writer that is given, other results to the files that are named.
//!
//! Invariants: the same file, options and models give the same figures (times and memory aside);
//! every mean is over all questions of its kind, those that were not even taken as a query included;
//! a malformed file is an [`EvalError`] that names it, never a panic.
//!
//! Read [`squad()`] first, then [`Report`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::EngineError;
use crate::retrieve::System;

mod beir;
mod dataset;
mod features;
mod metrics;
mod output;
mod plot;
mod pool;
mod report;
mod rouge;
mod squad;
mod summaries;
mod tally;

pub use beir::{BeirOptions, BeirReport, beir};
pub use report::{
    Abstention, At, BySource, Cut, Gold, Indexing, Latency, NQuestions, RankMetrics, Report,
    SpanMetrics,
};
pub use squad::{SquadOptions, squad};
pub use summaries::{RougeScores, SummaryOptions, SummaryReport, Systems, summaries};

/// A dataset file may have this many bytes; SQuAD's training part has 4 % of that.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// The name of a system as reports and run files have it: `bm25`, `static`, `hybrid` or `full`.
pub fn system_name(system: System) -> &'static str {
    match system {
        System::Bm25 => "bm25",
        System::Static => "static",
        System::Hybrid => "hybrid",
        System::Full => "full",
    }
}

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A dataset file cannot be read.
    #[error("the dataset file `{path}` cannot be read")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A dataset file is too large.
    #[error("the dataset file `{path}` is {size_bytes} bytes, above the limit of {MAX_FILE_BYTES}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        size_bytes: u64,
    },
    /// A dataset file is not what it should be; `reason` says where and why.
    #[error("the dataset file `{path}` is malformed: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A dataset file holds nothing to ask or nothing to search.
    #[error("the dataset file `{path}` holds no {what}")]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// A result file cannot be written.
    #[error("the result file `{path}` cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The plot cannot be drawn.
    #[error("the plot `{path}` cannot be drawn: {reason}")]
    Plot {
        /// The file.
        path: PathBuf,
        /// What the drawing library said.
        reason: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Reads a whole dataset file.
fn read_bytes(path: &Path) -> Result<Vec<u8>, EvalError> {
    let unreadable = |source| EvalError::Read {
        path: path.to_owned(),
        source,
    };
    let size_bytes = fs::metadata(path).map_err(unreadable)?.len();
    if size_bytes > MAX_FILE_BYTES {
        return Err(EvalError::TooLarge {
            path: path.to_owned(),
            size_bytes,
        });
    }
    fs::read(path).map_err(unreadable)
}

/// Reads a whole dataset file as text, without the byte order mark some editors leave.
fn read_file(path: &Path) -> Result<String, EvalError> {
    let bytes = read_bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|error| EvalError::Malformed {
        path: path.to_owned(),
        reason: format!(
            "byte {} is not UTF-8",
            error.utf8_error().valid_up_to().saturating_add(1)
        ),
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(bare) => bare.to_owned(),
        None => text,
    })
}

/// The name a dataset goes by: the last part of its path without the ending.
fn dataset_name(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// At most `limit` items, evenly spread over all of them and in their order.
fn spread<T>(items: Vec<T>, limit: Option<usize>) -> Vec<T> {
    let n = items.len();
    let Some(limit) = limit.filter(|limit| *limit < n) else {
        return items;
    };
    // Item `i` is taken where `floor(i · limit / n)` steps up, which it does `limit` times.
    items
        .into_iter()
        .enumerate()
        .filter(|(i, _)| (i + 1) * limit / n > i * limit / n)
        .map(|(_, item)| item)
        .collect()
}

/// Resident memory of this process in MiB, 0 where the system does not tell.
fn rss_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_takes_items_evenly_and_exactly() {
        assert_eq!(spread((0..10).collect(), Some(5)), [1, 3, 5, 7, 9]);
        assert_eq!(spread((0..10).collect(), Some(3)), [3, 6, 9]);
        assert_eq!(spread((0..3).collect(), Some(3)), [0, 1, 2]);
        assert_eq!(spread((0..3).collect(), Some(9)), [0, 1, 2]);
        assert_eq!(spread((0..3).collect(), None), [0, 1, 2]);
        assert!(spread((0..3).collect(), Some(0)).is_empty());
        for limit in 0..50 {
            assert_eq!(spread((0..50).collect(), Some(limit)).len(), limit);
        }
    }

    #[test]
    fn missing_and_non_utf8_files_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("absent.json");
        assert!(
            read_file(&path)
                .unwrap_err()
                .to_string()
                .contains("absent.json")
        );
        let path = dir.path().join("bytes.json");
        fs::write(&path, b"{\"a\xff\"}").unwrap();
        let error = read_file(&path).unwrap_err().to_string();
        assert!(
            error.contains("bytes.json") && error.contains("byte 4"),
            "{error}"
        );
    }
}
