"""The Gradio page: shows what rag/ answers. Nothing imports it."""
