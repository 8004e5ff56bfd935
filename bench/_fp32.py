"""The shipped int8 graphs with their matrices in fp32 again, so that one engine can time both in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def widened(source: Path, target: Path) -> None:
    """Write ``source`` with each integer product replaced by one in fp32 over the same (rounded) weights."""
    import onnx

    model = onnx.load(str(source))
    graph = model.graph
    held = {one.name: one for one in graph.initializer}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    gone: list[Any] = []
    products: dict[str, Any] = {}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            weight = node.input[1].removesuffix("_quantized")
            [cast] = users[node.output[0]]
            [scaled] = users[cast.output[0]]
            _widen(graph, held, weight)
            wide = onnx.helper.make_node("MatMul", [node.input[0].removesuffix("_quantized"), weight], scaled.output)
            products[scaled.output[0]] = wide
            gone += [node, cast, scaled]
        elif node.op_type == "DynamicQuantizeLinear":
            gone.append(node)
    spent = {id(node) for node in gone}
    kept = [
        products.get(node.output[0], node) for node in graph.node if id(node) not in spent or node.output[0] in products
    ]
    live = _live(kept, [output.name for output in graph.output])
    del graph.node[:]
    graph.node.extend(live)
    onnx.save(model, str(target))


def _widen(graph: Any, held: dict[str, Any], name: str) -> None:
    import onnx

    if name not in held:
        codes, scale, zero = (
            onnx.numpy_helper.to_array(held[f"{name}_{part}"]) for part in ("quantized", "scale", "zero_point")
        )
        wide = (codes.astype("float32") - zero.astype("float32")) * scale
        held[name] = onnx.numpy_helper.from_array(wide.astype("float32"), name)
        graph.initializer.append(held[name])


def _live(nodes: list[Any], wanted: list[str]) -> list[Any]:
    """The nodes, in order, that something wanted depends on."""
    needed, kept = set(wanted), []
    for node in reversed(nodes):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    return kept[::-1]
