"""Writes a SQuAD 2.0 file of a dev set's answerable questions, each with its near-miss beside it where a rule of rewrite.py applies.

    python near_miss_set.py DEV/squad.json OUT.json [--show 100]

`quoth eval squad OUT.json` then prints the coverage at 5 % and 20 % false answers against the near-misses. All paragraphs of the
set stay in the pool; only questions that have a near-miss are asked, so both sides are of one kind. A near-miss may still be
answerable where a rule misses that; `--show` prints some to check by eye.
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import rewrite

SEED = 9


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("dev")
    p.add_argument("out")
    p.add_argument("--show", type=int, default=0)
    a = p.parse_args()
    file = json.loads(Path(a.dev).read_text())
    rng = random.Random(SEED)
    questions = [qa for article in file["data"] for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
    names = rewrite.entities([qa["question"] for qa in questions])
    shown = []
    for article in file["data"]:
        for paragraph in article["paragraphs"]:
            asked = []
            for qa in paragraph["qas"]:
                if qa.get("is_impossible") or not qa["answers"]:
                    continue
                changed = rewrite.near_miss(qa["question"], paragraph["context"], names, rng)
                if not changed:
                    continue
                asked.append(qa)
                asked.append({"id": f"{qa['id']}-near", "question": changed[1], "is_impossible": True, "answers": []})
                shown.append((changed[0], qa["question"], changed[1], qa["answers"][0]["text"], paragraph["context"]))
            paragraph["qas"] = asked
    Path(a.out).write_text(json.dumps({"version": "v2.0", "data": file["data"]}))
    kinds = Counter(kind for kind, *_ in shown).most_common()
    print(f"{len(shown)} near-misses of {len(questions)} questions:", ", ".join(f"{kind} {n}" for kind, n in kinds))
    for kind, was, now, answer, context in rng.sample(shown, min(a.show, len(shown))):
        print(f"\n[{kind}] {was}\n   -> {now}\n   was: {answer}\n   {context}")


if __name__ == "__main__":
    main()
