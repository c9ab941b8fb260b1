"""What ads claim of licences, looked up in the registers that are kept. Nothing here says what an ad is."""
