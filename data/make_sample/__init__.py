"""Makes ``data/sample``: a small FICTITIOUS territory in the layouts of the official files.

Run ``python -m data.make_sample [FOLDER]`` from the root of the project. Everything is drawn from
one seed; the same libraries give the same bytes. Nothing here imports ``geo_service``: the answers
in ``expected.json`` are worked out apart from the code that they check.
"""
