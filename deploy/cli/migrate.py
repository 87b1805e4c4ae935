"""./usher migrate SERVICE: a service's database schema, brought up to date."""

from deploy.cli.common import DEFAULT_DATA, Data, Service, database_url, known


def migrate(service: Service, data: Data = DEFAULT_DATA) -> None:
    """Bring a service's database schema up to date: USHER_DATABASE_URL's, else the development stack's."""
    from shared.migrate import migrate as apply

    applied = apply(known(service), database_url(service, data))
    print(f"Applied {', '.join(applied)}." if applied else f"{service}'s schema is up to date already.")
