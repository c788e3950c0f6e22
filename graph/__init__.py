"""How blocks flow: chains and parallel branches of nodes, and the driver that masters files with them."""

from .analysis import Analysis, AnalysisError, analyse
from .chain import Chain
from .guard import AfterCodec
from .mastering import master, master_all
from .media import KINDS, FileSink, FileSource, Format, MediaError, output_format
from .midside import MidSide
from .monitor import Cancelled, Monitor
from .outputs import Output
from .parallel import Parallel, delta, dry_wet
from .places import FileDestination
from .planner import Plan, plan
from .preview import Preview, preview
from .previewed import PreviewResult, Previews
from .profiles import profile_chain
from .renderer import Rendered, render
from .result import Levels, Result, Results
from .settings import Settings, SettingsError
from .solver import solve
from .streams import ArrayDestination, ArraySource, Destination, Sink, Source

__all__ = [
    "KINDS",
    "AfterCodec",
    "Analysis",
    "AnalysisError",
    "ArrayDestination",
    "ArraySource",
    "Cancelled",
    "Chain",
    "Destination",
    "FileDestination",
    "FileSink",
    "FileSource",
    "Format",
    "Levels",
    "MediaError",
    "MidSide",
    "Monitor",
    "Output",
    "Parallel",
    "Plan",
    "Preview",
    "PreviewResult",
    "Previews",
    "Rendered",
    "Result",
    "Results",
    "Settings",
    "SettingsError",
    "Sink",
    "Source",
    "analyse",
    "delta",
    "dry_wet",
    "master",
    "master_all",
    "output_format",
    "plan",
    "preview",
    "profile_chain",
    "render",
    "solve",
]
