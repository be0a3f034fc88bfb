"""Answers that never end: the event streams of Hikvision and Dahua, in whatever pieces they arrive."""
