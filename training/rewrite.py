"""Question rewriting by rules: what keeps the answer (synonyms, typos, shortening) and what takes it away (near-misses).

The two sides balance each other. Near-misses alone teach the reader to mistrust every word it does not find in the
passage, which loses "what did Putin refuse?" -> "did not endorse"; synonyms alone teach it to answer anything.
"""

import random
import re

from text import STOPWORDS

# One row a meaning. Every word is written as base|third person|past|participle, or as one form when it does not inflect.
_VERBS = """
refuse reject decline; turn_down|turns_down|turned_down|turned_down
approve accept back support endorse|endorses|endorsed|endorsed
begin|begins|began|begun start launch commence
end finish conclude; stop|stops|stopped|stopped halt
buy|buys|bought|bought purchase acquire
build|builds|built|built construct erect|erects|erected|erected
create produce make|makes|made|made
show|shows|showed|shown demonstrate reveal
say|says|said|said state declare announce
want seek|seeks|sought|sought
help aid|aids|aided|aided assist|assists|assisted|assisted
use employ|employs|employed|employed utilize
receive get|gets|got|gotten obtain|obtains|obtained|obtained gain|gains|gained|gained
happen|happens|happened|happened occur|occurs|occurred|occurred; take_place|takes_place|took_place|taken_place
live reside
try|tries|tried|tried attempt|attempts|attempted|attempted
choose|chooses|chose|chosen select|selects|selected|selected pick|picks|picked|picked
destroy|destroys|destroyed|destroyed ruin|ruins|ruined|ruined wreck|wrecks|wrecked|wrecked
discover|discovers|discovered|discovered find|finds|found|found uncover|uncovers|uncovered|uncovered
lead|leads|led|led head|heads|headed|headed
increase rise|rises|rose|risen grow|grows|grew|grown
decrease fall|falls|fell|fallen drop|drops|dropped|dropped shrink|shrinks|shrank|shrunk
allow|allows|allowed|allowed permit|permits|permitted|permitted let|lets|let|let
ban|bans|banned|banned prohibit|prohibits|prohibited|prohibited forbid|forbids|forbade|forbidden outlaw|outlaws|outlawed|outlawed
criticize condemn|condemns|condemned|condemned denounce
dismiss|dismisses|dismissed|dismissed fire sack|sacks|sacked|sacked
hire recruit|recruits|recruited|recruited
abandon|abandons|abandoned|abandoned; give_up|gives_up|gave_up|given_up
injure hurt|hurts|hurt|hurt wound|wounds|wounded|wounded
give|gives|gave|given grant|grants|granted|granted provide
own|owns|owned|owned possess|possesses|possessed|possessed
join|joins|joined|joined enter|enters|entered|entered
leave|leaves|left|left depart|departs|departed|departed quit|quits|quit|quit
need|needs|needed|needed require
defeat|defeats|defeated|defeated beat|beats|beat|beaten
kill|kills|killed|killed slay|slays|slew|slain murder|murders|murdered|murdered
die; pass_away|passes_away|passed_away|passed_away
request|requests|requested|requested demand|demands|demanded|demanded; ask_for|asks_for|asked_for|asked_for
repair|repairs|repaired|repaired fix|fixes|fixed|fixed
travel|travels|traveled|traveled journey|journeys|journeyed|journeyed
reach|reaches|reached|reached; arrive_at|arrives_at|arrived_at|arrived_at
name call|calls|called|called
think|thinks|thought|thought believe
publish|publishes|published|published release
attack|attacks|attacked|attacked strike|strikes|struck|struck
replace; take_over_from|takes_over_from|took_over_from|taken_over_from succeed|succeeds|succeeded|succeeded
promise pledge
agree; consent|consents|consented|consented
"""
_WORDS = """
city town; country nation; leader head; movie film; author writer; job occupation profession; conflict war;
agreement deal pact accord; company firm business; corporation company; child kid; children kids; doctor physician;
illness disease; type kind sort; reason cause; goal aim purpose; region area; portion part; student pupil;
lawyer attorney; meeting summit; talks negotiations; big large; small little; important significant; major main;
famous well-known; fast quick; former previous; amount quantity; method way; opponent rival; soldiers troops;
prison jail; law statute; street road; home house; money funds; salary pay; people persons; beginning start;
approximately about roughly; biggest largest; smallest tiniest; oldest earliest; wealthy rich; initially originally;
primary main; currently now; frequently often; nearly almost; entire whole; difficult hard; task job; cars automobiles;
"""
# Negated paraphrases of refusing: for the auxiliary form "did X refuse" only.
_REFUSE = ["not accept", "not agree to", "not endorse", "not support", "not approve", "reject", "decline", "refuse", "turn down"]
_ANTONYMS = """first last; largest smallest; biggest smallest; highest lowest; oldest youngest; most least; north south;
northern southern; east west; eastern western; before after; won lost; win lose; increase decrease; increased decreased;
male female; men women; early late; earliest latest; maximum minimum; born died; import export; buy sell; bought sold;
begin end; began ended; arrive leave; love hate; best worst; longest shortest; accept reject; accepted rejected; support oppose;
supported opposed; allowed prohibited; legal illegal; rise fall; rose fell; rich poor; upper lower; majority minority; above below;
inside outside; add remove; added removed; gain lose; gained lost; strong weak; stronger weaker; hot cold; fastest slowest;"""


