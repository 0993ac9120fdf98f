//! Names and descriptions of commands in other languages: German, French, Spanish, Brazilian
//! Portuguese and Italian.
//!
//! One table, so that a translator sees all of it. A path names a command (`ask`), a subcommand
//! (`articles list`) or an option (`ask question`). Discord wants names in lower case, 1 to 32
//! characters, descriptions of 1 to 100; a test checks that, and that nothing is missing.

use std::borrow::Cow;

use super::commands::Command;

/// The languages, as Discord writes them, in the order of the table's columns.
pub(super) const LOCALES: [&str; 5] = ["de", "fr", "es-ES", "pt-BR", "it"];

/// A name and a description in one language.
type Words = (&'static str, &'static str);

/// One command, subcommand or option in every language.
type Line = (&'static str, [Words; LOCALES.len()]);

const TABLE: &[Line] = &[
    (
        "ask",
        [
            (
                "fragen",
                "Stelle eine Frage; Artikel antworten in ihren eigenen Worten",
            ),
            (
                "demander",
                "Pose une question ; les articles répondent avec leurs propres mots",
            ),
            (
                "preguntar",
                "Haz una pregunta; los artículos responden con sus propias palabras",
            ),
            (
                "perguntar",
                "Faça uma pergunta; os artigos respondem com suas próprias palavras",
            ),
            (
                "chiedi",
                "Fai una domanda; gli articoli rispondono con le loro parole",
            ),
        ],
    ),
    (
        "ask question",
        [
            ("frage", "Deine Frage"),
            ("question", "Ta question"),
            ("pregunta", "Tu pregunta"),
            ("pergunta", "Sua pergunta"),
            ("domanda", "La tua domanda"),
        ],
    ),
    (
        "ask article",
        [
            ("artikel", "Nur diesen Artikel fragen"),
            ("article", "Interroger cet article seulement"),
            ("artículo", "Preguntar solo a este artículo"),
            ("artigo", "Perguntar só a este artigo"),
            ("articolo", "Interroga solo questo articolo"),
        ],
    ),
    (
        "ask since",
        [
            ("seit", "Nur Artikel ab diesem Tag, etwa 2025-03-18"),
            (
                "depuis",
                "Articles de ce jour ou plus récents, par exemple 2025-03-18",
            ),
            (
                "desde",
                "Solo artículos desde este día, por ejemplo 2025-03-18",
            ),
            (
                "desde",
                "Só artigos a partir deste dia, por exemplo 2025-03-18",
            ),
            (
                "dal",
                "Solo articoli da questo giorno, per esempio 2025-03-18",
            ),
        ],
    ),
    (
        "ask until",
        [
            ("bis", "Nur Artikel bis zu diesem Tag, etwa 2025-03-18"),
            (
                "jusque",
                "Articles de ce jour ou plus anciens, par exemple 2025-03-18",
            ),
            (
                "hasta",
                "Solo artículos hasta este día, por ejemplo 2025-03-18",
            ),
            ("até", "Só artigos até este dia, por exemplo 2025-03-18"),
            (
                "al",
                "Solo articoli fino a questo giorno, per esempio 2025-03-18",
            ),
        ],
    ),
    (
        "ask private",
        [
            ("privat", "Die Antwort nur dir zeigen"),
            ("privé", "Montrer la réponse à toi seul"),
            ("privado", "Mostrar la respuesta solo a ti"),
            ("privado", "Mostrar a resposta só a você"),
            ("privato", "Mostra la risposta solo a te"),
        ],
    ),
    (
        "summary",
        [
            (
                "zusammenfassung",
                "Einen Artikel oder ein Thema in den eigenen Sätzen der Artikel zusammenfassen",
            ),
            (
                "résumé",
                "Résumer un article ou un sujet avec les phrases mêmes des articles",
            ),
            (
                "resumen",
                "Resumir un artículo o un tema con las frases de los propios artículos",
            ),
            (
                "resumo",
                "Resumir um artigo ou um tema com as frases dos próprios artigos",
            ),
            (
                "riassunto",
                "Riassumi un articolo o un tema con le frasi degli articoli stessi",
            ),
        ],
    ),
    (
        "digest",
        [
            ("überblick", "Die wichtigsten neuen Artikel, je ein Satz"),
            (
                "bulletin",
                "Les articles récents les plus importants, une phrase chacun",
            ),
            (
                "boletín",
                "Los artículos recientes más importantes, una frase cada uno",
            ),
            (
                "boletim",
                "Os artigos recentes mais importantes, uma frase cada",
            ),
            (
                "rassegna",
                "Gli articoli recenti più importanti, una frase ciascuno",
            ),
        ],
    ),
];

/// Adds the table's words to commands, their subcommands and options. What the table does not list
/// stays English.
pub(super) fn apply(commands: &mut [Command]) {
    for command in commands {
        localise(command, "");
    }
}

fn localise(command: &mut Command, parent: &str) {
    let path = match parent {
        "" => command.name.to_string(),
        parent => format!("{parent} {}", command.name),
    };
    if let Some(words) = words(&path) {
        command.name_localizations = column(words, |(name, _)| name);
        command.description_localizations = column(words, |(_, description)| description);
    }
    for parameter in &mut command.parameters {
        if let Some(words) = self::words(&format!("{path} {}", parameter.name)) {
            parameter.name_localizations = column(words, |(name, _)| name);
            parameter.description_localizations = column(words, |(_, description)| description);
        }
    }
    for subcommand in &mut command.subcommands {
        localise(subcommand, &path);
    }
}

fn words(path: &str) -> Option<&'static [Words; LOCALES.len()]> {
    TABLE
        .iter()
        .find(|(listed, _)| *listed == path)
        .map(|(_, words)| words)
}

fn column(
    words: &[Words; LOCALES.len()],
    part: impl Fn(Words) -> &'static str,
) -> Cow<'static, [(Cow<'static, str>, Cow<'static, str>)]> {
    LOCALES
        .iter()
        .zip(words)
        .map(|(locale, words)| (Cow::Borrowed(*locale), Cow::Borrowed(part(*words))))
        .collect()
}
