"""The whole chain on one machine: real programs, real processes, real keys; only the people are acted."""
