//! The rules for titles, outlets, addresses and tags, whatever format they come from.

use std::path::Path;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    MAX_OUTLET_CHARS, MAX_TAG_CHARS, MAX_TAGS, MAX_TITLE_CHARS, MAX_URL_BYTES, MAX_YEAR, MIN_YEAR,
};
use crate::document::Date;
use crate::text::normalize;

/// Between the title of an article and the name of its site in a page's title.
const SEPARATORS: [&str; 8] = [" | ", " – ", " — ", " - ", " :: ", " · ", " » ", " / "];

/// The title of a file that has no other name either.
const UNTITLED: &str = "untitled";

/// `raw` as one line of normalised text: runs of white space become one space. Empty for blank input.
pub(super) fn one_line(raw: &str) -> String {
    let text = normalize(raw);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A title: one line of at most [`MAX_TITLE_CHARS`].
pub(super) fn title(raw: &str, warnings: &mut Vec<String>) -> String {
    capped("title", &one_line(raw), MAX_TITLE_CHARS, warnings)
}

/// The title of an article that states none: its file's name without extension, with `-` and `_` read
/// as spaces. Never empty.
pub(super) fn title_of_path(path: &Path, warnings: &mut Vec<String>) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let readable = title(&stem.replace(['-', '_'], " "), warnings);
    if readable.is_empty() {
        return UNTITLED.to_owned();
    }
    readable
}

/// The title without the name of the site at its end (or beginning), where that is known to be one: it
/// is the outlet, or what is left is a headline of the page.
pub(super) fn without_site(title: &str, outlet: Option<&str>, headlines: &[String]) -> String {
    for separator in SEPARATORS {
        let halves = [
            title.rsplit_once(separator),
            title.split_once(separator).map(|(site, rest)| (rest, site)),
        ];
        for (kept, site) in halves.into_iter().flatten() {
            let is_site = outlet.is_some_and(|outlet| is_same(outlet, site))
                || headlines.iter().any(|headline| is_same(headline, kept));
            if is_site && !kept.trim().is_empty() {
                return kept.trim().to_owned();
            }
        }
    }
    title.to_owned()
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// An outlet: one line of at most [`MAX_OUTLET_CHARS`]; `None` for blank input.
pub(super) fn outlet(raw: &str, warnings: &mut Vec<String>) -> Option<String> {
    let outlet = capped("outlet", &one_line(raw), MAX_OUTLET_CHARS, warnings);
    (!outlet.is_empty()).then_some(outlet)
}

/// A day; `None`, with a warning, for anything else that is not blank.
pub(super) fn date(raw: &str, warnings: &mut Vec<String>) -> Option<Date> {
    if raw.trim().is_empty() {
        return None;
    }
    let date = Date::parse(raw)
        .map_err(|error| warnings.push(format!("date ignored: {error}")))
        .ok();
    plausible(date?, warnings)
}

/// A day as pages and programs write it: `2024-05-21`, `2024/05/21`, `20240521`, `21 May 2024`,
/// `May 21, 2024`, `Tue, 21 May 2024 06:30:00 GMT`. `None` for anything else.
pub(super) fn loose_date(raw: &str, warnings: &mut Vec<String>) -> Option<Date> {
    let raw = raw.trim();
    // Longer texts hold more than a day.
    if raw.len() > 64 {
        return None;
    }
    let date = Date::parse(raw)
        .ok()
        .or_else(|| Date::parse(&raw.get(..10)?.replace('/', "-")).ok())
        .or_else(|| {
            let digits = raw.get(..8)?;
            let day = [digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?].join("-");
            Date::parse(&day).ok()
        })
        .or_else(|| worded_date(raw))?;
    plausible(date, warnings)
}

/// A day with the name of its month in English.
fn worded_date(raw: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let (mut year, mut month, mut day) = (None, None, None);
    let words = raw.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let n_digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let number = || word.get(..n_digits)?.parse::<u32>().ok();
        match n_digits {
            1 | 2 if day.is_none() => day = number(),
            4 if year.is_none() => year = number(),
            0 if month.is_none() => {
                let word = word.to_lowercase();
                month = MONTHS
                    .iter()
                    .position(|name| word.starts_with(name))
                    .and_then(|position| u32::try_from(position + 1).ok());
            }
            _ => {}
        }
    }
    Date::from_ymd(i32::try_from(year?).ok()?, month?, day?)
}

