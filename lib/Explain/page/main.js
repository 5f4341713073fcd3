// Puts the page together.

theme.read();

//--- Heading

byId('model').textContent = report.model;
byId('facts').textContent = [
  report.target, report.threads ? counted(report.threads, 'thread') : '',
  ...Object.entries(report.sizes).map(([name, size]) => `${name} = ${size}`), report.producer].filter(Boolean).join(' · ');
byId('footer').textContent = 'Predicted time is a roofline: the longer of the operations at the speed of multiply-adds ' +
  'in registers and of the bytes at the speed of a copy, in the caches if they fit there. Weights are read from memory, unless all of them fit into the caches. A launch itself costs nothing in it. Bytes are those of whole operands, also where a kernel reads only rows of one.';
if (report.unmeasured) {
  byId('unmeasured').hidden = false;
  byId('unmeasured').textContent = `Not measured: ${report.unmeasured}`;
}
{
  const launches = kernels.reduce((sum, kernel) => sum + kernel.launches, 0);
  const predicted = kernels.every(k => k.predicted_us !== undefined || k.calls === 0)
    ? kernels.reduce((sum, k) => sum + (k.predicted_us ?? 0), 0) : undefined;
  const memory = report.memory;
  const figures = [
    [`${nodes.length.toLocaleString('en-US')} → ${launches.toLocaleString('en-US')}`, 'nodes to launches',
     counted(kernels.length, 'distinct kernel')],
    isMeasured && [timeText(report.latency_ms.median * 1e3), 'measured latency',
     `median; least ${timeText(report.latency_ms.min * 1e3)}, 90 % ${timeText(report.latency_ms.p90 * 1e3)}`],
    predicted > 0 && [timeText(predicted), 'predicted for kernels', 'a roofline of this machine'],
    [memory.arena_bytes === undefined ? 'dynamic' : bytesText(memory.arena_bytes), 'temporaries',
     memory.apart_bytes ? `${bytesText(memory.apart_bytes)} without sharing` : ''],
    [bytesText(memory.weights_bytes), 'weights', 'as the artifact stores them'],
  ].filter(Boolean);
  byId('figures').append(...figures.map(([value, what, more]) => element('div', {},
    element('dt', {}, what), element('dd', {}, value), more ? element('dd.muted', {}, more) : '')));
}

//--- Graphs

/** Inputs come first, outputs last; `inner` describes what is in between. */
const describer = (count, inner) => item => {
  const first = report.inputs.length;
  if (item >= first && item < first + count) return inner(item - first);
  const tensor = item < first ? report.inputs[item] : report.outputs[item - first - count];
  return {title: tensor.name, text: tensor.type, style: 'end', tip: `${item < first ? 'input' : 'output'} ${tensor.name}`};
};
const styles = {removed: 'gone', constant: 'constant'};
const describeNode = index => {
  const node = nodes[index], step = node.step;
  const isInKernel = node.fate === 'kernel';
  return {title: node.op, text: node.name, isTail: true, tip: `${node.op} ${node.name}`,
    badge: isInKernel ? steps[step].number + (node.steps.length > 1 ? '+' : '') : '', hue: isInKernel ? colours[step] : undefined,
    group: step, style: styles[node.fate], isLit: selection.hasNode(index), isChosen: index === selection.node,
    isHovered: step !== undefined && step === hovered.group};
};
const describeStep = index => {
  const step = steps[index], isControl = step.kernel === undefined;
  const time = timeOf(step) ?? step.predicted_us;
  const isLit = selection.steps.has(index);
  return {title: isControl ? step.hero : operatorsOf(step) || step.hero,
    text: isControl ? 'control flow' : [step.hero, timeText(time)].filter(Boolean).join(' · '),
    tip: `step ${step.number}: ${operatorsOf(step)}`,
    badge: String(step.number), hue: isControl ? undefined : colours[index], group: index,
    isLit, isChosen: isLit && selection.steps.size === 1 && selection.node === undefined, isHovered: index === hovered.group};
};
const inner = (count, act) => (item, from) => {
  const index = item - report.inputs.length;
  if (index >= 0 && index < count) act(index, from);
  else selection.clear(from);
};
const hidden = report.before.items.filter(item => item === null).length;
const views = [
  new GraphView(byId('before'), report.before, {
    title: `Before: ${counted(nodes.length, 'node')}` + (hidden ? `, ${hidden} of constants not drawn` : ''),
    label: 'The ONNX graph; arrow keys follow edges', describe: describer(nodes.length, describeNode),
    pick: inner(nodes.length, (index, from) => selection.selectNode(index, from))}),
  new GraphView(byId('after'), report.after, {
    title: `After: ${counted(steps.length, 'step')}`,
    label: 'The host program; arrow keys follow edges', describe: describer(steps.length, describeStep),
    pick: inner(steps.length, (index, from) => selection.selectSteps([index], from))}),
];
const redrawGraphs = () => views.forEach(view => view.draw());
byId('legend').append(
  ...[['fused', 'in a kernel: its number and colour'], ['host', 'view or size'], ['constant', 'constant'], ['gone', 'removed']]
    .map(([style, text]) => element('li', {}, element(`span.sample.${style}`), text)));

