"""Roles held over time, delegations, rights; the only room that talks to guardian."""
