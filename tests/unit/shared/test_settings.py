"""Settings: every one described, secrets hidden, and production not run with development's keys."""

import pytest
from pydantic import Field, SecretStr

from shared.core.settings import (
    DEVELOPMENT_KEY_PREFIX,
    ServiceKeySettings,
    ServiceSettings,
    development_key,
    load,
)

ENCRYPTED = {
    "oidc_issuer": "https://sso.example",
    "public_url": "https://usher.example",
    "erasure_key": "e" * 32,
}


def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service is told there at the least."""
    monkeypatch.setenv("USHER_ENVIRONMENT", "production")
    monkeypatch.setenv("USHER_OIDC_ISSUER", "https://sso.example")
    monkeypatch.setenv("USHER_PUBLIC_URL", "https://usher.example")
    monkeypatch.setenv("USHER_ERASURE_KEY", "e" * 32)


class All(ServiceKeySettings, ServiceSettings):
    """A service with a key of its own."""

    own_key: SecretStr = Field(default=development_key("own-key"), min_length=32, description="Its own key.")
    own_key_previous: SecretStr | None = Field(default=None, min_length=32, description="The one before.")
    own_url: SecretStr = Field(default=SecretStr("smtp://127.0.0.1"), description="Another server that it signs in to.")


def test_every_setting_is_described() -> None:
    assert [name for name, field in All.model_fields.items() if not field.description] == []


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_OIDC_ISSUER", "https://issuer")
    monkeypatch.setenv("USHER_OIDC_ALGORITHMS", "RS256, ES256")
    monkeypatch.setenv("USHER_SERVICE_KEY", "k" * 32)
    monkeypatch.setenv("USHER_KAFKA_CA_FILE", "")
    settings = load(All)
    assert settings.oidc_issuer == "https://issuer"
    assert settings.oidc_algorithms == ("RS256", "ES256")
    assert settings.service_key.get_secret_value() == "k" * 32
    assert settings.kafka_ca_file is None


def test_secrets_do_not_show_themselves() -> None:
    settings = All(database_url=SecretStr("postgresql://u:hidden@h/d"), kafka_password=SecretStr("hidden"))
    assert "hidden" not in repr(settings) + str(settings.model_dump())


def test_production_refuses_development_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_production(monkeypatch)
    monkeypatch.setenv("USHER_SERVICE_KEY", "k" * 32)
    with pytest.raises(SystemExit) as ended:
        load(All)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "USHER_OWN_KEY still has the development key" in said
    assert "USHER_SERVICE_KEY" not in said
    monkeypatch.setenv("USHER_OWN_KEY", "s" * 32)
    assert load(All).production


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("USHER_DATABASE_URL", "postgresql://u:development-only-upload@db/upload", "a password of development"),
        ("USHER_DATABASE_URL", "postgresql://u:development%2Donly-upload@db/upload", "a password of development"),
        ("USHER_OWN_URL", "smtp://u:development-only-mail@mail", "a password of development"),
        ("USHER_KAFKA_PASSWORD", "development-only-kafka", "the development key"),
        ("USHER_OIDC_ISSUER", "http://sso.example", "an address with https"),
        ("USHER_OIDC_ISSUER", "", "an address with https"),
        ("USHER_PUBLIC_URL", "http://usher.example", "an address with https"),
        ("USHER_PUBLIC_URL", "usher.example", "an address with https"),
        ("USHER_OWN_KEY_PREVIOUS", "x", "at least 32"),
        ("USHER_OWN_KEY_PREVIOUS", "development-only-0123456789abcdef0123456789", "the development key"),
    ],
)
def test_production_refuses_what_is_good_enough_for_development(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    in_production(monkeypatch)
    for key in ("USHER_SERVICE_KEY", "USHER_OWN_KEY"):
        monkeypatch.setenv(key, "k" * 32)
    assert load(All).production
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(All)
    told = capsys.readouterr().err
    assert name in told and said in told
    assert "upload@db" not in told


def test_a_proxy_is_an_address_or_a_network() -> None:
    with pytest.raises(ValueError, match="name addresses or networks"):
        ServiceSettings(trusted_proxies="10.0.0.0/8, the-ingress")


def test_what_is_wrong_is_said_by_its_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("USHER_PORT", "many")
    monkeypatch.setenv("USHER_OWN_KEY", "short-secret")
    with pytest.raises(SystemExit):
        load(All)
    said = capsys.readouterr().err
    assert "USHER_PORT: " in said
    assert "USHER_OWN_KEY: " in said
    assert "short-secret" not in said


@pytest.mark.parametrize("algorithm", ["HS256", "hs512", "none", "NONE"])
def test_algorithms_with_shared_keys_are_refused(algorithm: str) -> None:
    with pytest.raises(ValueError, match="public key"):
        ServiceSettings(oidc_algorithms=("RS256", algorithm))


def test_kafka_clients_sign_in_and_check_certificates() -> None:
    plain = ServiceSettings(kafka_bootstrap_servers="k:1").kafka_client("x")
    assert plain == {"bootstrap_servers": "k:1", "client_id": "x", "security_protocol": "PLAINTEXT"}
    signed = ServiceSettings(
        kafka_security_protocol="SASL_SSL", kafka_username="u", kafka_password=SecretStr("p")
    ).kafka_client("x")
    assert signed.get("sasl_mechanism") == "SCRAM-SHA-512"
    assert (signed.get("sasl_plain_username"), signed.get("sasl_plain_password")) == ("u", "p")
    context = signed.get("ssl_context")
    assert context is not None
    assert context.check_hostname


def test_grace_is_longer_in_production() -> None:
    assert ServiceSettings().shutdown_grace == 5
    assert ServiceSettings.model_validate({"environment": "production", **ENCRYPTED}).shutdown_grace == 45
    assert ServiceSettings(shutdown_seconds=9).shutdown_grace == 9


def test_development_keys_are_known_by_their_prefix() -> None:
    settings = All()
    for key in (settings.own_key, settings.service_key):
        assert key.get_secret_value().startswith(DEVELOPMENT_KEY_PREFIX)
