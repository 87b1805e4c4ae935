"""An individual plan: a person's own account outside any company, known by the e-mail address alone."""
