/** A click needs its target from the press to the release: nothing of a page changes in between. */

const LONGEST_MS = 1000; // a drag, or a press without a release, holds nothing back for longer

let isPressed = false;
let longest;
let waiting = [];

addEventListener('pointerdown', press, true);
for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => isPressed && setTimeout(release), true); // the click comes first

function press() {
  isPressed = true;
  clearTimeout(longest);
  longest = setTimeout(release, LONGEST_MS);
}

function release() {
  clearTimeout(longest);
  isPressed = false;
  const works = waiting;
  waiting = [];
  for (const work of works) queueMicrotask(work); // one that fails stops none of the others
}

/** Calls `work` when nothing is pressed: at once, or after the release. In the order of the calls. */
export function afterPress(work) {
  if (isPressed) waiting.push(work);
  else work();
}

/** Waits until nothing is pressed. */
export const released = () => new Promise(afterPress);
