"""The database: its tables, its migrations and every query. The only place with SQL."""