//--- Details of the selection

const nodeButton = index => element('button.link', {type: 'button', title: nodes[index].name,
  onclick: () => selection.selectNode(index)}, element('b', {}, nodes[index].op), ' ', nodes[index].name);
const rowsOf = pairs => element('dl.rows', {}, ...pairs.filter(([, value]) => value !== undefined && value !== '' && value.length !== 0)
  .flatMap(([what, value]) => [element('dt', {}, what), element('dd', {}, ...[value].flat())]));

function detailsOfNode(index) {
  const node = nodes[index];
  return [element('h3', {}, node.op), element('p.name', {}, node.name),
    rowsOf([
      ['became', fateOf(node)],
      ['results', node.outputs.filter(o => o.name).map(o => element('div', {}, element('code', {}, o.type), ' ', element('span.muted', {}, o.name)))],
      ['inputs', node.inputs.filter(Boolean).map(name => element('div.muted', {}, name))],
      ['inside of', node.parent === undefined ? '' : nodeButton(node.parent)]])];
}
function detailsOfStep(index) {
  const step = steps[index], kernel = kernels[step.kernel];
  const source = ({step: from, input, type}) => element('div', {}, element('code', {}, type), ' ',
    from !== undefined ? swatch(from) : element('span.muted', {}, input === undefined ? 'stored' : report.inputs[input]?.name ?? ''));
  const rows = [['kernel', kernel && [element('b', {}, kernel.hero), ` number ${kernel.number}`,
      kernel.launches > 1 ? `, shared by ${kernel.launches} launches` : '']],
    ['schedule', step.schedule],
    ['measured', kernel && timeText(timeOf(step)) + (kernel.launches > 1 && timeOf(step) ? ' on average' : '')],
    ['predicted', timeText(step.predicted_us)],
    ['operations', kernel && (step.flops === undefined ? step.flops_text : flopsText(step.flops))],
    ['bytes', kernel && (step.bytes === undefined ? step.bytes_text : bytesText(step.bytes))],
    ['bound by', kernel?.bound],
    ['reads', step.operands.map(source)],
    ['writes', step.results.map(type => element('div', {}, element('code', {}, type)))]];
  return [element('h3', {}, swatch(index), ' ', kernel ? operatorsOf(step) || step.hero : `Control flow: ${step.hero}`), rowsOf(rows),
    element('h4', {}, counted(step.nodes.length, 'node')),
    element('ul.members', {}, ...step.nodes.map(node => element('li', {}, nodeButton(node))))];
}
function drawDetails() {
  const place = byId('details');
  if (selection.isEmpty)
    place.replaceChildren(element('h3', {}, 'Nothing is selected'),
      element('p.muted', {}, 'Select a node to see what it became, or a step to see what is fused in it and what it costs.'),
      element('h4', {}, !kernels.length ? '' : isMeasured ? 'Slowest steps' : report.machine ? 'Slowest steps, predicted' : 'First steps'),
      element('ul.members.slowest', {}, ...steps.map((step, i) => ({i, time: timeOf(step) ?? step.predicted_us ?? 0}))
        .filter(({i}) => steps[i].kernel !== undefined).sort((a, b) => b.time - a.time).slice(0, 8)
        .map(({i, time}) => element('li', {}, element('button.link', {type: 'button', onclick: () => selection.selectSteps([i])},
          swatch(i), element('span', {}, operatorsOf(steps[i]) || steps[i].hero), element('span.number.muted', {}, time ? timeText(time) : ''))))));
  else {
    const list = [...selection.steps].slice(0, 4);
    place.replaceChildren(
      ...(selection.node !== undefined ? detailsOfNode(selection.node) : []),
      ...list.flatMap(detailsOfStep),
      ...(selection.steps.size > 4 ? [element('p.muted', {}, `and ${selection.steps.size - 4} more steps`)] : []));
  }
  place.scrollTop = 0;
}

