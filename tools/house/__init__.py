"""The house: which package imports which, as a graph for the tests and as a picture for people.

    python -m tools.house                   draw docs/diagrams/house.svg
    python -m tools.house --check           is that picture of the code as it is?
    python -m tools.house --rev v1 --out …  draw the code of another revision

- `graph.py`: the source files of a folder → who imports whom, on which line; circles
- `floors.py`: which room stands on which floor, from the top down
- `plan.py`: the graph → boxes in boxes and the arrows between them, without places
- `places.py`: where each box stands and each arrow runs
- `draw.py`: all of it as SVG, and in words
- `revision.py`: the files of another revision
- `__main__.py`: the command
"""
