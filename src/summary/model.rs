//! How good a sentence is for a summary: a logistic model of nine features.
//!
//! Fitted by `training/fit_summary.py` on articles with extractive reference summaries, to tell the
//! sentences of the reference from the others (docs/summaries.md has the figures).

/// How many features a sentence has.
pub const N_FEATURES: usize = 9;

/// Feature values of one sentence, standardised over its article.
pub type Features = [f32; N_FEATURES];

/// What the features are, in order.
pub const NAMES: [&str; N_FEATURES] = [
    // Mean cosine of its topic words with those of every other sentence.
    "central_words",
    // The same with the static vectors.
    "central_vectors",
    // The same with the stems of the words.
    "central_stems",
    // Share of the title's topic words it has.
    "title_words",
    // Its place in the article, 0 to 1.
    "position",
    // Logarithm of the number of topic words.
    "length",
    // Logarithm of the number of words with a capital inside the sentence.
    "names",
    // Logarithm of the number of words with a digit.
    "numbers",
    // Has a quotation.
    "quotation",
];

/// One weight a feature.
const WEIGHTS: Features = [
    1.633, 0.242, 1.259, 0.049, -0.033, -0.076, 0.047, 0.085, -0.084,
];

/// The part that each feature has in the score.
pub(super) fn contributions(features: &Features) -> Features {
    let mut parts = WEIGHTS;
    for (part, value) in parts.iter_mut().zip(features) {
        *part *= value;
    }
    parts
}

/// The logit of a sentence belonging into a summary, up to a constant: comparable within one article.
pub(super) fn score(features: &Features) -> f32 {
    contributions(features).iter().sum()
}
