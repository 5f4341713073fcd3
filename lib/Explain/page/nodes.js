// Tables of nodes and of remarks, each with a filter.

function chips(place, choices, choose) {
  const draw = chosen => place.replaceChildren(...choices.map(({key, text, count}) =>
    element('button', {type: 'button', 'aria-pressed': String(key === chosen),
      onclick: () => { draw(key); choose(key); }}, text, element('span.count', {}, count.toLocaleString('en-US')))));
  draw(choices[0].key);
}

/** What became of a node: its steps, or why it has none. */
function fateOf(node) {
  if (node.fate === 'kernel')
    return [...node.steps.slice(0, 8).map(swatch), node.steps.length > 8 ? ` and ${node.steps.length - 8} more` : '',
            ' ', element('span.muted', {}, steps[node.step].hero)];
  return [node.why, node.pass ? element('span.muted', {}, ` (${node.pass})`) : ''];
}

function nodeTable() {
  const rows = nodes.map((node, index) => ({...node, index}));
  const table = new Table(byId('node-table'), {
    caption: 'Nodes', rows,
    columns: [
      {head: '#', value: n => n.index, cell: n => String(n.index + 1), isNumber: true},
      {head: 'Node', value: n => n.name, style: 'name', cell: n => element('span', {title: n.name}, n.name)},
      {head: 'Operator', value: n => n.op, cell: n => n.op},
      {head: 'Result', value: n => n.outputs[0]?.type, style: 'type', cell: n => element('span', {title: n.outputs[0]?.type}, n.outputs[0]?.type ?? '')},
      {head: 'What became of it', value: n => n.fate === 'kernel' ? `0${String(n.step).padStart(7, '0')}` : n.fate + n.why, cell: fateOf},
    ],
    pick: node => { selection.selectNode(node.index); },
    isChosen: node => !selection.isEmpty && selection.hasNode(node.index)});
  const choices = [{key: 'all', text: 'all', count: nodes.length}];
  for (const [fate, text] of Object.entries(kFates)) {
    const count = nodes.filter(node => node.fate === fate).length;
    if (count) choices.push({key: fate, text, count});
  }
  chips(byId('node-filter'), choices, key => table.show(rows.filter(row => key === 'all' || row.fate === key)));
  return table;
}

function remarkTable() {
  const rows = report.remarks.map((remark, index) => ({...remark, index,
    what: remark.arguments.map(([key, value]) => key === 'Reason' ? value : `${key} ${value}`).join(', ')}));
  const table = new Table(byId('remark-table'), {
    caption: 'Remarks', rows,
    columns: [
      {head: '#', value: r => r.index, cell: r => String(r.index + 1), isNumber: true},
      {head: 'Remark', value: r => r.name, cell: r => element(`span.remark.${r.kind}`, {}, r.name)},
      {head: 'Phase', value: r => r.category, cell: r => r.category},
      {head: 'Node', value: r => r.place, style: 'name', cell: r => element('span', {title: r.place}, r.place)},
      {head: 'What', value: r => r.what, style: 'what', cell: r => r.what},
    ]});
  const kinds = new Map();
  for (const row of rows) {
    const key = row.kind + ' ' + row.name;
    kinds.set(key, {key, text: row.kind === 'missed' ? `${row.name} (missed)` : row.name, count: (kinds.get(key)?.count ?? 0) + 1});
  }
  chips(byId('remark-filter'), [{key: 'all', text: 'all', count: rows.length}, ...kinds.values()],
    key => table.show(rows.filter(row => key === 'all' || key === row.kind + ' ' + row.name)));
  return table;
}
