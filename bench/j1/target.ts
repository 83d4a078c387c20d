import http from 'node:http';

/** The target of both sides: answers at once, counts how often each effect really happened. */
const applied = new Map<string, number>();
const server = http.createServer((request, answer) => {
  request.resume();
  const key = String(request.headers['idempotency-key'] ?? request.url);
  if (request.url === '/stat') {
    const twice = [...applied.values()].filter((count) => count > 1).length;
    answer.end(JSON.stringify({ effects: applied.size, twice }));
    return;
  }
  applied.set(key, (applied.get(key) ?? 0) + 1);
  answer.setHeader('content-type', 'application/json');
  answer.end('{"ok":true}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
