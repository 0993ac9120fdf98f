//! Result files, opened before the long work so that a wrong path fails at once.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::EvalError;
use crate::retrieve::System;

/// A text file under way.
pub(super) struct TextFile {
    path: PathBuf,
    out: BufWriter<File>,
}

impl TextFile {
    /// Creates or empties the file.
    pub(super) fn create(path: &Path) -> Result<TextFile, EvalError> {
        match File::create(path) {
            Ok(file) => Ok(TextFile {
                path: path.to_owned(),
                out: BufWriter::new(file),
            }),
            Err(source) => Err(EvalError::Write {
                path: path.to_owned(),
                source,
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), EvalError> {
        let written = self.out.write_all(text.as_bytes());
        self.named(written)
    }

    /// Writes out what is buffered.
    pub(super) fn finish(mut self) -> Result<(), EvalError> {
        let flushed = self.out.flush();
        self.named(flushed)
    }

    fn named(&self, result: std::io::Result<()>) -> Result<(), EvalError> {
        result.map_err(|source| EvalError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

/// One topic of a TREC run, `topic Q0 document rank score tag`, best first. A run ranks documents,
/// so of several hits in one document the best counts.
pub(super) fn run_lines(topic: &str, ranked: &[(String, f32)], system: System) -> String {
    let topic = field(topic);
    let mut seen: Vec<&str> = Vec::new();
    let mut lines = String::new();
    for (document, score) in ranked {
        if seen.contains(&document.as_str()) {
            continue;
        }
        seen.push(document);
        lines.push_str(&format!(
            "{topic} Q0 {} {} {score} quoth-{}\n",
            field(document),
            seen.len(),
            super::system_name(system)
        ));
    }
    lines
}

/// Fields of a run are separated by white space, so they cannot hold any.
fn field(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_names_each_document_once() {
        let ranked = [
            ("p4".to_owned(), 2.5),
            ("p 1".to_owned(), 1.0),
            ("p4".to_owned(), 0.5),
            ("p0".to_owned(), 0.25),
        ];
        assert_eq!(
            run_lines("q 7", &ranked, System::Bm25),
            "q_7 Q0 p4 1 2.5 quoth-bm25\nq_7 Q0 p_1 2 1 quoth-bm25\nq_7 Q0 p0 3 0.25 quoth-bm25\n"
        );
    }

    #[test]
    fn a_path_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("absent").join("out.run");
        let error = TextFile::create(&path).err().unwrap().to_string();
        assert!(error.contains("out.run"), "{error}");
    }
}
