"""The receiver script that runs inside SecurOS, and a simulator of SecurOS to run it against.

The script itself is JavaScript (`vms/receiver/receiver.js` of the repository, bundled into the wheel: `bundle`). Read
`receiver_init` first: it writes a script with its token and certificate. Knows no sender.
"""
