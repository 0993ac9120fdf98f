"""Ten paraphrased questions with short passages, all written here: looked at by eye at every checkpoint, never trained on.

Each is (question, passage that answers, words the answer must hold, a distractor, a distractor). A reader that earns its
caution by mistrusting paraphrase shows it here first.
"""

PUTIN = (
    "In a call of about two hours on 18 March 2025, Vladimir Putin and Donald Trump agreed on a halt to strikes on energy and "
    "infrastructure. The White House confirmed the pause but noted that Putin did not endorse the broader 30-day ceasefire that "
    "Trump had proposed. Technical talks are to continue, followed by a maritime ceasefire in the Black Sea."
)
CASES = [
    ("what did Putin refuse?", PUTIN, "ceasefire",
     "Zelensky supported the pause and said that Ukraine would honour it. Ukraine had hit Russian oil facilities with long-range drones.",
     "Putin stressed a halt to foreign military aid, a point that the White House statement did not address. The two also spoke about the Middle East and a hockey match."),
    ("Who lost his job at the bank?", "The board of Halden Bank met on Friday. It removed chief executive Erik Moe with immediate effect after the auditors' report.", "Erik Moe",
     "Halden Bank opened 40 branches last year. Chief executive Erik Moe praised the staff.", "The central bank left its main rate at 4 per cent on Friday."),
    ("How many people died in the flood?", "Heavy rain burst two dams above the town on Sunday. The waters claimed 27 lives, and 300 homes were swept away.", "27",
     "After the flood, volunteers rebuilt 120 homes in six weeks.", "About 4,000 people watched the film on its first evening."),
    ("When did the museum open its doors?", "The house of modern art was designed by two sisters. It welcomed its first visitors in May 1998.", "1998",
     "The museum owns 1,200 paintings and lends them to schools.", "The shop opens at nine and closes at six."),
    ("Why was the match called off?", "Players had warmed up for twenty minutes. Because of lightning over the stadium, the referee abandoned the game before half-time.", "lightning",
     "The match ended two goals each after extra time.", "The referee has led 200 games since 2010."),
    ("What does the company sell?", "Founded in 2003 in Turin, Lumo employs 80 people. Its main product is a folding bicycle for commuters.", "bicycle",
     "The company moved to Turin in 2003. Its founder studied law.", "Bakers in the region sell bread at markets on Saturdays."),
    ("Which country rejected the treaty?", "Eleven states signed in Geneva on Tuesday. Norland stayed away and said it could not accept the text.", "Norland",
     "The treaty has 48 articles and took six years to write.", "Eleven states signed a trade deal in 2011."),
    ("How much did the repairs cost?", "Storms had torn off part of the roof. The parish spent 85,000 euros on putting it right.", "85,000",
     "Repairs to the roof began in spring and ended in autumn.", "A ticket for the tower costs four euros."),
    ("What did the minister deny?", "Asked about the letter, the health minister said it was not true that she had met the lobbyists. She will publish her diary next week.", "lobbyists",
     "The health minister will visit three hospitals next week.", "The minister for transport promised two new railway lines."),
    ("Where was the suspect caught?", "Police had searched for the driver for three days. Officers arrested the man at a petrol station outside Lyon.", "Lyon",
     "Police are still looking for the suspect, who drove a red van.", "The driver was born in Nice and worked in Marseille."),
]  # fmt: skip
