//! The YAML block at the top of a Markdown file.

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{MAX_FRONT_MATTER_BYTES, metadata};
use crate::document::Metadata;

/// The keys that are read; all others are ignored.
const KEYS: [&str; 5] = ["title", "date", "outlet", "url", "tags"];

/// Splits `source` into the metadata of its front matter and the rest.
///
/// Front matter is what stands between a first line `---` and the next line `---` or `...`, if it is
/// empty or names at least one key. Otherwise the `---` is a rule across the page, and everything is
/// the rest. YAML that cannot be parsed is read line by line, so that an unquoted colon in a title
/// does not cost the date.
pub(super) fn split<'a>(source: &'a str, warnings: &mut Vec<String>) -> (Metadata, &'a str) {
    let Some((block, rest)) = delimited(source) else {
        let mut lines = source.lines();
        if lines.next().is_some_and(is_marker) && lines.next().is_some_and(names_a_known_key) {
            warnings.push("front matter has no closing `---`; it is read as text".to_owned());
        }
        return (Metadata::default(), source);
    };
    if block.len() > MAX_FRONT_MATTER_BYTES {
        warnings.push(format!(
            "front matter ignored: longer than {MAX_FRONT_MATTER_BYTES} bytes, the limit"
        ));
        return (Metadata::default(), rest);
    }
    if !block.trim().is_empty() && !block.lines().any(names_a_key) {
        return (Metadata::default(), source);
    }
    let metadata = match parsed(block) {
        Ok(fields) => fields.checked(warnings),
        Err(fault) => {
            let mut faults = Vec::new();
            let metadata = salvaged(block).checked(&mut faults);
            let kept = match stated(&metadata).as_slice() {
                [] => "nothing could be kept".to_owned(),
                keys => format!("kept {}", keys.join(", ")),
            };
            warnings.push(format!("front matter is not valid YAML ({fault}); {kept}"));
            warnings.append(&mut faults);
            metadata
        }
    };
    (metadata, rest)
}

/// The keys that metadata has a value of.
fn stated(metadata: &Metadata) -> Vec<&'static str> {
    let are_stated = [
        !metadata.title.is_empty(),
        metadata.published.is_some(),
        metadata.outlet.is_some(),
        metadata.url.is_some(),
        !metadata.tags.is_empty(),
    ];
    let keys = KEYS.into_iter().zip(are_stated);
    keys.filter_map(|(key, is_stated)| is_stated.then_some(key))
        .collect()
}

/// The text between the marker lines and the text after them.
fn delimited(source: &str) -> Option<(&str, &str)> {
    let (first, after) = source.split_once('\n')?;
    if !is_marker(first) {
        return None;
    }
    let mut start = 0;
    for line in after.split_inclusive('\n') {
        let end = start + line.len();
        if matches!(line.trim_end(), "---" | "...") {
            return Some((after.get(..start)?, after.get(end..)?));
        }
        start = end;
    }
    None
}

fn is_marker(line: &str) -> bool {
    line.trim_end() == "---"
}

fn names_a_known_key(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(key, _)| KEYS.contains(&key))
}

/// Whether a line begins with a word and a colon, as the keys of a mapping do.
fn names_a_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, value)| {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'' | '.');
        !key.is_empty()
            && key.chars().all(is_word)
            && (value.trim_end().is_empty() || value.starts_with([' ', '\t']))
    })
}

/// The known keys as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    title: Value,
    date: Value,
    outlet: Value,
    url: Value,
    tags: Value,
}

impl Fields {
    fn checked(self, warnings: &mut Vec<String>) -> Metadata {
        let title = self.title.into_scalar("title", warnings);
        let outlet = self.outlet.into_scalar("outlet", warnings);
        let date = self.date.into_scalar("date", warnings);
        let url = self.url.into_scalar("url", warnings);
        let tags = self.tags.into_list(warnings);
        Metadata {
            title: metadata::title(&title, warnings),
            outlet: metadata::outlet(&outlet, warnings),
            published: metadata::date(&date, warnings),
            url: metadata::url(&url, warnings),
            tags: metadata::tags(tags, warnings),
        }
    }
}

fn parsed(block: &str) -> Result<Fields, String> {
    if block.trim().is_empty() {
        return Ok(Fields::default());
    }
    // Far above five keys with some foreign ones beside, far below what costs a noticeable moment.
    let options = serde_saphyr::options! {
        // `yes` is a word and not `true`, as in YAML 1.2.
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_events: 20_000,
            max_nodes: 10_000,
            max_aliases: 100,
            max_anchors: 100,
            max_documents: 1,
        },
    };
    // The line of the marker stands before it, so that faults name the line in the file.
    serde_saphyr::from_str_with_options(&format!("\n{block}"), options).map_err(|error| {
        let rendered = error.without_snippet().to_string();
        metadata::one_line(&rendered).chars().take(160).collect()
    })
}

