"""The network of examples/bench in PyTorch: tokens a second in training and inference, peak memory; one line of JSON.

Usage: peer.py THREADS D_MODEL,LAYERS,ROWS,LENGTH
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCABULARY = 8192
STEPS, WARM_UP = 24, 3


def rotate(x, cosine, sine):
    """[batch, heads, tokens, d_head], each vector turned by its position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], dim=-1)


class Block(nn.Module):
    def __init__(self, d_model, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(d_model, bias=False)
        self.first = nn.Linear(d_model, 3 * d_model, bias=False)
        self.result = nn.Linear(d_model, d_model, bias=False)
        self.feed_forward_norm = nn.LayerNorm(d_model, bias=False)
        self.wide = nn.Linear(d_model, 4 * d_model, bias=False)
        self.narrow = nn.Linear(4 * d_model, d_model, bias=False)

    def forward(self, x, cosine, sine):
        batch, tokens, d_model = x.shape
        parts = self.first(self.attention_norm(x)).view(batch, tokens, 3, self.heads, d_model // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(rotate(query, cosine, sine), rotate(key, cosine, sine), value)
        x = x + self.result(read.transpose(1, 2).reshape(batch, tokens, d_model))
        return x + self.narrow(F.relu(self.wide(self.feed_forward_norm(x))).square())


class Model(nn.Module):
    def __init__(self, d_model, layers, length):
        super().__init__()
        heads = d_model // 32
        self.embedding = nn.Embedding(VOCABULARY, d_model)
        self.blocks = nn.ModuleList(Block(d_model, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(d_model, bias=False)
        self.head = nn.Linear(d_model, VOCABULARY)
        half = d_model // heads // 2
        angles = torch.arange(length)[:, None] * 10000.0 ** (-torch.arange(half) / half)
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        return self.norm(x)


def training(model, rows, length):
    """Tokens a second in the fastest eighth of the steps, and processor microseconds a token, as the other side counts."""
    guessed = length // 8
    decayed = [p for name, p in model.named_parameters() if p.dim() > 1 and "embedding" not in name]
    others = [p for name, p in model.named_parameters() if not (p.dim() > 1 and "embedding" not in name)]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=True)
    best, window = 0.0, STEPS // 8
    for step in range(STEPS + WARM_UP):
        if step == WARM_UP:
            before = time.process_time()
        if (step - WARM_UP) % window == 0:
            started = time.perf_counter()
        tokens = torch.randint(VOCABULARY, (rows, length))
        scores = model.head(model(tokens)[:, :guessed].reshape(rows * guessed, -1))
        loss = F.cross_entropy(scores, tokens[:, :guessed].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step >= WARM_UP and (step - WARM_UP) % window == window - 1:
            best = max(best, window * rows * length / (time.perf_counter() - started))
    return best, (time.process_time() - before) * 1e6 / (STEPS * rows * length)


def inference(model, rows, length):
    tokens = torch.randint(VOCABULARY, (rows, length))
    shortest = float("inf")
    with torch.inference_mode():
        for _ in range(13):
            started = time.perf_counter()
            model(tokens)
            shortest = min(shortest, time.perf_counter() - started)
    return rows * length / shortest


def main():
    torch.set_num_threads(int(sys.argv[1]))
    d_model, layers, rows, length = map(int, sys.argv[2].split(","))
    model = Model(d_model, layers, length)
    trained, used = training(model, rows, length)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "size": {"d_model": d_model, "layers": layers, "rows": rows, "length": length},
        "training_tokens_per_second": round(trained),
        "training_processor_microseconds_per_token": used,
        "inference_tokens_per_second": round(inference(model.eval(), rows, length)),
        "peak_mib": round(peak),
        "torch": torch.__version__,
    }))


if __name__ == "__main__":
    main()
