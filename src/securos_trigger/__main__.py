"""The console command `securos-trigger`, also as `python -m securos_trigger`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from securos_trigger.cli.main import run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
