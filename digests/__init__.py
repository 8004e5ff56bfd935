"""What we send: one mail per person per day.

``compose`` writes it, ``mail`` hands it over, ``recipients`` says to whom.
"""
