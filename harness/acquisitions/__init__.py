"""How promising a candidate is, from what a predictor believes of it; each is a function of means and deviations."""
