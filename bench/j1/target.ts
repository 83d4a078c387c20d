import net from 'node:net';

/**
 * The target of both sides: takes any request, answers at once, counts. Written on the bare socket, since it shares the
 * two cores with what is measured.
 */
const ANSWER = answerOf('{"ok":true}');
const STATISTICS = /^GET \/stat /u;
const LENGTH = /\r\ncontent-length: *(\d+)/iu;
let effects = 0;

function answerOf(body: string): string {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
  return `${head}content-length: ${body.length}\r\n\r\n${body}`;
}

function answerTo(head: string): string {
  if (STATISTICS.test(head)) return answerOf(JSON.stringify({ effects }));
  effects += 1;
  return ANSWER;
}

const server = net.createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = rest.slice(0, end);
      const length = Number(LENGTH.exec(head)?.[1] ?? 0);
      if (rest.length < end + 4 + length) return;
      rest = rest.slice(end + 4 + length);
      socket.write(answerTo(head), 'latin1');
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
