// The report, what follows from it, and what is selected.

const report = JSON.parse(byId('report').textContent);
const {nodes, steps, kernels} = report;
const isMeasured = report.latency_ms !== undefined;

steps.forEach((step, i) => { step.number = i + 1; });
kernels.forEach((kernel, i) => {
  kernel.number = i + 1;
  kernel.steps = [];
  kernel.hero = kernel.name.split(' ', 1)[0];
  kernel.members = kernel.name.slice(kernel.hero.length + 1);
  kernel.isMissing = kernel.calls === 0;
});
steps.forEach((step, i) => {
  if (step.kernel !== undefined) kernels[step.kernel].steps.push(i);
});
/** Of one launch, if each takes the same. */
const timeOf = step => {
  const kernel = kernels[step.kernel];
  return kernel && kernel.calls ? kernel.us / kernel.calls : undefined;
};
/** "Conv, Relu" or "Add ×3, Mul": the ONNX operators in a step. */
const operatorsOf = step => {
  const counts = new Map();
  for (const node of step.nodes)
    counts.set(nodes[node].op, (counts.get(nodes[node].op) ?? 0) + 1);
  return [...counts].map(([op, n]) => n > 1 ? `${op} ×${n}` : op).join(', ');
};

const kFates = {
  kernel: 'in kernels', host: 'views, sizes, control', constant: 'constants',
  removed: 'removed',
};

/**
 * A colour for each step, so that neighbours differ. There are more steps than
 * hues; the number of a step, which is drawn too, says which one it is.
 */
const kHues = 8;
const colours = (() => {
  const near = steps.map(() => new Set());
  const first = report.inputs.length;
  for (const [from, to] of report.after.edges) {
    const a = from - first, b = to - first;
    if (steps[a] && steps[b]) { near[a].add(b); near[b].add(a); }
  }
  const used = new Array(kHues).fill(0), result = [];
  steps.forEach((step, i) => {
    const taken = new Set([result[i - 1]]);
    for (const other of near[i]) taken.add(result[other]);
    let best = i % kHues;
    for (let k = 0; k < kHues; ++k) {
      const hue = (i + k) % kHues;
      if (!taken.has(hue) && (taken.has(best) || used[hue] < used[best])) best = hue;
    }
    ++used[best];
    result.push(best);
  });
  return result;
})();
/** The step whose colour a node has: the one that computes most. */
for (const node of nodes)
  node.step = node.steps.reduce((best, step) =>
    best === undefined || (steps[step].flops ?? 0) > (steps[best].flops ?? 0) ? step : best, undefined);

/** Colours of the theme, read again when that changes. */
const theme = {
  read() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['ground', 'surface', 'text', 'muted', 'line', 'edge', 'accent'])
      theme[name] = style.getPropertyValue('--' + name).trim();
    theme.hues = Array.from({length: kHues}, (_, i) =>
      style.getPropertyValue('--hue' + i).trim());
    theme.font = style.getPropertyValue('--font').trim();
  },
};

/** What is selected: a node or not, and steps. Views listen. */
const selection = {
  node: undefined, steps: new Set(), listeners: [],
  get isEmpty() { return this.node === undefined && this.steps.size === 0; },
  set(next, from) {
    this.node = next.node;
    this.steps = new Set(next.steps ?? []);
    for (const listener of this.listeners) listener(from);
  },
  selectNode(index, from) { this.set({node: index, steps: nodes[index].steps}, from); },
  selectSteps(list, from) { this.set({steps: list}, from); },
  clear(from) { this.set({}, from); },
  hasNode(index) {
    return index === this.node || nodes[index].steps.some(step => this.steps.has(step));
  },
};
