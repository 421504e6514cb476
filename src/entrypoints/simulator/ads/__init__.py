"""The simulated Amazon Ads API: consent, accounts, registrations and reports beside SP-API."""
