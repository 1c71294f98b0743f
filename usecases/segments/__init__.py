"""Segments, their versions, the rule language and its renderings."""
