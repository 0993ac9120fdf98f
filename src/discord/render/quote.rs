//! A quote as block-quoted lines, whole or the window around the words that answer.

use unicode_segmentation::UnicodeSegmentation;

use super::escape::{escape, length, undo};
use crate::document::{Document, Span};

/// A run of characters without white space that is longer than this may be cut at word boundaries
/// inside: in scripts that write no spaces, everything is one run.
const LONG_RUN_CHARS: usize = 40;
/// What a window adds around its text: two ellipses with spaces, two quotation marks.
const FRAME: usize = 6;

/// A verbatim piece of a document and the words in it that answer.
#[derive(Clone, Copy, Debug)]
pub struct Citation<'a> {
    /// What is quoted from.
    pub document: &'a Document,
    /// The quote: bytes of the document's text.
    pub span: Span,
    /// The words that answer, within `span`; empty for none.
    pub bold: Span,
}

/// A piece of a message that claims to be a quote, with what it claims to quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Where in the message's content, between the quotation marks: bytes.
    pub at: Span,
    /// The slice of the stored text.
    pub stored: String,
}

impl Quoted {
    /// Whether the content really holds the quote.
    pub fn is_in(&self, content: &str) -> bool {
        self.at
            .slice(content)
            .is_some_and(|shown| undo(shown) == self.stored)
    }
}

/// Appends a citation as block-quoted lines, ending in a line break, that take at most `room` UTF-16
/// units. What does not fit is left out around the bold words, at the ends of words, and an ellipsis
/// outside the quotation marks says so. Returns `None`, and appends nothing, if not even one word
/// fits or the citation does not fit its document.
pub fn push(content: &mut String, citation: &Citation<'_>, room: usize) -> Option<Quoted> {
    let text = &citation.document.text;
    let quote = citation.span.slice(text)?;
    let bold = citation.bold.relative_to(citation.span.start);
    let bold = bold.filter(|bold| bold.slice(quote).is_some());
    let bold = bold.unwrap_or_default();
    let window = window(quote, bold, room.checked_sub(FRAME + "> \n".len())?)?;
    let stored = window.slice(quote)?;
    content.push_str("> ");
    if window.start > 0 {
        content.push_str("… ");
    }
    content.push('“');
    let start = content.len();
    content.push_str(&shown(quote, window, bold));
    let at = Span::new(start, content.len());
    content.push('”');
    if window.end < quote.len() {
        content.push_str(" …");
    }
    content.push('\n');
    Some(Quoted {
        at,
        stored: stored.to_owned(),
    })
}

/// The window of a quote, escaped, each line after the first marked, the bold words between stars.
fn shown(quote: &str, window: Span, bold: Span) -> String {
    let mut out = String::new();
    let mut at = window.start;
    for (line_idx, line) in window
        .slice(quote)
        .unwrap_or_default()
        .split('\n')
        .enumerate()
    {
        if line_idx > 0 {
            out.push_str("\n> ");
        }
        let line_span = Span::new(at, at + line.len());
        let start = bold.start.clamp(line_span.start, line_span.end);
        let end = bold.end.clamp(start, line_span.end);
        let part = |start, end| Span::new(start, end).slice(quote).unwrap_or_default();
        let (before, strong, after) = (
            part(line_span.start, start),
            part(start, end),
            part(end, line_span.end),
        );
        out.push_str(&escape(before, true));
        // White space at the edge of stars can keep them from being read as marks.
        if strong.trim().is_empty() {
            out.push_str(&escape(strong, before.is_empty()));
        } else {
            let inner = strong.trim();
            let lead = strong.len() - strong.trim_start().len();
            let (lead, tail) = (
                strong.get(..lead).unwrap_or_default(),
                strong.get(lead + inner.len()..).unwrap_or_default(),
            );
            out.push_str(lead);
            out.push_str("**");
            out.push_str(&escape(inner, false));
            out.push_str("**");
            out.push_str(tail);
        }
        out.push_str(&escape(after, before.is_empty() && strong.is_empty()));
        at = line_span.end + 1;
    }
    out
}

/// The largest piece of `quote` around `bold` that takes at most `room` once shown: all of it, or
/// `bold` and whole words around it, or as many of its first words as fit. `None` if none do.
fn window(quote: &str, bold: Span, room: usize) -> Option<Span> {
    let cost = |span: Span| length(&shown(quote, span, bold));
    let whole = Span::new(0, quote.len());
    if cost(whole) <= room {
        return Some(whole);
    }
    let words = words(quote);
    // Nothing follows a place at the end: the last words lead to it.
    let first = words
        .iter()
        .position(|word| word.end > bold.start)
        .or(words.len().checked_sub(1))?;
    let last = words
        .iter()
        .rposition(|word| word.start < bold.end)
        .map_or(first, |last| last.max(first));
    let cover = |first: usize, last: usize| -> Option<Span> {
        Some(words.get(first)?.cover(*words.get(last)?))
    };
    let (mut first, mut last) = (first, last);
    while cost(cover(first, last)?) > room {
        if last == first {
            return None;
        }
        last -= 1;
    }
    // Grows by turns, so that the bold words stand in the middle.
    let (mut may_lead, mut may_follow) = (true, true);
    while may_lead || may_follow {
        if may_follow {
            may_follow = cover(first, last + 1).is_some_and(|span| cost(span) <= room);
            last += usize::from(may_follow);
        }
        if may_lead {
            may_lead = first > 0 && cost(cover(first - 1, last)?) <= room;
            first -= usize::from(may_lead);
        }
    }
    cover(first, last)
}

