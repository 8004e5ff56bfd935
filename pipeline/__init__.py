"""THE STEPS, free of Airflow: in which order, with which settings, over which one HTTP client."""
