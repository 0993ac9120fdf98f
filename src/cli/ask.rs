//! `quoth ask`: one question, or a prompt.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use rustyline::error::ReadlineError;

use super::{Ending, OWN, Session, json, terminal};
use crate::answer::{ANSWER_THRESHOLD, Answer, Outcome};
use crate::document::{Collection, Date, DocumentRef};
use crate::engine::{AskOptions, Asking, Before, Engine};
use crate::index::Filter;
use crate::retrieve::{MAX_CHARS, MAX_HITS, Query, follow_up};

/// Quotes returned unless `-k` says otherwise.
const DEFAULT_K: u16 = 3;
/// Bytes read of one piped line; a question is far shorter, and a longer line is refused as such.
const MAX_LINE_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The question, of 3 to 500 characters; several words need no quotation marks [default: a prompt, or one question a line
    /// from a pipe]
    question: Vec<String>,
    /// Quotes to return, 1 to 20
    #[arg(short, value_name = "N", default_value_t = DEFAULT_K,
          value_parser = clap::value_parser!(u16).range(1..=MAX_HITS as i64))]
    k: u16,
    /// Ask one article only, by its id
    #[arg(long, value_name = "ID")]
    article: Option<String>,
    /// Only articles published on this day or later (YYYY-MM-DD); those without a day are left out
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Only articles published on this day or earlier (YYYY-MM-DD); those without a day are left out
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Leave the library out: only articles you added
    #[arg(long)]
    no_library: bool,
    /// Show why: terms, ranks, scores and the reader's decision
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let question = arguments.question.join(" ");
    let query = match arguments.question.is_empty() {
        // Checked before anything is opened: a bad question costs nothing.
        false => Some(Query::parse(&question)?),
        true => None,
    };
    let engine = session.engine()?;
    let options = options(arguments, &engine)?;
    match query {
        Some(query) => Ok(answer(&query, None, arguments, &options, &engine, session)?.0),
        None if io::stdin().is_terminal() => prompt(arguments, &options, &engine, session),
        None => piped(arguments, &options, &engine, session),
    }
}

fn options(arguments: &Arguments, engine: &Engine) -> anyhow::Result<AskOptions> {
    let mut collections = vec![OWN];
    if !arguments.no_library {
        collections.insert(0, Collection::Library);
    }
    let only = match &arguments.article {
        Some(id) => {
            let reference = DocumentRef::parse(id, OWN)?;
            match engine.resolve(reference)? {
                Some(document) if collections.contains(&reference.collection) => Some(document),
                _ => bail!("there is no article `{id}`; `quoth list` shows the ids"),
            }
        }
        None => None,
    };
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && since > until
    {
        bail!("`--since {since}` is after `--until {until}`: no article can match");
    }
    Ok(AskOptions {
        filter: Filter {
            since: arguments.since.map(Date::days_since_epoch),
            until: arguments.until.map(Date::days_since_epoch),
            only,
            except: None,
        },
        ..AskOptions::new(collections, usize::from(arguments.k))
    })
}

/// Asks, prints, and says how it went and what a question that follows has to know.
fn answer(
    query: &Query,
    before: Option<&Before>,
    arguments: &Arguments,
    options: &AskOptions,
    engine: &Engine,
    session: &mut Session<'_>,
) -> anyhow::Result<(Ending, Before)> {
    let started = Instant::now();
    let Asking {
        found,
        answer,
        in_full,
    } = engine.search_after(query, before, options)?;
    let took_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let also_in = answer
        .quotes
        .iter()
        .map(|quote| engine.references(&quote.also_in))
        .collect::<Result<Vec<_>, _>>()?;
    let understood = found.query.unless_typed(query.text());
    if session.json {
        let view = json::AnswerView::new(
            query.text(),
            understood,
            &answer,
            &also_in,
            took_ms,
            arguments.explain,
        );
        serde_json::to_writer(&mut *session.out, &view)?;
        writeln!(session.out)?;
    } else {
        if let Some(understood) = understood {
            writeln!(session.out, "Understood as: {understood}")?;
        }
        let text = terminal::answer(&answer, &also_in, session.style);
        session.out.write_all(text.as_bytes())?;
        if arguments.explain {
            explain(&answer, took_ms, session.out)?;
        }
    }
    session.out.flush()?;
    if answer.outcome == Outcome::Nothing {
        tell_left_out(options, engine, session)?;
    }
    let ending = match answer.outcome {
        Outcome::Answer => Ending::Done,
        Outcome::Closest | Outcome::Nothing => Ending::Nothing,
    };
    let first = found.hits.first().zip(answer.quotes.first());
    let told = Before {
        question: in_full.text().to_owned(),
        quoted: first.map(|(hit, quote)| (Arc::clone(&hit.article), quote.span())),
    };
    Ok((ending, told))
}

/// Why nothing may have been found besides there being nothing.
fn tell_left_out(
    options: &AskOptions,
    engine: &Engine,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    let mut n_passages = 0;
    for collection in &options.collections {
        n_passages += engine.n_passages(*collection)?;
    }
    if n_passages == 0 {
        session.note(format_args!(
            "quoth: there are no articles; `quoth add` loads some"
        ))?;
    } else if options.filter.since.is_some() || options.filter.until.is_some() {
        session.note(format_args!(
            "quoth: only articles of the days given were looked at, and none without a day"
        ))?;
    }
    Ok(())
}

