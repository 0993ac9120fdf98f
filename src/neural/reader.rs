//! The reader: a small transformer that looks at a question and a passage together and points at
//! the words that answer.

use std::fmt;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::workers::Workers;
use super::{ModelError, Piece, WordPiece};
use crate::document::Span;

/// An answer is at most this many word pieces long (the bound used in training).
pub const MAX_SPAN_PIECES: usize = 30;
/// Positions the transformer has.
const MAX_SEQUENCE: usize = 512;
/// Pieces of a question that are read; more are cut. 500 characters of prose are about 120.
const MAX_QUESTION_PIECES: usize = 128;
/// Pieces of a title that are read; more are cut. A headline of 15 words has about 20.
const MAX_TITLE_PIECES: usize = 32;
/// Pieces before a passage that are read, the last ones; earlier ones are cut. Two sentences of 25 words
/// have about 65. With the longest question and title there is room for it and a passage of 220.
const MAX_BEFORE_PIECES: usize = 128;

/// What the reader made of one passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The words that answer best, as bytes of the passage given; `None` for a passage without
    /// words.
    pub span: Option<Span>,
    /// Logit of that span minus the logit of "no answer here": above 0 the reader believes in it.
    pub span_score: f32,
    /// Logit of the passage being about the question at all.
    pub relevance: f32,
}

/// A text to read, what stands above it, and where its sentences are.
///
/// Title and what stands before are read, since they say what "it" and "the talks" are, but no span lies
/// in them.
#[derive(Clone, Copy, Debug)]
pub struct ReaderPassage<'a> {
    /// The title of the document; one without words is not read.
    pub title: &'a str,
    /// What stands right before the text, empty if nothing does.
    pub before: &'a str,
    /// The text.
    pub text: &'a str,
    /// Its sentences, ordered and disjoint, as bytes of `text`.
    pub sentences: &'a [Span],
}

/// The reader model.
pub struct Reader {
    network: Arc<Network>,
    workers: Workers,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// Loads a reader from an ONNX file's bytes that live as long as the program.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] if it is not such a file or has other inputs or outputs.
    pub fn from_static(bytes: &'static [u8], threads: usize) -> Result<Reader, ModelError> {
        check_is_onnx(bytes)?;
        Reader::assemble(options().load_static_slice(bytes), threads)
    }

    /// Loads a reader from an ONNX file's bytes.
    ///
    /// # Errors
    /// As [`Reader::from_static`].
    pub fn from_bytes(bytes: Vec<u8>, threads: usize) -> Result<Reader, ModelError> {
        check_is_onnx(&bytes)?;
        Reader::assemble(options().load(bytes), threads)
    }

    fn assemble(
        model: Result<Model, rten::LoadError>,
        threads: usize,
    ) -> Result<Reader, ModelError> {
        let invalid = |error: &dyn fmt::Display| ModelError::Invalid {
            what: "reader",
            reason: error.to_string(),
        };
        let model = model.map_err(|error| invalid(&error))?;
        let node = |name: &str| model.node_id(name).map_err(|error| invalid(&error));
        Ok(Reader {
            network: Arc::new(Network {
                inputs: [
                    node("input_ids")?,
                    node("attention_mask")?,
                    node("token_type_ids")?,
                ],
                outputs: [node("span_logits")?, node("relevance_logit")?],
                model,
            }),
            workers: Workers::new(threads).map_err(|error| invalid(&error))?,
        })
    }

