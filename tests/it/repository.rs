//! The rules of the repository that a machine can keep: who may use what, and that the pages agree
//! with the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use quoth::config::VARIABLES;
use quoth::corpus;

use crate::support::{files_under, root};

/// Each module and the modules it may name (STYLE.md §2); itself it always may. A new arrow is a
/// design decision: it is added here in the commit that says why.
const ARROWS: &[(&str, &[&str])] = &[
    ("document", &[]),
    ("fetch", &[]),
    ("text", &["document"]),
    ("extract", &["document", "text"]),
    ("neural", &["document"]),
    ("store", &["document"]),
    ("corpus", &["document", "extract", "store", "text"]),
    ("index", &["document", "neural", "text"]),
    ("retrieve", &["document", "index", "neural", "text"]),
    ("answer", &["document", "index", "retrieve", "text"]),
    (
        "summary",
        &["document", "index", "neural", "retrieve", "text"],
    ),
    (
        "engine",
        &[
            "answer", "corpus", "document", "index", "neural", "retrieve", "store", "summary",
            "text",
        ],
    ),
    (
        "feeds",
        &["corpus", "document", "engine", "extract", "fetch", "store"],
    ),
    ("config", &["engine", "fetch"]),
    ("telemetry", &[]),
    (
        "discord",
        &[
            "answer",
            "config",
            "corpus",
            "document",
            "engine",
            "extract",
            "feeds",
            "fetch",
            "index",
            "retrieve",
            "store",
            "summary",
            "telemetry",
            "text",
        ],
    ),
    (
        "eval",
        &[
            "answer", "corpus", "document", "engine", "extract", "index", "neural", "retrieve",
            "store", "summary", "text",
        ],
    ),
    (
        "cli",
        &[
            "answer",
            "config",
            "corpus",
            "discord",
            "document",
            "engine",
            "eval",
            "extract",
            "feeds",
            "fetch",
            "index",
            "neural",
            "retrieve",
            "store",
            "summary",
            "telemetry",
            "text",
        ],
    ),
];

/// Names that only one module may use.
const OWNED: &[(&str, &str)] = &[
    ("tantivy", "index"),
    ("rten", "neural"),
    ("rten_tensor", "neural"),
    ("rusqlite", "store"),
    ("reqwest", "fetch"),
    ("robotxt", "fetch"),
    ("dotenvy", "config"),
    ("vars_os", "config"),
    ("clap", "cli"),
    ("rustyline", "cli"),
    ("serenity", "discord"),
    ("poise", "discord"),
    ("axum", "telemetry"),
    ("tracing_subscriber", "telemetry"),
    ("metrics_exporter_prometheus", "telemetry"),
    ("SystemTime", "cli"),
    ("zip", "extract"),
    ("quick_xml", "extract"),
    ("dom_smoothie", "extract"),
    ("hayro_interpret", "extract"),
    ("encoding_rs", "extract"),
    ("html_escape", "extract"),
];

/// The code of `src/`, without comments: module, file, text.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = root().join("src");
    files_under(&src)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let first = path.strip_prefix(&src).unwrap().iter().next().unwrap();
            let module = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let code = fs::read_to_string(&path)
                .unwrap()
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n");
            (module, path, code)
        })
        .collect()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The identifiers of a piece of code, each with what follows it.
fn names(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = code;
    std::iter::from_fn(move || {
        let start = rest.find(is_name)?;
        let from = rest.get(start..)?;
        let len = from.find(|c| !is_name(c)).unwrap_or(from.len());
        let name = from.get(..len)?;
        rest = from.get(len..)?;
        Some((name, rest))
    })
}

