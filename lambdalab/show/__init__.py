"""Pictures of what happened in the lab, drawn from the engine's events as SVG.

- `story.py`: events → who did what, in which order (no drawing)
- `timeline.py`: the life of execution environments, as text and as a picture
- `chart.py`: lines over two axes, from numbers that a cell computes
- `svg.py`: the few shapes that the pictures are made of, in colours that suit the page and Jupyter
"""

from .chart import Chart
from .timeline import Timeline

__all__ = ["Chart", "Timeline"]