/// What lines of the form `key: value` say, the first of each key.
fn salvaged(block: &str) -> Fields {
    let mut fields = Fields::default();
    let mut keys = Vec::new();
    for line in block.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let Some(key) = KEYS.into_iter().find(|&key| key == name) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        if value.is_empty() || keys.contains(&key) {
            continue;
        }
        keys.push(key);
        match key {
            "title" => fields.title = Value::Scalar(value),
            "date" => fields.date = Value::Scalar(value),
            "outlet" => fields.outlet = Value::Scalar(value),
            "url" => fields.url = Value::Scalar(value),
            _ => fields.tags = Value::Scalar(value.trim_matches(['[', ']']).to_owned()),
        }
    }
    fields
}

/// Any YAML value, as far as metadata can use it.
#[derive(Debug, Default)]
enum Value {
    #[default]
    Missing,
    Scalar(String),
    List(Vec<String>),
    /// A mapping, or a list of something other than scalars.
    Other,
}

impl Value {
    fn into_scalar(self, key: &str, warnings: &mut Vec<String>) -> String {
        match self {
            Value::Missing => String::new(),
            Value::Scalar(text) => text,
            Value::List(_) | Value::Other => {
                warnings.push(format!("{key} ignored: it is not a single value"));
                String::new()
            }
        }
    }

