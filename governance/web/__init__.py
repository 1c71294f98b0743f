"""Pages of governance, one module per capability."""
