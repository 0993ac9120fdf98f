"""Fits the confidence on what `quoth eval squad --features` wrote, and chooses the thresholds.

    python fit_confidence.py [--hold NAME=WEIGHT ...] FEATURES.jsonl [FEATURES.jsonl ...]

The target is whether the first hit's sentence is right; for questions that should not be answered
it is never. Kinds are weighted so that each file counts alike and answerable and unanswerable
questions balance. Odd-numbered questions are fitted on, even-numbered ones measured.
"""

import argparse
import json

import numpy as np

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
                rows.append((path, row["kind"], np.array(signals), float(right)))
    return rows


def design(rows):
    x = np.array([np.append(signals, 1.0) for _, _, signals, _ in rows])
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("features", nargs="+")
    parser.add_argument("--hold", action="append", default=[], metavar="NAME=WEIGHT")
    parser.add_argument("--all", action="store_true")
    a = parser.parse_args()
    by_hand = {NAMES.index(name): float(weight) for name, weight in (one.split("=") for one in a.hold)}
    rows = load(a.features)
    train, held = (rows, rows) if a.all else (rows[1::2], rows[::2])
    weights = fit(train, by_hand)
    print("weights", ", ".join(f"{w:.4f}" for w in weights[:-1]))
    print("bias", f"{weights[-1]:.4f}")
    p = confidence(weights, held)
    kinds = np.array([kind for _, kind, *_ in held])
    paths = np.array([path for path, *_ in held])
    right = np.array([r for *_, r in held])
    for path in dict.fromkeys(paths):
        answerable = p[(paths == path) & (kinds == "answerable")]
        if len(answerable) == 0:
            continue
        line = f"{path}:"
        for kind in ("impossible", "leave_out", "foreign", "near_miss"):
            others = p[(paths == path) & (kinds == kind)]
            if len(others) < 20:
                continue
            at = [(np.quantile(others, 1 - rate), rate) for rate in (0.05, 0.2)]
            line += f"  {kind}: " + ", ".join(
                f"{(answerable >= t).mean():.3f} at {rate:.0%} (threshold {t:.3f})" for t, rate in at
            )
        print(line)
    for low in np.arange(0, 1, 0.1):
        bin_ = (p >= low) & (p < low + 0.1)
        if bin_.any():
            print(f"confidence {low:.1f}-{low + 0.1:.1f}: right {right[bin_].mean():.3f} of {bin_.sum()}")


if __name__ == "__main__":
    main()
