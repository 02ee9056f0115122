"""Comparisons and measurements. Each prints a table; none is a test."""
