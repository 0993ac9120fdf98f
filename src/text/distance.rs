//! How many slips of the finger lie between two words.

/// The number of letters added, left out or exchanged, and of neighbours swapped, that turn `a` into `b`, if it is at
/// most `max`: the optimal string alignment distance (Damerau 1964 with the recurrence of Wagner and Fischer 1974),
/// in characters. Symmetric, 0 for equal words. Time is the product of the lengths, unless the lengths alone decide.
pub fn edit_distance(a: &str, b: &str, max: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > max {
        return None;
    }
    // Distances of what precedes `a[row]` to every beginning of `b`, and of the two rows before.
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in b.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(max + 1);
            let exchanged = at(&above, column) + usize::from(from != to);
            let left_out = at(&above, column + 1) + 1;
            let added = at(&current, column) + 1;
            let mut best = exchanged.min(left_out).min(added);
            if let (Some(row), Some(column)) = (row.checked_sub(1), column.checked_sub(1))
                && a.get(row) == Some(to)
                && b.get(column) == Some(from)
            {
                best = best.min(at(&before, column) + 1);
            }
            current.push(best);
        }
        if current.iter().all(|&distance| distance > max) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|&distance| distance <= max)
}

/// The consonants of a word, a run of one as one: who spells by ear gets these right. `ballot` and `balot` have the same.
pub fn consonants(word: &str) -> String {
    let mut kept: Vec<char> = word
        .chars()
        .filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
        .collect();
    kept.dedup();
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips_are_counted() {
        for (a, b, expected) in [
            ("", "", Some(0)),
            ("sheinbaum", "sheinbaum", Some(0)),
            ("shienbaum", "sheinbaum", Some(1)),
            ("krisstersson", "kristersson", Some(1)),
            ("asteriod", "asteroid", Some(1)),
            ("volodimir", "volodymyr", Some(2)),
            ("orbn", "orban", Some(1)),
            ("kyjiw", "kyiv", Some(2)),
            ("ferry", "bridge", None),
            ("ab", "abcd", Some(2)),
            ("ab", "abcde", None),
            ("größe", "grösse", Some(2)),
        ] {
            assert_eq!(edit_distance(a, b, 2), expected, "{a} {b}");
        }
        assert_eq!(edit_distance("asteriod", "asteroid", 0), None);
    }

    #[test]
    fn words_that_sound_alike_share_their_consonants() {
        for (a, b) in [
            ("balot", "ballot"),
            ("creem", "cream"),
            ("asteriod", "asteroid"),
            ("shienbaum", "sheinbaum"),
        ] {
            assert_eq!(consonants(a), consonants(b));
        }
        assert_ne!(consonants("creem"), consonants("creek"));
    }

    proptest! {
        #[test]
        fn a_distance_is_symmetric_and_bounded(a in "[abc]{0,7}", b in "[abc]{0,7}", max in 0usize..8) {
            let distance = edit_distance(&a, &b, max);
            prop_assert_eq!(distance, edit_distance(&b, &a, max));
            prop_assert_eq!(distance == Some(0), a == b);
            prop_assert!(distance.is_none_or(|distance| distance <= max));
            // A longer bound changes nothing but what is found.
            let longest = a.len().max(b.len());
            let whole = edit_distance(&a, &b, longest);
            prop_assert_eq!(distance, whole.filter(|&distance| distance <= max));
        }
    }
}
