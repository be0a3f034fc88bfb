'use strict';

// A receiver of wire version 1 on express, as integrators have built them: no event ids, `ok: true` in every answer,
// recording and subtitle fire and forget. It prints each request it took as a JSON line, the port first.

const express = require('express');

const TOKEN = process.env.AUTH_TOKEN;
const app = express();
app.use(express.json());

app.get('/health', (_request, response) => {
  response.json({ ok: true, coreReady: true, https: false });
});

app.post('/lumeoevent', (request, response) => {
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.status(401).json({ error: 'Unauthorized' });
  const cameras = [].concat(request.body.camera_id || []).map(String);
  if (cameras.length === 0) return response.status(400).json({ error: 'camera_id is required' });
  process.stdout.write(`${JSON.stringify(request.body)}\n`);
  response.json({ ok: true, results: cameras.map((id) => ({ camera_id: id, step: 'EVENT', ok: true })) });
});

const server = app.listen(Number(process.env.PORT || 0), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
process.stdin.on('close', () => process.exit(0)).resume();
