"""The database, the only room that speaks SQL: `store.Store` and its parts."""
