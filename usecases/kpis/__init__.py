"""KPI definitions and targets."""
