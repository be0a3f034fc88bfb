/** What to do about something, taken apart: what a person does in the page, and what is typed on the machine. */

/** One of ours, named as the program was called; of a text on mutes the end of one. */
const OWN = /`[^`]*?securos[-_]trigger['"]? (?:mute [^`]*`.*`[^`]*?securos[-_]trigger['"]? )?(\w+)([^`]*)`/;
/** One of the system. */
const OF_SYSTEM = /`(?:sudo |\[sudo\] )?(?:apt-get|chmod|chown|df|docker|du|journalctl|pip|systemctl)\b[^`]*`/;
const SENTENCES = /(?<=[.!?])\s+(?=[A-Z`])/;
const BEFORE_COMMAND = /^([^`]+?),(?: then)? `/;
const LINE = / \(line \d+\)/g;

/**
 * The sentences of a text whose commands stand between backticks: `plain` for the page, `typed` for the machine, and the `commands`
 * of ours among those (`name`, `rest`). Of a sentence that ends in a command the beginning is for the page, too.
 */
export function takenApart(text) {
  const found = { plain: [], typed: [], commands: [] };
  for (const sentence of text ? text.split(SENTENCES) : []) {
    const [, name, rest] = OWN.exec(sentence) || [];
    if (!name && !OF_SYSTEM.test(sentence)) {
      found.plain.push(sentence);
      continue;
    }
    found.typed.push(sentence);
    if (name) found.commands.push({ name, rest });
    const [, before] = BEFORE_COMMAND.exec(sentence) || [];
    if (before && !before.startsWith('To ')) found.plain.push(`${before.replace(LINE, '')}.`);
  }
  return found;
}
