//! Reading a file in a process of its own.
//!
//! A parser that hangs cannot be stopped from outside its thread, and one that takes all memory takes
//! the process with it. So [`Extractor::isolated`] starts this program again with the argument
//! [`COMMAND`], for each PDF once: the file goes in on standard input, the result comes out on standard
//! output as one line of JSON. The child limits its own memory and processor time before it reads a
//! byte ([`run`]); the parent waits [`MAX_WORKER_SECONDS`] and kills. Whatever the child does, the outcome
//! is an article or an [`ExtractError`] that names file and limit, and what the child says is checked
//! like any other input.
//!
//! The child gets an empty environment: it has no secret to lose. It needs no network and opens no
//! file, but nothing keeps it from doing so; that is for the operator's sandbox.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::{
    ExtractError, Extracted, Input, MAX_BLOCKS, MAX_WORKER_MIB, MAX_WORKER_SECONDS, extract_as,
    extract_input, format_of,
};
use crate::document::{Block, BlockKind, Date, Draft, Language, Metadata, Span};
use crate::text::normalize;

/// The only argument of a child.
pub const COMMAND: &str = "extract-worker";

/// Longest result of a child, in bytes. The longest text of a PDF of reasonable size has a tenth.
pub const MAX_OUTPUT_BYTES: u64 = 64 * 1024 * 1024;
/// Longest header of a request, in bytes.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// How files are read: in this process, or the dangerous formats in one of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extractor {
    program: Option<PathBuf>,
}

impl Extractor {
    /// Reads everything in the calling process. For tests, and where no program can be started.
    pub fn in_process() -> Extractor {
        Extractor { program: None }
    }

    /// Reads PDF in a process of its own: `program`, which has to call [`run`] when its only argument
    /// is [`COMMAND`].
    pub fn isolated(program: PathBuf) -> Extractor {
        Extractor {
            program: Some(program),
        }
    }

    /// The way of this process: isolated once [`isolate`] was called, in process before.
    pub fn of_process() -> Extractor {
        Extractor {
            program: PROGRAM.get().cloned(),
        }
    }

    /// Reads an article. Blocks, for a PDF up to [`MAX_WORKER_SECONDS`].
    ///
    /// # Errors
    /// As [`extract()`](super::extract()), and when the process takes too long or dies.
    pub fn extract(&self, input: &Input<'_>) -> Result<Extracted, ExtractError> {
        let Some(program) = &self.program else {
            return extract_input(input);
        };
        let mut warnings = Vec::new();
        match format_of(input, &mut warnings)? {
            Format::Pdf => extract_in(program, input, Duration::from_secs(MAX_WORKER_SECONDS)),
            format => extract_as(format, input, warnings),
        }
    }
}

/// The program that children run. It is a property of the process, like its arguments, and the one
/// setting that is not passed down: files are read in many places, and one that forgot to pass it on
/// would read PDFs unprotected without anybody noticing.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Makes [`Extractor::of_process`] isolated. `main` calls it once; later calls change nothing.
pub fn isolate(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// What the child is told before the bytes of the file, as one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    path: PathBuf,
    content_type: Option<String>,
}

/// What the child says, as one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Read(Box<Article>),
    Refused(ExtractError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Article {
    title: String,
    outlet: Option<String>,
    published: Option<String>,
    url: Option<String>,
    tags: Vec<String>,
    language: String,
    text: String,
    /// Level of the heading (0 for a paragraph, 7 for a list item), start and end.
    blocks: Vec<(u8, usize, usize)>,
    warnings: Vec<String>,
}

const LIST_ITEM: u8 = 7;

/// Reads one file in a child of this process that runs `program`.
fn extract_in(
    program: &Path,
    input: &Input<'_>,
    deadline: Duration,
) -> Result<Extracted, ExtractError> {
    let path = || input.path.to_owned();
    let died = |reason: String| ExtractError::ParserDied {
        path: path(),
        reason,
    };
    let mut child = Command::new(program)
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| died(format!("its reader does not start: {error}")))?;
    let header = Header {
        path: PathBuf::from(input.path.to_string_lossy().into_owned()),
        content_type: input.content_type.map(str::to_owned),
    };
    let output = talk(&mut child, &header, input.bytes, deadline);
    // Whether it ended by itself or not: after this it is gone, and leaves no zombie.
    let _ = child.kill();
    let status = child.wait();
    match output {
        Err(Silence::TimedOut) => Err(ExtractError::TimedOut {
            path: path(),
            limit_seconds: deadline.as_secs(),
        }),
        Err(Silence::TooLong) => Err(died(format!(
            "what is read of it is above the limit of {MAX_OUTPUT_BYTES} bytes"
        ))),
        Ok(output) => match serde_json::from_slice(&output) {
            Ok(Reply::Refused(error)) => Err(error),
            Ok(Reply::Read(article)) => article
                .checked()
                .ok_or_else(|| died("what is read of it does not hold together".to_owned())),
            Err(_) => Err(died(ending(status))),
        },
    }
}

/// Why a child gave no output.
#[derive(Debug)]
enum Silence {
    TimedOut,
    TooLong,
}

