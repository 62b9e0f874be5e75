"""What leaves the house: signed webhooks to addresses that were checked, and mail.

Knows no rows and no routes: `api.steps.deliver` and `api.steps.digest` bring the two together.
"""
