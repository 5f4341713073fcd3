// One graph on a canvas: moves, zooms, draws only what is in sight.

const kUnit = {x: 1.76, y: 0.66}; // pixels per hundredth of the layout
const kBox = {width: 156, height: 40};
const kLeast = 0.01, kMost = 2.5;
const kMargin = 24;
const kLongest = 25 * 100 * kUnit.y;
const kMapMargin = 12, kMapScale = 0.25;
const kReadable = 0.85, kTiny = 0.68; // scales to begin with, if all does not fit

class GraphView {
  /** `describe(item)`: {title, text, badge, hue, style, isLit} of an item. */
  constructor(figure, drawing, {title, describe, pick, label}) {
    Object.assign(this, {figure, drawing, describe, pick});
    this.items = drawing.items.map(place => place &&
      {x: place[0] * kUnit.x, y: place[1] * kUnit.y + kBox.height / 2});
    this.size = {width: drawing.width * kUnit.x,
                 height: (drawing.height - 100) * kUnit.y + kBox.height};
    this.edges = drawing.edges.map(edge => this.route(edge));
    this.neighbours = this.items.map(() => ({up: [], down: []}));
    for (const {from, to} of this.edges) {
      this.neighbours[from].down.push(to);
      this.neighbours[to].up.push(from);
    }
    this.texts = new Map();
    this.canvas = element('canvas', {tabindex: 0, role: 'application', 'aria-label': label});
    const button = (text, name, act) =>
      element('button', {type: 'button', 'aria-label': name, title: name, onclick: act}, text);
    figure.append(
      element('figcaption', {}, element('span', {}, title),
        element('span.tools', {},
          button('−', 'Smaller', () => this.zoom(1 / 1.4)),
          button('+', 'Larger', () => this.zoom(1.4)),
          button('Fit', 'All of it', () => this.fit()))),
      this.canvas);
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  /** Points of an edge, from the bottom of one box to the top of another. */
  route([from, to, ...bends]) {
    const points = [{x: this.items[from].x, y: this.items[from].y + kBox.height / 2}];
    for (let i = 0; i < bends.length; i += 2) {
      const y = bends[i + 1] * kUnit.y;
      points.push({x: bends[i] * kUnit.x, y: y + 4}, {x: bends[i] * kUnit.x, y: y + kBox.height - 4});
    }
    points.push({x: this.items[to].x, y: this.items[to].y - kBox.height / 2});
    const xs = points.map(p => p.x);
    return {from, to, points, left: Math.min(...xs), right: Math.max(...xs),
            top: points[0].y, bottom: points.at(-1).y};
  }

  //--- Where

  resize() {
    const {clientWidth: all, clientHeight: height} = this.canvas;
    const isFirst = this.width === undefined && all > 0;
    Object.assign(this, {width: all, all, height, ratio: devicePixelRatio});
    this.canvas.width = Math.round(all * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.map = this.fitting < kReadable ? this.placeMap() : undefined;
    if (this.map) this.width = this.map.left - kMapMargin;
    if (isFirst) this.begin();
    this.draw();
  }
  /** A map of all goes beside what is too large to be read at once. */
  placeMap() {
    const scale = Math.min(kMapScale, Math.min(96, this.width * 0.16) / this.size.width, (this.height - 2 * kMapMargin) / this.size.height);
    const width = Math.max(16, this.size.width * scale), height = this.size.height * scale;
    return {scale, width, height, left: this.width - width - kMapMargin, top: kMapMargin,
            offset: (width - this.size.width * scale) / 2};
  }
  get fitting() {
    return Math.min((this.width - 2 * kMargin) / this.size.width,
                    (this.height - 2 * kMargin) / this.size.height);
  }
  /** All of it if that can be read, else the top. */
  begin() {
    const wide = (this.width - kMargin) / this.size.width;
    this.scale = Math.min(1.15, Math.max(this.fitting, wide < kTiny ? kReadable : Math.min(kReadable, wide)));
    const above = this.items.filter(item => item && item.y * this.scale < this.height)
      .map(item => item.x).sort((a, b) => a - b);
    const middle = this.size.width * this.scale <= this.width ? this.size.width / 2 : above[above.length >> 1] ?? 0;
    this.left = middle - this.width / this.scale / 2;
    this.top = -kMargin / this.scale;
    if (this.size.height * this.scale + 2 * kMargin < this.height)
      this.top = (this.size.height - this.height / this.scale) / 2;
  }
  fit() {
    this.scale = Math.min(1.15, Math.max(kLeast, this.fitting));
    this.left = (this.size.width - this.width / this.scale) / 2;
    this.top = (this.size.height - this.height / this.scale) / 2;
    this.draw();
  }
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(kMost, Math.max(kLeast, this.scale * factor));
    this.left += x / this.scale - x / scale;
    this.top += y / this.scale - y / scale;
    this.scale = scale;
    this.draw();
  }
  move(dx, dy) {
    this.left += dx / this.scale;
    this.top += dy / this.scale;
    const inX = this.width / this.scale / 2, inY = this.height / this.scale / 2;
    this.left = Math.min(Math.max(this.left, -inX), this.size.width - inX);
    this.top = Math.min(Math.max(this.top, -inY), this.size.height - inY);
    this.draw();
  }
  /** Brings items into sight; what is there already stays. */
  reveal(indices) {
    const places = indices.map(i => this.items[i]).filter(Boolean);
    if (!places.length || !this.width) return;
    const box = {
      left: Math.min(...places.map(p => p.x)) - kBox.width, right: Math.max(...places.map(p => p.x)) + kBox.width,
      top: Math.min(...places.map(p => p.y)) - kBox.height, bottom: Math.max(...places.map(p => p.y)) + kBox.height};
    const right = this.left + this.width / this.scale, bottom = this.top + this.height / this.scale;
    if (this.scale >= 0.4 && box.left >= this.left && box.right <= right && box.top >= this.top && box.bottom <= bottom)
      return;
    this.scale = Math.min(1, Math.max(0.5, Math.min(this.width / (box.right - box.left), this.height / (box.bottom - box.top))));
    // Of what does not fit, the first.
    const fits = (box.bottom - box.top) * this.scale <= this.height;
    this.left = (fits ? (box.left + box.right) / 2 : places[0].x) - this.width / this.scale / 2;
    this.top = fits ? (box.top + box.bottom) / 2 - this.height / this.scale / 2 : places[0].y - kBox.height * 2;
  }
  itemAt(event) {
    const x = this.left + event.offsetX / this.scale, y = this.top + event.offsetY / this.scale;
    return this.items.findIndex(item => item && Math.abs(item.x - x) <= kBox.width / 2 &&
                                        Math.abs(item.y - y) <= kBox.height / 2);
  }

  //--- Drawing

  draw() {
    if (this.isDue || !this.width) return;
    this.isDue = true;
    requestAnimationFrame(() => { this.isDue = false; this.paint(); });
  }
  paint() {
    const context = this.canvas.getContext('2d'), s = this.scale;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.all, this.height);
    context.setTransform(this.ratio * s, 0, 0, this.ratio * s,
                         -this.left * this.ratio * s, -this.top * this.ratio * s);
    const sight = {left: this.left - kBox.width, right: this.left + this.width / s + kBox.width,
                   top: this.top - kBox.height, bottom: this.top + this.height / s + kBox.height};
    this.looks = this.items.map((item, i) => item && this.describe(i));
    if (this.cursor !== undefined && document.activeElement === this.canvas)
      this.looks[this.cursor].isChosen = true;
    const isDimmed = !selection.isEmpty;
    for (const edge of this.edges)
      if (edge.right >= sight.left && edge.left <= sight.right &&
          edge.bottom >= sight.top && edge.top <= sight.bottom)
        this.paintEdge(context, edge, isDimmed);
    this.items.forEach((item, i) => {
      if (item && item.x >= sight.left && item.x <= sight.right && item.y >= sight.top && item.y <= sight.bottom)
        this.paintItem(context, item, this.looks[i], isDimmed && !this.looks[i].isLit);
    });
    context.globalAlpha = 1;
    if (this.map) this.paintMap(context, this.map);
  }
  paintEdge(context, {from, to, points}, isDimmed) {
    const a = this.looks[from], b = this.looks[to];
    const isInside = a.hue !== undefined && a.group === b.group;
    const isLit = a.isLit && b.isLit;
    context.globalAlpha = isDimmed && !isLit ? 0.4 : 1;
    context.strokeStyle = isInside ? theme.hues[a.hue] : theme.edge;
    context.lineWidth = (isInside ? 2 : 1.2) / Math.max(0.5, Math.min(1, this.scale * 1.6));
    // Of an edge without bends that passes many layers, only the ends.
    if (points.length === 2 && points[1].y - points[0].y > kLongest) {
      if (a.isChosen || b.isChosen) context.strokeStyle = theme.accent;
      else return this.paintEnds(context, points, a.title);
    }
    context.beginPath();
    context.moveTo(points[0].x, points[0].y);
    for (let i = 1; i < points.length; ++i) {
      const p = points[i - 1], q = points[i], middle = (p.y + q.y) / 2;
      if (p.x === q.x) context.lineTo(q.x, q.y);
      else context.bezierCurveTo(p.x, middle, q.x, middle, q.x, q.y);
    }
    context.stroke();
  }
  paintEnds(context, [from, to], title) {
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(from.x, from.y + 11);
    context.moveTo(to.x, to.y - 9);
    context.lineTo(to.x, to.y);
    context.stroke();
    context.setLineDash([]);
    if (this.scale < 0.6) return;
    context.font = `10.5px ${theme.font}`;
    context.textAlign = 'center';
    context.textBaseline = 'alphabetic';
    context.fillStyle = theme.muted;
    context.fillText('from ' + this.shortened(context, title, kBox.width - 40, true), to.x, to.y - 12);
  }
  paintItem(context, {x, y}, look, isDimmed) {
    const left = x - kBox.width / 2, top = y - kBox.height / 2;
    const colour = look.hue === undefined ? theme.edge : theme.hues[look.hue];
    const isSmall = this.scale < 0.42;
    context.globalAlpha = isDimmed ? 0.4 : 1;
    context.beginPath();
    context.roundRect(left, top, kBox.width, kBox.height, look.style === 'end' ? kBox.height / 2 : 5);
    context.fillStyle = theme.surface;
    context.fill();
    if (look.hue !== undefined) {
      context.fillStyle = colour;
      context.globalAlpha *= isSmall ? 0.6 : 0.15;
      context.fill();
      context.globalAlpha = isDimmed ? 0.4 : 1;
    }
    context.strokeStyle = look.isChosen ? theme.accent : colour;
    context.lineWidth = look.isChosen ? 3 : look.isHovered ? 2.5 : 1.4;
    context.setLineDash(look.style === 'gone' ? [4, 3] : look.style === 'constant' ? [1.5, 2.5] : []);
    context.stroke();
    context.setLineDash([]);
    if (this.scale < 0.3) return;
    const inner = left + 9;
    let room = kBox.width - 18;
    if (look.badge) {
      context.font = `600 11px ${theme.font}`;
      const width = context.measureText(look.badge).width + 10;
      context.fillStyle = colour;
      context.beginPath();
      context.roundRect(left + kBox.width - width - 5, top + 5, width, 15, 7.5);
      context.fill();
      context.fillStyle = theme.surface;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(look.badge, left + kBox.width - width / 2 - 5, top + 13);
      room -= width;
    }
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    context.fillStyle = look.style === 'gone' || look.style === 'constant' ? theme.muted : theme.text;
    context.font = `600 12.5px ${theme.font}`;
    context.fillText(this.shortened(context, look.title, room), inner, top + (look.text ? 17 : 24));
    if (isSmall || !look.text) return;
    context.fillStyle = theme.muted;
    context.font = `11px ${theme.font}`;
    context.fillText(this.shortened(context, look.text, kBox.width - 18, look.isTail), inner, top + 32);
  }
  /** Of a long name the end says most, of other text the beginning. */
  shortened(context, text, room, isTail) {
    const key = context.font + room + text;
    if (!this.texts.has(key)) {
      let result = text;
      if (context.measureText(text).width > room) {
        let low = 0, high = text.length;
        const cut = n => isTail ? '…' + text.slice(text.length - n) : text.slice(0, n).trimEnd() + '…';
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if (context.measureText(cut(middle)).width <= room) low = middle;
          else high = middle - 1;
        }
        result = cut(low);
      }
      this.texts.set(key, result);
    }
    return this.texts.get(key);
  }
  paintMap(context, map) {
    const {scale, width, height, offset} = map;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = theme.ground;
    context.fillRect(this.width, 0, this.all - this.width, this.height);
    context.fillStyle = theme.line;
    context.fillRect(this.width, 0, 1, this.height);
    const w = Math.max(1.5, kBox.width * scale), h = Math.max(1, kBox.height * scale);
    this.items.forEach((item, i) => {
      if (!item) return;
      const look = this.looks[i];
      context.globalAlpha = selection.isEmpty || look.isLit ? 1 : 0.25;
      context.fillStyle = look.hue === undefined ? theme.edge : theme.hues[look.hue];
      context.fillRect(map.left + offset + item.x * scale - w / 2, map.top + item.y * scale - h / 2, w, h);
    });
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    const left = Math.max(map.left - 4, map.left + offset + this.left * scale);
    const right = Math.min(map.left + width + 4, map.left + offset + (this.left + this.width / this.scale) * scale);
    const top = Math.max(map.top - 4, map.top + this.top * scale);
    const bottom = Math.min(map.top + height + 4, map.top + (this.top + this.height / this.scale) * scale);
    context.strokeRect(left, top, Math.max(6, right - left), Math.max(6, bottom - top));
  }

  //--- Pointer and keys

  listen() {
    const canvas = this.canvas;
    let drag;
    const onMap = event => event.offsetX > this.width;
    const goTo = event => {
      this.left = (event.offsetX - this.map.left - this.map.offset) / this.map.scale - this.width / this.scale / 2;
      this.top = (event.offsetY - this.map.top) / this.map.scale - this.height / this.scale / 2;
      this.move(0, 0);
    };
    canvas.addEventListener('pointerdown', event => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      drag = {x: event.clientX, y: event.clientY, hasMoved: false, isMap: onMap(event)};
      if (drag.isMap) goTo(event);
      tip.hide();
    });
    canvas.addEventListener('pointermove', event => {
      if (!drag) return this.hover(event);
      const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
      if (drag.isMap) return goTo(event);
      if (!drag.hasMoved && Math.hypot(dx, dy) < 4) return;
      Object.assign(drag, {x: event.clientX, y: event.clientY, hasMoved: true});
      this.move(-dx, -dy);
    });
    canvas.addEventListener('pointerup', event => {
      const wasClick = drag && !drag.hasMoved && !drag.isMap;
      drag = undefined;
      if (!wasClick) return;
      const item = this.itemAt(event);
      this.cursor = item < 0 ? undefined : item;
      if (item < 0) selection.clear(this);
      else this.pick(item, this);
    });
    canvas.addEventListener('pointerleave', () => { this.hovered = undefined; tip.hide(); this.draw(); });
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.004), event.offsetX, event.offsetY);
    }, {passive: false});
    canvas.addEventListener('keydown', event => this.key(event));
    for (const kind of ['focus', 'blur']) canvas.addEventListener(kind, () => this.draw());
  }
  hover(event) {
    const item = event.offsetX > this.width ? -1 : this.itemAt(event);
    const look = item >= 0 ? this.describe(item) : undefined;
    this.canvas.style.cursor = look ? 'pointer' : 'grab';
    if (look) tip.show(event, look.tip ?? look.title, look.text);
    else tip.hide();
    if (hovered.set(look?.group)) redrawGraphs();
  }
  key(event) {
    const steps = {ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: -1, ArrowRight: 1};
    if (event.key === '+' || event.key === '=') this.zoom(1.4);
    else if (event.key === '-') this.zoom(1 / 1.4);
    else if (event.key === '0') this.fit();
    else if (event.key in steps && event.shiftKey)
      this.move(80 * ({ArrowLeft: -1, ArrowRight: 1}[event.key] ?? 0), 80 * ({ArrowUp: -1, ArrowDown: 1}[event.key] ?? 0));
    else if (event.key in steps) this.walk(steps[event.key]);
    else return;
    event.preventDefault();
  }
  /** From the chosen item along an edge, or to the side. */
  walk(direction) {
    const chosen = this.items.findIndex((item, i) => item && this.describe(i).isChosen);
    const from = chosen >= 0 ? chosen : this.cursor ?? -1;
    let next = this.items.findIndex(Boolean);
    if (from >= 0 && typeof direction === 'string') next = this.neighbours[from][direction][0];
    else if (from >= 0) {
      const here = this.items[from];
      const side = this.items.map((item, i) => ({item, i}))
        .filter(({item}) => item && item.y === here.y && (item.x - here.x) * direction > 0)
        .sort((a, b) => (a.item.x - b.item.x) * direction);
      next = side[0]?.i;
    }
    if (next === undefined) return;
    this.cursor = next;
    this.pick(next, this);
    this.reveal([next]);
    this.draw();
  }
}

/** The step under the pointer, in either graph. */
const hovered = {
  group: undefined,
  set(group) {
    const isNew = this.group !== group;
    this.group = group;
    return isNew;
  },
};