def _inflect(word: str) -> list[str]:
    if "|" in word:
        return [w.replace("_", " ") for w in word.split("|")]
    stem = word[:-1] if word.endswith("e") else word
    return [word, word + "s" if not word.endswith(("s", "x", "ch", "sh")) else word + "es", stem + "ed", stem + "ed"]


def _tables() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for row in _VERBS.strip().splitlines():
        rows = [_inflect(w) for w in row.replace(";", " ").split()]
        for i, forms in enumerate(rows):
            for n, form in enumerate(forms):
                others = [r[n] for j, r in enumerate(rows) if j != i]
                table.setdefault(form, []).extend(o for o in others if o not in table.get(form, []))
    for group in _WORDS.replace("\n", " ").split(";"):
        for word in group.split():
            table.setdefault(word, []).extend(w for w in group.split() if w != word)
    return table


SYNONYMS = _tables()
ANTONYMS: dict[str, str] = {}
for _pair in _ANTONYMS.replace("\n", " ").split(";"):
    if len(_pair.split()) == 2:
        _a, _b = _pair.split()
        ANTONYMS.setdefault(_a, _b)
        ANTONYMS.setdefault(_b, _a)

_SYNONYM = re.compile(r"\b(" + "|".join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True)) + r")\b", re.I)
_AUX_REFUSE = re.compile(r"\b(did|does|do|would)\b(.{1,60}?)\b(refuse to accept|refuse|reject|decline|oppose)\b(?! to\b)", re.I)
_ENTITY = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of |the |de |von )?[A-Z][\w'’-]+)*")
_YEAR = re.compile(r"\b(1[0-9]|20)[0-9]{2}\b")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,]|\.\d)")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(r"\b(" + "|".join(_MONTHS) + r")\b")
_TAIL = re.compile(r" (?:in|during|on|at|after|before|since|from|around) (?:\S+ ){0,3}\S+$")


def synonyms(question: str, sentence: str, rng: random.Random) -> str | None:
    """`question` with one or two words replaced by synonyms; words of the answering `sentence` go first."""
    m = _AUX_REFUSE.search(question)
    if m and rng.random() < 0.8:
        other = rng.choice([r for r in _REFUSE if r != m.group(3).lower()])
        return question[: m.start(3)] + other + question[m.end(3) :]
    found = [m for m in _SYNONYM.finditer(question) if m.start() > 0 and m.group().islower()]
    if not found:
        return None
    low = sentence.lower()
    shared = [m for m in found if m.group() in low]
    for m in sorted(rng.sample(shared or found, min(len(shared or found), rng.choice((1, 1, 2)))), key=lambda m: -m.start()):
        question = question[: m.start()] + rng.choice(SYNONYMS[m.group()]) + question[m.end() :]
    return question


_PASSAGE_SWAPS = [
    (re.compile(r"\b(refused|declined) to\b"), ["did not want to", "would not", "did not agree to"]),
    (re.compile(r"\b(rejected|turned down)\b"), ["did not accept", "did not endorse", "did not approve", "refused"]),
    (re.compile(r"\bopposed\b"), ["did not support", "did not endorse", "rejected"]),
    (re.compile(r"\bdid not (accept|approve|support|endorse)\b"), ["rejected", "refused", "did not back", "opposed"]),
    (re.compile(r"\b(accepted|approved|endorsed)\b"), ["agreed to", "backed", "did not reject"]),
]


def passage_swap(text: str, start: int, end: int, rng: random.Random) -> tuple[str, int] | None:
    """Rewords a verb of refusing or accepting in `text` outside `start..end`; gives the text and the answer's new start."""
    for pattern, others in rng.sample(_PASSAGE_SWAPS, len(_PASSAGE_SWAPS)):
        for m in pattern.finditer(text):
            if m.end() <= start or m.start() >= end:
                other = rng.choice(others)
                shift = len(other) - len(m.group()) if m.end() <= start else 0
                return text[: m.start()] + other + text[m.end() :], start + shift
    return None


_REFUSAL = re.compile(
    r"(?P<who>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}) (?:\w+ly )?"
    r"(?P<verb>refused|rejected|opposed|declined|(?:did|does|would|has|had) not (?:accept|approve|support|endorse|recognize|sign|back|join|agree to|want)(?:ed)?|"
    r"refused to (?:accept|recognize|support|join|sign|back|approve)|declined to (?:accept|join|sign|support)) "
    r"(?P<what>(?:the|a|an|any|this|his|her|their|its|to|[A-Z][\w-]+) ?[^,.;:()]{3,80}?)(?=[,.;:(]| because | and | but | which | who | when | as )"
)


