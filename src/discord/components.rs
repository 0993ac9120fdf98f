//! The names of buttons and dialogues: what Discord hands back when somebody presses one.
//!
//! A name says what to do and with which answer, article or preview, and nothing else; it carries no
//! right to do it. Whoever sends one may have made it up, so the handler checks guild, channel, user
//! and settings each time. The first field is the version: a name of another version, or of no
//! version, is refused as a whole. Names outlive a restart because all they point at is in the store.
//! Read [`Press`] first.

use std::fmt;

use crate::document::{Collection, DocumentRef};
use crate::store::{AnswerId, PreviewId};

/// Characters a name may have, by Discord's rule.
pub const MAX_ID_CHARS: usize = 100;
/// Characters of a search that a button carries on to the next page.
pub const MAX_WORDS_CHARS: usize = 60;
/// What all names of this version begin with.
const VERSION: &str = "q1";

/// What pressing a button, or sending a dialogue, asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Further quotes of an answer; pages count from 0.
    More {
        /// Which answer.
        answer: AnswerId,
        /// Which page.
        page: u32,
    },
    /// The paragraphs around an answer's first quote.
    Context(AnswerId),
    /// What an answer rests on.
    Why(AnswerId),
    /// A private answer for everyone in the channel.
    Share(AnswerId),
    /// A vote on an answer.
    Vote {
        /// Which answer.
        answer: AnswerId,
        /// For or against.
        helpful: bool,
    },
    /// A further question: the button that opens the dialogue, and the dialogue.
    AskMore(AnswerId),
    /// A page of the list of articles; pages count from 0.
    List {
        /// The library, or the guild's own.
        library: bool,
        /// Which page.
        page: u32,
    },
    /// A page of articles whose titles hold these words.
    Search {
        /// Which page.
        page: u32,
        /// At most [`MAX_WORDS_CHARS`] characters.
        words: String,
    },
    /// A page of one article's text.
    Show {
        /// In the library, or the guild's own.
        library: bool,
        /// Its number there.
        number: u32,
        /// Which page.
        page: u32,
    },
    /// Deletion of what is kept of a user; the id keeps others from pressing it.
    Forget {
        /// Whose.
        user: u64,
    },
    /// Publication of a preview.
    Publish {
        /// Which preview.
        preview: PreviewId,
    },
    /// An end to a preview.
    Discard {
        /// Which preview.
        preview: PreviewId,
    },
    /// The removed article again.
    Undo {
        /// Its number in the guild's collection.
        number: u32,
        /// The version that was removed.
        version: u32,
    },
    /// The summary of an article in another length.
    Summary {
        /// In the library, or the guild's own.
        library: bool,
        /// Its number there.
        number: u32,
        /// Its length.
        n_sentences: u16,
    },
    /// The summary of a topic in another length.
    Topic {
        /// Its length.
        n_sentences: u16,
        /// First day of the articles, in days since 1970-01-01.
        since: Option<i32>,
        /// Last day of the articles.
        until: Option<i32>,
        /// The topic, at most [`MAX_WORDS_CHARS`] characters.
        words: String,
    },
    /// A question about an article, or with number 0 about all: the button and the dialogue.
    AskOf {
        /// In the library, or the guild's own.
        library: bool,
        /// Its number there.
        number: u32,
    },
    /// The dialogue in which an article is typed.
    Typed {
        /// The number of the article it takes the place of; 0 for a new one.
        replaces: u32,
    },
}

