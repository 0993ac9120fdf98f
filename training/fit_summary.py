"""Fits the sentence model of summaries on what `quoth eval summaries --features` wrote.

    python fit_summary.py FEATURES.jsonl

A logistic model tells the sentences of the reference from the others. Articles on even lines are
fitted on and those on odd lines measured; below that stand the means of five folds, in which each
article is measured by a model that has not seen it. The figure is ROUGE-2 F1 (`rouge_score`, stemmed)
of the best sentences at about the reference's number of words, without the rules for sentences that
cannot stand alone: `quoth eval summaries` measures the whole.
"""

import json
import sys

import numpy as np
from rouge_score import rouge_scorer

SCORER = rouge_scorer.RougeScorer(["rouge2"], use_stemmer=True)
RIDGE = 3.0


def load(path):
    articles = []
    with open(path) as lines:
        for line in lines:
            row = json.loads(line)
            sentences = row["sentences"]
            if not sentences:
                continue
            articles.append(
                {
                    "names": row["names"],
                    "reference": "\n".join(row["reference"]),
                    "text": [s["text"] for s in sentences],
                    "words": [s["words"] for s in sentences],
                    "x": np.array([s["features"] for s in sentences]),
                    "y": np.array([s["chosen"] for s in sentences], float),
                }
            )
    return articles


def fit(articles, columns):
    x = np.vstack([a["x"][:, columns] for a in articles])
    x = np.hstack([x, np.ones((len(x), 1))])
    y = np.concatenate([a["y"] for a in articles])
    weights = np.zeros(x.shape[1])
    for _ in range(30):  # Newton's method with a ridge
        p = 1 / (1 + np.exp(-x @ weights))
        ridge = RIDGE * np.append(np.ones(len(columns)), 0)
        gradient = x.T @ (p - y) + ridge * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-9)
        weights -= np.linalg.solve(hessian, gradient)
    full = np.zeros(articles[0]["x"].shape[1])
    full[columns] = weights[:-1]
    return full


def summary(article, scores):
    budget = sum(n for n, y in zip(article["words"], article["y"]) if y)
    total, chosen = 0, []
    for i in np.argsort(-scores, kind="stable"):
        if abs(total + article["words"][i] - budget) >= abs(total - budget):
            break
        chosen.append(i)
        total += article["words"][i]
    return "\n".join(article["text"][i] for i in sorted(chosen))


def rouge2(articles, weights):
    return np.array(
        [
            SCORER.score(a["reference"], summary(a, a["x"] @ weights))["rouge2"].fmeasure
            for a in articles
        ]
    )


def folds(articles, columns, n=5):
    found = np.zeros(len(articles))
    for fold in range(n):
        held = [i for i in range(len(articles)) if i % n == fold]
        rest = [a for i, a in enumerate(articles) if i % n != fold]
        found[held] = rouge2([articles[i] for i in held], fit(rest, columns))
    return found.mean()


def main():
    articles = load(sys.argv[1])
    names = articles[0]["names"]
    every = list(range(len(names)))
    train, held = articles[::2], articles[1::2]
    weights = fit(train, every)
    print(f"{len(train)} articles fitted on, {len(held)} held apart")
    for name, weight in zip(names, weights):
        print(f"{name:>16} {weight:8.3f}")
    print("WEIGHTS = [" + ", ".join(f"{w:.3f}" for w in weights) + "]")
    alone = np.zeros(len(names))
    alone[0] = 1.0
    print(f"ROUGE-2 held apart: {rouge2(held, weights).mean():.4f}")
    print(f"   central words alone: {rouge2(held, alone).mean():.4f}")
    print(f"ROUGE-2 in five folds: {folds(articles, every):.4f}")
    if "--ablate" in sys.argv:
        for out, name in enumerate(names):
            print(f"   without {name}: {folds(articles, [c for c in every if c != out]):.4f}")


if __name__ == "__main__":
    main()
