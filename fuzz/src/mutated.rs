//! Mutations of given files, the same in every run: `mutated EXTENSION COUNT FILE…`.
//!
//! Unlike the targets of libFuzzer it needs no nightly compiler and no instrumented build, and it knows
//! containers: half of the mutations of a ZIP container are of the parts inside, packed again, since a
//! flipped bit of the container seldom gets further than its checksum. It prints how many inputs were
//! read, were refused and made a parser panic, and the slowest; it ends with 1 if one panicked or took
//! longer than [`MAX_SECONDS`].

use std::io::{self, Cursor, Read, Write};
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quoth::extract::{ExtractError, extract};

/// Panics in all, those included that the extractor itself catches.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Longest time for one input.
const MAX_SECONDS: u64 = 10;
/// Longest input.
const MAX_BYTES: usize = 400_000;

/// Words that mean something to one of the parsers.
const WORDS: [&[u8]; 44] = [
    b"<div>",
    b"</div>",
    b"<p>",
    b"<table>",
    b"<tr>",
    b"<td>",
    b"<li>",
    b"<script>",
    b"<!--",
    b"-->",
    b"<a href=",
    b"<title>",
    b"&amp;",
    b"&#x",
    b"<![CDATA[",
    b"<w:p>",
    b"</w:p>",
    b"<w:tbl>",
    b"<w:tc>",
    b"<w:del>",
    b"<w:t>",
    b"<w:txbxContent>",
    b"stream\n",
    b"endstream",
    b"endobj",
    b"obj",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"/Kids",
    b"/Parent",
    b"/Filter",
    b"/FlateDecode",
    b"/Length 99999999",
    b" 0 R",
    b"Tj",
    b"TJ",
    b"BT",
    b"ET",
    b"q ",
    b"Do",
    b"9999999999",
    b"-1",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let usage = "mutated EXTENSION COUNT FILE...";
    let extension = arguments.next().expect(usage);
    let count: u64 = arguments.next().and_then(|n| n.parse().ok()).expect(usage);
    let seeds: Vec<Vec<u8>> = arguments
        .map(|path| std::fs::read(path).expect("the file can be read"))
        .collect();
    assert!(!seeds.is_empty(), "{usage}");
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let name = format!("article.{extension}");
    let (mut n_read, mut n_refused, mut n_panics) = (0_u64, 0_u64, 0_u64);
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..count {
        let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let input = mutated(&seeds, &mut random);
        let start = Instant::now();
        let outcome = catch_unwind(|| read(&name, &input));
        let took = start.elapsed();
        if took > slowest.0 {
            slowest = (took, number);
        }
        match outcome {
            Ok(true) => n_read += 1,
            Ok(false) => n_refused += 1,
            Err(_) => {
                n_panics += 1;
                let kept = std::env::temp_dir().join(format!("panic-{number}.{extension}"));
                let _ = std::fs::write(kept, &input);
            }
        }
        if took > Duration::from_secs(MAX_SECONDS) {
            let kept = std::env::temp_dir().join(format!("slow-{number}.{extension}"));
            let _ = std::fs::write(kept, &input);
        }
    }
    let _ = writeln!(
        io::stdout(),
        "{extension}: {count} inputs, {n_read} read, {n_refused} refused, {n_panics} panics ({} with those caught inside), slowest {} ms (input {})",
        PANICS.load(Ordering::Relaxed),
        slowest.0.as_millis(),
        slowest.1
    );
    ExitCode::from(u8::from(
        n_panics > 0 || slowest.0 > Duration::from_secs(MAX_SECONDS),
    ))
}

/// Whether an input is read; the checks of the targets panic if what is read does not hold together.
fn read(name: &str, input: &[u8]) -> bool {
    if name.ends_with(".zip") {
        quoth_fuzz::archive(input);
        return quoth::extract::archive::open(Path::new(name), input).is_ok();
    }
    let read: Result<_, ExtractError> = extract(Path::new(name), input);
    quoth_fuzz::extraction(name, input);
    read.is_ok()
}

/// Numbers that look random (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % n.max(1)
    }
}

/// One of the files with one to sixteen changes.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let seed = &seeds[random.below(seeds.len())];
    let other = &seeds[random.below(seeds.len())];
    if seed.starts_with(b"PK")
        && random.below(2) == 0
        && let Some(container) = with_mutated_part(seed, random)
    {
        return container;
    }
    changed(seed, other, random)
}

fn changed(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(16) {
        let at = random.below(bytes.len());
        let len = 1 << random.below(10);
        let end = (at + len).min(bytes.len());
        match random.below(8) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 if !bytes.is_empty() => bytes[at] = [0, 0xFF, b'9', b'<', b' '][random.below(5)],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let times = 1 + random.below(20);
                bytes.splice(at..at, piece.repeat(times));
            }
            5 if !other.is_empty() => {
                let from = random.below(other.len());
                let piece = other[from..(from + len).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => bytes.truncate(bytes.len() - random.below(bytes.len().min(200))),
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                let times = 1 + random.below(3) * random.below(300);
                bytes.splice(at..at, word.repeat(times));
            }
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

/// A ZIP container with one of its parts changed, packed again.
fn with_mutated_part(seed: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(seed)).ok()?;
    let mut parts = Vec::new();
    for idx in 0..archive.len() {
        let mut file = archive.by_index(idx).ok()?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).ok()?;
        parts.push((file.name().ok()?.into_owned(), content));
    }
    // Mostly the part with the text.
    let of_text = parts
        .iter()
        .position(|(name, _)| name.ends_with("document.xml"));
    let chosen = match of_text {
        Some(position) if random.below(3) > 0 => position,
        _ => random.below(parts.len()),
    };
    let other = parts.get(random.below(parts.len()))?.1.clone();
    let part = parts.get_mut(chosen)?;
    part.1 = changed(&part.1, &other, random);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .ok()?;
        writer.write_all(&content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}
