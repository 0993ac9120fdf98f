//! Making one ranked list out of several.

use std::collections::HashMap;

use crate::document::{PassageId, Score};
use crate::index::{Candidates, Ranked};

/// Damping of the ranks. The source uses 60 for lists of hundreds; with two short lists a smaller
/// value, which trusts first places more, measured better here (see ARCHITECTURE.md, Ranking).
pub(super) const RRF_K: Score = 5.0;
/// Weight of the dense list beside the lexical list's 1: alone it is the weaker of the two.
pub(super) const DENSE_WEIGHT: Score = 0.5;

/// A passage that at least one list names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fused {
    pub(super) passage: PassageId,
    /// 1-based rank by BM25 within its collection.
    pub(super) lexical_rank: Option<u32>,
    /// 1-based rank by cosine within its collection.
    pub(super) dense_rank: Option<u32>,
    pub(super) score: Score,
}

/// Fuses the lists of several collections by reciprocal rank: `score(d) = Σ w_i / (k + rank_i(d))`,
/// with 1-based ranks, `w` = 1 for lexical and [`DENSE_WEIGHT`] for dense lists.
///
/// Lists that miss a passage contribute 0, so only ranks matter and collections of different sizes,
/// whose scores cannot be compared, can be mixed. Output is sorted by score descending, then
/// [`PassageId`]. Source: Cormack, Clarke and Büttcher, SIGIR 2009 (there `k = 60`).
pub(super) fn reciprocal_rank_fusion(collections: &[Candidates], k: Score) -> Vec<Fused> {
    let mut fused: HashMap<PassageId, Fused> = HashMap::new();
    let mut add = |list: &[Ranked], lexical: bool| {
        for (ranked, rank) in list.iter().zip(1u32..) {
            let entry = fused.entry(ranked.passage).or_insert(Fused {
                passage: ranked.passage,
                lexical_rank: None,
                dense_rank: None,
                score: 0.0,
            });
            if lexical {
                entry.lexical_rank = Some(rank);
            } else {
                entry.dense_rank = Some(rank);
            }
            let weight = if lexical { 1.0 } else { DENSE_WEIGHT };
            entry.score += weight / (k + rank as Score);
        }
    };
    for candidates in collections {
        add(&candidates.lexical, true);
        add(&candidates.dense, false);
    }
    let mut fused: Vec<Fused> = fused.into_values().collect();
    fused.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.passage.cmp(&b.passage)));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::DocumentId;

    fn list(ids: &[u64]) -> Vec<Ranked> {
        ids.iter()
            .map(|id| Ranked {
                passage: PassageId {
                    document: DocumentId(*id),
                    ordinal: 0,
                },
                score: 0.0,
            })
            .collect()
    }

    fn order(collections: &[Candidates]) -> Vec<u64> {
        reciprocal_rank_fusion(collections, 60.0)
            .iter()
            .map(|fused| fused.passage.document.0)
            .collect()
    }

    #[test]
    fn what_both_lists_name_comes_first() {
        let candidates = Candidates {
            lexical: list(&[1, 2, 3]),
            dense: list(&[4, 2]),
        };
        assert_eq!(order(&[candidates]), [2, 1, 3, 4]);
    }

    #[test]
    fn ties_break_by_passage_id() {
        let library = Candidates {
            lexical: list(&[9]),
            dense: list(&[]),
        };
        let guild = Candidates {
            lexical: list(&[5]),
            dense: list(&[]),
        };
        assert_eq!(order(&[library, guild]), [5, 9]);
    }

    #[test]
    fn no_lists_give_no_passages() {
        assert!(order(&[]).is_empty());
        assert!(order(&[Candidates::default()]).is_empty());
    }
}
