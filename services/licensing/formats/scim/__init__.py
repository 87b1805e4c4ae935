"""SCIM 2.0 (RFC 7643, 7644) as directories speak it: resources read and written. Pure."""
