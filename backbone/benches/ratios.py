"""Table of the best of each size and side, and their ratios. Usage: ratios.py OURS.jsonl THEIRS.jsonl"""

import json
import sys


def best(path):
    """By size: the largest speed over the rounds; of memory the smallest."""
    found = {}
    for line in open(path):
        row = json.loads(line)
        kept = found.setdefault(tuple(row["size"].values()), row)
        for key in ("training_tokens_per_second", "inference_tokens_per_second", "training_share"):
            if key in row:
                kept[key] = max(kept[key], row[key])
        for key in ("peak_mib", "training_processor_microseconds_per_token"):
            kept[key] = min(kept[key], row[key])
    return found


def main():
    ours, theirs = best(sys.argv[1]), best(sys.argv[2])
    print("| d x layers, batch | training tokens/s, ours | PyTorch | ratio | inference, ours | PyTorch | ratio | processor us a token, ours | PyTorch | share of product | MiB, ours | PyTorch |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for size, a in ours.items():
        b = theirs[size]
        cells = [f"{size[0]} x {size[1]}, {size[2]} x {size[3]}"]
        for key in ("training_tokens_per_second", "inference_tokens_per_second"):
            cells += [f"{a[key]:,.0f}", f"{b[key]:,.0f}", f"{a[key] / b[key]:.2f}"]
        cells += [f"{side['training_processor_microseconds_per_token']:.0f}" for side in (a, b)]
        cells += [f"{a['training_share']:.2f}", f"{a['peak_mib']:.0f}", f"{b['peak_mib']:.0f}"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
