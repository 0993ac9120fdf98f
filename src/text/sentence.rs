//! Sentence boundaries by rule, good enough for news.
//!
//! A sentence can end only at a stop: a run of `.`, `!`, `?`, `…` or their relatives in other
//! scripts, with the quotation marks, brackets and footnote marks that close right after it. Whether
//! it does is decided from the word before the stop and the one after it. When in doubt two sentences
//! stay together, since a quote that says too much is still a quote. Semicolons, colons and plain
//! line ends never end a sentence; a blank line and a line that begins with a list bullet do.
//!
//! Every look forward or back is bounded, so the whole takes linear time. Word lists are in
//! `abbreviation`, the marks themselves in `stop`.

use unicode_segmentation::UnicodeSegmentation;

use super::abbreviation::{self, Abbreviation};
use super::stop::{
    Stop, StopKind, char_len, is_apostrophe, is_dash, is_ideograph, is_joint, is_opener,
};
use crate::document::Span;

/// A longer sentence is cut at the last white space that fits, or between graphemes where there is
/// none, so that tables and machine output stay bounded for everything downstream.
pub const MAX_SENTENCE_BYTES: usize = 1_000;

/// Longest parenthesis, in bytes, that keeps the sentences inside it together.
const MAX_PARENTHESIS_BYTES: usize = 300;

/// How many characters a word before or after a stop may have to be looked up.
const MAX_WORD_CHARS: usize = 40;

/// The sentences of one block of `text`, as byte ranges of `text`.
///
/// They are in order, disjoint, non-empty, trimmed of white space, at most [`MAX_SENTENCE_BYTES`]
/// long, and cover every byte of `within` that is not white space. A `within` that does not fit
/// `text` (out of bounds, inside a character) or holds only white space gives none. Linear time.
pub fn sentences(text: &str, within: Span) -> Vec<Span> {
    let mut found = Vec::new();
    if let Some(block) = within.slice(text) {
        Scanner::new(block.trim_end()).scan(&mut found);
    }
    for span in &mut found {
        *span = Span::new(span.start + within.start, span.end + within.start);
    }
    found
}

/// Appends `span` of `text`, trimmed, to `out`, in as many pieces as [`MAX_SENTENCE_BYTES`] asks for.
/// Appends nothing if the span does not fit or holds only white space.
pub(super) fn push_bounded(text: &str, span: Span, out: &mut Vec<Span>) {
    let mut rest = trimmed(text, span);
    while rest.len() > MAX_SENTENCE_BYTES {
        let cut = rest.start + piece_len(rest.slice(text).unwrap_or_default());
        out.push(trimmed(text, Span::new(rest.start, cut)));
        rest = trimmed(text, Span::new(cut, rest.end));
    }
    if !rest.is_empty() {
        out.push(rest);
    }
}

/// `span` without the white space at its ends; empty if it does not fit `text`.
pub(super) fn trimmed(text: &str, span: Span) -> Span {
    let slice = span.slice(text).unwrap_or_default();
    let start = span.start + (slice.len() - slice.trim_start().len());
    Span::new(start, start + slice.trim().len())
}

/// Bytes of the first piece of a text longer than [`MAX_SENTENCE_BYTES`]: at least one character.
fn piece_len(text: &str) -> usize {
    let limit = text.floor_char_boundary(MAX_SENTENCE_BYTES);
    let window = text.get(..limit).unwrap_or_default();
    // A window that ends right before white space ends between words already.
    let ends_a_word = text
        .get(limit..)
        .is_some_and(|rest| rest.starts_with(char::is_whitespace));
    if ends_a_word {
        return limit;
    }
    window
        .rfind(char::is_whitespace)
        .or_else(|| {
            window
                .grapheme_indices(true)
                .next_back()
                .map(|(start, _)| start)
        })
        .filter(|&cut| cut > 0)
        .unwrap_or(limit)
}

/// Walks one block, which does not end in white space, from stop to stop.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The block has no capital letter, so small letters begin its sentences.
    is_lowercase: bool,
    /// First closing parenthesis at or after the last place one was looked for.
    next_close: usize,
    /// Number of the last numbered list item seen.
    last_item: u32,
}

