//! Passages: the runs of sentences that are indexed, ranked and quoted from as one.

use super::sentence::{push_bounded, sentences};
use crate::document::{Block, BlockKind, Passage, Span};

/// Fewest sentences of a passage, where its section has as many and [`MAX_PIECES`] allows them.
pub const MIN_SENTENCES: usize = 3;

/// Most sentences of a passage.
pub const MAX_SENTENCES: usize = 5;

/// Most word pieces of a passage, so that the reader sees it whole beside a question. Only a single
/// sentence that is longer by itself exceeds it.
pub const MAX_PIECES: usize = 180;

/// Sentences that a passage shares with the one before it in its section.
pub const OVERLAP: usize = 1;

/// Cuts a document into passages, in text order.
///
/// A section is what stands between two headings; no passage leaves its section, and its `heading` is
/// the nearest one above. A section's sentences are spread evenly over as few passages of at most
/// [`MAX_SENTENCES`] and [`MAX_PIECES`] as will do (six become four and three), each beginning with
/// the last sentence of the one before unless the budget forbids it. Every sentence is in a passage,
/// none is dropped, and no passage lies within another.
///
/// In a document of headings only, each heading is a passage of its own (so that a note which is only
/// a title can be found), under no heading. No blocks, or only blank ones, give no passages.
///
/// `count_pieces` counts the word pieces of a text; it is called once a sentence, and a passage counts
/// as the sum of its sentences.
pub fn passages(
    text: &str,
    blocks: &[Block],
    count_pieces: &dyn Fn(&str) -> usize,
) -> Vec<Passage> {
    let mut found = Vec::new();
    let mut heading = None;
    let mut section = Vec::new();
    for block in blocks {
        match block.kind {
            BlockKind::Heading(_) => {
                push_section(text, &section, heading, count_pieces, &mut found);
                section.clear();
                heading = Some(block.span);
            }
            BlockKind::Paragraph | BlockKind::ListItem => {
                section.extend(sentences(text, block.span));
            }
        }
    }
    push_section(text, &section, heading, count_pieces, &mut found);
    if found.is_empty() {
        let mut titles = Vec::new();
        for block in blocks {
            push_bounded(text, block.span, &mut titles);
        }
        found.extend(titles.into_iter().map(|title| passage(&[title], None)));
    }
    found
}

/// Appends the passages of one section.
fn push_section(
    text: &str,
    section: &[Span],
    heading: Option<Span>,
    count_pieces: &dyn Fn(&str) -> usize,
    out: &mut Vec<Passage>,
) {
    let pieces: Vec<usize> = section
        .iter()
        .map(|sentence| count_pieces(sentence.slice(text).unwrap_or_default()))
        .collect();
    let windows = windows(&pieces);
    out.extend(
        windows
            .into_iter()
            .filter_map(|window| section.get(window.range()))
            .map(|sentences| passage(sentences, heading)),
    );
}

/// The windows of a section as ranges of sentence positions, given the word pieces of each sentence.
///
/// Starts and ends both rise strictly, so no window contains another. Linear time.
fn windows(pieces: &[usize]) -> Vec<Span> {
    let n = pieces.len();
    let mut windows: Vec<Span> = Vec::new();
    let mut start = 0;
    while start < n {
        let mut end = start + 1;
        let mut sum = pieces[start];
        let share = even_share(n - start);
        while end < n && end - start < share && sum + pieces[end] <= MAX_PIECES {
            sum += pieces[end];
            end += 1;
        }
        // A last window that came out short grows backwards, but not over its predecessor.
        if let Some(previous) = windows.last().filter(|_| end == n) {
            while end - start < MIN_SENTENCES
                && start > previous.start + 1
                && sum + pieces[start - 1] <= MAX_PIECES
            {
                start -= 1;
                sum += pieces[start];
            }
        }
        windows.push(Span::new(start, end));
        let has_room = end < n && pieces[end - 1] + pieces[end] <= MAX_PIECES;
        start = if has_room { end - OVERLAP } else { end };
    }
    windows
}

/// Sentences of the next window when `n_left` remain, the overlapping one included: the fewest windows
/// that can hold them share them evenly. At least 2 where two are left, so that each window brings a
/// new one.
fn even_share(n_left: usize) -> usize {
    let n_new = n_left.saturating_sub(OVERLAP).max(1);
    let n_windows = n_new.div_ceil(MAX_SENTENCES - OVERLAP);
    (n_left + (n_windows - 1) * OVERLAP).div_ceil(n_windows)
}

