"""Settings of messengers under the names that their vendors and the world give them."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator


class Mailbox(BaseModel):
    """The mailbox of the server, and where its alerts go."""

    model_config = ConfigDict(populate_by_name=True)

    smtp_host: str | None = Field(
        None,
        validation_alias=AliasChoices("smtp_host", "SMTP_HOST"),
        title="SMTP server",
        description="The server by which mail goes out, such as `smtp.example.com`.",
    )
    smtp_port: int = Field(
        587,
        validation_alias=AliasChoices("smtp_port", "SMTP_PORT"),
        title="SMTP port",
        description="Its port: 465 speaks TLS from the first byte; every other begins it, and only"
        " this machine itself may do without.",
        ge=1,
        le=65_535,
    )
    smtp_user: str | None = Field(
        None,
        validation_alias=AliasChoices("smtp_user", "SMTP_USER"),
        title="User",
        description="Who we are at both mail servers; our address too, unless that is set.",
    )
    smtp_pass: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("smtp_pass", "SMTP_PASS"),
        title="Password",
        description="The password of the mailbox.",
    )
    imap_host: str | None = Field(
        None,
        validation_alias=AliasChoices("imap_host", "IMAP_HOST"),
        title="IMAP server",
        description="The server by which mail comes in, such as `imap.example.com`: with it, mail"
        " is on.",
    )
    imap_port: int = Field(
        993,
        validation_alias=AliasChoices("imap_port", "IMAP_PORT"),
        title="IMAP port",
        description="Its port: 993 speaks TLS from the first byte; every other begins it, and only"
        " this machine itself may do without.",
        ge=1,
        le=65_535,
    )
    imap_user: str | None = Field(
        None,
        validation_alias=AliasChoices("imap_user", "IMAP_USER"),
        title="IMAP user",
        description="Who we are at the IMAP server, where that is another name.",
    )
    imap_pass: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("imap_pass", "IMAP_PASS"),
        title="IMAP password",
        description="The password at the IMAP server, where that is another one.",
    )
    notification_email: str | None = Field(
        None,
        validation_alias=AliasChoices("notification_email", "NOTIFICATION_EMAIL"),
        title="Alerts",
        description="The address to which alerts go, and the mail of a test.",
    )

    @field_validator(
        "smtp_host", "smtp_port", "smtp_user", "smtp_pass", "imap_host", "imap_port", "imap_user",
        "imap_pass", "notification_email", mode="before",
    )  # fmt: skip
    @classmethod
    def _mail(cls, value: Any, info: Any) -> Any:
        # An empty variable is one that is not set.
        return value if value not in {"", None} else cls.model_fields[info.field_name].default


class WhatsApp(BaseModel):
    """A number at WhatsApp's official Cloud API."""

    model_config = ConfigDict(populate_by_name=True)

    whatsapp_enabled: bool = Field(
        True,
        validation_alias=AliasChoices("whatsapp_enabled", "WHATSAPP_ENABLED"),
        title="WhatsApp",
        description="Whether WhatsApp is on, where it has all that it needs.",
    )
    whatsapp_access_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("whatsapp_access_token", "WHATSAPP_ACCESS_TOKEN"),
        title="Access token",
        description="The token of a system user of yours at Meta.",
    )
    whatsapp_app_secret: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("whatsapp_app_secret", "WHATSAPP_APP_SECRET"),
        title="App secret",
        description="The secret of your app at Meta: it signs what comes in.",
    )
    whatsapp_verify_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("whatsapp_verify_token", "WHATSAPP_VERIFY_TOKEN"),
        title="Verify token",
        description="A word of your own; Meta says it when the webhook is set up.",
    )
    whatsapp_phone_number_id: str | None = Field(
        None,
        validation_alias=AliasChoices("whatsapp_phone_number_id", "WHATSAPP_PHONE_NUMBER_ID"),
        title="Phone number ID",
        description="The id of the number by which it writes, as Meta's console shows it.",
    )
    whatsapp_api_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("whatsapp_api_base_url", "WHATSAPP_API_BASE_URL"),
        title="Server",
        description="Another server that speaks the Cloud API, or another version of it;"
        " `https://graph.facebook.com/v24.0` unless set.",
    )

    @field_validator(
        "whatsapp_access_token", "whatsapp_app_secret", "whatsapp_verify_token",
        "whatsapp_phone_number_id", "whatsapp_api_base_url", "whatsapp_enabled", mode="before",
    )  # fmt: skip
    @classmethod
    def _whatsapp(cls, value: Any, info: Any) -> Any:
        return value if value not in {"", None} else cls.model_fields[info.field_name].default

    @field_validator("whatsapp_phone_number_id", mode="before")
    @classmethod
    def _figures(cls, value: Any) -> Any:
        # A file that holds it without quotes means the same.
        return str(value) if type(value) is int else value

    @field_validator("whatsapp_phone_number_id")
    @classmethod
    def _number(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isdigit() and len(value) <= 32):
            raise ValueError("it is a number of up to 32 figures")
        return value

    @field_validator("whatsapp_api_base_url")
    @classmethod
    def _address_of(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return value
