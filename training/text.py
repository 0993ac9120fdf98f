"""Text tools of training: sentences, content words, a small BM25, answer normalisation.

Owns nothing that ships: the product splits sentences and ranks in Rust. These are rough stand-ins that are good
enough to cut training passages the way Quoth cuts them (3 to 5 sentences) and to find look-alike passages.
"""

import math
import re
import string
from collections import Counter, defaultdict
from functools import lru_cache

STOPWORDS = frozenset(
    """a an the of in on at to for from by with and or but as is are was were be been being do does did has have had
    that this these those it its he she they his her their them who whom whose which what when where why how many much
    than then there not no so if into over about after before between during out up down can could would should will
    may might i you we your our my me us also some any all s t""".split()
)
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr vs no gen sen rep gov lt col capt sgt inc ltd co corp u.s u.k e.g i.e etc c ca al".split()
)
BREAK = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])|\s+(?<= [.!?] )(?=\S)|\n+")
WORD = re.compile(r"[A-Za-z0-9]+(?:[.,][0-9]+)*")


@lru_cache(maxsize=50_000)
def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the sentences of `text`, in order, without surrounding spaces."""
    cuts, last = [], 0
    for m in BREAK.finditer(text):
        before = text[last : m.start()].split()
        word = before[-1].rstrip(".\"'”’)]").lower() if before else ""
        if m.group().strip() == "" and "\n" not in m.group() and (word in ABBREVIATIONS or len(word) == 1 and word.isalpha()):
            continue
        cuts.append((last, m.start() + len(m.group().rstrip())))
        last = m.end()
    cuts.append((last, len(text)))
    out = []
    for s, e in cuts:
        while s < e and text[s].isspace():
            s += 1
        while e > s and text[e - 1].isspace():
            e -= 1
        if e > s:
            out.append((s, e))
    return out


def stem(word: str) -> str:
    """Cuts the commonest English endings; good only for comparing words with each other."""
    for end in ("ations", "ation", "ments", "ment", "ing", "ied", "ies", "ers", "ed", "es", "er", "ly", "s", "e", "y"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word


@lru_cache(maxsize=150_000)
def content(text: str) -> list[str]:
    """Stems of the words of `text` that are not stop words, lower-case, in order."""
    return [stem(w) for w in (m.group().lower() for m in WORD.finditer(text)) if w not in STOPWORDS]


def normalise(answer: str) -> str:
    """SQuAD's official answer normalisation (Rajpurkar et al., EMNLP 2016)."""
    bare = "".join(c for c in answer.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def f1(predicted: str, gold: str) -> float:
    """Token F1 of two answers after `normalise`; two empty ones score 1."""
    p, g = normalise(predicted).split(), normalise(gold).split()
    if not p or not g:
        return float(p == g)
    same = sum((Counter(p) & Counter(g)).values())
    return 2 * same / (len(p) + len(g))


class Bm25:
    """BM25 (k1 = 1.2, b = 0.75; Robertson and Zaragoza, 2009) over a fixed list of texts."""

    def __init__(self, texts: list[str]):
        self.postings, self.lengths = defaultdict(list), []
        for i, text in enumerate(texts):
            counts = Counter(content(text))
            self.lengths.append(sum(counts.values()))
            for term, n in counts.items():
                self.postings[term].append((i, n))
        self.mean = sum(self.lengths) / max(1, len(texts))

    def idf(self, term: str) -> float:
        n = len(self.postings.get(term, ()))
        return math.log(1 + (len(self.lengths) - n + 0.5) / (n + 0.5))

    def top(self, query: str, k: int) -> list[int]:
        """Indices of the `k` best texts, best first, ties by index; texts that share no term are left out."""
        return [i for i, _ in self.ranked(query, k)]

    def ranked(self, query: str, k: int) -> list[tuple[int, float]]:
        """As `top`, with the scores."""
        scores = defaultdict(float)
        for term in set(content(query)):
            found = self.postings.get(term, ())
            if len(found) > 0.06 * len(self.lengths) + 20:
                continue  # costs much, ranks little
            idf = self.idf(term)
            for i, n in found:
                scores[i] += idf * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * self.lengths[i] / self.mean))
        return sorted(scores.items(), key=lambda kv: (-kv[1], kv[0]))[:k]
