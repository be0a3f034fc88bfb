/** Filters: on a narrow page folded under one line that names those that are set. */

import { h } from './dom.js';

const NARROW = matchMedia('(max-width: 900px)'); // as in the stylesheet

/** `named()` gives the filters that are set, each as a text. */
export function foldedFilters(form, named) {
  const said = h('span', { class: 'hint' });
  const fold = h('details', { class: 'filter-fold' }, h('summary', {}, 'Filter', said), form);
  const say = () => (said.textContent = named().join(' · ') || 'none');
  const fit = () => (fold.open = !NARROW.matches);
  NARROW.addEventListener('change', fit);
  for (const name of ['input', 'change']) form.addEventListener(name, say);
  fit();
  say();
  return fold;
}
