"""Criteria, readiness, attestations and gate decisions."""
