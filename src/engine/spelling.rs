//! Words of a question that were misspelled.
//!
//! Read [`Engine::respelled`] first.

use super::{Engine, EngineError};
use crate::document::{Collection, Document, Language};
use crate::index::{
    Analyzer, Lookalike, ONE_SLIP, Snapshot, english_function_words, is_question_word,
};
use crate::neural::WordPiece;
use crate::retrieve::{Article, Query};
use crate::text;

/// Words of one question that are looked up at most: each costs a walk through the terms with its first letter.
const MAX_RESPELLED: usize = 4;

/// Letters of the shortest function word that is put right.
const SHORTEST: usize = 3;

/// Right words that are a slip away from a function word and that the word pieces' vocabulary lacks. The list is made of some 300 words
/// that lie near one, and of those in questions seen.
const RIGHT_WORDS: &[&str] = &[
    "abut", "bellow", "bene", "botch", "broth", "btu", "dido", "fora", "fro", "mots", "nota",
    "oust", "overt", "sunder", "thane", "therm", "util", "whey", "whim", "wile",
];

/// Endings of English words, and what the word must end in before them.
const ENDINGS: &[(&str, &str)] = &[
    ("s", ""),
    ("es", ""),
    ("ed", ""),
    ("ing", ""),
    ("ly", ""),
    ("er", ""),
    ("ers", ""),
    ("est", ""),
    ("y", ""),
    ("d", "e"),
    ("r", "e"),
    ("rs", "e"),
    ("st", "e"),
    // Of `couldn't`, `you're` and `they've`, where the apostrophe is left out.
    ("t", "n"),
    ("re", ""),
    ("ve", ""),
];

