"""Averages the weights of readers (Wortsman et al., Model soups, ICML 2022).

    python average.py OUT.pt SHARE=READER [SHARE=READER …]

Each READER is a file of our own weights (`ckpt:RUN/reader.pt`) or an int8 ONNX file (`v0:FILE`). Shares are scaled to sum to 1.
It pays where one run goes on from the other, so that both lie in one valley.
"""

import sys

import torch

from train_reader import start_model


def main() -> None:
    out, *parts = sys.argv[1:]
    pairs = [part.split("=", 1) for part in parts]
    total = sum(float(share) for share, _ in pairs)
    mean: dict[str, torch.Tensor] = {}
    for share, reader in pairs:
        for name, value in start_model(reader).state_dict().items():
            mean[name] = mean.get(name, 0) + value * (float(share) / total)
    torch.save(mean, out)


if __name__ == "__main__":
    main()
