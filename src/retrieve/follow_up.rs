//! What a follow-up question means: "and when?" after "what did Putin refuse?".
//!
//! Pure, and by rule: the question is completed with words of the question before it and, where that
//! has none that tell, of the passage that was quoted. Nothing is guessed beyond that; the result is a
//! question like any other, which the asker is shown. Read [`rewrite`] first.

use crate::index::is_question_word;
use crate::text;

/// What a follow-up follows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Earlier<'a> {
    /// The question before, as it was understood.
    pub question: &'a str,
    /// The passage that was quoted to it, if any.
    pub quote: Option<&'a str>,
    /// The title of the article quoted.
    pub title: Option<&'a str>,
}

/// Words taken over from an earlier question at most.
const MAX_CARRIED: usize = 16;
/// With this many telling words of its own a question with a name needs none of another.
const ENOUGH: usize = 2;

/// Words that only join a follow-up to what was said before.
const JOINTS: &[&str] = &[
    "and", "but", "so", "also", "ok", "okay", "well", "then", "now", "und", "aber", "et", "mais",
    "alors", "y", "pero", "e", "ma", "mas", "en", "maar", "please",
];
/// Openings of "what about X?".
const ABOUT: &[&[&str]] = &[
    &["what", "about"],
    &["how", "about"],
    &["what", "of"],
    &["was", "ist", "mit"],
    &["und", "was", "ist", "mit"],
    &["qu'en", "est-il", "de"],
    &["qué", "hay", "de"],
    &["y", "qué", "hay", "de"],
    &["e", "quanto", "a"],
];
/// Question words, alone or as the first word of a question phrase.
const ASKING: &[&str] = &[
    "what", "who", "whom", "whose", "when", "where", "why", "which", "how", "was", "wer", "wen",
    "wem", "wann", "wo", "warum", "wieso", "wie", "welche", "welcher", "welches", "qui", "quoi",
    "quand", "où", "pourquoi", "comment", "combien", "qué", "quién", "cuándo", "dónde", "cómo",
    "cuánto", "cuántos", "que", "quien", "cuando", "donde", "quem", "quando", "onde", "como",
    "chi", "cosa", "dove", "perché", "quanto",
];
/// Words that stay with a question word: "how many", "who else", "where exactly".
const TAILS: &[&str] = &[
    "else",
    "exactly",
    "many",
    "much",
    "long",
    "far",
    "old",
    "often",
    "big",
    "large",
    "precisely",
    "sonst",
    "genau",
    "viele",
    "viel",
    "lange",
    "day",
    "date",
    "year",
    "month",
    "time",
    "kind",
    "country",
    "place",
    "reason",
    "not",
    "did",
    "was",
    "were",
    "is",
    "by",
    "for",
    "to",
    "with",
    "from",
    "whom",
    "on",
    "in",
    "at",
    "what",
    "which",
    "come",
    "so",
];
/// Words for somebody or something named before.
const PERSONS: &[&str] = &[
    "he", "she", "him", "they", "them", "er", "sie", "il", "elle", "él", "ella",
];
const POSSESSIVES: &[&str] = &["his", "her", "their", "its"];
const THINGS: &[&str] = &[
    "it",
    "this",
    "that",
    "these",
    "those",
    "there",
    "same",
    "one",
    "ones",
    "happened",
    "happen",
    "next",
    "afterwards",
    "later",
    "before",
    "after",
    "details",
    "reason",
    "result",
    "consequences",
];

/// Those of the [`JOINTS`] that add a question to another; the rest begin new ones too ("please tell me …").
const ADDING: &[&str] = &[
    "and", "but", "also", "und", "aber", "et", "mais", "y", "pero", "e", "ma", "mas", "en", "maar",
];

/// A follow-up, completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The question where it is asked of everything: it says all that it is about.
    pub alone: String,
    /// The question where it is asked of the article that was quoted: that article says the rest.
    pub there: String,
}

/// The question that a follow-up asks, or `None` if it stands on its own (or nothing can be added).
///
/// ```
/// use quoth::retrieve::follow_up::{Earlier, rewrite};
///
/// let earlier = Earlier { question: "what did Putin refuse?", ..Earlier::default() };
/// let alone = |question| rewrite(question, &earlier).map(|rewritten| rewritten.alone);
/// assert_eq!(alone("and when?").as_deref(), Some("when did Putin refuse"));
/// assert_eq!(alone("What about Zelensky?").as_deref(), Some("what did Zelensky refuse"));
/// assert_eq!(alone("who won the 2022 World Cup?"), None);
/// ```
pub fn rewrite(question: &str, earlier: &Earlier<'_>) -> Option<Rewritten> {
    let asked = without_joints(tokens(question));
    let before = tokens(earlier.question);
    if asked.is_empty() || before.is_empty() {
        return None;
    }
    let same = |text: String| {
        Some(Rewritten {
            there: text.clone(),
            alone: text,
        })
    };
    if let Some(topic) = about(&asked) {
        return same(exchanged(&before, topic, earlier));
    }
    if is_bare(&asked) {
        return same(joined(&asked, after_question_phrase(&before)));
    }
    let telling: Vec<&str> = asked
        .iter()
        .copied()
        .filter(|word| is_telling(word))
        .collect();
    let is_open = asked.first().is_some_and(|word| holds(ASKING, word));
    if !is_open && telling.len() <= ENOUGH && !has_verb_form(&asked) && is_named(&telling, &asked) {
        // "and Zelensky?", "in 2021?"
        return same(exchanged(&before, &asked, earlier));
    }
    completed(question, &asked, &telling, &before, earlier)
}

