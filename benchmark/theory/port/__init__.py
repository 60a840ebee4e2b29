"""Porting a resize from one library to another: where two methods differ, and what mends it.

- ``behaviour``: what a resize does, as its metadata state it.
- ``calls``: the calls of each library, each with what it does: data, in ``calls.toml``.
- ``recipes``: the code that makes one library give another's numbers, or why it cannot.
- ``identify``: what a resize does, found from its outputs alone.
- ``compare``: how far two methods are apart, at several sizes both ways.
"""
