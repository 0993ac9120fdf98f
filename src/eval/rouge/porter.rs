//! The Porter stemmer with the extensions of NLTK, which is what `rouge_score` stems with. The stemmer
//! of the index is the later English one of Snowball and cuts differently, so it cannot stand in.
//!
//! Source: Porter, "An algorithm for suffix stripping", Program 14 (3), 1980, and NLTK's documented
//! departures from it (irregular forms, `ies`, `ied`, final `y`, `alli`, `fulli`, `logi`).

/// The stem of a lower-case ASCII word; words of one or two letters stay.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*stem).to_owned();
    }
    if word.len() <= 2 {
        return word.to_owned();
    }
    let mut word = Word(word.as_bytes().to_vec());
    word.plural();
    word.past_and_progressive();
    word.final_y();
    word.double_suffixes();
    word.rules(STEP_3, 1);
    word.single_suffixes();
    word.final_e();
    word.final_ll();
    String::from_utf8(word.0).unwrap_or_default()
}

const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Suffix and replacement; the first suffix that fits decides, whether or not its condition holds.
type Rules = &'static [(&'static str, &'static str)];

const STEP_2: Rules = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const STEP_3: Rules = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
];

struct Word(Vec<u8>);

impl Word {
    /// Step 1a.
    fn plural(&mut self) {
        if self.ends("ies") {
            let keep = if self.0.len() == 4 { "ie" } else { "i" };
            self.replace("ies", keep);
        } else if self.ends("sses") {
            self.replace("sses", "ss");
        } else if !self.ends("ss") && self.ends("s") {
            self.replace("s", "");
        }
    }

    /// Step 1b.
    fn past_and_progressive(&mut self) {
        if self.ends("ied") {
            let keep = if self.0.len() == 4 { "ie" } else { "i" };
            return self.replace("ied", keep);
        }
        if self.ends("eed") {
            if measure(self.before("eed")) > 0 {
                self.replace("eed", "ee");
            }
            return;
        }
        let Some(suffix) = ["ed", "ing"]
            .into_iter()
            .find(|suffix| self.ends(suffix) && has_vowel(self.before(suffix)))
        else {
            return;
        };
        self.replace(suffix, "");
        if ["at", "bl", "iz"].iter().any(|end| self.ends(end)) {
            self.0.push(b'e');
        } else if ends_double_consonant(&self.0) {
            if !matches!(self.0.last(), Some(b'l' | b's' | b'z')) {
                self.0.pop();
            }
        } else if measure(&self.0) == 1 && ends_cvc(&self.0) {
            self.0.push(b'e');
        }
    }

    /// Step 1c.
    fn final_y(&mut self) {
        let before = self.before("y");
        if self.ends("y") && before.len() > 1 && consonants(before).last() == Some(&true) {
            self.replace("y", "i");
        }
    }

    /// Step 2.
    fn double_suffixes(&mut self) {
        if self.ends("alli") && measure(self.before("alli")) > 0 {
            self.replace("alli", "al");
            return self.double_suffixes();
        }
        if STEP_2.iter().any(|(suffix, _)| self.ends(suffix)) {
            self.rules(STEP_2, 1);
        } else if self.ends("logi") && measure(self.before("ogi")) > 0 {
            self.replace("logi", "log");
        }
    }

    /// Step 4.
    fn single_suffixes(&mut self) {
        let Some(suffix) = STEP_4.into_iter().find(|suffix| self.ends(suffix)) else {
            return;
        };
        let stem = self.before(suffix);
        let may_go = suffix != "ion" || matches!(stem.last(), Some(b's' | b't'));
        if may_go && measure(stem) > 1 {
            self.replace(suffix, "");
        }
    }

    /// Step 5a.
    fn final_e(&mut self) {
        let stem = self.before("e");
        if self.ends("e") && (measure(stem) > 1 || (measure(stem) == 1 && !ends_cvc(stem))) {
            self.0.pop();
        }
    }

    /// Step 5b.
    fn final_ll(&mut self) {
        if self.ends("ll") && measure(self.before("l")) > 1 {
            self.0.pop();
        }
    }

    /// Applies the first rule whose suffix fits, if what stands before has at least that measure.
    fn rules(&mut self, rules: Rules, least: usize) {
        if let Some((suffix, replacement)) = rules.iter().find(|(suffix, _)| self.ends(suffix))
            && measure(self.before(suffix)) >= least
        {
            self.replace(suffix, replacement);
        }
    }

    fn ends(&self, suffix: &str) -> bool {
        self.0.ends_with(suffix.as_bytes())
    }

    /// What stands before the last letters, as many as `suffix` has.
    fn before(&self, suffix: &str) -> &[u8] {
        let end = self.0.len().saturating_sub(suffix.len());
        self.0.get(..end).unwrap_or_default()
    }

