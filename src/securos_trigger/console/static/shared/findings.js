/** Mistakes and warnings of the checker: which of them are about one part of the file, at which setting, and their words. */

import { post } from './api.js';
import { h } from './dom.js';
import { labelOf } from './texts.js';

/** What a change that is not saved would make wrong elsewhere: what `POST /api/config/check` finds, but for the warnings that are `known`. */
export async function causedBy(change, known) {
  const { mistakes, warnings } = await post('config/check', change);
  const keyOf = ({ where, what }) => `${where.replace(/^line \d+: /, '')}: ${what}`;
  const before = new Set(known.map(keyOf));
  return { mistakes, warnings: warnings.filter((one) => !before.has(keyOf(one))) };
}

/** Splits what was found into what is about `part`, each with its `key` (empty: the whole part), and the rest. */
export function splitByPart(found, part) {
  const own = [];
  const others = [];
  for (const one of found) {
    const rest = restOf(one, part.place);
    if (rest === null) others.push(one);
    else own.push({ ...one, key: (rest.match(/\w+/) || [''])[0] });
  }
  return { own, others };
}

/** What follows the place of a part in a place; null: it is not in that part. What names no place is about what was sent. */
function restOf({ place, where }, partPlace) {
  if (!place) return where;
  if (isIn(place, partPlace)) return place.slice(partPlace.length);
  const pipeline = partPlace.replace(/\.source$/, ''); // its name and its camera map stand beside its source
  if (pipeline === partPlace || !isIn(place, pipeline)) return null;
  return isIn(place, `${pipeline}.nodes`) || isIn(place, `${pipeline}.sink`) ? null : place.slice(pipeline.length);
}

const isIn = (place, table) => place === table || place.startsWith(`${table}.`) || place.startsWith(`${table}[`);

const LINE = /^line \d+(?:, |: |$)/;

/** True for what only a setting of the whole site helps: that stands in no form. */
const isOfSite = ({ fix }) => /^Write time_zone = /.test(fix);

/** What is wrong and how to fix it, as sentences; a piece of the file in it keeps its lines. */
export const sentences = ({ what, fix: said }) => {
  const fix = isOfSite({ fix: said }) ? 'Set the time zone in "Site settings" on the page Nodes.' : said;
  return fix && what.includes('\n') ? `${what}\n${fix}` : fix ? `${what}${/[.!?]$/.test(what) ? '' : '.'} ${fix}` : what;
};

/** The same, with the line and the names where it stands. */
export const placedSentences = (one) => `${one.where ? `${one.where}: ` : ''}${sentences(one)}`;

/** The same of several, each once, and without the lines of the file: for a page that does not show the file. */
export const unplacedSentences = (all) => [...new Set(all.map((one) => placedSentences({ ...one, where: one.where.replace(LINE, '') })))];

/** What is wrong and how to fix it; of what a setting of the site helps the way to it instead. */
const withWay = (one) => (isOfSite(one) ? [sentences({ ...one, fix: '' }), '. ', h('a', { href: '/nodes.html?site' }, 'Set the time zone')] : [sentences(one)]);

/** The same with a link to the form that it is about, for a page without that form; the line of the file says nothing there. */
export function linkedSentences(one) {
  if (!/^pipelines\[\d+\]/.test(one.place)) return [placedSentences(one)];
  const where = one.where.replace(LINE, '') || one.place;
  return [h('a', { href: `/nodes.html#${encodeURIComponent(one.place)}` }, where), ': ', ...withWay(one)];
}

/** The warnings about one part of the file as a list; empty: there are none. `isLinked`: its form is on another page. */
export function warningList(own, { isLinked = false } = {}) {
  const text = (one) => [one.key ? `${labelOf(one.key)}: ` : '', ...withWay(one)];
  return own.length ? h('ul', { class: 'notice wait' }, own.map((one) => h('li', { class: 'warning' }, isLinked ? linkedSentences(one) : text(one)))) : '';
}
