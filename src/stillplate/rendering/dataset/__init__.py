"""Pictures and labels to train a detector with, split by event."""

from stillplate.rendering.dataset.joined import check_joined, join_datasets
from stillplate.rendering.dataset.labels import LABELS
from stillplate.rendering.dataset.writer import Dataset

__all__ = ["LABELS", "Dataset", "check_joined", "join_datasets"]
