"""Forgetting a person: who it is (`person`), how an object loses them (`documents`), the places where a service keeps
something (`place`, `stored_events`, `table_rows`), and the job that goes through them (`erase_job`)."""
