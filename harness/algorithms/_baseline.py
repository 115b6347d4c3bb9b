"""The moving baseline of policy gradients."""


class MovingAverage:
    """An exponential moving average that is not biased towards its beginning.

    After rewards r_1, ..., r_n it is their mean with weights momentum^(n - i) (the correction of Adam's moments, Kingma
    & Ba, ICLR 2015, section 3).
    """

    def __init__(self, momentum: float) -> None:
        self._momentum = momentum
        self._sum = self._weight = 0.0

    def update(self, reward: float) -> float:
        """Take in a reward and return the average with it."""
        self._sum = self._momentum * self._sum + (1 - self._momentum) * reward
        self._weight = self._momentum * self._weight + (1 - self._momentum)
        return self._sum / self._weight