fn explain(answer: &Answer, took_ms: f64, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{} with confidence {:.3} (an answer from {ANSWER_THRESHOLD:.3}), {took_ms:.0} ms",
        json::outcome_name(answer.outcome),
        answer.confidence,
    )?;
    writeln!(
        out,
        "{:>3} {:>6} {:>8} {:>8} {:>7} {:>7} {:>8} {:>8} {:>9} {:>5}  article and terms matched",
        "#",
        "score",
        "BM25 at",
        "vec. at",
        "fused",
        "cosine",
        "coverage",
        "span",
        "relevance",
        "lead",
    )?;
    let rank = |rank: Option<u32>| rank.map_or("-".to_owned(), |rank| rank.to_string());
    for (quote, position) in answer.quotes.iter().zip(1..) {
        let evidence = &quote.evidence;
        let (span, relevance, lead) = match evidence.reading {
            Some(read) => (
                format!("{:.2}", read.span_score),
                format!("{:.2}", read.relevance),
                format!("{:.2}", read.lead),
            ),
            None => ("unread".to_owned(), "-".to_owned(), "-".to_owned()),
        };
        writeln!(
            out,
            "{position:>3} {:>6.2} {:>8} {:>8} {:>7.4} {:>7.3} {:>8.2} {span:>8} {relevance:>9} {lead:>5}  {}: {}",
            quote.score,
            rank(evidence.lexical_rank),
            rank(evidence.dense_rank),
            evidence.fused,
            evidence.cosine,
            evidence.coverage,
            quote.article().document.reference,
            evidence.matched.join(" "),
        )?;
    }
    Ok(())
}

/// Asks one question after another; a bad one is explained and the next one read. One that leans on the one before
/// ("and when?") is understood with it.
fn prompt(
    arguments: &Arguments,
    options: &AskOptions,
    engine: &Engine,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let mut editor = rustyline::DefaultEditor::new().context("the prompt cannot be opened")?;
    let history = session.config.data_dir.join("history");
    // No history yet, or one that cannot be read, is no reason not to ask.
    let _ = editor.load_history(&history);
    session.note(format_args!("Ask a question; Ctrl-D or `exit` ends."))?;
    let mut before: Option<Before> = None;
    loop {
        let line = match editor.readline("? ") {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) if is_not_utf8(&error) => {
                writeln!(
                    session.err,
                    "what was typed is not UTF-8; set the terminal to it"
                )?;
                continue;
            }
            Err(error) => return Err(error).context("the prompt failed"),
        };
        if line.trim().is_empty() {
            continue;
        }
        if is_farewell(&line) {
            break;
        }
        let _ = editor.add_history_entry(&line);
        match Query::parse(&line) {
            Ok(query) => {
                let understood = engine.understood(&query, &options.collections)?;
                let told = before.filter(|_| follow_up::leans(understood.text()));
                let (_, now) = answer(&query, told.as_ref(), arguments, options, engine, session)?;
                before = Some(now);
            }
            Err(error) => writeln!(session.err, "{error}")?,
        }
        writeln!(session.out)?;
        session.out.flush()?;
    }
    let _ = editor.save_history(&history);
    Ok(Ending::Done)
}

/// Whether a line is no question but the wish to end.
fn is_farewell(line: &str) -> bool {
    let line = line.trim();
    ["quit", "exit"]
        .iter()
        .any(|word| line.eq_ignore_ascii_case(word))
}

/// Whether a line could not be read for its bytes: the next one may be better.
fn is_not_utf8(error: &ReadlineError) -> bool {
    matches!(error, ReadlineError::Io(error) if error.kind() == io::ErrorKind::InvalidData)
}

/// Answers each line of standard input; as text under its question, with an empty line between two.
fn piped(
    arguments: &Arguments,
    options: &AskOptions,
    engine: &Engine,
    session: &mut Session<'_>,
) -> anyhow::Result<Ending> {
    let mut input = io::stdin().lock();
    let mut ending = Ending::Done;
    let mut n_asked = 0;
    let mut n_lines = 0;
    loop {
        n_lines += 1;
        let mut line = Vec::new();
        if (&mut input)
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)?
            == 0
        {
            break;
        }
        if !line.ends_with(b"\n") && line.len() as u64 == MAX_LINE_BYTES {
            input.skip_until(b'\n')?;
        }
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        n_asked += 1;
        match Query::parse(&line) {
            Ok(query) => {
                if !session.json {
                    let space = if n_asked > 1 { "\n" } else { "" };
                    writeln!(session.out, "{space}? {}", query.text())?;
                }
                let (ended, _) = answer(&query, None, arguments, options, engine, session)?;
                if ended == Ending::Nothing {
                    ending = Ending::Nothing;
                }
            }
            Err(error) => {
                ending = Ending::Nothing;
                writeln!(session.err, "quoth: line {n_lines}: {error}")?;
                if session.json {
                    session.print_json(&json::RefusedView {
                        query: line.trim(),
                        error: error.to_string(),
                    })?;
                }
            }
        }
    }
    if n_asked == 0 {
        bail!("no question on standard input; ask one of at most {MAX_CHARS} characters a line");
    }
    Ok(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Once they were answered like questions, and a line in another encoding ended the prompt.
    #[test]
    fn the_prompt_ends_by_words_and_not_by_bytes() {
        for (line, expected) in [
            ("quit", true),
            (" Exit ", true),
            ("exit the EU", false),
            ("", false),
        ] {
            assert_eq!(is_farewell(line), expected, "{line:?}");
        }
        let of = |kind| ReadlineError::Io(io::Error::from(kind));
        assert!(is_not_utf8(&of(io::ErrorKind::InvalidData)));
        assert!(!is_not_utf8(&of(io::ErrorKind::BrokenPipe)));
        assert!(!is_not_utf8(&ReadlineError::Eof));
    }
}
