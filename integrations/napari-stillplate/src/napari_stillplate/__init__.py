"""stillplate in napari: a reader of videos, and a widget that makes clean plates and masks."""
