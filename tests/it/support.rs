//! Articles to ask about, engines that hold them, and the program with a home of its own.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};

use quoth::answer::{Answer, Quote};
use quoth::corpus;
use quoth::document::{Collection, DocumentRef, Span};
use quoth::engine::{AskOptions, Engine, Progress};
use quoth::neural::Models;
use quoth::retrieve::Query;
use quoth::store::{Change, NewDocument};
use serde_json::Value;
use tempfile::TempDir;

/// The time that everything is stored at; its value shows nowhere.
pub(crate) const NOW: i64 = 1_742_300_000_000;

/// A dated article with the shape of a news report.
pub(crate) const BRIDGE: &str = "---
title: Marlow bridge closes after cracks are found
date: 2024-05-02
outlet: Thames Courier
tags: [transport]
---

The suspension bridge at Marlow was closed to all traffic on Thursday after inspectors found cracks \
in two hangers. Engineer Priya Nair said the repair would cost 3.2 million pounds and take eleven weeks.

The council turned down calls for a replacement ferry. Buses will go by way of Cookham until August.
";

/// A wire story, and the two copies that other outlets made of it with small edits.
pub(crate) const WIRE: [&str; 3] = [
    "---
title: Nordwind Air to buy rival Polarjet
date: 2024-06-10
outlet: Baltic Wire
---

Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two airlines said on Monday. \
The deal gives Nordwind 62 aircraft and the largest share of slots at Riga airport. \
Chief executive Marta Ozola said no pilot would lose a job because of the purchase. \
Regulators in Brussels have until October to object.
",
    "---
title: Nordwind buys Polarjet
date: 2024-06-10
outlet: Riga Gazette
---

Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two airlines said Monday. \
The deal gives Nordwind 62 aircraft and the largest share of slots at Riga airport. \
Chief executive Marta Ozola said no pilot would lose a job because of the purchase. \
Regulators in Brussels have until October to object.
",
    "---
title: Airline takeover in the Baltics
date: 2024-06-11
outlet: Northern Post
---

RIGA (Baltic Wire) Nordwind Air will buy its smaller rival Polarjet for 410 million euros, the two \
airlines said on Monday. The deal gives Nordwind 62 aircraft and the largest share of slots at Riga \
airport. Chief executive Marta Ozola said no pilot would lose a job because of the purchase. \
Regulators in Brussels have until October to object to it.
",
];

/// Headings, a list and an initial.
pub(crate) const SEEDS: &str = "---
title: How the seed library in Leeds works
date: 2023-03-18
outlet: Allotment Monthly
---

## Borrowing

A member may take five packets of seed a year. The packets are free, but a deposit of two pounds is \
asked for each tin.

## Returning

- Let one plant in ten go to seed.
- Dry the seed for three weeks before it is brought back.

Curator J. R. Whitlock says beans are the easiest crop to save. Squash crosses too readily for beginners.
";

/// One sentence, and no date.
pub(crate) const FERRY: &str = "---
title: Lundy ferry cancelled
---

The Thursday ferry to Lundy is cancelled because of a broken rudder.
";

/// German.
pub(crate) const TRAM: &str = "---
title: Straßenbahnlinie 7 fährt wieder
date: 2024-02-01
outlet: Görlitzer Bote
---

Die Straßenbahnlinie 7 in Görlitz fährt seit Donnerstag wieder bis zum Südfriedhof. Die Gleise waren \
nach einem Rohrbruch unterspült worden. Oberbürgermeisterin Käthe Röhl dankte den Bauarbeitern für \
ihre Nachtschichten.
";

/// French, with accents and guillemets.
pub(crate) const CHEESE: &str = "---
title: La coopérative de Bozel rouvre
date: 2023-11-20
outlet: Écho des Alpes
---

La coopérative fromagère de Bozel a rouvert lundi après deux ans de travaux. « Nous ferons mille \
meules par été », a déclaré le président Émile Crozat. L'ancien bâtiment avait été détruit par une avalanche.
";

/// Russian.
pub(crate) const OWL: &str = "---
title: В Карелии пересчитали сов
date: 2022-04-09
outlet: Онежские вести
---

