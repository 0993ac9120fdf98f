//! Passage vectors: an exact scan over 8-bit unit vectors held in memory, and the append-only file
//! they are restored from.
//!
//! The file is a sequence of frames, one a commit, each with the commit's number, the documents that ended, the rows that were added and a checksum. Frames past the last commit
//! of the text index are cut off at opening: the text index's commit is the one that
//! counts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Filter, Ranked};
use crate::document::{DocumentId, PassageId};
use crate::neural::{DIMENSIONS, Vector};

/// Opens every frame; the last byte is the version of the format.
const FRAME_MAGIC: u32 = u32::from_le_bytes(*b"QVF1");
/// Magic, commit, ended, rows, checksum.
const FRAME_HEADER_BYTES: usize = 4 + 8 + 4 + 4 + 4;
/// Document, ordinal, day, scale, components.
const ROW_BYTES: usize = 8 + 4 + 4 + 4 + DIMENSIONS;
/// Rows scored by one task: 2 MiB of vectors, about a core's second-level cache.
const SCAN_CHUNK_ROWS: usize = 8_192;
/// Segments beyond which small ones are merged, so that a scan touches few.
const MAX_SEGMENTS: usize = 16;
/// A file is never rewritten to save less than this.
const COMPACT_SLACK_BYTES: usize = 1 << 20;
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

/// The file behind a [`VectorTable`].
pub(super) struct VectorFile {
    path: PathBuf,
    file: File,
    len: u64,
}

impl VectorFile {
    /// Opens or creates the file and restores the table as of `commit`, cutting off what came
    /// later.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if the file is damaged; the caller rebuilds.
    pub(super) fn open(
        path: &Path,
        commit: u64,
        writable: bool,
    ) -> io::Result<(VectorFile, VectorTable)> {
        let file = OpenOptions::new()
            .read(true)
            .write(writable)
            .create(writable)
            .truncate(false)
            .open(path)?;
        let mut frames = FrameReader {
            input: BufReader::with_capacity(1 << 20, &file),
            remaining: file.metadata()?.len(),
        };
        let mut segment = Segment::default();
        let mut ended = FxHashSet::default();
        let mut len = 0;
        while let Some(frame) = frames.next(commit)? {
            len += frame.bytes;
            ended.extend(frame.ended);
            frame.rows.iter().for_each(|row| segment.push(row));
        }
        let mut table = VectorTable {
            n_ended_rows: segment
                .keys
                .iter()
                .filter(|key| ended.contains(&key.passage.document))
                .count(),
            segments: vec![Arc::new(segment)],
            ended: Arc::new(ended),
        };
        if table.n_ended_rows > 0 {
            table.merge_from(0);
            table.ended = Arc::default();
        }
        if writable {
            file.set_len(len)?;
        }
        let file = VectorFile {
            path: path.to_owned(),
            file,
            len,
        };
        Ok((file, table))
    }

    /// Whether the file is still the one that has its name.
    pub(super) fn is_in_place(&self) -> bool {
        super::beside::is_same(&self.file, &self.path)
    }

    /// Appends one frame and waits until it is on the disk. On an error the file is as before.
    pub(super) fn append(
        &mut self,
        commit: u64,
        ended: &[DocumentId],
        rows: &[Row],
    ) -> io::Result<u64> {
        let before = self.len;
        let frame = encode(commit, ended, rows.iter().cloned());
        let written = self
            .file
            .seek(SeekFrom::Start(before))
            .and_then(|_| self.file.write_all(&frame))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.len += frame.len() as u64;
                Ok(before)
            }
            Err(error) => {
                self.truncate(before);
                Err(error)
            }
        }
    }

    /// Takes back what [`VectorFile::append`] wrote after it returned `len`. Best effort: a frame
    /// that stays is cut off at the next opening.
    pub(super) fn truncate(&mut self, len: u64) {
        if self.file.set_len(len).is_ok() {
            self.len = len;
        }
    }

    /// Rewrites a file that is mostly rows of ended documents, after the commit that ended them.
    ///
    /// # Errors
    /// The file system's; the file is then as before, larger than it need be but right.
    pub(super) fn compact(&mut self, commit: u64, table: &VectorTable) -> io::Result<()> {
        if self.len > 2 * (table.len() * ROW_BYTES + COMPACT_SLACK_BYTES) as u64 {
            self.rewrite(commit, table)?;
        }
        Ok(())
    }

    /// Replaces the file by one frame with the live rows.
    fn rewrite(&mut self, commit: u64, table: &VectorTable) -> io::Result<()> {
        let rows = table.segments.iter().flat_map(|segment| {
            segment
                .keys
                .iter()
                .zip(&segment.scales)
                .zip(&segment.values)
                .map(|((key, scale), values)| Row {
                    passage: key.passage,
                    day: (key.day != NO_DAY).then_some(key.day),
                    vector: Vector {
                        values: *values,
                        scale: *scale,
                    },
                })
        });
        let frame = encode(commit, &[], rows);
        let temporary = self.path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&frame)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        self.file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        self.len = frame.len() as u64;
        Ok(())
    }
}

