"""Scenario trees and the level they show."""
