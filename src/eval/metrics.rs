//! The metrics, as pure functions over what was counted.

use std::collections::HashMap;

/// Mean, 0 for nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values
        .into_iter()
        .fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / n as f64 }
}

/// Share of those that hold, 0 for nothing.
pub(super) fn share(holds: impl IntoIterator<Item = bool>) -> f64 {
    mean(holds.into_iter().map(f64::from))
}

/// `1 / rank` of a 1-based rank up to `cutoff`, otherwise 0.
pub(super) fn reciprocal_rank(rank: Option<usize>, cutoff: usize) -> f64 {
    rank.filter(|rank| (1..=cutoff).contains(rank))
        .map_or(0.0, |rank| 1.0 / rank as f64)
}

/// nDCG@`cutoff` of the grades found, in rank order, where `judged` are all positive grades of the
/// topic in any order. Gain is the grade itself and the discount `log2(rank + 1)`, as in
/// `trec_eval`'s `ndcg_cut`. 0 for a topic without positive grades.
pub(super) fn ndcg(found: &[u32], judged: &[u32], cutoff: usize) -> f64 {
    let dcg = |grades: &[u32]| -> f64 {
        grades
            .iter()
            .take(cutoff)
            .enumerate()
            .map(|(i, grade)| f64::from(*grade) / (i as f64 + 2.0).log2())
            .sum()
    };
    let mut ideal = judged.to_vec();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = dcg(&ideal);
    if best > 0.0 { dcg(found) / best } else { 0.0 }
}

/// The `percent`-th percentile by nearest rank: the smallest value that at least that share of all
/// values does not exceed. 0 for nothing.
pub(super) fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.clamp(1, sorted.len().max(1)) - 1)
        .copied()
        .unwrap_or(0.0)
}

/// One question in the risk–coverage view: the confidence it was answered with and whether the
/// answer was right.
pub(super) type Judged = (f32, bool);

/// The selective risk after each question, taken by confidence descending (ties in the order
/// given): point `i` is `((i + 1) / n, share of errors among the first i + 1)`.
pub(super) fn risk_coverage(judged: &[Judged]) -> Vec<(f64, f64)> {
    let mut ordered = judged.to_vec();
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n = ordered.len() as f64;
    let mut n_errors = 0.0;
    ordered
        .iter()
        .zip(1u32..)
        .map(|((_, is_right), taken)| {
            n_errors += f64::from(!is_right);
            (f64::from(taken) / n, n_errors / f64::from(taken))
        })
        .collect()
}

/// Area under [`risk_coverage`]: the mean selective risk over all coverages; lower is better.
pub(super) fn aurc(judged: &[Judged]) -> f64 {
    mean(risk_coverage(judged).into_iter().map(|(_, risk)| risk))
}

/// Up to `n_bins` bins of equally many questions by rising confidence, each as mean confidence and
/// share of right answers.
pub(super) fn reliability(judged: &[Judged], n_bins: usize) -> Vec<(f64, f64)> {
    let mut ordered = judged.to_vec();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = ordered.len();
    (0..n_bins)
        .filter_map(|bin| ordered.get(bin * n / n_bins..(bin + 1) * n / n_bins))
        .filter(|bin| !bin.is_empty())
        .map(|bin| {
            (
                mean(bin.iter().map(|(confidence, _)| f64::from(*confidence))),
                share(bin.iter().map(|(_, is_right)| *is_right)),
            )
        })
        .collect()
}

/// Expected calibration error over the bins of [`reliability`]: how far confidence and share of right answers lie apart on
/// average, 0 to 1 (Naeini, Cooper and Hauskrecht, AAAI 2015; bins hold equally many here).
pub(super) fn calibration_error(bins: &[(f64, f64)]) -> f64 {
    mean(
        bins.iter()
            .map(|(confidence, is_right)| (confidence - is_right).abs()),
    )
}

