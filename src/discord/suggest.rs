//! Titles offered while somebody types.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use super::caller::Caller;
use super::commands::Context;
use super::render::escape::shortened;
use crate::document::Collection;

/// Choices in a list, by Discord's rule.
pub(super) const MAX_CHOICES: usize = 25;
/// Characters of a choice, by Discord's rule.
pub(super) const MAX_CHOICE_CHARS: usize = 100;

/// Articles the asker may be answered from, for what was typed so far.
pub(super) async fn titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offered(ctx, typed, |_, collections| Some(collections)).await
}

/// Articles the asker may change, for what was typed so far; none for those who may not change any.
pub(super) async fn own_titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offered(ctx, typed, |caller, collections| {
        caller.is_manager_or_editor.then(|| {
            collections
                .into_iter()
                .filter(|collection| *collection != Collection::Library)
                .collect()
        })
    })
    .await
}

/// What a filter of collections may look at.
struct Rights {
    is_manager_or_editor: bool,
}

async fn offered(
    ctx: Context<'_>,
    typed: &str,
    choose: impl FnOnce(&Rights, Vec<Collection>) -> Option<Vec<Collection>>,
) -> CreateAutocompleteResponse {
    CreateAutocompleteResponse::new().set_choices(choices(ctx, typed, choose).await)
}

async fn choices(
    ctx: Context<'_>,
    typed: &str,
    choose: impl FnOnce(&Rights, Vec<Collection>) -> Option<Vec<Collection>>,
) -> Vec<AutocompleteChoice> {
    let data = ctx.data();
    let caller = Caller::of_command(ctx.interaction);
    if !data.limits.admits_typing(caller.user, data.now_unix_ms()) {
        return Vec::new();
    }
    let Ok(settings) = data.guilds.of(caller.guild, &data.door).await else {
        return Vec::new();
    };
    let rights = Rights {
        is_manager_or_editor: caller.edits(&settings).is_ok(),
    };
    let Some(collections) = choose(&rights, caller.collections(&settings)) else {
        return Vec::new();
    };
    let typed = typed.to_owned();
    let found = data
        .door
        .quick(move |engine| Ok(engine.titles(&collections, &typed, MAX_CHOICES)?))
        .await;
    match found {
        Ok(hits) => hits
            .into_iter()
            .map(|hit| {
                let name = hit.reference.to_string();
                let room = MAX_CHOICE_CHARS - name.len() - " ()".len();
                let title = shortened(&hit.title, room);
                AutocompleteChoice::new(format!("{title} ({name})"), name)
            })
            .collect(),
        Err(failure) => {
            // Nothing can be told here: a list is all that Discord takes.
            tracing::warn!(%failure, "no titles could be offered");
            Vec::new()
        }
    }
}
