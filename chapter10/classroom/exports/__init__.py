"""Exports: the gradebook in the forms that other systems take in, one module a format. docs/classroom.md describes them all."""
