//! What somebody says of an article over what its file says of itself.

use std::str::FromStr;

use super::metadata;
use crate::document::{Date, Metadata};

/// Metadata given beside the article; each takes the place of what the file states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Headline, as typed.
    pub title: Option<String>,
    /// Who published it, as typed.
    pub outlet: Option<String>,
    /// Day of publication.
    pub date: Option<GivenDay>,
    /// Where the original is, as typed.
    pub url: Option<String>,
    /// Keywords, as typed; these and no others.
    pub tags: Option<Vec<String>>,
}

/// A day of publication as given; `None` takes the one that the file states, or that the article had, away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenDay(pub Option<Date>);

impl FromStr for GivenDay {
    type Err = String;

    /// Reads a day, or nothing from nothing but white space.
    fn from_str(text: &str) -> Result<GivenDay, String> {
        if text.trim().is_empty() {
            return Ok(GivenDay(None));
        }
        let date = Date::parse(text).map_err(|error| error.to_string())?;
        Ok(GivenDay(Some(date)))
    }
}

impl Overrides {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Overrides::default()
    }

    /// Puts what is given in its place, by the same rules as if the file had stated it: what is too
    /// long is cut, what is no address is left out, a day out of all bounds is not given, each with a
    /// warning. A title of nothing but white
    /// space is not given.
    pub fn apply(&self, to: &mut Metadata, warnings: &mut Vec<String>) {
        if let Some(title) = &self.title {
            let title = metadata::title(title, warnings);
            if !title.is_empty() {
                to.title = title;
            }
        }
        if let Some(outlet) = &self.outlet {
            to.outlet = metadata::outlet(outlet, warnings);
        }
        match self.date {
            None => {}
            Some(GivenDay(None)) => to.published = None,
            Some(GivenDay(Some(date))) => {
                to.published = metadata::plausible(date, warnings).or(to.published);
            }
        }
        if let Some(url) = &self.url {
            to.url = metadata::url(url, warnings);
        }
        if let Some(tags) = &self.tags {
            to.tags = metadata::tags(tags.clone(), warnings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::MAX_TITLE_CHARS;

    fn stated() -> Metadata {
        Metadata {
            title: "Stated".to_owned(),
            outlet: Some("Paper".to_owned()),
            published: Date::from_ymd(2024, 5, 2),
            url: Some("https://example.org/a".to_owned()),
            tags: vec!["old".to_owned()],
        }
    }

    #[test]
    fn nothing_given_changes_nothing() {
        let (mut metadata, mut warnings) = (stated(), Vec::new());
        Overrides::default().apply(&mut metadata, &mut warnings);
        assert_eq!(metadata, stated());
        assert!(warnings.is_empty());
    }

    #[test]
    fn what_is_given_takes_the_place_of_what_is_stated() {
        let (mut metadata, mut warnings) = (stated(), Vec::new());
        Overrides {
            title: Some(" Given\n title ".to_owned()),
            outlet: Some(String::new()),
            date: Some(GivenDay(Date::from_ymd(2025, 1, 1))),
            url: Some("ftp://example.org/".to_owned()),
            tags: Some(vec!["new".to_owned(), " ".to_owned()]),
        }
        .apply(&mut metadata, &mut warnings);
        let expected = Metadata {
            title: "Given title".to_owned(),
            outlet: None,
            published: Date::from_ymd(2025, 1, 1),
            url: None,
            tags: vec!["new".to_owned()],
        };
        assert_eq!(metadata, expected);
        assert_eq!(warnings, ["url ignored: it is no http or https address"]);
    }

    #[test]
    fn a_blank_day_takes_the_stated_one_away() {
        for blank in ["", " "] {
            let (mut metadata, mut warnings) = (stated(), Vec::new());
            let overrides = Overrides {
                date: Some(blank.parse().unwrap()),
                ..Overrides::default()
            };
            overrides.apply(&mut metadata, &mut warnings);
            assert_eq!((metadata.published, warnings.len()), (None, 0));
        }
        assert!("tomorrow".parse::<GivenDay>().is_err());
    }

    #[test]
    fn a_given_day_is_bounded() {
        for (day, n_warnings) in [
            ("1000-01-01", 0),
            ("0999-12-31", 1),
            ("2199-12-31", 0),
            ("2200-01-01", 1),
        ] {
            let (mut metadata, mut warnings) = (stated(), Vec::new());
            let given = Date::parse(day).unwrap();
            let overrides = Overrides {
                date: Some(GivenDay(Some(given))),
                ..Overrides::default()
            };
            overrides.apply(&mut metadata, &mut warnings);
            assert_eq!(warnings.len(), n_warnings, "{day}: {warnings:?}");
            assert_eq!(metadata.published == Some(given), n_warnings == 0, "{day}");
        }
    }

    #[test]
    fn a_given_title_is_bounded_and_never_blank() {
        for (given, expected_len, n_warnings) in [
            ("x".repeat(MAX_TITLE_CHARS), MAX_TITLE_CHARS, 0),
            ("x".repeat(MAX_TITLE_CHARS + 1), MAX_TITLE_CHARS, 1),
            (" \n".to_owned(), "Stated".len(), 0),
        ] {
            let (mut metadata, mut warnings) = (stated(), Vec::new());
            let overrides = Overrides {
                title: Some(given),
                ..Overrides::default()
            };
            overrides.apply(&mut metadata, &mut warnings);
            assert_eq!(metadata.title.chars().count(), expected_len);
            assert_eq!(warnings.len(), n_warnings);
        }
    }
}
