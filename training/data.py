"""Reads the training sets and makes the reader's examples: tokens, the answer's place, or "not answered here".

`build(folder, tokenizer, n, seed)` is the entry point. It refuses to look at anything but `folder` (the train sets).
An example is a question with one passage of one to five sentences, cut as Quoth cuts passages. Kinds and shares:

    positive   the passage answers           (plain, low word overlap twice as often, synonyms, shortened, typos)
    lookalike  BM25's best passages that lack the answer, or the static vectors' (one in three)
    leaveout   the gold passage without the sentences that hold the answer
    nearmiss   the gold passage and a question it no longer answers (rewrite.near_miss)
    stranger   a random passage
"""

import gzip
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import contrast
import rewrite
from text import STOPWORDS, Bm25, content, normalise, sentences

SHARES = {"positive": 0.61, "lookalike": 0.17, "leaveout": 0.11, "nearmiss": 0.09, "stranger": 0.02}
MAX_TOKENS = 320  # of a pair; a Quoth passage has at most ~180 word pieces, and what stands before it
MAX_SPAN = 30  # tokens; the product looks no further. A longer answer trains "somewhere in here"

# source -> (share of positives, look-alike pool, rows kept a context). Shares are relative and favour what is most
# like use: news and encyclopaedia prose, real searches. QAMR's terse questions and reviews add variety, not bulk.
SOURCES = {
    "squad_train_recovered": (27_000, "wiki", 9),
    "squadshifts_new_wiki": (7_000, "wiki", 9),
    "nq_open_oracle": (5_500, "wiki", 9),
    "qed_nq": (2_500, "wiki", 9),
    "squad_nqg_sentences": (5_500, "wiki", 9),
    "squad_reqa_sentences": (4_500, "wiki", 9),
    "qamr": (2_000, "qamr", 4),
    "squadshifts_reddit": (2_000, "reddit", 9),
    "squadshifts_amazon_reviews": (1_000, "amazon", 9),
    "fairytaleqa": (1_500, "fairy", 9),
    "selqa": (1_200, "wiki", 9),
    "hotpotqa_amor": (300, "wiki", 9),
}
TITLED = 0.6  # of the examples have a title before the passage, as the product reads it; the sets have none, so it is made
BEFORE = 0.6  # of the examples whose passage does not open its context show up to two sentences that stand before it
BEHIND = 0.3  # of the examples of what is left out are the passage that follows the answer, which stands before it
DENSE = 0.35  # of the look-alikes come from the static vectors, where a file of them is given: the product ranks by both
CONTRAST = 0.04  # of the examples, beside the shares: templates of opposite acts (contrast.make)
REFUSALS = 900  # examples made of plain refusals found in the contexts (rewrite.refusals)


@dataclass
class Row:
    """One answerable question: `context[start:start + len(answer)] == answer`."""

    source: str
    question: str
    context: str
    answer: str
    start: int
    pool: str

    def sentence(self) -> str:
        for s, e in sentences(self.context):
            if s <= self.start < e:
                return self.context[s:e]
        return self.context


@dataclass
class Examples:
    """`ids` holds all token ids end to end; example i is ids[offset[i]:offset[i + 1]], its first `question[i]` of type 0.

    Its passage begins at `passage[i]`, behind the title and what stands before it: no answer is taken from those.
    `span[i]` = first and last start position, first and last end position that count as right; all 0 for no answer.
    """

    ids: np.ndarray
    offset: np.ndarray
    question: np.ndarray
    passage: np.ndarray
    span: np.ndarray
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.question)

    def lengths(self) -> np.ndarray:
        return np.diff(self.offset)


KINDS = list(SHARES)


