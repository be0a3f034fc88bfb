"""What it costs that a detector looks at some frames only: said in the same words wherever `every` is advised."""

from typing import Final

#: Follows the advice to set `every`, as a part of a sentence.
LOOKS_PRICE: Final = "boxes between two looks are guesses; walking people need 2 to 3 looks a second"
#: With fewer looks a second than this a tracker's guesses stand beside people who walk.
LEAST_LOOKS_PER_S: Final = 2.0
