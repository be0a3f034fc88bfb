/** Times and elements as the page shows them. */

/** An element with a class and a text; the text is never read as HTML. */
export function made(tag, name, text) {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}

export function clockText(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

export function dayText(seconds) {
  return new Date(seconds * 1000).toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
}

/** The zone of this browser's clock at a time: `UTC+01:00`. */
export function zoneText(seconds) {
  const minutes = -new Date(seconds * 1000).getTimezoneOffset();
  const two = (number) => String(number).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** Day and clock where the day is another one than that of `nowS`. */
export function momentText(seconds, nowS) {
  return dayText(seconds) === dayText(nowS) ? clockText(seconds) : `${dayText(seconds)}, ${clockText(seconds)}`;
}

/** A length as minutes and seconds: `1:05`. */
export function spanText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** How late an event is: `45 s`, `9 min`, `26 h`, `4 d`. */
export function latenessText(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60]];
  const [unit, length] = units.find(([, span]) => seconds >= 2 * span) || ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

export function post(path, body = {}) {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}
