//! JSON-LD of a page: the properties of the article among its objects.

use serde_json::{Map, Value};

use super::token::decoded;

/// Longest block that is read, in bytes.
const MAX_BYTES: usize = 512 * 1024;
/// Most values that are looked at in one block.
const MAX_VALUES: usize = 10_000;

/// Ends of the types of schema.org that name an article.
const ARTICLE_TYPES: [&str; 4] = ["Article", "BlogPosting", "Report", "NewsItem"];

/// What an article object says, as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) title: Option<String>,
    pub(super) outlet: Option<String>,
    pub(super) published: Option<String>,
    pub(super) url: Option<String>,
}

/// What the first article among the objects of these blocks says; nothing if there is none. A block that
/// is no JSON is left out.
pub(super) fn article(blocks: &[String]) -> Stated {
    blocks
        .iter()
        .filter(|block| block.len() <= MAX_BYTES)
        .filter_map(|block| serde_json::from_str::<Value>(bare(block)).ok())
        .find_map(|value| article_in(&value))
        .unwrap_or_default()
}

/// A block without the comment or CDATA marks that old pages put around it.
fn bare(block: &str) -> &str {
    let mut block = block.trim();
    for (open, close) in [
        ("<!--", "-->"),
        ("//<![CDATA[", "//]]>"),
        ("<![CDATA[", "]]>"),
    ] {
        block = block.strip_prefix(open).unwrap_or(block).trim();
        block = block.strip_suffix(close).unwrap_or(block).trim();
    }
    block.trim_end_matches(';')
}

/// The article in a value, breadth first: the outermost counts.
fn article_in(value: &Value) -> Option<Stated> {
    let mut open = std::collections::VecDeque::from([value]);
    for _ in 0..MAX_VALUES {
        match open.pop_front()? {
            Value::Array(values) => open.extend(values),
            Value::Object(object) if is_article(object) => return Some(stated(object)),
            Value::Object(object) => {
                open.extend(object.values().filter(|value| !value.is_string()))
            }
            _ => {}
        }
    }
    None
}

fn is_article(object: &Map<String, Value>) -> bool {
    let is_known = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| ARTICLE_TYPES.iter().any(|known| kind.ends_with(known)))
    };
    match object.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_known),
        Some(kind) => is_known(kind),
        None => false,
    }
}

fn stated(object: &Map<String, Value>) -> Stated {
    let text = |key: &str| object.get(key).and_then(text_of);
    Stated {
        title: text("headline").or_else(|| text("name")),
        outlet: text("publisher").or_else(|| text("isPartOf")),
        published: text("datePublished").or_else(|| text("dateCreated")),
        url: text("url").or_else(|| text("mainEntityOfPage")),
    }
}

/// A text, or that which names an object: the first of several.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(values) => return text_of(values.first()?),
        Value::Object(object) => ["name", "@id", "url"]
            .iter()
            .find_map(|key| object.get(*key))?
            .as_str()?,
        _ => return None,
    };
    let text = decoded(text);
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &str) -> Stated {
        article(&[block.to_owned()])
    }

    #[test]
    fn the_article_is_found_among_other_objects() {
        let expected = Stated {
            title: Some("A & B".to_owned()),
            outlet: Some("Herald".to_owned()),
            published: Some("2024-05-21".to_owned()),
            url: Some("https://e.example/a".to_owned()),
        };
        let object = r#"{"@type": ["Thing", "NewsArticle"], "headline": "A &amp; B", "datePublished": "2024-05-21",
            "publisher": [{"name": "Herald"}], "mainEntityOfPage": {"@id": "https://e.example/a"}}"#;
        for block in [
            object.to_owned(),
            format!("[{{\"@type\": \"Person\", \"name\": \"X\"}}, {object}]"),
            format!(
                "{{\"@context\": \"https://schema.org\", \"@graph\": [{{\"@type\": \"WebSite\"}}, {object}]}}"
            ),
            format!("<!-- {object} -->"),
            format!("//<![CDATA[\n{object}\n//]]>"),
        ] {
            assert_eq!(read(&block), expected, "{block}");
        }
    }

    #[test]
    fn what_is_no_article_says_nothing() {
        for block in [
            "",
            "{",
            "[]",
            "3",
            r#"{"@type": "Organization", "name": "X"}"#,
            r#"{"name": "X"}"#,
            r#"{"@type": 3, "@graph": null}"#,
        ] {
            assert_eq!(read(block), Stated::default(), "{block}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep), Stated::default());
    }

    #[test]
    fn a_block_of_512_kib_is_read_and_a_longer_one_is_not() {
        let at = |len: usize| {
            let mut block = r#"{"@type": "Article", "name": "X"}"#.to_owned();
            block.push_str(&" ".repeat(len - block.len()));
            read(&block).title
        };
        assert_eq!(at(MAX_BYTES).as_deref(), Some("X"));
        assert_eq!(at(MAX_BYTES + 1), None);
    }
}
