/** Makes elements. A text is always a text node: nothing that comes from a camera or a file is read as HTML. */

const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const SHOWN_ATTRIBUTES = ['title', 'aria-label', 'alt'];

/** A text with the signs that turn the direction of writing as their numbers, `[U+202E]`: they would turn what stands beside it. `h` does this for every text that it shows; a field has its value as it is. */
export const unturned = (text) => text.replace(TURNS, (sign) => `[U+${sign.charCodeAt(0).toString(16).toUpperCase()}]`);

/** An element: `h('button', {class: 'plain', onclick: save}, 'Save')`. Attributes that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'onclick' && node.tagName === 'BUTTON') node.addEventListener('click', once(value));
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value' && 'value' in node) node.value = value;
    else node.setAttribute(name, value === true ? '' : SHOWN_ATTRIBUTES.includes(name) ? unturned(String(value)) : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false).flatMap((child) => (node.tagName === 'CODE' ? breakable(shownAs(child)) : shownAs(child))));
  return node;
}

/** A name with the places where a line may end: behind a dot, a slash and the like, and not in the middle of a word. */
const breakable = (child) => (typeof child === 'string' ? child.split(/(?<=[./_,])(?=\w)/).flatMap((part, place) => (place ? [document.createElement('wbr'), part] : [part])) : [child]);

/** A child as it is put into the page. Anything but a node, a text or a number is a slip of a page: it is said, and never shown as "[object …]". */
function shownAs(child) {
  if (typeof child === 'object' && !(child instanceof Node)) throw new TypeError(`${Object.prototype.toString.call(child)} is nothing that a page can show`);
  return typeof child === 'string' ? unturned(child) : child;
}

/** Replaces what a node shows, unless it shows the same already: a reader's place and selection stay. */
export function show(node, ...children) {
  const next = h('div', {}, ...children);
  if (next.innerHTML === node.innerHTML && !next.querySelector('input, select, button, a')) return node;
  node.replaceChildren(...next.childNodes);
  return node;
}

export function field(label, control, hint = '') {
  if (!control.id) control.id = `f${(field.count = (field.count || 0) + 1)}`;
  const help = hint ? h('p', { class: 'hint', id: `${control.id}-hint` }, hint) : null;
  if (help) control.setAttribute('aria-describedby', help.id);
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, help);
}

export function select(options, value, attributes = {}) {
  const nodes = options.map(([key, text]) => h('option', { value: key, selected: key === value }, text));
  return h('select', attributes, nodes);
}

/** A fingerprint in groups of four, so that two can be compared. */
export const fingerprint = (text) => h('code', { class: 'fingerprint' }, (text || '').replace(/:/g, '').match(/.{1,4}/g)?.join(' ') || 'none');

/** A line that says why there is nothing, and what to do. */
export function empty(title, text = '', ...more) {
  return h('div', { class: 'empty' }, h('p', { class: 'strong' }, title), text ? prose(text) : null, more);
}

/** The way out of a page that has not got what it needs. What was typed and is not saved is there again. */
export const tryAgain = () => h('button', { type: 'button', onclick: () => location.reload() }, 'Try again');

/** A text of one line as a paragraph; one of several lines, with a place in a file, as it is laid out. */
export const prose = (text) => (text.includes('\n') ? h('pre', { tabindex: '0' }, text) : h('p', {}, text));

/**
 * Lets a button do its work once at a time, and shows that it works while the answer takes long. It keeps the focus. `h` does
 * this for every button. `work` is called with the event.
 */
export const once = (work) => async (event) => {
  const button = event.currentTarget;
  if (button.getAttribute('aria-busy') === 'true') return;
  const answer = work(event);
  if (!(answer instanceof Promise)) return;
  for (const name of ['aria-busy', 'aria-disabled']) button.setAttribute(name, 'true');
  try {
    await answer;
  } finally {
    for (const name of ['aria-busy', 'aria-disabled']) button.removeAttribute(name);
  }
};

/** The way back for whose session is over: this page stays as it is. */
export const logInElsewhere = () => h('a', { href: '/login.html', target: '_blank', rel: 'noopener' }, 'Log in on another page');

/** What stands where something is being asked for. */
export const loading = () => h('p', { class: 'hint loading', role: 'status' }, 'Loading …');

/** Says for a few seconds what has happened. */
export function toast(text, kind = 'good') {
  let place = document.getElementById('toasts');
  if (!place) document.body.append((place = h('div', { id: 'toasts', role: 'status' })));
  const node = h('p', { class: `toast ${kind}` }, text);
  place.append(node);
  putAside(place);
  const moving = setInterval(() => putAside(place), PUT_ASIDE_MS); // the page goes on below it
  setTimeout(() => {
    clearInterval(moving);
    node.remove();
  }, kind === 'bad' ? 12000 : 5000);
}

const CORNERS = ['', 'at-left', 'at-top', 'at-top at-left']; // '': below, on the right
const FIELDS_FOR_A_BUTTON = 100; // as bad as these many covered fields
const PUT_ASIDE_MS = 250;

/** Puts the toasts into a corner where they cover nothing that a person may press; else where they cover the least. They stay where they are while that is free. */
function putAside(place) {
  const controls = [...document.querySelectorAll('button, .button, input, select, textarea, summary')].map((one) => [one.getBoundingClientRect(), one.matches('button, .button') ? FIELDS_FOR_A_BUTTON : 1]);
  const covered = (corner) => {
    place.className = corner;
    const { left, right, top, bottom } = place.getBoundingClientRect();
    return controls.reduce((sum, [one, weight]) => sum + (one.width && one.left < right && one.right > left && one.top < bottom && one.bottom > top ? weight : 0), 0);
  };
  const found = [place.className, ...CORNERS].map((corner) => [covered(corner), corner]);
  place.className = found.reduce((best, one) => (one[0] < best[0] ? one : best))[1];
}

/** What nothing else has said is said here: no click may end in silence. A refusal of the API says all; a fault of a script goes to the browser's log, too. */
addEventListener('unhandledrejection', (event) => {
  if (event.reason?.status !== undefined) event.preventDefault();
  toast(event.reason?.status === undefined ? `This page has a fault: ${event.reason?.message || event.reason}. Load it again.` : event.reason.message, 'bad');
});
addEventListener('error', (event) => event.message && toast(`This page has a fault: ${event.message}. Load it again.`, 'bad'));

/** Does what changes the height of something above the field that a person is typing in: the field stays where it is. */
export function inPlace(node, work) {
  const held = node.contains(document.activeElement) ? document.activeElement : null;
  const before = held?.getBoundingClientRect().top;
  work();
  const moved = held ? held.getBoundingClientRect().top - before : 0;
  let scroller = node.parentElement;
  while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
  if (moved) (scroller || document.scrollingElement).scrollBy(0, moved);
}
