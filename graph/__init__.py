"""How blocks flow: chains and parallel branches of nodes, and the driver that masters files with them."""

from importlib.metadata import version

from ..nodes.errors import MasterchainError
from ..presets import PresetError, profiles
from ..presets import deliveries as services
from .analysis.analysis import Analysis, AnalysisError, analyse
from .analysis.diagnose import diagnose
from .analysis.figures import figures, preview_result
from .analysis.finding import Finding
from .analysis.profile_fit import Fit, rank_profiles
from .chains.chain import Chain
from .chains.mid_side import MidSide
from .chains.parallel import Parallel, delta, dry_wet
from .chains.profile_chain import profile_chain
from .mastering.arrays import master_array
from .mastering.master import master, master_all
from .mastering.outputs import Output
from .mastering.result import Levels, Result, Results
from .media import KINDS, FileSink, FileSource, Format, MediaError, output_format
from .planning.plan import Plan, plan
from .planning.settings import Settings, SettingsError
from .previews.preview import Preview, preview
from .previews.result import PreviewResult, Previews
from .rendering.destinations import FileDestination
from .rendering.render import Rendered, render
from .rendering.solve import solve
from .rendering.verdict import AfterCodec
from .streams.arrays import ArrayDestination, ArraySource
from .streams.progress import Cancelled, Monitor
from .streams.protocols import Destination, Sink, Source

__version__ = version("masterchain")

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
    "MasterchainError",
    "MediaError",
    "MidSide",
    "Monitor",
    "Output",
    "Parallel",
    "Plan",
    "PresetError",
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
    "__version__",
    "analyse",
    "delta",
    "diagnose",
    "dry_wet",
    "figures",
    "master",
    "master_all",
    "master_array",
    "output_format",
    "plan",
    "preview",
    "preview_result",
    "profile_chain",
    "profiles",
    "rank_profiles",
    "render",
    "services",
    "solve",
]
