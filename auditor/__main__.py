"""`python -m auditor` in, the command line's exit code out."""

from auditor.cli.main import main

if __name__ == "__main__":
    main()