    /// The items of a list, or the parts of a scalar between commas.
    fn into_list(self, warnings: &mut Vec<String>) -> Vec<String> {
        match self {
            Value::Missing => Vec::new(),
            Value::Scalar(text) => text.split(',').map(str::to_owned).collect(),
            Value::List(items) => items,
            Value::Other => {
                warnings
                    .push("tags ignored: they are neither a list nor a line of text".to_owned());
                Vec::new()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_owned()))
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Value, E> {
        str::from_utf8(value)
            .map(|text| Value::Scalar(text.to_owned()))
            .map_err(|_| E::custom("binary data"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        let mut is_flat = true;
        while let Some(item) = sequence.next_element::<Value>()? {
            match item {
                Value::Scalar(text) => items.push(text),
                Value::Missing => {}
                Value::List(_) | Value::Other => is_flat = false,
            }
        }
        Ok(if is_flat {
            Value::List(items)
        } else {
            Value::Other
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (Metadata, String, Vec<String>) {
        let mut warnings = Vec::new();
        let (metadata, rest) = split(source, &mut warnings);
        (metadata, rest.to_owned(), warnings)
    }

    #[test]
    fn all_keys_are_read_and_others_ignored() {
        let (metadata, rest, warnings) = read(
            "---\r\ntitle: \"A: b\"\r\ndate: 2025-03-18T10:00:00Z\r\noutlet: Desk\r\n\
             url: https://example.org/a\r\ntags: [a, 7, \"c d\"]\r\nlayout: {x: [1]}\r\n3: 4\r\n---\r\nBody\r\n",
        );
        assert_eq!(warnings, [""; 0]);
        assert_eq!(metadata.title, "A: b");
        assert_eq!(metadata.outlet.as_deref(), Some("Desk"));
        assert_eq!(metadata.published.unwrap().to_string(), "2025-03-18");
        assert_eq!(metadata.url.as_deref(), Some("https://example.org/a"));
        assert_eq!(metadata.tags, ["a", "7", "c d"]);
        assert_eq!(rest, "Body\r\n");
    }

    #[test]
    fn tags_may_be_a_list_or_a_line() {
        for block in ["tags: a, b c", "tags:\n  - a\n  - b c", "tags: [a, b c]"] {
            let (metadata, _, warnings) = read(&format!("---\n{block}\n---\n"));
            assert_eq!(
                (metadata.tags, warnings.len()),
                (vec!["a".into(), "b c".into()], 0)
            );
        }
    }

    #[test]
    fn scalars_of_any_type_are_titles_and_null_is_none() {
        for (value, expected) in [
            ("1984", "1984"),
            ("yes", "yes"),
            ("true", "true"),
            ("~", ""),
            ("", ""),
            ("1.5", "1.5"),
            (">-\n  two\n  lines", "two lines"),
            ("'it''s'", "it's"),
            ("2025-01-02", "2025-01-02"),
        ] {
            let (metadata, _, warnings) = read(&format!("---\ntitle: {value}\n---\n"));
            assert_eq!(
                (metadata.title.as_str(), warnings.len()),
                (expected, 0),
                "{value}"
            );
        }
    }

    #[test]
    fn a_bad_value_is_dropped_with_a_warning_that_names_its_key() {
        for (line, key) in [
            ("date: next Tuesday", "date"),
            ("date: 99999-01-01", "date"),
            ("date: [1]", "date"),
            ("url: ftp://example.org", "url"),
            ("outlet: {a: b}", "outlet"),
            ("title: [a, b]", "title"),
            ("tags: {a: b}", "tags"),
        ] {
            let (metadata, _, warnings) = read(&format!("---\nkept: 1\n{line}\n---\n"));
            assert_eq!(metadata, Metadata::default(), "{line}");
            assert_eq!(warnings.len(), 1, "{line}");
            assert!(warnings[0].starts_with(key), "{warnings:?}");
        }
    }

    #[test]
    fn broken_yaml_is_read_line_by_line() {
        let (metadata, rest, warnings) =
            read("---\ntitle: Putin: no deal\ndate: 2025-03-18\ntags: [a, b\n---\nBody");
        assert_eq!(metadata.title, "Putin: no deal");
        assert_eq!(metadata.published.unwrap().to_string(), "2025-03-18");
        assert_eq!(metadata.tags, ["a", "b"]);
        assert_eq!(rest, "Body");
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].ends_with("kept title, date, tags"),
            "{warnings:?}"
        );
    }

    /// Once the line was counted without the marker, and what was ignored called kept.
    #[test]
    fn broken_yaml_is_named_by_its_line_and_only_what_is_kept_by_its_key() {
        let (metadata, _, warnings) =
            read("---\ntitle: [unclosed\ndate: 2024-13-45\noutlet: Post\n---\nBody");
        assert_eq!(metadata.title, "[unclosed");
        assert_eq!(metadata.published, None);
        assert!(warnings[0].ends_with("kept title, outlet"), "{warnings:?}");
        assert!(warnings[1].starts_with("date ignored"), "{warnings:?}");
        assert_eq!(warnings.len(), 2);
        for (block, line) in [("a: b: c\n", 2), ("title: x\n\nurl: \"b\" c\n", 4)] {
            let (_, _, warnings) = read(&format!("---\n{block}---\n"));
            let named = format!("line {line},");
            assert!(warnings[0].contains(&named), "{warnings:?}");
        }
    }

    #[test]
    fn rules_across_the_page_are_no_front_matter() {
        for source in [
            "---\nA paragraph.\n---\nMore.",
            " ---\ntitle: indented\n---\n",
            "----\ntitle: four\n---\n",
            "Text\n---\ntitle: late\n---\n",
            "---",
            "",
        ] {
            assert_eq!(
                read(source),
                (Metadata::default(), source.to_owned(), vec![])
            );
        }
        assert_eq!(read("---\n---\nBody").1, "Body");
    }

    #[test]
    fn front_matter_that_never_closes_is_text_with_a_warning() {
        let source = "---\ntitle: never closed\n\nBody.\n";
        let (metadata, rest, warnings) = read(source);
        assert_eq!((metadata, rest.as_str()), (Metadata::default(), source));
        assert!(
            matches!(&warnings[..], [warning] if warning.contains("no closing `---`")),
            "{warnings:?}"
        );
    }

    #[test]
    fn front_matter_of_64_kib_is_read_and_one_byte_more_is_ignored() {
        let line = "title: T\nx: ";
        let exact = format!(
            "{line}{}\n",
            "a".repeat(MAX_FRONT_MATTER_BYTES - line.len() - 1)
        );
        let (metadata, _, warnings) = read(&format!("---\n{exact}---\nBody"));
        assert_eq!((metadata.title.as_str(), warnings.len()), ("T", 0));
        let (metadata, rest, warnings) = read(&format!("---\n{exact}\n---\nBody"));
        assert_eq!((metadata.title.as_str(), rest.as_str()), ("", "Body"));
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn yaml_bombs_cost_nothing() {
        let nested = format!("a: {}", "[".repeat(50_000));
        let aliases = (1..60).fold("a0: &a0 [x, x]\n".to_owned(), |yaml, i| {
            let before = i - 1;
            format!("{yaml}a{i}: &a{i} [*a{before}, *a{before}, *a{before}]\n")
        });
        for block in [nested, aliases] {
            let (metadata, _, warnings) = read(&format!("---\ntitle: T\n{block}\n---\n"));
            assert_eq!((metadata.title.as_str(), warnings.len()), ("T", 1));
        }
    }
}
