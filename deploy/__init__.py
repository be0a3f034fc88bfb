"""Proves what stands here for deployment: the container image and the Debian package, each in a clean root file system.

    python -m deploy container      make test-container
    python -m deploy build-deb      make deb
    python -m deploy deb            make test-deb

Needs Linux, root, mmdebstrap and a Debian mirror.
"""
