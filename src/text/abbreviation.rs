//! Word lists of the sentence rules: which words end in a stop that ends nothing, and which words
//! like to begin a sentence.
//!
//! Compared as written, so `gen` is a word and `Gen` a rank. The lists hold what news uses in English,
//! German, French, Spanish and Russian; an unknown abbreviation costs one wrong cut.

/// How a word with a stop behaves before a capital letter. Before a small letter none ends a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Belongs to what follows and never ends a sentence: `Dr.`, `e.g.`
    Leading,
    /// Ends a sentence only before a word that likes to begin one: `Inc.`, `U.S.`
    Closing,
    /// Ends a sentence before any capital: `etc.`, `5 km.`
    Open,
    /// Ends a sentence before a capital that is no day, month or time zone: `p.m.`
    Clock,
    /// An abbreviation only before a number or a single letter, else a word: `No. 5`
    Numbered,
}

/// The behaviour of `word` (written without its last stop), or `None` for an ordinary word. In a text
/// without capitals `dr` is looked up as `Dr`.
pub(super) fn classify(word: &str, is_lowercase_text: bool) -> Option<Abbreviation> {
    if is_lowercase_text || SHOUTED.contains(&word) {
        listed(word).or_else(|| listed(&title_case(word)))
    } else {
        listed(word)
    }
}

fn listed(word: &str) -> Option<Abbreviation> {
    if LEADING.contains(&word) {
        Some(Abbreviation::Leading)
    } else if CLOSING.contains(&word) {
        Some(Abbreviation::Closing)
    } else if OPEN.contains(&word) {
        Some(Abbreviation::Open)
    } else if CLOCK.contains(&word) {
        Some(Abbreviation::Clock)
    } else if NUMBERED.contains(&word) {
        Some(Abbreviation::Numbered)
    } else if is_dotted(word) || is_vowelless(word) {
        Some(Abbreviation::Closing)
    } else {
        None
    }
}

/// `word` with its first letter large and the others small.
fn title_case(word: &str) -> String {
    let mut chars = word.chars();
    let head = chars.next().map(char::to_uppercase);
    head.into_iter()
        .flatten()
        .chain(chars.flat_map(char::to_lowercase))
        .collect()
}

/// Whether a sentence often begins with `word`, so that a stop before it is taken for an end.
pub(super) fn begins_sentences(word: &str, is_lowercase_text: bool) -> bool {
    let is_listed = |word: &str| STARTERS.contains(&word) || LONG_STARTERS.contains(&word);
    is_listed(word) || (is_lowercase_text && is_listed(&title_case(word)))
}

/// Whether `word` names a day, a month or a time zone: what follows `5 p.m.` within a sentence.
pub(super) fn is_calendar(word: &str) -> bool {
    DAYS.contains(&word) || MONTHS.contains(&word) || ZONES.contains(&word)
}

/// Whether `next` after a one- or two-digit number and a stop makes it an ordinal (`3. Oktober`).
pub(super) fn is_counted(next: &str) -> bool {
    MONTHS.contains(&next) || COUNTED.contains(&next)
}

/// Whether a number after `word` is likely an ordinal: German articles and prepositions.
pub(super) fn precedes_ordinal(word: &str) -> bool {
    BEFORE_ORDINAL.contains(&word)
}

/// Whether a single letter after `word` names a kind and is no initial: `vitamin C`, `Plan B`.
pub(super) fn precedes_letter(word: &str) -> bool {
    BEFORE_LETTER
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether `word` tells who spoke: after `“Why?” Ms Smith` it continues the sentence.
pub(super) fn is_speech_verb(word: &str) -> bool {
    SPEECH.contains(&word)
}

/// Whether `word` is a name written with an exclamation mark.
pub(super) fn is_exclaimed_name(word: &str) -> bool {
    EXCLAIMED.contains(&word)
}

/// Single letters with stops between them: `U.S`, `J.R.R`, `т.д`.
fn is_dotted(word: &str) -> bool {
    let is_letter = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    };
    word.contains('.') && word.split('.').all(is_letter)
}

