/** One connection to the stream of the console, and what it says: to a page, or to the worker that all pages share. */

import { patched } from './patch.js';

export class Stream {
  /** `tell({ kind, data })`: `open`, `lost`, `refused` (the browser does not try again), `overview`, `changes`, `delivery`. */
  constructor(tell) {
    this.tell = tell;
    this.source = null;
    this.forget();
  }

  /** Connects; when it is connected already, it tells one listener what it has told the others. */
  listen(tellOne) {
    if (this.source?.readyState === EventSource.OPEN) tellOne({ kind: 'open' });
    if (this.overview) tellOne({ kind: 'overview', data: this.overview });
    if (this.source !== null && this.source.readyState !== EventSource.CLOSED) return;
    const source = (this.source = new EventSource('/api/stream?changes=true'));
    const on = (kind, take) => source.addEventListener(kind, (message) => source === this.source && take(message));
    on('open', () => this.tell({ kind: 'open' }));
    on('overview', ({ data }) => this.tell({ kind: 'overview', data: (this.overview = JSON.parse(data)) }));
    on('changes', ({ data }) => {
      const changes = JSON.parse(data);
      this.overview = patched(this.overview, changes);
      this.tell({ kind: 'changes', data: changes });
    });
    on('delivery', ({ data }) => this.tell({ kind: 'delivery', data: JSON.parse(data) }));
    on('error', () => {
      this.forget();
      this.tell({ kind: source.readyState === EventSource.CLOSED ? 'refused' : 'lost' });
    });
  }

  close() {
    if (this.source) this.source.close();
    this.source = null;
    this.forget();
  }

  forget() {
    this.overview = null;
  }
}
