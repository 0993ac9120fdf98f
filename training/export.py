"""Exports a trained reader to int8 ONNX (opset 17, dynamic quantisation per channel, the interface of v0).

    python export.py --data DIR --tokenizer FILE run1/reader.pt out/reader-v1.onnx

The graph is written here node by node instead of traced: it stays the same whatever PyTorch's exporter does, holds only
the operators the Rust runtime needs, and has no shape arithmetic but two reshapes. The fp32 file is kept beside it
(`.fp32.onnx`) to measure what quantisation costs.

A product quantises its input with one scale for the whole tensor, so a channel ten times as large as the others takes
nearly all of the 256 steps. A few channels are, found on questions of the train sets (`OUTLIERS`): 99 and another of what goes up
(28 where the median is 2) are made smaller before rounding and their weights larger; one or two of what comes down (24, 20, 17)
are computed beside the rest, in fp32, from the product that makes them on. The heads, which decide, stay fp32 too, and each
row of the word table has a scale of its own.

Attention is exp(q k) v / exp(q k) 1 instead of a softmax, which first looks for the largest of each row and takes more than twice as long
in the Rust runtime. Products are cut off at `BOUND`, so nothing overflows; of 120 million in the first layer, on 300 pairs, four pass it,
and none in the others. Padding weighs nothing because its values and its part of the sum are 0.

x86 processors without VNNI (AMD before Zen 4, most of Intel's for desktops) multiply int8 by `vpmaddubsw`, which adds two neighbouring products
in 16 bits and cuts off what does not fit: 255 * 127 * 2 does not. So two neighbours of one sign in a column keep to `PAIR` in
sum, and every processor computes the same product. Rounding goes row by row, and what a row loses the later ones make up for as
far as their inputs go together with its own (GPTQ; Frantar et al., ICLR 2023).
"""

import argparse
import random
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import data
import model

# Channels of a product's input that are treated apart, by the product's name.
OUTLIERS = {"up": 2, "down": 4}
CALIBRATION = 200  # question and passage pairs of the train sets that the inputs of products are looked at on
CLIPS = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8)  # shares of a column's largest weight that its 127 steps may span
SPANS = (*CLIPS, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)  # the same for a product: at 2.0 no pair can pass `PAIR`
BOUND = 80.0  # 512 exp(80) = 2.8e37, times a value of up to 12, and exp(-80) = 1.8e-35 are within fp32: 3.4e38 and 1.2e-38
PAIR = 128  # 255 * 128 <= 32,767
DAMPING = 0.01  # of the mean square of an input, added to each: 1 % as in GPTQ


class Calibration:
    """What a product's input looks like, by the product's name: the channels that reach furthest, largest first, with how many times
    as far as the next one they reach; and the sum of x xT over tokens x, [inputs, inputs]."""

    def __init__(self, reader: model.Reader, folder: str, tokenizer):
        from reading import read, torch_runner

        largest: dict[str, torch.Tensor] = {}
        self.moments: dict[str, np.ndarray] = {}
        hooks = []
        for i, layer in enumerate(reader.layer):
            for part, module in (("query", layer), ("out", layer.out), ("up", layer.up), ("down", layer.down)):
                def note(_, inputs, name=f"layer.{i}.{part}"):
                    x = inputs[0].detach().flatten(0, 1)
                    seen = x.abs().amax(0)
                    largest[name] = torch.maximum(largest[name], seen) if name in largest else seen
                    self.moments[name] = self.moments.get(name, 0) + (x.T @ x).double().numpy()
                hooks.append(module.register_forward_pre_hook(note))
        rng = random.Random(1)
        rows = rng.sample(data.rows(Path(folder), rng), CALIBRATION)
        read(torch_runner(reader), tokenizer, [(r.question, r.context) for r in rows], batch=1)  # alone, so without padding
        for hook in hooks:
            hook.remove()
        self.apart: dict[str, tuple[list[int], list[float]]] = {}
        for name, seen in largest.items():
            n = OUTLIERS.get(name.split(".")[-1])
            if n:
                top = seen.topk(n + 1)
                self.apart[name] = (top.indices[:n].tolist(), (top.values[:n] / top.values[n]).tolist())

    def moment(self, name: str) -> np.ndarray:
        stem, _, part = name.rpartition(".")
        return self.moments[f"{stem}.query" if part in ("key", "value") else name]


