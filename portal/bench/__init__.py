"""What the portal costs: a seeded database, its pages and endpoints, and yardsticks measured in the same run."""
