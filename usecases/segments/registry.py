"""What rooms above do when a version is sized anew: use cases that rest on it fill this (XT-12)."""

from __future__ import annotations

from collections.abc import Callable

from usecases.segments.models import SegmentVersion

Follower = Callable[[SegmentVersion, int], None]
_followers: list[Follower] = []


def on_estimate(function: Follower) -> Follower:
    """Have this called, in the same transaction, with the version and its new size."""
    if function not in _followers:
        _followers.append(function)
    return function


def tell_estimate(version: SegmentVersion, size: int) -> None:
    """Let the rooms above draw their consequences."""
    for follow in _followers:
        follow(version, size)
