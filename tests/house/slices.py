"""An import-linter contract: the packages inside another are slices and do not know each other.

The built-in `independence` contract wants its modules listed, or named by a wildcard that would
also take the plain modules beside the slices (`ops.main`, which imports them all). This one finds
them: a slice is a package, and a new one is held to the rule from its first line.
"""

from grimp import ImportGraph
from importlinter import fields
from importlinter.contracts.independence import IndependenceContract
from importlinter.domain.contract import ContractCheck
from importlinter.domain.imports import ModuleExpression


class SlicesContract(IndependenceContract):
    """`package`: whose subpackages must be independent of each other, also indirectly."""

    type_name = "slices"

    package = fields.StringField()
    modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Check independence over the subpackages that the graph has."""
        slices = {
            name for name in graph.find_children(str(self.package)) if is_package(graph, name)
        }
        vars(self)["modules"] = {ModuleExpression(name) for name in slices}
        return super().check(graph, verbose)


def is_package(graph: ImportGraph, name: str) -> bool:
    """A package with nothing but `__init__` cannot be told from a module, and need not be."""
    return bool(graph.find_children(name))
