"""Small passages of two opposite acts, written by template, with a question that names one of them in other words.

"Northam council agreed to a new tram line but would not accept the sale of the park." what did Northam council refuse?
-> "the sale of the park". If the act asked for is not in the passage the question has no answer there. This teaches
opposites and their many names at once, which rules over found text cannot: it is neither all trust nor all mistrust.
Nothing here is worded after the sanity set, the relevance test or the articles of `corpus/`: those measure whether this carries
over. It was not always so. Readers up to v3c were trained with a template ("… confirmed that … but noted that …") and a phrase
("did not endorse") worded after the article on the call of Putin and Trump, whose refusal both sets ask for; so of them, that
question says less. rewrite.py has the phrase still, among many, where a text says "rejected" or "opposed".
"""

import random

PEOPLE = """Marta Lind|President Osei|Ravi Menon|Governor Hale|Prime Minister Toth|Elena Duarte|Mayor Whitcombe|Sir Alan Pryce|Chancellor Weiss|
Senator Okafor|Jonas Berg|Minister Castellano|Queen Ingrid|General Abbas|Dr Yamada|Ambassador Kline|Nadia Rahman|Pope Clement|Tsar Alexander|Premier Zhao|
Amir Haddad|Justice Moreau|Captain Flint|Lucy Adeyemi|King Harald|Secretary Novak|Carlos Vega|Sheikh Omar|Hannah Stone|Foreign Minister Petrov""".replace("\n", "").split("|")
GROUPS = """the council|the union|Brightwater|the central bank|Tervia|the committee|Harlow United|the hospital board|the teachers|Ostrava Steel|the Senate|
the board|Veridia|the city of Lund|the company|the government|the opposition|the rebels|the airline|the court|Moldania|the students|Kestrel Energy|the church|the publisher""".replace("\n", "").split("|")
PLANS = """the wider trade deal|an end to the boycott|a shorter working week|the sale of the harbour|a new tram line|higher fees for parking|the merger with its rival|a ban on night flights|
a pay rise of four per cent|the proposed pipeline|an inquiry into the fire|a tax on sugar|the closure of two schools|a levy of thirty crowns|the border treaty|the demand for early elections|
an exchange of prisoners|the offer of a loan|a limit on rents|free travel for pensioners|the return of the sculptures|a second runway|the draft budget|an invitation to the summit|a tariff on imported steel|
the plan to widen the road|the transfer of the archive|a joint patrol at sea|a cut in interest rates|the request for asylum|a visit by inspectors|the amended constitution|the master plan drawn up by engineers|
a break in the season|the extension of the contract|a fund for flood victims|access to the eastern port|the resignation of the finance chief|longer opening hours|an apology to the families""".replace("\n", "").split("|")
THINGS = """a paper mill in the north|forty electric buses|two cargo ships|the old customs house|a chain of bakeries|the rights to the novel|a vineyard near the coast|its stake in a phone maker|a stone bridge over the Arno|
the summer palace|a wind farm off the cape|three helicopters|a collection of early maps|the printing works|a stretch of forest|the regional newspaper|an apartment block by the station|a small film studio""".replace("\n", "").split("|")
PERSONS = """a former judge|the head of research|two senior editors|the goalkeeper|a young architect|the deputy director|the team's doctor|eleven protesters|a retired admiral|the finance chief|
three engineers|the spokesman|a local journalist|the choir master|her chief of staff|a group of volunteers|the night watchman|an opposition leader""".replace("\n", "").split("|")
EVENTS = """the book fair|a strike at the docks|the search for survivors|evening classes in Welsh|the spring festival|a ferry service to the islands|a campaign against litter|work on the tunnel|the export of grain|
its weekly radio show|a trial of driverless trams|the public hearings|talks with the miners|a survey of the seabed""".replace("\n", "").split("|")

