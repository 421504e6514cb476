"""The embedded Amazon: Login with Amazon, Seller Central's consent page and SP-API over real HTTP; and a Shopify beside it.

It knows nothing of the application that talks to it and imports nothing of Portside outside this package.
"""
