"""Averages the weights of readers (Wortsman et al., Model soups, ICML 2022).

    python average.py OUT.pt SHARE=READER [SHARE=READER …] [--tables MINILM]

Each READER is a file of our own weights (`ckpt:RUN/reader.pt`) or an int8 ONNX file (`v0:FILE`). Shares are scaled to sum to 1.
`--tables` puts the exact word table back, which an int8 file holds rounded (MiniLM's model.safetensors, as for train_reader.py).
It pays where one run goes on from the other, so that both lie in one valley.
"""

import argparse

import torch

import model
from train_reader import start_model


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("readers", nargs="+", metavar="SHARE=READER")
    p.add_argument("--tables", metavar="MINILM")
    a = p.parse_args()
    pairs = [part.split("=", 1) for part in a.readers]
    total = sum(float(share) for share, _ in pairs)
    mean: dict[str, torch.Tensor] = {}
    for share, reader in pairs:
        state = start_model(reader).state_dict()
        assert not mean or mean.keys() == state.keys(), f"{reader} has other layers"
        for name, value in state.items():
            mean[name] = mean.get(name, 0) + value * (float(share) / total)
    reader = model.Reader(model.layers_of(mean))
    reader.load_state_dict(mean)
    if a.tables:
        model.restore_words(reader, a.tables)
    torch.save(reader.state_dict(), a.out)


if __name__ == "__main__":
    main()
