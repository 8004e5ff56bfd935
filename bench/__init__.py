"""Speed, as ratios within one run: never asserted, always printed with what it is compared to."""
