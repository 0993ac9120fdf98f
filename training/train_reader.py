"""Trains the reader for a given number of minutes, at the end of which the learning rate reaches 0.

    python train_reader.py --data DIR --tokenizer FILE --init v0:FILE|minilm:FILE|ckpt:FILE --out DIR --minutes 90
    python train_reader.py … --init ckpt:FILE --layers 0,1,3,5 --teacher ckpt:FILE      # a smaller student of that reader

The rate follows the share of the minutes that is used, so it ends at 0 however fast the machine is. Stopped early, it goes on
from `OUT/last.pt` when started again with the same arguments; the time in between does not count. Writes `OUT/reader.pt`, the
moving average of the weights, at every checkpoint and at the end.

The step computes in bf16 with a bf16 copy of the weights; the weights themselves, AdamW's state and the average are fp32. A
processor without bf16 is several times faster with `--fp32`, which computes with the weights themselves.
"""

import argparse
import copy
import hashlib
import os
import random
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
import evaluate
import model
from reading import sanity_report, torch_runner

TOKENS_A_BATCH = 3_500
WARM_UP = 100
DECAY = 0.998  # of the moving average, a step
CHECKPOINT_SECONDS = 480
CLIP = 1.0
SEP, MASK = 102, 103  # [SEP] and [MASK] in BERT's vocabulary; only unused pieces, [PAD], [UNK] and [CLS] come before them
TEACHING = 1.0  # weight of what a teacher says beside what the data says, and the temperature that both are softened by
TEMPERATURE = 2.0


def batches(examples: data.Examples, epoch: int, seed: int) -> list[list[int]]:
    """Indices by batch: shuffled, grouped by padded length within blocks, the groups shuffled again."""
    rng = random.Random(seed * 1000 + epoch)
    order = list(range(len(examples)))
    rng.shuffle(order)
    lengths, out = examples.lengths(), []
    for at in range(0, len(order), 4000):
        block = sorted(order[at : at + 4000], key=lambda i: lengths[i])
        made, group = [], []
        for i in block:
            if group and (len(group) + 1) * _padded(lengths[i]) > TOKENS_A_BATCH:
                made.append(group)
                group = []
            group.append(i)
        made.append(group)
        rng.shuffle(made)
        out += made
    return out


def _padded(n: int) -> int:
    return (int(n) + 31) // 32 * 32  # other shapes cost two to three times as much on this CPU


def tensors(examples: data.Examples, group: list[int]):
    width = _padded(max(examples.offset[i + 1] - examples.offset[i] for i in group))
    ids, mask, types, passage = (np.zeros((len(group), width), dtype=np.int64) for _ in range(4))
    for row, i in enumerate(group):
        own = examples.ids[examples.offset[i] : examples.offset[i + 1]]
        ids[row, : len(own)], mask[row, : len(own)], types[row, examples.question[i] : len(own)] = own, 1, 1
        passage[row, examples.passage[i] : len(own)] = 1
    return *map(torch.from_numpy, (ids, mask, types)), torch.from_numpy(passage).bool(), torch.from_numpy(examples.span[group])


def hidden(ids, types, span, share: float):
    """`ids` with a `share` of the pieces masked, so that no single word decides; the answer, the frame ([CLS], [SEP]) and the
    padding stay."""
    places = torch.arange(ids.shape[1])
    answer = (places >= span[:, 0, None]) & (places <= span[:, 3, None]) & types.bool()
    chosen = (torch.rand(ids.shape) < share) & ~answer & (ids > SEP)
    return ids.masked_fill(chosen, MASK)


def loss_of(span_logits, relevance_logit, passage, span):
    """Mean of start and end loss + 0.3 BCE of relevance. Where a range of positions is right, their summed probability counts.
    A span lies in the `passage`, or at 0 where there is none."""
    allowed = passage.clone()
    allowed[:, 0] = True
    logits = span_logits.float().masked_fill(~allowed[:, :, None], -1e4)
    places = torch.arange(passage.shape[1])
    losses = []
    for side, (lo, hi) in enumerate(((0, 1), (2, 3))):
        one = logits[:, :, side]
        right = (places >= span[:, lo, None]) & (places <= span[:, hi, None])
        losses.append(torch.logsumexp(one, 1) - torch.logsumexp(one.masked_fill(~right, -1e9), 1))
    answered = (span[:, 0] > 0).float()
    per_example = (losses[0] + losses[1]) / 2
    relevance = F.binary_cross_entropy_with_logits(relevance_logit.float(), answered)
    return per_example.mean() + 0.3 * relevance, per_example.detach(), answered


