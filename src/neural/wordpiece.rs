//! Word pieces: the units both models read, with the bytes of the text that each one came from.

use rustc_hash::FxHashMap;
use serde::Deserialize;
use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::ModelError;
use crate::document::Span;

/// Text beyond this many bytes is not split: no caller has a use for more, and the bound keeps a
/// hostile input from costing more than a few milliseconds. Also keeps offsets within `u32`.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// A longer word becomes one unknown piece (the limit in the tokenizer file of the model).
const MAX_WORD_CHARS: usize = 100;

/// One word piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Row of the vocabulary.
    pub id: u32,
    start: u32,
    end: u32,
}

impl Piece {
    /// The bytes of the text that the piece stands for. Accents that were folded away belong to
    /// the piece of their letter.
    pub fn span(self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

/// The WordPiece tokenizer of uncased BERT: clean, strip accents, lower-case, split at white space
/// and punctuation, then match the longest vocabulary entries from the left.
///
/// Source: Devlin et al., NAACL 2019, and the file format of the `tokenizers` library. Written here
/// because both speed (it runs over every indexed passage) and byte offsets matter.
#[derive(Debug)]
pub struct WordPiece {
    initial: FxHashMap<Box<str>, u32>,
    continuation: FxHashMap<Box<str>, u32>,
    longest_bytes: usize,
    /// Piece that opens every input of the reader.
    pub cls: u32,
    /// Piece that closes question and passage.
    pub sep: u32,
    unknown: u32,
}

#[derive(Deserialize)]
struct TokenizerFile {
    model: VocabularyFile,
}

#[derive(Deserialize)]
struct VocabularyFile {
    vocab: FxHashMap<String, u32>,
}

impl WordPiece {
    /// Reads the vocabulary of a `tokenizer.json`; its truncation and padding are ignored.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] if the JSON has no vocabulary or lacks `[CLS]`, `[SEP]`, `[UNK]`.
    pub fn parse(json: &[u8]) -> Result<WordPiece, ModelError> {
        let invalid = |reason: String| ModelError::Invalid {
            what: "tokenizer",
            reason,
        };
        let file: TokenizerFile =
            serde_json::from_slice(json).map_err(|error| invalid(error.to_string()))?;
        let vocabulary = file.model.vocab;
        let special = |name: &str| {
            vocabulary
                .get(name)
                .copied()
                .ok_or_else(|| invalid(format!("`{name}` is not in the vocabulary")))
        };
        let (cls, sep, unknown) = (special("[CLS]")?, special("[SEP]")?, special("[UNK]")?);
        let mut tokenizer = WordPiece {
            initial: FxHashMap::default(),
            continuation: FxHashMap::default(),
            longest_bytes: 1,
            cls,
            sep,
            unknown,
        };
        for (entry, id) in vocabulary {
            tokenizer.longest_bytes = tokenizer.longest_bytes.max(entry.len());
            match entry.strip_prefix("##") {
                Some(rest) if !rest.is_empty() => {
                    tokenizer.continuation.insert(rest.into(), id);
                }
                _ => {
                    tokenizer.initial.insert(entry.into(), id);
                }
            }
        }
        Ok(tokenizer)
    }

    /// The pieces of `text`, in order, without special pieces; empty for blank text. Only the first
    /// [`MAX_TEXT_BYTES`] are looked at.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(text.len().min(MAX_TEXT_BYTES) / 4);
        let mut word = Word::default();
        for (offset, c) in text.char_indices() {
            if offset >= MAX_TEXT_BYTES {
                break;
            }
            let end = offset + c.len_utf8();
            match class_of(c) {
                Class::Dropped => {}
                Class::Space => self.flush(&mut word, &mut pieces),
                Class::Alone => {
                    self.flush(&mut word, &mut pieces);
                    word.push(c, offset, end);
                    self.flush(&mut word, &mut pieces);
                }
                Class::Letter => word.push(c, offset, end),
            }
        }
        self.flush(&mut word, &mut pieces);
        pieces
    }

    /// Whether `word` is an entry of the vocabulary, which holds the most frequent words of English, and not put
    /// together of parts.
    pub fn is_entry(&self, word: &str) -> bool {
        matches!(self.pieces(word).as_slice(), [piece] if piece.id != self.unknown)
    }

    /// The entries of two letters or more, without parts of words, and their rows: the rarer a word, the higher,
    /// since the file of BERT's vocabulary lists frequent words first. In no order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u32)> {
        let words = self.initial.iter().map(|(entry, &id)| (&**entry, id));
        words.filter(|(entry, _)| {
            entry.chars().all(char::is_alphabetic) && entry.chars().nth(1).is_some()
        })
    }

    /// How many pieces `text` has.
    pub fn count(&self, text: &str) -> usize {
        self.pieces(text).len()
    }

    /// Matches the longest entries from the left; a word that cannot be covered is one unknown
    /// piece, as in the original.
    fn flush(&self, word: &mut Word, pieces: &mut Vec<Piece>) {
        if word.folded.is_empty() {
            word.clear();
            return;
        }
        let first_new = pieces.len();
        let mut from = 0;
        let covered = word.chars <= MAX_WORD_CHARS
            && loop {
                if from >= word.folded.len() {
                    break true;
                }
                let vocabulary = if from == 0 {
                    &self.initial
                } else {
                    &self.continuation
                };
                let longest = word.folded.len().min(from + self.longest_bytes);
                let found = (from + 1..=longest).rev().find_map(|to| {
                    let id = vocabulary.get(word.folded.get(from..to)?)?;
                    Some((to, *id))
                });
                let Some((to, id)) = found else { break false };
                pieces.push(Piece {
                    id,
                    start: word.source.get(from).map_or(0, |s| s.0),
                    end: word.source.get(to - 1).map_or(0, |s| s.1),
                });
                from = to;
            };
        if !covered {
            pieces.truncate(first_new);
            pieces.push(Piece {
                id: self.unknown,
                start: word.source.first().map_or(0, |s| s.0),
                end: word.source.last().map_or(0, |s| s.1),
            });
        }
        word.clear();
    }
}

