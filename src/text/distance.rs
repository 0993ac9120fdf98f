//! How many slips of the finger lie between two words.

/// The number of letters added, left out or exchanged, and of neighbours swapped, that turn `a` into `b`, if it is at
/// most `max`: the optimal string alignment distance (Damerau 1964 with the recurrence of Wagner and Fischer 1974),
/// in characters. Symmetric, 0 for equal words. Time is the product of the lengths, unless the lengths alone decide.
pub fn edit_distance(a: &str, b: &str, max: usize) -> Option<usize> {
    if a.chars().count().abs_diff(b.chars().count()) > max {
        return None;
    }
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    // Distances of what precedes `a[row]` to every beginning of `b`, and of the rows before and after.
    let mut before: Vec<usize> = Vec::with_capacity(b.len() + 1);
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut current: Vec<usize> = Vec::with_capacity(b.len() + 1);
    for (row, from) in a.iter().enumerate() {
        current.clear();
        current.push(row + 1);
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
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut current);
    }
    above.last().copied().filter(|&distance| distance <= max)
}

/// Whether one slip of the finger or the ear makes `typed` of `word`: two neighbours swapped, a letter left out, one typed twice,
/// or in a word of seven letters or more a vowel in place of another. A letter in place of another makes too many other words:
/// `lorry` and `larry`, `orban` and `organ`.
pub fn is_slip_of(typed: &str, word: &str) -> bool {
    /// Letters from which on few words differ in one vowel only: `separate`, `seperate`.
    const LONG: usize = 7;
    if edit_distance(typed, word, 1) != Some(1) {
        return false;
    }
    let (n_typed, n_letters) = (typed.chars().count(), word.chars().count());
    let doubled = |a: &str| {
        let mut run: Vec<char> = a.chars().collect();
        run.dedup();
        run
    };
    match n_typed.cmp(&n_letters) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => doubled(typed) == doubled(word),
        std::cmp::Ordering::Equal => {
            let mut letters: [Vec<char>; 2] = [typed, word].map(|word| word.chars().collect());
            letters
                .iter_mut()
                .for_each(|letters| letters.sort_unstable());
            let [a, b] = letters;
            a == b || (n_typed >= LONG && consonants(typed) == consonants(word))
        }
    }
}

/// The consonants of a lower-case word that are heard, a double one once, `c` and `q` as `k`, `z` as `s`: who spells by ear gets these right.
/// `ballot` and `balot` have the same, and so have `author` and `autor`.
pub fn consonants(word: &str) -> String {
    let heard = |c| match c {
        'c' | 'q' => 'k',
        'z' => 's',
        c => c,
    };
    let mut letters: Vec<char> = word.chars().map(heard).collect();
    letters.dedup();
    letters.retain(|c| !matches!(c, 'a' | 'e' | 'h' | 'i' | 'o' | 'u' | 'w' | 'y'));
    letters.into_iter().collect()
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
            ("autor", "author"),
            ("whitlok", "whitlock"),
            ("asteriod", "asteroid"),
            ("shienbaum", "sheinbaum"),
        ] {
            assert_eq!(consonants(a), consonants(b));
        }
        assert_ne!(consonants("creem"), consonants("creek"));
    }

    #[test]
    fn not_every_letter_is_a_slip() {
        for (typed, word, expected) in [
            ("whcih", "which", true),
            ("happend", "happened", true),
            ("ferrry", "ferry", true),
            ("seperate", "separate", true),
            ("ferry", "ferry", false),
            ("lorry", "larry", false),
            ("orban", "organ", false),
            ("spacex", "space", false),
            ("theyre", "there", false),
            ("commuting", "computing", false),
        ] {
            assert_eq!(is_slip_of(typed, word), expected, "{typed} {word}");
        }
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
