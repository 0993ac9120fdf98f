"""Scores TextRank and LexRank of the package `sumy` on the articles of a summary file.

    python compare_sumy.py FILE.jsonl.gz [--limit N]

The same articles, reference and measure (`rouge_score`, stemmed F1) as `quoth eval summaries`. Both
get the article's own sentences and rate them as the package does; the best are taken at the
reference's number of sentences, and again until they come nearest to its number of words, which is
what `quoth eval summaries` gives every system.
"""

import gzip
import json
import re
import sys

from rouge_score import rouge_scorer
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

KINDS = ["rouge1", "rouge2", "rougeLsum"]
SCORER = rouge_scorer.RougeScorer(KINDS, use_stemmer=True)


class Words:
    """The package's own tokenizer wants a download; its pattern for English words is this simple."""

    def to_words(self, sentence):
        return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", sentence)


def load(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as lines:
        return [json.loads(line) for line in lines]


def reference(row):
    """The reference with a sentence a line, in its own order."""
    starts = sorted({row["summary"].find(row["sentences"][i]) for i in row["summary_sentences"]})
    if not starts or starts[0] != 0:
        return row["summary"]
    return "\n".join(row["summary"][a:b] for a, b in zip(starts, starts[1:] + [None]))


def rated(summarizer, sentences):
    """Positions of the sentences, best first, as the package orders them."""
    taken = {}

    def remember(sentences, count, rating, *args, **kwargs):
        rate = rating if callable(rating) else rating.__getitem__
        order = sorted(range(len(sentences)), key=lambda i: -rate(sentences[i]))
        taken["order"] = order
        return tuple()

    summarizer._get_best_sentences = remember
    words = Words()
    document = ObjectDocumentModel([Paragraph([Sentence(s, words) for s in sentences])])
    summarizer(document, len(sentences))
    return taken["order"]


def by_words(order, lengths, budget):
    total, chosen = 0, []
    for i in order:
        if abs(total + lengths[i] - budget) >= abs(total - budget):
            break
        chosen.append(i)
        total += lengths[i]
    return chosen


def main():
    rows = load(sys.argv[1])
    if "--limit" in sys.argv:
        n = int(sys.argv[sys.argv.index("--limit") + 1])
        rows = [row for i, row in enumerate(rows) if (i + 1) * n // len(rows) > i * n // len(rows)]
    print(f"{len(rows)} articles")
    print(f"{'F1':<22}{'ROUGE-1':>10}{'ROUGE-2':>10}{'ROUGE-Lsum':>12}")
    for name, kind in (("TextRank", TextRankSummarizer), ("LexRank", LexRankSummarizer)):
        sums = {"sentences": [0.0] * 3, "words": [0.0] * 3}
        for row in rows:
            summarizer = kind(Stemmer("english"))
            summarizer.stop_words = get_stop_words("english")
            sentences = row["sentences"]
            order = rated(summarizer, sentences)
            lengths = [len(re.findall(r"\w+", s)) for s in sentences]
            budget = sum(lengths[i] for i in row["summary_sentences"])
            for equal, chosen in (
                ("sentences", order[: len(row["summary_sentences"])]),
                ("words", by_words(order, lengths, budget)),
            ):
                found = SCORER.score(reference(row), "\n".join(sentences[i] for i in sorted(chosen)))
                for i, key in enumerate(KINDS):
                    sums[equal][i] += found[key].fmeasure / len(rows)
        for equal, means in sums.items():
            print(f"{name + ', equal ' + equal:<28}" + "".join(f"{m:>10.4f}" for m in means))


if __name__ == "__main__":
    main()
