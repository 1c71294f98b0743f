"""Races between people who sign: what must never happen is counted, in the suite and by `manage.py races`."""