/// A capital and one to four small ASCII consonants, as in `Pvt`: not a word, hence an abbreviation.
fn is_vowelless(word: &str) -> bool {
    let mut bytes = word.bytes();
    (2..=5).contains(&word.len())
        && bytes
            .next()
            .is_some_and(|b| b.is_ascii_uppercase() && !b"AEIOUY".contains(&b))
        && bytes.all(|b| b.is_ascii_lowercase() && !b"aeiouy".contains(&b))
}

/// Written in capitals in headlines, and not otherwise words or acronyms.
const SHOUTED: &[&str] = &[
    "MR", "MRS", "DR", "PROF", "GEN", "SEN", "REP", "GOV", "COL", "CAPT", "SGT", "LT", "REV", "ST",
    "JR", "SR", "INC", "LTD", "CO", "CORP",
];

/// Titles, and the Latin and German ones that introduce something.
const LEADING: &[&str] = &[
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Drs", "Prof", "Profs", "Gen", "Lt", "Col", "Maj", "Capt",
    "Cpt", "Sgt", "Cpl", "Pvt", "Pfc", "Cmdr", "Adm", "Brig", "Sen", "Sens", "Rep", "Reps", "Gov",
    "Govs", "Pres", "Rev", "Revd", "Hon", "Msgr", "Supt", "Insp", "Det", "Amb", "Atty", "Cllr",
    "Mt", "Ft", "Messrs", "Mme", "Mlle", "MM", "Mgr", "Sra", "Srta", "Dra", "Dña", "Gral", "Lic",
    "Hr", "Herr", "Frau", "Dipl", "Ing", "Sig", "Dott", "Avv", "dhr", "mevr", "drs", "vs",
    "approx", "ca", "cf", "viz", "e.g", "i.e", "eg", "ie", "esp", "incl", "excl", "z.B", "d.h",
    "u.a", "p.ex", "p.ej", "ggf", "evtl", "bzw", "vgl", "sog", "inkl", "zzgl", "abzgl", "им", "ул",
    "пл", "проф", "акад", "ген", "см", "напр",
];

/// May stand last in a sentence as well as inside it.
const CLOSING: &[&str] = &[
    "Jr", "Sr", "St", "Ave", "Blvd", "Rd", "Hwy", "Sq", "Inc", "Ltd", "Co", "Cos", "Corp", "Bros",
    "LLC", "plc", "PLC", "al", "U.S", "U.K", "U.N", "E.U", "U.S.A", "D.C", "Ph.D", "M.D", "B.A",
    "M.A", "B.Sc", "M.Sc", "Ed.D", "EE", "UU", "EE.UU", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul",
    "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Mrz", "Okt", "Dez", "Tue", "Tues", "Wed", "Thu",
    "Thur", "Thurs", "Fri", "Calif", "Fla", "Mass", "Conn", "Ariz", "Ill", "Pa", "Va", "Ga", "Tex",
    "Colo", "Minn", "Mich", "Tenn", "Ky", "Md", "Mo", "Univ", "Dept", "Assn", "Govt", "Intl",
    "Natl", "Assoc", "Asst", "est", "max", "min", "Mio", "Mrd", "Tsd", "Str", "Jh", "Jhd", "Chr",
    "geb", "gest", "Ud", "Uds", "av", "Av", "env", "г", "гг", "в", "вв", "р", "руб", "тыс", "млн",
    "млрд", "долл", "др", "т.е", "н.э", "ed", "eds",
];

const OPEN: &[&str] = &[
    "etc", "usw", "u.s.w", "enz", "т.д", "т.п", "mph", "ft", "oz", "lb", "lbs", "km", "kg", "cm",
    "mm", "hrs", "hr", "mln", "bln",
];

const CLOCK: &[&str] = &["a.m", "p.m", "A.M", "P.M", "am", "pm"];

const NUMBERED: &[&str] = &[
    "No", "Nos", "no", "nos", "Nr", "nr", "Nº", "nº", "núm", "Núm", "Fig", "Figs", "fig", "figs",
    "Vol", "Vols", "vol", "pp", "p", "Sec", "sec", "Ch", "ch", "chap", "Art", "art", "Abs", "Abb",
    "Bd", "Eq", "eq", "Ref", "para", "pág", "págs", "v", "стр", "ст", "рис", "п", "№",
];

