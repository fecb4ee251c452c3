"""`python -m reconstruct`: the command line."""

from reconstruct.cli.main import main

if __name__ == "__main__":
    main()
