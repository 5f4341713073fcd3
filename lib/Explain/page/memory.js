// The arena: what lies where, from the first step to the last.

class ArenaView {
  constructor(figure) {
    const memory = report.memory;
    this.slots = memory.slots;
    const text = byId('memory-text');
    const weights = `Weights take ${bytesText(memory.weights_bytes)} besides.`;
    if (!this.slots.length) {
      text.textContent = `No kernel needs a temporary. ${weights}`;
      return;
    }
    if (memory.arena_bytes === undefined) {
      text.textContent = `${counted(this.slots.length, 'part')} of sizes that nobody gave: no layout to draw. ` +
        `Give sizes by --dim, or inputs. ${weights}`;
      return;
    }
    const values = this.slots.reduce((sum, slot) => sum + slot.values.length, 0);
    text.textContent = `${counted(values, 'temporary value')} share ${bytesText(memory.arena_bytes)}; ` +
      `${bytesText(memory.apart_bytes)} if each had its own place, ${bytesText(memory.least_bytes)} live at most at one time. ${weights}`;
    this.peak = memory.arena_bytes;
    this.live = steps.map(() => 0);
    for (const slot of this.slots)
      for (let i = slot.first; i <= slot.last; ++i) this.live[i] += slot.bytes;
    this.canvas = element('canvas', {role: 'img',
      'aria-label': `Arena of ${bytesText(memory.arena_bytes)}: parts by launch and offset`});
    figure.append(this.canvas, element('figcaption.key', {},
      element('span.box'), 'a part of the arena, coloured by the step that writes it first'));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.canvas.addEventListener('pointermove', event => this.hover(event));
    this.canvas.addEventListener('pointerleave', tip.hide);
    this.canvas.addEventListener('click', event => {
      const slot = this.slotAt(event);
      const writers = slot?.values.map(value => value.step).filter(step => step !== undefined);
      if (writers?.length) selection.selectSteps(writers);
      else selection.clear();
    });
  }
  /** The arena is below what is in use of it. */
  get pad() { return {left: 76, right: 12, top: 118, bottom: 36}; }
  toX(column) {
    const {left, right} = this.pad;
    return left + column / steps.length * (this.width - left - right);
  }
  toY(bytes) {
    const {top, bottom} = this.pad;
    return this.height - bottom - bytes / this.peak * (this.height - top - bottom);
  }
  toUse(bytes) { return 86 - Math.min(1, bytes / this.peak) * 64; }
  boxOf(slot) {
    const left = this.toX(slot.first), right = this.toX(slot.last + 1);
    const top = this.toY(slot.offset + slot.bytes), bottom = this.toY(slot.offset);
    return {left, top, width: right - left, height: bottom - top};
  }
  slotAt({offsetX: x, offsetY: y}) {
    return this.slots.find(slot => {
      const box = this.boxOf(slot);
      return x >= box.left && x < box.left + box.width && y >= box.top - 1 && y <= box.top + box.height + 1;
    });
  }
  hover(event) {
    const slot = this.slotAt(event);
    this.canvas.style.cursor = slot ? 'pointer' : '';
    if (!slot) return tip.hide();
    const lines = slot.values.slice(0, 6).map(({step, type}) =>
      step === undefined ? `${type}, by the host` : `${type}, by step ${steps[step].number}: ${steps[step].hero} ${operatorsOf(steps[step])}`);
    if (slot.values.length > 6) lines.push(`and ${slot.values.length - 6} more, one after the other`);
    tip.show(event, `${bytesText(slot.bytes)} at byte ${slot.offset.toLocaleString('en-US')}, ` +
      `steps ${steps[slot.first].number} to ${steps[slot.last].number}`, ...lines);
  }
  /** Round values below `most`, about `count` of them. */
  static ticks(most, count) {
    const rough = most / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
    const result = [];
    for (let value = 0; value <= most; value += step) result.push(value);
    return result;
  }
  draw() {
    if (!this.canvas) return;
    const {clientWidth: width, clientHeight: height} = this.canvas, ratio = devicePixelRatio;
    if (!width) return;
    Object.assign(this, {width, height});
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext('2d'), pad = this.pad;
    context.scale(ratio, ratio);
    context.font = `12px ${theme.font}`;
    context.textBaseline = 'middle';
    const line = (bytes, y) => {
      context.strokeStyle = theme.line;
      context.beginPath();
      context.moveTo(pad.left, Math.round(y) + 0.5);
      context.lineTo(width - pad.right, Math.round(y) + 0.5);
      context.stroke();
      context.fillStyle = theme.muted;
      context.textAlign = 'right';
      context.fillText(bytesText(bytes), pad.left - 8, y);
    };
    for (const bytes of ArenaView.ticks(this.peak, 5)) line(bytes, this.toY(bytes));
    for (const bytes of ArenaView.ticks(this.peak, 2)) line(bytes, this.toUse(bytes));
    context.textAlign = 'left';
    context.fillStyle = theme.text;
    context.font = `600 12.5px ${theme.font}`;
    context.fillText('In use', pad.left, 9);
    context.fillText('Where it lies', pad.left, pad.top - 12);
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.muted;
    context.textAlign = 'center';
    for (const i of ArenaView.ticks(steps.length - 1, Math.min(16, width / 90)))
      if (Number.isInteger(i))
        context.fillText(String(steps[i].number), this.toX(i + 0.5), height - pad.bottom + 12);
    context.fillText('step of the host program', (pad.left + width - pad.right) / 2, height - 8);
    for (const slot of this.slots) this.paintSlot(context, slot);
    context.strokeStyle = context.fillStyle = theme.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(this.toX(0), this.toUse(0));
    this.live.forEach((bytes, i) => {
      context.lineTo(this.toX(i), this.toUse(bytes));
      context.lineTo(this.toX(i + 1), this.toUse(bytes));
    });
    context.lineTo(this.toX(this.live.length), this.toUse(0));
    context.globalAlpha = 0.18;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
  paintSlot(context, slot) {
    const box = this.boxOf(slot);
    const writers = slot.values.map(value => value.step).filter(step => step !== undefined);
    const colour = writers.length ? theme.hues[colours[writers[0]]] : theme.edge;
    const isLit = selection.isEmpty || writers.some(step => selection.steps.has(step));
    const inset = box.width > 3 && box.height > 3 ? 0.75 : 0;
    const [x, y, w, h] = [box.left + inset, box.top + inset, Math.max(1, box.width - 2 * inset), Math.max(1, box.height - 2 * inset)];
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.globalAlpha = isLit ? 0.32 : 0.08;
    context.fillRect(x, y, w, h);
    context.globalAlpha = isLit ? 1 : 0.3;
    context.lineWidth = 1;
    if (inset) context.strokeRect(x, y, w, h);
    if (w < 30 || h < 15) return;
    context.fillStyle = theme.text;
    context.textAlign = 'center';
    const label = w > 74 && h > 16 ? bytesText(slot.bytes) : writers.length ? String(steps[writers[0]].number) : '';
    if (context.measureText(label).width + 6 < w) context.fillText(label, x + w / 2, y + h / 2 + 0.5);
  }
}
