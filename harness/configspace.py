"""ConfigSpace's spaces (Lindauer et al., arXiv 1908.06756) and ours: each as the other.

The library is in the extra `engines` and is imported when a function needs it.
"""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.algorithms._engines import engine
from harness.errors import BadValue
from harness.space import Arch, Catalogue, SearchSpace, catalogue_of

ConfigurationSpace = Any
Configuration = Any


def to_configspace(space: SearchSpace, seed: int = 0) -> ConfigurationSpace:
    """A `ConfigurationSpace` with one categorical hyperparameter per decision, named in the order of the decisions.

    ConfigSpace has no clause for what `admits` decides: a configuration of a space with constraints may be none of its
    architectures.
    """
    library = engine("harness.configspace", "ConfigSpace")
    width = len(str(len(space.choices) - 1))
    given = library.ConfigurationSpace(name=space.name, seed=seed)
    given.add([library.Categorical(f"decision_{i:0{width}}", list(range(n))) for i, n in enumerate(space.choices)])
    return given


def to_arch(configuration: Configuration) -> Arch:
    """The options of a configuration of `to_configspace`."""
    return tuple([int(configuration[name]) for name in sorted(configuration)])


def to_configuration(given: ConfigurationSpace, arch: Arch) -> Configuration:
    """The configuration, in a space of `to_configspace`, that has these options."""
    library = engine("harness.configspace", "ConfigSpace")
    return library.Configuration(given, values=dict(zip(sorted(given), arch, strict=True)))


class FiniteConfigSpace(SearchSpace):
    """A finite `ConfigurationSpace` as a search space: one decision per hyperparameter, one option per value.

    Categorical, ordinal, integer and constant hyperparameters are taken, in the order of the `ConfigurationSpace`. What
    its forbidden clauses forbid is no architecture. A hyperparameter that a condition switches off keeps an option,
    which says nothing: the canonical architecture has the first one there. An architecture is written as a JSON object
    of the values that are switched on.
    """

    def __init__(self, given: ConfigurationSpace) -> None:
        self._library = engine("harness.configspace", "ConfigSpace")
        self._given = given
        self.name = given.name or "configspace"
        self._values = {name: _values(parameter) for name, parameter in given.items()}
        self.choices = tuple(map(len, self._values.values()))

    @property
    def size(self) -> int:
        """The product of its choices, less what is forbidden; that is counted one by one."""
        return len(self.all()) if self._given.forbidden_clauses else math.prod(self.choices)

    def configuration(self, arch: Sequence[int]) -> Configuration:
        """The configuration with these options, without what is switched off."""
        options = zip(self._values.items(), arch, strict=True)
        values = {name: values[option] for (name, values), option in options}
        return self._library.util.deactivate_inactive_hyperparameters(values, self._given)

    def arch(self, configuration: Mapping[str, Any]) -> Arch:
        """The options of a configuration; the first one where a hyperparameter is switched off."""
        given = configuration
        return tuple([values.index(given[name]) if name in given else 0 for name, values in self._values.items()])

    def encode(self, arch: Arch) -> str:
        """A JSON object of the values that are switched on."""
        return json.dumps(dict(self.configuration(arch)))

    def decode(self, text: str) -> Arch:
        """Read a JSON object of the values that are switched on; all of them must be given."""
        try:
            values = json.loads(text)
            arch = self.arch(values)
            wanted = dict(self.configuration(arch))
        except (ValueError, TypeError) as error:
            raise BadValue(f"{text!r} is no configuration of {self.name}: {error}") from error
        if values != wanted:
            raise BadValue(
                f"{text!r} is no configuration of {self.name}: it must name {', '.join(wanted)}, nothing else"
            )
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """The same with the first option wherever a hyperparameter is switched off."""
        return self.arch(self.configuration(arch))

    def admits(self, arch: Sequence[int]) -> bool:
        """Whether no clause forbids it."""
        if not self._given.forbidden_clauses:
            return True
        try:
            self.configuration(arch)
        except self._library.exceptions.ForbiddenValueError:
            return False
        return True

    def catalogue(self) -> Catalogue:
        """The product of all options, the last decision changing fastest, without what is forbidden."""
        return catalogue_of([arch for arch in itertools.product(*map(range, self.choices)) if self.admits(arch)])


def _values(parameter: Any) -> tuple[Any, ...]:
    """The values of a hyperparameter in their order; a `BadValue` when there is no end of them."""
    kinds = engine("harness.configspace", "ConfigSpace.hyperparameters")
    if isinstance(parameter, kinds.Constant):
        return (parameter.value,)
    if isinstance(parameter, kinds.CategoricalHyperparameter):
        return tuple(parameter.choices)
    if isinstance(parameter, kinds.OrdinalHyperparameter):
        return tuple(parameter.sequence)
    if isinstance(parameter, kinds.IntegerHyperparameter):
        return tuple(range(int(parameter.lower), int(parameter.upper) + 1))
    raise BadValue(
        f"{parameter.name} is a {type(parameter).__name__}, which has no finite list of values: make it an ordinal or "
        "categorical hyperparameter of the values to choose from"
    )
