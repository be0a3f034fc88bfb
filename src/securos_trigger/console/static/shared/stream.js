/** One connection to the stream of the console, and what it says: to a page, or to the worker that all pages share. */

import { patched } from './patch.js';

export const SILENT_MS = 10000; // the console sends something every second: after this long the connection is dead

export class Stream {
  /** `tell({ kind, data })`: `open`, `lost` (it is closed: listen again), `overview`, `changes`, `delivery`, `beat` (nothing is new; `data.is_late`: what is known is some seconds old). */
  constructor(tell) {
    this.tell = tell;
    this.source = null;
    this.overview = null;
  }

  /** Connects; when it is connected already, it tells one listener what it has told the others. */
  listen(tellOne) {
    if (this.source?.readyState === EventSource.OPEN) tellOne({ kind: 'open' });
    if (this.overview) tellOne({ kind: 'overview', data: this.overview });
    if (this.source) return;
    const source = (this.source = new EventSource('/api/stream?changes=true'));
    const on = (kind, take) => source.addEventListener(kind, (message) => {
      if (source !== this.source) return;
      this.heard();
      take(message);
    });
    on('open', () => this.tell({ kind: 'open' }));
    on('overview', ({ data }) => this.tell({ kind: 'overview', data: (this.overview = JSON.parse(data)) }));
    on('changes', ({ data }) => {
      const changes = JSON.parse(data);
      this.overview = patched(this.overview, changes);
      this.tell({ kind: 'changes', data: changes });
    });
    on('delivery', ({ data }) => this.tell({ kind: 'delivery', data: JSON.parse(data) }));
    on('beat', ({ data }) => this.tell({ kind: 'beat', data: JSON.parse(data) }));
    on('error', () => this.lose());
    this.heard();
  }

  /** The connection lives. One that is cut without a word gives no error, so silence is one. */
  heard() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lose(), SILENT_MS);
  }

  lose() {
    this.close();
    this.tell({ kind: 'lost' });
  }

  close() {
    clearTimeout(this.silence);
    if (this.source) this.source.close();
    this.source = this.overview = null;
  }
}