Орнитологи насчитали в Карелии сорок две бородатые неясыти. Это вдвое больше, чем десять лет назад. \
По словам Анны Лаптевой, птицам помогла тёплая зима.
";

/// Arabic, written from right to left.
pub(crate) const WELL: &str = "---
title: افتتاح بئر جديدة في القرية
date: 2022-09-15
outlet: صوت الواحة
---

افتتح أهالي القرية بئرا جديدة يوم الخميس. يبلغ عمق البئر مئة وعشرين مترا. قال المهندس سالم إن الماء يكفي ثلاثة آلاف شخص.
";

/// All of them, the original of the wire story before its copies.
pub(crate) const ARTICLES: [&str; 10] = [
    BRIDGE, WIRE[0], WIRE[1], WIRE[2], SEEDS, FERRY, TRAM, CHEESE, OWL, WELL,
];

/// A change that stores Markdown, as new or in place of another article.
pub(crate) fn put(markdown: &str, replaces: Option<DocumentRef>) -> Change {
    let loaded = corpus::load_bytes("article.md", markdown.as_bytes()).unwrap();
    Change::Put(Box::new(NewDocument {
        draft: loaded.draft,
        source: None,
        replaces,
    }))
}

/// Stores articles in one batch and returns their names.
pub(crate) fn add(engine: &Engine, to: Collection, articles: &[&str]) -> Vec<DocumentRef> {
    let changes = articles
        .iter()
        .map(|markdown| put(markdown, None))
        .collect();
    let applied = engine.writer(to).unwrap().apply(changes, NOW).unwrap();
    applied.put.into_iter().map(|(name, _)| name).collect()
}

/// Stores an article in place of another.
pub(crate) fn replace(engine: &Engine, article: DocumentRef, markdown: &str) -> DocumentRef {
    let changes = vec![put(markdown, Some(article))];
    let mut writer = engine.writer(article.collection).unwrap();
    writer.apply(changes, NOW).unwrap().put[0].0
}

/// Takes an article out.
pub(crate) fn remove(engine: &Engine, article: DocumentRef) {
    let mut writer = engine.writer(article.collection).unwrap();
    writer.apply(vec![Change::Remove(article)], NOW).unwrap();
}

/// The shipped models, loaded once for all tests of a process.
pub(crate) fn models() -> Arc<Models> {
    static MODELS: LazyLock<Arc<Models>> = LazyLock::new(|| Arc::new(Models::bundled(2).unwrap()));
    Arc::clone(&MODELS)
}

/// An engine in memory that holds `articles` in [`Collection::Local`].
pub(crate) fn engine_with(articles: &[&str]) -> Engine {
    let engine = Engine::in_memory(models()).unwrap();
    add(&engine, Collection::Local, articles);
    engine
}

/// Asks, and checks that every quote is one.
pub(crate) fn ask_in(engine: &Engine, scope: &[Collection], question: &str, k: usize) -> Answer {
    let query = Query::parse(question).unwrap();
    let answer = engine
        .ask(&query, &AskOptions::new(scope.to_vec(), k))
        .unwrap();
    check_answer(&answer, k);
    answer
}

/// Asks [`Collection::Local`] for three quotes.
pub(crate) fn ask(engine: &Engine, question: &str) -> Answer {
    ask_in(engine, &[Collection::Local], question, 3)
}

/// The text of the first quote; empty if there is none.
pub(crate) fn first_quote(answer: &Answer) -> &str {
    answer.quotes.first().map_or("", Quote::text)
}

/// What Quoth promises of every answer.
pub(crate) fn check_answer(answer: &Answer, k: usize) {
    assert!((0.0..=1.0).contains(&answer.confidence));
    assert!(
        answer.quotes.len() <= k,
        "{} quotes of {k}",
        answer.quotes.len()
    );
    for quote in &answer.quotes {
        let document = &quote.article().document;
        assert_eq!(document.text.get(quote.span().range()), Some(quote.text()));
        let bold = quote.bold().slice(quote.text());
        assert!(bold.is_some_and(|bold| !bold.trim().is_empty()), "{bold:?}");
        for context in [quote.before(), quote.after()] {
            assert!(document.text.contains(context), "{context:?}");
            assert!(context.is_empty() || !quote.text().contains(context));
        }
        assert!(!quote.also_in.contains(&document.id));
    }
}