def refusals(context: str) -> list[tuple[str, str, int]]:
    """(question, answer, start) for each plain refusal that `context` reports: "X did not endorse Y" -> what did X refuse?"""
    out = []
    for m in _REFUSAL.finditer(context):
        who = m["who"]
        if who.split()[0] in ("In", "The", "Although", "When", "But", "While", "However", "After", "They", "This", "These", "There", "Many", "Some"):
            continue
        if who in ("He", "She", "It", "I", "We", "You"):
            who = who.lower()
        out.append((who, m["what"].strip(), m.start("what")))
    return out


def refusal_question(who: str, rng: random.Random) -> str:
    verb = rng.choice(["refuse", "refuse", "reject", "not accept", "decline", "not agree to", "oppose", "turn down", "not want"])
    return rng.choice(["What did {} {}?", "what did {} {}", "What was it that {} did {}?"][: 2 if "not" not in verb else 1]).format(who, verb)


def typo(question: str, rng: random.Random) -> str:
    """One slip in one word of five letters or more: two letters swapped, one lost or one doubled."""
    words = question.split(" ")
    long = [i for i, w in enumerate(words) if len(w) >= 5 and w.isalpha()]
    if not long:
        return question
    i = rng.choice(long)
    w, at = words[i], rng.randrange(1, len(words[i]) - 2)
    words[i] = rng.choice([w[:at] + w[at + 1] + w[at] + w[at + 2 :], w[:at] + w[at + 1 :], w[:at] + w[at] + w[at:]])
    return " ".join(words)


def shorten(question: str) -> str | None:
    """`question` without its last "in …", "during …" phrase, as people ask; None when that leaves too little."""
    bare = question.rstrip("? ")
    cut = _TAIL.sub("", bare)
    return cut + "?" if cut != bare and len(cut.split()) >= 4 else None


def near_miss(question: str, passage: str, entities: list[str], rng: random.Random) -> tuple[str, str] | None:
    """(kind, question) changed so that `passage` no longer answers: a date, number, entity, role or polarity it states otherwise.

    Only what the passage itself names is changed, so the passage holds the competing fact: a word that is merely absent
    from the passage is no near-miss but may be a paraphrase. None when no rule applies.
    """
    low = passage.lower()
    rules = [_date, _number, _entity, _entity, _role, _polarity]
    rng.shuffle(rules)
    for rule in rules:
        changed = rule(question, low, entities, rng)
        if changed and changed != question:
            return rule.__name__[1:], changed
    return None


def _date(q, low, entities, rng):
    for m in _YEAR.finditer(q):
        if m.group() in low:
            new = str(int(m.group()) + rng.choice([-40, -17, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 17, 40]))
            if new not in low:
                return q[: m.start()] + new + q[m.end() :]
    m = _MONTH.search(q)
    if m and m.group().lower() in low:
        left = [x for x in _MONTHS if x.lower() not in low]
        return q[: m.start()] + rng.choice(left) + q[m.end() :] if left else None
    return None


def _number(q, low, entities, rng):
    for m in _NUMBER.finditer(q):
        if m.group() in low and not _YEAR.fullmatch(m.group()):
            new = str(max(1, int(float(m.group().replace(",", "")) * rng.choice([0.3, 0.5, 1.5, 2, 3]) + 1)))
            if new not in low:
                return q[: m.start()] + new + q[m.end() :]
    return None


def _names(text: str) -> list[re.Match]:
    """Names inside `text`: capitalised, not its first word, not a month, not a capitalised function word."""
    return [m for m in _ENTITY.finditer(text) if m.start() > 0 and m.group() not in _MONTHS and m.group().split()[0].lower() not in STOPWORDS]


def _entity(q, low, entities, rng):
    found = [m for m in _names(q) if m.group().lower() in low]
    if not found:
        return None
    m = rng.choice(found)
    n = len(m.group().split())
    for _ in range(20):
        new = rng.choice(entities)
        if len(new.split()) == n and new.lower() not in low and new.lower() not in q.lower():
            return q[: m.start()] + new + q[m.end() :]
    return None


def _role(q, low, entities, rng):
    found = [m for m in _names(q) if m.group().lower() in low]
    if len(found) != 2:
        return None
    a, b = found
    between = q[a.end() : b.start()]
    if not re.search(r"\b(beat|beats|defeat|defeated|attack|attacked|invade|invaded|succeed|replace|replaced|buy|bought|acquire|acquired|sue|sued|support|supported|kill|killed|criticize|give|gave|send|sent|lose to|before|after|older than|larger than|teach|taught|influence|influenced|conquer|conquered|rule|ruled|help|helped|move from|to)\b", between):
        return None
    return q[: a.start()] + b.group() + between + a.group() + q[b.end() :]


def _polarity(q, low, entities, rng):
    for m in re.finditer(r"[a-z]+", q):
        other = ANTONYMS.get(m.group())
        if other and m.group() in low and other not in low and " not " not in low:
            return q[: m.start()] + other + q[m.end() :]
    return None


def entities(questions: list[str]) -> list[str]:
    """Names seen inside `questions`, sorted and unique: what `near_miss` puts in the place of another."""
    return sorted({m.group() for q in questions for m in _names(q)})
