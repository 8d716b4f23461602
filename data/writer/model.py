"""A causal language model of the Qwen2 family in PyTorch, from a GGUF file, for many short completions behind one shared beginning.

The beginning (examples of what is wanted) is read once; its keys and values are shared by all rows, so that a batch costs its own tokens alone.
bfloat16 throughout: two cores with AMX write some ninety tokens a second for 96 rows. Without AMX a server such as llama.cpp's behind
`tandem synth --teacher` is the better way.
"""
import numpy
import torch
import torch.nn.functional as F
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

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
            norm = tensor.name.endswith("norm.weight")
            self.weights[tensor.name] = values if norm else values.to(torch.bfloat16)
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

    def room(self, rows, tokens):
        shape = (rows, self.pairs, tokens, self.size)
        return [(torch.empty(shape, dtype=torch.bfloat16), torch.empty(shape, dtype=torch.bfloat16)) for _ in range(self.layers)]

    def step(self, ids, positions, own, at, seen, shared=None):
        """Logits [rows, 1, vocabulary] after ids [rows, tokens], whose keys and values go to `own` from `at`; seen [rows, tokens, at + tokens]."""
        rows, tokens = ids.shape
        until, times = at + tokens, self.heads // self.pairs
        x = F.embedding(ids, self.weights["token_embd.weight"])
        hidden = torch.zeros(seen.shape).masked_fill(~seen, -1e9)[:, None, None]
        for layer in range(self.layers):
            get = lambda name: self.weights[f"blk.{layer}.{name}"]
            h = self.normed(x, get("attn_norm.weight"))
            part = lambda name, heads: F.linear(h, get(f"attn_{name}.weight"), get(f"attn_{name}.bias")).view(rows, tokens, heads, self.size).transpose(1, 2)
            query, key, value = part("q", self.heads), part("k", self.pairs), part("v", self.pairs)
            keys, values = own[layer]
            keys[:, :, at:until], values[:, :, at:until] = self.rotated(key, positions), value
            query = self.rotated(query, positions).reshape(rows, self.pairs, times * tokens, self.size) * self.size**-0.5
            scores = torch.matmul(query, keys[:, :, :until].transpose(-1, -2)).float().view(rows, self.pairs, times, tokens, until) + hidden
            length = 0
            if shared is not None:
                shared_keys, shared_values = shared[layer]
                length = shared_keys.shape[1]
                flat = query.transpose(0, 1).reshape(self.pairs, rows * times * tokens, self.size)
                before = torch.matmul(flat, shared_keys.transpose(-1, -2)).float()
                scores = torch.cat([before.view(self.pairs, rows, times, tokens, length).transpose(0, 1), scores], -1)
            shares = scores.softmax(-1).to(torch.bfloat16)
            out = torch.matmul(shares[..., length:].reshape(rows, self.pairs, times * tokens, until), values[:, :, :until])
            out = out.view(rows, self.pairs, times, tokens, self.size)
            if shared is not None:
                before = shares[..., :length].transpose(0, 1).reshape(self.pairs, rows * times * tokens, length)
                out = out + torch.matmul(before, shared_values).view(self.pairs, rows, times, tokens, self.size).transpose(0, 1)
            out = out.reshape(rows, self.heads, tokens, self.size).transpose(1, 2).reshape(rows, tokens, self.width)
            x = x + F.linear(out, get("attn_output.weight"))
            h = self.normed(x, get("ffn_norm.weight"))
            x = x + F.linear(F.silu(F.linear(h, get("ffn_gate.weight"))) * F.linear(h, get("ffn_up.weight")), get("ffn_down.weight"))
        last = self.normed(x[:, -1:], self.weights["output_norm.weight"])
        return F.linear(last, self.weights.get("output.weight", self.weights["token_embd.weight"])).float()

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
        logits = self.step(ids, positions, own, 0, mask, shared)
        live, said, position, at, seen = list(range(rows)), [[] for _ in prompts], positions[:, -1], tokens, real
        copies = [Copy(self.tokenizer, passage) for passage in passages]
        for number in range(most):
            top = (logits[:, -1] / temperature).topk(best, -1)
            shares = top.values.softmax(-1)
            shares = shares.masked_fill(shares.cumsum(-1) - shares > nucleus, 0)
            chosen = top.indices.gather(1, torch.multinomial(shares, 1))[:, 0]
            for place, row in enumerate(live):
                allowed = copies[row].allowed()
                if allowed:
                    index = torch.tensor(allowed)
                    chosen[place] = index[int(logits[place, -1, index].argmax())]
                said[row].append(int(chosen[place]))
                copies[row].said(int(chosen[place]), lambda: self.tokenizer.decode(said[row][-3:]))
            keep = [place for place, row in enumerate(live) if not ended(self.tokenizer.decode(said[row]))]
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
        return [self.tokenizer.decode(tokens) for tokens in said]


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
