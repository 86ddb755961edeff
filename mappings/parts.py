"""The value that transforms read: one occurrence of a source field, as decoded text.

A value is a list of components without outer blanks; a component is text, or a list of texts where it has
subcomponents. A source without components (a CSV cell, an XML element) is a list of one text.
"""

Component = str | list[str]
Parts = list[Component]


def part(parts: Parts, number: int) -> str:
    """The text of a component, counted from 1: its first subcomponent; empty if absent.

    >>> part(["DOE", ["X", "1.2.3", "ISO"]], 2)
    'X'
    """
    if number > len(parts):
        return ""
    component = parts[number - 1]
    return component if isinstance(component, str) else component[0]


def sub(parts: Parts, number: int, subcomponent: int) -> str:
    """The text of a subcomponent, both counted from 1; empty if absent.

    >>> sub(["DOE", ["X", "1.2.3", "ISO"]], 2, 3)
    'ISO'
    """
    if number > len(parts):
        return ""
    component = parts[number - 1]
    if isinstance(component, str):
        return component if subcomponent == 1 else ""
    return component[subcomponent - 1] if subcomponent <= len(component) else ""


def subs(parts: Parts, number: int) -> Component:
    """A component with its subcomponents, empty text if absent."""
    return parts[number - 1] if number <= len(parts) else ""


def blank(component: Component) -> bool:
    """Whether nothing is written there."""
    return not component if isinstance(component, str) else not any(component)