/// A name that is none of ours, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this button is from an older version of the bot; please ask again")]
pub struct UnknownPress;

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:")?;
        let shelf = |library: &bool| if *library { 'l' } else { 'g' };
        match self {
            Press::More { answer, page } => write!(f, "more:{}:{page}", answer.0),
            Press::Context(answer) => write!(f, "context:{}", answer.0),
            Press::Why(answer) => write!(f, "why:{}", answer.0),
            Press::Share(answer) => write!(f, "share:{}", answer.0),
            Press::Vote { answer, helpful } => {
                write!(f, "vote:{}:{}", answer.0, u8::from(*helpful))
            }
            Press::AskMore(answer) => write!(f, "ask:{}", answer.0),
            Press::List { library, page } => write!(f, "list:{}:{page}", shelf(library)),
            Press::Search { page, words } => write!(f, "search:{page}:{words}"),
            Press::Show {
                library,
                number,
                page,
            } => write!(f, "show:{}:{number}:{page}", shelf(library)),
            Press::Forget { user } => write!(f, "forget:{user}"),
            Press::Publish { preview } => write!(f, "publish:{}", preview.0),
            Press::Discard { preview } => write!(f, "discard:{}", preview.0),
            Press::Undo { number, version } => write!(f, "undo:{number}:{version}"),
            Press::Summary {
                library,
                number,
                n_sentences,
            } => write!(f, "sum:{}:{number}:{n_sentences}", shelf(library)),
            Press::Topic {
                n_sentences,
                since,
                until,
                words,
            } => {
                write!(f, "topic:{n_sentences}:")?;
                for day in [since, until] {
                    match day {
                        Some(day) => write!(f, "{day}:")?,
                        None => f.write_str("-:")?,
                    }
                }
                f.write_str(words)
            }
            Press::AskOf { library, number } => write!(f, "askof:{}:{number}", shelf(library)),
            Press::Typed { replaces } => write!(f, "typed:{replaces}"),
        }
    }
}

impl Press {
    /// Reads a name as [`Press`]'s `Display` writes it, to the letter.
    ///
    /// # Errors
    /// [`UnknownPress`] for anything else: another version, a missing or surplus field, a number
    /// with a sign or leading zeros, a search that is too long.
    pub fn parse(id: &str) -> Result<Press, UnknownPress> {
        let mut fields = Fields(id);
        if fields.next() != Some(VERSION) {
            return Err(UnknownPress);
        }
        let press = fields.press().ok_or(UnknownPress)?;
        // One value has one name: what does not read back as it was written is not ours.
        if press.to_string() == id && id.chars().count() <= MAX_ID_CHARS {
            Ok(press)
        } else {
            Err(UnknownPress)
        }
    }

    /// The name of the button that asks something of one article.
    pub fn asking_of(reference: DocumentRef) -> Press {
        Press::AskOf {
            library: reference.collection == Collection::Library,
            number: reference.number,
        }
    }

    /// The name of the button that asks something of all articles.
    pub fn asking_of_all() -> Press {
        Press::AskOf {
            library: true,
            number: 0,
        }
    }

    /// The name of a page of an article's text.
    pub fn show(reference: DocumentRef, page: u32) -> Press {
        Press::Show {
            library: reference.collection == Collection::Library,
            number: reference.number,
            page,
        }
    }
}

