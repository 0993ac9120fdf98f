//! The append-only file that a [`VectorTable`] is restored from.
//!
//! A sequence of frames, one a commit, each with the commit's number, the documents that ended, the rows
//! that were added and a checksum. Frames past the last commit of the text index are cut off at opening:
//! the text index's commit is the one that counts.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{NO_DAY, Row, Segment, VectorTable};
use crate::document::{DocumentId, PassageId};
use crate::index::beside;
use crate::neural::{DIMENSIONS, Vector};

/// Opens every frame; the last byte is the version of the format.
const FRAME_MAGIC: u32 = u32::from_le_bytes(*b"QVF1");
/// Magic, commit, ended, rows, checksum.
const FRAME_HEADER_BYTES: usize = 4 + 8 + 4 + 4 + 4;
/// Document, ordinal, day, scale, components.
const ROW_BYTES: usize = 8 + 4 + 4 + 4 + DIMENSIONS;
/// A file is never rewritten to save less than this.
const COMPACT_SLACK_BYTES: usize = 1 << 20;

/// The file behind a [`VectorTable`].
pub(in crate::index) struct VectorFile {
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
    pub(in crate::index) fn open(
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
    pub(in crate::index) fn is_in_place(&self) -> bool {
        beside::is_same(&self.file, &self.path)
    }

    /// Appends one frame and waits until it is on the disk. On an error the file is as before.
    pub(in crate::index) fn append(
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
    pub(in crate::index) fn truncate(&mut self, len: u64) {
        if self.file.set_len(len).is_ok() {
            self.len = len;
        }
    }

    /// Rewrites a file that is mostly rows of ended documents, after the commit that ended them.
    ///
    /// # Errors
    /// The file system's; the file is then as before, larger than it need be but right.
    pub(in crate::index) fn compact(&mut self, commit: u64, table: &VectorTable) -> io::Result<()> {
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
