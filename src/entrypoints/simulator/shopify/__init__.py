"""A simulated Shopify: stores of the sellers' own, their admin's consent page, tokens, and GraphQL Admin API."""
