//! Answers and summaries for the eye: pure, from values to text.
//!
//! Stored text is shown word for word; only white space is re-flowed to the width of the terminal.
//! Control characters are shown as spaces, so that no article can steer a terminal.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use crate::answer::{Answer, Outcome, Quote};
use crate::document::{DocumentRef, Span};
use crate::retrieve::{Article, MAX_LEAD};
use crate::summary::{DigestEntry, NoSummary, SummarySentence, TopicSummary};

/// The text of an answer, ending in a line break. `also_in` names the copies of each quote.
pub(super) fn answer(answer: &Answer, also_in: &[Vec<DocumentRef>], style: Style) -> String {
    let mut out = String::new();
    let shown: Vec<(&Quote, &[DocumentRef])> = answer
        .quotes
        .iter()
        .zip(also_in)
        .map(|(quote, copies)| (quote, copies.as_slice()))
        .collect();
    match (answer.outcome, shown.split_first()) {
        (Outcome::Nothing, _) | (_, None) => {
            out.push_str("Nothing was found in the articles on this.\n");
        }
        (Outcome::Closest, Some(_)) => {
            out.push_str("The articles do not answer this directly. The closest passages:\n");
            for (quote, copies) in shown {
                out.push('\n');
                push_lines(&mut out, "  ", &words(quote.text()), Dress::Plain, style);
                push_source(&mut out, quote, copies, style);
            }
        }
        (Outcome::Answer, Some(((first, copies), rest))) => {
            push_quote(&mut out, first, copies, true, style);
            let rest: Vec<_> = rest
                .iter()
                .filter(|(quote, _)| is_believed(quote))
                .collect();
            if !rest.is_empty() {
                out.push_str("\nAlso:\n");
            }
            for (quote, copies) in rest {
                out.push('\n');
                push_quote(&mut out, quote, copies, false, style);
            }
        }
    }
    out
}

/// Whether the reader found an answer in this quote too, and is not sure of another: a weaker one would only be
/// noise beside an answer.
fn is_believed(quote: &Quote) -> bool {
    quote
        .evidence
        .reading
        .is_some_and(|reading| reading.span_score > 0.0 && reading.lead > -MAX_LEAD)
}

fn push_quote(
    out: &mut String,
    quote: &Quote,
    copies: &[DocumentRef],
    with_context: bool,
    style: Style,
) {
    if with_context {
        push_lines(out, "  ", &words(quote.before()), Dress::Dim, style);
    }
    push_lines(
        out,
        "> ",
        &emphasised(quote.text(), quote.bold()),
        Dress::Bold,
        style,
    );
    if with_context {
        push_lines(out, "  ", &words(quote.after()), Dress::Dim, style);
    }
    push_source(out, quote, copies, style);
}

fn push_source(out: &mut String, quote: &Quote, copies: &[DocumentRef], style: Style) {
    let line = words(&source_line(quote, copies));
    push_lines(out, "  ", &line, Dress::Plain, style);
}

/// Title, outlet, date and id, and who else says so.
fn source_line(quote: &Quote, copies: &[DocumentRef]) -> String {
    let mut line = format!("— {}", source(quote.article()));
    if !copies.is_empty() {
        let names: Vec<String> = copies.iter().map(ToString::to_string).collect();
        line.push_str(&format!(" · also in {}", names.join(", ")));
    }
    line
}

/// Title, outlet, date, address and id.
fn source(article: &Article) -> String {
    let document = &article.document;
    let metadata = &document.metadata;
    let mut parts = vec![metadata.title.clone()];
    parts.extend(metadata.outlet.clone());
    parts.extend(metadata.published.map(|date| date.long()));
    parts.extend(metadata.url.clone());
    match article.is_unstored() {
        true => parts.join(", "),
        false => format!("{} [{}]", parts.join(", "), document.reference),
    }
}

