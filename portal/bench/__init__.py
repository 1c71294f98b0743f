"""What pages and endpoints cost, on a seeded database, beside yardsticks measured in the same run."""
