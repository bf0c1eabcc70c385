"""What a person types: plan, sync, explain, doctor, release, setup."""