def load_tokenizer(path: str) -> Tokenizer:
    """The tokenizer with the file's truncation and padding (both to 128) switched off."""
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def rows(folder: Path, rng: random.Random) -> list[Row]:
    """All usable training rows, capped a context; sentences of the nqg set are joined with their neighbours."""
    out = []
    for source, (_, pool, cap) in SOURCES.items():
        with gzip.open(folder / f"{source}.jsonl.gz", "rt") as file:
            raw = [json.loads(line) for line in file]
        neighbours = _neighbours(raw) if source == "squad_nqg_sentences" else {}
        rng.shuffle(raw)
        seen: Counter = Counter()
        for r in raw:
            answer, start = r.get("answer_text"), r.get("answer_start")
            if not answer or start is None or r.get("also_in_recovered") or seen[r["context"]] >= cap:
                continue
            seen[r["context"]] += 1
            context = r["context"]
            if context in neighbours:
                before, after = neighbours[context]
                context, start = before + context + after, start + len(before)
            if context[start : start + len(answer)] == answer:
                out.append(Row(source, r["question"], context, answer, start, pool))
    return out


def _neighbours(raw: list[dict]) -> dict[str, tuple[str, str]]:
    """The nqg file is in corpus order: the distinct sentences beside a sentence are its paragraph, nearly always."""
    order = list(dict.fromkeys(r["context"] for r in raw))
    return {
        c: (" ".join(order[max(0, i - 2) : i]) + " " if i else "", " " + " ".join(order[i + 1 : i + 3])) for i, c in enumerate(order)
    }


def cut(text: str, start: int, end: int, rng: random.Random) -> tuple[str, int]:
    """A passage of `text` around start..end and where it begins: mostly 3 to 5 sentences, sometimes fewer, or more."""
    bounds = sentences(text)
    first = max((i for i, (s, _) in enumerate(bounds) if s <= start), default=0)
    last = max((i for i, (s, _) in enumerate(bounds) if s < end), default=first)
    want = rng.choices([1, 2, 3, 4, 5, 8], [0.06, 0.09, 0.22, 0.25, 0.25, 0.13])[0]
    words = 190 if want == 8 else 125
    while last - first + 1 < want:
        sides = [x for x in ("left", "right") if (first > 0 if x == "left" else last + 1 < len(bounds))]
        if not sides:
            break
        side = rng.choice(sides)
        a, b = (first - 1, last) if side == "left" else (first, last + 1)
        if len(text[bounds[a][0] : bounds[b][1]].split()) > words:
            break
        first, last = a, b
    return text[bounds[first][0] : bounds[last][1]], bounds[first][0]


def best_window(text: str, query: set[str], bm25: Bm25, rng: random.Random) -> tuple[str, int]:
    """The 3 to 5 sentences of `text` that share most with `query`, and where they begin: what retrieval would bring."""
    bounds = sentences(text)
    value = [sum(bm25.idf(t) for t in query & set(content(text[s:e]))) for s, e in bounds]
    if not bounds:
        return text, 0
    s, e = bounds[max(range(len(bounds)), key=value.__getitem__)]
    return cut(text, s, e, rng)


def before(text: str, at: int) -> str:
    """The last two sentences of `text` that end before `at`, or as many as there are."""
    earlier = [(s, e) for s, e in sentences(text) if e <= at][-2:]
    return text[earlier[0][0] : earlier[-1][1]] if earlier else ""


def lacks(passage: str, answer: str) -> bool:
    """Whether `passage` holds neither the answer nor all of its content words."""
    flat = f" {normalise(passage)} "
    words = [w for w in normalise(answer).split() if w not in STOPWORDS]
    return f" {normalise(answer)} " not in flat and not (words and all(f" {w} " in flat for w in words))


def title(context: str, passage: str, rng: random.Random) -> str | None:
    """What an editor might put above `context`: the name it mentions most, or the gist of its opening sentence, unless
    `passage` opens with that."""
    names = Counter(re.findall(r"(?<=[a-z,;] )[A-Z][\w'’-]+(?: (?:of |the )?[A-Z][\w'’-]+)*", context)).most_common(1)
    opens = context.lstrip().startswith(passage[:40])
    if names and (opens or (names[0][1] > 1 and rng.random() < 0.4)):
        return names[0][0]
    bounds = sentences(context)
    if opens or not bounds:
        return None
    words = context[bounds[0][0] : bounds[0][1]].split()
    gist = words[: rng.randint(5, 12)]
    while len(gist) > 3 and gist[-1].lower().strip(",;") in STOPWORDS:
        gist.pop()
    return " ".join(gist).rstrip(".,;:!?")


