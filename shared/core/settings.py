"""What a service is told by its environment: one class, read once at the start, a description on every field.

A service's own settings derive from `ServiceSettings`, and from `ServiceKeySettings` where it calls or is called by
another one. Read them with `load(Settings)`.
"""

import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NotRequired, Self, TypedDict, TypeVar
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.core.trusted_proxies import TrustedProxies

DEVELOPMENT_KEY_PREFIX = "development-only-"


def development_key(name: str) -> SecretStr:
    """The default of a key: the same for all services of a development stack, and refused in production."""
    return SecretStr(f"{DEVELOPMENT_KEY_PREFIX}{name}-0123456789abcdef")


class KafkaClientOptions(TypedDict):
    """What every aiokafka client of a service is built with: where the cluster is and how to sign in to it."""

    bootstrap_servers: str
    client_id: str
    security_protocol: str
    ssl_context: NotRequired[ssl.SSLContext]
    sasl_mechanism: NotRequired[str]
    sasl_plain_username: NotRequired[str]
    sasl_plain_password: NotRequired[str]


class KafkaSettings(BaseSettings):
    """The connection to Kafka: where it is and how a client signs in."""

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092", description="Kafka's bootstrap servers, comma separated."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="How a client connects to Kafka: with TLS, with a sign-in, with both or with neither.",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How a client signs in to Kafka. Used with the SASL protocols only."
    )
    kafka_username: str = Field(default="", description="The name that the service signs in to Kafka with.")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="The password that goes with it.")
    kafka_ca_file: str | None = Field(
        default=None,
        description="A PEM file with the authority that signed the brokers' certificates; else the system's.",
    )

    @property
    def kafka_uses_tls(self) -> bool:
        """Whether connections to Kafka are encrypted."""
        return self.kafka_security_protocol in ("SSL", "SASL_SSL")

    @property
    def kafka_uses_sasl(self) -> bool:
        """Whether the service signs in to Kafka."""
        return self.kafka_security_protocol.startswith("SASL")

    def kafka_ssl_context(self) -> ssl.SSLContext | None:
        """A context that checks the brokers' certificates; None where connections are plain."""
        return ssl.create_default_context(cafile=self.kafka_ca_file) if self.kafka_uses_tls else None

    def kafka_client(self, client_id: str) -> KafkaClientOptions:
        """The arguments with which a service's own aiokafka clients (relay, freshness) are built."""
        options = KafkaClientOptions(
            bootstrap_servers=self.kafka_bootstrap_servers,
            client_id=client_id,
            security_protocol=self.kafka_security_protocol,
        )
        if context := self.kafka_ssl_context():
            options["ssl_context"] = context
        if self.kafka_uses_sasl:
            options["sasl_mechanism"] = self.kafka_sasl_mechanism
            options["sasl_plain_username"] = self.kafka_username
            options["sasl_plain_password"] = self.kafka_password.get_secret_value()
        return options


class PostgresSettings(BaseSettings):
    """The service's own database."""

    database_url: SecretStr = Field(
        default=SecretStr("postgresql://127.0.0.1:5432/usher"), description="The service's own PostgreSQL database."
    )
    database_connections: int = Field(
        default=12, ge=2, le=200, description="How many connections a process keeps at most."
    )
    database_statement_seconds: float = Field(
        default=60, gt=0, description="How long one SQL statement may take, in seconds, before the server ends it."
    )


