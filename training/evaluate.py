"""A quick look at a reader on samples of the dev sets; `quoth eval` measures the product and has the last word.

    python evaluate.py --dev DIR --tokenizer FILE --n 300 READER.onnx [READER.onnx …]

For each set: EM and F1 on the gold paragraph, and how far the span score of the gold paragraph stands above that of the
best BM25 paragraph of the same file that is not the gold one and lacks the answer (leave-out), and of other sets'
questions on this file's best BM25 paragraph (foreign), and of rule-made near-misses on the gold paragraph. Nothing here is trained on.
"""

import argparse
import json
import random
from functools import lru_cache
from pathlib import Path

import numpy as np

import data
import rewrite
from reading import auc, best_f1, coverage, onnx_runner, read, sanity_report
from text import Bm25, sentences

SETS = ("squad", "nq", "new_wiki", "news")


@lru_cache
def load(folder: str, name: str):
    """(paragraphs, BM25 over them, [(question, paragraph index, [(gold answer, start)])] of the answerable questions)."""
    paragraphs, questions = [], []
    for article in json.loads((Path(folder) / f"{name}.json").read_text())["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                if not qa.get("is_impossible") and qa["answers"]:
                    questions.append((qa["question"], len(paragraphs), [(x["text"], x["answer_start"]) for x in qa["answers"]]))
            paragraphs.append(paragraph["context"])
    return paragraphs, Bm25(paragraphs), questions


@lru_cache
def sample(folder: str, name: str, n: int):
    """Up to `n` questions of a set, each with its gold paragraph and the best other one that lacks the answers."""
    paragraphs, bm25, questions = load(folder, name)
    out = []
    for question, gold, places in random.Random(7).sample(questions, min(n, len(questions))):
        answers = [a for a, _ in places]
        others = [i for i in bm25.top(question, 8) if i != gold and all(data.lacks(paragraphs[i], x) for x in answers)]
        out.append((question, answers, paragraphs[gold], paragraphs[others[0]] if others else None))
    return out


@lru_cache
def foreign(folder: str, name: str, n: int):
    """Questions of the other sets, each with this set's best paragraph for it."""
    paragraphs, bm25, _ = load(folder, name)
    asked = [q for other in SETS if other != name for q, *_ in sample(folder, other, n)]
    pairs = [(q, bm25.top(q, 1)) for q in random.Random(8).sample(asked, min(n, len(asked)))]
    return [(q, paragraphs[top[0]]) for q, top in pairs if top]


@lru_cache
def near_misses(folder: str, name: str, n: int):
    """The sample's questions changed by rule so that their gold paragraph no longer answers, where a rule applies."""
    rng, rows = random.Random(9), sample(folder, name, n)
    names = rewrite.entities([q for q, *_ in load(folder, name)[2]])
    made = [(rewrite.near_miss(q, gold, names, rng), gold) for q, _, gold, _ in rows]
    return [(changed[1], gold) for changed, gold in made if changed]


def figures(run, tokenizer, folder: str, name: str, n: int) -> dict[str, float]:
    rows = sample(folder, name, n)
    gold = read(run, tokenizer, [(q, p) for q, _, p, _ in rows])
    hidden = read(run, tokenizer, [(q, p) for q, _, _, p in rows if p])
    strange = read(run, tokenizer, foreign(folder, name, n))
    near = [r.score for r in read(run, tokenizer, near_misses(folder, name, n))]
    marks = [best_f1(r.text, answers) for r, (_, answers, _, _) in zip(gold, rows)]
    yes, no, off = ([r.score for r in reads] for reads in (gold, hidden, strange))
    return {
        "n": len(rows), "em": sum(m[0] for m in marks) / len(marks), "f1": sum(m[1] for m in marks) / len(marks),
        "gold": sum(yes) / len(yes), "leave": sum(no) / len(no), "auc": auc(yes, no), "cov5": coverage(yes, no, 0.05), "cov20": coverage(yes, no, 0.2),
        "foreign": sum(off) / len(off), "f_auc": auc(yes, off), "f_cov5": coverage(yes, off, 0.05),
        "near": len(near), "n_auc": auc(yes, near) if near else 0.5, "n_cov20": coverage(yes, near, 0.2) if near else 0.0,
    }  # fmt: skip


def open_figures(run, tokenizer, folder: str, name: str, n: int, depth: int = 6) -> dict[str, float]:
    """Sentence R@1 and F1 when BM25's best `depth` paragraphs are read: span score + z of BM25 over the pool, as the product mixes."""
    paragraphs, bm25, questions = load(folder, name)
    rows = random.Random(7).sample(questions, min(n, len(questions)))
    pools = [bm25.ranked(q, depth) for q, _, _ in rows]
    reads = iter(read(run, tokenizer, [(q, paragraphs[i]) for (q, _, _), pool in zip(rows, pools) for i, _ in pool]))
    right = passage = total = 0.0
    for (_, gold, answers), pool in zip(rows, pools):
        if not pool:
            continue
        first = np.array([s for _, s in pool])
        z = (first - first.mean()) / (first.std() + 1e-6)
        scored = [(r.score + float(b), i, r) for (i, _), b, r in zip(pool, z, (next(reads) for _ in pool))]
        _, best, one = max(scored, key=lambda x: x[0])
        passage += best == gold
        total += best_f1(one.text, [a for a, _ in answers])[1]
        if best == gold:
            bounds = sentences(paragraphs[gold])
            gold_sentences = {k for k, (s, e) in enumerate(bounds) for _, at in answers if s <= at < e}
            right += any(k in gold_sentences for k, (s, e) in enumerate(bounds) if s <= one.start < e)
    return {"passage": passage / len(rows), "sentence": right / len(rows), "f1": total / len(rows)}


def quick(run, tokenizer, folder: str, n: int) -> str:
    """One line for the training log: F1 and leave-out AUC of three sets."""
    made = {name: figures(run, tokenizer, folder, name, n) for name in ("squad", "nq", "news")}
    return "  ".join(f"{name} f1 {f['f1']:.3f} auc {f['auc']:.3f} gold {f['gold']:+.1f} leave {f['leave']:+.1f}" for name, f in made.items())


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--dev", required=True)
    p.add_argument("--tokenizer", required=True)
    p.add_argument("--n", type=int, default=300)
    p.add_argument("--open", action="store_true", help="also read BM25's best paragraphs: sentence R@1 (slower)")
    p.add_argument("readers", nargs="+")
    a = p.parse_args()
    tokenizer = data.load_tokenizer(a.tokenizer)
    for path in a.readers:
        run = onnx_runner(path)
        print(f"\n{path}\n{'set':9} {'n':>4} {'EM':>6} {'F1':>6} | {'gold':>6} {'leave':>6} {'AUC':>6} {'cov@5':>6} {'cov@20':>6} | {'foreign':>7} {'AUC':>6} {'cov@5':>6} | {'near':>4} {'AUC':>6} {'cov@20':>6}")
        for name in SETS:
            f = figures(run, tokenizer, a.dev, name, a.n)
            print(f"{name:9} {f['n']:4} {f['em']:6.3f} {f['f1']:6.3f} | {f['gold']:+6.1f} {f['leave']:+6.1f} {f['auc']:6.3f} {f['cov5']:6.3f} {f['cov20']:6.3f} | {f['foreign']:+7.1f} {f['f_auc']:6.3f} {f['f_cov5']:6.3f} | {f['near']:4} {f['n_auc']:6.3f} {f['n_cov20']:6.3f}", flush=True)
        for name in SETS if a.open else ():
            f = open_figures(run, tokenizer, a.dev, name, a.n)
            print(f"{name:9} open, 6 read: passage R@1 {f['passage']:.3f}  sentence R@1 {f['sentence']:.3f}  F1 {f['f1']:.3f}", flush=True)
        print(sanity_report(run, tokenizer))


if __name__ == "__main__":
    main()
