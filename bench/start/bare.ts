import Fastify from 'fastify';

/** The least that could be started: the same runtime and the same HTTP server, with nothing behind them. */
const server = Fastify({ logger: false });
server.get('/', () => ({ ok: true }));
const url = await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ url })}\n`);
