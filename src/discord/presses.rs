//! Buttons and dialogues. What a name asks for is done only after the answer it points at was found
//! to be of this guild, channel and, if private, user; see [`Caller::may_use`].

use std::sync::Arc;

use serenity::all::{
    ActionRowComponent, ComponentInteraction, MessageFlags, ModalInteraction, ModalInteractionData,
};

use super::Data;
use super::asking::{self, Question, still_there};
use super::browse;
use super::caller::Caller;
use super::components::Press;
use super::editing::{self, Wanted};
use super::error::{Failure, UserError};
use super::render::answer::{self as view, Reason};
use super::render::{Citation, Message, help, notice};
use super::reply::Reply;
use super::summarizing::{Request, again};
use super::wire::Field;
use crate::document::Collection;
use crate::engine::Engine;
use crate::retrieve::{Article, MAX_CHARS, MIN_CHARS};
use crate::store::{AnswerId, AnswerRecord, QuotedPlace, Verdict};

/// The field of the dialogue that asks on.
const QUESTION: &str = "question";

pub(super) async fn on_press(data: &Arc<Data>, press: &ComponentInteraction) {
    let caller = Caller::of_press(press);
    let mut reply = Reply::to_interaction(&data.outbox, press.id, &press.token);
    let is_private = press
        .message
        .flags
        .is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL));
    let done = pressed(data, &caller, &press.data.custom_id, is_private, &mut reply).await;
    data.settle(done, &mut reply).await;
}

pub(super) async fn on_dialogue(data: &Arc<Data>, dialogue: &ModalInteraction) {
    let caller = Caller::of_dialogue(dialogue);
    let mut reply = Reply::to_interaction(&data.outbox, dialogue.id, &dialogue.token);
    let is_private = dialogue.message.as_ref().is_some_and(|message| {
        let flags = message.flags;
        flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL))
    });
    let done = sent(data, &caller, &dialogue.data, is_private, &mut reply).await;
    data.settle(done, &mut reply).await;
}

/// `on_private`: the button hangs on a message that its user alone sees.
async fn pressed(
    data: &Data,
    caller: &Caller,
    id: &str,
    on_private: bool,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.admits_work()?;
    data.limits.admit_light(caller.user, data.now_unix_ms())?;
    let press = Press::parse(id).map_err(|_| UserError::OldButton)?;
    match press {
        Press::More { answer, page } => {
            let message = about(data, caller, answer, move |found| found.more(page)).await?;
            turned(reply, &message, on_private && page_is_turned(&press)).await
        }
        Press::Context(answer) => {
            let message = about(data, caller, answer, |found| found.context()).await?;
            reply.send(&message, true).await.map(drop)?;
            Ok(())
        }
        Press::Why(answer) => {
            let message = about(data, caller, answer, |found| Ok(found.why())).await?;
            reply.send(&message, true).await.map(drop)?;
            Ok(())
        }
        Press::Share(answer) => share(data, caller, answer, reply).await,
        Press::Vote { answer, helpful } => vote(data, caller, answer, helpful, reply).await,
        Press::AskMore(answer) => {
            about(data, caller, answer, |_| Ok(Message::default())).await?;
            let field = question_field("What else do you want to know?");
            reply.dialogue(&press, "Ask more", &[field]).await?;
            Ok(())
        }
        Press::List { library, page } => {
            let message = browse::list(data, caller, library, page).await?;
            turned(reply, &message, on_private).await
        }
        Press::Search { page, words } => {
            let message = browse::search(data, caller, words, page).await?;
            turned(reply, &message, on_private).await
        }
        Press::Show {
            library,
            number,
            page,
        } => {
            let message = browse::show(data, caller, library, number, page).await?;
            turned(reply, &message, on_private).await
        }
        Press::Summary {
            library,
            number,
            n_sentences,
        } => {
            let request = Request::Article { library, number };
            again(data, caller, request, n_sentences, on_private, reply).await
        }
        Press::Topic {
            n_sentences,
            since,
            until,
            words,
        } => {
            let request = Request::Topic {
                words,
                since,
                until,
            };
            again(data, caller, request, n_sentences, on_private, reply).await
        }
        Press::AskOf { .. } => {
            let field = question_field("What do you want to know?");
            reply.dialogue(&press, "Ask about this", &[field]).await?;
            Ok(())
        }
        Press::Forget { user } => {
            if user != caller.user {
                return Err(UserError::NotYours.into());
            }
            // All records of changes are looked through for it, so it counts as a question.
            data.limits.admit(user, None, data.now_unix_ms())?;
            let deleting = data.door.quick(move |engine| {
                let n_changes = engine.forget_actor(user)?;
                Ok(engine.forget_user(user)? + n_changes)
            });
            let message = help::forgotten(deleting.await?);
            reply.send(&message, true).await.map(drop)?;
            Ok(())
        }
        Press::Publish { preview } => editing::publish(data, caller, preview, reply).await,
        Press::Discard { preview } => editing::discard(data, caller, preview, reply).await,
        Press::Undo { number, version } => {
            editing::restore(data, caller, number, Wanted::Undo(version), reply).await
        }
        // The name of a dialogue, which no button has.
        Press::Typed { .. } => Err(UserError::OldButton.into()),
    }
}

