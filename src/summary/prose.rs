//! Which sentences of a document are prose, which quotations reach over several, and which sentences lean on
//! others.

use crate::document::{Block, BlockKind, Language, Span};
use crate::text;

/// Sentences of one article that are looked at; what stands behind them is not summarised. A book has
/// fewer, and 200,000 words are about half.
pub const MAX_SENTENCES: usize = 20_000;

/// Words that a sentence needs, to say something.
const MIN_WORDS: usize = 4;
/// Shortest average line of a sentence that stands on several: below it, the lines are rows of a list
/// or a table and no hard-wrapped prose.
const MIN_LINE_CHARS: usize = 40;

/// A sentence of prose.
pub(super) struct Sentence {
    pub(super) span: Span,
    /// A quotation is open before its first word.
    pub(super) begins_within: bool,
    /// A quotation is open behind its last word.
    pub(super) ends_within: bool,
}

/// The sentences of a document that are prose: no headings, no rows of tables, no scores. Where nothing is,
/// whatever ends as a sentence does.
pub(super) fn prose(text: &str, blocks: &[Block]) -> Vec<Sentence> {
    let found = sentences(text, blocks, is_prose);
    match found.is_empty() {
        true => sentences(text, blocks, is_short_sentence),
        false => found,
    }
}

/// All sentences but headings.
pub(super) fn all(text: &str, blocks: &[Block]) -> Vec<Sentence> {
    sentences(text, blocks, |_| true)
}

fn sentences(text: &str, blocks: &[Block], is_wanted: fn(&str) -> bool) -> Vec<Sentence> {
    let mut found = Vec::new();
    for block in blocks {
        if matches!(block.kind, BlockKind::Heading(_)) {
            continue;
        }
        let mut is_open = false;
        for span in text::sentences(text, block.span) {
            let Some(sentence) = span.slice(text) else {
                continue;
            };
            let begins_within = is_open;
            let marks = Marks::after(is_open, sentence);
            is_open = marks.is_open;
            if is_wanted(sentence) && !marks.is_stray {
                found.push(Sentence {
                    span,
                    begins_within,
                    ends_within: is_open,
                });
            }
            if found.len() == MAX_SENTENCES {
                return found;
            }
        }
    }
    found
}

/// What the quotation marks of a sentence leave behind.
struct Marks {
    /// A quotation is open behind it.
    is_open: bool,
    /// It closes what was not open: the beginning of the quotation is missing or is no quotation at all.
    is_stray: bool,
}

impl Marks {
    /// Reads a sentence; `is_open`: a quotation is open before it.
    fn after(mut is_open: bool, sentence: &str) -> Marks {
        let mut is_stray = false;
        let mut before = ' ';
        let mut chars = sentence.chars().peekable();
        while let Some(c) = chars.next() {
            let opens = match c {
                '„' | '«' | '“' | '»' => Some(!is_open),
                // Beside a word's beginning it opens, whatever came before: one that was forgotten does not
                // turn all others round.
                '"' | '”'
                    if before.is_whitespace() || matches!(before, '(' | '[' | '-' | '–' | '—') =>
                {
                    Some(!is_open || chars.peek().is_some_and(|next| next.is_alphanumeric()))
                }
                '"' | '”' => Some(false),
                _ => None,
            };
            if let Some(opens) = opens {
                is_stray |= !opens && !is_open;
                is_open = opens;
            }
            before = c;
        }
        Marks { is_open, is_stray }
    }
}

/// Whether a sentence says something in words.
fn is_prose(sentence: &str) -> bool {
    let (mut n_words, mut n_numbers) = (0, 0);
    for word in text::words(sentence).filter_map(|word| word.slice(sentence)) {
        n_words += 1;
        n_numbers += usize::from(word.chars().any(|c| c.is_ascii_digit()));
    }
    let n_lines = sentence.lines().count();
    let is_rows = n_lines > 2 && sentence.chars().count() < n_lines * MIN_LINE_CHARS;
    let is_table = sentence.contains(CELL);
    n_words >= MIN_WORDS
        && n_numbers * 5 <= n_words * 2
        && !is_rows
        && !is_table
        && !is_score(sentence, n_words)
        && !is_of_the_page(sentence)
        && !is_title_like(sentence)
        && !sentence.trim_end().ends_with([':', '：', '-', '–', '—'])
}

/// A line with no more words than this may be names and dates alone.
const MAX_TITLE_WORDS: usize = 8;

