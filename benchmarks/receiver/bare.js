'use strict';
// The limit of what Node.js can do here: it reads the JSON of a request and answers as a receiver would. No token is
// looked at, no call is made, nothing is written.

const fs = require('fs');
const https = require('https');

const tls = { key: fs.readFileSync(process.env.SSL_KEY), cert: fs.readFileSync(process.env.SSL_CERT) };
const server = https.createServer(tls, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const [camera] = JSON.parse(Buffer.concat(chunks).toString()).camera_id;
    const text = JSON.stringify({ ok: true, results: [{ camera_id: camera, step: 'EVENT', ok: true }] });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ event: 'listening', port: server.address().port })}\n`);
});
