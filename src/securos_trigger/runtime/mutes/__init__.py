"""Mutes: a trigger node fires nothing for a while because a person said so (docs/mute.md)."""
