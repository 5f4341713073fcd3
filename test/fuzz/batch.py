"""Many graphs in few processes: a child makes those of some seeds and lets
onnxruntime compute them, then tenon-conformance compiles them one after the other and
compares. A graph that brings its child down loses only itself."""
import collections
import json
import multiprocessing
import pathlib
import re
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

import generate

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
onnxruntime.set_default_logger_severity(4)


def oracle(model, feed):
    """onnxruntime without its optimizations: the reference of every value."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, feed)


def graph_of(seed, nodes):
    """A model and what it is fed with; nothing: there is nothing to compare."""
    generator = generate.Generator(seed, nodes, dynamic=seed % 2 == 1)
    model = generator.model()
    feed = {i.name: generator.feed[i.name] for i in model.graph.input}
    return model, feed


def write(folder, model, feed, values):
    """The model and its data set."""
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    paths = {"input": [], "output": []}
    for kind, tensors in (("input", [(i.name, feed[i.name]) for i in model.graph.input]),
                          ("output", zip([o.name for o in model.graph.output], values))):
        for i, (name, value) in enumerate(tensors):
            path = data / f"{kind}_{i}.pb"
            tensor = numpy_helper.from_array(np.asarray(value), name)
            path.write_bytes(tensor.SerializeToString())
            paths[kind].append(str(path))
    return {"name": folder.name, "variant": "", "model": str(folder / "model.onnx"),
            "inputs": paths["input"], "outputs": paths["output"]}


def brief(text):
    """The first error, without places and paths."""
    text = re.sub(r'loc\([^)]*\): |\S*/model\.onnx: ', "", " ".join(text.split()))
    return text[:200]


def kinds_of(graph):
    """How often each operator is in a graph and its bodies."""
    kinds = collections.Counter(f"{n.domain} {n.op_type}".strip() for n in graph.node)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                kinds += kinds_of(attribute.g)
    return kinds


class Comparison:
    """How graphs are compiled, and what results may differ by."""

    def __init__(self, opt_level, disable, tolerance):
        self.arguments = ["1", str(opt_level), *filter(None, [disable])]
        self.tolerance = tolerance

    def tolerances(self, model):
        """Relative, and relative to the largest value; beside it a small absolute one,
        as log(softmax sums) is 0 but for rounding. In 16 bits a value is right to 3
        digits, and what is computed from it to fewer."""
        half = any(i.type.tensor_type.elem_type == generate.FLOAT16
                   for i in model.graph.input)
        bound = max(self.tolerance, 0.02) if half else self.tolerance
        return {"rtol": bound, "scale": bound, "atol": 2e-3 if half else 1e-5}

    def run(self, entries, folder):
        """A reason per entry, "kind: message", or None."""
        cases, results = folder / "cases.jsonl", folder / "results.jsonl"
        cases.write_text("".join(json.dumps(e) + "\n" for e in entries))
        subprocess.run([ROOT / "build/bin/tenon-conformance", cases, results,
                        *self.arguments], check=True)
        found = [json.loads(line) for line in results.read_text().splitlines()]
        return [None if f["status"] == "pass" else f"{f['status']}: {brief(f['reason'])}"
                for f in found]

    def prepare(self, model, feed, folder):
        """The entry of a graph, or the reason why there is nothing to compare."""
        try:
            values = oracle(model, feed)
        except Exception as error:
            return f"invalid: {str(error)[:300]}"
        if not all(np.isfinite(v).all() for v in values if v.dtype.kind == "f"):
            return "invalid: not finite"
        return {**write(folder, model, feed, values), **self.tolerances(model)}

    def one(self, model, feed):
        """The reason why a graph fails, or None."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            entry = self.prepare(model, feed, folder / "graph")
            return entry if isinstance(entry, str) else self.run([entry], folder)[0]


def work(seeds, nodes, comparison, pipe):
    """What a child does: sends (seed,) as it begins, (seed, reason, kinds) at the end."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        entries, kinds = {}, {}
        for seed in seeds:
            pipe.send((seed,))
            model, feed = graph_of(seed, nodes)
            kinds[seed] = kinds_of(model.graph)
            entry = comparison.prepare(model, feed, folder / str(seed)) if feed else None
            if entry is None or isinstance(entry, str):
                pipe.send((seed, entry or "invalid: no input", kinds[seed]))
            else:
                entries[seed] = entry
        reasons = comparison.run(list(entries.values()), folder)
        for seed, reason in zip(entries, reasons):
            pipe.send((seed, reason, kinds[seed]))


def run_batch(seeds, nodes, comparison):
    """(seed, reason, kinds) of each seed, in the order in which they are known."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["batch"])
    left = list(seeds)
    while left:
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(left, nodes, comparison, theirs))
        child.start()
        theirs.close()
        begun = None
        try:
            while True:
                seed, *result = ours.recv()
                begun = seed
                if result:
                    left.remove(seed)
                    yield seed, *result
        except EOFError:
            child.join()
        if not left:
            return
        if begun not in left:
            raise RuntimeError(f"a child ended with {child.exitcode} before {left}")
        left.remove(begun)
        yield begun, f"lost: generator or onnxruntime ended with {child.exitcode}", {}
