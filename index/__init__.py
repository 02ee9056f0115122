"""Files in, ranked passages out. Knows nothing of language models."""
