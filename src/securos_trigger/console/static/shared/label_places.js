/** Where labels over an image go, so that none covers another and none is cut. */

/**
 * Moves boxes apart: gives the `left` and `top` of each, in its order; the first ones stay where they are wanted.
 *
 * `boxes` have `left`, `top`, `width` and `height`, `room` has `width` and `height`; all in pixels. A box that has no
 * place goes up, and where the image ends, down. Among very many people some labels cover others: all have their box.
 */
export function apart(boxes, room) {
  const placed = [];
  for (const box of boxes) {
    const left = Math.max(0, Math.min(box.left, room.width - box.width));
    const wanted = { ...box, left, top: Math.max(0, Math.min(box.top, room.height - box.height)) };
    placed.push(freePlace(wanted, placed, -1, room) || freePlace(wanted, placed, 1, room) || wanted);
  }
  return placed.map(({ left, top }) => ({ left, top }));
}

/** The nearest free place above (`way` -1) or below (1); null: there is none. */
function freePlace(wanted, placed, way, room) {
  let box = wanted;
  for (let count = 0; count <= placed.length; count += 1) {
    const other = placed.find((one) => overlaps(one, box));
    if (!other) return box;
    box = { ...box, top: way < 0 ? other.top - box.height : other.top + other.height };
    if (box.top < 0 || box.top + box.height > room.height) return null;
  }
  return null;
}

function overlaps(one, other) {
  return one.left < other.left + other.width && other.left < one.left + one.width && one.top < other.top + other.height && other.top < one.top + one.height;
}
