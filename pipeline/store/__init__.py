"""The database: the only room that speaks SQL. `store.Store` is its face; its parts are classes of this folder."""