    fn replace(&mut self, suffix: &str, replacement: &str) {
        self.0.truncate(self.0.len().saturating_sub(suffix.len()));
        self.0.extend_from_slice(replacement.as_bytes());
    }
}

/// For each letter whether it is a consonant: not a vowel, and a `y` only at the beginning or after
/// a vowel.
fn consonants(word: &[u8]) -> Vec<bool> {
    let mut flags: Vec<bool> = Vec::with_capacity(word.len());
    for letter in word {
        flags.push(match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => flags.last().is_none_or(|before| !before),
            _ => true,
        });
    }
    flags
}

/// How often a vowel is followed by a consonant.
fn measure(word: &[u8]) -> usize {
    consonants(word)
        .windows(2)
        .filter(|pair| matches!(pair, [false, true]))
        .count()
}

fn has_vowel(word: &[u8]) -> bool {
    consonants(word).contains(&false)
}

fn ends_double_consonant(word: &[u8]) -> bool {
    matches!(word, [.., a, b] if a == b) && consonants(word).last() == Some(&true)
}

/// Consonant, vowel, consonant other than `w`, `x` and `y`; or a word of a vowel and a consonant.
fn ends_cvc(word: &[u8]) -> bool {
    match consonants(word).as_slice() {
        [.., true, false, true] => !matches!(word.last(), Some(b'w' | b'x' | b'y')),
        [false, true] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of the paper and of every rule; the stems are what NLTK gives.
    #[test]
    fn words_are_cut_as_the_reference_implementation_cuts_them() {
        for (word, expected) in WORDS {
            assert_eq!(stem(word), *expected, "{word}");
        }
    }

    const WORDS: &[(&str, &str)] = &[
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("ties", "tie"),
        ("cats", "cat"),
        ("dies", "die"),
        ("flies", "fli"),
        ("spied", "spi"),
        ("died", "die"),
        ("feed", "feed"),
        ("agreed", "agre"),
        ("plastered", "plaster"),
        ("bled", "bled"),
        ("motoring", "motor"),
        ("sing", "sing"),
        ("conflated", "conflat"),
        ("troubled", "troubl"),
        ("sized", "size"),
        ("hopping", "hop"),
        ("falling", "fall"),
        ("hissing", "hiss"),
        ("fizzed", "fizz"),
        ("failing", "fail"),
        ("filing", "file"),
        ("happy", "happi"),
        ("enjoy", "enjoy"),
        ("spy", "spi"),
        ("relational", "relat"),
        ("conditional", "condit"),
        ("rational", "ration"),
        ("valency", "valenc"),
        ("hesitancy", "hesit"),
        ("digitizer", "digit"),
        ("conformably", "conform"),
        ("radically", "radic"),
        ("differently", "differ"),
        ("vilely", "vile"),
        ("analogously", "analog"),
        ("vietnamization", "vietnam"),
        ("predication", "predic"),
        ("operator", "oper"),
        ("feudalism", "feudal"),
        ("decisiveness", "decis"),
        ("hopefulness", "hope"),
        ("callousness", "callous"),
        ("formality", "formal"),
        ("sensitivity", "sensit"),
        ("sensibility", "sensibl"),
        ("hopefully", "hope"),
        ("archaeology", "archaeolog"),
        ("geology", "geolog"),
        ("triplicate", "triplic"),
        ("formative", "form"),
        ("formalize", "formal"),
        ("electricity", "electr"),
        ("electrical", "electr"),
        ("goodness", "good"),
        ("revival", "reviv"),
        ("allowance", "allow"),
        ("inference", "infer"),
        ("airliner", "airlin"),
        ("gyroscopic", "gyroscop"),
        ("adjustable", "adjust"),
        ("defensible", "defens"),
        ("irritant", "irrit"),
        ("replacement", "replac"),
        ("adjustment", "adjust"),
        ("dependent", "depend"),
        ("adoption", "adopt"),
        ("communism", "commun"),
        ("activate", "activ"),
        ("homologous", "homolog"),
        ("effective", "effect"),
        ("bowdlerize", "bowdler"),
        ("probate", "probat"),
        ("rate", "rate"),
        ("cease", "ceas"),
        ("controlling", "control"),
        ("roll", "roll"),
        ("skies", "sky"),
        ("dying", "die"),
        ("news", "news"),
        ("innings", "inning"),
        ("proceed", "proceed"),
        ("succeed", "succeed"),
        ("syzygy", "syzygi"),
        ("yyy", "yyy"),
        ("its", "it"),
        ("owed", "owe"),
        ("2000s", "2000"),
        ("sky", "sky"),
    ];
}
