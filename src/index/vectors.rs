//! Passage vectors: an exact scan over 8-bit unit vectors held in memory. The file they are restored
//! from is [`VectorFile`]'s.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Filter, Ranked};
use crate::document::{DocumentId, PassageId};
use crate::neural::{DIMENSIONS, Vector};

mod file;

pub(super) use file::VectorFile;

/// Rows scored by one task: 2 MiB of vectors, about a core's second-level cache.
const SCAN_CHUNK_ROWS: usize = 8_192;
/// Segments beyond which small ones are merged, so that a scan touches few.
const MAX_SEGMENTS: usize = 16;
/// Stands for "no date" in a row; before every real day.
const NO_DAY: i32 = i32::MIN;

/// One row: a passage and its vector.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The passage.
    pub passage: PassageId,
    /// Publication day of its document, days since 1970-01-01.
    pub day: Option<i32>,
    /// The vector of its text.
    pub vector: Vector,
}

#[derive(Clone, Copy)]
struct Key {
    passage: PassageId,
    day: i32,
}

#[derive(Default)]
struct Segment {
    keys: Vec<Key>,
    scales: Vec<f32>,
    values: Vec<[i8; DIMENSIONS]>,
}

impl Segment {
    fn push(&mut self, row: &Row) {
        self.keys.push(Key {
            passage: row.passage,
            day: row.day.unwrap_or(NO_DAY),
        });
        self.scales.push(row.vector.scale);
        self.values.push(row.vector.values);
    }

    fn append_live(&mut self, other: &Segment, ended: &FxHashSet<DocumentId>) {
        for ((key, scale), values) in other.keys.iter().zip(&other.scales).zip(&other.values) {
            if !ended.contains(&key.passage.document) {
                self.keys.push(*key);
                self.scales.push(*scale);
                self.values.push(*values);
            }
        }
    }
}

/// An immutable set of rows; cloning is cheap and a clone never changes.
#[derive(Clone, Default)]
pub(super) struct VectorTable {
    segments: Vec<Arc<Segment>>,
    ended: Arc<FxHashSet<DocumentId>>,
    n_ended_rows: usize,
}

impl VectorTable {
    /// Number of rows that can be found.
    pub(super) fn len(&self) -> usize {
        self.n_rows() - self.n_ended_rows
    }

    fn n_rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.keys.len()).sum()
    }

    /// The table after a commit.
    pub(super) fn with(&self, ended: &[DocumentId], rows: &[Row]) -> VectorTable {
        let mut next = self.clone();
        if !ended.is_empty() {
            let gone: FxHashSet<DocumentId> = ended
                .iter()
                .copied()
                .filter(|id| !self.ended.contains(id))
                .collect();
            next.n_ended_rows += next
                .segments
                .iter()
                .flat_map(|segment| &segment.keys)
                .filter(|key| gone.contains(&key.passage.document))
                .count();
            let mut all = (*next.ended).clone();
            all.extend(gone);
            next.ended = Arc::new(all);
        }
        if !rows.is_empty() {
            let mut segment = Segment::default();
            rows.iter().for_each(|row| segment.push(row));
            next.segments.push(Arc::new(segment));
        }
        if next.n_ended_rows * 4 > next.n_rows() {
            next.merge_from(0);
            next.ended = Arc::default();
            next.n_ended_rows = 0;
        } else if next.segments.len() > MAX_SEGMENTS {
            next.merge_small();
        }
        next
    }

    /// Merges the tail of segments that is no larger than the segment before it, so that each row
    /// is copied a logarithmic number of times.
    fn merge_small(&mut self) {
        let mut from = self.segments.len() - 1;
        let mut size = self.segments.get(from).map_or(0, |s| s.keys.len());
        while from > 0 {
            let before = self.segments.get(from - 1).map_or(0, |s| s.keys.len());
            if before > 2 * size && self.segments.len() - from > MAX_SEGMENTS / 2 {
                break;
            }
            from -= 1;
            size += before;
        }
        self.merge_from(from);
    }

    fn merge_from(&mut self, from: usize) {
        let tail = self.segments.split_off(from);
        let mut merged = Segment::default();
        let mut dropped = 0;
        for segment in &tail {
            let before = merged.keys.len();
            merged.append_live(segment, &self.ended);
            dropped += segment.keys.len() - (merged.keys.len() - before);
        }
        self.n_ended_rows -= dropped;
        if !merged.keys.is_empty() {
            self.segments.push(Arc::new(merged));
        }
    }

    /// The `depth` passages nearest to `query` that pass `filter`, by cosine descending, then
    /// [`PassageId`]. Exact; cost linear in the rows (about 128 MB read for 500,000).
    pub(super) fn nearest(&self, query: &Vector, filter: &Filter, depth: usize) -> Vec<Ranked> {
        if depth == 0 || query.scale == 0.0 {
            return Vec::new();
        }
        let chunks: Vec<(&Segment, usize)> = self
            .segments
            .iter()
            .flat_map(|segment| {
                (0..segment.keys.len())
                    .step_by(SCAN_CHUNK_ROWS)
                    .map(|first| (&**segment, first))
            })
            .collect();
        let mut best: Vec<Ranked> = chunks
            .into_par_iter()
            .flat_map_iter(|(segment, first)| self.scan(segment, first, query, filter, depth))
            .collect();
        best.sort_unstable_by(Ranked::best_first);
        best.truncate(depth);
        best
    }

    fn scan(
        &self,
        segment: &Segment,
        first: usize,
        query: &Vector,
        filter: &Filter,
        depth: usize,
    ) -> Vec<Ranked> {
        let rows = first..segment.keys.len().min(first + SCAN_CHUNK_ROWS);
        let values = segment.values.get(rows.clone()).unwrap_or_default();
        let dots = dot_products(&query.values, values);
        let mut heap: BinaryHeap<Reverse<Ranked>> = BinaryHeap::with_capacity(depth + 1);
        for ((dot, scale), key) in dots
            .iter()
            .zip(segment.scales.get(rows.clone()).unwrap_or_default())
            .zip(segment.keys.get(rows).unwrap_or_default())
        {
            let candidate = Ranked {
                passage: key.passage,
                score: *dot as f32 * scale * query.scale,
            };
            let full = heap.len() == depth;
            if full && heap.peek().is_some_and(|worst| candidate <= worst.0) {
                continue;
            }
            let day = (key.day != NO_DAY).then_some(key.day);
            if self.ended.contains(&key.passage.document)
                || !filter.admits(key.passage.document, day)
            {
                continue;
            }
            if full {
                heap.pop();
            }
            heap.push(Reverse(candidate));
        }
        heap.into_iter().map(|Reverse(ranked)| ranked).collect()
    }
}

/// Dot products of one vector with each row, compiled for the widest vector unit found at run time.
fn dot_products(query: &[i8; DIMENSIONS], rows: &[[i8; DIMENSIONS]]) -> Vec<i32> {
    let query: [i16; DIMENSIONS] = query.map(i16::from);
    pulp::Arch::new().dispatch(|| {
        rows.iter()
            .map(|row| {
                row.iter()
                    .zip(&query)
                    .map(|(a, b)| i32::from(i16::from(*a)) * i32::from(*b))
                    .sum()
            })
            .collect()
    })
}

#[cfg(test)]
mod tests;
