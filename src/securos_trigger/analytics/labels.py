"""Which classes a detector knows, and which it keeps. Imports nothing heavy: a check of a configuration asks, too."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.analytics.model_file import labels_in, read_metadata
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.errors import Mistake
from securos_trigger.errors.suggestions import nearest_few, nearest_label

_COCO_LABELS = Path(__file__).parent / "models" / "coco-labels.txt"
# More names than this are not listed in an error text.
_MOST_LISTED = 10


def coco_labels() -> tuple[str, ...]:
    """The 80 classes of COCO, which the bundled model was trained with."""
    return tuple(_COCO_LABELS.read_text(encoding="utf-8").splitlines())


def known_labels(settings: DetectorSettings) -> tuple[str, ...]:
    """The class names that the settings or the file give: `labels`, the model's own `names`, or the bundled model's.

    Empty for a model that brings no names, and for a file that cannot be read: the model must run first.
    """
    if settings.labels:
        return tuple(settings.labels)
    return coco_labels() if settings.model is None else labels_in(read_metadata(settings.model))


def label_mistakes(settings: DetectorSettings, where: str) -> list[Mistake]:
    """What of `labels` and `keep` does not fit the model, as far as this is known without running it."""
    known = known_labels(settings)
    if not known:
        return []
    return [*_labels_mistakes(settings, where), *keep_mistakes(settings.keep, known, where)]


def keep_mistakes(keep: list[str], known: tuple[str, ...], where: str) -> list[Mistake]:
    """The labels in `keep` that are none of the model's."""
    return [
        Mistake(f"{where}.keep", f'the model knows no "{label}"', _fix(label, known))
        for label in keep
        if label not in known
    ]


def _fix(label: str, known: tuple[str, ...]) -> str:
    guess = nearest_label(label, known)
    return (f'Did you mean "{guess}"? ' if guess else "") + f"{classes_of(label, known)} keep = [] keeps all."


def classes_of(label: str, known: tuple[str, ...]) -> str:
    """`It knows cat, dog.`: the classes of a model; of many those nearest to `label`, and where all of them stand."""
    if len(known) <= _MOST_LISTED:
        return f"It knows {', '.join(known)}."
    near = f"It knows {len(known)} classes, among them {', '.join(nearest_few(label, known))}."
    where = "docs/nodes.md#labels-of-coco" if known == coco_labels() else "its setting labels, or in the model's file"
    return f"{near} All stand in {where}."


def _labels_mistakes(settings: DetectorSettings, where: str) -> list[Mistake]:
    if not settings.labels or settings.model is None:
        named = coco_labels() if settings.labels else ()
    else:
        named = labels_in(read_metadata(settings.model))
    if not named:
        return []
    if len(named) == len(settings.labels):
        return _order_mistakes(settings.labels, named, f"{where}.labels")
    names = "1 name is" if len(settings.labels) == 1 else f"{len(settings.labels)} names are"
    fix = "Name every class, in the model's order, or leave labels out to use the model's own names."
    return [Mistake(f"{where}.labels", f"{names} given, and the model has {len(named)} classes", fix)]


def _order_mistakes(labels: list[str], named: tuple[str, ...], where: str) -> list[Mistake]:
    """The mistake of the model's own names in another order, such as that of a text: 0, 1, 10, 11, 2 …"""
    if sorted(labels) != sorted(named) or tuple(labels) == named:
        return []
    number = next(number for number, pair in enumerate(zip(labels, named, strict=True)) if len(set(pair)) > 1)
    own, given = named[number], labels[number]
    what = f'these are the model\'s names in another order: its class {number} is "{own}", not "{given}"'
    return [Mistake(where, what, "Leave labels out: the model's own names are then used, by their numbers.")]
