"""Checking what a person wrote: sentences for mistakes, secrets."""
