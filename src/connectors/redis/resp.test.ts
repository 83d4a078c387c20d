import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createReplyReader,
  encodeCommand,
  ErrorReply,
  ProtocolError,
  REPLY_BYTES_MAX,
  type Command,
  type Reply,
} from './resp.ts';

function wireOf(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if (reply instanceof ErrorReply) return `-${reply.text}\r\n`;
  return `*${reply.length}\r\n${reply.map(wireOf).join('')}`;
}

const line = fc.stringMatching(/^[A-Z]{2,8} [ -~]{0,20}$/u).map((text) => new ErrorReply(text));
const { reply } = fc.letrec<{ reply: Reply; list: readonly Reply[] }>((tie) => ({
  list: fc.array(tie('reply'), { maxLength: 4 }),
  reply: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
    fc.constant(null),
    line,
    tie('list'),
  ),
}));

function outcomeOf(bytes: Buffer): string {
  try {
    createReplyReader()(bytes);
    return 'read';
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
}

describe('answers', () => {
  it('are read whole, however the wire splits them', () => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
        (replies, sizes) => {
          const bytes = Buffer.from(replies.map(wireOf).join(''));
          const read = createReplyReader();
          const found: Reply[] = [];
          for (let at = 0; at < bytes.length;) {
            const { value: size } = sizes.next();
            found.push(...read(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(found).toEqual(replies);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ['?\r\n', 'not that of a Redis server'],
    ['HTTP/1.1 200 OK\r\n', 'not that of a Redis server'],
    [':12a\r\n', 'a number has another form'],
    [':1e9\r\n', 'a number has another form'],
    ['$-2\r\n', 'too large'],
    [`$${REPLY_BYTES_MAX + 1}\r\n`, 'too large'],
    ['$2\r\nabc\r\n', 'longer than it says'],
    ['*999999999999\r\n', 'too long'],
    ['*1\r\n'.repeat(20), 'too deep'],
  ])('that are malformed are refused: %j', (text, problem) => {
    const read = createReplyReader();
    expect(() => read(Buffer.from(text))).toThrow(ProtocolError);
    expect(() => createReplyReader()(Buffer.from(text))).toThrow(problem);
  });

  it('without an end are refused, not kept', () => {
    const read = createReplyReader();
    expect(() => read(Buffer.from(`+${'a'.repeat(70_000)}`))).toThrow('has no end');
  });

  it('of any bytes give answers or a refusal, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['read', 'ProtocolError']).toContain(outcomeOf(Buffer.from(bytes)));
      }),
    );
  });
});

it('a command keeps every byte of its words', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }),
      ([first = '', ...rest]) => {
        const command: Command = [first, ...rest];
        // A command has the form of a list of texts.
        expect(createReplyReader()(encodeCommand(command))).toEqual([command]);
      },
    ),
  );
});
