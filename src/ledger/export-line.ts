import { EXPORT_FORMAT } from './export.ts';
import { HASH_BYTES, bitCount, leafHash, type Frontier, type Hash } from './tree.ts';

export interface HeaderLine {
  readonly type: 'header';
  readonly origin: string;
  readonly verifierKey: string;
}

export interface EntryLine {
  readonly type: 'entry';
  readonly position: number;
  readonly id: string | null;
  readonly canonical: string;
  /** What the line says its hash is. */
  readonly listed: Hash;
  /** What its content hashes to. */
  readonly computed: Hash;
}

export interface CheckpointLine {
  readonly type: 'checkpoint';
  readonly note: string;
  /** Of the right shape or null; whether it is the signed one is for the reader to compare. */
  readonly frontierOf: (size: number) => Frontier | null;
}

export interface MalformedLine {
  readonly type: 'malformed';
  readonly problem: string;
}

export type ExportLine = HeaderLine | EntryLine | CheckpointLine | MalformedLine;

/** The largest entry with its frame, and some room. */
const LINE_LENGTH_MAX = 1_048_576;
const ENTRY_START = '{"entry":';
const ENTRY_END = /,"leafHash":"([A-Za-z0-9+/]{43}=)","position":(0|[1-9][0-9]{0,15})\}$/u;

function malformed(problem: string): MalformedLine {
  return { type: 'malformed', problem };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    // An object of unknown members; each is looked at before it is used.
    return typeof value === 'object' ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

export function parseExportLine(text: string): ExportLine {
  if (text.length > LINE_LENGTH_MAX) return malformed('the line is too long');
  if (text.startsWith(ENTRY_START)) return parseEntryLine(text);
  const object = parseObject(text);
  if (object === null) return malformed('the line is not a JSON object');
  // Written by JSON.stringify: one changed space between two members is a change as well.
  if (JSON.stringify(object) !== text) return malformed('the line is not in its written form');
  const { format, origin, verifierKey, checkpoint, frontier } = object;
  if (typeof checkpoint === 'string' && Array.isArray(frontier)) {
    return {
      type: 'checkpoint',
      note: checkpoint,
      frontierOf: (size) => readFrontier(frontier, size),
    };
  }
  if (format === undefined) return malformed('the line is no header, entry or checkpoint');
  if (format !== EXPORT_FORMAT) return malformed(`the format is not ${EXPORT_FORMAT}`);
  if (typeof origin !== 'string' || typeof verifierKey !== 'string') {
    return malformed('the header lacks origin or verifierKey');
  }
  return { type: 'header', origin, verifierKey };
}

/** The entry is hashed as it stands: a single changed space is a change. */
function parseEntryLine(text: string): EntryLine | MalformedLine {
  const end = ENTRY_END.exec(text);
  const [, leaf = '', position = ''] = end ?? [];
  if (end === null || !Number.isSafeInteger(Number(position))) {
    return malformed('the entry has no leafHash and position in their written form');
  }
  const canonical = text.slice(ENTRY_START.length, end.index);
  const listed = readHash(leaf);
  if (listed === null) return malformed('the leafHash is not in its written form');
  // Content that is no JSON any more still has a place and a hash, and is named by them.
  const id = parseObject(canonical)?.['id'];
  return {
    type: 'entry',
    position: Number(position),
    id: typeof id === 'string' ? id : null,
    canonical,
    listed,
    computed: leafHash(canonical),
  };
}

/** Base64 has several texts for the same bytes; only the one that is written counts. */
function readHash(text: unknown): Hash | null {
  if (typeof text !== 'string') return null;
  const hash = Buffer.from(text, 'base64');
  return hash.length === HASH_BYTES && hash.toString('base64') === text ? hash : null;
}

function readFrontier(hashes: readonly unknown[], size: number): Frontier | null {
  if (hashes.length !== bitCount(size)) return null;
  const read = hashes.map(readHash).filter((hash) => hash !== null);
  return read.length === hashes.length ? { size, hashes: read } : null;
}
