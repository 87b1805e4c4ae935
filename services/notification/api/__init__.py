"""What other services of ours ask of notification over HTTP. Nobody else is answered."""