class Graph:
    """Collects nodes and weights; each call gives the name of its output."""

    def __init__(self):
        self.nodes, self.weights, self.n = [], {}, 0

    def weight(self, name: str, value: np.ndarray) -> str:
        self.weights[name] = np.array(value, order="C")
        return name

    def op(self, kind: str, *inputs: str, out: str | None = None, **attributes) -> str:
        self.n += 1
        out = out or f"{kind.lower()}_{self.n}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=f"{kind}_{self.n}", **attributes))
        return out


def quantise(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 and a scale a column: of `CLIPS` the one that is least apart, as a mean square."""
    largest = np.abs(weight).max(0) + 1e-12
    best, scale, least = None, np.ones_like(largest), np.full_like(largest, np.inf)
    for clip in CLIPS:
        step = largest * clip / 127
        q = np.clip(np.round(weight / step), -127, 127)
        apart = ((q * step - weight) ** 2).mean(0)
        better = apart < least
        best = q if best is None else np.where(better, q, best)
        scale, least = np.where(better, step, scale), np.where(better, apart, least)
    return best.astype(np.int8), scale.astype(np.float32)


def paired(wanted: np.ndarray) -> np.ndarray:
    """`wanted` steps with rows 2k and 2k + 1 brought to `PAIR` in sum where they have one sign and pass it, each by half."""
    q = np.clip(np.round(wanted), -127, 127)
    first, second = q[0::2], q[1::2]
    over = np.where(first * second > 0, np.maximum(np.abs(first) + np.abs(second) - PAIR, 0), 0)
    first -= np.sign(first) * np.ceil(over / 2)
    second -= np.sign(second) * np.floor(over / 2)
    return q


def quantise_product(weight: np.ndarray, moment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 and a scale a column of a matrix whose input has this `moment`, within `PAIR`: the scale of `SPANS` that is least apart by
    plain rounding, an input counting as much as its square; then GPTQ, a row after the other."""
    largest = np.abs(weight).max(0) + 1e-12
    share = np.diag(moment)[:, None]
    steps, least = largest / 127, np.full_like(largest, np.inf)
    for span in SPANS:
        step = largest * span / 127
        apart = (share * (paired(weight / step) * step - weight) ** 2).sum(0)
        steps, least = np.where(apart < least, step, steps), np.minimum(apart, least)
    damped = moment + DAMPING * np.diag(moment).mean() * np.eye(len(moment))
    spread = np.linalg.cholesky(np.linalg.inv(damped)).T
    left, q = weight.astype(np.float64), np.zeros_like(weight)
    for row in range(len(weight)):
        at = row - row % 2
        wanted = left[at : at + 2] / steps
        if row == at:
            q[row] = paired(wanted)[0]
        else:
            room = np.where(q[at] * wanted[1] > 0, PAIR - np.abs(q[at]), 127).clip(max=127)
            q[row] = np.clip(np.round(wanted[1]), -room, room)
        lost = (left[row] - q[row] * steps) / spread[row, row]
        left[row + 1 :] -= np.outer(spread[row, row + 1 :], lost)
    same_sign = q[0::2] * q[1::2] > 0
    assert (np.abs(q[0::2] + q[1::2]) <= PAIR)[same_sign].all(), "a pair passes 16 bits"
    return q.astype(np.int8), steps.astype(np.float32)


def build(reader: model.Reader, calibration: Calibration | None = None) -> onnx.ModelProto:
    """The graph: fp32, or int8 where there is a calibration."""
    apart = calibration and calibration.apart
    g = Graph()
    state = {k: v.float().numpy() for k, v in reader.state_dict().items()}
    f = np.float32
    width, heads, head = model.WIDTH, model.HEADS, model.WIDTH // model.HEADS
    rounded: dict[str, tuple[str, str, str]] = {}

    def dense(x, name, scale=1.0, out=None, without=(), beside=None):
        """x W + b; columns `without` are 0; `beside` is a tensor that takes the place of b."""
        weight, bias = state[f"{name}.weight"].T * f(scale), state[f"{name}.bias"] * f(scale)
        kept = np.array([j not in without for j in range(len(bias))], f)
        bias = beside or g.weight(f"{name}.bias", bias * kept)
        if apart is None or name in ("span", "relevance"):
            return g.op("Add", g.op("MatMul", x, g.weight(f"{name}.weight", weight)), bias, out=out)
        moment = calibration.moment(name)
        if name.endswith(".up"):
            shrink = np.ones(len(weight), f)
            shrink[apart[name][0]] = apart[name][1]
            x = g.op("Mul", x, g.weight(f"{name}.shrink", 1 / shrink))
            weight = weight * shrink[:, None]
            moment = moment / np.outer(shrink, shrink)
        if x not in rounded:
            ends = [f"{x}_{end}" for end in ("quantized", "scale", "zero_point")]
            g.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], ends, name=f"quantise_{x}"))
            rounded[x] = tuple(ends)
        if name.endswith(".down"):
            few = apart[name][0]
            moment = moment.copy()
            weight[few] = moment[few] = moment[:, few] = 0  # its input is 0 there
        q, step, zero = rounded[x]
        matrix, steps = quantise_product(weight * kept, moment)
        stem = f"{name}.weight"
        product = g.op(
            "MatMulInteger", q, g.weight(f"{stem}_quantized", matrix), zero, g.weight(f"{stem}_zero_point", np.zeros(len(steps), np.int8))
        )
        y = g.op("Mul", g.op("Cast", product, to=TensorProto.FLOAT), g.op("Mul", step, g.weight(f"{stem}_scale", steps)))
        return g.op("Add", y, bias, out=out)

    def gelu(u):
        erf = g.op("Add", g.op("Erf", g.op("Mul", u, g.weight("root", f(2**-0.5)))), g.weight("unit", f(1)))
        return g.op("Mul", g.op("Mul", u, erf), g.weight("half", f(0.5)))

    def feed_forward(x, p):
        if apart is None:
            return dense(gelu(dense(x, f"{p}.up")), f"{p}.down")
        few = apart[f"{p}.down"][0]
        own = g.op("MatMul", x, g.weight(f"{p}.few.up", state[f"{p}.up.weight"].T[:, few]))
        own = gelu(g.op("Add", own, g.weight(f"{p}.few.bias", state[f"{p}.up.bias"][few])))
        own = g.op("MatMul", own, g.weight(f"{p}.few.down", state[f"{p}.down.weight"].T[few]))
        own = g.op("Add", own, g.weight(f"{p}.down.bias", state[f"{p}.down.bias"]))
        return dense(gelu(dense(x, f"{p}.up", without=few)), f"{p}.down", beside=own)

    def norm(x, name):
        return g.op("LayerNormalization", x, g.weight(f"{name}.weight", state[f"{name}.weight"]), g.weight(f"{name}.bias", state[f"{name}.bias"]), axis=-1, epsilon=model.EPS)

    split, joined = g.weight("split", np.array([0, 0, heads, head])), g.weight("joined", np.array([0, 0, width]))
    one, zero, two = (g.weight(k, np.array([v])) for k, v in (("one", 1), ("zero", 0), ("two", 2)))

    if apart is None:
        word = g.op("Gather", g.weight("word", state["word.weight"]), "input_ids")
    else:
        rows, steps = quantise(state["word.weight"].T)
        word = g.op("Cast", g.op("Gather", g.weight("word_quantized", rows.T), "input_ids"), to=TensorProto.FLOAT)
        word = g.op("Mul", word, g.op("Gather", g.weight("word_scale", steps[:, None]), "input_ids"))
    kind = g.op("Gather", g.weight("segment", state["segment.weight"]), "token_type_ids")
    length = g.op("Slice", g.op("Shape", "input_ids"), one, two)
    place = g.op("Slice", g.weight("position", state["position.weight"]), zero, length, zero)
    x = norm(g.op("Add", g.op("Add", word, kind), place), "norm")
    # 1 where there is a token, 0 where there is padding: as rows of values, and as a column that sums what keys weigh.
    seen = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    rows, keys = g.op("Unsqueeze", seen, g.weight("axis_rows", np.array([2]))), g.op("Unsqueeze", seen, g.weight("axes_keys", np.array([1, 3])))
    low, high = g.weight("low", f(-BOUND)), g.weight("high", f(BOUND))
    for i in range(len(reader.layer)):
        p = f"layer.{i}"
        q = g.op("Transpose", g.op("Reshape", dense(x, f"{p}.query", head**-0.5), split), perm=[0, 2, 1, 3])
        k = g.op("Transpose", g.op("Reshape", dense(x, f"{p}.key"), split), perm=[0, 2, 3, 1])
        v = g.op("Transpose", g.op("Reshape", g.op("Mul", dense(x, f"{p}.value"), rows), split), perm=[0, 2, 1, 3])
        weights = g.op("Exp", g.op("Clip", g.op("MatMul", q, k), low, high))
        a = g.op("Div", g.op("MatMul", weights, v), g.op("MatMul", weights, keys))
        a = g.op("Reshape", g.op("Transpose", a, perm=[0, 2, 1, 3]), joined)
        x = norm(g.op("Add", x, dense(a, f"{p}.out")), f"{p}.norm1")
        x = norm(g.op("Add", x, feed_forward(x, p)), f"{p}.norm2")
    dense(x, "span", out="span_logits")
    first = g.op("Gather", x, g.weight("first", np.array(0)), axis=1)
    g.op("Squeeze", dense(first, "relevance"), one, out="relevance_logit")

    ints = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in ("input_ids", "attention_mask", "token_type_ids")]
    outs = [
        helper.make_tensor_value_info("span_logits", TensorProto.FLOAT, ["batch", "length", 2]),
        helper.make_tensor_value_info("relevance_logit", TensorProto.FLOAT, ["batch"]),
    ]
    graph = helper.make_graph(g.nodes, "quoth-reader", ints, outs, [numpy_helper.from_array(v, k) for k, v in g.weights.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="quoth")
    for name, (channels, _) in (apart or {}).items():
        made.metadata_props.add(key=f"{name}.channels", value=",".join(map(str, channels)))
    onnx.checker.check_model(made, full_check=True)
    return made


def export(weights: str, target: str, folder: str, tokenizer) -> None:
    state = torch.load(weights, weights_only=True)
    reader = model.Reader(model.layers_of(state))
    reader.load_state_dict(state)
    reader.eval()
    plain = str(Path(target).with_suffix(".fp32.onnx"))
    onnx.save(build(reader), plain)
    calibration = Calibration(reader, folder, tokenizer)
    print("apart:", calibration.apart)
    onnx.save(build(reader, calibration), target)
    check(reader, plain, target)


def check(reader: model.Reader, plain: str, target: str) -> None:
    """PyTorch, fp32 ONNX and int8 ONNX on a batch whose last row is padded: the first two agree to 1e-3 in all that stands before
    the padding, the third is printed."""
    from reading import onnx_runner, torch_runner

    rng = np.random.default_rng(1)
    feed = {"input_ids": rng.integers(1000, 20000, (3, 64)), "attention_mask": np.ones((3, 64), np.int64), "token_type_ids": np.zeros((3, 64), np.int64)}
    feed["token_type_ids"][:, 12:] = 1
    feed["attention_mask"][2, 40:] = 0
    want = torch_runner(reader)(feed)
    got, small = onnx_runner(plain)(feed), onnx_runner(target)(feed)
    seen = feed["attention_mask"] == 1
    apart = [max(np.abs(want[0][seen] - g[0][seen]).max(), np.abs(want[1] - g[1]).max()) for g in (got, small)]
    print(f"{target}: {Path(target).stat().st_size / 1e6:.1f} MB; fp32 apart {apart[0]:.1e}, int8 apart {apart[1]:.2f}")
    assert apart[0] < 1e-3, "the exported graph differs from the PyTorch model"


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True, help="folder of the train sets")
    p.add_argument("--tokenizer", required=True)
    p.add_argument("weights")
    p.add_argument("target")
    a = p.parse_args()
    export(a.weights, a.target, a.data, data.load_tokenizer(a.tokenizer))
