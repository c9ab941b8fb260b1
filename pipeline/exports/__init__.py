"""Files for others: referral packages of cases that two people agree on; corpora scored on a cluster."""