/// Whether a question seems to follow another where nothing but their order says so, as at a prompt: it begins with a word that
/// adds it to what was said, only asks ("when exactly?"), or has a pronoun and no name.
pub fn leans(question: &str) -> bool {
    let words = tokens(question);
    let asked = without_joints(words.clone());
    let holds_one = |list: &[&str]| asked.iter().skip(1).any(|word| holds(list, word));
    let is_added =
        asked.len() < words.len() && words.first().is_some_and(|word| holds(ADDING, word));
    // "Is it legal to …", "what time is it": there it stands for nothing.
    let has_it = holds_one(&["it"]) && !holds_one(&["to", "that", "if", "when", "time", "day"]);
    let has_name = asked.iter().skip(1).any(|word| looks_like_a_name(word));
    is_added
        || about(&asked).is_some()
        || is_bare(&asked)
        || (!has_name && (has_it || holds_one(PERSONS) || holds_one(POSSESSIVES)))
}

/// A whole question that leaves open what it is about: its pronouns resolved, and for asking
/// everywhere the words of the question before appended.
fn completed(
    question: &str,
    asked: &[&str],
    telling: &[&str],
    before: &[&str],
    earlier: &Earlier<'_>,
) -> Option<Rewritten> {
    let subject = subject(earlier, before);
    if subject.is_empty() {
        return None;
    }
    let (words, was_resolved) = resolve(asked, &subject);
    let has_name = asked.iter().skip(1).any(|word| looks_like_a_name(word));
    let points_back = asked.iter().any(|word| holds(THINGS, word));
    if has_name && telling.len() > ENOUGH && !was_resolved {
        return None;
    }
    if has_name && telling.len() == ENOUGH && !was_resolved && !points_back {
        // It says enough, and may still be meant of what was quoted before.
        let has_joint = asked.len() < tokens(question).len();
        let text = if has_joint {
            asked.join(" ")
        } else {
            question.trim().to_owned()
        };
        return Some(Rewritten {
            there: text.clone(),
            alone: text,
        });
    }
    let carried: Vec<&str> = match points_back && !was_resolved {
        // It says little itself: all that told anything before goes with it.
        true => before
            .iter()
            .copied()
            .filter(|word| is_telling(word))
            .collect(),
        false => subject.iter().map(String::as_str).collect(),
    };
    let known: Vec<String> = words.iter().map(|word| text::fold(word)).collect();
    let missing = carried
        .into_iter()
        .filter(|word| !known.contains(&text::fold(word)) && !words.contains(&format!("{word}'s")))
        .take(MAX_CARRIED);
    let there = words.join(" ");
    let alone = words
        .iter()
        .map(String::as_str)
        .chain(missing)
        .collect::<Vec<_>>()
        .join(" ");
    Some(Rewritten { alone, there })
}

/// The words of a question, without the punctuation around them.
fn tokens(question: &str) -> Vec<&str> {
    question
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '%'))
        .filter(|word| !word.is_empty())
        .collect()
}

fn holds(list: &[&str], word: &str) -> bool {
    let lower = word.to_lowercase();
    list.contains(&lower.as_str())
}

/// A question without the words at its start that only join it to what was said.
fn without_joints(mut words: Vec<&str>) -> Vec<&str> {
    let n = words
        .iter()
        .take_while(|word| holds(JOINTS, word))
        .count()
        .min(words.len().saturating_sub(1));
    words.drain(..n);
    words
}

/// What "what about X" asks about.
fn about<'a, 'b>(words: &'b [&'a str]) -> Option<&'b [&'a str]> {
    ABOUT.iter().find_map(|opening| {
        let (head, topic) = words.split_at_checked(opening.len())?;
        let matches = head
            .iter()
            .zip(*opening)
            .all(|(word, expected)| word.to_lowercase() == *expected);
        (matches && !topic.is_empty()).then_some(topic)
    })
}

/// Whether the words only ask and name nothing: "when", "who else", "how many", "for what reason".
fn is_bare(words: &[&str]) -> bool {
    let asks = words.iter().any(|word| holds(ASKING, word));
    asks && words.len() <= 4
        && words
            .iter()
            .all(|word| holds(ASKING, word) || holds(TAILS, word))
}

/// A question without its question phrase: "did Putin refuse" of "what did Putin refuse".
fn after_question_phrase<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let is_phrase = |(position, word): (usize, &&str)| match position {
        0 => holds(ASKING, word),
        // Auxiliaries belong to the rest, however well they follow a question word.
        _ => {
            holds(TAILS, word)
                && !matches!(
                    word.to_lowercase().as_str(),
                    "did" | "was" | "were" | "is" | "not" | "in" | "on" | "at" | "for" | "to"
                )
        }
    };
    let n = words
        .iter()
        .enumerate()
        .take_while(|(position, word)| is_phrase((*position, word)))
        .count();
    words.get(n..).unwrap_or_default().to_vec()
}

