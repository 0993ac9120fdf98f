//! What loading an article would do, and what it did: values that the command line and Discord show.

use std::fmt;

use crate::document::{DocumentRef, Language, Metadata};

/// What to do with an article that is ready to be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// Store it as a new article or as a new version, or not at all, as what is loaded tells.
    #[default]
    Judge,
    /// Store it under a new number, whatever resembles it.
    AsNew,
    /// Store it in place of this article.
    Replace(DocumentRef),
}

/// What storing an article comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gets a new number.
    New,
    /// It takes this article's place and number.
    NewVersion(DocumentRef),
    /// Nothing: this article holds the same.
    AlreadyLoaded(DocumentRef),
    /// Nothing, and why: a clause that names the file, the limit and the value.
    Skipped(String),
}

impl Verdict {
    /// The word for it in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::New => "new",
            Verdict::NewVersion(_) => "new_version",
            Verdict::AlreadyLoaded(_) => "already_loaded",
            Verdict::Skipped(_) => "skipped",
        }
    }

    /// Whether something would be stored.
    pub fn stores(&self) -> bool {
        matches!(self, Verdict::New | Verdict::NewVersion(_))
    }
}

impl fmt::Display for Verdict {
    /// A clause: `new version of #12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::New => f.write_str("new"),
            Verdict::NewVersion(reference) => write!(f, "new version of #{reference}"),
            Verdict::AlreadyLoaded(reference) => write!(f, "already loaded as #{reference}"),
            Verdict::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// An article of the same collection that says nearly the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// The article.
    pub reference: DocumentRef,
    /// Its title, outlet, date and address.
    pub metadata: Metadata,
    /// Whether another outlet than the new article's is known to have published it.
    pub is_of_other_outlet: bool,
    /// The share of the shorter text's shingles that the longer one has, 0 to 1.
    pub shared: f32,
}

impl Duplicate {
    /// The duplicate of an article of this outlet that a stored one is.
    pub fn of(outlet: Option<&str>, known: (DocumentRef, &Metadata), shared: f32) -> Duplicate {
        let (reference, metadata) = known;
        let is_of_other_outlet = match (outlet, metadata.outlet.as_deref()) {
            (Some(ours), Some(theirs)) => !same_words(ours, theirs),
            _ => false,
        };
        Duplicate {
            reference,
            metadata: metadata.clone(),
            is_of_other_outlet,
            shared,
        }
    }
}

/// Whether two names or titles are the same but for case and white space.
pub(crate) fn same_words(a: &str, b: &str) -> bool {
    a.to_lowercase()
        .split_whitespace()
        .eq(b.to_lowercase().split_whitespace())
}

impl fmt::Display for Duplicate {
    /// A clause: `also published by Riga Gazette (#12)`, `nearly the same as #12: Title`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.metadata.outlet {
            Some(outlet) if self.is_of_other_outlet => {
                write!(f, "also published by {outlet} (#{})", self.reference)
            }
            _ => write!(
                f,
                "nearly the same as #{}: {}",
                self.reference, self.metadata.title
            ),
        }
    }
}

/// What is known of an article that is ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Title, outlet, date, address, tags.
    pub metadata: Metadata,
    /// Language of the text.
    pub language: Language,
    /// Words of the text.
    pub n_words: usize,
    /// Passages that would be searched.
    pub n_passages: usize,
    /// Length of the text.
    pub size_bytes: usize,
}

impl Facts {
    /// How long it is, in words for people.
    pub fn extent(&self) -> String {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        format!(
            "{} word{}, {} passage{}",
            self.n_words,
            plural(self.n_words),
            self.n_passages,
            plural(self.n_passages)
        )
    }
}

/// What loading an article would do. It binds nobody: publishing looks again.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Path, address or name of what was read.
    pub location: String,
    /// What storing it would come to.
    pub verdict: Verdict,
    /// What is known of it; `None` if it is no article.
    pub facts: Option<Facts>,
    /// Articles that say nearly the same, the most alike first.
    pub duplicates: Vec<Duplicate>,
    /// What was mended or looks odd, one clause each, without the location.
    pub warnings: Vec<String>,
}

impl Preview {
    /// The preview of a file that an article was made from and that did not change.
    pub fn unchanged(location: String, reference: DocumentRef) -> Preview {
        Preview {
            location,
            verdict: Verdict::AlreadyLoaded(reference),
            facts: None,
            duplicates: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The preview of what is no article.
    pub fn skipped(skipped: super::Skipped) -> Preview {
        Preview {
            location: skipped.location,
            verdict: Verdict::Skipped(skipped.reason),
            facts: None,
            duplicates: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// What became of an article that was to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Path, address or name of what was read.
    pub location: String,
    /// The article's title.
    pub title: String,
    /// What was done.
    pub verdict: Verdict,
    /// The article that now holds it; `None` if it was skipped.
    pub reference: Option<DocumentRef>,
    /// Articles that say nearly the same, the most alike first.
    pub duplicates: Vec<Duplicate>,
    /// What was mended or looks odd, one clause each, without the location.
    pub warnings: Vec<String>,
}
