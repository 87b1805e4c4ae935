"""What operators run: in the image as `usher`, in a checkout as `./usher`. The one part of deploy that travels."""
