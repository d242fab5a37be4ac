"""The answers of the contract as schemas: openapi.yaml is made from them, and no answer goes through them."""
