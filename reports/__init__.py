"""Results to tables, figures and one page; reads result folders only."""
