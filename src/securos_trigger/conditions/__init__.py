"""The condition language: when is an event due? See docs/conditions.md.

Text becomes tokens (`tokens`), tokens become typed nodes (`grammar`), nodes become two functions that agree: a fast one
for what is ordinary (`compile`), and an exact, three-valued one for the clauses and items that are not (`evaluate`).
"""

from securos_trigger.conditions.condition import Condition
from securos_trigger.conditions.explain import Clause, Explanation, PathValue
from securos_trigger.conditions.truth import Truth

__all__ = ["Clause", "Condition", "Explanation", "PathValue", "Truth"]