fn encode(commit: u64, ended: &[DocumentId], rows: impl Iterator<Item = Row>) -> Vec<u8> {
    let mut payload = Vec::new();
    for id in ended {
        payload.extend(id.0.to_le_bytes());
    }
    let mut n_rows = 0u32;
    for row in rows {
        payload.extend(row.passage.document.0.to_le_bytes());
        payload.extend(row.passage.ordinal.to_le_bytes());
        payload.extend(row.day.unwrap_or(NO_DAY).to_le_bytes());
        payload.extend(row.vector.scale.to_le_bytes());
        payload.extend(row.vector.values.map(i8::cast_unsigned));
        n_rows += 1;
    }
    let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + payload.len());
    frame.extend(FRAME_MAGIC.to_le_bytes());
    frame.extend(commit.to_le_bytes());
    frame.extend((ended.len() as u32).to_le_bytes());
    frame.extend(n_rows.to_le_bytes());
    frame.extend(checksum(commit, &payload).to_le_bytes());
    frame.extend(payload);
    frame
}

fn checksum(commit: u64, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&commit.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

struct Frame {
    bytes: u64,
    ended: Vec<DocumentId>,
    rows: Vec<Row>,
}

struct FrameReader<R> {
    input: R,
    /// Bytes of the file not yet read: no length field is believed beyond it.
    remaining: u64,
}

impl<R: Read> FrameReader<R> {
    /// The next frame, `None` at the end or at a frame later than `commit`. A frame that is cut
    /// short is the trace of a crash before its commit and counts as the end, unless it should be
    /// there: the caller compares row counts.
    fn next(&mut self, commit: u64) -> io::Result<Option<Frame>> {
        if self.remaining < FRAME_HEADER_BYTES as u64 {
            return Ok(None);
        }
        let mut header = [0; FRAME_HEADER_BYTES];
        self.input.read_exact(&mut header)?;
        let mut header = &header[..];
        if read_u32(&mut header)? != FRAME_MAGIC {
            return Err(damaged("a frame does not begin with its mark"));
        }
        let frame_commit = read_u64(&mut header)?;
        let (n_ended, n_rows) = (read_u32(&mut header)?, read_u32(&mut header)?);
        let expected = read_u32(&mut header)?;
        if frame_commit > commit {
            return Ok(None);
        }
        let payload_bytes = u64::from(n_ended) * 8 + u64::from(n_rows) * ROW_BYTES as u64;
        let frame_bytes = FRAME_HEADER_BYTES as u64 + payload_bytes;
        if frame_bytes > self.remaining {
            return Err(damaged("a frame is cut short"));
        }
        let mut payload = vec![0; payload_bytes as usize];
        self.input.read_exact(&mut payload)?;
        if checksum(frame_commit, &payload) != expected {
            return Err(damaged("a frame does not have its checksum"));
        }
        self.remaining -= frame_bytes;
        let mut payload = &payload[..];
        let ended = (0..n_ended)
            .map(|_| read_u64(&mut payload).map(DocumentId))
            .collect::<io::Result<_>>()?;
        let rows = (0..n_rows)
            .map(|_| read_row(&mut payload))
            .collect::<io::Result<_>>()?;
        Ok(Some(Frame {
            bytes: frame_bytes,
            ended,
            rows,
        }))
    }
}

fn read_row(input: &mut &[u8]) -> io::Result<Row> {
    let document = DocumentId(read_u64(input)?);
    let ordinal = read_u32(input)?;
    let day = read_u32(input)?.cast_signed();
    let scale = f32::from_bits(read_u32(input)?);
    let mut values = [0; DIMENSIONS];
    input.read_exact(&mut values)?;
    Ok(Row {
        passage: PassageId { document, ordinal },
        day: (day != NO_DAY).then_some(day),
        vector: Vector {
            values: values.map(u8::cast_signed),
            scale,
        },
    })
}

fn read_u32(input: &mut &[u8]) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_u64(input: &mut &[u8]) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests;
