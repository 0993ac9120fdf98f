//! The lines of an archive: a kind, an object and a running checksum.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

use super::tables::quoted;
use super::{ArchiveError, Archived, FORMAT, MAX_LINE_BYTES, Row};
use crate::store::schema;

/// Lines under way to a file.
pub(super) struct Lines<'a> {
    out: &'a mut dyn Write,
    crc: crc32fast::Hasher,
    /// What was written so far; whoever writes rows counts articles and versions.
    pub(super) archived: Archived,
}

impl<'a> Lines<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Lines<'a> {
        Lines {
            out,
            crc: crc32fast::Hasher::new(),
            archived: Archived::default(),
        }
    }

    pub(super) fn write(&mut self, kind: &str, json: &str) -> io::Result<()> {
        let body = format!("{}:{json}", quoted(kind));
        self.crc.update(body.as_bytes());
        let crc = self.crc.clone().finalize();
        writeln!(self.out, "{{\"crc32\":\"{crc:08x}\",{body}}}")?;
        self.archived.n_lines += 1;
        Ok(())
    }
}

/// Lines coming from a file, each checked.
pub(super) struct Reader<'a> {
    archive: &'a mut dyn BufRead,
    crc: crc32fast::Hasher,
    /// The line last read, 1-based.
    pub(super) line: u64,
    bytes: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(archive: &'a mut dyn BufRead) -> Reader<'a> {
        Reader {
            archive,
            crc: crc32fast::Hasher::new(),
            line: 0,
            bytes: Vec::new(),
        }
    }

    /// The schema version of the archive.
    pub(super) fn header(&mut self) -> Result<usize, ArchiveError> {
        let (kind, header) = self
            .next()
            .map_err(|error| match error {
                ArchiveError::Damaged { .. } => ArchiveError::NotAnArchive,
                other => other,
            })?
            .ok_or(ArchiveError::NotAnArchive)?;
        let number = |name: &str| header.get(name).and_then(Value::as_i64);
        let (Some(format), Some(schema)) = (number("format"), number("schema")) else {
            return Err(ArchiveError::NotAnArchive);
        };
        if kind != "archive" || schema < 1 {
            return Err(ArchiveError::NotAnArchive);
        }
        let supported = schema::latest();
        match usize::try_from(schema) {
            Ok(version) if format == FORMAT && version <= supported => Ok(version),
            _ => Err(ArchiveError::Newer {
                format,
                schema,
                supported,
            }),
        }
    }

    /// The next line: its kind and its object. `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<(String, Row)>, ArchiveError> {
        self.bytes.clear();
        let mut limited = (&mut *self.archive).take(MAX_LINE_BYTES + 1);
        let n_read = limited.read_until(b'\n', &mut self.bytes)?;
        if n_read == 0 {
            return Ok(None);
        }
        self.line += 1;
        if n_read as u64 > MAX_LINE_BYTES {
            return Err(self.damaged(format!("longer than {MAX_LINE_BYTES} bytes, the limit")));
        }
        let parts = self.parts();
        let Some((found, body)) = parts.map(|(f, b)| (f.to_owned(), b.to_owned())) else {
            return Err(self.damaged("it does not have the form of a line".to_owned()));
        };
        self.crc.update(body.as_bytes());
        if found != format!("{:08x}", self.crc.clone().finalize()) {
            return Err(self.damaged("its checksum differs".to_owned()));
        }
        let object: Result<BTreeMap<String, Row>, _> = serde_json::from_str(&format!("{{{body}}}"));
        match object.map(|object| object.into_iter().next()) {
            Ok(Some(line)) => Ok(Some(line)),
            Ok(None) => Err(self.damaged("it is empty".to_owned())),
            Err(error) => Err(self.damaged(error.to_string())),
        }
    }

    /// The checksum as written and what it covers, if the line looks like one.
    fn parts(&self) -> Option<(&str, &str)> {
        let line = std::str::from_utf8(&self.bytes).ok()?;
        let rest = line.strip_suffix("}\n")?.strip_prefix("{\"crc32\":\"")?;
        rest.split_once("\",")
    }

    pub(super) fn damaged(&self, reason: String) -> ArchiveError {
        ArchiveError::Damaged {
            line: self.line.max(1),
            reason,
        }
    }
}
