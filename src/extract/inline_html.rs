//! The little HTML that stands in Markdown: tags go, words stay, and so does what is raised or lowered.
//!
//! This is no HTML parser and need not be one: what it gets wrong looks untidy in a quote and harms
//! nothing, since no HTML is ever written.

use super::script::{Script, Scripts};

/// Elements whose content is not text for readers.
const HIDDEN: [&str; 4] = ["script", "style", "template", "svg"];

/// Elements that stand within a line.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark",
    "q", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// Whether an inline tag is `<br>`.
pub(super) fn is_line_break(tag: &str) -> bool {
    name_of(tag.trim_start_matches(['<', '/'])).eq_ignore_ascii_case("br")
}

/// The script of an inline tag `<sup>` or `<sub>`, and whether the tag ends it.
pub(super) fn script_of(tag: &str) -> Option<(Script, bool)> {
    let tag = tag.strip_prefix('<').unwrap_or(tag);
    let bare = tag.strip_prefix('/').unwrap_or(tag);
    Some((Script::of_element(name_of(bare))?, bare.len() < tag.len()))
}

/// The text of a block of HTML: tags, comments and hidden elements removed, white space collapsed,
/// an empty line at the edges of elements that are not inline. Linear time.
pub(super) fn text(html: &str) -> String {
    // Where no `>` follows, no tag can end: not searching there keeps the time linear.
    let n_tail = html.rsplit('>').next().map_or(0, str::len);
    let mut text = String::new();
    let mut scripts = Scripts::default();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        push_words(&mut text, before);
        let tag = (after.len() > n_tail).then(|| skip_tag(after)).flatten();
        rest = match tag {
            Some((name, after_tag)) => {
                match script_of(after) {
                    Some((script, is_end)) => scripts.take(script, is_end, &mut text),
                    None if push_edge(&mut text, name) => scripts.clear(),
                    None => {}
                }
                after_tag
            }
            None => {
                text.push('<');
                after
            }
        };
    }
    push_words(&mut text, rest);
    text
}

/// For the text after a `<`: the name of the tag it begins and what follows the tag; for a comment the
/// name is empty. `None` if it begins no tag.
fn skip_tag(after: &str) -> Option<(&str, &str)> {
    if let Some(comment) = after.strip_prefix("!--") {
        let rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        return Some(("", rest));
    }
    let bare = after.strip_prefix('/').unwrap_or(after);
    if !bare.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
        return None;
    }
    let name = name_of(bare);
    let (_, rest) = bare.split_once('>')?;
    let is_hidden = HIDDEN.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_hidden && !after.starts_with('/') {
        return Some((name, after_end_of(rest, name)));
    }
    Some((name, rest))
}

/// What follows the end tag of the element `name`; nothing if it has none.
fn after_end_of<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("</") {
        if name_of(after).eq_ignore_ascii_case(name) {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

/// The letters and digits that `tag` begins with.
fn name_of(tag: &str) -> &str {
    tag.split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default()
}

/// Marks the edge of an element, if that stands not within a line, and tells so.
fn push_edge(text: &mut String, name: &str) -> bool {
    if name.is_empty()
        || INLINE
            .iter()
            .any(|inline| inline.eq_ignore_ascii_case(name))
    {
        return false;
    }
    text.push_str(if name.eq_ignore_ascii_case("br") {
        "\n"
    } else {
        "\n\n"
    });
    true
}

/// Appends text with its entities read and each run of white space as one space.
fn push_words(text: &mut String, raw: &str) {
    let mut is_space = text.ends_with([' ', '\n']);
    for c in entities(raw).chars() {
        let is_blank = c.is_whitespace();
        if !is_blank {
            text.push(c);
        } else if !is_space {
            text.push(' ');
        }
        is_space = is_blank;
    }
}

/// Reads the entities that texts by hand contain; others stay as written. `&amp;` comes last, so that
/// `&amp;lt;` is `&lt;`.
fn entities(raw: &str) -> String {
    [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(raw.to_owned(), |text, (entity, character)| {
        text.replace(entity, character)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_words_stay() {
        for (html, expected) in [
            ("<p>One <b>two</b>,\n three.</p>", "One two, three."),
            ("<div><p>a</p><p>b</p></div>", "a\n\n\n\nb"),
            ("a<br/>b", "a\nb"),
            ("10<sup>25</sup> m<SUP class=x>2</SUP>", "10²⁵ m²"),
            ("H<sub>2</sub>O, 1<sup>st</sup>", "H₂O, 1st"),
            ("2<sup>2<sup>n</sup></sup>", "2^(2ⁿ)"),
            ("a<sup>1<p>2</sub>3</sup>", "a1\n\n23"),
            ("x<!-- <b>no --> y", "x y"),
            ("<script>if (a < b) {}</SCRIPT>z", "z"),
            ("<style>unclosed", ""),
            ("1 < 2 &amp; 3 &lt; 4 &amp;lt;", "1 < 2 & 3 < 4 &lt;"),
            ("<a href=never", "<a href=never"),
            ("", ""),
        ] {
            assert_eq!(text(html).trim(), expected, "{html:?}");
        }
    }

    #[test]
    fn line_breaks_are_known_in_all_spellings() {
        for tag in ["<br>", "<BR/>", "<br />", "</br>"] {
            assert!(is_line_break(tag), "{tag}");
        }
        assert!(!is_line_break("<b>") && !is_line_break("<brand>"));
    }
}
