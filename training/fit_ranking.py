"""Fits the weights of the final order on what `quoth eval squad --features` wrote.

    python fit_ranking.py FEATURES.jsonl [FEATURES.jsonl ...]

A softmax over the hits that were read must put its mass on those whose bold span lies in the right
sentence. The weight of the span score is scaled to 1, as `retrieve` has it. Odd-numbered questions
are fitted on, even-numbered ones measured.
"""

import json
import sys

import numpy as np

NAMES = ["span_score", "relevance", "fused", "cosine", "coverage"]


def load(paths):
    questions = []
    for path in paths:
        with open(path) as lines:
            for line in lines:
                row = json.loads(line)
                hits = [hit for hit in row["hits"] if hit["span_score"] is not None]
                if row["kind"] != "answerable" or not any(h["sentence_right"] for h in hits):
                    continue
                x = np.array([[hit[name] for name in NAMES] for hit in hits])
                y = np.array([hit["sentence_right"] for hit in hits])
                questions.append((path, np.clip(x, -15, 15), y))
    return questions


def loss_and_gradient(weights, questions):
    loss, gradient = 0.0, np.zeros_like(weights)
    for _, x, y in questions:
        logits = x @ weights
        p = np.exp(logits - logits.max())
        p /= p.sum()
        q = np.where(y, p, 0)
        loss -= np.log(q.sum() + 1e-12)
        gradient -= x.T @ (q / (q.sum() + 1e-12) - p)
    n = len(questions)
    penalty = 1e-3 * weights
    return loss / n + 0.5e-3 * weights @ weights, gradient / n + penalty


def fit(questions, steps=1500):
    weights = np.array([0.5, 0.1, 1.0, 1.0, 1.0])
    moment, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        _, gradient = loss_and_gradient(weights, questions)
        moment = 0.9 * moment + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        weights -= 0.03 * (moment / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def first_right(weights, questions):
    return np.mean([y[np.argmax(x @ weights)] for _, x, y in questions])


def main():
    questions = load(sys.argv[1:])
    train, held = questions[1::2], questions[::2]
    weights = fit(train)
    span_only = np.array([1.0, 0, 0, 0, 0])
    print(f"{len(train)} fitted on, {len(held)} held apart")
    for name, weight in zip(NAMES, weights / weights[0]):
        print(f"{name:>12} {weight:8.3f}")
    for path in sys.argv[1:]:
        part = [q for q in held if q[0] == path]
        print(
            f"{path}: right sentence first, of those read: "
            f"{first_right(weights, part):.3f} (span score alone {first_right(span_only, part):.3f})"
        )


if __name__ == "__main__":
    main()
