//! What a page says about itself: title, outlet, day and address.
//!
//! Pages say it up to five times, in JSON-LD, OpenGraph, other `meta` elements, `time` elements and the
//! visible headline, seldom all the same. The order in which the sources are asked is from the one
//! that is written for machines to the one that is written for eyes.

use std::collections::HashMap;

use super::linked_data;
use super::token::{Tag, decoded};
use crate::document::{Date, Metadata};
use crate::extract::metadata;
use crate::extract::script::{Script, Scripts};

/// Most `meta` elements that are read.
const MAX_META: usize = 300;
/// Most blocks of JSON-LD that are read.
const MAX_LINKED_DATA: usize = 20;
/// Most `time` elements that are read.
const MAX_TIMES: usize = 20;
/// Most headings of either level that are read, and the longest of them, in bytes.
const MAX_HEADLINES: usize = 4;
const MAX_HEADLINE_BYTES: usize = 1_000;

const TITLE_KEYS: [&str; 6] = [
    "og:title",
    "twitter:title",
    "parsely-title",
    "citation_title",
    "dcterms.title",
    "dc.title",
];
const OUTLET_KEYS: [&str; 6] = [
    "og:site_name",
    "application-name",
    "citation_journal_title",
    "dcterms.publisher",
    "dc.publisher",
    "publisher",
];
const DATE_KEYS: [&str; 14] = [
    "article:published_time",
    "datepublished",
    "parsely-pub-date",
    "article.published",
    "og:published_time",
    "citation_publication_date",
    "citation_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "pubdate",
    "date",
];

/// What was noticed on the way through a page.
#[derive(Default)]
pub(super) struct Head {
    title: Option<String>,
    /// Values of `meta` elements by their name or property in small letters; the first counts.
    meta: HashMap<String, String>,
    canonical: Option<String>,
    linked_data: Vec<String>,
    /// What `time` elements say, and whether they say that it is the day of publication.
    times: Vec<(String, bool)>,
    headlines: Vec<String>,
    /// The first headings of level 2.
    subheads: Vec<String>,
    /// The level of the heading that is open.
    open: Option<u8>,
    /// The raised and lowered texts that are open in it.
    scripts: Scripts,
}

impl Head {
    pub(super) fn take_title(&mut self, raw: &str) {
        self.title.get_or_insert_with(|| decoded(raw).into_owned());
    }

    pub(super) fn take_linked_data(&mut self, raw: &str) {
        if self.linked_data.len() < MAX_LINKED_DATA {
            self.linked_data.push(raw.to_owned());
        }
    }

    pub(super) fn take_tag(&mut self, tag: &Tag<'_>) {
        let is_published = |value: Option<_>| {
            value
                .is_some_and(|v: std::borrow::Cow<'_, str>| v.eq_ignore_ascii_case("datePublished"))
        };
        match tag.name.as_ref() {
            "meta" if self.meta.len() < MAX_META => {
                let key = ["property", "name", "itemprop"]
                    .iter()
                    .find_map(|name| tag.get(name));
                if let (Some(key), Some(content)) = (key, tag.get("content")) {
                    let key = key.to_ascii_lowercase().replace("dc:", "dc.");
                    self.meta.entry(key).or_insert_with(|| content.into_owned());
                }
            }
            "link"
                if tag
                    .get("rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical")) =>
            {
                if let (None, Some(href)) = (&self.canonical, tag.get("href")) {
                    self.canonical = Some(href.into_owned());
                }
            }
            "time" if self.times.len() < MAX_TIMES => {
                if let Some(day) = tag.get("datetime") {
                    let is_day = tag.has("pubdate") || is_published(tag.get("itemprop"));
                    self.times.push((day.into_owned(), is_day));
                }
            }
            _ => {}
        }
    }

    pub(super) fn enter(&mut self, name: &str) {
        self.take_script(name, false);
        let (headings, level) = match name {
            "h1" => (&mut self.headlines, 1),
            "h2" => (&mut self.subheads, 2),
            _ => return,
        };
        if headings.len() < MAX_HEADLINES {
            self.open = Some(level);
            self.scripts.clear();
            headings.push(String::new());
        }
    }

    pub(super) fn leave(&mut self, name: &str) {
        self.take_script(name, true);
        if matches!(name, "h1" | "h2") {
            self.open = None;
        }
    }

    pub(super) fn take_text(&mut self, text: &str) {
        let (heading, _) = self.heading();
        if let Some(heading) = heading.filter(|heading| heading.len() < MAX_HEADLINE_BYTES) {
            heading.push_str(text);
        }
    }

    fn take_script(&mut self, name: &str, is_end: bool) {
        if let Some(script) = Script::of_element(name)
            && let (Some(heading), scripts) = self.heading()
        {
            scripts.take(script, is_end, heading);
        }
    }

    /// The heading that is open, and what is raised or lowered in it.
    fn heading(&mut self) -> (Option<&mut String>, &mut Scripts) {
        let heading = match self.open {
            Some(1) => self.headlines.last_mut(),
            Some(_) => self.subheads.last_mut(),
            None => None,
        };
        (heading, &mut self.scripts)
    }