class OidcSettings(BaseSettings):
    """Whose tokens are believed, and where in them the claims stand."""

    oidc_issuer: str = Field(
        default="http://127.0.0.1:8009", description="The OpenID Connect issuer whose tokens are believed."
    )
    oidc_audience: str = Field(default="usher", description="The audience that an access token has to name.")
    oidc_algorithms: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
        description="Signature algorithms that are accepted, comma separated. Those with a shared key never are.",
    )
    oidc_leeway_seconds: int = Field(
        default=5, ge=0, le=300, description="How far the issuer's clock may be off, in seconds."
    )
    oidc_claim_email: str = Field(default="email", description="The claim with the person's e-mail address.")
    oidc_claim_name: str = Field(default="name", description="The claim with the person's name.")
    oidc_claim_company: str = Field(default="company_id", description="The claim with the company's id, a UUID.")
    oidc_claim_permissions: str = Field(
        default="permissions",
        description="The claim with the person's permissions: a list, or one text separated by spaces.",
    )

    permissions_from: Literal["token", "directory"] = Field(
        default="token",
        description="Who says what people may: `token`, the issuer; `directory`, Usher, by what was granted to them "
        "here, and the token says only who it is. The same for all services.",
    )

    @field_validator("oidc_algorithms", mode="before")
    @classmethod
    def _split_algorithms(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _only_public_key_algorithms(self) -> Self:
        refused = [name for name in self.oidc_algorithms if name.lower() == "none" or name.upper().startswith("HS")]
        if refused:
            raise ValueError(
                f"oidc_algorithms names {', '.join(refused)}: only signatures by a public key are accepted"
            )
        return self


class ServiceSettings(KafkaSettings, PostgresSettings, OidcSettings):
    """What every service is told."""

    model_config = SettingsConfigDict(env_prefix="USHER_", extra="ignore", frozen=True, env_ignore_empty=True)

    secret_paths: ClassVar[tuple[str, ...]] = ()
    """Parts of an address behind which a secret stands that no log may show: the service's own matter."""

    environment: Literal["development", "production"] = Field(
        default="development",
        description="production refuses development's keys and passwords and plain http, and logs JSON lines.",
    )
    host: str = Field(default="127.0.0.1", description="The address that the service listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port that the service listens on.")
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="A port of their own for /livez, /readyz and /metrics, which are then nowhere else. Unset: they "
        "are on the service's port.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the proxies before the service, comma separated: theirs alone are the "
        "X-Forwarded-For and X-Forwarded-Proto that are believed.",
    )
    connections: int = Field(
        default=1_000,
        ge=10,
        le=100_000,
        description="How many connections a process holds; more are told to wait (503).",
    )
    connections_per_address: int = Field(
        default=500,
        ge=0,
        le=100_000,
        description="How many of them one address may have, but a trusted proxy's. 0: as many as there are, for where "
        "all come from one balancer that is not named as trusted.",
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="Where people reach Usher with a browser.")
    licensing_url: str = Field(default="http://127.0.0.1:8001", description="Where other services reach licensing.")
    notification_url: str = Field(
        default="http://127.0.0.1:8003", description="Where other services reach notification."
    )
    blob_url: str = Field(
        default="file:///tmp/usher/blobs",
        description="The object store: file:///folder, or a bucket as s3://, gs:// or az://.",
    )
    erasure_key: SecretStr = Field(
        default=development_key("erasure-key"),
        min_length=32,
        description="What addresses of forgotten people are known by: digests are made under it, at least 32 random "
        "characters, the same for all services. Kept for as long as backups are.",
    )
    erasure_key_previous: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="While the key is being rotated: the one before, under which people were forgotten earlier.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe line logged."
    )
    inbox_days: int | None = Field(
        default=None,
        ge=8,
        description="How many days the ids of events that were read are kept: the topics' retention and a week. "
        "Unset: for ever, as where topics keep their events for ever.",
    )
    job_attempts: int = Field(
        default=10,
        ge=1,
        description="How often a job may fail before the log and the gauge usher_jobs_stuck say that it needs "
        "attention. It is tried further.",
    )
    shutdown_seconds: int | None = Field(
        default=None,
        ge=0,
        le=300,
        description="How long a stop waits for what is running: by default 45, in development 5.",
    )

    crash_points: Path | None = Field(
        default=None,
        description="For tests alone: the folder that tells a process where to die. Refused in production.",
    )

    @property
    def production(self) -> bool:
        """Whether development's conveniences (keys, plain cookies, readable logs) are off."""
        return self.environment == "production"

    @property
    def shutdown_grace(self) -> int:
        """Seconds that a stop waits for requests and messages under way."""
        if self.shutdown_seconds is not None:
            return self.shutdown_seconds
        return 45 if self.production else 5

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses_or_networks(cls, value: str) -> str:
        try:
            TrustedProxies.of(value)
        except ValueError as error:
            raise ValueError(f"{error}: name addresses or networks, as in 10.0.0.0/8,192.0.2.7") from None
        return value

    @model_validator(mode="after")
    def _a_port_for_each(self) -> Self:
        if self.health_port and self.health_port == self.port:
            raise ValueError(
                f"USHER_HEALTH_PORT and USHER_PORT are both {self.port}: leave the first one out, or change it"
            )
        return self

    @model_validator(mode="after")
    def _nothing_of_development_in_production(self) -> Self:
        if self.production and (found := [*self._of_development(), *self._unencrypted()]):
            raise ValueError(" ".join(found))
        return self

    def _of_development(self) -> Iterator[str]:
        for field in type(self).model_fields:
            value: object = getattr(self, field)
            text = unquote(value.get_secret_value() if isinstance(value, SecretStr) else str(value))
            name = f"USHER_{field.upper()}"
            if text.startswith(DEVELOPMENT_KEY_PREFIX):
                yield f"{name} still has the development key: production needs one of its own."
            elif DEVELOPMENT_KEY_PREFIX in text:
                yield f"{name} holds a password of development: production needs one of its own."
        if self.crash_points is not None:
            yield "USHER_CRASH_POINTS kills processes and is for tests alone: production takes none."

    def _unencrypted(self) -> Iterator[str]:
        for name, value, what in (
            ("USHER_PUBLIC_URL", self.public_url, "links in mails and sign-ins"),
            ("USHER_OIDC_ISSUER", self.oidc_issuer, "keys and tokens"),
        ):
            if not value.lower().startswith("https://"):
                yield f"{name} is {value}: production needs an address with https, since {what} go by it."


class ServiceKeySettings(BaseSettings):
    """The key by which services know each other's calls: only those that call or are called mix this in."""

    service_key: SecretStr = Field(
        default=development_key("service-key"),
        min_length=32,
        description="Signs the calls of one service to another, for whom each is made: at least 32 random characters, "
        "the same for all that have it.",
    )
    service_key_previous: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="While the key is being rotated: another one whose calls are believed, first the new one, then the "
        "one before.",
    )

    @property
    def service_keys(self) -> tuple[bytes, ...]:
        """The key that signs; behind it the other one that is believed, where there is one."""
        both = (self.service_key, self.service_key_previous)
        return tuple(each.get_secret_value().encode() for each in both if each)


S = TypeVar("S", bound=BaseSettings)


def load(kind: type[S]) -> S:
    """Read settings from the environment; what is missing or wrong ends the process with a sentence for each."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        for problem in error.errors(include_url=False, include_input=False):
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper() if problem["loc"] else "Settings"
            print(f"{name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        raise SystemExit(2) from None
