//! How good a sentence is for a summary: a logistic model of twelve features.
//!
//! Fitted by `training/fit_summary.py` on articles with extractive reference summaries, to tell the
//! sentences of the reference from the others (docs/summaries.md has the figures).

/// How many features a sentence has.
pub const N_FEATURES: usize = 12;

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
    // Cosine with the title's static vector.
    "title_vector",
    // Its place in the article, 0 to 1.
    "position",
    // The first sentence.
    "first",
    // Logarithm of the number of topic words.
    "length",
    // Logarithm of the number of words with a capital inside the sentence.
    "names",
    // Logarithm of the number of words with a digit.
    "numbers",
    // Has a quotation.
    "quotation",
    // Opens with a word that points back, or is a quotation without speaker.
    "leans",
];

/// One weight a feature.
const WEIGHTS: Features = [
    1.64, 0.19, 1.18, 0.08, -0.16, -0.06, -0.06, -0.01, 0.01, 0.03, -0.07, -0.07,
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