/// One line a quote: article, place, bold and the bits of its score. Equal answers have equal lines.
pub(crate) fn lines(answer: &Answer) -> Vec<String> {
    let line = |quote: &Quote| {
        let Span { start, end } = quote.span();
        format!(
            "{:?} {start}..{end} {:?} {:08x} {:?}",
            quote.article().document.reference,
            quote.bold(),
            quote.score.to_bits(),
            quote.also_in,
        )
    };
    let verdict = format!("{:?} {:08x}", answer.outcome, answer.confidence.to_bits());
    let quotes = answer.quotes.iter().map(line);
    std::iter::once(verdict).chain(quotes).collect()
}

/// An engine on disk and what it reported.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    progress: Arc<Mutex<Vec<Progress>>>,
}

impl Opened {
    pub(crate) fn at(dir: &Path) -> Opened {
        let progress = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&progress);
        let engine = Engine::open(
            dir,
            models(),
            Arc::new(move |step| heard.lock().unwrap().push(step)),
        )
        .unwrap();
        Opened { engine, progress }
    }

    pub(crate) fn progress(&self) -> Vec<Progress> {
        self.progress.lock().unwrap().clone()
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The files under a folder, sorted by path.
pub(crate) fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder that is all the program sees: home, working directory, data and library.
pub(crate) struct Home {
    folder: TempDir,
    /// Whether the articles of `corpus/` are the library, or two small ones.
    bundled: bool,
}

/// How one run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// A home whose library are [`BRIDGE`] (`L1`) and [`SEEDS`] (`L2`): quick to index.
    pub(crate) fn new() -> Home {
        let home = Home::bundled();
        home.write("library/bridge.md", BRIDGE);
        home.write("library/seeds.md", SEEDS);
        Home {
            bundled: false,
            ..home
        }
    }

    /// A home with the library that is shipped.
    pub(crate) fn bundled() -> Home {
        Home {
            folder: tempfile::tempdir().unwrap(),
            bundled: true,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        // Canonical, as `quoth` prints it.
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The program with these arguments, an environment of nothing but its settings, and no input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quoth"));
        self.settle(&mut command);
        command.args(arguments);
        command
    }

    /// A shell script in the same surroundings; `$QUOTH` is the program.
    #[cfg(unix)]
    pub(crate) fn shell(&self, script: &str) -> Run {
        let mut command = Command::new("/bin/sh");
        self.settle(&mut command);
        command
            .args(["-c", script])
            .env("QUOTH", env!("CARGO_BIN_EXE_quoth"));
        run(command)
    }

    fn settle(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path(""))
            .env("QUOTH_DATA_DIR", self.path("data"))
            .env("QUOTH_THREADS", "1")
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !self.bundled {
            command.env("QUOTH_LIBRARY", self.path("library"));
        }
    }

    pub(crate) fn quoth(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments))
    }

    /// Runs the program with `input` on its standard input.
    pub(crate) fn quoth_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        // A file and not a pipe: no thread has to write while another one reads.
        let path = self.write("input", input);
        let mut command = self.command(arguments);
        command.stdin(File::open(path).unwrap());
        run(command)
    }

    /// Starts the program; [`finish`] waits for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Run {
    finish(command.spawn().unwrap())
}

/// Waits for a process that [`Home::start`] began.
pub(crate) fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    // Whatever the test is about, this is a defect.
    assert!(!run.stderr.contains("panicked"), "{run:#?}");
    run
}

impl Run {
    /// Fails the test unless the program ended with this code.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Fails the test unless the program gave up with one line on stderr, nothing on stdout, and
    /// this in the line.
    #[track_caller]
    pub(crate) fn refused(self, because: &str) -> Run {
        let run = self.ended_with(2);
        assert_eq!(run.stdout, "");
        assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
        assert!(
            run.stderr.contains(because),
            "{because:?} is missing: {run:#?}"
        );
        run
    }

    /// What was printed, without the marks of the words it chose to put in bold.
    pub(crate) fn plain(&self) -> String {
        self.stdout.replace("**", "")
    }

    /// What was printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Writes for whoever runs the tests with `--no-capture`.
pub(crate) fn report(text: &str) {
    // Best effort: a closed stderr is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}
