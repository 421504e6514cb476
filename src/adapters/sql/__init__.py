"""Portside's storage: SQLAlchemy Core on SQLite and PostgreSQL."""