impl Engine {
    /// A question or topic as it is understood in those collections: with its misspelled words put right.
    /// [`Engine::search`] does so itself.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub fn understood(
        &self,
        query: &Query,
        collections: &[Collection],
    ) -> Result<Query, EngineError> {
        self.respelled(query, &self.snapshots(collections)?)
    }

    /// The question with its misspelled words put right. A word counts as misspelled if it occurs in no collection
    /// asked, is no frequent English word, and is a slip or two away from a word that is either. It becomes that of an
    /// article, as it is written there now, or a frequent English one, so that the rest of the question is understood, if
    /// the question is English and the word is no name. Words in quotation marks stay.
    pub(super) fn respelled(
        &self,
        query: &Query,
        snapshots: &[Snapshot],
    ) -> Result<Query, EngineError> {
        let typed = query.text();
        let is_misspelled =
            |word: &str, language| self.may_be_misspelled(word, language, snapshots);
        // What joins the others comes first: by these words the language is told.
        let may_be_english = self.may_be_english(typed, snapshots)?;
        let joined = with_words(typed, |word, is_first| {
            let is_name = is_capitalised(word) && !is_first;
            Ok(
                match function_word(word).filter(|_| may_be_english && !is_name) {
                    Some(meant) if is_misspelled(word, Language::English)? => {
                        Some(meant.to_owned())
                    }
                    _ => None,
                },
            )
        })?;
        let typed = joined.as_deref().unwrap_or(typed);
        let language = text::detect(typed);
        // One word or two may be of any language, and are taken as English where most articles are.
        let is_brief = language == Language::Other && text::words(typed).nth(2).is_none();
        let is_english = language == Language::English || is_brief;
        let mut n_left = MAX_RESPELLED;
        let respelled = with_words(typed, |word, is_first| {
            if n_left == 0 || word.chars().count() < ONE_SLIP || !is_misspelled(word, language)? {
                return Ok(None);
            }
            n_left -= 1;
            let typed = Typed {
                word,
                is_name: is_capitalised(word) && (!is_first || is_brief),
                language: if is_english {
                    Language::English
                } else {
                    language
                },
            };
            let written = self.written(&typed, snapshots)?;
            let english = (is_english && !typed.is_name)
                .then(|| self.english(word))
                .flatten();
            Ok(more_likely(written, english).map(|meant| meant.word))
        })?;
        // Longer words may make it too long; then all stays as it was typed.
        Ok(respelled
            .or(joined)
            .and_then(|respelled| Query::parse(&respelled).ok())
            .unwrap_or_else(|| query.clone()))
    }

    /// Whether a text is English as far as can be told. Of one whose language is not told, two function words are a sign if they are
    /// a third of all, right ones of three letters or more (shorter ones are words of many languages) or mistyped ones; one or two
    /// words in all may always be.
    fn may_be_english(&self, typed: &str, snapshots: &[Snapshot]) -> Result<bool, EngineError> {
        match text::detect(typed) {
            Language::English => return Ok(true),
            Language::Other => {}
            _ => return Ok(false),
        }
        let (mut n_words, mut n_signs) = (0, 0);
        for word in text::words(typed).filter_map(|span| span.slice(typed)) {
            let is_right = word.chars().count() >= SHORTEST
                && english_function_words().contains(&text::fold(word).as_str());
            let is_sign = is_right
                || (function_word(word).is_some()
                    && self.may_be_misspelled(word, Language::English, snapshots)?);
            n_words += 1;
            n_signs += usize::from(is_sign);
        }
        Ok((n_signs > 1 && 3 * n_signs >= n_words) || n_words <= 2)
    }

    fn may_be_misspelled(
        &self,
        word: &str,
        language: Language,
        snapshots: &[Snapshot],
    ) -> Result<bool, EngineError> {
        if !word.chars().all(char::is_alphabetic)
            || is_question_word(word)
            || is_english_word(&self.models().tokenizer, word)
        {
            return Ok(false);
        }
        for snapshot in snapshots {
            if snapshot.holds(word, language)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The word of the articles that the typed one is most like; outside English only one that sounds alike, since there no
    /// list of words says which are right.
    fn written(
        &self,
        typed: &Typed<'_>,
        snapshots: &[Snapshot],
    ) -> Result<Option<Meant>, EngineError> {
        let mut alike: Vec<(Lookalike, &Snapshot)> = Vec::new();
        for snapshot in snapshots {
            let found = snapshot.most_like(typed.word)?;
            alike.extend(found.into_iter().map(|like| (like, snapshot)));
        }
        let is_english = typed.language == Language::English;
        alike.retain(|(like, _)| like.sounds_alike || is_english);
        alike.sort_by(|(a, _), (b, _)| a.nearest_first(b));
        for (like, snapshot) in alike {
            // Only removed articles may have had the term.
            let Some(passage) = snapshot.passage_with(&like.term)? else {
                continue;
            };
            let articles = self.articles(&[passage.document])?;
            let written = articles
                .first()
                .and_then(|article| inflection(article, passage.ordinal, &like, typed));
            if let Some(written) = written {
                return Ok(Some(Meant {
                    word: written,
                    n_edits: like.n_edits,
                    sounds_alike: like.sounds_alike,
                }));
            }
        }
        Ok(None)
    }

    /// The frequent English word one slip away from `word`: one that sounds alike before others, then the most frequent.
    fn english(&self, word: &str) -> Option<Meant> {
        let word = text::fold(word);
        let consonants = text::consonants(&word);
        let entries = self.models().tokenizer.entries();
        entries
            .filter(|(entry, _)| entry.chars().next() == word.chars().next())
            .filter(|(entry, _)| text::is_slip_of(&word, entry) && !ends_otherwise(&word, entry))
            .map(|(entry, row)| (text::consonants(entry) != consonants, row, entry))
            .min()
            .map(|(sounds_other, _, entry)| Meant {
                word: entry.to_owned(),
                n_edits: 1,
                sounds_alike: !sounds_other,
            })
    }
}

/// The text with those words that stand outside quotation marks exchanged for which `meant` gives another, `None` if it
/// gives none. `meant` hears whether a word is the first of a sentence.
fn with_words(
    typed: &str,
    mut meant: impl FnMut(&str, bool) -> Result<Option<String>, EngineError>,
) -> Result<Option<String>, EngineError> {
    let mut exchanged = String::new();
    let mut copied = 0;
    let quotations = text::quotations(typed);
    for span in text::words(typed) {
        let before = typed.get(..span.start).unwrap_or_default();
        let is_quoted = quotations.iter().any(|quoted| quoted.contains(span));
        let Some(word) = span.slice(typed).filter(|_| !is_quoted) else {
            continue;
        };
        let is_first =
            !before.contains(char::is_alphanumeric) || before.trim_end().ends_with(['!', '?']);
        if let Some(meant) = meant(word, is_first)? {
            exchanged.push_str(typed.get(copied..span.start).unwrap_or_default());
            exchanged.push_str(&meant);
            copied = span.end;
        }
    }
    exchanged.push_str(typed.get(copied..).unwrap_or_default());
    Ok((copied > 0).then_some(exchanged))
}

/// The function word of English that `word` is a slip away from, if there is just one, so that of `teh ship`, `wehn` and `wich` is
/// understood what joins and asks. Words of three letters have swapped neighbours only, and but for `hte` not the first two.
fn function_word(word: &str) -> Option<&'static str> {
    let n_letters = word.chars().count();
    if n_letters < SHORTEST || word.chars().skip(1).any(char::is_uppercase) {
        return None;
    }
    let typed = text::fold(word);
    if RIGHT_WORDS.contains(&typed.as_str()) {
        return None;
    }
    let is_short = n_letters == SHORTEST;
    let is_meant =
        |meant: &&str| (!is_short || meant.len() == typed.len()) && text::is_slip_of(&typed, meant);
    let mut meant = english_function_words().iter().copied().filter(is_meant);
    let only = meant.next().filter(|_| meant.next().is_none())?;
    let begins_alike = only.get(..1) == typed.get(..1) || only == "the";
    (!is_short || begins_alike).then_some(only)
}