/// The word being read: its folded text and, for each folded byte, the bytes it came from.
#[derive(Default)]
struct Word {
    folded: String,
    source: Vec<(u32, u32)>,
    chars: usize,
}

impl Word {
    fn push(&mut self, c: char, start: usize, end: usize) {
        if c.is_ascii() {
            self.append(c.to_ascii_lowercase(), start, end);
        } else {
            let mut bases = Vec::new();
            decompose_canonical(c, |part| bases.push(part));
            for part in bases {
                if part.general_category() == GeneralCategory::NonspacingMark {
                    self.extend_last(end);
                } else {
                    part.to_lowercase()
                        .for_each(|lower| self.append(lower, start, end));
                }
            }
        }
    }

    fn append(&mut self, c: char, start: usize, end: usize) {
        self.folded.push(c);
        self.chars += 1;
        // Offsets fit: `pieces` stops at `MAX_TEXT_BYTES`.
        let source = (start as u32, end as u32);
        self.source.resize(self.folded.len(), source);
    }

    /// A combining mark belongs to the letter before it.
    fn extend_last(&mut self, end: usize) {
        if let Some(last) = self.source.last_mut() {
            last.1 = last.1.max(end as u32);
        }
    }

    fn clear(&mut self) {
        self.folded.clear();
        self.source.clear();
        self.chars = 0;
    }
}

enum Class {
    Dropped,
    Space,
    Alone,
    Letter,
}

fn class_of(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            ' ' | '\t' | '\n' | '\r' => Class::Space,
            _ if c.is_ascii_control() => Class::Dropped,
            _ if c.is_ascii_punctuation() => Class::Alone,
            _ => Class::Letter,
        };
    }
    if c.is_whitespace() {
        return Class::Space;
    }
    if c == char::REPLACEMENT_CHARACTER {
        return Class::Dropped;
    }
    match c.general_category_group() {
        GeneralCategoryGroup::Other => Class::Dropped,
        GeneralCategoryGroup::Punctuation => Class::Alone,
        _ if is_cjk_ideograph(c) => Class::Alone,
        _ => Class::Letter,
    }
}

/// The CJK blocks that BERT's tokenizer splits character by character.
fn is_cjk_ideograph(c: char) -> bool {
    matches!(u32::from(c),
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x2A6DF | 0x2A700..=0x2B73F
        | 0x2B740..=0x2B81F | 0x2B820..=0x2CEAF | 0xF900..=0xFAFF | 0x2F800..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokenizer() -> WordPiece {
        let vocabulary = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "putin", "did", "not", "en", "##dor", "##se", ".",
            "cafe", "30", "-", "day", "中", "国",
        ];
        let vocab: serde_json::Map<String, serde_json::Value> = vocabulary
            .iter()
            .enumerate()
            .map(|(id, entry)| ((*entry).to_owned(), id.into()))
            .collect();
        let json = serde_json::json!({ "model": { "vocab": vocab } });
        WordPiece::parse(json.to_string().as_bytes()).unwrap()
    }

    fn check(text: &str, expected: &[(u32, &str)]) {
        let found: Vec<(u32, &str)> = tokenizer()
            .pieces(text)
            .iter()
            .map(|piece| (piece.id, piece.span().slice(text).unwrap()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn pieces_name_the_bytes_they_came_from() {
        check(
            "Putin did not endorse.",
            &[
                (4, "Putin"),
                (5, "did"),
                (6, "not"),
                (7, "en"),
                (8, "dor"),
                (9, "se"),
                (10, "."),
            ],
        );
        check("30-day", &[(12, "30"), (13, "-"), (14, "day")]);
        check("中国", &[(15, "中"), (16, "国")]);
    }

    #[test]
    fn accents_fold_away_and_stay_inside_the_span() {
        check("Café", &[(11, "Café")]);
        check("Cafe\u{301}", &[(11, "Cafe\u{301}")]);
    }

    #[test]
    fn what_the_vocabulary_lacks_is_one_unknown_piece() {
        check("did qqq", &[(5, "did"), (1, "qqq")]);
        let long = "x".repeat(MAX_WORD_CHARS + 1);
        check(&long, &[(1, long.as_str())]);
    }

    #[test]
    fn blank_and_control_characters_give_nothing() {
        check(" \n\t\u{0}\u{200B}\u{FEFF}", &[]);
    }

    #[test]
    fn text_past_the_bound_is_not_read() {
        let text = "did ".repeat(MAX_TEXT_BYTES / 4 + 10);
        assert_eq!(tokenizer().count(&text), MAX_TEXT_BYTES / 4);
    }

    proptest! {
        #[test]
        fn spans_are_ordered_and_slice_the_text(text in "\\PC{0,60}") {
            let mut last = 0;
            for piece in tokenizer().pieces(&text) {
                let span = piece.span();
                prop_assert!(span.slice(&text).is_some());
                prop_assert!(span.start >= last || span.end >= last);
                last = span.start;
            }
        }
    }
}
