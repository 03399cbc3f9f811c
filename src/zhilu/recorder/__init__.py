"""The recorder: power-on is recording; sealed, signed and durable every 2 s; gives nothing without a
handover."""
