"""A results folder looked at while another process writes it."""
