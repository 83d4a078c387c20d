// Node-RED with one flow: an HTTP call in, four HTTP calls out one after the other, an answer. Nothing of it is durable.
const http = require('node:http');
const { mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const express = require('express');
const RED = require('node-red');

const target = process.argv[2];
const userDir = mkdtempSync(join(tmpdir(), 'firebreak-node-red-'));
const effects = [1, 2, 3, 4];
const flow = [
  { id: 'tab', type: 'tab', label: 'j1' },
  { id: 'in', type: 'http in', z: 'tab', url: '/incident', method: 'post', wires: [['call1']] },
  ...effects.map((n) => ({
    id: `call${n}`,
    type: 'http request',
    z: 'tab',
    method: 'POST',
    ret: 'txt',
    url: `${target}/apply`,
    persist: true,
    wires: [[n === 4 ? 'out' : `call${n + 1}`]],
  })),
  { id: 'out', type: 'http response', z: 'tab', statusCode: '200', wires: [] },
];
const flowFile = join(userDir, 'flows.json');
writeFileSync(flowFile, JSON.stringify(flow));
const app = express();
const server = http.createServer(app);
RED.init(server, {
  userDir,
  flowFile,
  httpAdminRoot: false,
  httpNodeRoot: '/',
  disableEditor: true,
  credentialSecret: 'bench',
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false, updateNotification: false },
});
app.use('/', RED.httpNode);
async function begin() {
  await RED.start();
  const url = `http://127.0.0.1:${server.address().port}`;
  const deadline = Date.now() + 30_000;
  const probe = () =>
    http
      .request(`${url}/incident`, { method: 'POST' }, (answer) => {
        answer.resume();
        if (answer.statusCode === 200) process.stdout.write(`${JSON.stringify({ url })}\n`);
        else if (Date.now() < deadline) setTimeout(probe, 200);
        else process.exit(1);
      })
      .on('error', () => setTimeout(probe, 200))
      .end();
  probe();
}
server.listen(0, '127.0.0.1', () => void begin());
