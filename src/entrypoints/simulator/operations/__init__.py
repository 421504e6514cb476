"""SP-API's operations, one module per API."""
