"""Relations of ads: versions, copies, campaigns, contacts."""
