"""Files for others: referral packages of agreed cases, scored corpora."""
