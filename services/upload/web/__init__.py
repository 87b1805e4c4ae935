"""The admin frontend: pages in HTML, on the upload service's origin."""