/// Whether a line has names, short words and a number only: "Year to December 31, 1986." Without a number it
/// may as well be a sentence in the capitals of a title: "President Barack Obama Visits Lenton."
fn is_title_like(sentence: &str) -> bool {
    let words: Vec<&str> = text::words(sentence)
        .filter_map(|word| word.slice(sentence))
        .collect();
    words.len() <= MAX_TITLE_WORDS
        && words.iter().any(|word| word.starts_with(char::is_numeric))
        && words.iter().skip(1).all(|word| {
            let mut chars = word.chars();
            let first = chars.next().unwrap_or_default();
            first.is_numeric()
                || word.chars().count() <= 2 && first.is_lowercase()
                || first.is_uppercase() && chars.next().is_some_and(char::is_lowercase)
        })
}

/// How sentences begin that a page says of itself and no article says, folded: English, German, French,
/// Spanish.
const OF_THE_PAGE: [&str; 37] = [
    "subscribe to",
    "subscribe now",
    "sign up for",
    "sign up to",
    "sign up here",
    "click here",
    "click to",
    "tap here",
    "follow us",
    "like us on",
    "join us on",
    "share this",
    "read more",
    "read also",
    "read the full",
    "all rights reserved",
    "this article was originally",
    "this article originally",
    "download our app",
    "get the latest",
    "get our newsletter",
    "support our journalism",
    "advertisement story continues",
    "we use cookies",
    "this site uses cookies",
    "this website uses cookies",
    "jetzt abonnieren",
    "abonnieren sie",
    "melden sie sich",
    "folgen sie uns",
    "lesen sie auch",
    "abonnez vous",
    "inscrivez vous",
    "suivez nous",
    "lire aussi",
    "suscribase",
    "siganos",
];

/// Before a colon, the credit of a picture.
const CREDITS: [&str; 9] = [
    "photo",
    "photos",
    "photograph",
    "picture",
    "image",
    "images",
    "credit",
    "foto",
    "video",
];

