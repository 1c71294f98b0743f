"""What is governed: use cases, segments, KPI targets and what they rest on."""
