"""One frame against the plate: labels, matte, cutout and clean frame."""
