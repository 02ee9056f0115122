"""Measuring Judian on question sets: sets in, figures, a report and a comparison out. Knows no page."""
