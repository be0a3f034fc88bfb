/** Times as a person types them, by the clock of this computer: what is meant, and how one is written. */

/**
 * The instant that a person typed by this computer's clock: 14:03, 14:03:07 or 2:03pm (the newest), yesterday 14:03,
 * 2026-11-22 14:03:07, or a whole time that names its zone; null: something else was typed.
 */
export function typedInstant(text) {
  const typed = text.trim();
  if (/^now$/i.test(typed)) return new Date();
  return timeOfDay(typed) || timeOfDayWord(typed) || dateAndTime(typed);
}

/** What to say beside a field of whose text `typedInstant` makes nothing. */
export const notTyped = (text) => `"${text.trim()}" is no time that can be read: type 14:03, 14:03:07 or ${localTime(new Date())}.`;

function dateAndTime(text) {
  const found = /^(\d{4}-\d{2}-(\d{2}))[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  const [, date, dayOfMonth, time, zone = ''] = found || [];
  const isDate = new Date(`${date}T00:00`).getDate() === Number(dayOfMonth); // no 31st of February
  const at = new Date(isDate ? `${date}T${time}${zone}` : NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}

function timeOfDayWord(text) {
  const [, word, time] = /^(today|yesterday)\s+(.+)$/i.exec(text) || [];
  const at = time ? timeOfDay(time) : null;
  if (!at) return null;
  const day = new Date();
  if (word.toLowerCase() === 'yesterday') day.setDate(day.getDate() - 1);
  at.setFullYear(day.getFullYear(), day.getMonth(), day.getDate());
  return at;
}

function timeOfDay(text) {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m\.?)?$/i.exec(text);
  if (!found || (found[4] && !(found[1] >= 1 && found[1] <= 12))) return null;
  const hour = found[4] ? (Number(found[1]) % 12) + (found[4].toLowerCase() === 'p' ? 12 : 0) : Number(found[1]);
  if (hour > 23 || Number(found[2]) > 59 || Number(found[3] || 0) > 59) return null;
  const at = new Date();
  at.setHours(hour, Number(found[2]), Number(found[3] || 0), 0);
  if (at > new Date()) at.setDate(at.getDate() - 1);
  return at;
}

/** An instant as a person here types it, with its date: 2026-11-22 14:03:07. */
export const localTime = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace('T', ' ');
