"""Compares the reader in PyTorch, fp32, with the int8 file as the product runs it, on pairs of the dev sets.

    python parity.py --dev DIR --models DIR --weights RUN/reader.pt --rust ../target/release/examples/read_pairs

`--models` is a folder as QUOTH_MODEL_DIR names one: `reader.onnx`, `static.safetensors`, `tokenizer.json` and their `SHA256SUMS`;
its tokenizer serves both sides. `cargo build --release --example read_pairs` builds what `--rust` names. Half of the pairs are a
question with its gold paragraph, half with the best paragraph that lacks the answer. Prints how often the spans agree, how far
the scores are apart, and what the difference costs in F1.
"""

import argparse
import json
import subprocess

import numpy as np

import data
import evaluate
from reading import best_f1, read, torch_runner
from train_reader import start_model


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--dev", required=True)
    p.add_argument("--models", required=True)
    p.add_argument("--weights", required=True, help="the PyTorch weights that the file of --models was exported from")
    p.add_argument("--rust", required=True, help="the built example read_pairs")
    p.add_argument("--sets", default="squad,nq")
    p.add_argument("--pairs", type=int, default=200, help="as many as the sets have: half as many questions, evenly from each")
    a = p.parse_args()
    tokenizer = data.load_tokenizer(f"{a.models}/tokenizer.json")
    sets = a.sets.split(",")
    rows = [row for name in sets for row in evaluate.sample(a.dev, name, a.pairs // 2 // len(sets))]
    pairs = [(q, gold) for q, _, gold, _ in rows] + [(q, other or gold) for q, _, gold, other in rows]
    reader = start_model(f"ckpt:{a.weights}")
    own = read(torch_runner(reader.eval()), tokenizer, pairs, batch=1)
    lines = "".join(json.dumps({"question": q, "passage": passage}) + "\n" for q, passage in pairs)
    answer = subprocess.run([a.rust, a.models], input=lines, capture_output=True, text=True, check=True).stdout
    theirs = [json.loads(line) for line in answer.splitlines()]
    assert len(theirs) == len(own)
    apart = np.array([t["score"] - o.score for t, o in zip(theirs, own)])
    same = np.mean([t["text"] == o.text for t, o in zip(theirs, own)])
    gold = list(zip(theirs, own, rows))
    f1 = [np.mean([best_f1(text, answers)[1] for text, answers in side]) for side in (
        [(o.text, row[1]) for _, o, row in gold], [(t["text"], row[1]) for t, _, row in gold])]
    print(
        f"{len(own)} pairs: same span {same:.3f}; scores apart {np.abs(apart).mean():.3f} on average, {np.quantile(np.abs(apart), 0.95):.2f} at "
        f"the 95th percentile, shifted by {apart.mean():+.3f}; F1 fp32 {f1[0]:.3f}, int8 in Rust {f1[1]:.3f}"
    )


if __name__ == "__main__":
    main()
