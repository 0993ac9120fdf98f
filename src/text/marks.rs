//! Brackets and quotation marks come in pairs.

use super::abbreviation;
use crate::document::Span;

/// Marks that open, and the ones that close them. `“` and `»` open in some languages and close in others:
/// what is open decides.
const PAIRS: [(char, &str); 12] = [
    ('(', ")"),
    ('[', "]"),
    ('"', "\""),
    ('“', "”"),
    ('„', "“”"),
    ('\'', "'’"),
    ('‘', "’'"),
    ('‚', "‘’"),
    ('«', "»"),
    ('»', "«"),
    ('‹', "›"),
    ('›', "‹"),
];
/// What a text may end in and a part of it is not to.
const JOINTS: [char; 3] = [',', ';', ':'];

/// A mark that opens and the one that closes it, as bytes of a sentence.
type Pair = (Span, Span);

/// `span` without half of a pair of marks, as far as its edges allow, and without a comma, semicolon or colon
/// behind it, or the full stop of a sentence that it is only the end of.
///
/// Half a pair at an edge goes (`Jaws”`), and one further in gets its mate if that is next (`Lexie (Chyler`
/// before `)`). A mark without a mate in the sentence, such as that of inches, stays. The result lies in
/// `sentence` and has the words that `span` has; a span without words comes back as it is. Cost: the
/// sentence once, and its pairs once for each mark that goes or comes.
pub fn whole_marks(sentence: &str, span: Span) -> Span {
    let pairs = pairs(sentence);
    let mut whole = span;
    loop {
        let before = whole;
        for &pair in &pairs {
            whole = with_both_or_none(sentence, whole, pair);
        }
        whole = trimmed(sentence, whole);
        let has_words = |s: &str| s.contains(char::is_alphanumeric);
        if !whole.slice(sentence).is_some_and(has_words) {
            return span;
        }
        if whole == before {
            return whole;
        }
    }
}

/// What stands between quotation marks in a text, without them, in the order in which they close. What is never closed is no
/// quotation, and an apostrophe neither opens nor closes one.
pub fn quotations(text: &str) -> Vec<Span> {
    pairs(text)
        .into_iter()
        .filter(|(open, _)| !open.slice(text).is_some_and(|mark| "([".contains(mark)))
        .map(|(open, close)| Span::new(open.end, close.start))
        .collect()
}

/// The pairs of a sentence, in the order in which they close. A mark that closes skips what was opened within
/// it and never closed.
fn pairs(sentence: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut open: Vec<(Span, &str)> = Vec::new();
    let mut previous = ' ';
    let mut characters = sentence.char_indices().peekable();
    while let Some((at, mark)) = characters.next() {
        // Between two letters it is an apostrophe.
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let is_single = matches!(mark, '\'' | '’');
        let span = Span::new(at, at + mark.len_utf8());
        let closed = open
            .iter()
            .rposition(|(_, closers)| closers.contains(mark))
            .filter(|_| !is_single || !next.is_alphanumeric());
        let opened = PAIRS.iter().find(|(opener, _)| *opener == mark);
        if let Some(closed) = closed {
            pairs.push((open.swap_remove(closed).0, span));
            open.truncate(closed);
        } else if let Some((_, closers)) = opened
            // Behind a letter or digit it stands for inches or closes what was opened in another sentence.
            && !(matches!(mark, '"' | '\'') && previous.is_alphanumeric())
        {
            open.push((span, closers));
        }
        previous = mark;
    }
    pairs
}

/// `span` grown by a mark whose mate it has, or shrunk by one whose mate it lacks; as it is if neither is at an
/// edge.
fn with_both_or_none(sentence: &str, span: Span, (open, close): Pair) -> Span {
    let half = match (span.contains(open), span.contains(close)) {
        (true, false) => open,
        (false, true) => close,
        _ => return span,
    };
    let is_next = |from: usize, to: usize| {
        let between = sentence.get(from..to);
        between.is_some_and(|s| s.chars().all(|c| matches!(c, '.' | ',' | '!' | '?')))
    };
    if half.start == span.start {
        Span::new(half.end, span.end)
    } else if half.end == span.end {
        Span::new(span.start, half.start)
    } else if half == open && is_next(span.end, close.start) {
        span.cover(close)
    } else if half == close && open.end == span.start {
        span.cover(open)
    } else {
        span
    }
}