/// The highest coverage of `answerable` questions at which at most `false_share` of the `others`
/// would be answered too, and the lowest confidence then answered (1 if none is).
pub(super) fn coverage_at(answerable: &[f32], others: &[f32], false_share: f64) -> (f64, f64) {
    let mut falsely = others.to_vec();
    falsely.sort_unstable_by(|a, b| b.total_cmp(a));
    // A hair more than exact, so that 5 % of 20 is 1.
    let n_allowed = (false_share * falsely.len() as f64 + 1e-9) as usize;
    let bar = falsely.get(n_allowed).copied().unwrap_or(f32::NEG_INFINITY);
    let coverage = share(answerable.iter().map(|confidence| *confidence > bar));
    let threshold = answerable
        .iter()
        .copied()
        .filter(|confidence| *confidence > bar)
        .fold(1.0, f32::min);
    (coverage, f64::from(threshold))
}

/// Whether prediction and gold answer are the same once normalised.
pub(super) fn exact_match(predicted: &str, gold: &str) -> bool {
    normalized(predicted) == normalized(gold)
}

/// Token F1 of prediction and gold answer once normalised. If one of them has no token left, 1 if
/// the other has none either. Source: the official evaluation script of SQuAD 2.0.
pub(super) fn token_f1(predicted: &str, gold: &str) -> f64 {
    let (predicted, gold) = (normalized(predicted), normalized(gold));
    if predicted.is_empty() || gold.is_empty() {
        return f64::from(predicted == gold);
    }
    let mut open: HashMap<&str, usize> = HashMap::new();
    for token in &gold {
        *open.entry(token).or_default() += 1;
    }
    let n_common = predicted
        .iter()
        .filter(|token| match open.get_mut(token.as_str()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        })
        .count();
    if n_common == 0 {
        return 0.0;
    }
    let precision = n_common as f64 / predicted.len() as f64;
    let recall = n_common as f64 / gold.len() as f64;
    2.0 * precision * recall / (precision + recall)
}

/// The tokens of an answer: lower case, without ASCII punctuation, without the articles `a`, `an`
/// and `the` between word boundaries, split at white space; in that order, as the official script
/// does it.
fn normalized(answer: &str) -> Vec<String> {
    let bare: String = answer
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_ascii_punctuation())
        .collect();
    let mut out = String::new();
    let mut word = String::new();
    for c in bare.chars() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            push_word(&mut out, &mut word);
            out.push(c);
        }
    }
    push_word(&mut out, &mut word);
    out.split_whitespace().map(str::to_owned).collect()
}