fn joined(head: &[&str], tail: Vec<&str>) -> String {
    let head = head.iter().map(|word| word.to_lowercase());
    let tail = tail.into_iter().map(str::to_owned);
    head.chain(tail)
        .take(2 * MAX_CARRIED)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The earlier question with one of its names, or its year, exchanged for the topic; with the topic
/// added if it has nothing of the kind.
fn exchanged(before: &[&str], topic: &[&str], earlier: &Earlier<'_>) -> String {
    let topic: Vec<&str> = topic
        .iter()
        .copied()
        .skip_while(|word| matches!(word.to_lowercase().as_str(), "the" | "in" | "on" | "for"))
        .collect();
    let is_number = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let topic_is_number = topic.iter().any(|word| is_number(word));
    let names = names_in(before, earlier);
    let replaced = before.iter().enumerate().position(|(position, word)| {
        if topic_is_number {
            is_number(word)
        } else {
            names.contains(&position)
        }
    });
    let mut words: Vec<&str> = Vec::new();
    match replaced {
        None => {
            words.extend(before);
            words.extend(&topic);
        }
        Some(first) => {
            // A name of several words goes as a whole.
            let last = (first..before.len())
                .take_while(|position| match topic_is_number {
                    true => *position == first,
                    false => names.contains(position),
                })
                .last()
                .unwrap_or(first);
            words.extend(before.get(..first).unwrap_or_default());
            words.extend(&topic);
            words.extend(before.get(last + 1..).unwrap_or_default());
        }
    }
    words.join(" ")
}

/// The positions of an earlier question's words that are names: capitalised there, or in the passage
/// or title that answered it, since many people write everything in small letters.
fn names_in(before: &[&str], earlier: &Earlier<'_>) -> Vec<usize> {
    let elsewhere: Vec<&str> = [earlier.quote, earlier.title]
        .into_iter()
        .flatten()
        .flat_map(tokens)
        .filter(|word| looks_like_a_name(word))
        .collect();
    let is_elsewhere = |word: &str| {
        let folded = text::fold(word);
        elsewhere.iter().any(|name| {
            let name = text::fold(name);
            name == folded || name.strip_suffix('s') == Some(folded.as_str())
        })
    };
    before
        .iter()
        .enumerate()
        .filter(|(position, word)| {
            is_telling(word) && ((*position > 0 && looks_like_a_name(word)) || is_elsewhere(word))
        })
        .map(|(position, _)| position)
        .collect()
}

fn looks_like_a_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase) || word.contains(|c: char| c.is_ascii_digit())
}

/// Whether a word says what a question is about.
fn is_telling(word: &str) -> bool {
    !is_question_word(word)
        && !holds(ASKING, word)
        && !holds(JOINTS, word)
        && !holds(PERSONS, word)
        && !holds(POSSESSIVES, word)
        && !holds(THINGS, word)
        && !matches!(
            word.to_lowercase().as_str(),
            "else" | "exactly" | "more" | "any" | "anyone"
        )
}

/// Whether the words hold a verb of the kind questions are made with.
fn has_verb_form(words: &[&str]) -> bool {
    const VERBS: &[&str] = &[
        "is", "are", "was", "were", "did", "do", "does", "has", "have", "had", "can", "could",
        "will", "would", "should", "may", "might", "must",
    ];
    words.iter().any(|word| holds(VERBS, word))
}

/// Whether a fragment names something: all of its telling words, or it has a number.
fn is_named(telling: &[&str], words: &[&str]) -> bool {
    !telling.is_empty() && words.len() <= telling.len() + 2
}

/// What the earlier question was about: its names, else those of the title, else its telling words.
fn subject(earlier: &Earlier<'_>, before: &[&str]) -> Vec<String> {
    let names: Vec<String> = names_in(before, earlier)
        .into_iter()
        .filter_map(|position| before.get(position))
        .map(|word| (*word).to_owned())
        .collect();
    if !names.is_empty() {
        return names;
    }
    before
        .iter()
        .filter(|word| is_telling(word))
        .map(|word| (*word).to_owned())
        .collect()
}

/// The words with the first word for a person replaced by the subject's first name, and whether one
/// was.
fn resolve(words: &[&str], subject: &[String]) -> (Vec<String>, bool) {
    let mut was_resolved = false;
    let resolved = words
        .iter()
        .map(|word| match subject.first() {
            Some(name) if !was_resolved && holds(PERSONS, word) => {
                was_resolved = true;
                name.clone()
            }
            Some(name) if !was_resolved && holds(POSSESSIVES, word) => {
                was_resolved = true;
                format!("{name}'s")
            }
            _ => (*word).to_owned(),
        })
        .collect();
    (resolved, was_resolved)
}

#[cfg(test)]
mod tests;
