//! The folders that Quoth is told to use: the data directory and the library.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::Checks;
use crate::corpus;
use crate::engine::LibrarySource;

/// Less room than this on the disk of the data directory is a problem: SQLite and the index both write
/// before they delete.
const MIN_FREE_BYTES: u64 = 256 << 20;

/// Whether the data directory is there and can be used.
pub(super) fn check_data_dir(dir: &Path, checks: &mut Checks) -> bool {
    const WHAT: &str = "data directory";
    let shown = dir.display();
    match fs::metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match can_be_created(dir) {
                Ok(()) => checks.ok(
                    WHAT,
                    format!("`{shown}` does not exist yet; the first command creates it"),
                ),
                Err(error) => checks.problem(
                    WHAT,
                    format!("`{shown}` does not exist and cannot be created: {error}"),
                    "set QUOTH_DATA_DIR to a folder that this user may write, or let its owner create it",
                ),
            }
            return false;
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            checks.problem(
                WHAT,
                format!("`{shown}` cannot be created: what should hold it is a file"),
                "set QUOTH_DATA_DIR to a folder, or move the file away",
            );
            return false;
        }
        Err(error) => {
            checks.problem(
                WHAT,
                format!("`{shown}` cannot be looked at: {error}"),
                format!("chown -R \"$USER\" '{shown}', or set QUOTH_DATA_DIR to another folder"),
            );
            return false;
        }
        Ok(metadata) if !metadata.is_dir() => {
            checks.problem(
                WHAT,
                format!("`{shown}` is not a folder"),
                "set QUOTH_DATA_DIR to a folder, or move the file away",
            );
            return false;
        }
        Ok(_) => {}
    }
    let is_ours = match try_writing(dir) {
        Ok(is_ours) => is_ours,
        Err(error) => {
            checks.problem(
                WHAT,
                format!("`{shown}` cannot be written: {error}"),
                format!(
                    "chown -R \"$USER\" '{shown}', and look whether its disk is full or read-only"
                ),
            );
            return false;
        }
    };
    if !is_ours {
        checks.problem(
            WHAT,
            format!("`{shown}` belongs to another user, so new files will not be theirs to change"),
            format!("run Quoth as the owner of the folder, or chown -R \"$USER\" '{shown}'"),
        );
    }
    match fs4::available_space(dir) {
        Ok(free) if free < MIN_FREE_BYTES => checks.problem(
            WHAT,
            format!("{} MiB are free on the disk of `{shown}`", free >> 20),
            format!("make room: at least {} MiB", MIN_FREE_BYTES >> 20),
        ),
        Ok(free) => checks.ok(
            WHAT,
            format!("`{shown}` can be written; {} MiB are free", free >> 20),
        ),
        Err(error) => checks.ok(
            WHAT,
            format!("`{shown}` can be written; its free space is unknown: {error}"),
        ),
    }
    true
}

/// Whether a folder that is not there can be made, by trying what can be taken back: a file in the
/// nearest folder above that is there.
fn can_be_created(dir: &Path) -> io::Result<()> {
    let above = dir
        .ancestors()
        .skip(1)
        .map(|above| match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        })
        .find(|above| above.exists());
    try_writing(above.unwrap_or(Path::new("."))).map(|_| ())
}

/// Writes an empty file to a folder and deletes it; whether it belonged to the folder's owner.
fn try_writing(dir: &Path) -> io::Result<bool> {
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    fs::write(&probe, b"")?;
    let is_ours = same_owner(&probe, dir);
    // It is empty; a leftover harms nobody.
    let _ = fs::remove_file(&probe);
    Ok(is_ours)
}

/// Whether a file just made belongs to the owner of its folder.
#[cfg(unix)]
fn same_owner(file: &Path, dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid()).ok();
    owner(file) == owner(dir)
}

#[cfg(not(unix))]
fn same_owner(_file: &Path, _dir: &Path) -> bool {
    true
}

/// Reads the first byte of a file, which tells whether the others can be.
fn read_a_byte(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.read(&mut [0; 1]).map(|_| ())
}

/// Whether the library has articles to follow.
pub(super) fn check_library(source: &LibrarySource, checks: &mut Checks) {
    const WHAT: &str = "library";
    const FIX: &str = "put articles there, set QUOTH_LIBRARY to the folder that has them, or take it out \
                       for the built-in articles";
    let folder = match source {
        LibrarySource::Bundled => return checks.ok(WHAT, "the built-in articles"),
        LibrarySource::Folder(folder) => folder,
    };
    let shown = folder.display();
    let (found, skipped) = corpus::find(std::slice::from_ref(folder));
    let unreadable = found.iter().find_map(|file| {
        let error = read_a_byte(&file.path).err()?;
        Some(format!("`{}` cannot be read: {error}", file.location))
    });
    let fault = skipped.first().map(|skipped| skipped.reason.clone());
    match (found.len(), fault.or(unreadable)) {
        (0, Some(first)) => checks.problem(WHAT, first, FIX),
        (0, None) => checks.problem(WHAT, format!("`{shown}` holds no article"), FIX),
        (_, Some(first)) => checks.problem(
            WHAT,
            first,
            format!("let this user read all of `{shown}`, or take out what is no article"),
        ),
        (n, None) => checks.ok(
            WHAT,
            format!("`{shown}` holds {}", super::counted(n as u64, "file")),
        ),
    }
}
