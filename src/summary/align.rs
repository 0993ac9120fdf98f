//! Where two sequences differ.

use std::ops::Range;

/// A place where two sequences differ, between elements that they share in order; one side may be empty, not
/// both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) here: Range<usize>,
    pub(super) there: Range<usize>,
}

impl Gap {
    /// Whether each side has something in place of what the other has.
    pub(super) fn is_exchange(&self) -> bool {
        !self.here.is_empty() && !self.there.is_empty()
    }
}

/// The gaps of an alignment by a longest common subsequence, in order. Time and memory are the product of the
/// lengths.
pub(super) fn gaps<T>(here: &[T], there: &[T], is_same: impl Fn(&T, &T) -> bool) -> Vec<Gap> {
    // Of all tails, by where they begin, the length of what they share.
    let width = there.len() + 1;
    let mut shared = vec![0u32; (here.len() + 1) * width];
    let at = |shared: &[u32], i: usize, j: usize| shared.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in here.iter().enumerate().rev() {
        for (j, b) in there.iter().enumerate().rev() {
            let length = match is_same(a, b) {
                true => at(&shared, i + 1, j + 1) + 1,
                false => at(&shared, i + 1, j).max(at(&shared, i, j + 1)),
            };
            if let Some(cell) = shared.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let mut gaps = Vec::new();
    let (mut i, mut j) = (0, 0);
    let mut gap = Gap {
        here: 0..0,
        there: 0..0,
    };
    loop {
        let is_shared = match (here.get(i), there.get(j)) {
            (Some(a), Some(b)) => is_same(a, b),
            (None, None) => true,
            _ => false,
        };
        if !is_shared {
            let skips_here = i < here.len() && at(&shared, i + 1, j) >= at(&shared, i, j + 1);
            match skips_here || j >= there.len() {
                true => i += 1,
                false => j += 1,
            }
            continue;
        }
        (gap.here.end, gap.there.end) = (i, j);
        if !gap.here.is_empty() || !gap.there.is_empty() {
            gaps.push(gap);
        }
        if i >= here.len() && j >= there.len() {
            return gaps;
        }
        (i, j) = (i + 1, j + 1);
        gap = Gap {
            here: i..i,
            there: j..j,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn differences(here: &str, there: &str) -> Vec<(String, String)> {
        let (a, b): (Vec<char>, Vec<char>) = (here.chars().collect(), there.chars().collect());
        gaps(&a, &b, |a, b| a == b)
            .into_iter()
            .map(|gap| {
                let side = |of: &[char], range: Range<usize>| of[range].iter().collect();
                (side(&a, gap.here), side(&b, gap.there))
            })
            .collect()
    }

    #[test]
    fn gaps_are_what_the_longest_common_subsequence_leaves() {
        for (here, there, expected) in [
            ("", "", vec![]),
            ("abc", "abc", vec![]),
            ("abc", "", vec![("abc", "")]),
            ("", "abc", vec![("", "abc")]),
            ("abcd", "axcd", vec![("b", "x")]),
            ("abc", "xabc", vec![("", "x")]),
            ("abcd", "acdx", vec![("b", ""), ("", "x")]),
            ("ab", "xy", vec![("ab", "xy")]),
        ] {
            let expected: Vec<(String, String)> = expected
                .into_iter()
                .map(|(a, b): (&str, &str)| (a.to_owned(), b.to_owned()))
                .collect();
            assert_eq!(differences(here, there), expected, "{here} {there}");
        }
    }

    proptest! {
        #[test]
        fn without_the_gaps_both_are_the_same(here in "[abc]{0,12}", there in "[abc]{0,12}") {
            let (a, b): (Vec<char>, Vec<char>) = (here.chars().collect(), there.chars().collect());
            let found = gaps(&a, &b, |a, b| a == b);
            let rest = |of: &[char], side: fn(&Gap) -> &Range<usize>| -> String {
                let gone = |at: &usize| found.iter().any(|gap| side(gap).contains(at));
                (0..of.len()).filter(|at| !gone(at)).map(|at| of[at]).collect()
            };
            prop_assert_eq!(rest(&a, |gap| &gap.here), rest(&b, |gap| &gap.there));
        }
    }
}