/// Whether a sentence is an invitation or a notice of the page around the article.
fn is_of_the_page(sentence: &str) -> bool {
    let opening: Vec<String> = text::words(sentence)
        .filter_map(|word| word.slice(sentence))
        .flat_map(|word| word.split('-'))
        .map(text::fold)
        .take(4)
        .collect();
    let opening = opening.join(" ");
    let is_credit = CREDITS.iter().any(|credit| {
        let start = sentence.get(..credit.len());
        let is_named = start.is_some_and(|start| start.eq_ignore_ascii_case(credit));
        is_named
            && sentence
                .get(credit.len()..)
                .is_some_and(|rest| rest.starts_with([':', '/']))
    });
    is_credit
        || OF_THE_PAGE.iter().any(|phrase| {
            opening
                .strip_prefix(phrase)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}

/// Between the cells of a row.
const CELL: char = '|';
/// A line with a result ("2-1") and no more words than this is a line of a list of results.
const MAX_SCORE_WORDS: usize = 12;

/// Whether a line only gives a result: "Leeds United 2-1 Hull City", "Falun 3 : 0 Borlänge".
fn is_score(sentence: &str, n_words: usize) -> bool {
    let ends = sentence.ends_with(['.', '!', '?']);
    let mut words = sentence.split_whitespace().peekable();
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let mut has_result = false;
    while let Some(word) = words.next() {
        let parts = word.split_once(['-', '–', ':']);
        has_result |= parts.is_some_and(|(a, b)| is_number(a) && is_number(b));
        has_result |= is_number(word)
            && words
                .peek()
                .is_some_and(|next| matches!(*next, "-" | "–" | ":"));
    }
    has_result && !ends && n_words <= MAX_SCORE_WORDS
}

/// A sentence too short or too full of numbers for [`is_prose`], but one by its end.
fn is_short_sentence(sentence: &str) -> bool {
    let n_words = text::words(sentence).count();
    n_words > 1 && sentence.ends_with(['.', '!', '?', '。']) && !sentence.contains([CELL, '\n'])
}

/// Whether a sentence says little without the one before: it opens with a word that points back, or
/// it is all quotation and names no speaker.
pub(super) fn leans(sentence: &str, language: Language) -> bool {
    text::leans_on_what_precedes(sentence, language)
        || is_bare_quotation(sentence)
        || (language == Language::English
            && (points_back(sentence) || ends_with_a_pronoun(sentence)))
}

/// What is said, behind a pronoun: "…, he said."
const SAYING: [&str; 14] = [
    "said",
    "says",
    "added",
    "told",
    "adds",
    "wrote",
    "explained",
    "warned",
    "insisted",
    "argued",
    "recalled",
    "continued",
    "noted",
    "claimed",
];

/// Whether a sentence ends by naming its speaker with a pronoun and has no name of its own: ", he said."
fn ends_with_a_pronoun(sentence: &str) -> bool {
    let Some((said, speaker)) = sentence.rsplit_once(',') else {
        return false;
    };
    let words: Vec<String> = text::words(speaker)
        .filter_map(|word| word.slice(speaker))
        .map(text::fold)
        .collect();
    let is_pronoun = |word: &str| matches!(word, "he" | "she" | "they");
    let is_speech = match words.as_slice() {
        [a, b, rest @ ..] => {
            rest.len() <= 2
                && ((is_pronoun(a) && SAYING.contains(&b.as_str()))
                    || (SAYING.contains(&a.as_str()) && is_pronoun(b)))
        }
        _ => false,
    };
    let names = text::words(said)
        .filter_map(|word| word.slice(said))
        .skip(1)
        .filter(|word| word.starts_with(char::is_uppercase) && *word != "I");
    is_speech && names.count() == 0
}

/// Openings that name something only by what was said before, folded.
const BACKWARD: [&str; 13] = [
    "such",
    "another",
    "others",
    "the other",
    "the others",
    "the same",
    "the latter",
    "the former",
    "the two",
    "the pair",
    "the second",
    "the third",
    "one of them",
];
/// Behind "there", these tell that something exists; before others it is a place that was named.
const EXISTS: [&str; 14] = [
    "is", "are", "was", "were", "has", "had", "have", "will", "would", "may", "might", "can",
    "could", "should",
];
/// A "this" behind more words than these has more likely something of its own sentence before it.
const MAX_WORDS_BEFORE_POINTER: usize = 6;
/// What "this" before it makes a time or a place of the reader's own and no pointer.
const HERE_AND_NOW: [&str; 18] = [
    "week",
    "year",
    "month",
    "morning",
    "afternoon",
    "evening",
    "night",
    "season",
    "summer",
    "winter",
    "spring",
    "autumn",
    "weekend",
    "time",
    "quarter",
    "century",
    "country",
    "world",
];

/// Whether a sentence, within it or at its beginning, takes up something that only the text before names.
/// Knows English only.
fn points_back(sentence: &str) -> bool {
    let words: Vec<String> = text::words(sentence)
        .filter_map(|word| word.slice(sentence))
        .map(text::fold)
        .collect();
    let is_at = |position: usize, phrase: &str| {
        phrase
            .split(' ')
            .enumerate()
            .all(|(i, part)| words.get(position + i).is_some_and(|word| word == part))
    };
    let is_pointer = |position: usize| {
        let is_here_and_now = words.get(position + 1).is_some_and(|next| {
            let noun = next.split(['\'', '’']).next().unwrap_or_default();
            HERE_AND_NOW.contains(&noun)
        });
        (is_at(position, "this") || is_at(position, "these")) && !is_here_and_now
    };
    let exists = |word: &String| EXISTS.contains(&word.as_str());
    BACKWARD.iter().any(|phrase| is_at(0, phrase))
        || (is_at(0, "there") && !words.get(1).is_some_and(exists))
        || (1..=MAX_WORDS_BEFORE_POINTER).any(is_pointer)
}

/// Openings that take up what was said, folded.
const TAKING_UP: [&str; 10] = [
    "but",
    "so",
    "also",
    "however",
    "meanwhile",
    "instead",
    "still",
    "yet",
    "then",
    "and",
];
/// Words behind "the" of which one may be a name: "the Marlow council".
const NAMED_WITHIN: usize = 3;

/// Whether an English sentence opens with a "but", or with "the" and no name behind it, which who reads it alone
/// may not know: "The minister …". Weaker than [`leans`]: "The death toll …" is understood.
pub(super) fn takes_up(sentence: &str, language: Language) -> bool {
    let mut words = text::words(sentence).filter_map(|word| word.slice(sentence));
    let opening = words.next().map(text::fold).unwrap_or_default();
    if language != Language::English {
        return false;
    }
    TAKING_UP.contains(&opening.as_str())
        || (opening == "the"
            && !words
                .take(NAMED_WITHIN)
                .any(|word| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())))
}

fn is_bare_quotation(sentence: &str) -> bool {
    let is_mark = is_quotation_mark;
    let inner = sentence.trim_end_matches(['.', ',']);
    let Some(open) = inner.strip_prefix(is_mark) else {
        return false;
    };
    // A mark inside means that somebody is named between two pieces of quotation.
    match open.find(is_mark) {
        None => true,
        Some(at) => open.get(at..).is_some_and(|rest| rest.chars().count() == 1),
    }
}

/// Whether words stand behind the last quotation mark: ", she said."
pub(super) fn names_a_speaker(sentence: &str) -> bool {
    sentence
        .rsplit_once(is_quotation_mark)
        .is_some_and(|(_, behind)| text::words(behind).count() > 1)
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

#[cfg(test)]
mod tests;