//--- Search

{
  const input = byId('search'), list = byId('found');
  const all = [
    ...nodes.map((node, i) => ({text: `${node.op} ${node.name}`, act: () => selection.selectNode(i), kind: 'node'})),
    ...kernels.map(kernel => ({text: `${kernel.name}`, act: () => selection.selectSteps(kernel.steps), kind: `kernel ${kernel.number}`}))];
  let found = [], at = -1;
  const close = () => { list.hidden = true; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
  const go = i => { if (found[i]) { found[i].act(); close(); byId('graph').scrollIntoView(); } };
  const mark = () => {
    [...list.children].forEach((line, i) => line.setAttribute('aria-selected', String(i === at)));
    if (at >= 0) input.setAttribute('aria-activedescendant', `found-${at}`);
    list.children[at]?.scrollIntoView({block: 'nearest'});
  };
  const look = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = words.length ? all.filter(({text}) => words.every(word => text.toLowerCase().includes(word))).slice(0, 30) : [];
    at = found.length ? 0 : -1;
    list.replaceChildren(...found.map(({text, kind}, i) => element('li', {role: 'option', id: `found-${i}`,
      onpointerdown: event => { event.preventDefault(); go(i); }}, element('span', {}, text), element('span.muted', {}, kind))));
    if (words.length && !found.length) list.replaceChildren(element('li.muted', {}, 'nothing of that name'));
    list.hidden = !words.length;
    input.setAttribute('aria-expanded', String(!list.hidden));
    mark();
  };
  input.addEventListener('input', look);
  input.addEventListener('focus', look);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      at = Math.max(0, Math.min(found.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)));
      mark();
    } else if (event.key === 'Enter') go(at);
    else if (event.key === 'Escape') { input.value = ''; close(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener('keydown', event => {
    if (event.key === '/' && !/INPUT|TEXTAREA/.test(event.target.tagName)) { event.preventDefault(); input.focus(); }
    else if (event.key === 'Escape' && event.target !== input) selection.clear();
  });
}

//--- Everything else

drawHeroes();
drawRoofline();
const tables = [kernelTable(), nodeTable()];
remarkTable();
const arena = new ArenaView(byId('arena'));

selection.listeners.push(from => {
  const first = report.inputs.length;
  const shown = nodes.map((_, i) => i).filter(i => selection.node === undefined ? selection.hasNode(i) : i === selection.node);
  if (from !== views[0]) views[0].reveal(shown.map(i => i + first));
  if (from !== views[1]) views[1].reveal([...selection.steps].map(i => i + first));
  redrawGraphs();
  drawDetails();
  arena.draw();
  tables.forEach(table => table.mark());
});
drawDetails();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  theme.read();
  redrawGraphs();
  arena.draw();
});
