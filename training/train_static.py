"""Trains the static passage vectors: one 256-d vector a token, a text is the mean of its tokens, L2-normalised.

    python train_static.py --data DIR --dev DIR --tokenizer FILE --init v0:FILE|minilm:FILE --out static.safetensors

Contrastive: a question is to score its own passage above the other passages of the batch and above the look-alikes that BM25
brings for its questions, but for those cut from the same paragraph as its own (temperature 0.06, Adam, twelve minutes on one
core). Half of the questions lose most of the words that their passage has too: who asks in other words is to find it as well,
and without this, vectors learn to look for the same words.
A token's vector carries its weight in its length, so frequent words fade by themselves. Writes `embedding` int8
[30522, 256] and `scale` f32 [30522]; row x scale is a token's vector, zero for unused and special ids.
"""

import argparse
import gzip
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

import data
import evaluate
import model
from text import Bm25

WIDTH, BATCH, TEMPERATURE, PEAK = 256, 3072, 0.06, 4e-3  # large batches pay most: each brings up to 6,143 passages that are not the answer
DROP_QUESTIONS, DROP_TOKENS = 0.5, 0.6  # share of the questions that lose shared tokens, and of those tokens
FIRST = 999  # the first id that is neither special nor unused
EXTRA = ("medquad_passage", "pubmedqa_passage")  # question to passage, no span: useful here only


def tokens(tokenizer, texts: list[str], most: int) -> list[np.ndarray]:
    """Token ids without special ones, at most `most` a text."""
    out = []
    for at in range(0, len(texts), 4000):
        out += [np.array(e.ids[:most], dtype=np.int64) for e in tokenizer.encode_batch(texts[at : at + 4000], add_special_tokens=False)]
    return out


def mean(table: torch.Tensor, texts: list[np.ndarray]) -> torch.Tensor:
    """Unit vectors of `texts`."""
    lengths = [len(t) for t in texts]
    flat = torch.from_numpy(np.concatenate(texts))
    offsets = torch.tensor([0, *np.cumsum(lengths)[:-1]])
    return F.normalize(F.embedding_bag(flat, table, offsets, mode="mean"), dim=1)


