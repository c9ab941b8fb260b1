"""Language identification of ads: scripts, function words, and a disk cache."""
