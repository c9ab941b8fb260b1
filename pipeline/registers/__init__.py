"""Registers of licensed agencies: maps of their columns, their files read whole or refused, each version kept."""
