//! Variables by name: what the process environment and `.env` say, before anything is made of it.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use super::{ConfigError, DOT_ENV, VARIABLES, bot};

/// How the names of all settings begin that are not shared with other programs.
const PREFIX: &str = "QUOTH_";
/// A misspelt name differs from the one that was meant in at most so many letters.
const MAX_MISSPELT: usize = 4;

/// Variables by name: the process environment over a `.env` file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    /// What is wrong with `.env`; the lines that can be read are used only to look for more.
    fault: Option<ConfigError>,
}

impl Environment {
    /// Reads `.env` in the working directory, if there is one, and the process environment, which
    /// wins. Values are never printed. A `.env` that is not of the form `NAME=value` is an error of
    /// [`Config::resolve`](super::Config::resolve).
    pub fn load() -> Environment {
        let mut environment = Environment::default();
        match std::fs::read(Path::new(DOT_ENV)) {
            Ok(file) => environment.take_file(&file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => environment.fault = Some(ConfigError::DotEnvUnread(error.to_string())),
        }
        let process = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        environment.variables.extend(process);
        environment
    }

    /// Takes the variables of a `.env`. The first line that is none is the fault; the others are read on.
    fn take_file(&mut self, file: &[u8]) {
        let n_lines = Cell::new(0);
        let lines = dotenvy::from_read_iter(Lines {
            rest: file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file),
            n_lines: &n_lines,
        });
        for line in lines {
            // The error of the parser quotes the text, which may hold a secret: only its lines are counted.
            let n_more = match line {
                Ok((name, value)) => {
                    self.variables.insert(name, value);
                    continue;
                }
                Err(dotenvy::Error::LineParse(text, _)) => text.lines().count().saturating_sub(1),
                Err(_) => 0,
            };
            let line = n_lines.get().saturating_sub(n_more);
            self.fault.get_or_insert(ConfigError::DotEnv { line });
        }
    }

    /// An environment of exactly these variables.
    pub fn of(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            fault: None,
        }
    }

    /// What is wrong with `.env`, if something is.
    pub fn fault(&self) -> Option<&ConfigError> {
        self.fault.as_ref()
    }

    /// Whether the bot's token is set, whatever it is.
    pub fn has_token(&self) -> bool {
        self.get(bot::TOKEN).is_some()
    }

    /// The variables that are named as if they were Quoth's but are none, in order, each with the one
    /// that was probably meant.
    pub fn unknown(&self) -> Vec<(String, Option<&'static str>)> {
        let is_known = |name: &str| VARIABLES.iter().any(|(known, _)| *known == name);
        let mut unknown: Vec<(String, Option<&'static str>)> = self
            .variables
            .keys()
            .filter(|name| name.to_ascii_uppercase().starts_with(PREFIX) && !is_known(name))
            .map(|name| (name.clone(), nearest(name)))
            .collect();
        unknown.sort_unstable();
        unknown
    }

    /// The value of a variable; set but empty counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// What some editors put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file given out a line at a time, so that it is known how far its reader is.
struct Lines<'a> {
    rest: &'a [u8],
    /// Lines given out to their end.
    n_lines: &'a Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = self.rest.split_inclusive(|&b| b == b'\n').next();
        let mut line = line.unwrap_or_default();
        let n_bytes = line.read(buffer)?;
        if line.is_empty() && n_bytes > 0 {
            self.n_lines.set(self.n_lines.get() + 1);
        }
        self.rest = self.rest.get(n_bytes..).unwrap_or_default();
        Ok(n_bytes)
    }
}

/// The variable whose name is most like `name`, if one is like it at all; of several the first.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let distances = VARIABLES
        .iter()
        .map(|(known, _)| (distance(&name, known), *known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= MAX_MISSPELT).then_some(known)
}

/// Letters to insert, delete or exchange to make one word of the other (Levenshtein 1966), by rows.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let here = (diagonal + usize::from(x != *y))
                .min(left + 1)
                .min(*cell + 1);
            (diagonal, left) = (*cell, here);
            *cell = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::THREADS;

    #[test]
    fn a_file_of_settings_is_read_and_a_bad_line_named_by_its_number_alone() {
        for (file, fault) in [
            (&b""[..], None),
            (b"QUOTH_THREADS=7", None),
            (b"\xef\xbb\xbfQUOTH_THREADS=7\r\n", None),
            (
                b"# Not a line\n\nQUOTH_THREADS=7\nhunter2 is it\nworse\n",
                Some(4),
            ),
            (b"hunter2\nQUOTH_THREADS=7\n", Some(1)),
            (b"A=\"1\n2\"\nhunter2\nQUOTH_THREADS=7\n", Some(3)),
            (b"QUOTH_THREADS=7\nA='hunter2\nB=2\n\n", Some(2)),
            (b"QUOTH_THREADS=7\nA=hunter2 3\n", Some(2)),
            (b"QUOTH_THREADS=7\nA=\xff\n", Some(2)),
        ] {
            let mut environment = Environment::default();
            environment.take_file(file);
            let expected = fault.map(|line| ConfigError::DotEnv { line });
            assert_eq!(environment.fault, expected, "{file:?}");
            let set = (!file.is_empty()).then_some("7");
            assert_eq!(environment.get(THREADS), set, "{file:?}");
            if let Some(fault) = environment.fault {
                assert!(!fault.to_string().contains("hunter2"), "{fault}");
            }
        }
        let long = format!(
            "{}\nhunter2",
            "# long\n".repeat(9_000) + &"x".repeat(20_000)
        );
        let mut environment = Environment::default();
        environment.take_file(long.as_bytes());
        assert_eq!(environment.fault, Some(ConfigError::DotEnv { line: 9_001 }));
    }

    #[test]
    fn names_that_are_nearly_right_are_understood() {
        let environment = Environment::of(&[
            ("QUOTH_THREAD", "1"),
            ("quoth_library", "/a"),
            ("QUOTH_SOMETHING_ELSE_ENTIRELY", "1"),
            ("QUOTH_THREADS", "1"),
            ("OTHER", "1"),
        ]);
        let unknown = environment.unknown();
        let expected = [
            ("QUOTH_SOMETHING_ELSE_ENTIRELY", None),
            ("QUOTH_THREAD", Some("QUOTH_THREADS")),
            ("quoth_library", Some("QUOTH_LIBRARY")),
        ];
        assert_eq!(
            unknown,
            expected.map(|(name, meant)| (name.to_owned(), meant))
        );
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
