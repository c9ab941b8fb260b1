"""How ads relate: versions, copies, campaigns, contacts."""
