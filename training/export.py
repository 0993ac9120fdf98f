"""Exports a trained reader to int8 ONNX (opset 17, dynamic quantisation per channel, the interface of v0).

    python export.py run1/reader.pt out/reader-v1.onnx

The graph is written here node by node instead of traced: it stays the same whatever PyTorch's exporter does, holds only
the operators the Rust runtime needs, and has no shape arithmetic but two reshapes. The fp32 file is kept beside it
(`.fp32.onnx`) to measure what quantisation costs.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import model


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


def build(reader: model.Reader) -> onnx.ModelProto:
    g = Graph()
    state = {k: v.float().numpy() for k, v in reader.state_dict().items()}
    f = np.float32
    width, heads, head = model.WIDTH, model.HEADS, model.WIDTH // model.HEADS

    def dense(x, name, scale=1.0, out=None):
        y = g.op("MatMul", x, g.weight(f"{name}.weight", state[f"{name}.weight"].T * f(scale)))
        return g.op("Add", y, g.weight(f"{name}.bias", state[f"{name}.bias"] * f(scale)), out=out)

    def norm(x, name):
        return g.op("LayerNormalization", x, g.weight(f"{name}.weight", state[f"{name}.weight"]), g.weight(f"{name}.bias", state[f"{name}.bias"]), axis=-1, epsilon=model.EPS)

    split, joined = g.weight("split", np.array([0, 0, heads, head])), g.weight("joined", np.array([0, 0, width]))
    one, zero, two = (g.weight(k, np.array([v])) for k, v in (("one", 1), ("zero", 0), ("two", 2)))

    word = g.op("Gather", g.weight("word", state["word.weight"]), "input_ids")
    kind = g.op("Gather", g.weight("segment", state["segment.weight"]), "token_type_ids")
    length = g.op("Slice", g.op("Shape", "input_ids"), one, two)
    place = g.op("Slice", g.weight("position", state["position.weight"]), zero, length, zero)
    x = norm(g.op("Add", g.op("Add", word, kind), place), "norm")
    # 0 where there is a token, -10,000 where there is padding, broadcast over heads and queries.
    seen = g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.FLOAT), g.weight("axes", np.array([1, 2])))
    mask = g.op("Mul", g.op("Sub", seen, g.weight("unit", f(1))), g.weight("masked", f(10_000)))
    for i in range(len(reader.layer)):
        p = f"layer.{i}"
        q = g.op("Transpose", g.op("Reshape", dense(x, f"{p}.query", head**-0.5), split), perm=[0, 2, 1, 3])
        k = g.op("Transpose", g.op("Reshape", dense(x, f"{p}.key"), split), perm=[0, 2, 3, 1])
        v = g.op("Transpose", g.op("Reshape", dense(x, f"{p}.value"), split), perm=[0, 2, 1, 3])
        a = g.op("MatMul", g.op("Softmax", g.op("Add", g.op("MatMul", q, k), mask), axis=-1), v)
        a = g.op("Reshape", g.op("Transpose", a, perm=[0, 2, 1, 3]), joined)
        x = norm(g.op("Add", x, dense(a, f"{p}.out")), f"{p}.norm1")
        u = dense(x, f"{p}.up")
        erf = g.op("Add", g.op("Erf", g.op("Mul", u, g.weight("root", f(2**-0.5)))), "unit")
        u = g.op("Mul", g.op("Mul", u, erf), g.weight("half", f(0.5)))
        x = norm(g.op("Add", x, dense(u, f"{p}.down")), f"{p}.norm2")
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
    onnx.checker.check_model(made, full_check=True)
    return made


def export(weights: str, target: str) -> None:
    state = torch.load(weights, weights_only=True)
    reader = model.Reader(layers=1 + max(int(k.split(".")[1]) for k in state if k.startswith("layer.")))
    reader.load_state_dict(state)
    reader.eval()
    made = build(reader)
    plain = str(Path(target).with_suffix(".fp32.onnx"))
    onnx.save(made, plain)
    # The same choices as v0: signed 8-bit weights a channel for products, unsigned tables for the embeddings.
    quantize_dynamic(plain, target, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"])
    check(reader, plain, target)


def check(reader: model.Reader, plain: str, target: str) -> None:
    """PyTorch, fp32 ONNX and int8 ONNX on one padded batch: the first two agree to 1e-3, the third is printed."""
    from reading import onnx_runner, torch_runner

    rng = np.random.default_rng(1)
    feed = {"input_ids": rng.integers(1000, 20000, (3, 64)), "attention_mask": np.ones((3, 64), np.int64), "token_type_ids": np.zeros((3, 64), np.int64)}
    feed["token_type_ids"][:, 12:] = 1
    feed["attention_mask"][2, 40:] = 0
    want = torch_runner(reader)(feed)
    got, small = onnx_runner(plain)(feed), onnx_runner(target)(feed)
    apart = [np.abs(w[0][:2] - g[0][:2]).max() for w, g in ((want, got), (want, small))]
    print(f"{target}: {Path(target).stat().st_size / 1e6:.1f} MB; fp32 apart {apart[0]:.1e}, int8 apart {apart[1]:.2f}")
    assert apart[0] < 1e-3, "the exported graph differs from the PyTorch model"


if __name__ == "__main__":
    export(sys.argv[1], sys.argv[2])