fn push_word(out: &mut String, word: &mut String) {
    if matches!(word.as_str(), "a" | "an" | "the") {
        out.push(' ');
    } else {
        out.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{found}, expected {expected}"
        );
    }

    #[test]
    fn answers_are_normalised_as_squad_does() {
        for (answer, expected) in [
            ("The Eiffel Tower", "eiffel tower"),
            ("  an  Apple,  a day! ", "apple day"),
            ("U.S.", "us"),
            ("$1,000", "1000"),
            ("theatre", "theatre"),
            ("Étretat–a–X", "étretat– –x"),
            ("“quoted”", "“quoted”"),
            ("the", ""),
            ("snake_case", "snakecase"),
            ("", ""),
        ] {
            assert_eq!(normalized(answer).join(" "), expected, "{answer:?}");
        }
    }

    #[test]
    fn exact_match_ignores_case_articles_and_punctuation() {
        assert!(exact_match("the 18 March, 2025", "18 march 2025"));
        assert!(!exact_match("18 March", "18 March 2025"));
        assert!(!exact_match("", "x"));
    }

    #[test]
    fn token_f1_counts_repeated_tokens_once_each() {
        close(token_f1("30-day ceasefire", "the 30-day ceasefire"), 1.0);
        // Two of two predicted, two of three gold: 2 · 1 · 2/3 / (5/3).
        close(token_f1("energy strikes", "halt energy strikes"), 0.8);
        // One "new" in gold answers for one of the two predicted.
        close(token_f1("new new york", "new york"), 0.8);
        close(token_f1("London", "Paris"), 0.0);
        close(token_f1("", "Paris"), 0.0);
        close(token_f1("the", "a"), 1.0);
    }

    #[test]
    fn reciprocal_rank_ends_at_the_cutoff() {
        close(reciprocal_rank(Some(1), 10), 1.0);
        close(reciprocal_rank(Some(4), 10), 0.25);
        close(reciprocal_rank(Some(10), 10), 0.1);
        close(reciprocal_rank(Some(11), 10), 0.0);
        close(reciprocal_rank(None, 10), 0.0);
    }

    #[test]
    fn ndcg_by_hand() {
        close(ndcg(&[1, 1], &[1, 1], 10), 1.0);
        // One relevant at rank 2 of one: 1 / log2(3).
        close(ndcg(&[0, 1], &[1], 10), 1.0 / 3f64.log2());
        // Grades 3, 2 found as 2, 0, 3: (2 + 3/2) / (3 + 2/log2 3).
        close(
            ndcg(&[2, 0, 3], &[2, 3], 10),
            3.5 / (3.0 + 2.0 / 3f64.log2()),
        );
        close(ndcg(&[0, 1], &[1], 1), 0.0);
        close(ndcg(&[], &[1], 10), 0.0);
        close(ndcg(&[], &[], 10), 0.0);
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        close(percentile(&values, 50.0), 50.0);
        close(percentile(&values, 95.0), 95.0);
        close(percentile(&values, 99.0), 99.0);
        close(percentile(&values, 100.0), 100.0);
        close(percentile(&values, 0.0), 1.0);
        close(percentile(&[7.0], 99.0), 7.0);
        close(percentile(&[1.0, 2.0], 50.0), 1.0);
        close(percentile(&[1.0, 2.0], 51.0), 2.0);
        close(percentile(&[], 50.0), 0.0);
    }

    #[test]
    fn aurc_by_hand() {
        // By confidence: right, wrong, right. Risks 0, 1/2, 1/3.
        let judged = [(0.2, true), (0.9, true), (0.5, false)];
        close(aurc(&judged), (0.0 + 0.5 + 1.0 / 3.0) / 3.0);
        let curve = risk_coverage(&judged);
        close(curve[1].0, 2.0 / 3.0);
        close(curve[1].1, 0.5);
        // Ties keep their order: wrong first costs more.
        close(aurc(&[(0.5, false), (0.5, true)]), 0.75);
        close(aurc(&[(0.5, true), (0.5, false)]), 0.25);
        close(aurc(&[]), 0.0);
    }

    #[test]
    fn calibration_error_by_hand() {
        close(calibration_error(&[(0.2, 0.0), (0.9, 1.0)]), 0.15);
        close(calibration_error(&[]), 0.0);
    }

    #[test]
    fn reliability_bins_hold_equally_many() {
        let judged = [(0.4, true), (0.1, false), (0.2, false), (0.3, true)];
        let bins = reliability(&judged, 2);
        assert_eq!(bins.len(), 2);
        assert!((bins[0].0 - 0.15).abs() < 1e-6 && bins[0].1 == 0.0);
        assert!((bins[1].0 - 0.35).abs() < 1e-6 && bins[1].1 == 1.0);
        assert_eq!(reliability(&judged[..1], 10).len(), 1);
        assert!(reliability(&[], 10).is_empty());
    }

    #[test]
    fn coverage_at_a_share_of_false_answers() {
        let answerable = [0.9, 0.8, 0.5, 0.25];
        let others = [0.1, 0.6, 0.3, 0.85];
        // None may pass: the bar is 0.85.
        let (coverage, threshold) = coverage_at(&answerable, &others, 0.2);
        close(coverage, 0.25);
        assert!((threshold - 0.9).abs() < 1e-6);
        // One of four may pass: the bar is 0.6.
        close(coverage_at(&answerable, &others, 0.25).0, 0.5);
        close(coverage_at(&answerable, &others, 1.0).0, 1.0);
        close(coverage_at(&answerable, &[], 0.05).0, 1.0);
        close(coverage_at(&[], &others, 0.05).0, 0.0);
        // A tie with the bar is not answered.
        close(coverage_at(&[0.5], &[0.5], 0.0).0, 0.0);
        let twenty: Vec<f32> = (0..20).map(|i| i as f32 / 20.0).collect();
        close(coverage_at(&[0.92], &twenty, 0.05).0, 1.0);
    }
}
