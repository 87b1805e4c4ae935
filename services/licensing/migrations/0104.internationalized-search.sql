-- depends: 0102.my-team
-- An internationalized address is found by its ASCII form too: beside the searched text, where both fit the index.
UPDATE users SET search = search || ' ' || email_key
WHERE email_key <> lower(email) AND email_key LIKE '%@%xn--%' AND octet_length(search) < 1000;
