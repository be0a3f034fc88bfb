'use strict';

const PRE_RECORD_S = 5; // kept before a recording, as a VMS does
const SEGMENT_GAP_S = 3; // a longer pause without an image begins another segment
const BYTES_PER_CAMERA = 64 * 1024 * 1024;

/**
 * The images of each camera: the newest one is the live image; those of recordings are kept in memory, the oldest are
 * dropped when a camera has more than 64 MiB.
 */
class Images {
  /** `isRecording(camera)` says whether images of this camera are kept. */
  constructor(isRecording, bytesPerCamera = BYTES_PER_CAMERA) {
    this.isRecording = isRecording;
    this.bytesPerCamera = bytesPerCamera;
    this.ofCamera = new Map(); // camera id -> {kept: [image], recent: [image], bytes}
  }

  /** Takes a JPEG image of a camera, shown at `atS` (Unix seconds). */
  put(camera, atS, jpeg) {
    if (!this.ofCamera.has(camera)) this.ofCamera.set(camera, { kept: [], recent: [], bytes: 0 });
    const images = this.ofCamera.get(camera);
    images.recent.push({ atS, jpeg });
    if (this.isRecording(camera)) this.keep(images);
    images.recent = images.recent.filter((image) => image.atS > atS - PRE_RECORD_S);
  }

  /** Moves to the recording what is not there yet, the seconds before its start too. */
  keep(images) {
    const newestS = images.kept.length ? images.kept[images.kept.length - 1].atS : -Infinity;
    for (const image of images.recent) {
      if (image.atS <= newestS) continue;
      images.kept.push(image);
      images.bytes += image.jpeg.length;
    }
    while (images.bytes > this.bytesPerCamera && images.kept.length > 1)
      images.bytes -= images.kept.shift().jpeg.length;
  }

  /** The camera shows nothing any more; what was recorded stays. */
  hide(camera) {
    if (this.ofCamera.has(camera)) this.ofCamera.get(camera).recent = [];
  }

  /** The newest image, as `{atS, jpeg}`; null: there is none. */
  live(camera) {
    const images = this.ofCamera.get(camera);
    return images && images.recent.length ? images.recent[images.recent.length - 1] : null;
  }

  /** The recorded image that a player shows at `atS`: the last one until then, else the first; null: none is recorded. */
  recorded(camera, atS) {
    const { kept } = this.ofCamera.get(camera) || { kept: [] };
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (kept[middle].atS <= atS) low = middle + 1;
      else high = middle;
    }
    return kept[Math.max(0, low - 1)] || null;
  }

  /** The recorded spans of a camera, oldest first, as `{from_s, until_s}`. */
  segments(camera) {
    const { kept } = this.ofCamera.get(camera) || { kept: [] };
    const segments = [];
    for (const { atS } of kept) {
      const last = segments[segments.length - 1];
      if (last && atS - last.until_s <= SEGMENT_GAP_S) last.until_s = atS;
      else segments.push({ from_s: atS, until_s: atS });
    }
    return segments;
  }
}

module.exports = { Images };