def taught(span_logits, relevance_logit, teacher_spans, teacher_relevance, passage):
    """How far the reader is from what the teacher says, both softened (Hinton et al., 2015): the mean of start and end, and
    relevance; a mean over the examples."""
    allowed = passage.clone()
    allowed[:, 0] = True
    own, its = (x.float().masked_fill(~allowed[:, :, None], -1e4) / TEMPERATURE for x in (span_logits, teacher_spans))
    spans = F.kl_div(own.log_softmax(1), its.log_softmax(1), reduction="sum", log_target=True) / (2 * len(own))
    relevance = F.binary_cross_entropy_with_logits(relevance_logit.float(), torch.sigmoid(teacher_relevance.float()))
    return TEMPERATURE**2 * spans + 0.3 * relevance


def start_model(init: str) -> model.Reader:
    """`KIND:FILE`, or several with commas between: their mean."""
    if "," in init:
        readers = [start_model(one) for one in init.split(",")]
        with torch.no_grad():
            for own, *others in zip(*(r.parameters() for r in readers)):
                own.add_(sum(others)).div_(len(readers))
        return readers[0]
    kind, path = init.split(":", 1)
    if kind == "minilm":
        return model.from_minilm(path)
    if kind == "v0":
        return model.from_onnx(path)
    state = torch.load(path, weights_only=True)
    reader = model.Reader(model.layers_of(state))
    reader.load_state_dict(state)
    return reader


def cache_name(a: argparse.Namespace) -> str:
    """The file of the examples, named for all that they are made of: other sets, vectors or rules make other ones."""
    here = Path(__file__).parent
    sources = [*sorted(Path(a.data).glob("*.jsonl.gz")), a.tokenizer, *(here / f"{name}.py" for name in ("data", "contrast", "rewrite", "text"))]
    seen = hashlib.sha256()
    for path in [*sources, a.static] if a.static else sources:
        seen.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return f"examples-{a.examples}-{a.seed}-{seen.hexdigest()[:12]}.npz"


