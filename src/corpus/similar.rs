//! How alike two texts are: by their shingles exactly, by their signatures at a glance.

use std::cmp::Ordering;

use crate::store::{SIGNATURE_HASHES, Signature};
use crate::text;

/// Words of one shingle: runs of three survive most edits and hardly ever occur twice by chance.
const SHINGLE_WORDS: usize = 3;
/// Texts are near-duplicates from this share of common shingles on, of all or of the shorter text's.
/// Figures in ARCHITECTURE.md.
const NEAR_RESEMBLANCE: f32 = 0.5;
const NEAR_CONTAINMENT: f32 = 0.7;
/// A text of fewer shingles has no near-duplicates: a few shared words would make it one.
pub const MIN_SHINGLES: usize = 20;

/// The runs of three folded words of a text, hashed, as a sorted set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shingles {
    hashes: Vec<u64>,
}

/// What two texts have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Shared shingles over all shingles of both, 0 to 1.
    pub resemblance: f32,
    /// Shared shingles over those of the shorter text, 0 to 1: 1 for a copy that was only cut.
    pub containment: f32,
}

impl Overlap {
    /// Whether the two texts are near-duplicates.
    pub fn is_near(self) -> bool {
        self.resemblance >= NEAR_RESEMBLANCE || self.containment >= NEAR_CONTAINMENT
    }
}

impl Shingles {
    /// The shingles of a text. Linear time, but for the sorting.
    pub fn new(text: &str) -> Shingles {
        let words: Vec<u64> = text::words(text)
            .filter_map(|word| word.slice(text))
            .map(|word| hash(text::fold(word).as_bytes()))
            .collect();
        let mut hashes: Vec<u64> = words
            .windows(SHINGLE_WORDS)
            .map(|run| {
                run.iter()
                    .fold(0, |hash, word| mix(hash ^ word).wrapping_add(1))
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        Shingles { hashes }
    }

    /// How many different ones there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// What the two texts share; nothing where one has no shingles.
    pub fn overlap(&self, other: &Shingles) -> Overlap {
        let (mut ours, mut theirs) = (self.hashes.as_slice(), other.hashes.as_slice());
        let mut n_shared = 0usize;
        while let ([a, rest @ ..], [b, others @ ..]) = (ours, theirs) {
            match a.cmp(b) {
                Ordering::Less => ours = rest,
                Ordering::Greater => theirs = others,
                Ordering::Equal => {
                    n_shared += 1;
                    (ours, theirs) = (rest, others);
                }
            }
        }
        let share = |of: usize| n_shared as f32 / of.max(1) as f32;
        Overlap {
            resemblance: share(self.len() + other.len() - n_shared),
            containment: share(self.len().min(other.len())),
        }
    }

    /// The signature of the text; `None` if it has fewer than [`MIN_SHINGLES`].
    pub fn signature(&self) -> Option<Signature> {
        if self.len() < MIN_SHINGLES {
            return None;
        }
        let mut least = [u32::MAX; SIGNATURE_HASHES];
        for hash in &self.hashes {
            // Two halves of one good hash give as many functions as wanted (Kirsch and
            // Mitzenmacher 2006).
            let (a, b) = (*hash as u32, (*hash >> 32) as u32 | 1);
            let mut value = a;
            for least in &mut least {
                *least = (*least).min(finish(value));
                value = value.wrapping_add(b);
            }
        }
        Some(Signature(least))
    }
}

/// The signature of a text; `None` for one too short to have near-duplicates.
pub fn signature(text: &str) -> Option<Signature> {
    Shingles::new(text).signature()
}

/// FNV-1a: the same on every machine and in every version, as the file format needs.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash)
}

/// The finisher of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The finisher of MurmurHash3 for 32 bits.
fn finish(value: u32) -> u32 {
    let value = (value ^ (value >> 16)).wrapping_mul(0x85eb_ca6b);
    let value = (value ^ (value >> 13)).wrapping_mul(0xc2b2_ae35);
    value ^ (value >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &str = "The reactor was shut down on Saturday evening after four decades of \
        service, the operator said, and the last fuel rods will be removed by the end of the year. \
        Workers had gathered at the gate with candles, and the mayor thanked them in a short speech.";

    fn overlap(a: &str, b: &str) -> Overlap {
        Shingles::new(a).overlap(&Shingles::new(b))
    }

    #[test]
    fn a_text_overlaps_itself_wholly_whatever_its_case() {
        let whole = Overlap {
            resemblance: 1.0,
            containment: 1.0,
        };
        assert_eq!(overlap(WIRE, WIRE), whole);
        assert_eq!(overlap(WIRE, &WIRE.to_uppercase()), whole);
        let nothing = overlap("", WIRE);
        assert_eq!((nothing.resemblance, nothing.containment), (0.0, 0.0));
    }

    #[test]
    fn half_of_all_shingles_or_seven_tenths_of_the_shorter_texts_make_a_near_duplicate() {
        for (resemblance, containment, expected) in [
            (0.5, 0.6, true),
            (0.49, 0.69, false),
            (0.2, 0.7, true),
            (0.0, 0.0, false),
        ] {
            let overlap = Overlap {
                resemblance,
                containment,
            };
            assert_eq!(overlap.is_near(), expected, "{overlap:?}");
        }
    }

    #[test]
    fn a_cut_copy_is_contained() {
        let cut = WIRE.get(..WIRE.find(" Workers").unwrap()).unwrap();
        let shared = overlap(cut, WIRE);
        assert_eq!(shared.containment, 1.0);
        assert!((0.5..0.8).contains(&shared.resemblance), "{shared:?}");
    }

    #[test]
    fn signatures_estimate_what_shingles_share() {
        let words: Vec<String> = (0..600).map(|n| format!("w{n}")).collect();
        let text = |from: usize, to: usize| words[from..to].join(" ");
        let whole = text(0, 400);
        for (from, to) in [(0, 400), (40, 400), (100, 400), (200, 400), (300, 600)] {
            let other = text(from, to);
            let exact = overlap(&whole, &other).resemblance;
            let estimate = signature(&whole)
                .unwrap()
                .resemblance(&signature(&other).unwrap());
            assert!((exact - estimate).abs() < 0.2, "{exact} {estimate}");
        }
    }

    #[test]
    fn a_signature_needs_twenty_shingles() {
        let text = |n: usize| {
            let words: Vec<String> = (0..n).map(|n| format!("w{n}")).collect();
            words.join(" ")
        };
        assert!(signature(&text(MIN_SHINGLES + 2)).is_some());
        assert_eq!(signature(&text(MIN_SHINGLES + 1)), None);
        assert_eq!(signature(&"same words again ".repeat(50)), None);
        assert_eq!(signature(""), None);
    }

    #[test]
    fn signatures_are_part_of_the_file_format() {
        // A changed hash would leave every stored signature without a meaning.
        let Signature(hashes) = signature(WIRE).unwrap();
        let sum = hashes
            .iter()
            .fold(0u64, |sum, hash| mix(sum ^ u64::from(*hash)));
        assert_eq!(sum, 9_480_201_888_423_629_618);
    }
}
