"""A causal language model of the Qwen2 family in PyTorch, from a GGUF file, for many short completions behind one shared beginning.

The beginning (examples of what is wanted) is read once; its keys and values are shared by all rows, so that a batch costs its own tokens alone.
bfloat16 throughout: two cores with AMX write some ninety tokens a second for 96 rows. Without AMX a server such as llama.cpp's behind
`tandem synth --teacher` is the better way.
"""
import itertools

import numpy
import torch
import torch.nn.functional as F
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

# Rows whose prompts are read at once: what attention over them needs in memory grows with it.
PART = 32
# Rows that the weights are laid out for.
PACKED_FOR = 128
# How Qwen2's tokenizer divides a text before merging (its `tokenizer.json`).
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Writer:
    def __init__(self, path):
        reader = GGUFReader(path)
        get = lambda key: reader.fields[key].contents()
        self.layers, self.heads = get("qwen2.block_count"), get("qwen2.attention.head_count")
        self.pairs, self.width = get("qwen2.attention.head_count_kv"), get("qwen2.embedding_length")
        self.size, self.epsilon = self.width // self.heads, get("qwen2.attention.layer_norm_rms_epsilon")
        self.weights = {}
        for tensor in reader.tensors:
            values = torch.from_numpy(numpy.array(dequantize(tensor.data, tensor.tensor_type), dtype=numpy.float32))
            if not tensor.name.endswith("norm.weight"):
                values = values.to(torch.bfloat16)
            if tensor.name == "token_embd.weight":
                self.embeddings = values
            self.weights[tensor.name] = torch.ops.mkldnn._reorder_linear_weight(values, PACKED_FOR) if values.dim() == 2 else values
        tokens, merges = get("tokenizer.ggml.tokens"), get("tokenizer.ggml.merges")
        vocabulary = {token: number for number, token in enumerate(tokens)}
        self.tokenizer = Tokenizer(BPE(vocabulary, [tuple(merge.split(" ")) for merge in merges]))
        self.tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
        self.tokenizer.decoder = decoders.ByteLevel()
        self.frequencies = get("qwen2.rope.freq_base") ** (-torch.arange(0, self.size, 2).float() / self.size)

    def rotated(self, x, positions):
        """Rotary positions (Su et al. 2021), halves apart. x [rows, heads, tokens, size]."""
        angles = positions[:, None, :, None].float() * self.frequencies
        cosine, sine, x = angles.cos(), angles.sin(), x.float()
        first, second = x.chunk(2, -1)
        return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1).to(torch.bfloat16)

    def normed(self, x, weight):
        x = x.float()
        return (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * weight).to(torch.bfloat16)

    def product(self, x, name, bias=None):
        return torch.ops.mkldnn._linear_pointwise(x, self.weights[name], self.weights.get(bias), "none", [], "")

    def room(self, rows, tokens):
        shape = (rows, self.pairs, tokens, self.size)
        return [(torch.empty(shape, dtype=torch.bfloat16), torch.empty(shape, dtype=torch.bfloat16)) for _ in range(self.layers)]

    def step(self, ids, positions, own, at, seen, shared=None):
        """Logits [rows, 1, vocabulary] after ids [rows, tokens], whose keys and values go to `own` from `at`; seen [rows, tokens, at + tokens]."""
        rows, tokens = ids.shape
        until = at + tokens
        x = F.embedding(ids, self.embeddings)
        hidden = torch.zeros(seen.shape).masked_fill(~seen, -1e9)[:, None, None]
        for layer in range(self.layers):
            block = f"blk.{layer}"
            h = self.normed(x, self.weights[f"{block}.attn_norm.weight"])
            of = lambda name: f"{block}.attn_{name}"
            part = lambda name, heads: self.product(h, f"{of(name)}.weight", f"{of(name)}.bias").view(rows, tokens, heads, self.size).transpose(1, 2)
            query, key, value = part("q", self.heads), part("k", self.pairs), part("v", self.pairs)
            keys, values = own[layer]
            keys[:, :, at:until], values[:, :, at:until] = self.rotated(key, positions), value
            query = self.rotated(query, positions)
            if tokens > 1:
                out = self.read(query, keys[:, :, :until], values[:, :, :until], hidden, None if shared is None else shared[layer])
            else:
                out = self.write(query, keys[:, :, :until], values[:, :, :until], hidden, None if shared is None else shared[layer])
            out = out.reshape(rows, self.heads, tokens, self.size).transpose(1, 2).reshape(rows, tokens, self.width)
            x = x + self.product(out, f"{block}.attn_output.weight")
            h = self.normed(x, self.weights[f"{block}.ffn_norm.weight"])
            h = F.silu(self.product(h, f"{block}.ffn_gate.weight")) * self.product(h, f"{block}.ffn_up.weight")
            x = x + self.product(h, f"{block}.ffn_down.weight")
        last = self.normed(x[:, -1:], self.weights["output_norm.weight"])
        return self.product(last, "output.weight" if "output.weight" in self.weights else "token_embd.weight").float()

    def read(self, query, keys, values, hidden, shared):
        """Attention of prompts [rows, heads, tokens, size], fused: the shared keys and values are copied to each row."""
        rows, heads, tokens, size = query.shape
        if shared is not None:
            keys, values = (torch.cat([part.expand(rows, -1, -1, -1), own], 2) for part, own in zip(shared, (keys, values)))
            hidden = F.pad(hidden, (keys.shape[2] - hidden.shape[-1], 0))
        query = query.reshape(rows, self.pairs, -1, size)
        hidden = hidden[:, 0].repeat(1, 1, heads // self.pairs, 1).to(torch.bfloat16)
        return F.scaled_dot_product_attention(query, keys, values, hidden).view(rows, heads, tokens, size)

    def write(self, query, keys, values, hidden, shared):
        """Attention of one token a row [rows, heads, 1, size]: all rows' queries meet the shared keys in one product."""
        rows, heads, tokens, size = query.shape
        times, until, length = heads // self.pairs, keys.shape[2], 0
        query = query.reshape(rows, self.pairs, times, size) * size**-0.5
        scores = torch.matmul(query, keys.transpose(-1, -2)).float() + hidden[:, :, 0]
        if shared is not None:
            shared_keys, shared_values = shared
            length = shared_keys.shape[1]
            flat = query.transpose(0, 1).reshape(self.pairs, rows * times, size)
            before = torch.matmul(flat, shared_keys.transpose(-1, -2)).float()
            scores = torch.cat([before.view(self.pairs, rows, times, length).transpose(0, 1), scores], -1)
        shares = scores.softmax(-1).to(torch.bfloat16)
        out = torch.matmul(shares[..., length:], values)
        if shared is not None:
            before = shares[..., :length].transpose(0, 1).reshape(self.pairs, rows * times, length)
            out = out + torch.matmul(before, shared_values).view(self.pairs, rows, times, size).transpose(0, 1)
        return out

    @torch.inference_mode()
    def beginning(self, text):
        """Keys and values of what all rows begin with, and its length."""
        ids = torch.tensor([self.tokenizer.encode(text).ids])
        tokens = ids.shape[1]
        own = self.room(1, tokens)
        self.step(ids, torch.arange(tokens)[None], own, 0, torch.ones(tokens, tokens, dtype=torch.bool).tril()[None])
        return [(keys[0], values[0]) for keys, values in own], tokens

    @torch.inference_mode()
    def complete(self, beginning, prompts, passages, most, ended, temperature=0.8, nucleus=0.95, best=40):
        """A sample for each prompt, of at most `most` tokens or until `ended(text)`. What follows "Answer:" is held to runs of words of the passage."""
        shared, length = beginning
        encoded = [self.tokenizer.encode(prompt).ids for prompt in prompts]
        rows, tokens = len(encoded), max(map(len, encoded))
        own = self.room(rows, tokens + most)
        ids, real = torch.zeros(rows, tokens, dtype=torch.long), torch.zeros(rows, tokens, dtype=torch.bool)
        for row, prompt in enumerate(encoded):
            ids[row, tokens - len(prompt) :], real[row, tokens - len(prompt) :] = torch.tensor(prompt), True
        positions = length + (real.long().cumsum(1) - 1).clamp(min=0)
        # A place of padding sees itself, so that no row of the softmax is empty.
        mask = real[:, None, :] & torch.ones(tokens, tokens, dtype=torch.bool).tril()[None] | torch.eye(tokens, dtype=torch.bool)[None]
        parts = [slice(first, first + PART) for first in range(0, rows, PART)]
        logits = torch.cat([self.step(ids[part], positions[part], [(k[part], v[part]) for k, v in own], 0, mask[part], shared) for part in parts])
        live, said, position, at, seen = list(range(rows)), [[] for _ in prompts], positions[:, -1], tokens, real
        likely, done = [[] for _ in prompts], {}
        copies = [Copy(self.tokenizer, passage) for passage in passages]
        for number in range(most):
            top = (logits[:, -1] / temperature).topk(best, -1)
            shares = top.values.softmax(-1)
            shares = shares.masked_fill(shares.cumsum(-1) - shares > nucleus, 0)
            chosen = top.indices.gather(1, torch.multinomial(shares, 1))[:, 0]
            inside = []
            for place, row in enumerate(live):
                allowed = copies[row].allowed()
                if allowed:
                    index = torch.tensor(allowed)
                    chosen[place] = index[int(logits[place, -1, index].argmax())]
                said[row].append(int(chosen[place]))
                inside.append(bool(allowed))
                copies[row].said(int(chosen[place]), lambda: self.tokenizer.decode(said[row][-3:]))
            chances = logits[:, -1].gather(1, chosen[:, None])[:, 0] - logits[:, -1].logsumexp(-1)
            for place, row in enumerate(live):
                likely[row].append((inside[place], float(chances[place])))
            for row in live:
                if row not in done and ended(self.tokenizer.decode(said[row])):
                    done[row] = len(said[row])
            keep = [place for place, row in enumerate(live) if row not in done]
            if not keep or number == most - 1:
                break
            if len(keep) <= len(live) * 3 // 4 or len(keep) < 4:
                index = torch.tensor(keep)
                own = [(keys[index], values[index]) for keys, values in own]
                seen, position, chosen = seen[index], position[index], chosen[index]
                live = [live[place] for place in keep]
            position = position + 1
            seen = torch.cat([seen, torch.ones(len(live), 1, dtype=torch.bool)], 1)
            logits = self.step(chosen[:, None], position[:, None], own, at, seen[:, None, :], shared)
            at += 1
        ends = [done.get(row, most) for row in range(rows)]
        return [(self.tokenizer.decode(tokens[:end]), spans(likely[:end])) for tokens, likely, end in zip(said, likely, ends)]


def spans(likely):
    """For each answer of a completion the mean log-likelihood of the question before it and of itself, as the model would have it without constraint."""
    runs = [[value for _, value in run] for _, run in itertools.groupby(likely, key=lambda token: token[0])]
    return [[sum(run) / len(run) for run in pair] for pair in zip(runs[::2], runs[1::2])]


class Copy:
    """Holds an answer to runs of whole words of a passage: which tokens may come next."""

    LONGEST = 30

    def __init__(self, tokenizer, passage):
        encoded = tokenizer.encode(" " + passage)
        self.ids, self.end = encoded.ids, tokenizer.token_to_id("\u010a")
        # A token begins a word, or may stand behind one, if it begins with a space or with neither letter nor digit. In the vocabulary a space is U+0120.
        self.opens = [token.startswith("\u0120") for token in encoded.tokens]
        self.closes = [token.startswith("\u0120") or not token[0].isalnum() for token in encoded.tokens] + [True]
        self.places, self.length = None, 0

    def allowed(self):
        """Token ids; none where anything may be said."""
        if self.places is None:
            return []
        if not self.length:
            return sorted({token for token, opens in zip(self.ids, self.opens) if opens})
        following = {self.ids[place] for place in self.places if place < len(self.ids)}
        if not any(self.closes[place] for place in self.places):
            return sorted(following)
        return sorted(following | {self.end}) if self.length < self.LONGEST else [self.end]

    def said(self, token, last):
        if self.places is None:
            self.places, self.length = (range(len(self.ids)), 0) if last().endswith("Answer:") else (None, 0)
        elif token == self.end:
            self.places = None
        else:
            begin = not self.length
            self.places = [place + 1 for place in self.places if place < len(self.ids) and self.ids[place] == token and (not begin or self.opens[place])]
            self.length += 1
