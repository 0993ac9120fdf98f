//! JSON Feed 1 and 1.1 (jsonfeed.org).

use serde::Deserialize;

use super::{
    Content, Draft, Feed, FeedError, MAX_CONTENT_BYTES, MAX_FIELD_BYTES, MAX_ITEMS, bounded, day,
    plain_line,
};

/// What every version of the format begins its version with.
const VERSION: &str = "https://jsonfeed.org/version/1";

#[derive(Deserialize)]
struct RawFeed {
    version: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    items: Vec<RawItem>,
}

#[derive(Deserialize)]
struct RawItem {
    /// Meant to be a string; some feeds number their items.
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    external_url: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    content_html: Option<String>,
    #[serde(default)]
    content_text: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    date_published: Option<String>,
    #[serde(default)]
    date_modified: Option<String>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Feed, FeedError> {
    let text = String::from_utf8_lossy(bytes);
    let raw: RawFeed = serde_json::from_str(&text).map_err(|error| {
        FeedError::NoFeed(format!(
            "its JSON is wrong in line {}, column {}",
            error.line(),
            error.column()
        ))
    })?;
    if !raw.version.starts_with(VERSION) {
        return Err(FeedError::NoFeed(
            "its JSON is not of the form JSON Feed 1".to_owned(),
        ));
    }
    let items = raw.items.into_iter().take(MAX_ITEMS);
    Ok(Feed {
        title: plain_line(&field(raw.title)),
        items: items.map(draft).filter_map(Draft::finish).collect(),
        ..Feed::default()
    })
}

fn draft(raw: RawItem) -> Draft {
    let cut = |text: String| bounded(&text, MAX_CONTENT_BYTES);
    let content = match (raw.content_html, raw.content_text) {
        (Some(html), _) if !html.trim().is_empty() => Some(Content::Html(cut(html))),
        (_, Some(text)) => Some(Content::Plain(cut(text))),
        _ => None,
    };
    let id = match raw.id {
        serde_json::Value::String(id) => bounded(&id, MAX_FIELD_BYTES),
        serde_json::Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let date = raw.date_published.or(raw.date_modified);
    Draft {
        id,
        link: Some(field(raw.url.or(raw.external_url))),
        title: field(raw.title),
        published: date.as_deref().and_then(day),
        content,
        summary: raw.summary.map(|text| Content::Plain(cut(text))),
    }
}

fn field(text: Option<String>) -> String {
    bounded(&text.unwrap_or_default(), MAX_FIELD_BYTES)
}