/// The fields of a name that are still to be read.
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a str> {
        match self.0.split_once(':') {
            Some((field, rest)) => {
                self.0 = rest;
                Some(field)
            }
            None => Some(std::mem::take(&mut self.0)).filter(|field| !field.is_empty()),
        }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.next()?.parse().ok()
    }

    fn answer(&mut self) -> Option<AnswerId> {
        self.number().map(AnswerId)
    }

    fn is_library(&mut self) -> Option<bool> {
        match self.next()? {
            "l" => Some(true),
            "g" => Some(false),
            _ => None,
        }
    }

    /// A day, or none where a dash stands.
    fn day(&mut self) -> Option<Option<i32>> {
        match self.next()? {
            "-" => Some(None),
            day => day.parse().ok().map(Some),
        }
    }

    /// All that is left, as words.
    fn words(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.0))
            .filter(|words| words.chars().count() <= MAX_WORDS_CHARS)
            .map(str::to_owned)
    }

    fn press(&mut self) -> Option<Press> {
        Some(match self.next()? {
            "more" => Press::More {
                answer: self.answer()?,
                page: self.number()?,
            },
            "context" => Press::Context(self.answer()?),
            "why" => Press::Why(self.answer()?),
            "share" => Press::Share(self.answer()?),
            "vote" => Press::Vote {
                answer: self.answer()?,
                helpful: self.number::<u8>()? != 0,
            },
            "ask" => Press::AskMore(self.answer()?),
            "list" => Press::List {
                library: self.is_library()?,
                page: self.number()?,
            },
            "search" => Press::Search {
                page: self.number()?,
                words: self.words()?,
            },
            "sum" => Press::Summary {
                library: self.is_library()?,
                number: self.number()?,
                n_sentences: self.number()?,
            },
            "topic" => Press::Topic {
                n_sentences: self.number()?,
                since: self.day()?,
                until: self.day()?,
                words: self.words()?,
            },
            "askof" => Press::AskOf {
                library: self.is_library()?,
                number: self.number()?,
            },
            "show" => Press::Show {
                library: self.is_library()?,
                number: self.number()?,
                page: self.number()?,
            },
            "forget" => Press::Forget {
                user: self.number()?,
            },
            "publish" => Press::Publish {
                preview: self.number().map(PreviewId)?,
            },
            "discard" => Press::Discard {
                preview: self.number().map(PreviewId)?,
            },
            "undo" => Press::Undo {
                number: self.number()?,
                version: self.number()?,
            },
            "typed" => Press::Typed {
                replaces: self.number()?,
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn presses() -> impl Strategy<Value = Press> {
        let answer = || any::<u64>().prop_map(AnswerId);
        prop_oneof![
            (answer(), any::<u32>()).prop_map(|(answer, page)| Press::More { answer, page }),
            answer().prop_map(Press::Context),
            answer().prop_map(Press::Why),
            answer().prop_map(Press::Share),
            (answer(), any::<bool>()).prop_map(|(answer, helpful)| Press::Vote { answer, helpful }),
            answer().prop_map(Press::AskMore),
            (any::<bool>(), any::<u32>()).prop_map(|(library, page)| Press::List { library, page }),
            (
                any::<u32>(),
                proptest::collection::vec(any::<char>(), 0..=MAX_WORDS_CHARS)
            )
                .prop_map(|(page, words)| Press::Search {
                    page,
                    words: words.into_iter().collect(),
                }),
            (any::<bool>(), any::<u32>(), any::<u32>()).prop_map(|(library, number, page)| {
                Press::Show {
                    library,
                    number,
                    page,
                }
            }),
            any::<u64>().prop_map(|user| Press::Forget { user }),
            any::<u64>().prop_map(|id| Press::Publish {
                preview: PreviewId(id)
            }),
            any::<u64>().prop_map(|id| Press::Discard {
                preview: PreviewId(id)
            }),
            (any::<u32>(), any::<u32>())
                .prop_map(|(number, version)| Press::Undo { number, version }),
            any::<u32>().prop_map(|replaces| Press::Typed { replaces }),
            (any::<bool>(), any::<u32>(), any::<u16>()).prop_map(
                |(library, number, n_sentences)| Press::Summary {
                    library,
                    number,
                    n_sentences,
                }
            ),
            (
                any::<u16>(),
                any::<Option<i32>>(),
                any::<Option<i32>>(),
                proptest::collection::vec(any::<char>(), 0..=MAX_WORDS_CHARS)
            )
                .prop_map(|(n_sentences, since, until, words)| Press::Topic {
                    n_sentences,
                    since,
                    until,
                    words: words.into_iter().collect(),
                }),
            (any::<bool>(), any::<u32>())
                .prop_map(|(library, number)| Press::AskOf { library, number }),
        ]
    }

    proptest! {
        #[test]
        fn names_read_back_as_written_and_fit_discord(press in presses()) {
            let id = press.to_string();
            prop_assert!(id.chars().count() <= MAX_ID_CHARS, "{id}");
            prop_assert_eq!(Press::parse(&id), Ok(press));
        }

        #[test]
        fn names_of_others_never_panic(id in any::<String>()) {
            prop_assert_eq!(Press::parse(&id), Err(UnknownPress));
        }

        #[test]
        fn a_name_with_anything_more_is_refused(press in presses(), more in "[0-9a-z:]{1,5}") {
            if !matches!(press, Press::Search { .. } | Press::Topic { .. }) {
                let id = format!("{press}:{more}");
                prop_assert_eq!(Press::parse(&id), Err(UnknownPress));
            }
        }
    }

    #[test]
    fn forged_names_are_refused() {
        for id in [
            "",
            ":",
            "q1",
            "q1:",
            "q1:more",
            "q1:more:1",
            "q1:more:+1:0",
            "q1:more:01:0",
            "q1:more:1:0:",
            "q1:more:-1:0",
            "q1:more:1:4294967296",
            "q1:vote:1:2",
            "q1:show:x:1:0",
            "q0:why:1",
            "q2:why:1",
            "Q1:why:1",
            "q1:WHY:1",
            "q1:why:99999999999999999999999",
            " q1:why:1",
        ] {
            assert_eq!(Press::parse(id), Err(UnknownPress), "{id:?}");
        }
        let long = format!("q1:search:0:{}", "x".repeat(MAX_WORDS_CHARS + 1));
        assert_eq!(Press::parse(&long), Err(UnknownPress));
    }
}