/// The passage of these sentences, at least one.
fn passage(sentences: &[Span], heading: Option<Span>) -> Passage {
    let span = sentences
        .iter()
        .copied()
        .reduce(Span::cover)
        .unwrap_or_default();
    Passage {
        span,
        sentences: sentences.to_vec(),
        heading,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain_blocks;
    use proptest::prelude::*;

    fn sizes(pieces: &[usize]) -> Vec<usize> {
        windows(pieces).into_iter().map(Span::len).collect()
    }

    #[test]
    fn sentences_spread_evenly() {
        for (n, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (3, vec![3]),
            (5, vec![5]),
            (6, vec![4, 3]),
            (7, vec![4, 4]),
            (9, vec![5, 5]),
            (10, vec![4, 4, 4]),
            (11, vec![5, 4, 4]),
        ] {
            assert_eq!(sizes(&vec![10; n]), expected, "{n} sentences");
        }
    }

    #[test]
    fn the_budget_is_kept_at_its_edge() {
        assert_eq!(windows(&[90, 90, 90]), [Span::new(0, 2), Span::new(1, 3)]);
        assert_eq!(
            windows(&[90, 91, 90]),
            [0, 1, 2].map(|i| Span::new(i, i + 1))
        );
        assert_eq!(
            windows(&[60, 60, 60, 60]),
            [Span::new(0, 3), Span::new(1, 4)]
        );
        assert_eq!(windows(&[500, 10, 10]), [Span::new(0, 1), Span::new(1, 3)]);
    }

    fn block(kind: BlockKind, text: &str, part: &str) -> Block {
        let start = text.find(part).unwrap();
        let span = Span::new(start, start + part.len());
        Block { kind, span }
    }

    fn count_words(text: &str) -> usize {
        text.split_whitespace().count()
    }

    #[test]
    fn passages_stay_under_their_heading() {
        let text =
            "Intro. Alpha\n\nTitle One\n\nFirst. Second.\n\nThird.\n\nSub\n\nTitle Two\n\nLast.";
        let blocks = [
            block(BlockKind::Paragraph, text, "Intro. Alpha"),
            block(BlockKind::Heading(1), text, "Title One"),
            block(BlockKind::Paragraph, text, "First. Second."),
            block(BlockKind::ListItem, text, "Third."),
            block(BlockKind::Heading(2), text, "Sub"),
            block(BlockKind::Heading(1), text, "Title Two"),
            block(BlockKind::Paragraph, text, "Last."),
        ];
        let shown: Vec<_> = passages(text, &blocks, &count_words)
            .into_iter()
            .map(|p| {
                (
                    p.heading.and_then(|h| h.slice(text)),
                    p.span.slice(text).unwrap(),
                )
            })
            .collect();
        let expected = [
            (None, "Intro. Alpha"),
            (Some("Title One"), "First. Second.\n\nThird."),
            (Some("Title Two"), "Last."),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_document_of_headings_gives_one_passage_a_heading() {
        let text = "Only a title. Twice\n\nMore";
        let blocks = [
            block(BlockKind::Heading(1), text, "Only a title. Twice"),
            block(BlockKind::Heading(2), text, "More"),
        ];
        let found = passages(text, &blocks, &count_words);
        let spans: Vec<_> = found.iter().map(|p| p.span).collect();
        assert_eq!(spans, blocks.map(|b| b.span));
        assert!(
            found
                .iter()
                .all(|p| p.heading.is_none() && p.sentences == [p.span])
        );
    }

    #[test]
    fn nothing_gives_no_passages() {
        assert!(passages("", &[], &count_words).is_empty());
        let blank = Block {
            kind: BlockKind::Paragraph,
            span: Span::new(0, 2),
        };
        assert!(passages("  ", &[blank], &count_words).is_empty());
        let outside = Block {
            kind: BlockKind::Paragraph,
            span: Span::new(5, 9),
        };
        assert!(passages("  ", &[outside], &count_words).is_empty());
    }

    #[test]
    fn pieces_are_counted_once_a_sentence() {
        let calls = std::cell::Cell::new(0);
        let text = "One is. Two is. Three is. Four is. Five is. Six is. Seven is.";
        let count = |_: &str| {
            calls.set(calls.get() + 1);
            1
        };
        passages(text, &plain_blocks(text), &count);
        assert_eq!(calls.get(), 7);
    }

    proptest! {
        #[test]
        fn windows_cover_advance_and_overlap(pieces in prop::collection::vec(0_usize..240, 0..40)) {
            let windows = windows(&pieces);
            let sum = |w: Span| pieces[w.range()].iter().sum::<usize>();
            prop_assert_eq!(windows.first().map_or(0, |w| w.start), 0);
            prop_assert_eq!(windows.last().map_or(0, |w| w.end), pieces.len());
            for window in &windows {
                prop_assert!((1..=MAX_SENTENCES).contains(&window.len()));
                prop_assert!(sum(*window) <= MAX_PIECES || window.len() == 1);
            }
            for pair in windows.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                prop_assert!(a.start < b.start && a.end < b.end && b.start <= a.end);
                let forbidden = pieces[a.end - 1] + pieces[a.end] > MAX_PIECES;
                prop_assert!(b.start < a.end || forbidden);
            }
            if pieces.len() >= MIN_SENTENCES && pieces.iter().all(|&n| n <= MAX_PIECES / MAX_SENTENCES) {
                prop_assert!(windows.iter().all(|w| w.len() >= MIN_SENTENCES));
            }
        }

        #[test]
        fn passages_slice_their_document_and_cover_its_sentences_in_order(
            text in "([A-Zé][a-zß]{0,6}[.!?]? |漢字。|\n\n|TITLE IT\n\n|- item\n){0,60}",
        ) {
            let blocks = plain_blocks(&text);
            let found = passages(&text, &blocks, &count_words);
            let mut covered: Vec<Span> = Vec::new();
            for passage in &found {
                prop_assert!(passage.span.slice(&text).is_some());
                prop_assert_eq!(Some(&passage.span.start), passage.sentences.first().map(|s| &s.start));
                prop_assert_eq!(Some(&passage.span.end), passage.sentences.last().map(|s| &s.end));
                covered.extend(passage.sentences.iter().filter(|s| covered.last().is_none_or(|last| last < s)).copied().collect::<Vec<_>>());
            }
            let expected: Vec<Span> = blocks
                .iter()
                .filter(|b| !matches!(b.kind, BlockKind::Heading(_)))
                .flat_map(|b| sentences(&text, b.span))
                .collect();
            prop_assert_eq!(covered, expected);
        }
    }
}