/// The field of a dialogue in which a question is typed.
fn question_field(label: &'static str) -> Field {
    Field {
        name: QUESTION,
        label,
        is_long: false,
        min: MIN_CHARS as u16,
        max: MAX_CHARS as u16,
    }
}

/// Whether a press turns the page of a message that shows pages already.
fn page_is_turned(press: &Press) -> bool {
    // The first page is opened by the button under the answer; *Back* to it is rare, and a new
    // message then does no harm.
    !matches!(press, Press::More { page: 0, .. })
}

async fn turned(reply: &mut Reply, message: &Message, in_place: bool) -> Result<(), Failure> {
    match in_place {
        true => reply.replace(message).await?,
        false => reply.send(message, true).await.map(drop)?,
    }
    Ok(())
}

/// `on_private`: the dialogue was opened from a message that its user alone sees.
async fn sent(
    data: &Data,
    caller: &Caller,
    dialogue: &ModalInteractionData,
    on_private: bool,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.admits_work()?;
    data.limits.admit_light(caller.user, data.now_unix_ms())?;
    match Press::parse(&dialogue.custom_id).map_err(|_| UserError::OldButton)? {
        Press::AskMore(answer) => {
            let question = Question::parse(field(dialogue, QUESTION))?;
            let record = checked(data, caller, answer).await?;
            // What was asked in private goes on in private; else as the server wants it.
            let private = (record.answer.asked.private || on_private).then_some(true);
            asking::ask(data, caller, question.following(record), private, reply).await
        }
        Press::AskOf { library, number } => {
            let mut question = Question::parse(field(dialogue, QUESTION))?;
            question.scope.article = (number > 0).then(|| match library {
                true => format!("L{number}"),
                false => number.to_string(),
            });
            asking::ask(data, caller, question, on_private.then_some(true), reply).await
        }
        Press::Typed { replaces } => {
            let replaces = Some(replaces).filter(|number| *number > 0);
            let file = editing::typed(dialogue_fields(dialogue), data.now_unix_ms());
            let (guild, _) = editing::allowed(data, caller).await?;
            reply.defer(true).await?;
            let turn = data.door.begin_load(guild).await?;
            editing::preview(data, caller, turn, vec![file], replaces, reply).await
        }
        _ => Err(UserError::OldButton.into()),
    }
}

/// All that was written into a dialogue: name and text of each field.
fn dialogue_fields(dialogue: &ModalInteractionData) -> impl Fn(&str) -> String + '_ {
    |name| field(dialogue, name).trim().to_owned()
}

/// What was written into a field of a dialogue.
fn field<'a>(dialogue: &'a ModalInteractionData, name: &str) -> &'a str {
    dialogue
        .components
        .iter()
        .flat_map(|row| &row.components)
        .find_map(|component| match component {
            ActionRowComponent::InputText(input) if input.custom_id == name => {
                input.value.as_deref()
            }
            _ => None,
        })
        .unwrap_or_default()
}

/// A stored answer that the caller may use.
async fn checked(data: &Data, caller: &Caller, id: AnswerId) -> Result<AnswerRecord, Failure> {
    let record = data
        .door
        .quick(move |engine| Ok(engine.answer(id)?))
        .await?;
    let record = record.ok_or(UserError::AnswerGone)?;
    caller.may_use(&record.answer.asked)?;
    Ok(record)
}

/// A stored answer with those of its quotes that are still there and still allowed.
struct Found {
    record: AnswerRecord,
    quotes: Vec<(Arc<Article>, QuotedPlace)>,
}

/// Looks an answer up, checks who asks, and renders something about it.
async fn about(
    data: &Data,
    caller: &Caller,
    id: AnswerId,
    render: impl FnOnce(&Found) -> Result<Message, Failure> + Send + 'static,
) -> Result<Message, Failure> {
    let record = checked(data, caller, id).await?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let collections = caller.collections(&settings);
    data.door
        .quick(move |engine| render(&Found::new(engine, record, &collections)?))
        .await
}

