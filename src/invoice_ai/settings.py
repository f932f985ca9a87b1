"""Every setting, its default and what it may be. Importing this module starts nothing.

The environment wins over `.env` (in the working directory). A wrong value stops the start with
one line that names the setting, the value and what is allowed.
"""

from __future__ import annotations

import os
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from invoice_ai import __version__
from invoice_ai.errors import Misconfigured

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FORMATS = frozenset({"pdf", "jpg", "jpeg", "png", "tif", "tiff", "xml"})


class Settings(BaseSettings):
    """One attribute per setting; the variable's name is the attribute's in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    # General
    app_name: str = Field("Invoice AI", description="Name shown in the app and in the logs.")
    app_version: str = Field(__version__, description="Version reported by the API.")
    debug: bool = Field(False, description="Verbose log and error details; never in production.")
    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Anything but loopback needs ADMIN_PASSWORD.",
    )
    port: int = Field(8000, ge=1, le=65535, description="Port of the API and the app.")
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        ["localhost", "127.0.0.1", "[::1]"],
        description="Host names the app answers to, comma separated. Add your server's name.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        [],
        description="Addresses of reverse proxies whose X-Forwarded-* is believed, comma separated.",
    )

    # Your company: an invoice to somebody else is not yours to pay
    company_names: Annotated[list[str], NoDecode] = Field(
        [], description="Names your company is billed under, separated by semicolons."
    )
    company_tax_ids: Annotated[list[str], NoDecode] = Field(
        [], description="Tax ids of your company, comma separated."
    )

    # Folders
    incoming_folder: Path = Field(Path("incoming"), description="Watched for new invoices.")
    generated_folder: Path = Field(
        Path("generated"), description="Gets the JSON and the source file of every result."
    )
    log_folder: Path = Field(Path("logs"), description="The four log files.")
    upload_folder: Path = Field(
        Path("uploads"), description="Originals, kept byte for byte by their SHA-256."
    )
    data_folder: Path = Field(
        Path("data"), description="SQLite database, wake-up queue, keys and temporary files."
    )

    # Intake limits
    max_file_size_mb: int = Field(25, ge=1, le=1024, description="Largest file accepted, in MB.")
    max_pages: int = Field(200, ge=1, le=10_000, description="Most pages of one document.")
    supported_formats: Annotated[list[str], NoDecode] = Field(
        ["pdf", "jpg", "jpeg", "png", "tif", "tiff", "xml"],
        description="File types accepted, comma separated.",
    )
    upload_rate_limit: str = Field(
        "10/minute", description="Uploads allowed per anonymous client, e.g. 10/minute."
    )

    # Processing
    batch_size: int = Field(10, ge=1, le=1000, description="Most invoices in work at once.")
    processing_interval_seconds: float = Field(
        5, ge=0.2, le=86_400, description="Longest time until a complete new file is seen."
    )
    max_retry_attempts: int = Field(
        3, ge=0, le=20, description="How often a transient fault is tried again."
    )
    worker_processes: int = Field(
        0, ge=0, le=64, description="Worker processes of one worker; 0: one per core, at most 4."
    )
    parse_seconds: int = Field(
        30, ge=1, le=600, description="Wall-clock limit for opening one hostile file."
    )
    parse_memory_mb: int = Field(
        1024, ge=256, le=16_384, description="Memory limit for opening one hostile file, in MB."
    )
    review_confidence_threshold: float = Field(
        0.90, ge=0, le=1, description="Below this confidence a required field goes to a person."
    )

    quality_sample_percent: float = Field(
        0,
        ge=0,
        le=100,
        description="Percent of sure invoices that a person looks at all the same, picked at random; "
        "2 tells after a few weeks how often nobody notices a mistake.",
    )
    auto_approve_after: int = Field(
        0,
        ge=0,
        le=1000,
        description="Clean approvals in a row before a vendor's invoices are approved by themselves.",
    )

    # AI: documents never leave this machine unless a provider or its key is set here
    ai_provider: Literal["auto", "none", "ollama", "gemini", "openai"] = Field(
        "auto",
        description="Model asked about doubtful fields: none, ollama, gemini or openai; "
        "auto: the provider whose key is set, else none.",
    )
    gemini_or_openai_api_key: SecretStr | None = Field(
        None, description="Key of the cloud model; its beginning tells whose it is."
    )
    gemini_api_key: SecretStr | None = Field(None, description="Key for Gemini.")
    openai_api_key: SecretStr | None = Field(None, description="Key for OpenAI.")
    ollama_base_url: str = Field("http://localhost:11434", description="Where Ollama listens.")
    ollama_model: str = Field("llama3.2-vision", description="Model that Ollama runs.")
    gemini_model: str = Field("gemini-2.5-flash", description="Model asked at Gemini.")
    gemini_base_url: str = Field("", description="Empty: Google's. Else that of a gateway.")
    openai_model: str = Field("gpt-5-mini", description="Model asked at OpenAI.")
    openai_base_url: str = Field(
        "",
        description="Empty: OpenAI's. Else any server with its API, e.g. http://localhost:8080/v1.",
    )
    ai_policy: Literal["cloud", "local", "never"] = Field(
        "cloud",
        description="Where documents may go: cloud: to the provider; local: only to a model on this "
        "machine or network; never. A vendor or a folder may have a stricter rule.",
    )
    ai_folder_policy: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="Stricter rules by sub-folder of INCOMING_FOLDER, e.g. payroll=never;legal=local.",
    )
    ai_timeout_seconds: float = Field(
        120, ge=1, le=3600, description="Longest time for one question, all attempts together."
    )
    ai_max_retries: int = Field(
        2, ge=0, le=10, description="How often a question is asked again after a passing fault."
    )
    ai_price_input: Decimal | None = Field(
        None, ge=0, description="Price of a million input tokens, for the cost report."
    )
    ai_price_output: Decimal | None = Field(
        None, ge=0, description="Price of a million output tokens, for the cost report."
    )

    # Storage and queue
    database_url: str = Field(
        "",
        description="Empty: SQLite in DATA_FOLDER. Else e.g. postgresql+psycopg://user:pw@host/db.",
    )
    redis_url: str = Field(
        "", description="Empty: embedded queue. Else e.g. redis://localhost:6379/0."
    )

    # Access
    admin_password: SecretStr | None = Field(
        None,
        description="Password of the app; required when HOST is not loopback. "
        "`invoice-ai password` makes one and keeps it in DATA_FOLDER.",
    )

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Least level written to the logs."
    )
    log_max_size_mb: int = Field(10, ge=1, le=10_000, description="Size at which a log rotates.")
    log_backup_count: int = Field(5, ge=0, le=1000, description="Rotated logs kept.")

    # QuickBooks
    quickbooks_client_id: str = Field("", description="Client id of your Intuit app.")
    quickbooks_client_secret: SecretStr | None = Field(
        None, description="Client secret of your Intuit app."
    )
    quickbooks_redirect_uri: str = Field(
        "http://localhost:8000/api/auth/qb/callback", description="Redirect URI of your Intuit app."
    )
    quickbooks_environment: Literal["sandbox", "production"] = Field(
        "sandbox", description="sandbox or production."
    )

    quickbooks_base_url: str = Field(
        "",
        description="Address of a stand-in instead of QuickBooks, e.g. http://127.0.0.1:9100; "
        "the app says so on every page.",
    )
    quickbooks_webhook_token: SecretStr | None = Field(
        None,
        description="Verifier token of your Intuit app's webhooks; without it none are taken.",
    )
    encryption_keys: SecretStr | None = Field(
        None,
        description="Keys that seal stored tokens, comma separated, the first one seals. "
        "Empty: a key is made and kept in DATA_FOLDER, readable by its owner only.",
    )

    @field_validator("company_names", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):  # a company's name may hold a comma
            return [part.strip() for part in value.split(";") if part.strip()]
        return value

    @field_validator("company_tax_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("allowed_hosts", "trusted_proxies", "supported_formats", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip().lower() for part in value.split(",") if part.strip()]
        return value

    @field_validator("supported_formats")
    @classmethod
    def _known_formats(cls, value: list[str]) -> list[str]:
        cleaned = [v.lstrip(".") for v in value]
        if unknown := sorted(set(cleaned) - FORMATS):
            raise ValueError(
                f"unknown: {', '.join(unknown)}; allowed: {', '.join(sorted(FORMATS))}"
            )
        return cleaned

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("ai_provider", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return (value.strip().lower() or "auto") if isinstance(value, str) else value

    @field_validator("ai_price_input", "ai_price_output", mode="before")
    @classmethod
    def _blank_is_unknown(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("ollama_base_url", "gemini_base_url", "openai_base_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        value = value.strip()
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it must begin with http:// or https://")
        return value

    @field_validator("ai_folder_policy", mode="before")
    @classmethod
    def _rules(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        rules = [part.partition("=") for part in value.split(";") if part.strip()]
        return {folder.strip().strip("/"): rule.strip().lower() for folder, _, rule in rules}

    @field_validator("ai_folder_policy")
    @classmethod
    def _known_rules(cls, value: dict[str, str]) -> dict[str, str]:
        for folder, rule in value.items():
            if rule not in ("cloud", "local", "never"):
                raise ValueError(f"{folder}={rule}; allowed: cloud, local, never")
        return value

    @field_validator(
        "admin_password",
        "gemini_or_openai_api_key",
        "gemini_api_key",
        "openai_api_key",
        "quickbooks_client_secret",
        "quickbooks_webhook_token",
        "encryption_keys",
        mode="before",
    )
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("app_version", mode="before")
    @classmethod
    def _own_version(cls, value: object) -> object:
        return value or __version__

    @model_validator(mode="after")
    def _default_database(self) -> Settings:
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_folder / 'invoice_ai.db'}"
        elif self.database_url.startswith(("postgresql://", "postgres://")):
            # The guides' plain URL means our driver.
            self.database_url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        return self

    @model_validator(mode="after")
    def _chosen_provider(self) -> Settings:
        shared, both = self.gemini_or_openai_api_key, (self.gemini_api_key, self.openai_api_key)
        if self.ai_provider == "auto":
            if all(both):
                raise ValueError("AI_PROVIDER is not set, but two keys are: say gemini or openai")
            whose = _whose_key(shared)
            if shared and not any(both) and whose is None:
                raise ValueError(
                    "AI_PROVIDER is not set, and GEMINI_OR_OPENAI_API_KEY does not tell whose it "
                    "is: set AI_PROVIDER to gemini or openai"
                )
            self.ai_provider = (
                "gemini" if self.gemini_api_key else "openai" if self.openai_api_key else None
            ) or (whose or "none")
        if self.ai_provider == "gemini" and not (self.key_of("gemini") or self.gemini_base_url):
            raise ValueError("AI_PROVIDER is gemini, but GEMINI_API_KEY is empty")
        if self.ai_provider == "openai" and not (self.key_of("openai") or self.openai_base_url):
            raise ValueError(
                "AI_PROVIDER is openai, but OPENAI_API_KEY is empty (a server of your own needs "
                "none: set OPENAI_BASE_URL)"
            )
        return self

    @model_validator(mode="after")
    def _kept_password(self) -> Settings:
        if self.admin_password is None and self.password_file.is_file():
            self.admin_password = SecretStr(self.password_file.read_text("utf-8").strip())
        if self.admin_password and len(self.admin_password.get_secret_value()) < 12:
            raise ValueError("ADMIN_PASSWORD is too short: at least 12 characters are needed")
        return self

    def key_of(self, provider: str) -> str:
        """The key for a provider of models; empty when it has none."""
        own = {"gemini": self.gemini_api_key, "openai": self.openai_api_key}.get(provider)
        key = own or (self.gemini_or_openai_api_key if provider in ("gemini", "openai") else None)
        return key.get_secret_value().strip() if key else ""

    @property
    def password_file(self) -> Path:
        """Where `invoice-ai password` keeps what it made; readable by its owner only."""
        return self.data_folder / "admin_password"

    @property
    def encryption_key_file(self) -> Path:
        """Where the keys lie that seal tokens, when ENCRYPTION_KEYS does not name them."""
        return self.data_folder / "encryption_keys"

    @property
    def workers(self) -> int:
        """Worker processes to run."""
        return self.worker_processes or min(os.cpu_count() or 1, 4)

    @property
    def listens_to_others(self) -> bool:
        """Whether somebody on another machine can reach us."""
        return self.host not in LOOPBACK

    @property
    def embedded(self) -> bool:
        """Whether the queue is our own file (no Redis)."""
        return not self.redis_url


def _whose_key(key: SecretStr | None) -> Literal["gemini", "openai"] | None:
    """Google's keys begin with AIza or AQ., OpenAI's with sk-."""
    text = key.get_secret_value().strip() if key else ""
    if text.startswith(("AIza", "AQ.")):
        return "gemini"
    return "openai" if text.startswith("sk-") else None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises: Misconfigured: one line per wrong value: name, value, what is allowed.
    """
    try:
        return Settings(**overrides)
    except ValidationError as wrong:
        raise Misconfigured("\n".join(_explain(dict(e)) for e in wrong.errors())) from None


def _explain(error: dict[str, Any]) -> str:
    name = ".".join(str(p) for p in error["loc"])
    if not name:  # a rule about several settings names them itself
        return str(error["msg"]).removeprefix("Value error, ")
    definition = Settings.model_fields.get(name)
    secret = definition is not None and "SecretStr" in str(definition.annotation)
    given = "(secret)" if secret else repr(error.get("input"))
    return f"{name.upper()} is {given}: {error['msg'].removeprefix('Value error, ')}"


@lru_cache(maxsize=1)
def current_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()


def __getattr__(name: str) -> Settings:
    """`from invoice_ai.settings import settings` (guide B), without reading anything at import."""
    if name == "settings":
        return current_settings()
    raise AttributeError(name)
