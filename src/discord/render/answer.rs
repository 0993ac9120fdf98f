//! Answers, and what their buttons show.

use super::escape::{label, length};
use super::quote::{self, Citation};
use super::source::{TITLE_CHARS, description, question as quoted_question};
use super::{Button, Look, MAX_CONTENT, Message, page, turning};
use crate::answer::{ANSWER_THRESHOLD, Outcome};
use crate::discord::components::Press;
use crate::document::{BlockKind, Document, Span};
use crate::store::{AnswerId, Verdict, Why};

/// Length of the first quote with its source, at most: short enough to be read at a glance.
const FIRST_ROOM: usize = 1_300;
/// Length of each further quote with its source, at most.
const MORE_ROOM: usize = 900;
/// Length of each paragraph around a quote, at most.
const NEIGHBOUR_ROOM: usize = 450;
/// Titles offered where nothing answers.
pub const MAX_NEAREST: usize = 3;
/// Characters of a question that are repeated.
const QUESTION_CHARS: usize = 200;
/// Quotes that are explained.
const MAX_EXPLAINED: usize = 3;

/// What is told about one question.
#[derive(Clone, Debug)]
pub struct AnswerView<'a> {
    /// The stored answer its buttons point at.
    pub id: AnswerId,
    /// How sure it is.
    pub outcome: Outcome,
    /// The best quote and how many other articles say the same; `None` unless there is a quote.
    pub first: Option<(Citation<'a>, usize)>,
    /// How many quotes there are, the first included.
    pub n_quotes: usize,
    /// The question.
    pub question: &'a str,
    /// The question as it was understood, if that differs.
    pub asked_as: Option<&'a str>,
    /// Who asked, of an answer that they show to others.
    pub shared_by: Option<u64>,
    /// The nearest articles, best first.
    pub nearest: Vec<&'a Document>,
    /// Whether the asker alone sees it.
    pub is_private: bool,
}

/// The message that answers.
pub fn answer(view: &AnswerView<'_>) -> Message {
    let mut message = Message::default();
    match (view.shared_by, view.asked_as) {
        (Some(asker), asked_as) => {
            let asked = short(asked_as.unwrap_or(view.question));
            message.content = format!("-# <@{asker}> asked: {asked}\n");
        }
        (None, Some(asked_as)) => {
            message.content = format!("-# Understood as: {}\n", short(asked_as));
        }
        (None, None) => {}
    }
    match (view.outcome, &view.first) {
        (Outcome::Answer, Some((citation, n_copies))) => {
            message.push_cited(citation, *n_copies, FIRST_ROOM);
        }
        (Outcome::Nothing, _) => message.content.push_str(&format!(
            "I found nothing in the articles on: {}\n",
            short(view.question)
        )),
        (Outcome::Answer | Outcome::Closest, _) => message.content.push_str(&format!(
            "No article directly answers: {}\n",
            short(view.question)
        )),
    }
    if view.outcome != Outcome::Answer && !view.nearest.is_empty() {
        message.content.push_str("The nearest articles:\n");
        for document in view.nearest.iter().take(MAX_NEAREST) {
            push_if_it_fits(
                &mut message.content,
                &format!("- {}\n", description(document)),
            );
        }
    }
    let rows = buttons(view);
    rows.into_iter().fold(message, Message::with_row)
}

fn push_if_it_fits(content: &mut String, line: &str) {
    if length(content) + length(line) <= MAX_CONTENT {
        content.push_str(line);
    }
}

fn short(question: &str) -> String {
    quoted_question(&super::escape::shortened(question, QUESTION_CHARS))
}

fn buttons(view: &AnswerView<'_>) -> Vec<Vec<Button>> {
    let id = view.id;
    let mut first = Vec::new();
    let more = Press::More {
        answer: id,
        page: 0,
    };
    match view.outcome {
        Outcome::Answer => {
            if view.n_quotes > 1 {
                first.push(Button::new("More passages", more));
            }
            first.push(Button::new("In context", Press::Context(id)));
            first.push(Button::new("Why this?", Press::Why(id)));
        }
        Outcome::Closest => {
            first.push(Button::new("Nearest passages", more));
            first.push(Button::new("Why this?", Press::Why(id)));
        }
        Outcome::Nothing => {}
    }
    first.push(Button::new("Ask more", Press::AskMore(id)));
    if view.is_private && view.outcome == Outcome::Answer {
        first.push(Button::new("Share", Press::Share(id)).looking(Look::Primary));
    }
    let vote = |helpful| Press::Vote {
        answer: id,
        helpful,
    };
    vec![
        first,
        vec![
            Button::sign('👍', vote(true)),
            Button::sign('👎', vote(false)),
        ],
    ]
}

