"""Sampled frames: which are taken, and how they are held."""
