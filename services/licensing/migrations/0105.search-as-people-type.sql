-- depends: 0104.internationalized-search
-- Searched without accents, any space, hyphen and apostrophe like the plain one: nearly as services/licensing/read_models/team/
-- table.py does it, and wholly so after `./usher rebuild licensing team`.
UPDATE users SET
    last_key  = translate(regexp_replace(last_key, '[\u00A0\u2000-\u200A\u202F\u205F\u3000 ]+', ' ', 'g'),
                          E'\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2018\u2019\u02BC\u00B4`', E'-------\'\'\'\'\''),
    first_key = translate(regexp_replace(first_key, '[\u00A0\u2000-\u200A\u202F\u205F\u3000 ]+', ' ', 'g'),
                          E'\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2018\u2019\u02BC\u00B4`', E'-------\'\'\'\'\''),
    search    = translate(regexp_replace(search, '[\u00A0\u2000-\u200A\u202F\u205F\u3000 ]+', ' ', 'g'),
                          E'\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2018\u2019\u02BC\u00B4`', E'-------\'\'\'\'\'')
WHERE search ~ '[^\x20-\x5F\x61-\x7E]|  ';
UPDATE users SET search = translate(normalize(regexp_replace(normalize(search, NFD), '[\u0300-\u036F]+', '', 'g'), NFC),
                                    E'\u00F8\u0142\u0111\u0131', 'oldi')
WHERE search ~ '[^\x20-\x7E]';
