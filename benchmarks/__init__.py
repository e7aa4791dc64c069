"""Where the README's figures come from. Run `make bench`, or `python -m benchmarks NAME`."""