/// `span` without white space at its edges, without [`JOINTS`] behind it, and, if it is only part of the sentence, without
/// the full stop that ends that.
fn trimmed(sentence: &str, span: Span) -> Span {
    let Some(mut text) = span.slice(sentence) else {
        return span;
    };
    let is_part = sentence
        .get(..span.start)
        .is_some_and(|before| !before.trim().is_empty());
    if let Some(stopped) = text.strip_suffix('.')
        && is_part
        && !sentence
            .get(span.end..)
            .unwrap_or_default()
            .contains(char::is_alphanumeric)
    {
        let word = stopped
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default();
        let is_abbreviated = abbreviation::classify(word, false).is_some() || word.contains('.');
        text = if is_abbreviated || stopped.ends_with('.') {
            text
        } else {
            stopped
        };
    }
    let end = text
        .trim_end_matches(|c: char| c.is_whitespace() || JOINTS.contains(&c))
        .len();
    let start = text.len() - text.trim_start().len();
    Span::new(span.start + start.min(end), span.start + end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `[[…]]` in a sentence becomes.
    fn whole(marked: &str) -> String {
        let (start, end) = (marked.find("[[").unwrap(), marked.find("]]").unwrap() - 2);
        let sentence = marked.replacen("[[", "", 1).replacen("]]", "", 1);
        let whole = whole_marks(&sentence, Span::new(start, end));
        whole.slice(&sentence).unwrap().to_owned()
    }

    #[test]
    fn half_a_pair_at_an_edge_goes_and_one_further_in_gets_its_mate() {
        for (marked, expected) in [
            (
                "It was [[Dr. Lexie Grey (Chyler Leigh]]).",
                "Dr. Lexie Grey (Chyler Leigh)",
            ),
            ("He saw “[[Jaws”]] twice.", "Jaws"),
            ("He saw [[“Jaws]]” twice.", "Jaws"),
            (
                "Of \"[[Gati Shakti,\" which means momentum]].",
                "\"Gati Shakti,\" which means momentum",
            ),
            ("She spoke of [[a “new normal]].”", "a “new normal.”"),
            ("Er las [[den „Spiegel]]“ nie.", "den „Spiegel“"),
            ("Il lit [[le «Monde]]» ici.", "le «Monde»"),
            ("It is called ([[a (b) c)]] here.", "a (b) c"),
            ("One ([[two]]) three.", "two"),
            ("On [[Friday,]] it rained.", "Friday"),
            ("He said: 'That [[can't be right.']]", "can't be right"),
            ("She ‘[[won’t’]] go.", "won’t"),
            ("It was plugged [[nine days later.]]", "nine days later"),
            ("“It was [[plugged later.]]”", "plugged later"),
        ] {
            assert_eq!(whole(marked), expected, "{marked}");
        }
    }

    #[test]
    fn what_is_whole_stays() {
        for (marked, expected) in [
            ("A board of [[6'2\"]] and \"more\".", "6'2\""),
            ("The [[“Jaws” (1975)]] of Spielberg.", "“Jaws” (1975)"),
            ("[[All of it.]]", "All of it."),
            ("It closed at [[5 p.m.]]", "5 p.m."),
            ("It was built by [[Acme Inc.]]", "Acme Inc."),
            (
                "In [[the dogs' and cats' home]] it is.",
                "the dogs' and cats' home",
            ),
            ("Points: [[:-)]] and so on.", ":-)"),
            ("He said [[yes (or no]], as one does).", "yes (or no"),
        ] {
            assert_eq!(whole(marked), expected, "{marked}");
        }
    }

    proptest! {
        #[test]
        fn no_word_comes_or_goes(
            characters in proptest::collection::vec(proptest::sample::select("aé1 .,:;?()[]'’‘\"“”„«»‹›".chars().collect::<Vec<_>>()), 1..40),
            edges in (0..40usize, 0..40usize),
        ) {
            let sentence: String = characters.iter().collect();
            let mut bounds: Vec<usize> = sentence.char_indices().map(|(at, _)| at).collect();
            bounds.push(sentence.len());
            let edge = |n: usize| bounds[n % bounds.len()];
            let (one, other) = (edge(edges.0), edge(edges.1));
            let span = Span::new(one.min(other), one.max(other));
            let whole = whole_marks(&sentence, span);
            let words = |span: Span| -> String {
                span.slice(&sentence).unwrap().chars().filter(|c| c.is_alphanumeric()).collect()
            };
            prop_assert_eq!(words(whole), words(span));
            prop_assert!(Span::new(0, sentence.len()).contains(whole));
            prop_assert_eq!(whole_marks(&sentence, whole), whole);
        }
    }
}
