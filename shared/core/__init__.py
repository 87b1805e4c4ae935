"""What every layer may use: settings, ids, periodic work, named crash points."""