impl Found {
    fn new(
        engine: &Engine,
        record: AnswerRecord,
        collections: &[Collection],
    ) -> Result<Found, Failure> {
        let quotes = still_there(engine, &record.answer.quotes, collections)?;
        Ok(Found { record, quotes })
    }

    fn citation(&self, quote_idx: usize) -> Option<Citation<'_>> {
        let (article, place) = self.quotes.get(quote_idx)?;
        let citation = Citation {
            document: &article.document,
            span: place.span,
            bold: place.bold,
        };
        // Of an answer the words are in bold; a nearest passage must not look like one.
        Some(match self.record.answer.verdict {
            Verdict::Answer => citation,
            Verdict::Closest | Verdict::Nothing => Citation {
                bold: crate::document::Span::new(place.bold.start, place.bold.start),
                ..citation
            },
        })
    }

    /// Whether the quote shown as the answer is still there.
    fn has_first(&self) -> bool {
        let first = self.record.answer.quotes.first();
        let there = self.quotes.first();
        first.map(|place| place.document) == there.map(|(_, place)| place.document)
            && first.is_some()
    }

    fn more(&self, page: u32) -> Result<Message, Failure> {
        let is_answer = self.record.answer.verdict == Verdict::Answer;
        let skip = usize::from(is_answer && self.has_first());
        let quotes: Vec<Citation<'_>> = (skip..self.quotes.len())
            .filter_map(|quote_idx| self.citation(quote_idx))
            .collect();
        let n_gone = self.record.answer.quotes.len() - self.quotes.len();
        let verdict = self.record.answer.verdict;
        Ok(view::more(self.record.id, &quotes, verdict, n_gone, page))
    }

    fn context(&self) -> Result<Message, Failure> {
        match self.citation(0).filter(|_| self.has_first()) {
            Some(citation) => Ok(view::context(&citation)),
            None => Err(UserError::AnswerGone.into()),
        }
    }

    fn why(&self) -> Message {
        let reasons: Vec<Reason<'_>> = self
            .quotes
            .iter()
            .map(|(article, place)| Reason {
                document: &article.document,
                why: &place.why,
            })
            .collect();
        let answer = &self.record.answer;
        view::why(&answer.asked_as, answer.confidence, &reasons)
    }
}

/// Shows a private answer to the channel, once: from then on it is public, so that everybody may press
/// its buttons, and a public answer cannot be shown again.
async fn share(
    data: &Data,
    caller: &Caller,
    id: AnswerId,
    reply: &mut Reply,
) -> Result<(), Failure> {
    let record = checked(data, caller, id).await?;
    if !record.answer.asked.private {
        return Err(UserError::Shared.into());
    }
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    if !caller.is_public_here(&settings) {
        return Err(UserError::ElsewhereOnly {
            channels: settings.channels.clone(),
        }
        .into());
    }
    let collections = caller.collections(&settings);
    let message = data
        .door
        .quick(move |engine| {
            let found = Found::new(engine, record, &collections)?;
            let citation = found
                .citation(0)
                .filter(|_| found.has_first() && found.record.answer.verdict == Verdict::Answer);
            let citation = citation.ok_or(UserError::AnswerGone)?;
            let n_copies = found
                .quotes
                .first()
                .map_or(0, |(_, place)| place.why.also_in);
            let answer = &found.record.answer;
            let message = view::answer(&view::AnswerView {
                id,
                outcome: crate::answer::Outcome::Answer,
                first: Some((citation, n_copies as usize)),
                n_quotes: found.quotes.len(),
                question: &answer.question,
                asked_as: Some(&answer.asked_as),
                shared_by: Some(answer.asked.asker),
                nearest: Vec::new(),
                is_private: false,
            });
            // Of two presses one shows it.
            match engine.set_answer_private(id, false)? {
                true => Ok(message),
                false => Err(UserError::Shared.into()),
            }
        })
        .await?;
    if let Err(error) = reply.send(&message, false).await {
        // It may be tried again.
        let undone = data
            .door
            .quick(move |engine| Ok(engine.set_answer_private(id, true)?));
        undone.await?;
        return Err(error.into());
    }
    Ok(())
}

async fn vote(
    data: &Data,
    caller: &Caller,
    id: AnswerId,
    helpful: bool,
    reply: &mut Reply,
) -> Result<(), Failure> {
    checked(data, caller, id).await?;
    let (user, now) = (caller.user, data.now_unix_ms());
    data.door
        .quick(move |engine| Ok(engine.vote(id, user, helpful, now)?))
        .await?;
    reply.send(&notice::thanks(helpful), true).await?;
    Ok(())
}
