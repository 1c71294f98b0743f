"""Use cases, their revisions, scores and roadmap."""
