"""The referral form of community organizations without software: an address, a page, an answer; no sign-in."""
