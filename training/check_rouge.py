"""Compares the ROUGE figures of `quoth eval summaries --pairs` with the package `rouge-score`.

    python check_rouge.py PAIRS.jsonl

Each line has a reference, the summaries of the four systems and the figures that Quoth gave them.
"""

import json
import sys

from rouge_score import rouge_scorer

KINDS = ["rouge1", "rouge2", "rougeLsum"]
SCORER = rouge_scorer.RougeScorer(KINDS, use_stemmer=True)


def main():
    n, largest = 0, 0.0
    with open(sys.argv[1]) as lines:
        for line in lines:
            row = json.loads(line)
            for system, summary in row["summaries"].items():
                expected = SCORER.score(row["reference"], summary["text"])
                for kind in KINDS:
                    largest = max(largest, abs(expected[kind].fmeasure - summary[kind]))
                n += 1
    print(f"{n} pairs, {3 * n} figures, largest difference {largest:.2e}")


if __name__ == "__main__":
    main()