    /// What the page says, checked. The title is empty if it says none.
    pub(super) fn metadata(self, warnings: &mut Vec<String>) -> Metadata {
        let stated = linked_data::article(&self.linked_data);
        let first = |keys: &[&str]| {
            keys.iter()
                .filter_map(|key| self.meta.get(*key))
                .find(|value| !value.trim().is_empty())
                .cloned()
        };
        let outlet = stated.outlet.or_else(|| first(&OUTLET_KEYS));
        let outlet = outlet.and_then(|outlet| metadata::outlet(&outlet, warnings));
        let lines = |headings: &[String]| -> Vec<String> {
            headings.iter().map(|h| metadata::one_line(h)).collect()
        };
        let headlines = lines(&self.headlines);
        let page_title = metadata::one_line(&self.title.unwrap_or_default());
        // Where the only heading of level 1 is the name of the site, the page's title says so.
        let without_site = metadata::without_site(&page_title, None, &lines(&self.subheads));
        let below_site = (without_site != page_title).then_some(without_site);
        let title = stated
            .title
            .or_else(|| first(&TITLE_KEYS))
            .filter(|title| !title.trim().is_empty())
            .or(below_site)
            .or_else(|| match headlines.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            })
            .filter(|title| !title.trim().is_empty())
            .unwrap_or(page_title);
        let title =
            metadata::without_site(&metadata::one_line(&title), outlet.as_deref(), &headlines);
        let days = stated.published.into_iter().chain(
            DATE_KEYS
                .iter()
                .filter_map(|key| self.meta.get(*key).cloned()),
        );
        let published = first_day(days, warnings).or_else(|| {
            let stated = self.times.iter().filter(|(_, is_day)| *is_day);
            let any = stated.chain(self.times.iter()).map(|(day, _)| day.clone());
            first_day(any, warnings)
        });
        let url = [self.canonical, first(&["og:url"]), stated.url]
            .into_iter()
            .flatten()
            .find_map(|url| metadata::url(&url, &mut Vec::new()));
        Metadata {
            title: metadata::title(&title, warnings),
            outlet,
            published,
            url,
            tags: Vec::new(),
        }
    }
}

/// The first of the texts that names a day.
fn first_day(mut texts: impl Iterator<Item = String>, warnings: &mut Vec<String>) -> Option<Date> {
    texts.find_map(|text| metadata::loose_date(&text, warnings))
}

#[cfg(test)]
mod tests {
    use super::super::clean::clean;

    fn read(source: &str) -> (String, String, String, String) {
        let metadata = clean(source).head.metadata(&mut Vec::new());
        (
            metadata.title,
            metadata.outlet.unwrap_or_default(),
            metadata
                .published
                .map(|day| day.to_string())
                .unwrap_or_default(),
            metadata.url.unwrap_or_default(),
        )
    }

    fn check(source: &str, expected: (&str, &str, &str, &str)) {
        let (title, outlet, day, url) = read(source);
        assert_eq!(
            (title.as_str(), outlet.as_str(), day.as_str(), url.as_str()),
            expected,
            "{source:?}"
        );
    }

    #[test]
    fn what_is_written_for_machines_comes_first() {
        let ld = r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"From LD","datePublished":"2024-01-02T03:04:05Z","publisher":{"name":"The LD"},"url":"https://ld.example/a"}</script>"#;
        let og = r#"<meta property="og:title" content="From OG"><meta property="og:site_name" content="The OG"><meta property="article:published_time" content="2024-02-03"><meta property="og:url" content="https://og.example/a">"#;
        let page = "<title>From title</title><h1>From h1</h1><time datetime=2024-03-04>x</time>";
        check(
            &format!("{page}{og}{ld}"),
            ("From LD", "The LD", "2024-01-02", "https://og.example/a"),
        );
        check(
            &format!("{page}{og}"),
            ("From OG", "The OG", "2024-02-03", "https://og.example/a"),
        );
        check(page, ("From h1", "", "2024-03-04", ""));
        check(
            "<title>Only &amp; title</title>",
            ("Only & title", "", "", ""),
        );
        check("<p>x", ("", "", "", ""));
    }

    #[test]
    fn the_name_of_the_site_leaves_the_title() {
        let site = "<meta property=og:site_name content='The Herald'>";
        check(
            &format!("<title>Bell stays | The Herald</title>{site}"),
            ("Bell stays", "The Herald", "", ""),
        );
        check(
            &format!("<title>The Herald – Bell stays</title>{site}"),
            ("Bell stays", "The Herald", "", ""),
        );
        check(
            "<title>Bell stays - Herald</title><h1>Bell stays</h1><h1>More</h1>",
            ("Bell stays", "", "", ""),
        );
        check(
            "<title>Bells - The Book</title><h1>The Book</h1><h2>Bells</h2>",
            ("Bells", "", "", ""),
        );
        check(
            "<title>The Book - Bells</title><h1>Bells</h1><h2>Casting</h2>",
            ("Bells", "", "", ""),
        );
        check(
            "<title>Coast - a history</title>",
            ("Coast - a history", "", "", ""),
        );
    }

    #[test]
    fn the_day_of_publication_is_preferred_to_other_days() {
        check(
            "<time datetime=2020-01-01></time><time itemprop=datePublished datetime=2021-01-01></time>",
            ("", "", "2021-01-01", ""),
        );
        check(
            "<meta name=date content='not a day'><meta name=dc.date content='21 May 2024'>",
            ("", "", "2024-05-21", ""),
        );
        check(
            "<meta itemprop=datePublished content=2019-12-31>",
            ("", "", "2019-12-31", ""),
        );
    }

    #[test]
    fn addresses_are_absolute_or_left_out() {
        check("<link rel=canonical href='/a'>", ("", "", "", ""));
        check(
            "<link rel=Canonical href='https://e.example/a?x=1&amp;y=2'>",
            ("", "", "", "https://e.example/a?x=1&y=2"),
        );
        check(
            "<meta property=og:url content='javascript:x'>",
            ("", "", "", ""),
        );
    }
}
