use super::*;
use proptest::prelude::*;

const PUTIN: Earlier<'_> = Earlier {
    question: "what did Putin refuse?",
    quote: Some(
        "The White House confirmed the step but noted that Putin did not endorse the broader \
             30-day ceasefire that Trump had proposed.",
    ),
    title: Some("Putin agrees to halt energy strikes after call with Trump"),
};

#[test]
fn follow_ups_are_completed() {
    let cup = "who won the World Cup in 2022?";
    let quake = "how many people died in the earthquake?";
    for (before, question, expected) in [
        (PUTIN.question, "and when?", "when did Putin refuse"),
        (
            PUTIN.question,
            "When exactly?",
            "when exactly did Putin refuse",
        ),
        (PUTIN.question, "why?", "why did Putin refuse"),
        (PUTIN.question, "but why not?", "why not did Putin refuse"),
        (PUTIN.question, "who else?", "who else did Putin refuse"),
        (
            PUTIN.question,
            "what about Zelensky?",
            "what did Zelensky refuse",
        ),
        (PUTIN.question, "and Trump?", "what did Trump refuse"),
        (PUTIN.question, "und wann?", "wann did Putin refuse"),
        (
            "what did putin refuse",
            "how about zelensky",
            "what did zelensky refuse",
        ),
        (cup, "and in 2018?", "who won the World Cup in 2018"),
        (cup, "where?", "where won the World Cup in 2022"),
        (quake, "where?", "where people died in the earthquake"),
        (
            PUTIN.question,
            "did he agree to anything?",
            "did Putin agree to anything",
        ),
        (
            PUTIN.question,
            "what did his spokesman say?",
            "what did Putin's spokesman say",
        ),
        (
            PUTIN.question,
            "what happened next?",
            "what happened next | Putin refuse",
        ),
        (
            PUTIN.question,
            "how many people died in the quake?",
            "how many people died in the quake | Putin",
        ),
        (
            PUTIN.question,
            "how long was it?",
            "how long was it | Putin refuse",
        ),
        // With a name it says enough, and may be meant of the article as well: it stays as it was typed.
        (PUTIN.question, " Who leads Mexico? ", "Who leads Mexico?"),
        (
            PUTIN.question,
            "what did Zelensky say?",
            "what did Zelensky say?",
        ),
        (
            PUTIN.question,
            "and what did Zelensky say?",
            "what did Zelensky say",
        ),
        (PUTIN.question, "who won the 2022 World Cup?", ""),
        (PUTIN.question, "", ""),
        ("", "when?", ""),
    ] {
        let earlier = Earlier {
            question: before,
            ..PUTIN
        };
        let (there, more) = expected.split_once(" | ").unwrap_or((expected, ""));
        let rewritten = rewrite(question, &earlier);
        let expected = (!there.is_empty()).then(|| Rewritten {
            alone: format!("{there} {more}").trim().to_owned(),
            there: there.to_owned(),
        });
        assert_eq!(rewritten, expected, "{question}");
    }
}

proptest! {
    #[test]
    fn rewriting_never_panics(question in any::<String>(), before in any::<String>(), quote in any::<String>()) {
        let earlier = Earlier { question: &before, quote: Some(&quote), title: None };
        let _ = rewrite(&question, &earlier);
    }
}

#[test]
fn what_leans_on_the_question_before_is_told_from_what_stands_alone() {
    for question in [
        "and when?",
        "When exactly?",
        "what about Zelensky?",
        "how long was it?",
        "what did he say?",
        "But who paid for the bridge?",
    ] {
        assert!(leans(question), "{question}");
    }
    for question in [
        "who found the xz backdoor?",
        "When did Finland join NATO?",
        "why did the bridge collapse?",
        "did she marry Macron?",
        "Zelensky?",
        "please tell me who founded microsoft",
        "is it illegal to jaywalk in town?",
        "what time is it in Lisbon?",
        "",
    ] {
        assert!(!leans(question), "{question}");
    }
}
