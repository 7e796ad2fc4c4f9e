"""The command as its callers meet it: kpt, kubectl, and a pipe.

One test per item of the conformance checklist, named `test_<item>_<what it proves>`; the law is its
docstring. An item that more than one caller can break has a test with each of them. Not here are
31, the schema beside the validation at run time (issue 4), and 37, the container (issue 3).
"""