# objects, then the two poles. A pole: what the passage says (past tense), what the question says ("did … VERB"), what
# "who VERB …" says (past). Passage and question forms are drawn apart, so most pairs share no verb.
CLASSES = [
    (PLANS, (
        "agreed to|accepted|approved|backed|endorsed|said yes to|signed up to|consented to|welcomed|gave the green light to|voted for|supported",
        "agree to|accept|approve|support|back|endorse|say yes to|welcome", "agreed to|accepted|approved|backed|supported",
    ), (
        "rejected|turned down|gave no backing to|did not accept|would not agree to|refused|declined to support|opposed|said no to|did not approve|ruled out|was not willing to accept|dismissed|voted against|balked at|stopped short of endorsing|withheld support for",
        "refuse|reject|turn down|not accept|oppose|not agree to|decline|say no to|not endorse|refuse|rule out", "refused|rejected|turned down|opposed|did not agree to",
    )),
    (THINGS, ("bought|acquired|purchased|took over|paid for", "buy|acquire|purchase|get", "bought|acquired|purchased"),
             ("sold|disposed of|parted with|auctioned off|put up for sale", "sell|get rid of|dispose of|part with", "sold|got rid of")),
    (THINGS, ("built|put up|constructed|restored|repaired", "build|construct|repair|restore", "built|constructed|restored"),
             ("pulled down|tore down|burned down|wrecked|demolished", "destroy|demolish|tear down|ruin", "destroyed|demolished")),
    (PERSONS, ("hired|took on|appointed|brought in|recruited", "hire|employ|recruit|appoint", "hired|recruited|appointed"),
              ("dismissed|sacked|let go|fired|removed", "fire|sack|dismiss|get rid of", "fired|dismissed|sacked")),
    (PERSONS, ("praised|paid tribute to|commended|spoke warmly of|applauded", "praise|commend|compliment", "praised|commended"),
              ("criticised|condemned|found fault with|denounced|attacked in a speech", "criticize|condemn|blame|denounce", "criticized|condemned")),
    (PERSONS, ("released|freed|let out|pardoned", "free|release|set free", "freed|released"),
              ("detained|arrested|took into custody|jailed|locked up", "arrest|detain|imprison|jail", "arrested|detained|imprisoned")),
    (EVENTS, ("began|launched|opened|set in motion|kicked off", "start|begin|launch|set up", "started|began|launched"),
             ("called off|ended|put a stop to|suspended|scrapped|halted|wound up", "stop|end|cancel|halt|scrap", "stopped|ended|cancelled")),
    (EVENTS, ("allowed|permitted|authorised|gave leave for", "allow|permit|authorize", "allowed|permitted"),
             ("banned|forbade|outlawed|prohibited|did not permit", "ban|forbid|prohibit|not allow|outlaw", "banned|prohibited|did not allow")),
]  # fmt: skip
REPORTERS = ["The statement", "A spokeswoman", "Reuters", "The ministry", "An aide", "State television", "The official account", "Observers"]
JOINS = [
    "{A} {va} {a} but {vb} {b}.", "{A} {va} {a}. However, {A} {vb} {b}.", "{R} listed two decisions: {A} {va} {a}, and {A} {vb} {b}.",
    "Within {n} weeks {A} {va} {a}. Then, against the advice of {O}, {A} {vb} {b}. {R} called it a surprise.", "{A}, which had {n} weeks to decide, {va} {a}; it {vb} {b}.",
    "While {A} {va} {a}, {O} {va2} {c}. On the same day {A} {vb} {b}.", "In {m}, {A} {va} {a}. By {y}, pressed by {O}, {A} {vb} {b}.",
]  # fmt: skip
SINGLE = ["In {m}, {A} {va} {a}.", "{R} said that {A} {va} {a} after {n} days.", "{A} {va} {a}, which {O} had put forward."]


def _pick(forms: str, rng: random.Random) -> str:
    return rng.choice(forms.split("|"))


def make(fillers: list[str], rng: random.Random) -> tuple[str, str, tuple[int, int] | None]:
    """(question, passage, answer range or None); `fillers` are sentences of other text to stand around."""
    objects, *poles = rng.choice(CLASSES + CLASSES[:1] * 4)
    rng.shuffle(poles)
    said, asked = poles
    a, b, c = rng.sample(objects, 3)
    who, other = rng.sample(PEOPLE + GROUPS, 2)
    fields = {
        "A": who, "O": other, "R": rng.choice(REPORTERS), "n": rng.choice(["two", "three", "five", "six"]), "m": rng.choice(["March", "June", "October"]),
        "y": str(rng.randint(1950, 2025)), "a": a, "b": b, "c": c, "va": _pick(said[0], rng), "va2": _pick(said[0], rng), "vb": _pick(asked[0], rng),
    }  # fmt: skip
    answered = rng.random() < 0.72
    made = rng.choice(JOINS if answered else SINGLE).format(**fields)
    made = made[0].upper() + made[1:]
    before, after = (" ".join(rng.sample(fillers, rng.choice((0, 1, 1, 2)))) for _ in range(2))
    passage = " ".join(x for x in (before, made, after) if x)
    if rng.random() < 0.25 and answered:
        question, answer = f"Who {_pick(asked[2], rng)} {b}?", who
    else:
        name = who if rng.random() < 0.75 or " " not in who or who.startswith("the ") else who.split()[-1]
        verb = _pick(asked[1], rng)
        question, answer = rng.choice([f"What did {name} {verb}?", f"what did {name} {verb}"]), b
    if not answered:
        return question, passage, None
    at = passage.lower().find(answer.lower(), len(before))
    return question, passage, (at, at + len(answer))
