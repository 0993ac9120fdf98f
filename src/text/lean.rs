//! Which sentences cannot stand alone.

use crate::document::Language;

/// How a language points at something said before, when a sentence opens so. Lower-case, with accents: Spanish
/// "él" points, "el" does not.
struct Pointers {
    /// Pronouns and demonstratives.
    words: &'static [&'static str],
    /// What may stand before one.
    links: &'static [&'static str],
    /// What makes a pointer before it one at the time of writing or at nothing: "this week", "il y a".
    unless: &'static [&'static str],
}

const ENGLISH: Pointers = Pointers {
    words: &[
        "he", "she", "it", "they", "his", "her", "its", "their", "this", "that", "these", "those",
        "him", "them", "both",
    ],
    links: &["but", "and", "however", "instead", "so"],
    unless: &[
        "week",
        "weekend",
        "month",
        "year",
        "morning",
        "afternoon",
        "evening",
        "spring",
        "summer",
        "autumn",
        "winter",
        "season",
    ],
};
// "Es" and "das" are left out: "es gibt", "das Haus".
const GERMAN: Pointers = Pointers {
    words: &[
        "er", "sie", "ihm", "ihn", "ihnen", "sein", "seine", "seinen", "seiner", "ihr", "ihre",
        "ihren", "ihrer", "dies", "diese", "dieser", "dieses", "diesen", "diesem", "dessen",
        "deren", "beide",
    ],
    links: &["aber", "und", "doch", "auch", "jedoch"],
    unless: &[
        "woche",
        "wochenende",
        "monat",
        "jahr",
        "jahres",
        "sommer",
        "winter",
    ],
};
const FRENCH: Pointers = Pointers {
    words: &[
        "il", "elle", "ils", "elles", "lui", "son", "sa", "ses", "leur", "leurs", "ce", "cet",
        "cette", "ces", "c", "cela", "ceci", "celui", "celle", "ceux", "celles",
    ],
    links: &["mais", "et", "or", "pourtant", "donc"],
    unless: &[
        "y", "semaine", "mois", "année", "matin", "soir", "été", "hiver", "week",
    ],
};
const SPANISH: Pointers = Pointers {
    words: &[
        "él", "ella", "ellos", "ellas", "su", "sus", "este", "esta", "esto", "estos", "estas",
        "ese", "esa", "eso", "esos", "esas", "aquel", "aquella", "ambos",
    ],
    links: &["pero", "y", "sin", "también"],
    unless: &[
        "semana", "mes", "año", "mañana", "tarde", "noche", "verano", "invierno",
    ],
};
const PORTUGUESE: Pointers = Pointers {
    words: &[
        "ele", "ela", "eles", "elas", "seu", "sua", "seus", "suas", "este", "esta", "isto",
        "estes", "estas", "esse", "essa", "isso", "esses", "essas", "ambos",
    ],
    links: &["mas", "e", "porém", "também"],
    unless: &[
        "semana", "mês", "ano", "manhã", "tarde", "noite", "verão", "inverno",
    ],
};
const ITALIAN: Pointers = Pointers {
    words: &[
        "egli", "lui", "lei", "essi", "esse", "loro", "suo", "sua", "suoi", "sue", "questo",
        "questa", "ciò", "questi", "queste", "quello", "quella", "entrambi",
    ],
    links: &["ma", "e", "però", "anche"],
    unless: &[
        "settimana",
        "mese",
        "anno",
        "mattina",
        "sera",
        "estate",
        "inverno",
    ],
};
const DUTCH: Pointers = Pointers {
    words: &[
        "hij", "zij", "ze", "zijn", "haar", "hun", "hem", "dit", "dat", "deze", "die", "beide",
    ],
    links: &["maar", "en", "ook", "toch"],
    unless: &[
        "week", "weekend", "maand", "jaar", "ochtend", "avond", "zomer", "winter",
    ],
};

/// Whether a sentence opens with a word that points back, so that it says little on its own. Knows the
/// pointers of English, German, French, Spanish, Portuguese, Italian and Dutch.
pub fn leans_on_what_precedes(sentence: &str, language: Language) -> bool {
    let pointers = match language {
        Language::English | Language::Other => ENGLISH,
        Language::German => GERMAN,
        Language::French => FRENCH,
        Language::Spanish => SPANISH,
        Language::Portuguese => PORTUGUESE,
        Language::Italian => ITALIAN,
        Language::Dutch => DUTCH,
        _ => return false,
    };
    let has = |list: &[&str], word: Option<&String>| {
        word.is_some_and(|word| list.contains(&word.as_str()))
    };
    let opening: Vec<String> = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .take(3)
        .collect();
    let at = usize::from(has(pointers.links, opening.first()));
    has(pointers.words, opening.get(at)) && !has(pointers.unless, opening.get(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_point_back_are_known() {
        for (sentence, language, expected) in [
            ("He also backed the pause.", Language::English, true),
            ("\"It was the second call.\"", Language::English, true),
            ("But they did not agree.", Language::English, true),
            ("However, the talks go on.", Language::English, false),
            ("This week the council voted.", Language::English, false),
            ("Heavy rain fell.", Language::English, false),
            ("Zelensky supported it.", Language::English, false),
            ("", Language::English, false),
            ("Er sagte ab.", Language::German, true),
            ("Aber sie blieb.", Language::German, true),
            ("Das Haus steht leer.", Language::German, false),
            ("Diese Woche wird gewählt.", Language::German, false),
            ("Il a refusé.", Language::French, true),
            ("C’est la troisième fois.", Language::French, true),
            ("Il y a dix ans, la ville brûlait.", Language::French, false),
            ("Él no vino.", Language::Spanish, true),
            ("El alcalde no vino.", Language::Spanish, false),
            ("Isso mudou.", Language::Portuguese, true),
            ("Il sindaco non venne.", Language::Italian, false),
            ("Questo è nuovo.", Language::Italian, true),
            ("Hij kwam niet.", Language::Dutch, true),
            ("Er ist da.", Language::Turkish, false),
        ] {
            assert_eq!(
                leans_on_what_precedes(sentence, language),
                expected,
                "{sentence:?}"
            );
        }
    }
}