class Twin:
    """A bf16 copy of the reader that computes a step: `refresh` takes the weights over, `give` hands the gradients back in fp32."""

    def __init__(self, reader: model.Reader):
        self.reader = copy.deepcopy(reader).bfloat16()
        self.own = [p for p in self.reader.parameters() if p.requires_grad]
        self.master = [p for p in reader.parameters() if p.requires_grad]
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        torch._foreach_copy_(self.own, self.master)

    @torch.no_grad()
    def give(self) -> None:
        for own, master in zip(self.own, self.master):
            if master.grad is None:
                master.grad = torch.empty_like(master)
            master.grad.copy_(own.grad)
            own.grad = None


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True, help="folder of the train sets")
    p.add_argument("--dev", help="folder of the dev sets: a quick look at every checkpoint, never trained on")
    p.add_argument("--tokenizer", required=True)
    p.add_argument("--init", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--tables", help="MiniLM's model.safetensors: puts the exact word table back where --init read it from int8")
    p.add_argument("--static", help="static vectors: some look-alikes are those that the product would find by meaning")
    p.add_argument("--minutes", type=float, default=90)
    p.add_argument("--layers", help="of --init's layers, counted from 0 with commas between, those that are kept")
    p.add_argument("--teacher", help="a reader as --init takes it, whose logits are learned beside the answers")
    p.add_argument("--hidden", type=float, default=0.0, help="share of an example's pieces that are masked; 0.05 in run 9")
    p.add_argument("--fp32", action="store_true", help="compute in fp32: for processors without bf16")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--examples", type=int, default=100_000)
    p.add_argument("--peak", type=float, default=1e-4)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = data.load_tokenizer(a.tokenizer)

    def log(line: str) -> None:
        print(datetime.now().strftime("%H:%M:%S"), line, flush=True)

    cache = out / cache_name(a)
    if cache.exists():
        examples = data.Examples(**np.load(cache))
    else:
        examples = data.build(a.data, tokenizer, a.examples, a.seed, log, a.static)
        np.savez(cache, **vars(examples))
    log(f"{len(examples)} examples, mean {examples.lengths().mean():.0f} tokens, {100 * (examples.span[:, 0] > 0).mean():.0f} % answered")

    reader = start_model(a.init)
    if a.tables:
        model.restore_words(reader, a.tables)
    if a.layers:
        reader.layer = torch.nn.ModuleList(reader.layer[int(i)] for i in a.layers.split(","))
    teacher = start_model(a.teacher).to(torch.float32 if a.fp32 else torch.bfloat16).eval() if a.teacher else None
    named = [(n, p) for n, p in reader.named_parameters() if p.requires_grad]
    plain = [p for n, p in named if "norm" in n or n.endswith("bias")]
    decayed = [p for n, p in named if not ("norm" in n or n.endswith("bias"))]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=0.0, fused=True)
    average = {n: p.detach().clone() for n, p in named}
    step, epoch, at, used, seen = 0, 0, 0, 0.0, 0
    if (out / "last.pt").exists():
        state = torch.load(out / "last.pt", weights_only=False)
        reader.load_state_dict(state["reader"])
        optimiser.load_state_dict(state["optimiser"])
        average = state["average"]
        step, epoch, at, used, seen = state["place"]
        torch.set_rng_state(state["dice"])  # or it would drop and mask again what it did from step 0 on
        log(f"goes on at step {step}")
    twin = None if a.fp32 else Twin(reader)
    computing = twin.reader if twin else reader
    last_tick = last_saved = time.time()

    def save(final: bool) -> None:
        now = {n: p.detach().clone() for n, p in named}
        with torch.no_grad():
            for n, p in named:
                p.copy_(average[n])
        torch.save(reader.state_dict(), out / "reader.pt")
        reader.eval()
        log(sanity_report(torch_runner(reader), tokenizer))
        if a.dev:
            log("dev, quick: " + evaluate.quick(torch_runner(reader), tokenizer, a.dev, 24 if not final else 60))
        reader.train()
        with torch.no_grad():
            for n, p in named:
                p.copy_(now[n])
        place, dice = (step, epoch, at, used, seen), torch.get_rng_state()
        state = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "place": place, "dice": dice}
        torch.save(state, out / "last.new")
        os.replace(out / "last.new", out / "last.pt")  # whole or not at all

    save(False)
    sums = np.zeros(4)
    order = batches(examples, epoch, a.seed)
    while True:
        now = time.time()
        used += now - last_tick
        last_tick = now
        left = 1 - used / (60 * a.minutes)
        if left <= 0:
            break
        if at >= len(order):
            epoch, at = epoch + 1, 0
            order = batches(examples, epoch, a.seed)
            log(f"pass {epoch} over the examples ends")
        group = order[at]
        ids, mask, types, passage, span = tensors(examples, group)
        rate = a.peak * min(1.0, (step + 1) / WARM_UP) * left
        for g in optimiser.param_groups:
            g["lr"] = rate
        if a.hidden:
            ids = hidden(ids, types, span, a.hidden)
        spans, relevance = computing(ids, mask, types)
        loss, each, answered = loss_of(spans, relevance, passage, span)
        if teacher:
            with torch.no_grad():
                its = teacher(ids, mask, types)
            loss = loss + TEACHING * taught(spans, relevance, *its, passage)
        loss.backward()
        if twin:
            twin.give()
        torch.nn.utils.clip_grad_norm_([p for _, p in named], CLIP)
        optimiser.step()
        if twin:
            twin.refresh()
        else:
            optimiser.zero_grad()
        with torch.no_grad():
            decay = min(DECAY, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(average.values()), [p.detach() for _, p in named], 1 - decay)
        step, at, seen = step + 1, at + 1, seen + len(group)
        sums += [float((each * answered).sum()), float(answered.sum()), float((each * (1 - answered)).sum()), float((1 - answered).sum())]
        if step % 50 == 0:
            log(f"step {step} seen {seen} rate {rate:.1e} loss answered {sums[0] / max(1, sums[1]):.3f} null {sums[2] / max(1, sums[3]):.3f} {seen / max(1, used):.1f}/s, {used / 60:.1f} of {a.minutes:.0f} min")
            sums[:] = 0
        if now - last_saved > CHECKPOINT_SECONDS:
            last_saved = now
            save(False)
    log(f"ends: {step} steps, {seen} examples, {used / 60:.1f} min")
    save(True)


if __name__ == "__main__":
    main()