/// Common first words. Words that are also frequent in names (`Will`, `La`, `May`) are left out.
const STARTERS: &[&str] = &[
    "The", "He", "She", "It", "In", "But", "A", "An", "And", "They", "We", "This", "That", "These",
    "Those", "There", "His", "Her", "Their", "Its", "Our", "My", "You", "Your", "If", "When",
    "While", "After", "Before", "At", "On", "For", "From", "With", "By", "As", "However", "So",
    "Yet", "Or", "Nor", "Not", "Now", "Then", "Here", "What", "Who", "Why", "How", "Where",
    "Which", "Both", "All", "Some", "Many", "Most", "Several", "Each", "One", "Two", "Such",
    "Since", "Although", "Though", "Because", "Until", "Between", "During", "Despite", "Also",
    "Another", "Others", "Instead", "Is", "Are", "Was", "Were", "Do", "Does", "Did", "To", "Of",
    "I", "Later", "Earlier", "Even", "Only", "Just", "Last", "Still", "Once", "Police", "Er",
    "Sie", "Es", "Wir", "Ich", "Ein", "Eine", "Und", "Aber", "Im", "Am", "Doch", "Nach", "Mit",
    "Auch", "Dann", "Der", "Die", "Das", "Dort", "Danach", "Il", "Elle", "Ils", "Elles", "Mais",
    "Cette", "Ce", "Dans", "Nous", "En", "Selon", "Los", "Pero", "Se", "Esto", "Según", "Él",
    "Ella", "Он", "Она", "Они", "Это", "Но", "В", "На", "И", "По", "Мы", "Я", "За", "Как", "Так",
    "При",
];

const LONG_STARTERS: &[&str] = &[
    "According",
    "Meanwhile",
    "Nevertheless",
    "Nonetheless",
    "Therefore",
    "Moreover",
    "Furthermore",
    "Officials",
    "Analysts",
    "После",
    "Yesterday",
    "Tomorrow",
    "Afterwards",
    "Everyone",
    "Nobody",
];

const DAYS: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Mon",
    "Tue",
    "Tues",
    "Wed",
    "Thu",
    "Thur",
    "Thurs",
    "Fri",
    "Sat",
    "Sun",
];

/// English, German, Scandinavian and Dutch months.
const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Sept",
    "Oct",
    "Nov",
    "Dec",
    "Januar",
    "Jänner",
    "Februar",
    "März",
    "Mai",
    "Juni",
    "Juli",
    "Oktober",
    "Dezember",
];

const ZONES: &[&str] = &[
    "ET", "EST", "EDT", "CT", "CST", "CDT", "MT", "MST", "MDT", "PT", "PST", "PDT", "GMT", "UTC",
    "BST", "CET", "CEST", "MSK", "IST", "JST", "KST", "HKT", "Eastern", "Central", "Mountain",
    "Pacific", "Moscow", "London", "Beijing",
];

/// What German counts with ordinals.
const COUNTED: &[&str] = &[
    "Weltkrieg",
    "Jahrhundert",
    "Jahrhunderts",
    "Mal",
    "Platz",
    "Auflage",
    "Runde",
    "Spieltag",
    "Klasse",
    "Liga",
    "Bundesliga",
    "Etage",
    "Stock",
    "Lebensjahr",
    "Minute",
    "Geburtstag",
    "Jahrestag",
];

const BEFORE_ORDINAL: &[&str] = &[
    "der", "die", "das", "dem", "den", "des", "am", "im", "vom", "zum", "zur", "beim", "bis", "ab",
    "seit", "Am", "Im", "Der", "Die", "Das", "Vom", "Zum",
];

const BEFORE_LETTER: &[&str] = &[
    "vitamin",
    "plan",
    "hepatitis",
    "group",
    "grade",
    "class",
    "serie",
    "series",
    "type",
    "section",
    "part",
    "appendix",
    "option",
    "category",
    "phase",
    "point",
    "team",
];

const SPEECH: &[&str] = &[
    "said",
    "says",
    "asked",
    "asks",
    "told",
    "replied",
    "added",
    "answered",
    "wrote",
    "wondered",
    "shouted",
    "cried",
    "exclaimed",
    "demanded",
    "joked",
    "tweeted",
    "insisted",
    "recalled",
    "noted",
];

const EXCLAIMED: &[&str] = &["Yahoo", "Jeopardy", "Oklahoma", "Yum", "Wham", "Joomla"];