def in_other_words(question: np.ndarray, passage: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """`question`, or what is left of it when some of the tokens that `passage` shares are taken out, if at least two are left."""
    if dice.random() >= DROP_QUESTIONS:
        return question
    left = question[~(np.isin(question, passage) & (dice.random(len(question)) < DROP_TOKENS))]
    return left if len(left) >= 2 else question


def from_minilm(path: str) -> np.ndarray:
    """Each token read alone by MiniLM, mean over [CLS] token [SEP], PCA to 256, as model2vec does (Tulkens and van Dongen, 2024)."""
    reader = model.from_minilm(path).eval()
    ids = torch.arange(model.VOCABULARY)
    out = []
    with torch.no_grad():
        for part in ids.split(2048):
            three = torch.stack([torch.full_like(part, 101), part, torch.full_like(part, 102)], 1)
            x = reader.norm(reader.word(three) + reader.segment(torch.zeros_like(three)) + reader.position(torch.arange(3)))
            for layer in reader.layer:
                x = layer(x, torch.ones(len(part), 1, 1, 3, dtype=torch.bool))
            out.append(x.mean(1))
    x = torch.cat(out)
    x = x - x.mean(0)
    _, _, v = torch.linalg.svd(x[1000:], full_matrices=False)
    x = x @ v[:WIDTH].T
    # Ids are nearly in order of frequency: Zipf's law gives the weight (SIF; Arora et al., ICLR 2017).
    p = 1 / (ids.clamp(min=999) - 998).float() / np.log(model.VOCABULARY)
    x = x * (1e-4 / (1e-4 + p))[:, None]
    x[:FIRST] = 0
    return x.numpy()


def start(init: str) -> np.ndarray:
    kind, path = init.split(":", 1)
    if kind == "minilm":
        return from_minilm(path)
    v0 = load_file(path)
    return v0["embedding"].astype(np.float32) * v0["scale"][:, None]


def pairs(folder: str, rng: random.Random) -> list[tuple[str, str, str, int, int]]:
    """(question, passage, look-alike, id of the passage's context, of the look-alike's) of every set; passages are cut as the
    reader's are. A context is a whole paragraph, and the same one has the same id wherever it is from."""
    rows = data.rows(Path(folder), rng)
    for source in EXTRA:
        with gzip.open(Path(folder) / f"{source}.jsonl.gz", "rt") as file:
            for line in file:
                r = json.loads(line)
                rows.append(data.Row(source, r["question"], r["context"], "", 0, source))
    pools = {}
    for pool in sorted({r.pool for r in rows}):
        texts = list(dict.fromkeys(r.context for r in rows if r.pool == pool))
        pools[pool] = (texts, Bm25(texts))
    ids = {context: i for i, context in enumerate(dict.fromkeys(r.context for r in rows))}
    out = []
    for r in rows:
        texts, bm25 = pools[r.pool]
        others = [i for i in bm25.top(r.question, 6) if texts[i] != r.context and (not r.answer or data.lacks(texts[i], r.answer))]
        other = texts[rng.choice(others)] if others else rng.choice(texts)
        passage = data.cut(r.context, r.start, r.start + max(1, len(r.answer)), rng)[0]
        alike = data.cut(other, 0, 1, rng)[0] if rng.random() < 0.5 else other
        out.append((r.question, passage, alike, ids[r.context], ids[other]))
    return out


def no_negatives(own: np.ndarray, others: np.ndarray) -> torch.Tensor:
    """Which columns of a batch's scores, [passages, look-alikes], are of the same context as the row's own passage, but that
    passage. `own` and `others` are the ids of their contexts: another cut of the same paragraph may well answer, so it is no negative."""
    own, others = torch.from_numpy(own), torch.from_numpy(others)
    same = own[:, None] == torch.cat([own, others])[None, :]
    same.fill_diagonal_(False)
    return same


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = np.abs(table).max(1) / 127
    return np.round(table / np.maximum(scale, 1e-12)[:, None]).astype(np.int8), scale.astype(np.float32)


def report(table: np.ndarray, tokenizer, folder: str) -> str:
    """Passage R@1 of the vectors alone, and mixed half and half with BM25 (z-scores over the pool), on each dev set."""
    out, weights = [], torch.from_numpy(table)
    for name in evaluate.SETS:
        paragraphs, bm25, questions = evaluate.load(folder, name)
        questions = random.Random(7).sample(questions, min(300, len(questions)))
        vectors = mean(weights, tokens(tokenizer, paragraphs, 512))
        near = (mean(weights, tokens(tokenizer, [q for q, _, _ in questions], 64)) @ vectors.T).numpy()
        alone = mixed = 0
        for (q, gold, _), cosine in zip(questions, near):
            lexical = np.zeros(len(paragraphs))
            for i, score in bm25.ranked(q, len(paragraphs)):
                lexical[i] = score
            both = [(x - x.mean()) / (x.std() + 1e-9) for x in (lexical, cosine)]
            alone += int(cosine.argmax()) == gold
            mixed += int((both[0] + both[1]).argmax()) == gold
        out.append(f"{name} {alone / len(questions):.3f}/{mixed / len(questions):.3f}")
    return "passage R@1 alone/mixed: " + "  ".join(out)


def main() -> None:
    p = argparse.ArgumentParser()
    for name in ("data", "dev", "tokenizer", "init", "out"):
        p.add_argument(f"--{name}", required=True)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1, help="more are faster, and add in another order")
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    rng, dice = random.Random(a.seed), np.random.default_rng(a.seed)
    tokenizer = data.load_tokenizer(a.tokenizer)
    first = start(a.init)
    print("start:", report(first, tokenizer, a.dev), flush=True)
    began = time.time()
    made = pairs(a.data, random.Random(a.seed))  # its own dice: the order of training does not hang on how pairs are made
    questions, passages, others = (tokens(tokenizer, [x[i] for x in made], most) for i, most in ((0, 64), (1, 256), (2, 256)))
    context, other_context = (np.array([x[i] for x in made]) for i in (3, 4))
    good = [i for i in range(len(made)) if len(questions[i]) and len(passages[i]) and len(others[i])]
    print(f"{len(good)} pairs, {time.time() - began:.0f} s", flush=True)
    table = torch.from_numpy(first.copy()).requires_grad_(True)
    used = torch.from_numpy((np.abs(first).sum(1) > 0).astype(np.float32))[:, None]
    optimiser = torch.optim.Adam([table], lr=PEAK)
    steps, step = a.epochs * (len(good) // BATCH), 0
    for epoch in range(a.epochs):
        rng.shuffle(good)
        for at in range(0, len(good) - BATCH + 1, BATCH):
            at_ = good[at : at + BATCH]
            q = mean(table, [in_other_words(questions[i], passages[i], dice) for i in at_])
            c = mean(table, [passages[i] for i in at_] + [others[i] for i in at_])
            scores = q @ c.T / TEMPERATURE
            scores = scores.masked_fill(no_negatives(context[at_], other_context[at_]), -1e4)
            loss = F.cross_entropy(scores, torch.arange(len(at_)))
            for g in optimiser.param_groups:
                g["lr"] = PEAK * (1 - step / steps)
            optimiser.zero_grad()
            loss.backward()
            table.grad *= used
            optimiser.step()
            step += 1
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, {time.time() - began:.0f} s;", report(table.detach().numpy(), tokenizer, a.dev), flush=True)
    embedding, scale = quantise(table.detach().numpy())
    save_file({"embedding": embedding, "scale": scale}, a.out)
    print(a.out, report(embedding.astype(np.float32) * scale[:, None], tokenizer, a.dev))


if __name__ == "__main__":
    main()