/// A page of further quotes. `skipped` counts the quotes whose articles are gone or hidden.
pub fn more(
    id: AnswerId,
    quotes: &[Citation<'_>],
    verdict: Verdict,
    skipped: usize,
    page_idx: u32,
) -> Message {
    let heading = match verdict {
        Verdict::Answer => "**More passages**\n",
        Verdict::Closest | Verdict::Nothing => {
            "**The nearest passages.** None of them answers the question directly.\n"
        }
    };
    if quotes.is_empty() {
        return Message::text(match skipped {
            0 => "There are no more passages.",
            _ => "The articles of the other passages are no longer here.",
        });
    }
    let blocks = quotes
        .iter()
        .map(|citation| {
            let mut block = Message::default();
            block.push_cited(citation, 0, MORE_ROOM);
            block
        })
        .collect();
    let (shown, n_pages) = page(blocks, MAX_CONTENT - length(heading), page_idx);
    let mut message = Message::text(heading);
    message.append(shown);
    message.with_row(turning(page_idx.min(n_pages - 1), n_pages, |page| {
        Press::More { answer: id, page }
    }))
}

/// The paragraph of a quote with its neighbours.
pub fn context(citation: &Citation<'_>) -> Message {
    let document = citation.document;
    let mut message = Message::text(format!("**In context** — {}\n", description(document)));
    let own = own_block(document, citation.span);
    let position = document
        .blocks
        .iter()
        .position(|block| block.span.overlaps(own));
    let is_text = |kind| !matches!(kind, BlockKind::Heading(_));
    let neighbour = |block_idx: Option<usize>| {
        let block = document.blocks.get(block_idx?)?;
        is_text(block.kind).then_some(block.span)
    };
    let last = document
        .blocks
        .iter()
        .rposition(|block| block.span.overlaps(own));
    let before = neighbour(position.and_then(|position| position.checked_sub(1)));
    let after = neighbour(last.map(|last| last + 1));
    let parts = [
        // Of a long paragraph before, the end is what leads to the quote.
        before.map(|span| (span, Span::new(span.end, span.end))),
        Some((own, citation.bold)),
        after.map(|span| (span, Span::new(span.start, span.start))),
    ];
    for (span, bold) in parts.into_iter().flatten() {
        let room = if span == own {
            MAX_CONTENT - 2 * NEIGHBOUR_ROOM - 2 - length(&description(document)) - 30
        } else {
            NEIGHBOUR_ROOM
        };
        let part = Citation {
            document,
            span,
            bold,
        };
        if !message.quoted.is_empty() {
            message.content.push('\n');
        }
        if let Some(quoted) = quote::push(&mut message.content, &part, room) {
            message.quoted.push(quoted);
        }
    }
    if message.quoted.is_empty() {
        message
            .content
            .push_str("The passage has a word too long for a message.");
    }
    message
}

/// The paragraphs a quote stands in; the quote itself if the document has none there.
fn own_block(document: &Document, span: Span) -> Span {
    document
        .blocks
        .iter()
        .filter(|block| block.span.overlaps(span))
        .map(|block| block.span)
        .reduce(Span::cover)
        .map_or(span, |own| own.cover(span))
}

/// One quote's reasons.
#[derive(Clone, Debug)]
pub struct Reason<'a> {
    /// The article.
    pub document: &'a Document,
    /// What spoke for the quote.
    pub why: &'a Why,
}

