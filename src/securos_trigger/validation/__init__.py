"""Checks what a person wrote: sentences and fixes for mistakes, names that are nearly right, secrets."""

from securos_trigger.validation.mistakes import custom_mistake, did_you_mean, mistakes_from, nearest
from securos_trigger.validation.secret import Secret

__all__ = ["Secret", "custom_mistake", "did_you_mean", "mistakes_from", "nearest"]
