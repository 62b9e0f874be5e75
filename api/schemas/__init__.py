"""What the service takes and answers, as schemas: the contract that /openapi.json publishes."""
