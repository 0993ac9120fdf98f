//! What the measurements ask.

use crate::articles::Articles;

/// Questions as readers of news put them; few of them are answered by a given collection, which is
/// the case that costs most.
const NEWS: [&str; 40] = [
    "what did Putin refuse?",
    "who won the election?",
    "how much did profits rise last year?",
    "why did the shares fall?",
    "when will the new plant open?",
    "who is the new chief executive?",
    "what did the prime minister say about taxes?",
    "how many people were killed in the earthquake?",
    "which team won the cup final?",
    "what caused the crash?",
    "how long will the strike last?",
    "who scored the winning goal?",
    "what is the inflation rate?",
    "why was the merger blocked?",
    "how many jobs will be cut?",
    "what did the court decide?",
    "when does the ceasefire begin?",
    "how much oil does OPEC produce?",
    "who directed the film that won the award?",
    "what did the central bank do with interest rates?",
    "how fast is the new broadband service?",
    "which countries signed the agreement?",
    "why did the minister resign?",
    "how much wheat was exported to the Soviet Union?",
    "what is the price of crude oil?",
    "who bought the airline?",
    "how many mobile phones were sold?",
    "what did scientists find on Mars?",
    "when was the vaccine approved?",
    "why is the dollar weak?",
    "how big is the trade deficit with Japan?",
    "what did the company announce on Friday?",
    "who will replace the coach?",
    "how many copies did the game sell?",
    "what does the new law forbid?",
    "where was the suspect arrested?",
    "how much money did the charity raise?",
    "did the bank agree to the takeover bid?",
    "which record did the runner break?",
    "what are analysts expecting for next quarter?",
];

/// `n` questions: those above, then titles of articles as questions, evenly spread.
pub(crate) fn questions(articles: &Articles, n: usize) -> Vec<String> {
    let n_titles = n.saturating_sub(NEWS.len()).max(1);
    let step = (articles.n_sources() / n_titles).max(1);
    let titles = (0..n_titles).map(|idx| {
        let title = articles.get(idx * step).title;
        let title: String = title.chars().take(200).collect();
        format!("what is known about {}?", title.trim_end_matches('.'))
    });
    NEWS.iter()
        .map(|question| (*question).to_owned())
        .chain(titles)
        .take(n)
        .collect()
}
