//! Article text as Discord will show it, and back.
//!
//! Escaping is the only thing done to a quote: a backslash before every character that could mean
//! something to Discord, which Discord's own rendering takes away again. [`undo`] does the same, and
//! what it gives is compared with the stored text before anything is sent. Zero-width and
//! direction-steering characters need nothing here: `text::normalize` keeps them out of the store,
//! and each quote stands on lines of its own, so that not even a store written by something else
//! could turn around the words that follow it.

/// Escapes one piece of a line or several; `at_line_start` says whether it begins a line.
///
/// Escaped are the characters of emphasis, code, spoilers, links and headings wherever they stand,
/// `@`, `<`, `#` and so every mention, timestamp, custom emoji and command link; `/` and so every
/// address and invite; `:` before anything but white space, and so every emoji name; and at the start
/// of a line the marks of lists.
pub fn escape(text: &str, at_line_start: bool) -> String {
    let mut shown = String::with_capacity(text.len() + text.len() / 8);
    let mut line = if at_line_start {
        Line::Start
    } else {
        Line::Within
    };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next_is_text = chars.peek().is_some_and(|next| !next.is_whitespace());
        let is_marked = match c {
            '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '>' | '@' | '#' | '[' | ']' | '/' => true,
            ':' => next_is_text,
            '-' | '+' => line == Line::Start,
            '.' | ')' => line == Line::Digits,
            _ => false,
        };
        if is_marked {
            shown.push('\\');
        }
        shown.push(c);
        line = match c {
            '\n' => Line::Start,
            c if c.is_whitespace() && line == Line::Start => Line::Start,
            c if c.is_ascii_digit() && line != Line::Within => Line::Digits,
            _ => Line::Within,
        };
    }
    shown
}

/// Where in a line the next character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Nothing but white space before it.
    Start,
    /// Nothing but digits before it.
    Digits,
    /// Anything else.
    Within,
}

/// The text behind what [`escape`] made, as Discord renders it: a backslash before punctuation goes.
pub fn unescape(shown: &str) -> String {
    let mut text = String::with_capacity(shown.len());
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        let is_escape = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        match chars.next_if(|_| is_escape) {
            Some(escaped) => text.push(escaped),
            None => text.push(c),
        }
    }
    text
}

/// The stored text behind a quote as shown: without line marks, bold marks and escapes.
pub fn undo(shown: &str) -> String {
    let mut text = String::with_capacity(shown.len());
    for (line_idx, line) in shown.split('\n').enumerate() {
        let line = if line_idx == 0 {
            line
        } else {
            text.push('\n');
            line.strip_prefix("> ").unwrap_or(line)
        };
        text.push_str(&unescape(&without_bold(line)));
    }
    text
}

/// Takes away bold marks: the only stars that stand without a backslash are ours.
fn without_bold(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut is_escaped = false;
    for c in line.chars() {
        if c != '*' || is_escaped {
            plain.push(c);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    plain
}

/// A title, name or other short text that is no quote: on one line, without characters that show
/// nothing or steer direction, cut at a word to at most `max_chars` characters, and escaped.
pub fn label(text: &str, max_chars: usize) -> String {
    escape(&shortened(text, max_chars), false)
}

/// As [`label`], but not escaped: for buttons, choices and file names, which are shown as they are.
pub fn shortened(text: &str, max_chars: usize) -> String {
    let clean: String = crate::text::normalize(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if clean.chars().count() <= max_chars {
        return clean;
    }
    let mut kept = String::new();
    let mut n_chars = 1;
    for word in clean.split_inclusive(' ') {
        n_chars += word.chars().count();
        if n_chars > max_chars + 1 {
            break;
        }
        kept.push_str(word);
    }
    let kept = kept.trim_end();
    if kept.is_empty() {
        // One endless word is no word: what is left of it is better than nothing, for a title.
        let cut: String = clean.chars().take(max_chars.saturating_sub(1)).collect();
        return format!("{cut}…");
    }
    format!("{kept}…")
}

/// The length Discord counts, at most: UTF-16 units, of which no character has fewer than code points.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_in_an_article_means_anything_to_discord() {
        for (text, shown) in [
            (
                "Plain text, 3.5 % of it: fine.",
                "Plain text, 3.5 % of it: fine.",
            ),
            ("@everyone and @here", r"\@everyone and \@here"),
            (
                "<@1> <@!1> <@&1> <#1>",
                r"\<\@1\> \<\@!1\> \<\@&1\> \<\#1\>",
            ),
            ("</ask:1> <t:1:R>", r"\<\/ask\:1\> \<t\:1\:R\>"),
            (
                "<:smile:1> <a:x:1> :tada:",
                r"\<\:smile\:1\> \<a\:x\:1\> \:tada:",
            ),
            ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
            ("||spoiler|| `code`", r"\|\|spoiler\|\| \`code\`"),
            ("[text](https://x.y)", r"\[text\](https\:\/\/x.y)"),
            ("discord.gg/abc", r"discord.gg\/abc"),
            (
                "https://discord.com/invite/abc",
                r"https\:\/\/discord.com\/invite\/abc",
            ),
            (r"back\slash \*", r"back\\slash \\\*"),
            (
                "# Head\n-# small\n> quote",
                "\\# Head\n\\-\\# small\n\\> quote",
            ),
            ("- a\n + b\n1. c\n12) d", "\\- a\n \\+ b\n1\\. c\n12\\) d"),
            ("well-known, 1. not a list", "well-known, 1. not a list"),
        ] {
            let escaped = escape(text, true);
            assert_eq!(escaped, shown);
            assert_eq!(unescape(&escaped), text);
        }
    }

    #[test]
    fn labels_are_short_clean_and_end_at_a_word() {
        for (text, max_chars, expected) in [
            ("A title", 7, "A title"),
            ("A longer title", 9, "A longer…"),
            ("A longer title", 8, "A…"),
            ("abcdefghij", 5, "abcd…"),
            ("two\nlines \u{202e}turned\u{200b}", 40, "two lines turned"),
        ] {
            assert_eq!(shortened(text, max_chars), expected);
            assert!(shortened(text, max_chars).chars().count() <= max_chars);
        }
        assert_eq!(label("@everyone [x](y)", 40), r"\@everyone \[x\](y)");
    }

    proptest! {
        #[test]
        fn escaping_is_undone_whatever_the_text(text in any::<String>(), at_start in any::<bool>()) {
            let text = text.replace(['\r'], "");
            prop_assert_eq!(&unescape(&escape(&text, at_start)), &text);
        }

        #[test]
        fn no_mark_is_left_bare(text in r"[\\*_~|`<>@#\[\]/:a1 \n.+-]{0,40}") {
            let shown = escape(&text, true);
            let mut is_escaped = false;
            for c in shown.chars() {
                let is_mark = "*_~|`<>@#[]/".contains(c);
                prop_assert!(!is_mark || is_escaped, "{shown:?}");
                is_escaped = c == '\\' && !is_escaped;
            }
            prop_assert!(!is_escaped);
        }

        #[test]
        fn labels_keep_their_bound(text in any::<String>(), max_chars in 1_usize..60) {
            prop_assert!(shortened(&text, max_chars).chars().count() <= max_chars);
        }
    }
}
