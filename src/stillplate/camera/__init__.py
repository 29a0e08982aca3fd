"""The camera: whether it stands, shakes or moves, and where each frame lies on the plate."""
