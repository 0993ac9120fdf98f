//! Titles offered while somebody types.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use super::caller::Caller;
use super::commands::Context;
use super::error::Failure;
use super::render::escape::shortened;
use crate::document::Collection;
use crate::engine::{Engine, Page};
use crate::store::GuildSettings;

/// Choices in a list, by Discord's rule.
pub(super) const MAX_CHOICES: usize = 25;
/// Characters of a choice, by Discord's rule.
pub(super) const MAX_CHOICE_CHARS: usize = 100;
/// Removed articles looked through for a list.
const MAX_REMOVED: u64 = 500;

/// Articles the asker may be answered from, for what was typed so far.
pub(super) async fn titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offered(ctx, typed, |caller, settings| {
        Some(caller.collections(settings))
    })
    .await
}

/// The guild's own articles, for what was typed so far; none for those who may not change them.
pub(super) async fn own_titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offered(ctx, typed, |caller, settings| {
        let guild = caller.edits(settings).ok()?;
        Some(vec![Collection::Guild(guild)])
    })
    .await
}

/// Articles that were removed, the last first, for what was typed so far; none for those who may not
/// bring them back.
pub(super) async fn removed_titles(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.to_lowercase();
    let found = looked_up(
        ctx,
        |caller, settings| caller.edits(settings).ok(),
        move |engine, guild| {
            let removed = engine.removed(Collection::Guild(guild), Page::first(MAX_REMOVED))?;
            Ok(removed
                .into_iter()
                .filter(|version| {
                    version.title.to_lowercase().contains(&typed)
                        || version.reference.to_string().starts_with(&typed)
                })
                .take(MAX_CHOICES)
                .map(|version| {
                    let name = choice(&version.title, &version.reference.to_string());
                    AutocompleteChoice::new(name, version.reference.number)
                })
                .collect())
        },
    );
    CreateAutocompleteResponse::new().set_choices(found.await)
}

async fn offered(
    ctx: Context<'_>,
    typed: &str,
    choose: impl FnOnce(&Caller, &GuildSettings) -> Option<Vec<Collection>>,
) -> CreateAutocompleteResponse {
    let typed = typed.to_owned();
    let found = looked_up(ctx, choose, move |engine, collections| {
        let hits = engine.titles(&collections, &typed, MAX_CHOICES)?;
        Ok(hits
            .into_iter()
            .map(|hit| {
                let name = hit.reference.to_string();
                AutocompleteChoice::new(choice(&hit.title, &name), name)
            })
            .collect())
    });
    CreateAutocompleteResponse::new().set_choices(found.await)
}

/// Runs a look-up for those who may; nothing can be told here, so whatever fails offers nothing.
async fn looked_up<T: Send + 'static>(
    ctx: Context<'_>,
    may: impl FnOnce(&Caller, &GuildSettings) -> Option<T>,
    look: impl FnOnce(&Engine, T) -> Result<Vec<AutocompleteChoice>, Failure> + Send + 'static,
) -> Vec<AutocompleteChoice> {
    let data = ctx.data();
    let caller = Caller::of_command(ctx.interaction);
    if !data.limits.admits_typing(caller.user, data.now_unix_ms()) {
        return Vec::new();
    }
    let Ok(settings) = data.guilds.of(caller.guild, &data.door).await else {
        return Vec::new();
    };
    let Some(scope) = may(&caller, &settings) else {
        return Vec::new();
    };
    let found = data.door.quick(move |engine| look(engine, scope)).await;
    found.unwrap_or_else(|failure| {
        tracing::warn!(%failure, "nothing could be offered");
        Vec::new()
    })
}

/// A title with its short name, as long as a choice may be.
fn choice(title: &str, name: &str) -> String {
    let room = MAX_CHOICE_CHARS - name.len() - " ()".len();
    format!("{} ({name})", shortened(title, room))
}

#[cfg(test)]
mod tests {
    use super::super::render::hostile;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_title_is_cut_at_a_word_and_keeps_its_number() {
        let title = "word ".repeat(40);
        let shown = choice(&title, "L12");
        assert!(shown.ends_with("word… (L12)"), "{shown}");
        assert!(
            (95..=MAX_CHOICE_CHARS).contains(&shown.chars().count()),
            "{shown}"
        );
        assert_eq!(choice("Talks end", "12"), "Talks end (12)");
    }

    proptest! {
        #[test]
        fn choices_are_as_long_as_discord_allows(title in hostile::title(), number in any::<u32>()) {
            let shown = choice(&title, &format!("L{number}"));
            prop_assert!((1..=MAX_CHOICE_CHARS).contains(&shown.chars().count()), "{shown}");
        }
    }
}