/// The modules that `crate::…` paths lead to, `crate::{a, b}` included.
fn used_modules(code: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for (_, after) in names(code).filter(|(name, _)| *name == "crate") {
        let Some(path) = after.strip_prefix("::") else {
            continue;
        };
        let Some(group) = path.strip_prefix('{') else {
            used.extend(names(path).next().map(|(name, _)| name));
            continue;
        };
        let (mut depth, mut expects_name) = (1, true);
        for (position, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => expects_name = true,
                c if depth == 1 && expects_name && is_name(c) => {
                    expects_name = false;

                    used.extend(
                        names(group.get(position..).unwrap())
                            .next()
                            .map(|(name, _)| name),
                    );
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    used
}

#[test]
fn paths_to_modules_are_recognised() {
    let code = "use crate::a::B; use crate::{b::{x, y}, c, d::Z}; pub(crate) fn f() { crate::e() }";
    assert_eq!(
        used_modules(code),
        BTreeSet::from(["a", "b", "c", "d", "e"])
    );
}

#[test]
fn modules_use_only_what_their_arrows_allow() {
    let mut broken = Vec::new();
    for (module, path, code) in sources() {
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            broken.push(format!(
                "module `{module}` has no arrows; add it to the table"
            ));
            continue;
        };
        for used in used_modules(&code) {
            if used != module && !allowed.contains(&used) {
                broken.push(format!("{}: `{module}` → `{used}`", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_arrows_have_no_circle() {
    // Each line may only name lines above it.
    let mut above = BTreeSet::new();
    for &(module, allowed) in ARROWS {
        for used in allowed {
            assert!(
                above.contains(used),
                "`{module}` → `{used}` points down the table"
            );
        }
        above.insert(module);
    }
}

#[test]
fn each_foreign_crate_is_named_by_its_owner_alone() {
    let mut broken = Vec::new();
    for (module, path, code) in sources() {
        let found: BTreeSet<&str> = names(&code).map(|(name, _)| name).collect();
        for &(name, owner) in OWNED {
            if module != owner && found.contains(name) {
                broken.push(format!(
                    "{} names `{name}`, which is `{owner}`'s",
                    path.display()
                ));
            }
        }
        let reads_environment = ["env::var", "env::vars", "env::remove_var", "env::set_var"]
            .iter()
            .any(|call| code.contains(call));
        if module != "config" && reads_environment {
            broken.push(format!("{} uses the environment", path.display()));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_example_settings_list_every_variable_and_no_other() {
    let text = fs::read_to_string(root().join(".env.example")).unwrap();
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    let known: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, known);
}

#[test]
fn relative_links_of_the_pages_lead_somewhere() {
    let mut broken = Vec::new();
    let pages = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    for page in pages {
        let Ok(text) = fs::read_to_string(root().join(page)) else {
            broken.push(format!("{page} is missing"));
            continue;
        };
        for link in text.split("](").skip(1) {
            let target = link.split([')', ' ', '#']).next().unwrap_or_default();
            let is_foreign = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !is_foreign && !root().join(target).exists() {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The shipped articles: path and content.
fn articles() -> Vec<(PathBuf, String)> {
    files_under(&root().join("corpus"))
        .into_iter()
        .filter(|path| !path.ends_with("README.md"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

#[test]
fn shipped_articles_are_complete() {
    let articles = articles();
    assert!(articles.len() >= 40, "{} articles", articles.len());
    let mut broken = Vec::new();
    for (path, text) in &articles {
        let name = path.file_name().unwrap().to_str().unwrap();
        let front = text.split("\n---\n").next().unwrap_or_default();
        for key in ["title", "date", "outlet"] {
            let given = front.lines().filter_map(|line| line.split_once(':'));
            if !given
                .into_iter()
                .any(|(found, value)| found == key && !value.trim().is_empty())
            {
                broken.push(format!("{name}: no {key}"));
            }
        }
        let loaded = corpus::load_bytes(name, text.as_bytes()).unwrap();
        if !loaded.warnings.is_empty() {
            broken.push(format!("{name}: {:?}", loaded.warnings));
        }
        let n_words = loaded.draft.text.split_whitespace().count();
        if !(250..=700).contains(&n_words) {
            broken.push(format!("{name}: {n_words} words"));
        }
        let published = loaded.draft.metadata.published.map(|date| date.to_string());
        if !published.is_some_and(|date| name.starts_with(&date)) {
            broken.push(format!("{name}: not named for its date"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_two_shipped_articles_have_one_title() {
    let mut titles = BTreeSet::new();
    for (path, text) in articles() {
        let title = text
            .lines()
            .find_map(|line| line.strip_prefix("title: "))
            .unwrap()
            .to_owned();
        assert!(titles.insert(title), "{}", path.display());
    }
}

#[test]
fn the_putin_article_must_be_won_by_meaning() {
    let path = Path::new("corpus/2025-03-18-putin-trump-call.md");
    let text = fs::read_to_string(root().join(path)).unwrap();
    assert!(!text.to_lowercase().contains("refus"));
    assert!(text.contains("did not endorse the broader 30-day ceasefire"));
}
