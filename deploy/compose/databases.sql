-- A database for each service with two roles: its owner, who changes its schema, and the one that the service signs in as,
-- which owns nothing, so that row security holds for it (docs/security.md). Run once, as the superuser, by psql.
\set ON_ERROR_STOP on

CREATE ROLE upload LOGIN PASSWORD 'development-only-upload';
CREATE ROLE upload_service LOGIN PASSWORD 'development-only-upload-service' NOBYPASSRLS;
CREATE DATABASE upload OWNER upload;

CREATE ROLE licensing LOGIN PASSWORD 'development-only-licensing';
CREATE ROLE licensing_service LOGIN PASSWORD 'development-only-licensing-service' NOBYPASSRLS;
CREATE DATABASE licensing OWNER licensing;

CREATE ROLE validation LOGIN PASSWORD 'development-only-validation';
CREATE ROLE validation_service LOGIN PASSWORD 'development-only-validation-service' NOBYPASSRLS;
CREATE DATABASE validation OWNER validation;

CREATE ROLE notification LOGIN PASSWORD 'development-only-notification';
CREATE ROLE notification_service LOGIN PASSWORD 'development-only-notification-service' NOBYPASSRLS;
CREATE DATABASE notification OWNER notification;