/// Gives the child its work and waits for all it says. Two threads, since it may stop reading and never
/// stop writing; both end when it is killed.
fn talk(
    child: &mut Child,
    header: &Header,
    bytes: &[u8],
    deadline: Duration,
) -> Result<Vec<u8>, Silence> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                let mut line = serde_json::to_vec(header).unwrap_or_default();
                line.push(b'\n');
                // A child that does not listen will not answer either: that is noticed below.
                let _ = stdin.write_all(&line).and_then(|()| stdin.write_all(bytes));
            }
        });
        scope.spawn(move || {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                let _ = stdout.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut output);
            }
            let _ = sender.send(output);
        });
        let output = receiver.recv_timeout(deadline);
        let outcome = match output {
            Err(_) => Err(Silence::TimedOut),
            Ok(output) if output.len() as u64 > MAX_OUTPUT_BYTES => Err(Silence::TooLong),
            Ok(output) => Ok(output),
        };
        // Before the scope waits for its threads.
        let _ = child.kill();
        outcome
    })
}

/// How a child ended, in words.
fn ending(status: io::Result<ExitStatus>) -> String {
    #[cfg(unix)]
    let signal = |status: &ExitStatus| std::os::unix::process::ExitStatusExt::signal(status);
    #[cfg(not(unix))]
    let signal = |_: &ExitStatus| None::<i32>;
    match status {
        Ok(status) => match (signal(&status), status.code()) {
            (Some(signal), _) => format!(
                "its reader died of signal {signal}, most likely at its limit of {MAX_WORKER_MIB} MiB \
                 of memory"
            ),
            (None, Some(code)) => format!("its reader ended with code {code} and no result"),
            (None, None) => "its reader ended without a result".to_owned(),
        },
        Err(error) => format!("its reader is lost: {error}"),
    }
}

impl Article {
    fn of(extracted: Extracted) -> Article {
        let Extracted { draft, warnings } = extracted;
        let blocks = draft.blocks.iter().map(|block| {
            let kind = match block.kind {
                BlockKind::Paragraph => 0,
                BlockKind::Heading(level) => level,
                BlockKind::ListItem => LIST_ITEM,
            };
            (kind, block.span.start, block.span.end)
        });
        Article {
            blocks: blocks.collect(),
            title: draft.metadata.title,
            outlet: draft.metadata.outlet,
            published: draft.metadata.published.map(|day| day.to_string()),
            url: draft.metadata.url,
            tags: draft.metadata.tags,
            language: draft.language.code().to_owned(),
            text: draft.text,
            warnings,
        }
    }

    /// The article, if it is what every article is: see the invariants of `extract`.
    fn checked(self) -> Option<Extracted> {
        if self.title.trim().is_empty()
            || self.blocks.is_empty()
            || self.blocks.len() > MAX_BLOCKS
            || normalize(&self.text) != self.text
        {
            return None;
        }
        let mut blocks = Vec::with_capacity(self.blocks.len());
        let mut end = 0;
        for (kind, start, block_end) in self.blocks {
            let span = Span::new(start, block_end);
            let inside = span.slice(&self.text)?;
            let between = self.text.get(end..start)?;
            if inside.is_empty() || inside.trim() != inside || !between.trim().is_empty() {
                return None;
            }
            end = block_end;
            let kind = match kind {
                0 => BlockKind::Paragraph,
                LIST_ITEM => BlockKind::ListItem,
                level @ 1..=6 => BlockKind::Heading(level),
                _ => return None,
            };
            blocks.push(Block { kind, span });
        }
        if !self.text.get(end..)?.trim().is_empty() {
            return None;
        }
        let published = match self.published {
            Some(day) => Some(Date::parse(&day).ok()?),
            None => None,
        };
        Some(Extracted {
            draft: Draft {
                metadata: Metadata {
                    title: self.title,
                    outlet: self.outlet,
                    published,
                    url: self.url,
                    tags: self.tags,
                },
                language: Language::from_code(&self.language),
                text: self.text,
                blocks,
            },
            warnings: self.warnings,
        })
    }
}

/// The child: limits itself, reads one file from `input`, writes the result to `output`.
///
/// # Errors
/// When the limits cannot be set or one of the streams fails; the parent then sees no result.
pub fn run(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    limit_self()?;
    answer(input, output)
}

#[cfg(unix)]
fn limit_self() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |n: u64| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    setrlimit(Resource::As, limit(MAX_WORKER_MIB * 1024 * 1024))?;
    // If the parent is gone and cannot kill it.
    setrlimit(Resource::Cpu, limit(MAX_WORKER_SECONDS + 1))?;
    setrlimit(Resource::Core, limit(0))?;
    Ok(())
}

/// Elsewhere only the deadline of the parent holds.
#[cfg(not(unix))]
fn limit_self() -> io::Result<()> {
    Ok(())
}

/// Reads one request and answers it.
fn answer(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    let mut byte = [0];
    while input.read(&mut byte)? == 1 && byte != [b'\n'] {
        line.push(byte[0]);
        if line.len() as u64 > MAX_HEADER_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let header: Header = serde_json::from_slice(&line)?;
    let mut bytes = Vec::new();
    input
        .take(super::MAX_PDF_BYTES + 1)
        .read_to_end(&mut bytes)?;
    let reply = match extract_input(&Input {
        path: &header.path,
        bytes: &bytes,
        content_type: header.content_type.as_deref(),
    }) {
        Ok(extracted) => Reply::Read(Box::new(Article::of(extracted))),
        Err(error) => Reply::Refused(error),
    };
    serde_json::to_writer(&mut *output, &reply)?;
    output.flush()
}

#[cfg(test)]
mod tests;
