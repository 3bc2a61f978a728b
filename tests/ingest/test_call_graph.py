"""Call graphs of tracing as packs."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InputError, MalformedError
from ingest.call_graph import call_graph_pack, make_graph, read_dependencies, read_matrix
from ingest.library_files import read_library

LIBRARY = Path(__file__).resolve().parents[2] / "seeds" / "library"


def test_a_row_calls_its_columns() -> None:
    """Cells that are not 0 are calls; a node's call of itself is none."""
    graph = read_matrix(",A,B\nA,1,1\nB,0,\n", name="g")

    assert graph.names == ("A", "B")
    assert graph.calls == (("A", "B"),)


def test_a_source_depends_on_its_target() -> None:
    """The JSON form lists components by part and dependencies by name."""
    document = {
        "components": {"services": [{"name": "web"}], "infrastructure": ["db"]},
        "dependencies": [{"source": "web", "target": "db"}],
    }

    assert read_dependencies(document, name="a").calls == (("web", "db"),)


@pytest.mark.parametrize("text", [",A,B\nA,1\n", ",A,B\nC,1,0\n", ",A,B\nA,x,0\n"])
def test_faulty_matrices_name_their_line(text: str) -> None:
    """Line 2 is the faulty one."""
    with pytest.raises(InputError, match="g:2"):
        read_matrix(text, name="g")


def test_other_documents_are_refused() -> None:
    """Neither an empty file nor a dependency of a stranger is a graph."""
    with pytest.raises(MalformedError):
        read_matrix("", name="g")
    with pytest.raises(MalformedError):
        read_dependencies([], name="g")
    with pytest.raises(InputError, match="stranger"):
        read_dependencies(
            {"components": {}, "dependencies": [{"source": "stranger", "target": "web"}]}, name="g"
        )


def test_names_become_ids_and_stay_aliases() -> None:
    """Names that no id may have, or that differ in case only, are told apart and found again."""
    graph = make_graph(["Pet Site", "pet site"], [("Pet Site", "pet site")])
    kinds = dict.fromkeys(graph.names, "service")

    pack = call_graph_pack(
        graph, pack_id="shop", source="g", kinds=kinds, library=read_library(LIBRARY)
    )

    assert [(c.id, c.aliases) for c in pack.components] == [
        ("shop:pet-site", ("Pet Site",)),
        ("shop:pet-site-2", ("pet site",)),
    ]
    assert [(r.source, r.target) for r in pack.relations] == [("shop:pet-site", "shop:pet-site-2")]


def test_a_node_needs_a_known_kind() -> None:
    """A node without one is named."""
    graph = make_graph(["web"], [])

    with pytest.raises(InputError, match="'web'"):
        call_graph_pack(graph, pack_id="s", source="g", kinds={}, library=read_library(LIBRARY))