/// Why an answer is what it is.
pub fn why(asked_as: &str, confidence: f32, reasons: &[Reason<'_>]) -> Message {
    let mut content = format!(
        "**Why this?** I looked for: {}\nConfidence {:.0} %; from {:.0} % on I call it an answer.\n",
        short(asked_as),
        confidence * 100.0,
        ANSWER_THRESHOLD * 100.0,
    );
    for (reason_idx, reason) in reasons.iter().take(MAX_EXPLAINED).enumerate() {
        let title = label(&reason.document.metadata.title, TITLE_CHARS);
        push_if_it_fits(
            &mut content,
            &format!("{}. {title}: {}\n", reason_idx + 1, explained(reason.why)),
        );
    }
    if reasons.is_empty() {
        content.push_str("The articles it rested on are no longer here.\n");
    }
    Message::text(content)
}

fn explained(why: &Why) -> String {
    const MAX_TERMS: usize = 12;
    let mut parts = Vec::new();
    if why.matched.is_empty() {
        parts.push("none of your words, but the meaning is near".to_owned());
    } else {
        let terms: Vec<String> = why
            .matched
            .iter()
            .take(MAX_TERMS)
            .map(|term| label(term, 24))
            .collect();
        parts.push(format!(
            "your words *{}* ({:.0} % of the question)",
            terms.join(", "),
            why.coverage * 100.0
        ));
    }
    match (why.words_rank, why.meaning_rank) {
        (Some(words), Some(meaning)) => {
            parts.push(format!("number {words} by words and {meaning} by meaning"));
        }
        (Some(words), None) => parts.push(format!("number {words} by words")),
        (None, Some(meaning)) => parts.push(format!("number {meaning} by meaning")),
        (None, None) => {}
    }
    parts.push(match why.read {
        Some(score) if score > 0.0 => "read, and an answer found in it".to_owned(),
        Some(_) => "read, and no answer found in it".to_owned(),
        None => "not read".to_owned(),
    });
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::hostile::{self, document};
    use super::*;
    use crate::store::AnswerId;
    use proptest::prelude::*;

    const TEXT: &str = "The White House confirmed the step but noted that Putin did not endorse the \
                        broader 30-day ceasefire that Trump had proposed.";

    #[test]
    fn of_a_long_paragraph_before_the_end_is_shown() {
        let before = format!("{}and so it began.", "Nobody knew why. ".repeat(60));
        let document = document("Title", &format!("{before}\n\n{TEXT}"));
        let own = Span::new(before.len() + 2, document.text.len());
        let citation = Citation {
            document: &document,
            span: own,
            bold: own,
        };
        let message = context(&citation);
        message.check().unwrap();
        assert_eq!(message.quoted.len(), 2);
        assert!(
            message
                .content
                .contains("Nobody knew why. and so it began."),
            "{}",
            message.content
        );
    }

    fn cited(document: &Document) -> Citation<'_> {
        Citation {
            document,
            span: Span::new(0, document.text.len()),
            bold: Span::new(64, 99),
        }
    }

    fn view<'a>(document: &'a Document, outcome: Outcome) -> AnswerView<'a> {
        AnswerView {
            id: AnswerId(7),
            outcome,
            first: Some((cited(document), 1)),
            n_quotes: 3,
            question: "and *why*?",
            asked_as: Some("why did Putin refuse"),
            shared_by: None,
            nearest: vec![document],
            is_private: true,
        }
    }

    /// A message as it is sent: its text, then its buttons.
    fn shown(message: &Message) -> String {
        message.check().unwrap();
        let rows = message.rows.iter().map(|row| {
            let buttons = row.iter().map(|button| {
                let sign = button.emoji.map(String::from).unwrap_or_default();
                format!("[{sign}{}: {}]", button.label, button.press)
            });
            buttons.collect::<Vec<_>>().join(" ")
        });
        let rows = rows.collect::<Vec<_>>().join("\n");
        format!("{}{rows}", message.content)
    }

    #[test]
    fn the_three_outcomes_look_different() {
        let document = document("Talks [end]", TEXT);
        insta::assert_snapshot!(shown(&answer(&view(&document, Outcome::Answer))), @r"
        -# Understood as: *why did Putin refuse*
        > “The White House confirmed the step but noted that Putin did not **endorse the broader 30-day ceasefir**e that Trump had proposed.”
        — *Talks \[end\]*, The \*Outlet\*, 18 March 2025 · `L46` · [read there](<https://example.org/a#:~:text=The%20White%20House%20confirmed,that%20Trump%20had%20proposed%2E>) · also in 1 other
        [More passages: q1:more:7:0] [In context: q1:context:7] [Why this?: q1:why:7] [Ask more: q1:ask:7] [Share: q1:share:7]
        [👍: q1:vote:7:1] [👎: q1:vote:7:0]
        ");
        insta::assert_snapshot!(shown(&answer(&view(&document, Outcome::Closest))), @r"
        -# Understood as: *why did Putin refuse*
        No article directly answers: *and \*why\*?*
        The nearest articles:
        - *Talks \[end\]*, The \*Outlet\*, 18 March 2025 · `L46`
        [Nearest passages: q1:more:7:0] [Why this?: q1:why:7] [Ask more: q1:ask:7]
        [👍: q1:vote:7:1] [👎: q1:vote:7:0]
        ");
        insta::assert_snapshot!(shown(&answer(&view(&document, Outcome::Nothing))), @r"
        -# Understood as: *why did Putin refuse*
        I found nothing in the articles on: *and \*why\*?*
        The nearest articles:
        - *Talks \[end\]*, The \*Outlet\*, 18 March 2025 · `L46`
        [Ask more: q1:ask:7]
        [👍: q1:vote:7:1] [👎: q1:vote:7:0]
        ");
    }

    #[test]
    fn a_shared_answer_says_who_asked_what() {
        let document = document("Talks end", TEXT);
        let shared = AnswerView {
            shared_by: Some(12),
            is_private: false,
            ..view(&document, Outcome::Answer)
        };
        insta::assert_snapshot!(shown(&answer(&shared)).lines().next().unwrap(), @"-# <@12> asked: *why did Putin refuse*");
    }

    #[test]
    fn more_context_and_reasons() {
        let document = document("Talks end", TEXT);
        let quotes = [cited(&document), cited(&document)];
        let message = more(AnswerId(7), &quotes, Verdict::Answer, 0, 0);
        insta::assert_snapshot!(shown(&message), @r"
        **More passages**
        > “The White House confirmed the step but noted that Putin did not **endorse the broader 30-day ceasefir**e that Trump had proposed.”
        — *Talks end*, The \*Outlet\*, 18 March 2025 · `L46` · [read there](<https://example.org/a#:~:text=The%20White%20House%20confirmed,that%20Trump%20had%20proposed%2E>)
        > “The White House confirmed the step but noted that Putin did not **endorse the broader 30-day ceasefir**e that Trump had proposed.”
        — *Talks end*, The \*Outlet\*, 18 March 2025 · `L46` · [read there](<https://example.org/a#:~:text=The%20White%20House%20confirmed,that%20Trump%20had%20proposed%2E>)
        ");
        let message = more(AnswerId(7), &[], Verdict::Answer, 2, 0);
        insta::assert_snapshot!(shown(&message), @"The articles of the other passages are no longer here.");
        insta::assert_snapshot!(shown(&context(&cited(&document))), @r"
        **In context** — *Talks end*, The \*Outlet\*, 18 March 2025 · `L46`
        > “The White House confirmed the step but noted that Putin did not **endorse the broader 30-day ceasefir**e that Trump had proposed.”
        ");
        let why = Why {
            matched: vec!["Putin".to_owned(), "refuse".to_owned()],
            words_rank: Some(2),
            meaning_rank: Some(1),
            coverage: 0.625,
            read: Some(4.26),
            also_in: 0,
        };
        let reasons = [
            Reason {
                document: &document,
                why: &why,
            },
            Reason {
                document: &document,
                why: &Why::default(),
            },
        ];
        let message = super::why("what did Putin refuse?", 0.834, &reasons);
        insta::assert_snapshot!(shown(&message), @"
        **Why this?** I looked for: *what did Putin refuse?*
        Confidence 83 %; from 32 % on I call it an answer.
        1. Talks end: your words *Putin, refuse* (62 % of the question); number 2 by words and 1 by meaning; read, and an answer found in it
        2. Talks end: none of your words, but the meaning is near; not read
        ");
    }

    proptest! {
        #[test]
        fn whatever_articles_and_questions_hold_messages_keep_their_limits(
            document in hostile::any_document(), question in hostile::title(),
            from in 0_usize..4_000, len in 0_usize..3_000, page_idx in any::<u32>(),
        ) {
            let title = document.metadata.title.clone();
            let bound = |at: usize| {
                (0..=at.min(document.text.len())).rev().find(|at| document.text.is_char_boundary(*at)).unwrap()
            };
            let (start, end) = (bound(from), bound(from + len));
            let citation = Citation { document: &document, span: Span::new(0, document.text.len()), bold: Span::new(start, end) };
            for outcome in [Outcome::Answer, Outcome::Closest, Outcome::Nothing] {
                let view = AnswerView {
                    first: Some((citation, 9)),
                    question: &question,
                    asked_as: Some(&question),
                    shared_by: Some(u64::MAX),
                    nearest: vec![&document; 3],
                    ..view(&document, outcome)
                };
                prop_assert_eq!(answer(&view).check(), Ok(()));
            }
            prop_assert_eq!(more(AnswerId(u64::MAX), &[citation; 7], Verdict::Answer, 0, page_idx).check(), Ok(()));
            prop_assert_eq!(context(&citation).check(), Ok(()));
            let why = Why { matched: vec![title.clone(); 30], ..Why::default() };
            let reasons = vec![Reason { document: &document, why: &why }; 5];
            prop_assert_eq!(super::why(&question, 0.2, &reasons).check(), Ok(()));
        }
    }
}
