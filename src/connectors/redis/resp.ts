/** RESP2, the wire protocol of Redis: what is sent, and what comes back in pieces of any size. */

/** An error that the server answered; its first word is a code, such as NOPERM. */
export class ErrorReply {
  readonly code: string;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.code = text.split(' ', 1)[0] ?? '';
  }
}

export type Reply = string | number | null | ErrorReply | readonly Reply[];

export type Command = readonly [string, ...(readonly string[])];

/** What came is not RESP2, or larger than anything that is asked for. */
export class ProtocolError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'ProtocolError';
  }
}

/** A list of all sessions of a busy server has some megabytes. */
export const REPLY_BYTES_MAX = 32 * 1024 * 1024;
const LINE_BYTES_MAX = 64 * 1024;
/** ACL SETUSER and EXEC nest three deep. */
const DEPTH_MAX = 8;

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
const COUNT = /^-?(?:0|[1-9][0-9]{0,14})$/u;

export function encodeCommand(command: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)];
  for (const word of command) {
    const bytes = Buffer.from(word, 'utf8');
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

interface Parsed {
  readonly reply: Reply;
  readonly next: number;
}

/** The length that the bytes must have before another look is worth it. */
interface Wanting {
  readonly wanted: number;
}

function parseAt(bytes: Buffer, start: number, depth: number): Parsed | Wanting {
  if (depth > DEPTH_MAX) throw new ProtocolError('an answer is nested too deep');
  const end = bytes.indexOf('\r\n', start, 'latin1');
  if (end === -1) {
    if (bytes.length - start > LINE_BYTES_MAX) throw new ProtocolError('a line has no end');
    return { wanted: bytes.length + 1 };
  }
  const line = bytes.toString('utf8', start + 1, end);
  const next = end + 2;
  switch (bytes.toString('latin1', start, start + 1)) {
    case '+':
      return { reply: line, next };
    case '-':
      return { reply: new ErrorReply(line), next };
    case ':':
      return { reply: countOf(line), next };
    case '$':
      return parseBulk(bytes, countOf(line), next);
    case '*':
      return parseList(bytes, countOf(line), next, depth);
    default:
      throw new ProtocolError('the answer is not that of a Redis server');
  }
}

function countOf(line: string): number {
  if (!COUNT.test(line)) throw new ProtocolError('a number has another form');
  return Number(line);
}

function parseBulk(bytes: Buffer, length: number, start: number): Parsed | Wanting {
  if (length === -1) return { reply: null, next: start };
  if (length < 0 || length > REPLY_BYTES_MAX) throw new ProtocolError('a text is too large');
  const end = start + length;
  if (bytes.length < end + 2) return { wanted: end + 2 };
  if (bytes[end] !== CARRIAGE_RETURN || bytes[end + 1] !== LINE_FEED) {
    throw new ProtocolError('a text is longer than it says');
  }
  return { reply: bytes.toString('utf8', start, end), next: end + 2 };
}

function parseList(bytes: Buffer, length: number, start: number, depth: number): Parsed | Wanting {
  if (length === -1) return { reply: null, next: start };
  if (length < 0 || length > REPLY_BYTES_MAX) throw new ProtocolError('a list is too long');
  const items: Reply[] = [];
  let next = start;
  for (let index = 0; index < length; index += 1) {
    const item = parseAt(bytes, next, depth + 1);
    if ('wanted' in item) return item;
    items.push(item.reply);
    next = item.next;
  }
  return { reply: items, next };
}

/** Takes what the socket gives and returns each answer that has become whole. */
export function createReplyReader(): (part: Buffer) => readonly Reply[] {
  let parts: Buffer[] = [];
  let length = 0;
  let wanted = 1;
  return (part) => {
    parts.push(part);
    length += part.length;
    if (length > REPLY_BYTES_MAX) throw new ProtocolError('the answer is too large');
    if (length < wanted) return [];
    const bytes = Buffer.concat(parts);
    const replies: Reply[] = [];
    let next = 0;
    wanted = 1;
    while (next < bytes.length) {
      const parsed = parseAt(bytes, next, 0);
      if ('wanted' in parsed) {
        wanted = parsed.wanted - next;
        break;
      }
      replies.push(parsed.reply);
      next = parsed.next;
    }
    const rest = bytes.subarray(next);
    parts = [rest];
    length = rest.length;
    return replies;
  };
}
