"""The smallest part of a failing graph that still fails: fewer outputs, then
nodes cut off, whose results become inputs with the values they had."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from generate import build, reads


class Minimiser:
    def __init__(self, model, feed, values, fails):
        """values: every value of the graph; fails(model, feed): the reason."""
        self.graph, self.values, self.fails = model.graph, values, fails
        self.opset = model.opset_import[0].version
        self.feed = dict(feed)
        self.inputs = {i.name: i for i in model.graph.input}
        self.infos = {name: (helper.np_dtype_to_tensor_dtype(v.dtype), v.ndim)
                      for name, v in values.items()}

    def part(self, nodes, outputs):
        """The graph of these nodes, values from elsewhere as inputs."""
        made = {n for node in nodes for n in node.output}
        stored = {w.name for w in self.graph.initializer}
        inputs, feed = [], {}
        for name in dict.fromkeys(n for node in nodes for n in sorted(reads(node))):
            if name in made or name in stored:
                continue
            kind, _ = self.infos.get(name, (TensorProto.FLOAT, 0))
            feed[name] = self.feed[name] if name in self.feed else self.values[name]
            inputs.append(self.inputs.get(name) or helper.make_tensor_value_info(
                name, kind, feed[name].shape))
        model = build(nodes, self.graph.initializer, inputs,
                      [(n, *self.infos[n]) for n in outputs], self.opset)
        needed = {i.name for i in model.graph.input}
        return model, {k: v for k, v in feed.items() if k in needed}

    def run(self):
        nodes = list(self.graph.node)
        outputs = [o.name for o in self.graph.output]
        best = self.part(nodes, outputs)
        reason = self.fails(*best)
        if not reason:
            return best, None
        kind = reason.split(":")[0]

        def still(nodes, outputs):
            nonlocal best, reason
            candidate = self.part(nodes, outputs)
            if not candidate[0].graph.node:
                return False
            found = self.fails(*candidate)
            if not found or found.split(":")[0] != kind:
                return False
            best, reason = candidate, found
            return True

        # One output: the earliest that fails, inner values too.
        made = [n for node in nodes for n in node.output]
        for output in dict.fromkeys(made):
            if still(nodes, [output]):
                outputs = [output]
                break
        nodes = list(best[0].graph.node)
        # ddmin: cut ever smaller runs of nodes.
        size = max(1, len(nodes) // 2)
        while size:
            at = 0
            while at < len(nodes):
                rest = nodes[:at] + nodes[at + size:]
                present = {n for node in rest for n in node.output}
                if rest and present.issuperset(outputs) and still(rest, outputs):
                    nodes = list(best[0].graph.node)
                else:
                    at += size
            size //= 2
        return best, reason


def shown(model, feed):
    """The graph as text, short enough to read at once."""
    lines = [f"input {k} {v.dtype}{list(v.shape)} declared " + str(
        [d.dim_param or d.dim_value for d in i.type.tensor_type.shape.dim])
        for i in model.graph.input for k, v in [(i.name, feed[i.name])]]
    stored = {w.name: w for w in model.graph.initializer}
    for name, tensor in stored.items():
        value = numpy_helper.to_array(tensor)
        text = value.tolist() if value.size <= 8 and value.dtype != np.float32 else ""
        lines.append(f"weight {name} {value.dtype}{list(value.shape)} {text}")
    lines += nodes_shown(model.graph, "")
    lines.append("output " + ", ".join(o.name for o in model.graph.output))
    return "\n".join(lines)


def nodes_shown(graph, indent):
    lines = []
    for node in graph.node:
        bodies = [a for a in node.attribute if a.HasField("g")]
        attributes = ", ".join(f"{a.name}={helper.get_attribute_value(a)}"
                               for a in node.attribute if a not in bodies)
        lines.append(f"{indent}{', '.join(node.output)} = {node.op_type}("
                     f"{', '.join(node.input)}) {attributes}")
        for body in bodies:
            lines.append(f"{indent}  {body.name} ({', '.join(i.name for i in body.g.input)})"
                         f" -> {', '.join(o.name for o in body.g.output)}:")
            lines += nodes_shown(body.g, indent + "    ")
    return lines
