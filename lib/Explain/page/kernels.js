// Tables: sorted by a click on a header, some rows first.

const kRows = 30;

class Table {
  /** Columns: {head, title, value(row), cell(row), isNumber, width}. */
  constructor(place, {columns, rows, caption, pick, isChosen, sort = 0, isDown = false}) {
    Object.assign(this, {place, columns, rows, caption, pick, isChosen, sort, isDown});
    this.limit = kRows;
    this.draw();
  }
  draw() {
    const {columns, sort} = this;
    const value = columns[sort].value, sign = this.isDown ? -1 : 1;
    const order = (a, b) => a === b ? 0 : a === undefined ? 1 : b === undefined ? -1 : (a < b ? -1 : 1) * sign;
    const sorted = [...this.rows].sort((a, b) => order(value(a), value(b)));
    const head = element('tr', {}, ...columns.map((column, i) => element(
      column.isNumber ? 'th.number' : 'th',
      {scope: 'col', 'aria-sort': i !== sort ? undefined : this.isDown ? 'descending' : 'ascending', title: column.title},
      element('button', {type: 'button', onclick: () => this.sortBy(i)}, column.head,
        element('span.arrow', {'aria-hidden': 'true'}, i !== sort ? '' : this.isDown ? '▾' : '▴')))));
    const body = sorted.slice(0, this.limit).map(row => {
      const cells = columns.map((column, i) => element(
        (i === 0 ? 'th' : 'td') + (column.isNumber ? '.number' : '') + (column.style ? '.' + column.style : ''),
        i === 0 ? {scope: 'row'} : {}, ...[column.cell(row)].flat()));
      const line = element('tr', {}, ...cells);
      if (this.pick) {
        line.tabIndex = 0;
        line.classList.add('pick');
        line.addEventListener('click', () => this.pick(row));
        line.addEventListener('keydown', event => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          this.pick(row);
        });
        line.setAttribute('aria-selected', this.isChosen(row));
        line.row = row;
      }
      return line;
    });
    const rest = sorted.length - this.limit;
    this.body = element('tbody', {}, ...body);
    const more = rest > 0 ? element('button.more', {type: 'button', onclick: () => { this.limit = Infinity; this.draw(); }},
      `Show ${counted(rest, 'more row')}`) : '';
    const scroll = element('div.scroll', {tabindex: 0, role: 'region', 'aria-label': this.caption},
      element('table', {}, element('thead', {}, head), this.body));
    const at = this.place.querySelector('.scroll')?.scrollLeft ?? 0;
    this.place.replaceChildren(scroll, ...[more].filter(Boolean));
    scroll.scrollLeft = at;
  }
  sortBy(i) {
    this.isDown = i === this.sort ? !this.isDown : Boolean(this.columns[i].isNumber);
    this.sort = i;
    this.draw();
    this.place.querySelectorAll('thead button')[i].focus();
  }
  show(rows) {
    this.rows = rows;
    this.limit = kRows;
    this.draw();
  }
  mark() {
    for (const line of this.body.children)
      line.setAttribute('aria-selected', this.isChosen(line.row));
  }
}

const swatch = step => element('span.step', {style: `--hue:var(--hue${colours[step]})`}, String(steps[step].number));

function kernelTable() {
  const most = Math.max(...kernels.map(kernel => (isMeasured ? kernel.us : kernel.predicted_us) ?? 0), 1e-9);
  const total = kernels.reduce((sum, kernel) => sum + (kernel.us ?? 0), 0);
  const bar = value => element('span.bar', {}, element('span', {style: `width:${100 * (value ?? 0) / most}%`}));
  const symbolic = key => kernel => {
    const texts = [...new Set(kernel.steps.map(step => steps[step][key]))];
    return element('span.expression', {title: texts.join('; ')}, texts[0] + (texts.length > 1 ? ' …' : ''));
  };
  const numeric = (key, scale, digits) => kernel =>
    kernel[key] === undefined ? symbolic(key + '_text')(kernel) : fixed(kernel[key] * scale, digits);
  const isSized = kernels.some(kernel => kernel.bytes !== undefined);
  const columns = [
    {head: '#', value: k => k.number, cell: k => String(k.number), isNumber: true},
    {head: 'Kernel', value: k => k.name, style: 'name', cell: k =>
      [element('b', {}, k.hero), ' ', element('span.muted', {title: k.members}, k.members)]},
    {head: isMeasured ? 'Calls' : 'Launches', isNumber: true, value: k => k.calls ?? k.launches,
     title: isMeasured ? 'in one run' : 'places in the host program', cell: k => fixed(k.calls ?? k.launches, 0)},
  ];
  if (isMeasured)
    columns.push(
      {head: 'Time, µs', isNumber: true, value: k => k.us, title: 'measured, all calls of one run', cell: k => fixed(k.us, 1)},
      {head: '', value: k => k.us, style: 'bars', title: 'time', isNumber: true, cell: k => bar(k.us)},
      {head: 'Share, %', isNumber: true, value: k => k.us, cell: k => fixed(100 * k.us / total, 1)});
  if (report.machine)
    columns.push({head: 'Predicted, µs', isNumber: true, value: k => k.predicted_us,
      title: 'the longer of computing and moving, by the limits of this machine', cell: k => fixed(k.predicted_us, 1)});
  if (!isMeasured && report.machine)
    columns.push({head: '', value: k => k.predicted_us, style: 'bars', title: 'predicted time', isNumber: true, cell: k => bar(k.predicted_us)});
  if (isMeasured)
    columns.push({head: 'Of predicted', isNumber: true, title: 'measured by predicted time',
      value: k => k.predicted_us ? k.us / k.predicted_us : undefined,
      cell: k => k.predicted_us && k.us ? fixed(k.us / k.predicted_us, 1) + '×' : ''});
  columns.push(
    {head: isSized ? 'MFLOP' : 'FLOP', isNumber: true, value: k => k.flops, cell: numeric('flops', 1e-6, 3)},
    {head: isSized ? 'kB' : 'Bytes', isNumber: true, value: k => k.bytes, title: 'read and written, of one run', cell: numeric('bytes', 1e-3, 1)},
    {head: 'Bound by', value: k => k.bound, cell: k => k.bound
      ? element(`span.bound.${k.bound}`, {}, k.bound) : ''});
  const isKnown = isMeasured || kernels.some(k => k.predicted_us !== undefined);
  return new Table(byId('kernel-table'), {
    caption: 'Kernels', rows: kernels, columns,
    sort: !isKnown ? 0 : columns.findIndex(c => c.head === (isMeasured ? 'Time, µs' : 'Predicted, µs')), isDown: isKnown,
    pick: kernel => { selection.selectSteps(kernel.steps); },
    isChosen: kernel => kernel.steps.some(step => selection.steps.has(step))});
}
