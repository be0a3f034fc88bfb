"""Video: where frames come from and go to, through PyAV."""