/// The sentences of one article, and where they stand.
pub(super) fn summary(sentences: &[SummarySentence], style: Style) -> String {
    let mut out = String::new();
    for sentence in sentences {
        push_item(&mut out, "> ", &words(sentence.text()), style);
    }
    if let Some(first) = sentences.first() {
        let line = format!("— {}", source(first.article()));
        push_lines(&mut out, "  ", &words(&line), Dress::Plain, style);
    }
    out
}

/// Why there is no summary, as a sentence.
pub(super) fn no_summary(reason: NoSummary) -> String {
    let text = reason.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    format!("{}{}.\n", first.collect::<String>(), chars.as_str())
}

/// The sentences about a topic with the numbers of their sources, the sources, then what happened
/// when and where the sources disagree.
pub(super) fn topic_summary(summary: &TopicSummary, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Footnotes::default();
    for sentence in &summary.sentences {
        push_noted(&mut out, "> ", sentence, &mut notes, style);
    }
    if summary.timeline.len() > 1 {
        out.push_str("\nWhat happened when:\n");
        for entry in &summary.timeline {
            let date = format!("{}: ", entry.date.long());
            push_lines(&mut out, "  ", &words(&date), Dress::Plain, style);
            push_noted(&mut out, "  > ", &entry.sentence, &mut notes, style);
        }
    }
    if !summary.disagreements.is_empty() {
        out.push_str("\nThe sources disagree:\n");
    }
    for (position, found) in summary.disagreements.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        for (sentence, number) in [
            (&found.first, found.first_number),
            (&found.second, found.second_number),
        ] {
            let mut shown = emphasised(sentence.text(), number);
            shown.extend(words(&notes.mark(sentence)));
            push_item(&mut out, "  > ", &shown, style);
        }
    }
    out.push('\n');
    for (position, article) in notes.articles.iter().enumerate() {
        let line = format!("[{}] {}", position + 1, source(article));
        push_lines(&mut out, "  ", &words(&line), Dress::Plain, style);
    }
    out
}

/// Digest entries, each with its source and how many outlets tell it.
pub(super) fn digest(entries: &[DigestEntry], style: Style) -> String {
    let mut out = String::new();
    for (position, entry) in entries.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        push_item(&mut out, "> ", &words(entry.sentence.text()), style);
        let mut line = format!("— {}", source(entry.sentence.article()));
        if entry.n_outlets > 1 {
            line.push_str(&format!(" · in {} outlets", entry.n_outlets));
        }
        push_lines(&mut out, "  ", &words(&line), Dress::Plain, style);
    }
    out
}

/// The articles that a text refers to, numbered from 1 in the order they first occur.
#[derive(Default)]
struct Footnotes<'a> {
    articles: Vec<&'a Article>,
}

impl<'a> Footnotes<'a> {
    /// `[1]`, or `[1, 3]` where others say the same.
    fn mark(&mut self, sentence: &'a SummarySentence) -> String {
        let others = sentence.also_in().iter().map(|article| &**article);
        let numbers: Vec<String> = std::iter::once(sentence.article())
            .chain(others)
            .map(|article| {
                let same = |known: &&Article| known.document.id == article.document.id;
                let position = self.articles.iter().position(same).unwrap_or_else(|| {
                    self.articles.push(article);
                    self.articles.len() - 1
                });
                (position + 1).to_string()
            })
            .collect();
        format!("[{}]", numbers.join(", "))
    }
}

fn push_noted<'a>(
    out: &mut String,
    prefix: &str,
    sentence: &'a SummarySentence,
    notes: &mut Footnotes<'a>,
    style: Style,
) {
    let mut shown = words(sentence.text());
    shown.extend(words(&notes.mark(sentence)));
    push_item(out, prefix, &shown, style);
}

