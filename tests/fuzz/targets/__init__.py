"""One file per reader: `seeds()`, sound inputs, and `check(data)`, which reads one input.

A target whose inputs are values written down has `values()` and `pack(value)` too: a value is then spoilt before it is
written, which goes deeper than spoilt bytes do. `check` raises `NasgaugeError` for what its reader refuses; whatever
else it raises is a finding.
"""
