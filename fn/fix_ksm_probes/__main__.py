"""`python -m fix_ksm_probes`."""

from fix_ksm_probes.cli import main

if __name__ == "__main__":
    main()
