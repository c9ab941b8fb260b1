"""Facts around an ad's title, by names, labels and positions."""
