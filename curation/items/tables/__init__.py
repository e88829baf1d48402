"""Tables that people bring: any usual format in, rows with their numbers out."""

from curation.items.tables.read import SUFFIXES, Row, Table, read_table

__all__ = ["SUFFIXES", "Row", "Table", "read_table"]
