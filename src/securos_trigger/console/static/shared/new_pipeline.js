/** A new pipeline from nothing: a source, nodes that see, and a trigger node. */

import { field, h, select } from './dom.js';

const SEES = [
  ['line', 'People who cross a line'],
  ['zone', 'People in a zone'],
];

export function pipelineFields() {
  const input = (name, attributes = {}) => h('input', { name, required: true, autocomplete: 'off', ...attributes });
  return [
    field('Name', input('name', { pattern: '[A-Za-z0-9_ -]+', placeholder: 'gate' })),
    field('Video', input('source', { placeholder: 'rtsp://user:password@10.0.0.5/stream1' }), 'The address of a camera, or the path of a video file in a folder of [console].'),
    field('Event for', select(SEES, 'line', { name: 'sees' }), 'Draw the line or the zone afterwards on the page Draw.'),
    field('SecurOS server', input('host', { placeholder: '10.0.0.2' })),
    h('div', { class: 'row' }, field('Port', input('port', { value: '3443', size: '6' })), field('Cameras', input('cameras', { placeholder: '1', size: '8' }))),
    field('Password', input('password', { type: 'password', autocomplete: 'new-password' }), "The receiver's token."),
  ];
}

/** The body of `POST /api/pipelines` from the filled form. */
export function newPipelineBody(form) {
  const text = (name) => form.get(name).trim();
  const address = text('source');
  const isRtsp = /^rtsps?:\/\//.test(address);
  const source = isRtsp ? { type: 'rtsp', url: address } : address.includes('://') ? { type: 'stream', url: address } : { type: 'file', path: address, realtime: true };
  const isLine = text('sees') === 'line';
  const seeing = isLine
    ? { type: 'line_counter', id: 'line', units: 'fractions', lines: { line1: [[0.5, 0.2], [0.5, 0.8]] } }
    : { type: 'zone_presence', id: 'zone', units: 'fractions', rois: { zone1: [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]] } };
  const trigger = {
    type: 'trigger_securos_event',
    id: isLine ? 'line_alarm' : 'zone_alarm',
    event_source: 'custom',
    trigger: isLine ? 'nodes.line.lines.line1.total_objects_crossed_delta > 0' : 'nodes.zone.rois.zone1.current_objects_count > 0',
    trigger_mode: isLine ? 'level' : 'rising_edge',
    event_name: isLine ? 'Line crossed' : 'Zone entered',
    interval: 2.0,
    iss_ip: text('host'),
    iss_port: text('port'),
    iss_password: form.get('password'),
    iss_camera_ids: text('cameras'),
    send_bounding_boxes: true,
  };
  return { name: text('name'), source, nodes: [{ type: 'detector', id: 'detector1' }, { type: 'tracker', id: 'tracker1' }, seeing, trigger] };
}
