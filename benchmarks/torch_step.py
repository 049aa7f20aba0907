"""The training step in PyTorch, a worker: ``python torch_step.py BATCH STEPS``, without the project.

One-hot inputs, nn.LSTM of two layers of 128, logits; forward, backward, clipping by the global norm, Adam.
"""

import sys
import time

import torch

CLASSES, UNITS = 38, 128
batch, steps = map(int, sys.argv[1:])
torch.manual_seed(0)
inputs = torch.randint(0, CLASSES, (batch, steps))
labels = torch.randint(0, CLASSES, (batch, steps))


class Network(torch.nn.Module):
    """One-hot ids → LSTM → LSTM → logits."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(CLASSES, UNITS, 2, batch_first=True)
        self.logits = torch.nn.Linear(UNITS, CLASSES)

    def forward(self, ids):
        """Logits of the next event, (batch, steps, classes)."""
        return self.logits(self.lstm(torch.nn.functional.one_hot(ids, CLASSES).float())[0])


network = Network()
optimizer = torch.optim.Adam(network.parameters(), 1e-3)


def train_step() -> float:
    """Events per second of one weight update."""
    start = time.perf_counter()
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(inputs).flatten(0, 1), labels.flatten()).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return batch * steps / (time.perf_counter() - start)


for _ in range(2):
    train_step()
for _ in sys.stdin:
    print(train_step(), flush=True)
