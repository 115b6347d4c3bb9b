"""A front of two objectives that grows point by point, and the area that it dominates."""

from bisect import bisect_right


class Staircase:
    """Non-dominated points (x, y), both minimised, and their area up to a reference point.

    A point is added in O(log n) on average, besides moving the tail of two lists.
    """

    def __init__(self, x: float, y: float) -> None:
        # Steps by rising x and falling y, between two that bound them: left of all at the reference's y, and at its x.
        self._x, self._y = [-float("inf"), x], [y, -float("inf")]
        self.area = 0.0

    def add(self, x: float, y: float) -> bool:
        """Whether the point adds area: it lies below the reference in both, and no point is as good in both.

        A point with a NaN never does.
        """
        xs, ys = self._x, self._y
        first = last = bisect_right(xs, x)
        left, ceiling = x, ys[first - 1]
        if not y < ceiling:
            return False
        # A step of the same x stays under the new one: it has no width left.
        while ys[last] >= y:
            self.area += (xs[last] - left) * (ceiling - y)
            left, ceiling = xs[last], ys[last]
            last += 1
        self.area += (xs[last] - left) * (ceiling - y)
        xs[first:last], ys[first:last] = [x], [y]
        return True
