"""The demo programme: its file read as dated acts, and the acts replayed through the verbs."""
