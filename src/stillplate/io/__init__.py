"""Frames in and out: the only package that knows of codecs."""
