"""The job document of the mastering API, as pydantic models: what its clients send, quirks included.

Unknown keys are accepted and kept; null stands for the default wherever there is one.  The context of a validation
may say ``{"local": True}``: then URLs are paths or ``file://``, and presets and loudness profiles may be files.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..nodes import DynamicEQ, Limiter
from ..presets import LETTERS, deliveries, delivery, load
from .media import KINDS
from .outputs import MOST_OUTPUTS
from .settings import LOUDEST_LUFS, QUIETEST_LUFS, Settings

START_S, DURATION_S = 45.0, 30.0
PREVIEW_PATH, MASTER_PATH = "/media/master/preview", "/media/master"

_INTENSITY, _CEILING = DynamicEQ.params()["intensity"], Limiter.params()["ceiling_db"]
_REMOTE = "dlb://key, http(s)://host/..., s3://bucket/key or file:///path"
_URL = f'a URL ({_REMOTE}; a path in "masterchain run"), or an object with "url" and, if need be, "auth"'
_AUTH = 'an object with "key" and "secret", or "username" and "password"'

RIGHT = {
    "": 'an object with "inputs" and "outputs"',
    "inputs": 'a list of one input, [{"source": URL}]',
    "inputs[]": 'an object with "source"',
    "outputs": f'a list of 1 to {MOST_OUTPUTS} outputs, [{{"destination": URL, "master": {{...}}}}]',
    "outputs[]": 'an object with "destination"',
    "source": _URL, "destination": _URL, "url": "a URL in quotes", "auth": _AUTH,
    "segment": 'an object with "start" and "duration" in seconds',
    "start": "a number of seconds",
    "duration": f"a number of seconds, more than 0, {DURATION_S:g} at most",
    "kind": f"one of {', '.join(KINDS)}, or left out for the format of the source",
    "master": 'an object with "dynamic_eq", "loudness" and "stereo_image"',
    "dynamic_eq": 'an object with "enable", "preset" and "intensity"',
    "loudness": 'an object with "enable" and "target_level"',
    "stereo_image": 'an object with "enable"',
    "enable": "true or false",
    "preset": f"one of {LETTERS[0]}..{LETTERS[-1]}",
    "intensity": f"a number, {_INTENSITY.lo:g}..{_INTENSITY.hi:g} %",
    "target_level": f"a number, {QUIETEST_LUFS:g}..{LOUDEST_LUFS:g} LUFS, or null for the default",
    "true_peak": f"a number, {_CEILING.lo:g}..{_CEILING.hi:g} dBTP",
    "profile": f"one of {', '.join(deliveries())}",
    "on_complete": 'null, or an object with "url"',
    "headers": "an object",
    "path": f"{PREVIEW_PATH} or {MASTER_PATH}",
}  # fmt: skip
"""What is right, by key; ``[]`` marks the members of a list."""


def house_error(words: str) -> PydanticCustomError:
    """Return the error that says ``words`` of a value."""
    return PydanticCustomError("house", "{words}", {"words": words})


def _local(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("local"))


class Part(BaseModel):
    """What all parts of a document share."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}


class Auth(Part):
    """What opens a place: for buckets key, secret and perhaps token; for web servers username and password."""

    key: str | None = None
    secret: str | None = None
    token: str | None = None
    username: str | None = None
    password: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Auth:
        if not ((self.key and self.secret) or (self.username and self.password is not None)):
            raise house_error(f"must be {_AUTH}")
        return self


class Location(Part):
    """Where a file comes from or goes to."""

    url: str
    auth: Auth | None = None

    @field_validator("url")
    @classmethod
    def _is_a_place(cls, url: str, info: ValidationInfo) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise house_error(f"must be {_REMOTE}") from None
        if _local(info):
            if "://" in url and (parts.scheme != "file" or parts.netloc not in ("", "localhost")):
                raise house_error(
                    "must be a path or file:///path here; dlb://, http(s):// and s3:// are for the HTTP service"
                )
            if not parts.path:
                raise house_error("must be a path or file:///path")
            return url
        needed = {"dlb": parts.netloc + parts.path, "file": parts.path, "s3": parts.netloc and parts.path.strip("/")}
        needed |= {"http": parts.hostname or "", "https": parts.hostname or ""}
        if not needed.get(parts.scheme):
            raise house_error(f"must be {_REMOTE}")
        return url


