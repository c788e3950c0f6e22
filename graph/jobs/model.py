"""The job document of the mastering API, as pydantic models: what its clients send, quirks included.

Unknown keys are accepted and kept; null stands for the default wherever there is one.  The context of a validation
may say ``{"local": True}``: then URLs are paths or ``file://``, and presets and loudness profiles may be files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ...presets import LETTERS, deliveries, delivery, load, names
from ..mastering.outputs import MOST_OUTPUTS
from ..media import KINDS
from ..planning.settings import INTENSITY, LOUDNESS, TRUE_PEAK, Settings
from ..previews.window import DURATION_S, START_S
from .expected import AUTH, REMOTE, RIGHT


def house_error(words: str) -> PydanticCustomError:
    """Return the error that says ``words`` of a value."""
    return PydanticCustomError("house", "{words}", {"words": words})


def _local(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("local"))


def _name_or_file(known: Iterable[str], file: str) -> WithJsonSchema:
    """Return the schema of one of ``known`` names, or of a file of the user's own, by the pattern of its name."""
    own = {"type": "string", "pattern": file, "description": 'A file of your own; only in "masterchain run".'}
    return WithJsonSchema({"anyOf": [{"enum": list(known)}, own, {"type": "null"}]})


def _known(value: str, look_up: Callable[[str], object]) -> str:
    """Return ``value`` if ``look_up`` knows it, else raise what that has to say."""
    try:
        look_up(value)
    except ValueError as refused:
        raise house_error(str(refused)) from None
    return value


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

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["key", "secret"]}, {"required": ["username", "password"]}]}
    )

    key: str | None = None
    secret: str | None = None
    token: str | None = None
    username: str | None = None
    password: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Auth:
        if not ((self.key and self.secret) or (self.username and self.password is not None)):
            raise house_error(f"must be {AUTH}")
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
            raise house_error(f"must be {REMOTE}") from None
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
            raise house_error(f"must be {REMOTE}")
        return url


def _as_object(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Place = Annotated[Location, BeforeValidator(_as_object, json_schema_input_type=str | Location)]


class Segment(Part):
    """The passage that is previewed, in seconds; a start below 0 counts as 0, a longer duration as the longest."""

    start: float = Field(default=START_S, description="Seconds into the track.")
    duration: float = Field(
        default=DURATION_S,
        description=f"Seconds; more than {DURATION_S:g} count as {DURATION_S:g}.",
        json_schema_extra={"exclusiveMinimum": 0},
    )

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

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"enable": {"const": False}}, "required": ["enable"]},
            "else": {"properties": {"preset": {"type": "string"}}, "required": ["preset"]},
        }
    )

    enable: bool = True
    preset: Annotated[str | None, _name_or_file(LETTERS, r"\.toml$")] = Field(
        default=None, description='The sound; may be absent, or null, where "enable" is false. Case does not matter.'
    )
    intensity: float = Field(default=INTENSITY.default, ge=INTENSITY.lo, le=INTENSITY.hi, description="Percent.")

    @field_validator("preset")
    @classmethod
    def _is_known(cls, preset: str | None, info: ValidationInfo) -> str | None:
        if preset is None or preset.lower() in names():
            return preset and preset.lower()
        if not _local(info):
            raise house_error(f"must be {RIGHT['preset']}")
        return _known(preset, load)

    @model_validator(mode="after")
    def _has_a_preset(self) -> DynamicEq:
        if self.enable and self.preset is None:
            raise PydanticCustomError("absent", "preset", {"key": "preset", "unless": ', unless "enable" is false'})
        return self


class Loudness(Part):
    """The loudness asked for: a target in LUFS, or what a service asks for by its name."""

    enable: bool = True
    target_level: float | None = Field(default=None, ge=LOUDNESS.lo, le=LOUDNESS.hi, description="LUFS; null: -14")
    true_peak: float | None = Field(
        default=None, ge=TRUE_PEAK.lo, le=TRUE_PEAK.hi, description="dBTP; null: -1; our own"
    )
    profile: Annotated[str | None, _name_or_file(deliveries(), r"\.toml(#.+)?$")] = Field(
        default=None, description="A service's loudness and true peak; what is given beside it wins. Our own."
    )

    @field_validator("profile")
    @classmethod
    def _is_known(cls, profile: str | None, info: ValidationInfo) -> str | None:
        if profile is None:
            return None
        if ".toml" in profile and not _local(info):
            raise house_error(f"must be {RIGHT['profile']}")
        return _known(profile, delivery)


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
    kind: Kind | None = Field(  # pyright: ignore[reportInvalidTypeForm] # made from the table of kinds
        default=None, description="Case does not matter; null: the format of the source, of a preview AAC in MP4."
    )
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
