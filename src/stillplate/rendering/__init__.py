"""One pass over a clip: files, tables, reports; batches of clips."""
