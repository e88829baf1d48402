"""A small encoder of one's own, made from a large one: ``curation distill``."""
