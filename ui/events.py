"""How the parts of the page are wired: quietly, and by links in their HTML. Knows no gradio."""

from __future__ import annotations

from typing import Any

# Of every event: no spinner over what it fills, and no entry in the server's public interface.
HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def links(selector: str) -> str:
    """For HTML that holds links: a click on one gives its data to the server, as the HTML's own click."""
    return f"""element.addEventListener("click", (event) => {{
  const link = event.target.closest("{selector}");
  if (!link) return;
  event.preventDefault();
  trigger("click", {{ ...link.dataset }});
}});"""
