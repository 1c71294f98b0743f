"""The programmes of the demo: their files read as dated acts, and the acts replayed through the verbs."""
