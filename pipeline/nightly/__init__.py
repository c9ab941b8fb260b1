"""The night and its stages, from intake to backup."""
