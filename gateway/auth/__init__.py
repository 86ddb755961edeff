"""Who is asking: SMART backend-services clients, their assertions, access tokens, scopes and purposes."""
