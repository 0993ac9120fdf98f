//! `quoth eval`: measures the engine on judged questions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;

use super::{Ending, Session, progress};
use crate::eval::{self, BeirOptions, SquadOptions, SummaryOptions};
use crate::retrieve::System;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    dataset: Dataset,
}

#[derive(Debug, Subcommand)]
enum Dataset {
    /// Question files in the format of SQuAD 1.1 or 2.0
    Squad(SquadArguments),
    /// A folder in the format of BEIR
    Beir(BeirArguments),
    /// Articles with reference summaries, JSON Lines, plain or gzip
    Summaries(SummaryArguments),
}

#[derive(Debug, Args)]
struct SquadArguments {
    /// The files; each is its own pool of paragraphs
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    common: CommonArguments,
    /// Ask each answerable question once more with its paragraph hidden
    #[arg(long)]
    leave_out: bool,
    /// Also ask this file's questions, which the pool does not touch
    #[arg(long, value_name = "FILE")]
    foreign: Option<PathBuf>,
    /// Draw risk and coverage, reliability and latency as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write what ranking and confidence are fitted on as JSON Lines (reads more passages: slower)
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct BeirArguments {
    /// The folder with corpus.jsonl, queries.jsonl and qrels/
    dir: PathBuf,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Debug, Args)]
struct SummaryArguments {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare at the reference's number of sentences instead of words
    #[arg(long)]
    by_sentences: bool,
    /// Summarize only this many articles, spread evenly over the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Write what the model is fitted on as JSON Lines
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Write every summary with its figures as JSON Lines
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CommonArguments {
    /// Which stages take part
    #[arg(long, value_enum, default_value_t = SystemName::Full)]
    system: SystemName,
    /// Ask only this many questions, spread evenly over the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Write the ranked lists in TREC format
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
}

impl CommonArguments {
    fn limit(&self) -> Option<usize> {
        self.limit.map(|limit| limit as usize)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SystemName {
    Bm25,
    Static,
    Hybrid,
    Full,
}

impl From<SystemName> for System {
    fn from(name: SystemName) -> System {
        match name {
            SystemName::Bm25 => System::Bm25,
            SystemName::Static => System::Static,
            SystemName::Hybrid => System::Hybrid,
            SystemName::Full => System::Full,
        }
    }
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    match &arguments.dataset {
        Dataset::Squad(arguments) => squad(arguments, session),
        Dataset::Beir(arguments) => beir(arguments, session),
        Dataset::Summaries(arguments) => summaries(arguments, session),
    }
}

fn squad(arguments: &SquadArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let outputs = [&arguments.common.run, &arguments.plot, &arguments.features];
    if arguments.files.len() > 1 && outputs.into_iter().any(Option::is_some) {
        anyhow::bail!(
            "--run, --plot and --features take one FILE: each would write over the one before"
        );
    }
    for file in &arguments.files {
        let bar = question_bar(session);
        let options = SquadOptions {
            system: arguments.common.system.into(),
            limit: arguments.common.limit(),
            leave_out: arguments.leave_out,
            foreign: arguments.foreign.clone(),
            run: arguments.common.run.clone(),
            plot: arguments.plot.clone(),
            features: arguments.features.clone(),
        };
        let report = eval::squad(file, &options, session.models()?, &|done, total| {
            advance(&bar, done, total);
        })?;
        bar.finish_and_clear();
        if session.json {
            serde_json::to_writer(&mut *session.out, &report)?;
            writeln!(session.out)?;
        } else {
            report.write_table(session.out)?;
        }
        session.out.flush()?;
    }
    Ok(Ending::Done)
}

fn beir(arguments: &BeirArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let bar = question_bar(session);
    let options = BeirOptions {
        system: arguments.common.system.into(),
        limit: arguments.common.limit(),
        run: arguments.common.run.clone(),
    };
    let report = eval::beir(
        &arguments.dir,
        &options,
        session.models()?,
        &|done, total| {
            advance(&bar, done, total);
        },
    )?;
    bar.finish_and_clear();
    if session.json {
        serde_json::to_writer(&mut *session.out, &report)?;
        writeln!(session.out)?;
    } else {
        report.write_table(session.out)?;
    }
    Ok(Ending::Done)
}

fn summaries(arguments: &SummaryArguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let models = session.models()?;
    for file in &arguments.files {
        let bar = if session.shows_progress() {
            progress::bar(0, "summarizing", "articles")
        } else {
            ProgressBar::hidden()
        };
        let options = SummaryOptions {
            limit: arguments.limit.map(|limit| limit as usize),
            by_sentences: arguments.by_sentences,
            features: arguments.features.clone(),
            pairs: arguments.pairs.clone(),
        };
        let report = eval::summaries(file, &options, &models, &|done, total| {
            advance(&bar, done, total);
        })?;
        bar.finish_and_clear();
        if session.json {
            serde_json::to_writer(&mut *session.out, &report)?;
            writeln!(session.out)?;
        } else {
            report.write_table(session.out)?;
        }
        session.out.flush()?;
    }
    Ok(Ending::Done)
}

fn question_bar(session: &Session<'_>) -> ProgressBar {
    if session.shows_progress() {
        progress::bar(0, "asking", "questions")
    } else {
        ProgressBar::hidden()
    }
}

fn advance(bar: &ProgressBar, done: usize, total: usize) {
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}
