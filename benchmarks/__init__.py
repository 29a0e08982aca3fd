"""How good and how fast, beside the peers, in one run: `python -m benchmarks plates|masks|speed …`."""