class Maker:
    """Turns rows into (question, what is read before the passage, passage, answer span or None) by kind."""

    def __init__(self, all_rows: list[Row], rng: random.Random, dense: "Dense | None" = None):
        self.rng, self.dense = rng, dense
        self.pools: dict[str, tuple[list[str], Bm25]] = {}
        for pool in sorted({r.pool for r in all_rows}):
            texts = list(dict.fromkeys(r.context for r in all_rows if r.pool == pool))
            self.pools[pool] = (texts, Bm25(texts))
        self.entities = rewrite.entities([r.question for r in all_rows])

    def question(self, text: str) -> str:
        """As people type it: the mark often missing, a slip now and then, sometimes without the last phrase."""
        if self.rng.random() < 0.06:
            text = rewrite.shorten(text) or text
        if self.rng.random() < 0.05:
            text = rewrite.typo(text, self.rng)
        return text.rstrip("? ") if self.rng.random() < 0.25 else text

    def made(self, question: str, passage: str, context: str, earlier: str, answer: tuple[int, int] | None = None):
        """The example; most often with the title of `context` and the sentences `earlier` before the passage, as the product reads it."""
        above = title(context, passage, self.rng) if self.rng.random() < TITLED else None
        lead = " ".join(part for part in (above and f"{above}.", earlier) if part)
        return self.question(question), lead, passage, answer

    def earlier(self, text: str, at: int) -> str:
        """What is shown before a passage of `text` that begins at `at`."""
        return before(text, at) if self.rng.random() < BEFORE else ""

    def positive(self, r: Row):
        question, context, start = r.question, r.context, r.start
        roll = self.rng.random()
        if roll < 0.22:
            question = rewrite.synonyms(question, r.sentence(), self.rng) or question
        elif roll < 0.34:
            context, start = rewrite.passage_swap(context, start, start + len(r.answer), self.rng) or (context, start)
        passage, at = cut(context, start, start + len(r.answer), self.rng)
        return self.made(question, passage, context, self.earlier(context, at), (start - at, start - at + len(r.answer)))

    def lookalike(self, r: Row):
        texts, bm25 = self.pools[r.pool]
        gold = set(content(r.context))
        found = []
        by_meaning = self.dense is not None and self.rng.random() < DENSE
        for i in self.dense.top(r.pool, texts, r.question, 12) if by_meaning else bm25.top(r.question, 12):
            words = set(content(texts[i]))
            if len(words & gold) < 0.6 * min(len(words), len(gold)) and lacks(texts[i], r.answer):
                found.append(texts[i])
        if not found:
            return None
        text = found[min(int(self.rng.expovariate(0.6)), len(found) - 1)]
        passage, at = best_window(text, set(content(r.question)), bm25, self.rng)
        return self.made(r.question, passage, text, self.earlier(text, at))

    def leaveout(self, r: Row):
        kept = [r.context[s:e] for s, e in sentences(r.context) if not s <= r.start < e and lacks(r.context[s:e], r.answer)]
        if not kept:
            return None
        if self.rng.random() < BEHIND:
            behind = next((s for s, _ in sentences(r.context) if s >= r.start + len(r.answer)), None)
            if behind and lacks(r.context[behind:], r.answer):
                passage, _ = cut(r.context[behind:], 0, 1, self.rng)
                return self.made(r.question, passage, r.context, before(r.context, behind))
        text = " ".join(kept)
        passage, at = best_window(text, set(content(r.question)), self.pools[r.pool][1], self.rng)
        return self.made(r.question, passage, r.context, self.earlier(text, at))

    def nearmiss(self, r: Row):
        passage, at = cut(r.context, r.start, r.start + len(r.answer), self.rng)
        changed = rewrite.near_miss(r.question, passage, self.entities, self.rng)
        return self.made(changed[1], passage, r.context, self.earlier(r.context, at)) if changed else None

    def stranger(self, r: Row):
        text = self.rng.choice(self.pools[r.pool][0])
        if not lacks(text, r.answer):
            return None
        s, e = self.rng.choice(sentences(text))
        passage, at = cut(text, s, e, self.rng)
        return self.made(r.question, passage, text, self.earlier(text, at))


