"""Pictures of what happened in the lab and of what is connected there, as SVG.

- `event_log.py`: events → who did what, in which order (no drawing)
- `timeline.py`: the life of execution environments, as text and as a picture
- `chart.py`: lines over two axes, from numbers that a cell computes
- `diagram.py`: what invokes what, from `lambdalab.wiring`; `layout.py` places its boxes and arrows
- `svg.py`: the few shapes that the pictures are made of, in colours that suit the page and Jupyter
"""

from .chart import Chart
from .diagram import Diagram
from .timeline import Timeline

__all__ = ["Chart", "Diagram", "Timeline"]
