//! `quoth export` and `quoth import`: everything as one portable file.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::{Ending, Session, counted, now_unix_ms};
use crate::engine;
use crate::store::{Actor, Archived};

/// How an archive begins; a file that begins otherwise is never overwritten.
const BEGINNING: &[u8] = b"{\"crc32\":\"";

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// The archive to write; `-` writes to standard output
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The archive to read; `-` reads standard input
    file: PathBuf,
}

pub(super) fn export(
    arguments: &ExportArguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let file = &arguments.file;
    let data_dir = &session.config.data_dir;
    let archived = if file == Path::new("-") {
        engine::export(data_dir, session.out)?
    } else {
        check_free(file)?;
        let partial = partial(file);
        let written = write_partial(&partial, data_dir)
            .and_then(|archived| Ok(fs::rename(&partial, file).map(|()| archived)?));
        match written {
            Ok(archived) => archived,
            Err(error) => {
                // Best effort: what is left of it is of no use.
                let _ = fs::remove_file(&partial);
                return Err(error.context(format!("`{}` cannot be written", file.display())));
            }
        }
    };
    match session.json && file != Path::new("-") {
        true => session.print_json(&view(archived))?,
        false => session.note(format_args!("exported {}", told(archived)))?,
    }
    Ok(Ending::Done)
}

/// Writes beside the final name, so that an archive of that name is whole or the one before.
fn write_partial(partial: &Path, data_dir: &Path) -> anyhow::Result<Archived> {
    let mut out = BufWriter::new(File::create(partial)?);
    let archived = engine::export(data_dir, &mut out)?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(archived)
}

fn partial(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    file.with_file_name(name)
}

/// Refuses to overwrite what is no archive.
fn check_free(file: &Path) -> anyhow::Result<()> {
    let mut beginning = Vec::new();
    if file.is_dir() {
        bail!("`{}` is a folder; name a file to write", file.display());
    }
    match File::open(file) {
        Ok(found) => found
            .take(BEGINNING.len() as u64)
            .read_to_end(&mut beginning)
            .with_context(|| format!("`{}` cannot be read", file.display()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => bail!("`{}` cannot be written: {error}", file.display()),
    };
    if beginning != BEGINNING {
        bail!(
            "`{}` exists and is not an archive; it is left as it is",
            file.display()
        );
    }
    Ok(())
}

pub(super) fn import(
    arguments: &ImportArguments,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let file = &arguments.file;
    let mut archive: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened =
            File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        Box::new(BufReader::new(opened))
    };
    let archived = engine::import(
        &session.config.data_dir,
        &mut archive,
        &Actor::CommandLine,
        now_unix_ms(),
    )
    .with_context(|| format!("`{}` was not imported", file.display()))?;
    match session.json {
        true => session.print_json(&view(archived))?,
        false => writeln!(session.out, "imported {}", told(archived))?,
    }
    Ok(Ending::Done)
}

fn told(archived: Archived) -> String {
    let articles = counted(archived.n_current, "article");
    format!("{articles} in {}", counted(archived.n_versions, "version"))
}

fn view(archived: Archived) -> Value {
    json!({"n_articles": archived.n_current, "n_versions": archived.n_versions})
}
