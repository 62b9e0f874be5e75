"""The service under load: a store of the size that figures are promised for, and what it bears."""
