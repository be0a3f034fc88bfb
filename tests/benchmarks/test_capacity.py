"""How the largest number of cameras is searched for."""

from __future__ import annotations

import pytest

from benchmarks.bench_capacity import largest


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5, 8, 13, 63, 64])
def test_the_largest_number_that_is_carried_is_found(limit: int) -> None:
    assert largest(lambda cameras: cameras <= limit, most=64) == limit


def test_no_more_than_the_most_are_tried() -> None:
    tried: list[int] = []

    def carries(cameras: int) -> bool:
        tried.append(cameras)
        return True

    assert largest(carries, most=5) == 5
    assert tried == [1, 2, 4, 5]
