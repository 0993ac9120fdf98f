"""Fits the confidence on what `quoth eval squad --features` wrote, and chooses the thresholds.

    python fit_confidence.py [--hold NAME=WEIGHT ...] [--all] FEATURES.jsonl [FEATURES.jsonl ...]

The target is whether the first hit's sentence is right; for questions that should not be answered
it is never. Kinds are weighted so that each file counts alike and answerable and unanswerable
questions balance. The weights are fitted on all rows. The figures are of four folds: each row is
measured by weights fitted without its question, in whatever kinds and files that stands; `--all`
measures the weights themselves instead, on what they were fitted on.
"""

import argparse
import json
import random

import numpy as np

from reading import auc, coverage

FOLDS, SEED = 4, 1
RATES = (0.05, 0.2)  # shares of unanswerable questions that are answered

NAMES = [
    "span_score", "lead", "cosine", "coverage", "missing_numbers", "missing_names",
]


def load(paths):
    rows = []
    for path in paths:
        with open(path) as lines:
            for line in lines:
                row = json.loads(line)
                signals = row["signals"]
                if signals is None:
                    continue
                right = row["kind"] == "answerable" and row["is_right"]
                rows.append((path, row["kind"], row["question"], np.array(signals), float(right)))
    return rows


def design(rows):
    x = np.array([np.append(signals, 1.0) for *_, signals, _ in rows])
    y = np.array([right for *_, right in rows])
    groups = {}
    for path, kind, *_ in rows:
        groups[path, kind] = groups.get((path, kind), 0) + 1
    n_kinds = {}
    for path, kind in groups:
        side = kind == "answerable"
        n_kinds[side] = n_kinds.get(side, 0) + 1
    weights = np.array(
        [1.0 / groups[path, kind] / n_kinds[kind == "answerable"] for path, kind, *_ in rows]
    )
    return x, y, weights / weights.sum()


def fit(rows, held):
    """Newton's method with a small ridge; `held`: weights by position that stay as they are."""
    x, y, sample = design(rows)
    free = [i for i in range(x.shape[1]) if i not in held]
    fixed = sum(x[:, i] * weight for i, weight in held.items()) + np.zeros(len(x))
    mean, scale = x[:, free].mean(0), x[:, free].std(0) + 1e-6
    mean[-1], scale[-1] = 0.0, 1.0
    z = (x[:, free] - mean) / scale
    w = np.zeros(len(free))
    w[-1] = -fixed.mean()  # far from there Newton's first step leads away
    for _ in range(60):
        p = 1 / (1 + np.exp(-(z @ w + fixed)))
        gradient = z.T @ (sample * (p - y)) + 1e-4 * w
        hessian = (z * (sample * p * (1 - p))[:, None]).T @ z + 1e-4 * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    weights = np.zeros(x.shape[1])
    weights[free] = w / scale
    weights[-1] = w[-1] - (w[:-1] * mean[:-1] / scale[:-1]).sum()
    for i, weight in held.items():
        weights[i] = weight
    return weights


def confidence(weights, rows):
    x, _, _ = design(rows)
    return 1 / (1 + np.exp(-x @ weights))


def by_folds(rows, held):
    """The confidence of each row by weights that have not seen its question."""
    questions = sorted({question for _, _, question, *_ in rows})
    random.Random(SEED).shuffle(questions)
    place = {question: i % FOLDS for i, question in enumerate(questions)}
    fold = np.array([place[question] for _, _, question, *_ in rows])
    p = np.zeros(len(rows))
    for one in range(FOLDS):
        weights = fit([row for row, its in zip(rows, fold) if its != one], held)
        p[fold == one] = confidence(weights, [row for row, its in zip(rows, fold) if its == one])
    return p


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("features", nargs="+")
    parser.add_argument("--hold", action="append", default=[], metavar="NAME=WEIGHT")
    parser.add_argument("--all", action="store_true", help="measure on what was fitted on")
    a = parser.parse_args()
    by_hand = {NAMES.index(name): float(weight) for name, weight in (one.split("=") for one in a.hold)}
    rows = load(a.features)
    weights = fit(rows, by_hand)
    print("weights", ", ".join(f"{w:.4f}" for w in weights[:-1]))
    print("bias", f"{weights[-1]:.4f}")
    p = confidence(weights, rows) if a.all else by_folds(rows, by_hand)
    kinds = np.array([kind for _, kind, *_ in rows])
    paths = np.array([path for path, *_ in rows])
    right = np.array([r for *_, r in rows])
    figures = {}
    for path in dict.fromkeys(paths):
        answerable = p[(paths == path) & (kinds == "answerable")]
        if len(answerable) == 0:
            continue
        line = f"{path}:"
        for kind in ("impossible", "leave_out", "foreign", "near_miss"):
            others = p[(paths == path) & (kinds == kind)]
            if len(others) < 20:
                continue
            made = [coverage(answerable, others, rate) for rate in RATES] + [auc(answerable, others)]
            figures.setdefault(kind, []).append(made)
            line += f"  {kind}: " + ", ".join(
                f"{share:.3f} at {rate:.0%} (threshold {np.quantile(others, 1 - rate):.3f})" for share, rate in zip(made, RATES)
            ) + f", AUC {made[-1]:.3f}"
        print(line)
    for kind, made in figures.items():
        *shares, area = np.mean(made, 0)
        print(f"mean of {len(made)}, {kind}: " + ", ".join(f"{s:.3f} at {r:.0%}" for s, r in zip(shares, RATES)) + f", AUC {area:.3f}")
    for low in np.arange(0, 1, 0.1):
        bin_ = (p >= low) & (p < low + 0.1)
        if bin_.any():
            print(f"confidence {low:.1f}-{low + 0.1:.1f}: right {right[bin_].mean():.3f} of {bin_.sum()}")


if __name__ == "__main__":
    main()