/// `date` unless its year shows that it is a slip or a placeholder; then `None` and a warning.
pub(super) fn plausible(date: Date, warnings: &mut Vec<String>) -> Option<Date> {
    let (year, _, _) = date.ymd();
    if (MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Some(date);
    }
    warnings.push(format!(
        "date ignored: `{date}` is not between the years {MIN_YEAR} and {MAX_YEAR}"
    ));
    None
}

/// The day on which a file was made, for an article that states no other, with a warning: it may be the
/// day of a copy.
pub(super) fn date_of_file(made: Option<Date>, warnings: &mut Vec<String>) -> Option<Date> {
    let date = made?;
    warnings.push(format!(
        "date `{date}` is the day on which the file was made; check it"
    ));
    Some(date)
}

/// An `http` or `https` address; `None`, with a warning, for anything else that is not blank.
pub(super) fn url(raw: &str, warnings: &mut Vec<String>) -> Option<String> {
    let url = raw.trim();
    if url.is_empty() {
        return None;
    }
    match fault_of_url(url) {
        None => Some(url.to_owned()),
        Some(fault) => {
            warnings.push(format!("url ignored: {fault}"));
            None
        }
    }
}

/// At most [`MAX_TAGS`] tags, each one line of at most [`MAX_TAG_CHARS`], blank ones and repetitions
/// left out.
pub(super) fn tags(raw: Vec<String>, warnings: &mut Vec<String>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for raw_tag in raw {
        let tag = one_line(&raw_tag);
        if tag.is_empty() || tags.contains(&tag) {
            continue;
        }
        if tags.len() == MAX_TAGS {
            warnings.push(format!(
                "tags after the first {MAX_TAGS} ignored, the limit"
            ));
            break;
        }
        tags.push(capped("tags", &tag, MAX_TAG_CHARS, warnings));
    }
    tags
}

/// Why an address cannot be that of an article; `None` if it can.
pub fn fault_of_url(url: &str) -> Option<String> {
    if url.len() > MAX_URL_BYTES {
        return Some(format!("longer than {MAX_URL_BYTES} bytes, the limit"));
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("it contains white space".to_owned());
    }
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let is_web = ["http", "https"]
        .iter()
        .any(|s| s.eq_ignore_ascii_case(scheme));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_web || authority.is_empty() {
        return Some("it is no http or https address".to_owned());
    }
    authority
        .contains('@')
        .then(|| "it contains a user name or password".to_owned())
}