    /// Reads each passage with the question; the readings come in the order of the passages.
    ///
    /// A span never leaves its sentence, and where a passage names no sentences, nothing is found.
    /// Each passage is read alone, so a reading does not depend on what is read beside it: the
    /// network rounds its sums by the largest in its input. A text is cut where question, title and text
    /// exceed 512 pieces; what stands before it gets the room that is left. Cost: one forward pass of the
    /// network a passage, on one thread.
    ///
    /// # Errors
    /// [`ModelError::Run`] if the runtime refuses, which a loaded model should never cause.
    pub fn read(
        &self,
        tokenizer: &WordPiece,
        question: &str,
        passages: &[ReaderPassage<'_>],
    ) -> Result<Vec<Reading>, ModelError> {
        let mut question = tokenizer.pieces(question);
        question.truncate(MAX_QUESTION_PIECES);
        let room = MAX_SEQUENCE - 3 - question.len();
        let texts: Vec<Pieces> = passages
            .iter()
            .map(|passage| Pieces::new(tokenizer, passage, room))
            .collect();
        let jobs = texts.iter().map(|text| {
            let network = Arc::clone(&self.network);
            let input = text.input(tokenizer, &question);
            move |pool: &Arc<ThreadPool>| network.run(&input, pool)
        });
        let logits = self.workers.run(jobs);
        passages
            .iter()
            .zip(&texts)
            .zip(logits)
            .map(|((passage, text), logits)| {
                let logits = logits
                    .unwrap_or_else(|| Err(ModelError::Run("the runtime panicked".to_owned())))?;
                let first = question.len() + 2 + text.lead.len();
                Ok(Reading {
                    relevance: logits.relevance,
                    ..best_span(&logits.spans.view(), first, &text.text, passage.sentences)
                })
            })
            .collect()
    }
}

/// The transformer: pieces → logits.
struct Network {
    model: Model,
    inputs: [NodeId; 3],
    outputs: [NodeId; 2],
}

/// What the transformer makes of one question and passage.
struct Logits {
    /// Start and end at each position, `[pieces, 2]`.
    spans: NdTensor<f32, 2>,
    relevance: f32,
}

impl Network {
    /// One forward pass over pieces, each with its segment (0 question, 1 passage).
    fn run(&self, pieces: &[(u32, i32)], pool: &Arc<ThreadPool>) -> Result<Logits, ModelError> {
        let failed = |error: &dyn fmt::Display| ModelError::Run(error.to_string());
        let row = |value: &dyn Fn((u32, i32)) -> i32| {
            let values: Vec<i32> = pieces.iter().map(|piece| value(*piece)).collect();
            NdTensor::from_data([1, pieces.len()], values)
        };
        let inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (self.inputs[0], row(&|(id, _)| id.cast_signed()).into()),
            (self.inputs[1], row(&|_| 1).into()),
            (self.inputs[2], row(&|(_, segment)| segment).into()),
        ];
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let [spans, relevance]: [Value; 2] = self
            .model
            .run_n(inputs, self.outputs, Some(options))
            .map_err(|error| failed(&error))?;
        let spans: NdTensor<f32, 3> = spans.try_into().map_err(|_| failed(&"span shape"))?;
        let relevance: NdTensor<f32, 1> = relevance
            .try_into()
            .map_err(|_| failed(&"relevance shape"))?;
        if spans.size(0) != 1 {
            return Err(failed(&"span shape"));
        }
        Ok(Logits {
            spans: spans.slice(0).to_tensor(),
            relevance: relevance
                .get([0])
                .copied()
                .ok_or_else(|| failed(&"relevance shape"))?,
        })
    }
}

/// Refuses what is not framed like an ONNX file, because the runtime never comes back from some such
/// files. Only the outermost message is looked at: a file that is damaged further in is caught by its
/// checksum, where it has one.
fn check_is_onnx(bytes: &[u8]) -> Result<(), ModelError> {
    if is_protobuf_message(bytes) {
        return Ok(());
    }
    Err(ModelError::Invalid {
        what: "reader",
        reason: "it is not an ONNX file".to_owned(),
    })
}

/// Whether `bytes` are whole fields of a protobuf message, at least one: each a key (field number and
/// wire type), then a varint, 8 bytes, 4 bytes, or a length and so many bytes.
fn is_protobuf_message(mut bytes: &[u8]) -> bool {
    let is_empty = bytes.is_empty();
    while !bytes.is_empty() {
        let rest = take_varint(bytes).and_then(|(key, rest)| match key & 7 {
            _ if key >> 3 == 0 => None,
            0 => Some(take_varint(rest)?.1),
            1 => rest.get(8..),
            2 => {
                let (length, rest) = take_varint(rest)?;
                rest.get(usize::try_from(length).ok()?..)
            }
            5 => rest.get(4..),
            _ => None,
        });
        let Some(rest) = rest else { return false };
        bytes = rest;
    }
    !is_empty
}

