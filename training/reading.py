"""Runs a reader, in PyTorch or ONNX, over (question, passage) pairs and reads off spans and scores.

`null = start[0] + end[0]`; `best` = the best `start[i] + end[j]` with i <= j < i + 30 inside the passage; the span score is
`best - null`. The Rust side reads the logits the same way.
"""

from dataclasses import dataclass

import numpy as np

import sanity
from text import f1, normalise

MAX_SPAN = 30


@dataclass
class Read:
    text: str
    score: float
    relevance: float
    start: int  # character of the passage


def onnx_runner(path: str, threads: int = 2):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda feed: session.run(["span_logits", "relevance_logit"], feed)


def torch_runner(reader):
    import torch

    def run(feed):
        with torch.no_grad():
            return [t.float().numpy() for t in reader(*(torch.from_numpy(feed[k]) for k in ("input_ids", "attention_mask", "token_type_ids")))]

    return run


def read(run, tokenizer, pairs: list[tuple[str, str]], batch: int = 16) -> list[Read]:
    """One `Read` a pair, in order. Pairs are cut to 512 tokens and batched by length."""
    encoded = tokenizer.encode_batch(pairs)
    order = sorted(range(len(pairs)), key=lambda i: len(encoded[i].ids))
    out: list[Read | None] = [None] * len(pairs)
    for at in range(0, len(order), batch):
        group = order[at : at + batch]
        width = min(512, max(len(encoded[i].ids) for i in group))
        feed = {k: np.zeros((len(group), width), dtype=np.int64) for k in ("input_ids", "attention_mask", "token_type_ids")}
        for row, i in enumerate(group):
            n = min(width, len(encoded[i].ids))
            feed["input_ids"][row, :n] = encoded[i].ids[:n]
            feed["attention_mask"][row, :n] = 1
            feed["token_type_ids"][row, :n] = encoded[i].type_ids[:n]
        spans, relevance = run(feed)
        for row, i in enumerate(group):
            out[i] = _best(spans[row], float(relevance[row]), encoded[i], pairs[i][1], width)
    return out


def _best(span, relevance, encoded, passage, width) -> Read:
    n = min(width, len(encoded.ids))
    first = encoded.type_ids.index(1)
    inside = range(first, n - 1) if len(encoded.ids) <= width else range(first, n)
    start, end = span[inside.start : inside.stop, 0], span[inside.start : inside.stop, 1]
    total = start[:, None] + end[None, :]
    rows, columns = np.indices(total.shape)
    total = np.where((columns >= rows) & (columns < rows + MAX_SPAN), total, -1e9)
    i, j = np.unravel_index(int(total.argmax()), total.shape)
    text = passage[encoded.offsets[first + i][0] : encoded.offsets[first + j][1]]
    return Read(text, float(total[i, j] - span[0, 0] - span[0, 1]), relevance, encoded.offsets[first + i][0])


def sanity_report(run, tokenizer) -> str:
    """The sanity set as lines: right or wrong, span, score on the right passage and on the two distractors."""
    pairs = [(c[0], p) for c in sanity.CASES for p in (c[1], c[3], c[4])]
    reads = read(run, tokenizer, pairs)
    lines, right, above = [], 0, 0
    for n, case in enumerate(sanity.CASES):
        gold, one, two = reads[3 * n : 3 * n + 3]
        ok = case[2].lower() in gold.text.lower()
        right += ok
        above += ok and gold.score > max(one.score, two.score)
        lines.append(f"  {'ok ' if ok else 'BAD'} {case[0]:38} {gold.score:6.1f} | {one.score:6.1f} {two.score:6.1f} | {gold.text[:70]}")
    return "\n".join([f"sanity: {right}/10 right, {above}/10 right and above both distractors", *lines])


def best_f1(predicted: str, golds: list[str]) -> tuple[float, float]:
    """(exact match, F1), the best over the gold answers."""
    return max(float(normalise(predicted) == normalise(g)) for g in golds), max(f1(predicted, g) for g in golds)


def auc(positive: list[float], negative: list[float]) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    _, place, count = np.unique(np.array([*positive, *negative]), return_inverse=True, return_counts=True)
    ranked = (np.cumsum(count) - (count - 1) / 2)[place[: len(positive)]]  # equal ones share the mean of their ranks
    return float((ranked.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def coverage(positive: list[float], negative: list[float], false: float) -> float:
    """Share of the positives above the score that lets a share `false` of the negatives through."""
    bar = np.quantile(np.array(negative), 1 - false)
    return float((np.array(positive) > bar).mean())
