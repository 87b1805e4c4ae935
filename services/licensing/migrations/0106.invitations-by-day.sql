-- depends: 0105.mailed-addresses
-- How many invitations a company has sent today: there is a budget.
CREATE INDEX invitations_by_company ON invitations (company_id, issued_at);
