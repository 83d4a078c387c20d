import { createHash } from 'node:crypto';
import { FirebreakError } from './errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const DEPTH_MAX = 200;

function refuse(problem: string): never {
  throw new FirebreakError('json-not-canonical', { problem });
}

function writeString(text: string): string {
  if (!text.isWellFormed()) refuse('a string holds a lone surrogate');
  return JSON.stringify(text);
}

function write(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) refuse(`nested deeper than ${DEPTH_MAX}`);
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(`${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  // Array.from sees the holes of a sparse array, map would skip them and write no JSON.
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item: unknown) => write(item, depth + 1)).join(',')}]`;
  }
  if (typeof value === 'object') return writeObject(value, depth);
  return refuse(`${typeof value} has no JSON form`);
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse('only plain objects and arrays have a canonical form');
  }
  const members: string[] = [];
  // RFC 8785 sorts names by UTF-16 code units, which is what sort() without a comparator does.
  for (const key of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, key);
    if (member !== undefined) members.push(`${writeString(key)}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

/** RFC 8785 (JCS). Members that are undefined are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** The name of an exact value: what approvals, cuts and evidence are bound to. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalJson(value)).toString('hex')}`;
}
