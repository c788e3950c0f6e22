"""Signal-processing nodes.  Nothing here knows of graphs, presets, files or control."""

from .analyzer import Analyzer
from .base import Block, Node, Spec
from .dither import Dither, peak_margin
from .dynamic_eq import DynamicEQ, ToneCourse
from .errors import MasterchainError
from .gain import Gain
from .hosted import Hosted
from .limiter import CeilingCourse, Limiter
from .limiter_model import GainModel, PeakEnvelope
from .low_cut import LowCut
from .measuring.meters import PeakMeter
from .measuring.report import CourseReport, Report
from .params import Choice, Declared, Numbers, Param, ParamError, Switch
from .stereo_imager import StereoImager, WidthCourse
from .testing.check import check_node

__all__ = [
    "Analyzer",
    "Block",
    "CeilingCourse",
    "Choice",
    "CourseReport",
    "Declared",
    "Dither",
    "DynamicEQ",
    "Gain",
    "GainModel",
    "Hosted",
    "Limiter",
    "LowCut",
    "MasterchainError",
    "Node",
    "Numbers",
    "Param",
    "ParamError",
    "PeakEnvelope",
    "PeakMeter",
    "Report",
    "Spec",
    "StereoImager",
    "Switch",
    "ToneCourse",
    "WidthCourse",
    "check_node",
    "peak_margin",
]
