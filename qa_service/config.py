"""Settings of a deployment, from environment variables `QA_*`; business numbers live in the rulebook."""

from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from qa_service.errors import InvalidInput

PREFIX = "QA_"
# The robots of 企业微信, 钉钉, 飞书 and Lark.
ROBOTS = ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn", "open.larksuite.com")


class Settings(BaseSettings):
    """Everything that differs from machine to machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    database_url: str = "sqlite:///var/qa.db"
    models_dir: Path | None = None
    # A company's own reasons and red lines, for every SOP (YAML); unset: where an imported one lies, if any.
    taxonomy: Path | None = None
    # Judge without the encoder of the models: several times faster, less exact.
    fast: bool = False
    time_zone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    # Signs the cookies of the pages; made anew at each start when absent, which signs everybody out.
    secret: SecretStr | None = None
    # 32 bytes, base64: wraps the customers' keys. Needed only where originals are kept.
    master_key: SecretStr | None = None
    keep_originals: bool = False
    # Reports and exports lie here; deleting a customer searches it too.
    exports_dir: Path = Path("out")
    max_body_bytes: int = Field(32 * 1024 * 1024, ge=1)
    max_batch: int = Field(1000, ge=1)
    worker_in_process: bool = True
    appeal_window_days: int = Field(7, ge=1)
    # The judge by a language model; off without its URL, the base of an OpenAI-compatible endpoint (https://host/v1).
    judge_url: str | None = None
    judge_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    judge_model: str | None = None
    judge_key: SecretStr | None = None
    judge_items: Literal["unsure", "all"] = "unsure"
    judge_timeout_s: float = Field(30, gt=0, le=600)
    # Where the pages are reached from outside (https://qa.example.com): links in what is sent lead there.
    public_url: str = ""
    # Hosts that may be posted to over https; those of the own network, which http may be used for too, apart.
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ROBOTS
    webhook_private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    send_timeout_s: float = Field(15, gt=0, le=120)
    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: str | None = None

    def __init__(self, **values: Any) -> None:
        """Read them; raises InvalidInput, which names each variable that cannot be used."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            # What was set is not repeated: it may hold a password.
            told = "; ".join(f"{PREFIX}{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
            raise InvalidInput(f"a setting cannot be used; {told.replace('Value error, ', '')}") from None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; write one like Asia/Shanghai") from None
        return value

    @field_validator("judge_hosts", "webhook_hosts", "webhook_private_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(host for part in value.split(",") if (host := part.strip().lower()))

    @property
    def taxonomy_file(self) -> Path:
        """Where the company's own taxonomy lies, or will lie once one is imported."""
        return self.taxonomy or Path("var/taxonomy.yaml")

    @property
    def zone(self) -> tzinfo:
        """Days and ISO weeks of reports are those of this zone."""
        return ZoneInfo(self.time_zone)