/// What follows a stop and the white space after it.
struct Ahead<'a> {
    /// First character behind opening quotation marks, brackets and dashes.
    first: char,
    /// The letters that begin there, at most [`MAX_WORD_CHARS`].
    word: &'a str,
    /// The character after `word`.
    after: Option<char>,
    /// As in [`Scanner`].
    is_lowercase_text: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            text,
            bytes: text.as_bytes(),
            is_lowercase: !text.chars().any(char::is_uppercase),
            next_close: 0,
            last_item: 0,
        }
    }

    fn scan(&mut self, out: &mut Vec<Span>) {
        let mut start = self.skip_white(0);
        let mut pos = start;
        // A sentence needs a word before it can end, and a parenthesis that opens inside it holds it
        // together.
        let mut has_word = false;
        let mut open_parenthesis = None;
        while let Some(&byte) = self.bytes.get(pos) {
            let here = pos;
            pos += char_len(byte);
            let found = match byte {
                b'\n' => self.line_break(here).map(|next| (here, next)),
                b'.' | b'!' | b'?' | 0x80.. => {
                    let Some(stop) = Stop::read(self.text, here) else {
                        has_word = true;
                        continue;
                    };
                    if stop.closes_parenthesis {
                        open_parenthesis = None;
                    }
                    pos = stop.close;
                    let may_end = has_word && !self.is_inside(open_parenthesis, pos);
                    let next = may_end.then(|| self.boundary(start, &stop)).flatten();
                    next.map(|next| (stop.close, next))
                }
                b'(' => {
                    if has_word && open_parenthesis.is_none() {
                        open_parenthesis = Some(here);
                    }
                    continue;
                }
                b')' => {
                    open_parenthesis = None;
                    continue;
                }
                _ => {
                    has_word |= byte.is_ascii_alphanumeric();
                    continue;
                }
            };
            if let Some((end, next)) = found {
                push_bounded(self.text, Span::new(start, end), out);
                (start, pos) = (next, next);
                (has_word, open_parenthesis) = (false, None);
            }
        }
        push_bounded(self.text, Span::new(start, self.text.len()), out);
    }

    /// Whether the parenthesis that opened mid-sentence closes at or after `pos`, near enough.
    fn is_inside(&mut self, open: Option<usize>, pos: usize) -> bool {
        let Some(open) = open else { return false };
        if self.next_close < pos {
            self.next_close = self
                .rest(pos)
                .find(')')
                .map_or(self.text.len(), |offset| pos + offset);
        }
        self.next_close < self.text.len() && self.next_close - open <= MAX_PARENTHESIS_BYTES
    }

    /// Where the next sentence begins if the one from `start` ends with `stop`.
    fn boundary(&mut self, start: usize, stop: &Stop) -> Option<usize> {
        let next = self.skip_white(stop.close);
        if next == self.text.len() {
            return None;
        }
        let gap = self.text.get(stop.close..next).unwrap_or_default();
        if stop.kind == StopKind::Hard {
            return (!stop.is_quoted || !reports_speech(self.rest(next))).then_some(next);
        }
        if gap.is_empty() {
            return self.is_glued(stop).then_some(next);
        }
        if let Some(newline) = gap.find('\n')
            && let Some(next) = self.line_break(stop.close + newline)
        {
            return Some(next);
        }
        let is_bare_mark = stop.closes_parenthesis && self.before(stop.start) == Some('(');
        let ahead = Ahead::read(self.rest(next), self.is_lowercase);
        let ends = !is_bare_mark
            && ahead.may_follow(stop)
            && match stop.kind {
                StopKind::Dot => self.dot_ends(start, stop, &ahead),
                StopKind::Mark => self.mark_ends(next, stop, &ahead),
                StopKind::Ellipsis | StopKind::Hard => true,
            };
        ends.then_some(next)
    }

    /// Whether the line end at `pos` separates: by a blank line or a list bullet after it. Gives the
    /// start of what follows.
    fn line_break(&mut self, pos: usize) -> Option<usize> {
        let next = self.skip_white(pos);
        let gap = self.text.get(pos..next)?;
        if next == self.text.len() {
            return None;
        }
        let is_blank_line = gap.bytes().filter(|&b| b == b'\n').count() > 1;
        (self.begins_item(next) || is_blank_line).then_some(next)
    }

    /// Whether a list item begins at `pos`. Numbers have to count up from 1, because a wrapped line
    /// may well begin with `12. `.
    fn begins_item(&mut self, pos: usize) -> bool {
        match super::block::marker(self.rest(pos)) {
            Some((_, None)) => true,
            Some((_, Some(number))) if number == 1 || number == self.last_item + 1 => {
                self.last_item = number;
                true
            }
            _ => false,
        }
    }

    /// Whether a stop without white space after it ends a sentence all the same: `ended.The next`.
    /// Addresses and file names must not, so both words have to be plain.
    fn is_glued(&self, stop: &Stop) -> bool {
        let rest = self.rest(stop.close);
        let mut chars = rest.chars();
        let (Some(first), Some(second)) = (chars.next(), chars.next()) else {
            return false;
        };
        if stop.kind == StopKind::Mark && is_ideograph(first) {
            return true;
        }
        if !first.is_uppercase() || !second.is_lowercase() {
            return false;
        }
        let before = self.token_before(stop.start, |c| c.is_whitespace() || is_opener(c));
        let is_plain = |c: char| c.is_whitespace() || matches!(c, ',' | '\'' | '’' | '-');
        before.chars().count() >= 3
            && before.chars().all(char::is_lowercase)
            && rest
                .chars()
                .find(|c| !c.is_alphabetic())
                .is_none_or(is_plain)
    }

    /// Whether `!` or `?` before a possible sentence start ends the sentence.
    fn mark_ends(&self, next: usize, stop: &Stop, ahead: &Ahead) -> bool {
        if stop.is_quoted {
            return !is_attributed(self.rest(next));
        }
        let word = self.token_before(stop.start, |c| !c.is_alphanumeric());
        !abbreviation::is_exclaimed_name(word) || ahead.is_starter()
    }

    /// Whether a single `.` before a possible sentence start ends the sentence.
    fn dot_ends(&self, start: usize, stop: &Stop, ahead: &Ahead) -> bool {
        let token = self
            .token_before(stop.start, |c| {
                !is_apostrophe(c) && (c.is_whitespace() || is_opener(c) || is_joint(c))
            })
            .trim_start_matches(is_apostrophe);
        let token_start = stop.start - token.len();
        if token.is_empty() {
            return true;
        }
        let opening = self.text.get(start..token_start).unwrap_or("x");
        let begins_sentence = opening.len() <= 8 && opening.chars().all(is_opener);
        if begins_sentence && is_enumerator(token) {
            return false;
        }
        if token.len() <= 2 && token.bytes().all(|b| b.is_ascii_digit()) {
            let is_ordinal = abbreviation::is_counted(ahead.word)
                || abbreviation::precedes_ordinal(self.word_before(token_start));
            return !is_ordinal || ahead.is_starter();
        }
        if let Some(kind) = abbreviation::classify(token, self.is_lowercase) {
            return match kind {
                Abbreviation::Leading => false,
                Abbreviation::Closing => stop.is_quoted || ahead.is_starter(),
                Abbreviation::Open => !ahead.first.is_numeric(),
                Abbreviation::Clock => {
                    !ahead.first.is_numeric() && !abbreviation::is_calendar(ahead.word)
                }
                Abbreviation::Numbered => !ahead.is_number_for(token),
            };
        }
        let mut chars = token.chars();
        match (chars.next(), chars.next()) {
            (Some(letter), None) if letter.is_alphabetic() => {
                let before = self.word_before(token_start);
                // A unit: "130 km/h."
                self.before(token_start) == Some('/')
                    || abbreviation::precedes_letter(before)
                    || stop.is_quoted
                    || ahead.is_starter()
                    || letter == 'I' && before.starts_with(char::is_lowercase)
            }
            _ => true,
        }
    }

    /// The word that ends before `pos` and the white space there; empty if there is none.
    fn word_before(&self, pos: usize) -> &'a str {
        let head = self.text.get(..pos).unwrap_or_default();
        let end = head
            .char_indices()
            .rev()
            .take(MAX_WORD_CHARS)
            .find(|(_, c)| !c.is_whitespace() && !is_opener(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        self.token_before(end, |c| !c.is_alphanumeric())
    }

    /// The longest text before `pos` in which no character is a delimiter, at most
    /// [`MAX_WORD_CHARS`] characters of it.
    fn token_before(&self, pos: usize, is_delimiter: impl Fn(char) -> bool) -> &'a str {
        let head = self.text.get(..pos).unwrap_or_default();
        let start = head
            .char_indices()
            .rev()
            .take(MAX_WORD_CHARS)
            .take_while(|(_, c)| !is_delimiter(*c))
            .last()
            .map_or(pos, |(at, _)| at);
        self.text.get(start..pos).unwrap_or_default()
    }

    /// The character before `pos`.
    fn before(&self, pos: usize) -> Option<char> {
        self.text.get(..pos)?.chars().next_back()
    }

    /// The text from `pos`.
    fn rest(&self, pos: usize) -> &'a str {
        self.text.get(pos..).unwrap_or_default()
    }

    /// The first position at or after `pos` that is not white space.
    fn skip_white(&self, pos: usize) -> usize {
        self.text.len() - self.rest(pos).trim_start().len()
    }
}

impl<'a> Ahead<'a> {
    /// Reads what follows; `rest` begins with a character that is not white space.
    fn read(rest: &'a str, is_lowercase_text: bool) -> Ahead<'a> {
        let skipped: usize = rest
            .chars()
            .take(8)
            .take_while(|&c| is_opener(c) || is_dash(c) || c == ' ')
            .map(char::len_utf8)
            .sum();
        let inner = rest.get(skipped..).unwrap_or_default();
        let len: usize = inner
            .chars()
            .take(MAX_WORD_CHARS)
            .take_while(|c| c.is_alphabetic())
            .map(char::len_utf8)
            .sum();
        Ahead {
            first: inner.chars().next().unwrap_or(' '),
            word: inner.get(..len).unwrap_or_default(),
            after: inner.get(len..).and_then(|tail| tail.chars().next()),
            is_lowercase_text,
        }
    }

    /// Whether a sentence can begin like this after `stop`. In a text without capitals a small letter
    /// counts, but not after a pause or a quotation (`“stop!” he said`).
    fn may_follow(&self, stop: &Stop) -> bool {
        if self.first.is_lowercase() {
            // `iPhone` and `eBay` begin sentences.
            let is_camel = self.word.chars().nth(1).is_some_and(char::is_uppercase);
            let is_plain_end = stop.kind != StopKind::Ellipsis && !stop.is_quoted;
            return is_camel || (self.is_lowercase_text && is_plain_end);
        }
        !matches!(
            self.first,
            ',' | ';' | ':' | '.' | '…' | '!' | '?' | ')' | ']' | '}' | '%' | '&' | '=' | '|'
        )
    }

    /// Whether the word is a common first word, standing alone: `A.` is an initial, `All-Star` a name.
    fn is_starter(&self) -> bool {
        !matches!(self.after, Some('.' | '-' | '&'))
            && abbreviation::begins_sentences(self.word, self.is_lowercase_text)
    }

    /// Whether this is the number that `No.`, `Fig.` or `Vol.` announces. Small words (`no`, `art`)
    /// take digits only.
    fn is_number_for(&self, token: &str) -> bool {
        let is_roman = self.word.len() > 1 && self.word.bytes().all(|b| b"IVXLC".contains(&b));
        let is_letter = self.word.chars().count() == 1 && !self.is_starter();
        let is_title = token.starts_with(char::is_uppercase);
        self.first.is_numeric() || is_title && (is_roman || is_letter || self.word == "I")
    }
}

/// Whether a sentence that begins with this token numbers itself: `1.`, `a.`, `iv.`
fn is_enumerator(token: &str) -> bool {
    let is_roman = |b: &u8| b"ivxIVX".contains(b);
    token.chars().count() == 1 && token.chars().all(char::is_alphanumeric)
        || token.len() <= 3 && token.bytes().all(|b| b.is_ascii_digit())
        || token.len() <= 4 && token.as_bytes().iter().all(is_roman)
}

/// Whether a name and a verb of speech follow a quoted question: `Ms Smith asked`.
fn is_attributed(rest: &str) -> bool {
    for (n_words, word) in rest.split_whitespace().take(5).enumerate() {
        if abbreviation::is_speech_verb(word.trim_end_matches([',', '.', ':'])) {
            return n_words > 0;
        }
        let is_name = word.starts_with(char::is_uppercase) && word.len() <= 4 * MAX_WORD_CHARS;
        let is_whole = word.ends_with(char::is_alphanumeric)
            || abbreviation::classify(word.trim_end_matches('.'), false).is_some();
        if !is_name || !is_whole {
            return false;
        }
    }
    false
}

/// Whether Japanese or Chinese text after a closing quotation mark says who spoke.
fn reports_speech(rest: &str) -> bool {
    if rest.starts_with('と') || rest.starts_with("って") || rest.starts_with(['，', '、']) {
        return true;
    }
    rest.chars()
        .take(6)
        .take_while(|c| !matches!(c, '。' | '，' | '、' | '“' | '「'))
        .any(|c| matches!(c, '说' | '說' | '道' | '问' | '問' | '喊'))
}

#[cfg(test)]
mod tests;
