"""How blocks flow: chains and parallel branches of nodes, and the driver that masters files with them."""

from .analysis import Analysis, AnalysisError, analyse
from .chain import Chain
from .finding import Finding
from .findings import diagnose
from .fitting import Fit, rank_profiles
from .guard import AfterCodec
from .mastering import master, master_all
from .media import KINDS, FileSink, FileSource, Format, MediaError, output_format
from .metrics import figures, preview_result
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
    "Finding",
    "Fit",
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
    "diagnose",
    "dry_wet",
    "figures",
    "master",
    "master_all",
    "output_format",
    "plan",
    "preview",
    "preview_result",
    "profile_chain",
    "rank_profiles",
    "render",
    "solve",
]
