//! The models: word pieces, static vectors and the reader.
//!
//! Owns the three model files and everything that is computed with them; alone names the inference
//! runtime. It knows nothing of documents or indexes: text goes in, numbers and byte spans come
//! out. Nothing here holds a lock while computing, and every model is immutable once loaded.
//! Read [`Models`] first.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

mod embedding;
mod reader;
mod wordpiece;
mod workers;

pub use embedding::{DIMENSIONS, StaticEmbedding, Vector};
pub use reader::{MAX_SPAN_PIECES, Reader, ReaderPassage, Reading};
pub use wordpiece::{MAX_TEXT_BYTES, Piece, WordPiece};

/// File names of the three models, as they stand in `models/` and in `QUOTH_MODEL_DIR`.
const READER_FILE: &str = "reader.onnx";
const EMBEDDING_FILE: &str = "static.safetensors";
const TOKENIZER_FILE: &str = "tokenizer.json";
/// Lists the SHA-256 of each model file in the format of `sha256sum`.
const CHECKSUM_FILE: &str = "SHA256SUMS";

/// The loaded models of one engine.
#[derive(Debug)]
pub struct Models {
    /// Splits text into word pieces.
    pub tokenizer: WordPiece,
    /// Makes vectors of texts.
    pub embedding: StaticEmbedding,
    /// Finds the answer in a passage.
    pub reader: Reader,
    /// Identifies tokenizer and static vectors: an index made with other ones is outdated.
    pub embedding_stamp: String,
}

impl Models {
    /// Loads the models compiled into the binary. The reader looks at
    /// `threads` passages at a time.
    ///
    /// # Errors
    /// [`ModelError::Missing`] when built without the feature `bundled-models`.
    pub fn bundled(threads: usize) -> Result<Models, ModelError> {
        #[cfg(feature = "bundled-models")]
        {
            const READER: &[u8] = include_bytes!("../models/reader.onnx");
            const EMBEDDING: &[u8] = include_bytes!("../models/static.safetensors");
            const TOKENIZER: &[u8] = include_bytes!("../models/tokenizer.json");
            Models::assemble(TOKENIZER, EMBEDDING, Reader::from_static(READER, threads)?)
        }
        #[cfg(not(feature = "bundled-models"))]
        {
            let _ = threads;
            Err(ModelError::Missing)
        }
    }

    /// Loads the models of a folder and checks them against the `SHA256SUMS` that stands there.
    ///
    /// # Errors
    /// [`ModelError`] naming the file that is missing, altered or unusable.
    pub fn from_dir(dir: &Path, threads: usize) -> Result<Models, ModelError> {
        let sums = read(&dir.join(CHECKSUM_FILE))?;
        let sums = String::from_utf8_lossy(&sums);
        let load = |name: &str| -> Result<Vec<u8>, ModelError> {
            let path = dir.join(name);
            let bytes = read(&path)?;
            let found = hex(&Sha256::digest(&bytes));
            let expected = sums
                .lines()
                .filter_map(|line| line.split_once(char::is_whitespace))
                .find(|(_, file)| file.trim().trim_start_matches('*') == name)
                .map(|(sum, _)| sum.to_ascii_lowercase());
            match expected {
                Some(expected) if expected == found => Ok(bytes),
                Some(expected) => Err(ModelError::Checksum {
                    path,
                    expected,
                    found,
                }),
                None => Err(ModelError::Unlisted { path }),
            }
        };
        let reader = Reader::from_bytes(load(READER_FILE)?, threads)?;
        Models::assemble(&load(TOKENIZER_FILE)?, &load(EMBEDDING_FILE)?, reader)
    }

    fn assemble(tokenizer: &[u8], embedding: &[u8], reader: Reader) -> Result<Models, ModelError> {
        let mut stamp = Sha256::new();
        stamp.update(tokenizer);
        stamp.update(embedding);
        let embedding_stamp = hex(stamp.finalize().get(..8).unwrap_or_default());
        Ok(Models {
            tokenizer: WordPiece::parse(tokenizer)?,
            embedding: StaticEmbedding::parse(embedding)?,
            reader,
            embedding_stamp,
        })
    }

    /// The static vector of a text.
    pub fn embed(&self, text: &str) -> Vector {
        self.embedding.embed(&self.tokenizer.pieces(text))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(|source| ModelError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Why the models could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No models in this binary and no folder given.
    #[error(
        "this binary was built without models; set `QUOTH_MODEL_DIR` to a folder that has them"
    )]
    Missing,
    /// A file of the model folder cannot be read.
    #[error("model file `{path}` cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not the one that `SHA256SUMS` promises.
    #[error("model file `{path}` has checksum `{found}`, but `SHA256SUMS` says `{expected}`")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// What `SHA256SUMS` lists.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A file is not listed in `SHA256SUMS`.
    #[error("model file `{path}` is not listed in `SHA256SUMS`")]
    Unlisted {
        /// The file.
        path: PathBuf,
    },
    /// A model file is not what its name says.
    #[error("the {what} model cannot be used: {reason}")]
    Invalid {
        /// `tokenizer`, `static vector` or `reader`.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The reader failed on an input.
    #[error("the reader could not read: {0}")]
    Run(String),
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests {
    use super::*;

    const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models");

    #[test]
    fn the_bundled_files_have_the_listed_checksums() {
        Models::from_dir(Path::new(MODELS), 1).unwrap();
    }

    #[test]
    fn an_altered_model_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in [READER_FILE, EMBEDDING_FILE, TOKENIZER_FILE, CHECKSUM_FILE] {
            fs::copy(Path::new(MODELS).join(name), dir.path().join(name)).unwrap();
        }
        let path = dir.path().join(TOKENIZER_FILE);
        let mut bytes = fs::read(&path).unwrap();
        bytes.push(b'\n');
        fs::write(&path, bytes).unwrap();
        let error = Models::from_dir(dir.path(), 1).unwrap_err();
        assert!(matches!(&error, ModelError::Checksum { path: p, .. } if *p == path));
    }

    #[test]
    fn a_folder_without_models_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Models::from_dir(dir.path(), 1).unwrap_err();
        assert!(error.to_string().contains("SHA256SUMS"), "{error}");
    }
}