/// A number in groups of 7 bits, lowest first, all but the last with the high bit set; at most 10.
fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(last + 1);
    let value = number
        .iter()
        .rev()
        .fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, rest))
}

/// The pieces of a passage and of what is read before it.
struct Pieces {
    /// Ids of the title and a full stop, if there is one, and of what stands before the passage.
    lead: Vec<u32>,
    text: Vec<Piece>,
}

impl Pieces {
    /// At most `room` pieces in all.
    fn new(tokenizer: &WordPiece, passage: &ReaderPassage<'_>, room: usize) -> Pieces {
        let ids = |text: &str| -> Vec<u32> {
            let pieces = tokenizer.pieces(text);
            pieces.iter().map(|piece| piece.id).collect()
        };
        let mut lead = Vec::new();
        if passage.title.contains(char::is_alphanumeric) {
            lead = ids(passage.title);
            lead.truncate(MAX_TITLE_PIECES);
            lead.extend(ids("."));
        }
        let mut text = tokenizer.pieces(passage.text);
        text.truncate(room - lead.len());
        // Worth less than the text, so it gets what room is left.
        let before = ids(passage.before);
        let room = (room - lead.len() - text.len()).min(MAX_BEFORE_PIECES);
        lead.extend(&before[before.len().saturating_sub(room)..]);
        Pieces { lead, text }
    }

    /// `[CLS] question [SEP] title before text [SEP]`, each piece with its segment.
    fn input(&self, tokenizer: &WordPiece, question: &[Piece]) -> Vec<(u32, i32)> {
        let asked = [tokenizer.cls]
            .into_iter()
            .chain(question.iter().map(|piece| piece.id))
            .chain([tokenizer.sep]);
        let read = self
            .lead
            .iter()
            .copied()
            .chain(self.text.iter().map(|piece| piece.id))
            .chain([tokenizer.sep]);
        asked
            .map(|id| (id, 0))
            .chain(read.map(|id| (id, 1)))
            .collect()
    }
}

fn options() -> ModelOptions {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    options
}

