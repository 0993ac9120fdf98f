"""Writes a SQuAD 2.0 file of a dev set with one slip in each question, in a word of five letters or more.

    python typo_set.py DEV/squad.json OUT.json [--show 20]

`quoth eval squad OUT.json` then says what such slips cost: two letters swapped, one lost or one doubled (rewrite.typo).
"""

import argparse
import json
import random
from pathlib import Path

import rewrite

SEED = 5


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("dev")
    p.add_argument("out")
    p.add_argument("--show", type=int, default=0)
    a = p.parse_args()
    file = json.loads(Path(a.dev).read_text())
    rng = random.Random(SEED)
    changed, n = [], 0
    for article in file["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                was, n = qa["question"], n + 1
                qa["question"] = rewrite.typo(was, rng)
                if qa["question"] != was:
                    changed.append(qa["question"])
    Path(a.out).write_text(json.dumps(file))
    print(f"{len(changed)} of {n} questions changed")
    print("\n".join(rng.sample(changed, min(a.show, len(changed)))))


if __name__ == "__main__":
    main()
