"""What a company's directory does by SCIM: the same deciders as everybody's, under the ids that the directory knows."""
