"""Tables of the database and the steps that made them."""
