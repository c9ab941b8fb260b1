"""Facts around an ad's title: what a head card says, by names, labels and positions."""