/// The span with the highest `start[i] + end[j]`, `i ≤ j < i + MAX_SPAN_PIECES`, both inside one
/// sentence of the passage; ties go to the earlier, then shorter span.
fn best_span(
    logits: &NdTensorView<'_, f32, 2>,
    first: usize,
    pieces: &[Piece],
    sentences: &[Span],
) -> Reading {
    let logit = |position: usize, which: usize| {
        logits
            .get([position, which])
            .copied()
            .unwrap_or(f32::NEG_INFINITY)
    };
    let null = logit(0, 0) + logit(0, 1);
    let mut best = (f32::NEG_INFINITY, None);
    let mut from = 0;
    for sentence in sentences {
        while pieces
            .get(from)
            .is_some_and(|p| p.span().start < sentence.start)
        {
            from += 1;
        }
        let n_pieces = pieces
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|piece| sentence.contains(piece.span()))
            .count();
        let end = from + n_pieces;
        for i in from..end {
            let start = logit(first + i, 0);
            for j in i..end.min(i + MAX_SPAN_PIECES) {
                let score = start + logit(first + j, 1);
                if score > best.0 {
                    best = (score, Some((i, j)));
                }
            }
        }
        from = end;
    }
    let span = best.1.and_then(|(i, j)| {
        let (i, j) = (pieces.get(i)?, pieces.get(j)?);
        Some(Span::new(i.span().start, j.span().end))
    });
    Reading {
        span,
        span_score: if span.is_some() {
            best.0 - null
        } else {
            f32::MIN
        },
        relevance: f32::MIN,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::neural::Models;

    const SIGNED: &str = "where was the fishing treaty signed?";

    fn readings(question: &str, passages: &[ReaderPassage<'_>]) -> Vec<Reading> {
        static MODELS: OnceLock<Models> = OnceLock::new();
        let models = MODELS.get_or_init(|| Models::bundled(2).unwrap());
        let read = models.reader.read(&models.tokenizer, question, passages);
        read.unwrap()
    }

    #[test]
    fn a_title_is_read_but_never_quoted() {
        let text = "The two sides signed it on Friday. It lasts a year.";
        let sentences = [Span::new(0, 34), Span::new(35, text.len())];
        let read = |title: &str| {
            let passage = ReaderPassage {
                title,
                before: "",
                text,
                sentences: &sentences,
            };
            readings(SIGNED, &[passage]).remove(0)
        };
        let untitled = read("");
        let titled = read("The fishing treaty was signed in Lisbon");
        assert_ne!(titled.relevance, untitled.relevance);
        for reading in [titled, read(&"Lisbon ".repeat(10_000))] {
            let span = reading.span.unwrap();
            assert!(sentences.iter().any(|sentence| sentence.contains(span)));
        }
        // Punctuation alone is no title.
        assert_eq!(read("—"), untitled);
        // What is beyond the bound is not read.
        let pieces = |n: usize| "a ".repeat(n);
        assert_eq!(
            read(&pieces(MAX_TITLE_PIECES)),
            read(&pieces(MAX_TITLE_PIECES + 1))
        );
        assert_ne!(
            read(&pieces(MAX_TITLE_PIECES - 1)),
            read(&pieces(MAX_TITLE_PIECES))
        );
    }

    #[test]
    fn what_stands_before_is_read_but_never_quoted() {
        let text = "It lasts for eleven months.";
        let sentences = [Span::new(0, text.len())];
        let read = |before: &str| {
            let passage = ReaderPassage {
                title: "",
                before,
                text,
                sentences: &sentences,
            };
            readings("how long is the fishing treaty valid?", &[passage]).remove(0)
        };
        let alone = read("");
        let known = read("The fishing treaty was signed in Lisbon on Friday. ");
        assert!(known.span_score > alone.span_score + 1.0);
        assert!(known.relevance > alone.relevance);
        assert_eq!(known.span.unwrap().slice(text), Some("eleven months"));
        // What is beyond the bound is not read: the last words count.
        let pieces = |n: usize| "a ".repeat(n);
        let treaty = "the fishing treaty ";
        assert_eq!(
            read(&(treaty.to_owned() + &pieces(MAX_BEFORE_PIECES))),
            read(&pieces(MAX_BEFORE_PIECES))
        );
        assert_ne!(
            read(&pieces(MAX_BEFORE_PIECES - 1)),
            read(&pieces(MAX_BEFORE_PIECES))
        );
    }

    #[test]
    fn what_stands_before_takes_no_room_from_the_text() {
        let text = "herring ".repeat(MAX_SEQUENCE);
        let sentences = [Span::new(0, text.len())];
        let read = |before: &str| {
            let passage = ReaderPassage {
                title: "",
                before,
                text: &text,
                sentences: &sentences,
            };
            readings(SIGNED, &[passage]).remove(0)
        };
        assert_eq!(read("It was signed in Lisbon. "), read(""));
    }

    #[test]
    fn a_reading_does_not_depend_on_what_is_read_beside_it() {
        let text = "The two sides signed it in Lisbon on Friday. It lasts a year.";
        let long = "Nobody knew where the herring would be in spring. ".repeat(20);
        let sentences = [Span::new(0, 44)];
        let passage = |text| ReaderPassage {
            title: "",
            before: "",
            text,
            sentences: &sentences,
        };
        let alone = readings(SIGNED, &[passage(text)]);
        let among = readings(SIGNED, &[passage(&long), passage(text), passage(&long)]);
        assert_eq!(among[1..2], alone);
        assert_eq!(among[0], among[2]);
        assert_eq!(readings(SIGNED, &[]), []);
    }

    #[test]
    fn a_file_that_is_no_model_is_refused() {
        let overlong = [&[0x08][..], &[0xff; 200]].concat();
        let cut_off = [0x08, 0x08, 0x12, 0x05, b'q'];
        let field_0 = [0x00, 0x01];
        for bytes in [
            &b""[..],
            b"not a model",
            &[0xff; 64],
            &[0x08],
            &overlong,
            &cut_off,
            &field_0,
        ] {
            let error = Reader::from_bytes(bytes.to_vec(), 1).unwrap_err();
            assert!(error.to_string().contains("not an ONNX file"), "{bytes:?}");
        }
    }
}
