//! ROUGE as Google's `rouge_score` package computes it, so that figures compare with published ones.
//!
//! Text is lower-cased, everything but `a` to `z` and digits separates tokens, and tokens longer than
//! three characters are stemmed ([`stem`]). ROUGE-N counts n-grams over the whole text, across line
//! ends; ROUGE-Lsum takes each line as a sentence and counts the union of the longest common
//! subsequences of each reference line with all candidate lines, no token more often than it occurs.
//! Source: Lin, "ROUGE", ACL workshop 2004; details of the implementation from `rouge_score` 0.1.2.

use std::collections::HashMap;

mod porter;

use porter::stem;

/// F1 of one pair, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rouge {
    pub(super) one: f64,
    pub(super) two: f64,
    pub(super) lsum: f64,
}

/// A text ready to be compared: the tokens of each of its lines.
pub(super) struct Tokens {
    lines: Vec<Vec<String>>,
}

impl Tokens {
    /// The tokens of a text whose sentences stand on a line each.
    pub(super) fn new(text: &str) -> Tokens {
        Tokens {
            lines: text.split('\n').map(tokens).collect(),
        }
    }

    fn flat(&self) -> Vec<&str> {
        self.lines.iter().flatten().map(String::as_str).collect()
    }
}

/// Compares a candidate with its reference.
pub(super) fn rouge(reference: &Tokens, candidate: &Tokens) -> Rouge {
    let (flat_reference, flat_candidate) = (reference.flat(), candidate.flat());
    Rouge {
        one: ngram_f1(&flat_reference, &flat_candidate, 1),
        two: ngram_f1(&flat_reference, &flat_candidate, 2),
        lsum: summary_lcs_f1(&reference.lines, &candidate.lines),
    }
}

fn tokens(line: &str) -> Vec<String> {
    line.to_lowercase()
        .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()))
        .filter(|token| !token.is_empty())
        .map(|token| match token.len() {
            0..=3 => token.to_owned(),
            _ => stem(token),
        })
        .collect()
}

fn ngram_f1(reference: &[&str], candidate: &[&str], n: usize) -> f64 {
    let expected = counted(reference.windows(n));
    let found = counted(candidate.windows(n));
    let n_shared: usize = expected
        .iter()
        .map(|(ngram, count)| (*count).min(found.get(ngram).copied().unwrap_or(0)))
        .sum();
    let total = |tokens: &[&str]| (tokens.len() + 1).saturating_sub(n);
    f1(n_shared, total(candidate), total(reference))
}

fn counted<T: std::hash::Hash + Eq>(items: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

fn summary_lcs_f1(reference: &[Vec<String>], candidate: &[Vec<String>]) -> f64 {
    let mut left_expected = counted(reference.iter().flatten());
    let mut left_found = counted(candidate.iter().flatten());
    let mut n_hits = 0;
    for line in reference {
        let mut in_union = vec![false; line.len()];
        for other in candidate {
            mark_common(line, other, &mut in_union);
        }
        for (token, _) in line.iter().zip(&in_union).filter(|(_, is_in)| **is_in) {
            let expected = left_expected.get_mut(token).filter(|left| **left > 0);
            let found = left_found.get_mut(token).filter(|left| **left > 0);
            if let (Some(expected), Some(found)) = (expected, found) {
                *expected -= 1;
                *found -= 1;
                n_hits += 1;
            }
        }
    }
    let total = |lines: &[Vec<String>]| lines.iter().map(Vec::len).sum();
    f1(n_hits, total(candidate), total(reference))
}

/// Marks the tokens of `line` that stand in its longest common subsequence with `other`. Where there
/// are several, the one that the reference implementation walks back to.
fn mark_common(line: &[String], other: &[String], marks: &mut [bool]) {
    let width = other.len() + 1;
    let mut table = vec![0u32; (line.len() + 1) * width];
    for i in 1..=line.len() {
        for j in 1..width {
            table[i * width + j] = if line[i - 1] == other[j - 1] {
                table[(i - 1) * width + j - 1] + 1
            } else {
                table[(i - 1) * width + j].max(table[i * width + j - 1])
            };
        }
    }
    let (mut i, mut j) = (line.len(), other.len());
    while i > 0 && j > 0 {
        if line[i - 1] == other[j - 1] {
            marks[i - 1] = true;
            i -= 1;
            j -= 1;
        } else if table[i * width + j - 1] > table[(i - 1) * width + j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
}

fn f1(n_shared: usize, n_found: usize, n_expected: usize) -> f64 {
    let precision = n_shared as f64 / n_found.max(1) as f64;
    let recall = n_shared as f64 / n_expected.max(1) as f64;
    if precision + recall > 0.0 {
        2.0 * precision * recall / (precision + recall)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reference: &str, candidate: &str) -> Rouge {
        rouge(&Tokens::new(reference), &Tokens::new(candidate))
    }

    /// Expected values are what `rouge_score` 0.1.2 prints for these pairs, with its stemmer.
    #[test]
    fn figures_are_those_of_the_reference_implementation() {
        for (reference, candidate, one, two, lsum) in [
            ("the cat sat", "the cat sat", 1.0, 1.0, 1.0),
            ("the cat sat", "", 0.0, 0.0, 0.0),
            ("", "", 0.0, 0.0, 0.0),
            ("cat", "cat", 1.0, 0.0, 1.0),
            (
                "Police have killed the gunman.\nThe streets were flying with happy flags.",
                "The gunman was killed by police.\nHappily, flags flew in the streets, dying.",
                0.56,
                4.0 / 23.0,
                0.32,
            ),
            (
                "Shares in Rosneft fell 3% to $9.3bn on Monday's trading.\nInvestors' worries – about \
                 Yukos' taxes – grew.",
                "Investors worry: Rosneft's share price falling 3 %.\nOn Monday trading taxes grew.",
                22.0 / 31.0,
                6.0 / 29.0,
                18.0 / 31.0,
            ),
            (
                "a b c a b\nb c d",
                "b c\na b d a b",
                14.0 / 15.0,
                8.0 / 13.0,
                14.0 / 15.0,
            ),
        ] {
            let found = of(reference, candidate);
            let expected = Rouge { one, two, lsum };
            let distance = (found.one - one)
                .abs()
                .max((found.two - two).abs())
                .max((found.lsum - lsum).abs());
            assert!(
                distance < 1e-9,
                "{reference:?}: {found:?}, not {expected:?}"
            );
        }
    }

    #[test]
    fn glued_sentences_part_at_their_stop() {
        assert_eq!(of("It fell.Rain came.", "It fell. Rain came.").two, 1.0);
    }
}