fn is_capitalised(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// A word that seems misspelled.
struct Typed<'a> {
    word: &'a str,
    /// It is written like a name.
    is_name: bool,
    /// What the question is in.
    language: Language,
}

/// What a misspelled word may have been meant for.
struct Meant {
    word: String,
    n_edits: usize,
    sounds_alike: bool,
}

/// Of a word of an article and one of English the likelier: that with fewer slips, then that which sounds like what was typed,
/// then the article's.
fn more_likely(written: Option<Meant>, english: Option<Meant>) -> Option<Meant> {
    let both = [written, english].into_iter().flatten();
    both.min_by_key(|meant| (meant.n_edits, !meant.sounds_alike))
}

/// Whether `word` is a frequent word of English, an inflection of one, or what one is an inflection of.
fn is_english_word(vocabulary: &WordPiece, word: &str) -> bool {
    let word = text::fold(word);
    vocabulary.is_entry(&word)
        || ENDINGS.iter().any(|(ending, before)| {
            word.strip_suffix(ending)
                .is_some_and(|stem| stem.ends_with(before) && vocabulary.is_entry(stem))
        })
        || inflections(&word).any(|longer| vocabulary.is_entry(&longer))
}

/// Inflections of a word: `collided` of `collide`, `stakeholders`, `summarized`. Of what may only lack its last letter
/// (`busines`, `irelan`, `famou`) there are none.
fn inflections(word: &str) -> impl Iterator<Item = String> {
    let endings: &[&str] = match word.chars().next_back() {
        Some('e') if !word.ends_with("ee") => &["d", "s"],
        None | Some('s' | 'u' | 'i') => &[],
        Some(_) => &["s", "ed"],
    };
    endings.iter().map(move |ending| format!("{word}{ending}"))
}

/// Of the words of a passage with its title and heading that have the term of `like` the one most like `typed`, the first
/// of equals. `None` if all are too far from it; see [`slips`].
fn inflection(
    article: &Article,
    ordinal: u32,
    like: &Lookalike,
    typed: &Typed<'_>,
) -> Option<String> {
    let Document {
        metadata,
        text,
        language,
        ..
    } = &article.document;
    let passage = article.passages.get(ordinal as usize)?;
    let heading = passage.heading.and_then(|heading| heading.slice(text));
    let analyzer = Analyzer::new(*language);
    // A right word of one language is easily like one of another; names are the same in many.
    // A question whose language is not told may be English.
    let is_foreign = match typed.language {
        Language::Other => ![Language::Other, Language::English].contains(language),
        told => told != *language,
    };
    [passage.span.slice(text), Some(&metadata.title), heading]
        .into_iter()
        .flatten()
        .flat_map(|part| text::words(part).filter_map(|word| word.slice(part)))
        .filter(|word| !is_foreign || (is_capitalised(typed.word) && is_capitalised(word)))
        .filter(|word| analyzer.terms(word).contains(&like.term))
        .filter_map(|word| Some((slips(typed, word, like.n_edits)?, word)))
        .min_by_key(|(n_edits, _)| *n_edits)
        .map(|(_, word)| word.to_owned())
}

/// The slips between `typed` and a word of an article, `None` if there are more than `max`, as between `ingestion` and `investment`,
/// whose terms are alike; if it differs in the last letter, as `Zelensky` from `Zelenska`; or holds more than letters. One that
/// differs in a plural as well has to be a slip that [is easily made](text::is_slip_of); so has a word without a capital where
/// `typed` is a name (`Barnier`, `barrier`), and there a letter at the end makes another name (`Ronaldo`, `Ronald`).
fn slips(typed: &Typed<'_>, word: &str, max: usize) -> Option<usize> {
    if !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let is_name = typed.is_name;
    let (like_name, typed, word) = (
        is_capitalised(word),
        text::fold(typed.word),
        text::fold(word),
    );
    let is_easily_made = text::is_slip_of(&typed, &word);
    let is_longer = typed.starts_with(&word);
    if ends_otherwise(&typed, &word) || (is_name && !is_easily_made && (!like_name || is_longer)) {
        return None;
    }
    text::edit_distance(&typed, &word, max).or_else(|| {
        let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        text::is_slip_of(&singular(&typed), &singular(&word)).then_some(max + 1)
    })
}

/// Whether two words of a length differ in their last letter: another inflection or another name rather than a slip.
fn ends_otherwise(typed: &str, word: &str) -> bool {
    let ends = [typed, word].map(|word| word.chars().rev().take(2).collect::<Vec<_>>());
    typed.chars().count() == word.chars().count()
        && matches!(&ends, [a, b] if a.first() != b.first() && a.get(1) == b.get(1))
}
