"""The background model: `fit` makes it from a clip, and it computes masks, mattes and clean frames."""
