"""What is kept to be read: each folder a table, or what stands in for one."""
