"""What the agent may fetch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import NoDecode


class InternetSettings(BaseModel):
    """What the agent may fetch from other servers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names of servers at home that may be fetched from, such as `nas.local`; in the"
        " environment separated by commas. No other private address is reached.",
    )
    ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (80, 443), description="Ports that may be fetched from; separated by commas too."
    )
    page_mb: Annotated[int, Field(ge=1, le=100)] = Field(
        4, description="How large a page may be, in MB."
    )
    download_mb: Annotated[int, Field(ge=1, le=1_024)] = Field(
        64, description="How large a file may be that is downloaded, in MB."
    )
    seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        30.0, description="How long fetching one page may take."
    )

    @field_validator("hosts", "ports", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )
