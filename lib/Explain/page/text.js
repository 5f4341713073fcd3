'use strict';
// Words and numbers for people, and elements that hold them.

const thin = '\u202f'; // between a number and its unit
const kDigits = 3;

/** A number with a decimal prefix: "3.07 MB". */
function withPrefix(value, unit) {
  if (value === undefined) return '';
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  let i = 0;
  while (value >= 999.5 && i + 1 < prefixes.length) { value /= 1000; ++i; }
  const digits = i === 0 && Number.isInteger(value) ? 0
      : Math.max(0, kDigits - 1 - Math.floor(Math.log10(Math.max(value, 1))));
  return value.toFixed(digits) + thin + prefixes[i] + unit;
}
const bytesText = value => withPrefix(value, 'B');
const flopsText = value => withPrefix(value, 'FLOP');
function timeText(microseconds) {
  if (microseconds === undefined) return '';
  const [value, unit] = microseconds >= 1e6 ? [microseconds / 1e6, 's']
      : microseconds >= 1e3 ? [microseconds / 1e3, 'ms']
      : microseconds >= 1 || microseconds === 0 ? [microseconds, 'µs']
      : [microseconds * 1e3, 'ns'];
  return (value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(kDigits)) + thin + unit;
}
/** For columns: always the same decimals, so that digits are aligned. */
function fixed(value, digits) {
  return value === undefined ? '' : value.toLocaleString('en-US', {
    minimumFractionDigits: digits, maximumFractionDigits: digits});
}
const counted = (n, what, many = what + 's') =>
  `${n.toLocaleString('en-US')} ${n === 1 ? what : many}`;

/** element('td.number', {title: 'x'}, 'text', child ...) */
function element(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split('.');
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(' ');
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : value);
  made.append(...children.filter(child => child !== undefined && child !== ''));
  return made;
}
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  made.append(...children);
  return made;
}
const byId = id => document.getElementById(id);

/** Shows a few lines at the pointer. */
const tip = {
  show(event, ...lines) {
    const box = byId('tip');
    box.replaceChildren(...lines.filter(Boolean).map((line, i) =>
      element(i ? 'div.muted' : 'div', {}, line)));
    box.hidden = false;
    const {width, height} = box.getBoundingClientRect();
    box.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + 'px';
    box.style.top = (event.clientY + 18 + height > innerHeight
      ? event.clientY - height - 10 : event.clientY + 18) + 'px';
  },
  hide() { byId('tip').hidden = true; },
};
