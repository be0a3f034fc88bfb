'use strict';

// A receiver of wire version 1 on express, as integrators have built them: no event ids, `ok: true` in every answer,
// recording and subtitle fire and forget, ends in timers that live in memory. Tests and a benchmark run it, in reach of
// the stand-in for SecurOS. It prints a JSON line with its port, then each request body it took.

const fs = require('fs');
const http = require('http');
const https = require('https');

const express = require('express');
const securos = require('securos');

const TOKEN = process.env.AUTH_TOKEN;
const app = express();
let core = null;
securos.connect((connected) => {
  core = connected;
});

app.use(express.json());

app.get('/health', (_request, response) => {
  response.json({ ok: true, coreReady: core !== null, https: Boolean(process.env.SSL_KEY) });
});

app.post('/lumeoevent', (request, response) => {
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.status(401).json({ error: 'Unauthorized' });
  if (core === null) return response.status(503).json({ error: 'securos core not ready' });
  const cameras = [].concat(request.body.camera_id || []).map(String);
  if (cameras.length === 0) return response.status(400).json({ error: 'camera_id is required' });
  process.stdout.write(`${JSON.stringify(request.body)}\n`);
  response.json({ ok: true, results: cameras.map((camera) => made(camera, request.body)) });
});

/** Makes the calls for one camera. Says that they worked, because nobody awaits them. */
function made(camera, body) {
  const durationMs = Number(body.event_duration) * 1000;
  if (body.trigger_recording) {
    core.doReact('CAM', camera, 'REC', { hot_rec_time: durationMs });
    setTimeout(() => core.doReact('CAM', camera, 'REC_STOP'), durationMs);
  }
  if (body.add_subtitle) {
    const command = `<p style="color:red;">${escaped(body.event_name)}</p><p>${escaped(body.event_description)}</p>`;
    core.doReact('CAM', camera, 'CLEAR_SUBTITLES', {});
    core.doReact('CAM', camera, 'ADD_SUBTITLES', { command });
    setTimeout(() => core.doReact('CAM', camera, 'CLEAR_SUBTITLES', {}), durationMs);
  }
  const comment = {
    comment: body.event_description,
    description: body.event_name,
    visualization: body.visualization,
  };
  core.sendEvent('CAM', camera, 'VCA_EVENT', { comment: JSON.stringify(comment) });
  return { camera_id: camera, step: 'EVENT', ok: true };
}

function escaped(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(text).replace(/[&<>"']/g, (character) => names[character]);
}

function read(file) {
  return fs.readFileSync(file, 'utf8');
}

const { SSL_KEY, SSL_CERT } = process.env;
const server = SSL_KEY
  ? https.createServer({ key: read(SSL_KEY), cert: read(SSL_CERT) }, app)
  : http.createServer(app);
server.listen(Number(process.env.PORT || 0), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ event: 'listening', port: server.address().port })}\n`);
});