def _as_object(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Place = Annotated[Location, BeforeValidator(_as_object, json_schema_input_type=str | Location)]


class Segment(Part):
    """The passage that is previewed, in seconds; negative values count as 0, longer ones as 30 s."""

    start: float = Field(default=START_S, description="Seconds into the track.")
    duration: float = Field(default=DURATION_S, description="Seconds, 30 at most.")

    @field_validator("start")
    @classmethod
    def _not_before(cls, start: float) -> float:
        return max(0.0, start)

    @field_validator("duration")
    @classmethod
    def _clamped(cls, duration: float) -> float:
        if duration <= 0.0:
            raise house_error(f"must be {RIGHT['duration']}: a preview of no length has nothing to hear")
        return min(duration, DURATION_S)


class Input(Part):
    """The track."""

    source: Place
    segment: Segment = Segment()
    metadata: Any = None


class DynamicEq(Part):
    """The sound: a profile, and how much of its tonal work is applied."""

    enable: bool = True
    preset: str | None = Field(default=None, description=f"{LETTERS[0]}..{LETTERS[-1]}; may be absent when disabled.")
    intensity: float = Field(default=100.0, ge=_INTENSITY.lo, le=_INTENSITY.hi, description="Percent.")

    @field_validator("preset")
    @classmethod
    def _is_known(cls, preset: str | None, info: ValidationInfo) -> str | None:
        if preset is None or (len(preset) == 1 and preset.lower() in LETTERS):
            return preset and preset.lower()
        if not _local(info):
            raise house_error(f"must be {RIGHT['preset']}")
        try:
            load(preset)
        except ValueError as refused:
            raise house_error(str(refused)) from None
        return preset

    @model_validator(mode="after")
    def _has_a_preset(self) -> DynamicEq:
        if self.enable and self.preset is None:
            raise PydanticCustomError("absent", "preset", {"key": "preset", "unless": ', unless "enable" is false'})
        return self


class Loudness(Part):
    """The loudness asked for: a target in LUFS, or what a service asks for by its name."""

    enable: bool = True
    target_level: float | None = Field(default=None, ge=QUIETEST_LUFS, le=LOUDEST_LUFS, description="LUFS; null: -14")
    true_peak: float | None = Field(default=None, ge=_CEILING.lo, le=_CEILING.hi, description="dBTP; null: -1; our own")
    profile: str | None = Field(
        default=None, description="A service's loudness and true peak; what is given beside it wins. Our own."
    )

    @field_validator("profile")
    @classmethod
    def _is_known(cls, profile: str | None, info: ValidationInfo) -> str | None:
        if profile is None:
            return None
        if ".toml" in profile and not _local(info):
            raise house_error(f"must be {RIGHT['profile']}")
        try:
            delivery(profile)
        except ValueError as refused:
            raise house_error(str(refused)) from None
        return profile


class StereoImage(Part):
    """Whether the width of lows, mids and highs is set."""

    enable: bool = False


class Master(Part):
    """What is done to the sound."""

    dynamic_eq: DynamicEq = DynamicEq(preset=str(Settings().profile))
    loudness: Loudness = Loudness()
    stereo_image: StereoImage = StereoImage()


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Kind = Annotated[Literal[KINDS], BeforeValidator(_lower)]  # type: ignore[valid-type] # one list says what kinds there are


class Output(Part):
    """A file to be made."""

    destination: Place
    kind: Kind | None = None
    master: Master | None = None


class OnComplete(Part):
    """Who is told when the job has ended."""

    url: str
    body: Any = None
    headers: dict[str, Any] = {}

    @field_validator("url")
    @classmethod
    def _is_on_the_web(cls, url: str) -> str:
        if not url.lower().startswith(("http://", "https://")):
            raise house_error("must be http://... or https://...")
        return url


class JobModel(Part):
    """A preview of a track, or its full master."""

    inputs: list[Input] = Field(min_length=1, max_length=1)
    outputs: list[Output] = Field(min_length=1, max_length=MOST_OUTPUTS)
    on_complete: OnComplete | None = None
    path: Literal["/media/master/preview", "/media/master"] | None = Field(
        default=None, description="Which of the two the job is. Our own; the service goes by the address it is sent to."
    )
