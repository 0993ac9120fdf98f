//! Superscripts and subscripts in a text that has no mark-up. [`Scripts`] is what readers of mark-up hold.
//!
//! Left out, they turn `10²⁵` into another number. So digits and signs become the characters Unicode has
//! for them, where it has all; words stay words, as the `st` of `1st`.

/// Longest raised or lowered text that is written differently, in bytes: what is longer is small print.
const MAX_SCRIPT_BYTES: usize = 32;

/// Most texts raised or lowered within one another; those further in are read as part of them.
const MAX_OPEN: usize = 8;

/// Which side of the line a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Super,
    Sub,
}

/// Characters with what stands for them raised and lowered: the block *Superscripts and Subscripts* of
/// Unicode, with its three digits and its letter that stand elsewhere.
const FORMS: [(char, char, char); 18] = [
    ('0', '⁰', '₀'),
    ('1', '¹', '₁'),
    ('2', '²', '₂'),
    ('3', '³', '₃'),
    ('4', '⁴', '₄'),
    ('5', '⁵', '₅'),
    ('6', '⁶', '₆'),
    ('7', '⁷', '₇'),
    ('8', '⁸', '₈'),
    ('9', '⁹', '₉'),
    ('+', '⁺', '₊'),
    ('-', '⁻', '₋'),
    ('\u{2212}', '⁻', '₋'),
    ('=', '⁼', '₌'),
    ('(', '⁽', '₍'),
    (')', '⁾', '₎'),
    ('n', 'ⁿ', 'ₙ'),
    ('i', 'ⁱ', 'ᵢ'),
];

impl Script {
    /// The script of an element of HTML.
    pub(super) fn of_element(name: &str) -> Option<Script> {
        match name {
            _ if name.eq_ignore_ascii_case("sup") => Some(Script::Super),
            _ if name.eq_ignore_ascii_case("sub") => Some(Script::Sub),
            _ => None,
        }
    }

    /// Rewrites what stands in `text` from `start` on as raised or lowered. What is no boundary of a
    /// character, or nothing, changes nothing.
    pub(super) fn apply(self, text: &mut String, start: usize) {
        let shown = text
            .split_at_checked(start)
            .and_then(|(before, part)| self.shown(before, part));
        if let Some(shown) = shown {
            text.truncate(start);
            text.push_str(&shown);
        }
    }

    /// How `text` is written behind `before`, if differently.
    fn shown(self, before: &str, text: &str) -> Option<String> {
        let core = text.trim();
        let is_word = core.chars().all(|c| c.is_alphabetic() || c == '.');
        let is_single = core.chars().count() == 1;
        if core.is_empty() || text.len() > MAX_SCRIPT_BYTES || (is_word && !is_single) {
            return None;
        }
        let written: Option<String> = core.chars().map(|c| self.form(c)).collect();
        let says_something = |c: char| c.is_numeric() || matches!(c, '+' | '-' | '\u{2212}' | '=');
        let written = match written {
            Some(written) => written,
            // The mark of a note is in brackets already.
            None if core.starts_with('[') || !core.contains(says_something) => return None,
            None if self == Script::Super && is_list_of_notes(before, core) => {
                core.chars().map(|c| self.form(c).unwrap_or(c)).collect()
            }
            None => format!("{}({core})", self.sign()),
        };
        Some(text.replacen(core, &written, 1))
    }

    fn form(self, c: char) -> Option<char> {
        let (_, raised, lowered) = FORMS.into_iter().find(|(plain, ..)| *plain == c)?;
        Some(match self {
            Script::Super => raised,
            Script::Sub => lowered,
        })
    }

    fn sign(self) -> char {
        match self {
            Script::Super => '^',
            Script::Sub => '_',
        }
    }
}

/// Whether `core` names notes, as `1,2` and `3–5` do behind a word or a full stop: behind a letter or a digit it is an
/// exponent.
fn is_list_of_notes(before: &str, core: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
    let is_behind_word = word.is_none_or(|word| word.is_empty() || word.chars().count() > 2)
        && !before.ends_with(|c: char| c.is_numeric() || c == ')');
    is_behind_word
        && core
            .split([',', ';', '–', ' '])
            .all(|note| note.bytes().all(|b| b.is_ascii_digit()))
}

/// The raised and lowered texts that are open in a text being written, each with where it begins.
#[derive(Debug, Default)]
pub(super) struct Scripts(Vec<(Script, usize)>);

impl Scripts {
    /// Takes a tag at the end of `text`. It begins a script, or ends the innermost one of its kind, with
    /// which those within it end.
    pub(super) fn take(&mut self, script: Script, is_end: bool, text: &mut String) {
        if is_end {
            let at = self.0.iter().rposition(|(open, _)| *open == script);
            if let Some((script, start)) = at.and_then(|at| self.0.drain(at..).next()) {
                script.apply(text, start);
            }
        } else if self.0.len() < MAX_OPEN {
            self.0.push((script, text.len()));
        }
    }

    /// Forgets what is open, where the text or a block of it ends.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: Script, before: &str, part: &str, expected: &str) {
        let mut text = format!("{before}{part}");
        script.apply(&mut text, before.len());
        assert_eq!(text, expected, "{script:?} {part:?}");
    }

    #[test]
    fn digits_and_signs_are_raised_and_words_stay() {
        for (before, part, expected) in [
            ("10", "25", "10²⁵"),
            ("10", "-3", "10⁻³"),
            ("10", "\u{2212}3", "10⁻³"),
            ("m", "2 ", "m² "),
            ("2", "n", "2ⁿ"),
            ("2", "n+1", "2ⁿ⁺¹"),
            ("Ca", "2+", "Ca²⁺"),
            ("10", "0.5", "10^(0.5)"),
            ("x", "a+b", "x^(a+b)"),
            ("2", "2ⁿ", "2^(2ⁿ)"),
            ("1", "st", "1st"),
            ("22", "nd", "22nd"),
            ("M", "lle", "Mlle"),
            ("x", "in", "xin"),
            ("Quoth", "TM", "QuothTM"),
            ("said", "[3]", "said[3]"),
            ("said", "*", "said*"),
            ("said", "1,2", "said¹,²"),
            ("said.", "3–5, 7", "said.³–⁵, ⁷"),
            ("x", "0,5", "x^(0,5)"),
            ("10", "1,5", "10^(1,5)"),
            ("a", " ", "a "),
            ("a", "", "a"),
        ] {
            check(Script::Super, before, part, expected);
        }
    }

    #[test]
    fn digits_and_signs_are_lowered() {
        for (before, part, expected) in [
            ("H", "2", "H₂"),
            ("x", "i", "xᵢ"),
            ("x", "max", "xmax"),
            ("log", "1.5", "log_(1.5)"),
        ] {
            check(Script::Sub, before, part, expected);
        }
    }

    #[test]
    fn small_print_stays() {
        for (n, is_raised) in [(MAX_SCRIPT_BYTES, true), (MAX_SCRIPT_BYTES + 1, false)] {
            let mut text = "1".repeat(n);
            Script::Super.apply(&mut text, 0);
            assert_eq!(text.starts_with('¹'), is_raised, "{n}");
        }
    }
}
