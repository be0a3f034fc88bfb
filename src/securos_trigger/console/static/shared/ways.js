/** What to do about something: the page or the button that does it here first, the command for a terminal folded below. */

import { query } from './api.js';
import { h } from './dom.js';
import { unmuteButton } from './mute.js';
import { takenApart } from './remedy.js';

/** Where the pages do what a command does: a text and an address. `role`: who may do it there. */
const PAGES = {
  doctor: { text: 'Run the doctor', href: '/targets.html#doctor', role: 'operate' },
  explain: { text: 'Its decisions', href: '/decisions.html' },
  outbox: { text: 'Receivers and dead letters', href: '/targets.html' },
  trust: { text: 'Compare the certificates', href: '/targets.html' },
  check: { text: 'Nodes', href: '/nodes.html' },
  status: { text: 'See it on the Overview', href: '/' },
};

/**
 * Elements for a text that may name commands between backticks. `can(role)` is of the person; `isMuted(address)` says whether an
 * unmute has anything to end; `ways` are links and buttons that the caller knows; `address` is of the node that it is about. They
 * come first; what is typed on the machine is folded, unless it is all that helps.
 */
export function fixOf(fix, { can, isMuted = () => true, ways = [], address = '' }) {
  const known = new Map(ways.map((way) => [way.getAttribute('href') || way.textContent, way]));
  const { plain, typed, commands } = takenApart(fix);
  let isRefused = false;
  for (const { name: command, rest } of commands) {
    const page = PAGES[command];
    if (command === 'unmute') {
      const muted = wordsOf(rest).pop();
      if (!can('operate')) isRefused = true;
      else if (isMuted(muted)) known.set(`Unmute ${muted}`, unmuteButton(muted));
    } else if (page?.role && !can(page.role)) isRefused = true;
    else if (page && !known.has(page.href)) known.set(page.href, h('a', { class: 'button', href: page.href + (command === 'explain' ? query({ node: address }) : '') }, page.text));
  }
  return [
    plain.length ? h('p', {}, withCode(plain.join(' '))) : '',
    known.size ? h('p', { class: 'ways row', 'data-ways': [...known.keys()].join() }, [...known.values()]) : '',
    isRefused ? h('p', { class: 'hint' }, 'Only a person with the role operate can do this here.') : '',
    typed.length ? onMachine(withCode(typed.join(' ')), !plain.length && !known.size) : '',
  ].filter(Boolean);
}

/** What is typed on the machine, folded. */
export const onMachine = (content, isOpen = false) => h('details', { class: 'hint machine', open: isOpen }, h('summary', {}, 'On the machine'), h('p', {}, content));

/** A text whose commands stand between backticks, with each command as code. */
export const withCode = (text) => text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));

/** The words of a command as a shell reads them, for what Python's `shlex.quote` writes. */
const wordsOf = (text) => (text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) || []).map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_all, single, double) => single ?? double));