fn push_item(out: &mut String, prefix: &str, words: &[Word], style: Style) {
    push_lines(out, prefix, words, Dress::Bold, style);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dress {
    Plain,
    Dim,
    Bold,
}

/// A word as its parts, each with whether it is emphasised: most words have one.
type Word = Vec<(String, bool)>;

fn words(text: &str) -> Vec<Word> {
    emphasised(text, Span::default())
}

/// The words of `text`, split where `bold` begins and ends within them.
fn emphasised(text: &str, bold: Span) -> Vec<Word> {
    let mut words: Vec<Word> = vec![Vec::new()];
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            words.push(Vec::new());
            continue;
        }
        let shown = if c.is_control() { ' ' } else { c };
        let marked = bold.start <= at && at < bold.end;
        let Some(word) = words.last_mut() else {
            continue;
        };
        match word.last_mut().filter(|(_, before)| *before == marked) {
            Some((part, _)) => part.push(shown),
            None => word.push((shown.to_string(), marked)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Wraps words under `prefix`; neighbouring emphasised words are dressed as one.
fn push_lines(out: &mut String, prefix: &str, words: &[Word], dress: Dress, style: Style) {
    if words.is_empty() {
        return;
    }
    let room = style
        .columns
        .map_or(usize::MAX, |columns| columns - prefix.width());
    let mut lines: Vec<Vec<&Word>> = vec![Vec::new()];
    let mut used = 0;
    for word in words {
        let width: usize = word.iter().map(|(part, _)| part.width()).sum();
        if used > 0 && used + 1 + width > room {
            lines.push(Vec::new());
            used = 0;
        }
        used += width + usize::from(used > 0);
        if let Some(line) = lines.last_mut() {
            line.push(word);
        }
    }
    for line in lines {
        out.push_str(prefix);
        out.push_str(&dressed(&line, dress, style));
        out.push('\n');
    }
}

/// One line: neighbouring emphasised words, and the spaces between them, are dressed as one run.
fn dressed(line: &[&Word], dress: Dress, style: Style) -> String {
    let mut runs: Vec<(String, bool)> = Vec::new();
    for (position, word) in line.iter().enumerate() {
        let opens_bold = word.first().is_some_and(|(_, bold)| *bold);
        if position > 0 {
            match runs.last_mut() {
                Some((run, true)) if opens_bold => run.push(' '),
                Some((run, false)) => run.push(' '),
                _ => runs.push((" ".to_owned(), false)),
            }
        }
        for (part, bold) in *word {
            match runs.last_mut().filter(|(_, before)| before == bold) {
                Some((run, _)) => run.push_str(part),
                None => runs.push((part.clone(), *bold)),
            }
        }
    }
    let text: String = runs
        .into_iter()
        .map(|(run, bold)| if bold { style.bold(&run) } else { run })
        .collect();
    match dress {
        Dress::Plain | Dress::Bold => text,
        Dress::Dim => style.dim(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, bold: Span, columns: Option<usize>, color: bool) -> String {
        let mut out = String::new();
        let style = Style { color, columns };
        push_lines(&mut out, "> ", &emphasised(text, bold), Dress::Bold, style);
        out
    }

    #[test]
    fn emphasis_begins_and_ends_at_the_byte() {
        let text = "signed on 4 April 2023, in Brussels";
        assert_eq!(
            lines(text, Span::new(10, 22), None, false),
            "> signed on **4 April 2023**, in Brussels\n"
        );
    }

    #[test]
    fn emphasis_goes_on_over_a_line_break() {
        let text = "one two three four";
        assert_eq!(
            lines(text, Span::new(4, 13), Some(11), true),
            "> one \u{1b}[1mtwo\u{1b}[0m\n> \u{1b}[1mthree\u{1b}[0m\n> four\n"
        );
    }

    #[test]
    fn white_space_is_re_flowed_and_controls_are_blanked() {
        assert_eq!(
            lines("a\u{1b}[31m\n\nb   c", Span::default(), None, false),
            "> a [31m b c\n"
        );
        assert_eq!(lines("  ", Span::default(), None, false), "");
    }
}
