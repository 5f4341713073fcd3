// Charts of kernels: time by kind, and the roofline.

/** Bars of time by the op that shapes the kernels. */
function drawHeroes() {
  const sums = new Map();
  const timeOfKernel = kernel => isMeasured ? kernel.us : kernel.predicted_us;
  for (const kernel of kernels) {
    const sum = sums.get(kernel.hero) ?? {time: 0, launches: 0};
    sum.time += timeOfKernel(kernel) ?? 0;
    sum.launches += kernel.calls ?? kernel.launches;
    sums.set(kernel.hero, sum);
  }
  const rows = [...sums].sort((a, b) => b[1].time - a[1].time || b[1].launches - a[1].launches);
  const total = rows.reduce((sum, row) => sum + row[1].time, 0);
  byId('heroes-title').textContent = total === 0 ? 'Launches by kind'
    : isMeasured ? 'Where the time goes, measured' : 'Where the time goes, predicted';
  const most = Math.max(...rows.map(([, sum]) => total ? sum.time : sum.launches), 1e-9);
  byId('heroes').replaceChildren(element('table.bars', {}, element('tbody', {},
    ...rows.map(([hero, sum]) => element('tr', {},
      element('th', {scope: 'row'}, hero),
      element('td.bar', {}, element('span', {style: `width:${100 * (total ? sum.time : sum.launches) / most}%`})),
      element('td.number', {}, total ? timeText(sum.time) : ''),
      element('td.number', {}, total ? fixed(100 * sum.time / total, 1) + thin + '%' : ''),
      element('td.number.muted', {}, `${fixed(sum.launches, 0)}×`))))));
}

/** Kernels by FLOP per byte and by GFLOP per second, under what the machine can. */
function drawRoofline() {
  const place = byId('roofline'), machine = report.machine;
  const time = kernel => isMeasured ? kernel.us : kernel.predicted_us;
  const points = kernels.filter(kernel => kernel.flops > 0 && kernel.bytes > 0 && time(kernel) > 0)
    .map(kernel => ({kernel, x: kernel.flops / kernel.bytes, y: kernel.flops * 1e-3 / time(kernel)}));
  if (!machine || !points.length) {
    place.replaceChildren(element('p.muted', {}, machine
      ? 'The sizes are not known, so there are no numbers to draw.'
      : 'This machine cannot run the code, so there are no limits to draw.'));
    return;
  }
  const width = 560, height = 250, pad = {left: 58, right: 14, top: 14, bottom: 40};
  const decade = value => Math.log10(value);
  const ridge = machine.gflops / machine.gbs;
  const xs = [Math.floor(decade(Math.min(0.1, ...points.map(p => p.x)))),
              Math.ceil(decade(Math.max(ridge * 4, ...points.map(p => p.x))))];
  const ys = [Math.floor(decade(Math.min(1, ...points.map(p => p.y)))), Math.ceil(decade(machine.gflops * 1.2))];
  const toX = x => pad.left + (decade(x) - xs[0]) / (xs[1] - xs[0]) * (width - pad.left - pad.right);
  const toY = y => height - pad.bottom - (decade(y) - ys[0]) / (ys[1] - ys[0]) * (height - pad.top - pad.bottom);
  const plot = svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': 'Roofline: speed of kernels over operations per byte; the table below has the numbers'});
  const powerText = power => power >= 0 && power <= 3 ? String(10 ** power) : power === -1 ? '0.1' : power === -2 ? '0.01' : `1e${power}`;
  for (let power = xs[0]; power <= xs[1]; ++power)
    plot.append(svg('line', {class: 'grid', x1: toX(10 ** power), x2: toX(10 ** power), y1: pad.top, y2: height - pad.bottom}),
      svg('text', {x: toX(10 ** power), y: height - pad.bottom + 16, 'text-anchor': 'middle'}, powerText(power)));
  for (let power = ys[0]; power <= ys[1]; ++power)
    plot.append(svg('line', {class: 'grid', x1: pad.left, x2: width - pad.right, y1: toY(10 ** power), y2: toY(10 ** power)}),
      svg('text', {x: pad.left - 8, y: toY(10 ** power) + 4, 'text-anchor': 'end'}, powerText(power)));
  plot.append(
    svg('text', {x: (pad.left + width - pad.right) / 2, y: height - 6, 'text-anchor': 'middle'}, 'operations per byte (FLOP/B)'),
    svg('text', {x: 14, y: (height - pad.bottom + pad.top) / 2, 'text-anchor': 'middle',
                 transform: `rotate(-90 14 ${(height - pad.bottom + pad.top) / 2})`}, 'GFLOP/s'));
  const roof = bandwidth => {
    const corner = machine.gflops / bandwidth, start = Math.max(10 ** xs[0], 10 ** ys[0] / bandwidth);
    return `M${toX(start)},${toY(start * bandwidth)} L${toX(corner)},${toY(machine.gflops)} L${toX(10 ** xs[1])},${toY(machine.gflops)}`;
  };
  plot.append(svg('path', {class: 'roof cached', d: roof(machine.cache_gbs)}),
              svg('path', {class: 'roof', d: roof(machine.gbs)}));
  const most = Math.max(...points.map(p => time(p.kernel)));
  for (const {kernel, x, y} of points) {
    const dot = svg('circle', {class: 'dot', cx: toX(x), cy: toY(y), r: 3 + 6 * Math.sqrt(time(kernel) / most)});
    dot.addEventListener('pointermove', event => tip.show(event, `kernel ${kernel.number}: ${kernel.name}`,
      `${fixed(y, 1)} GFLOP/s at ${fixed(x, 2)} FLOP/B, ${timeText(time(kernel))}`));
    dot.addEventListener('pointerleave', tip.hide);
    dot.addEventListener('click', () => selection.selectSteps(kernel.steps));
    plot.append(dot);
  }
  place.replaceChildren(plot, element('p.key', {},
    element('span.line'), `memory ${fixed(machine.gbs, 1)} GB/s`, element('span.line.cached'),
    `caches ${fixed(machine.cache_gbs, 0)} GB/s`, element('span.dot'), 'a kernel; area is its time'));
}
