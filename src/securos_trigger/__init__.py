"""securos-trigger: what video analytics sees becomes events in ISS SecurOS."""
