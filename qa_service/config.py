"""Settings of a deployment, from environment variables `QA_*`; business numbers live in the rulebook."""

from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs from machine to machine."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="ignore")

    database_url: str = "sqlite:///var/qa.db"
    models_dir: Path | None = None
    time_zone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = 8000
    # Signs the cookies of the pages; made anew at each start when absent, which signs everybody out.
    secret: SecretStr | None = None
    # 32 bytes, base64: wraps the customers' keys. Needed only where originals are kept.
    master_key: SecretStr | None = None
    keep_originals: bool = False
    # Reports and exports lie here; deleting a customer searches it too.
    exports_dir: Path = Path("out")
    max_body_bytes: int = 32 * 1024 * 1024
    max_batch: int = 1000
    worker_in_process: bool = True
    appeal_window_days: int = 7

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @property
    def zone(self) -> tzinfo:
        """Days and ISO weeks of reports are those of this zone."""
        return ZoneInfo(self.time_zone)