/// The words of a text, punctuation included: runs without white space, and for long runs their parts.
fn words(text: &str) -> Vec<Span> {
    let mut words = Vec::new();
    let mut at = 0;
    for run in text.split_inclusive(char::is_whitespace) {
        let bare = run.trim_end();
        if bare.chars().nth(LONG_RUN_CHARS).is_some() {
            words.extend(
                bare.split_word_bound_indices()
                    .map(|(start, part)| Span::new(at + start, at + start + part.len())),
            );
        } else if !bare.is_empty() {
            words.push(Span::new(at, at + bare.len()));
        }
        at += run.len();
    }
    words
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::{Collection, DocumentId, DocumentRef, Language, Metadata};
    use proptest::prelude::*;

    pub(in crate::discord::render) fn document(text: &str) -> Document {
        Document {
            id: DocumentId(1),
            reference: DocumentRef {
                collection: Collection::Library,
                number: 46,
            },
            metadata: Metadata {
                title: "A title".to_owned(),
                ..Metadata::default()
            },
            language: Language::English,
            text: text.to_owned(),
            blocks: Vec::new(),
        }
    }

    fn quoted(text: &str, bold: &str, room: usize) -> Option<String> {
        let document = document(text);
        let start = text.find(bold).unwrap();
        let citation = Citation {
            document: &document,
            span: Span::new(0, text.len()),
            bold: Span::new(start, start + bold.len()),
        };
        let mut content = String::new();
        let quoted = push(&mut content, &citation, room)?;
        assert!(quoted.is_in(&content), "{content}");
        assert!(length(&content) <= room, "{} > {room}", length(&content));
        Some(content)
    }

    #[test]
    fn quotes_are_block_quotes_with_the_answer_in_bold() {
        for (text, bold, room, expected) in [
            ("Nobody did it.", "did it", 99, "> “Nobody **did it**.”\n"),
            (
                "One\ntwo\n\n# three",
                "two",
                99,
                "> “One\n> **two**\n> \n> \\# three”\n",
            ),
            ("a b\nc d", "b\nc", 99, "> “a **b**\n> **c** d”\n"),
            ("*a* b", "*a*", 99, "> “**\\*a\\*** b”\n"),
            (
                "one two three four five six seven",
                "four",
                30,
                "> … “three **four** five” …\n",
            ),
            ("one two three four", "one", 24, "> “**one** two” …\n"),
        ] {
            assert_eq!(quoted(text, bold, room).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_word_that_does_not_fit_is_not_cut() {
        let endless = "x".repeat(10_000);
        assert_eq!(quoted(&endless, "x", 1_900), None);
        // Ideographs are words of their own.
        let ideographs = "橋".repeat(3_000);
        let shown = quoted(&ideographs, "橋", 900).unwrap();
        assert!(length(&shown) > 800);
    }

    #[test]
    fn a_changed_quote_is_noticed() {
        let document = document("He did not agree.");
        let citation = Citation {
            document: &document,
            span: Span::new(0, 17),
            bold: Span::default(),
        };
        let mut content = String::new();
        let quoted = push(&mut content, &citation, 99).unwrap();
        assert!(quoted.is_in(&content));
        assert!(!quoted.is_in(&content.replace("not", "now")));
        assert!(!quoted.is_in(""));
    }

    proptest! {
        #[test]
        fn quotes_stay_verbatim_within_the_room_and_end_at_words(
            text in r"([a-z]{1,12}|[*_@#<>`|~\[\]/:-]{1,3}|橋|é|😀| |\n|\n\n){1,200}",
            from in 0_usize..200, len in 0_usize..60, room in 0_usize..700,
        ) {
            let text = crate::text::normalize(&text);
            let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = bounds[from.min(bounds.len() - 1)];
            let end = bounds[(from + len).min(bounds.len() - 1)];
            let document = document(&text);
            let citation = Citation {
                document: &document,
                span: Span::new(0, text.len()),
                bold: Span::new(start, end),
            };
            let mut content = String::new();
            match push(&mut content, &citation, room) {
                None => prop_assert!(content.is_empty()),
                Some(quoted) => {
                    prop_assert!(quoted.is_in(&content), "{content:?}");
                    prop_assert!(length(&content) <= room);
                    prop_assert!(text.contains(&quoted.stored));
                    prop_assert!(content.lines().all(|line| line.starts_with("> ")));
                }
            }
        }
    }
}
