//! Text as Quoth sees it: normalised once, then only ever addressed.
//!
//! Owns what happens between raw characters and passages: [`normalize()`] makes the text that is
//! stored, [`plain_blocks`] finds the structure of plain text, [`sentences`] and [`passages`] cut it
//! into what is indexed and quoted, [`detect`] names its language, and [`words()`] with [`fold`] is the
//! first half of lexical analysis (stemming belongs to `index`).
//!
//! It refuses to do I/O, to rewrite a stored text and to fail: every function is pure and total, and
//! a span that does not fit its text gives an empty result.
//!
//! Invariants, each held by a property test:
//! - Only `normalize` changes text, and it is idempotent. Everything after it returns
//!   [`Span`](crate::document::Span)s: half-open byte ranges of the text given, on character boundaries.
//! - Sentences are ordered, disjoint, trimmed and non-empty, and together cover every byte of their
//!   block that is not white space. None is longer than [`MAX_SENTENCE_BYTES`].
//! - Passages are runs of whole sentences, never cross a heading and never contain one another.
//! - Time is linear in the text, also for text without spaces, stops or line ends.
//!
//! Read [`sentences`] first: the other parts are short.

mod abbreviation;
pub mod block;
mod distance;
pub mod language;
mod lean;
mod marks;
pub mod normalize;
pub mod passage;
pub mod sentence;
mod stop;
pub mod words;

pub use block::plain_blocks;
pub use distance::{consonants, edit_distance, is_slip_of};
pub use language::detect;
pub use lean::leans_on_what_precedes;
pub use marks::{quotations, whole_marks};
pub use normalize::normalize;
pub use passage::{MAX_PIECES, MAX_SENTENCES, MIN_SENTENCES, OVERLAP, passages};
pub use sentence::{MAX_SENTENCE_BYTES, sentences};
pub use words::{fold, words};
