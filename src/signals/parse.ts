import type { ExternalRef } from '../inventory/index.ts';
import {
  CONFIDENCES,
  type Confidence,
  FirebreakError,
  type JsonObject,
  LIMITS,
  Secret,
  SIGNAL_TYPES,
  type SignalType,
} from '../kernel/index.ts';

/** What a sender states, before it is known how far to believe it. */
export interface Statement {
  readonly type: SignalType;
  readonly refs: readonly ExternalRef[];
  readonly secret: Secret | null;
  readonly occurredAt: string;
  readonly confidence: Confidence | null;
  readonly key: string;
  readonly detail: JsonObject;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names the member and never shows its value: a value may be a secret. */
function wrong(path: string, problem: string): FirebreakError {
  return new FirebreakError('request-invalid', { problem: `${path} ${problem}`, path });
}

function fieldsOf(value: unknown, path: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(path === '' ? 'the body' : path, 'is not an object');
  }
  for (const member of Object.keys(value)) {
    if (known.includes(member)) continue;
    const name = `${path === '' ? '' : `${path}.`}${member.slice(0, 50)}`;
    throw wrong(name, `is not known; known are ${known.join(', ')}`);
  }
  // An object without prototype surprises: its members are read by name only.
  return value as Fields;
}

function text(value: unknown, path: string, lengthMax: number): string {
  if (value === undefined) throw wrong(path, 'is missing');
  if (typeof value !== 'string' || value === '') throw wrong(path, 'is not text');
  if (value.length > lengthMax) throw wrong(path, `is longer than ${lengthMax} characters`);
  if (!value.isWellFormed() || value.includes('\u0000')) {
    throw wrong(path, 'holds characters that are not text');
  }
  return value;
}

function word<Word extends string>(value: unknown, path: string, words: readonly Word[]): Word {
  const found = words.find((one) => one === value);
  if (found !== undefined) return found;
  throw wrong(path, value === undefined ? 'is missing' : `is not one of ${words.join(', ')}`);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;

function instant(value: unknown, path: string, nowMs: number): string {
  const given = text(value, path, 50);
  const ms = INSTANT.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(ms)) throw wrong(path, 'is not an RFC 3339 time');
  if (ms > nowMs + LIMITS.signalAheadMsMax) throw wrong(path, 'lies in the future');
  return new Date(ms).toISOString();
}

function ref(value: unknown, path: string): ExternalRef {
  const fields = fieldsOf(value, path, ['system', 'type', 'value']);
  const found = {
    system: text(fields['system'], `${path}.system`, 200),
    type: text(fields['type'], `${path}.type`, 200),
    value: text(fields['value'], `${path}.value`, LIMITS.refBytesMax),
  };
  if (/[:\s]/u.test(found.system)) throw wrong(`${path}.system`, 'holds a colon or a space');
  if (/[:\s]/u.test(found.type)) throw wrong(`${path}.type`, 'holds a colon or a space');
  return found;
}

function refs(value: unknown, path: string): readonly ExternalRef[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong(path, 'is not a list');
  if (value.length > LIMITS.signalRefsMax) {
    throw wrong(path, `has more than ${LIMITS.signalRefsMax} items`);
  }
  return value.map((item, index) => ref(item, `${path}[${index}]`));
}

const DETAIL_DEPTH_MAX = 20;

function json(value: unknown, path: string, depth: number): void {
  if (depth > DETAIL_DEPTH_MAX) throw wrong(path, `is nested deeper than ${DETAIL_DEPTH_MAX}`);
  if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\u0000'))) {
    throw wrong(path, 'holds characters that are not text');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed() || name.includes('\u0000')) {
      throw wrong(path, 'holds a name that is not text');
    }
    json(member, path, depth + 1);
  }
}

function detail(value: unknown): JsonObject {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('detail', 'is not an object');
  }
  json(value, 'detail', 0);
  // It came out of JSON.parse.
  return value as JsonObject;
}

/** What a sender wrote with the secret in it must not carry the secret on. */
function without(secret: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(secret, '[secret]');
  if (Array.isArray(value)) return value.map((item) => without(secret, item));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name.replaceAll(secret, '[secret]'),
    without(secret, member),
  ]);
  return Object.fromEntries(members);
}

function decode(rawBody: string | Uint8Array): unknown {
  const bytes = typeof rawBody === 'string' ? Buffer.byteLength(rawBody) : rawBody.byteLength;
  if (bytes > LIMITS.signalBytesMax) {
    throw new FirebreakError('request-too-large', { limit: LIMITS.signalBytesMax });
  }
  try {
    const body =
      typeof rawBody === 'string'
        ? rawBody
        : new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
    return JSON.parse(body);
  } catch {
    throw wrong('the body', 'is not JSON in UTF-8');
  }
}

const MEMBERS = ['type', 'subject', 'occurredAt', 'confidence', 'key', 'detail'];

/** The native form of POST /v1/signals. */
export function parseStatement(rawBody: string | Uint8Array, nowMs: number): Statement {
  const fields = fieldsOf(decode(rawBody), '', MEMBERS);
  if (fields['subject'] === undefined) throw wrong('subject', 'is missing');
  const subject = fieldsOf(fields['subject'], 'subject', ['refs', 'secret']);
  const clear = subject['secret'];
  const plain = clear === undefined ? null : text(clear, 'subject.secret', LIMITS.signalBytesMax);
  const found = refs(subject['refs'], 'subject.refs');
  if (found.length === 0 && plain === null) throw wrong('subject', 'has neither refs nor a secret');
  const confidence = fields['confidence'];
  const statement: Statement = {
    type: word(fields['type'], 'type', SIGNAL_TYPES),
    refs: found,
    secret: plain === null ? null : new Secret(plain),
    occurredAt: instant(fields['occurredAt'], 'occurredAt', nowMs),
    confidence: confidence === undefined ? null : word(confidence, 'confidence', CONFIDENCES),
    key: text(fields['key'], 'key', 200),
    detail: detail(fields['detail']),
  };
  if (plain === null) return statement;
  if (statement.key.includes(plain)) throw wrong('key', 'holds the secret');
  // The same shapes come out as went in.
  const clean = without(plain, { refs: statement.refs, detail: statement.detail }) as Pick<
    Statement,
    'refs' | 'detail'
  >;
  return { ...statement, ...clean };
}