class Dense:
    """Nearest passages of a pool by the product's static vectors (`static.safetensors`): look-alikes in meaning."""

    def __init__(self, path: str, tokenizer: Tokenizer):
        file = load_file(path)
        self.table = file["embedding"].astype(np.float32) * file["scale"][:, None]
        self.tokenizer, self.known = tokenizer, {}

    def vectors(self, texts: list[str]) -> np.ndarray:
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        made = np.stack([self.table[e.ids].mean(0) if e.ids else np.zeros(self.table.shape[1]) for e in encoded])
        return (made / (np.linalg.norm(made, axis=1, keepdims=True) + 1e-9)).astype(np.float32)

    def top(self, pool: str, texts: list[str], question: str, k: int) -> list[int]:
        if pool not in self.known:
            self.known[pool] = self.vectors(texts)
        near = self.known[pool] @ self.vectors([question])[0]
        return [int(i) for i in np.argsort(-near, kind="stable")[:k]]


def overlap(r: Row) -> float:
    """Share of the question's content words that stand in the answering sentence."""
    words = set(content(r.question))
    return len(words & set(content(r.sentence()))) / max(1, len(words))


def draw(all_rows: list[Row], n: int, rng: random.Random) -> list[Row]:
    """`n` rows by source share; within a source, rows of low overlap come twice as often. Evenly spread over passes."""
    total = sum(share for share, _, _ in SOURCES.values())
    out = []
    for source, (share, _, _) in SOURCES.items():
        mine = [r for r in all_rows if r.source == source]
        values = [overlap(r) for r in mine]
        low = sorted(values)[len(values) // 3]
        rare = [r for r, value in zip(mine, values) if value <= low]
        deck: list[Row] = []
        want = round(n * share / total)
        while len(deck) < want:
            one = mine + rare
            rng.shuffle(one)
            deck += one
        out += deck[:want]
    rng.shuffle(out)
    return out


def refusal_rows(all_rows: list[Row], rng: random.Random) -> list[Row]:
    """Questions made of plain refusals in the contexts; the same refusal may be asked in several words."""
    made = []
    for context in sorted({r.context for r in all_rows}):
        pool = "wiki"
        for who, what, start in rewrite.refusals(context):
            made.append(Row("refusal", rewrite.refusal_question(who, rng), context, what, start, pool))
    rng.shuffle(made)
    return made


def build(folder: str, tokenizer: Tokenizer, n: int, seed: int, log=print, static: str | None = None) -> Examples:
    """`n` examples in random order, so that any prefix is a fair mix. Same arguments, same examples."""
    rng = random.Random(seed)
    began = time.time()
    all_rows = rows(Path(folder), rng)
    maker = Maker(all_rows, rng, Dense(static, tokenizer) if static else None)
    log(f"{len(all_rows)} rows, {sum(len(t) for t, _ in maker.pools.values())} passages, {time.time() - began:.0f} s")
    texts, kinds = [], []
    refused = refusal_rows(all_rows, rng)
    log(f"{len(refused)} plain refusals")
    for i in range(min(REFUSALS * n // 100_000, 3 * len(refused))):
        r = refused[i % len(refused)]
        r = Row(r.source, rewrite.refusal_question(_who(r), rng), r.context, r.answer, r.start, r.pool)
        made = maker.positive(r) if rng.random() < 0.75 else (maker.lookalike(r) or maker.leaveout(r))
        if made:
            texts.append(made)
            kinds.append("positive" if made[3] else "lookalike")
    fillers = sorted({x.context[s:e] for x in rng.sample(all_rows, 3000) for s, e in sentences(x.context) if 40 < e - s < 200})
    for _ in range(round(n * CONTRAST)):
        question, passage, answer = contrast.make(fillers, rng)
        texts.append((question, "", passage, answer))
        kinds.append("positive" if answer else "nearmiss")
    for kind, share in SHARES.items():
        want, tries = round(n * share), 6 if kind == "nearmiss" else 2
        got = 0
        for r in draw(all_rows, want * tries, rng):
            made = getattr(maker, kind)(r)
            if made:
                texts.append(made)
                kinds.append(kind)
                got += 1
                if got == want:
                    break
        log(f"{kind}: {got} of {want}, {time.time() - began:.0f} s")
    order = list(range(len(texts)))
    rng.shuffle(order)
    return encode([texts[i] for i in order], [kinds[i] for i in order], tokenizer)


def _who(r: Row) -> str:
    """Who refuses, read again from the context: the words just before the refusal of `r`."""
    return next((who for who, what, start in rewrite.refusals(r.context) if start == r.start), "they")


def encode(texts: list, kinds: list[str], tokenizer: Tokenizer) -> Examples:
    """Tokenises and aligns. A pair that is too long, or whose answer does not align, is left out."""
    ids, offset, question, passage, span, kept = [], [0], [], [], [], []
    for at in range(0, len(texts), 2000):
        part = texts[at : at + 2000]
        encoded = tokenizer.encode_batch([(q, f"{lead} {p}" if lead else p) for q, lead, p, _ in part])
        for (_, lead, _, answer), kind, e in zip(part, kinds[at : at + 2000], encoded):
            skip = len(lead) + 1 if lead else 0
            opens = next((i for i, t in enumerate(e.type_ids) if t == 1 and e.offsets[i][0] >= skip), None)
            if len(e.ids) > MAX_TOKENS or opens is None:
                continue
            places = [0, 0, 0, 0]
            if answer:
                answer = (answer[0] + skip, answer[1] + skip)
                inside = [i for i, t in enumerate(e.type_ids) if t == 1 and e.offsets[i][1] > answer[0] and e.offsets[i][0] < answer[1]]
                if not inside or e.special_tokens_mask[inside[-1]]:
                    continue
                first, last = inside[0], inside[-1]
                places = [first, first, last, last] if last - first < MAX_SPAN else [first, last, first, last]
            ids.append(np.array(e.ids, dtype=np.int32))
            offset.append(offset[-1] + len(e.ids))
            question.append(e.type_ids.index(1))
            passage.append(opens)
            span.append(places)
            kept.append(KINDS.index(kind))
    return Examples(np.concatenate(ids), *map(np.array, (offset, question, passage, span, kept)))


if __name__ == "__main__":  # prints examples of each kind to check by eye
    import sys

    tokenizer = load_tokenizer(sys.argv[2])
    examples = build(sys.argv[1], tokenizer, int(sys.argv[3]), 1)
    shown: Counter = Counter()
    for i in range(len(examples)):
        kind = KINDS[examples.kind[i]]
        shown[kind] += 1
        if shown[kind] <= 6:
            ids = examples.ids[examples.offset[i] : examples.offset[i + 1]]
            s, e = examples.span[i][0], examples.span[i][3]
            question, passage = examples.question[i], examples.passage[i]
            print(f"\n[{kind}]", tokenizer.decode(ids[1:question]), "\n   ", tokenizer.decode(ids[question:passage]), "|", tokenizer.decode(ids[passage:]))
            print("    ->", tokenizer.decode(ids[s : e + 1]) if s else "-")
    print(shown, "mean length", examples.lengths().mean())