/// `text` if it has at most `limit` characters, else its beginning up to a word and `…`, together at
/// most `limit`, and a warning that names `key`.
fn capped(key: &str, text: &str, limit: usize, warnings: &mut Vec<String>) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    warnings.push(format!("{key} cut to {limit} characters, the limit"));
    let room = limit - 1;
    let mut kept = String::new();
    let mut n_chars = 0;
    let mut at_word = 0;
    for grapheme in text.graphemes(true) {
        n_chars += grapheme.chars().count();
        if grapheme == " " {
            at_word = kept.len();
        }
        if n_chars > room {
            break;
        }
        kept.push_str(grapheme);
    }
    if at_word > 0 {
        kept.truncate(at_word);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_200_characters_stays_and_one_more_is_cut_at_a_word() {
        let exact = format!("{}é", "abc ".repeat(50).trim_end());
        let mut warnings = Vec::new();
        assert_eq!(exact.chars().count(), MAX_TITLE_CHARS);
        assert_eq!(title(&exact, &mut warnings), exact);
        assert!(warnings.is_empty());

        let cut = title(&format!("{exact}é"), &mut warnings);
        assert_eq!(cut, format!("{}…", "abc ".repeat(49).trim_end()));
        assert_eq!(warnings, ["title cut to 200 characters, the limit"]);
    }

    #[test]
    fn a_title_without_spaces_is_cut_between_graphemes() {
        let family = "👩\u{200d}👩\u{200d}👧";
        let cut = title(&family.repeat(60), &mut Vec::new());
        assert_eq!(cut, format!("{}…", family.repeat(39)));
    }

    #[test]
    fn a_word_that_ends_at_the_limit_is_kept() {
        let long = format!("{} more", "a".repeat(MAX_TITLE_CHARS - 1));
        let cut = title(&long, &mut Vec::new());
        assert_eq!(cut, format!("{}…", "a".repeat(MAX_TITLE_CHARS - 1)));
    }

    #[test]
    fn file_names_become_titles() {
        for (path, expected) in [
            ("/a/2021-03-29-ever_given.md", "2021 03 29 ever given"),
            ("two  words.txt", "two words"),
            ("--.md", "untitled"),
            ("v1.2.txt", "v1.2"),
        ] {
            assert_eq!(title_of_path(Path::new(path), &mut Vec::new()), expected);
        }
    }

    #[test]
    fn days_are_read_in_the_ways_they_are_written() {
        for (raw, expected) in [
            ("2024-05-21", "2024-05-21"),
            ("2024-05-21T06:30:00+01:00", "2024-05-21"),
            ("2024-05-21T23:00:00.123456Z", "2024-05-21"),
            ("2024/05/21", "2024-05-21"),
            ("20240521", "2024-05-21"),
            ("20240521T0630Z", "2024-05-21"),
            ("21 May 2024", "2024-05-21"),
            ("May 21, 2024", "2024-05-21"),
            ("Tuesday, May 21st, 2024", "2024-05-21"),
            ("Tue, 21 May 2024 06:30:00 GMT", "2024-05-21"),
            ("Sept 3 1999", "1999-09-03"),
            ("31 Feb 2024", ""),
            ("yesterday", ""),
            ("May 2024", ""),
            ("2024", ""),
            ("21.05.2024", ""),
            ("", ""),
        ] {
            let day = loose_date(raw, &mut Vec::new());
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            assert_eq!(day, expected, "{raw}");
        }
    }

    #[test]
    fn days_of_other_ages_are_ignored_with_a_warning() {
        for (raw, is_kept) in [
            ("1000-01-01", true),
            ("0999-12-31", false),
            ("2199-12-31", true),
            ("2200-01-01", false),
            ("9999-12-31", false),
        ] {
            for read in [date, loose_date] {
                let mut warnings = Vec::new();
                assert_eq!(read(raw, &mut warnings).is_some(), is_kept, "{raw}");
                assert_eq!(warnings.is_empty(), is_kept, "{raw}");
            }
        }
    }

    #[test]
    fn only_web_addresses_are_kept() {
        for (raw, is_kept) in [
            ("https://example.org/a?b#c", true),
            (" HTTP://example.org ", true),
            ("ftp://example.org/", false),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https:///path", false),
            ("https://a b/", false),
            ("https://user:pw@example.org/", false),
            ("https://example.org/@user", true),
        ] {
            let mut warnings = Vec::new();
            assert_eq!(url(raw, &mut warnings).is_some(), is_kept, "{raw}");
            assert_eq!(warnings.is_empty(), is_kept, "{raw}");
        }
        let exact = format!("https://e.org/{}", "a".repeat(MAX_URL_BYTES - 14));
        assert!(url(&exact, &mut Vec::new()).is_some());
        assert!(url(&format!("{exact}a"), &mut Vec::new()).is_none());
    }

    #[test]
    fn tags_are_bounded_in_number_and_length() {
        let named = |n: usize| (0..n).map(|i| format!("tag {i}")).collect::<Vec<_>>();
        let mut warnings = Vec::new();
        assert_eq!(tags(named(MAX_TAGS), &mut warnings).len(), MAX_TAGS);
        assert!(warnings.is_empty());
        assert_eq!(tags(named(MAX_TAGS + 1), &mut warnings).len(), MAX_TAGS);
        assert_eq!(warnings.len(), 1);
        let long = tags(vec!["x".repeat(MAX_TAG_CHARS + 1)], &mut warnings);
        assert_eq!(long, [format!("{}…", "x".repeat(MAX_TAG_CHARS - 1))]);
        let repeated = ["a", " ", "b", "a "].map(str::to_owned).to_vec();
        assert_eq!(tags(repeated, &mut Vec::new()), ["a", "b"]);
    }

    #[test]
    fn an_outlet_of_100_characters_stays_and_one_more_is_cut() {
        let exact = "o".repeat(MAX_OUTLET_CHARS);
        assert_eq!(outlet(&exact, &mut Vec::new()), Some(exact.clone()));
        let cut = outlet(&format!("{exact}o"), &mut Vec::new()).unwrap();
        assert_eq!(cut.chars().count(), MAX_OUTLET_CHARS);
        assert_eq!(outlet(" \n", &mut Vec::new()), None);
    }
}
