import { canonicalJson, type JsonObject } from '../../kernel/index.ts';
import type { IncidentState } from '../incident/model.ts';

/**
 * A bundle is lines of JSON, so that it can be read with any tool:
 *
 *     {"checkpoint":"<signed note>","format":"firebreak-evidence-1","incident":"inc_...","items":[...],
 *      "origin":"...","size":123,"verifierKey":"..."}
 *     {"entry":{...},"position":7,"proof":["<base64>",...]}        one for each entry of the incident, in its order
 *     {"content":"...","cut":"cut_...","name":"sessions","sha256":"<hex>"}    one for each item that is still kept
 *
 * The bytes of `entry` are the leaf that the proof is about; SHA-256 of `content` in UTF-8 is `sha256`. The same
 * incident at the same size of the ledger gives the same bytes. docs/operating/evidence.md checks one by hand.
 */
export const BUNDLE_FORMAT = 'firebreak-evidence-1';

export type BundleItem = {
  readonly cut: string;
  readonly name: string;
  /** Null when the target could not give it. */
  readonly sha256: string | null;
  readonly state: 'kept' | 'deleted' | 'not-available';
  /** Why it is not here. */
  readonly why: string | null;
};

export interface BundleEntry {
  readonly canonical: string;
  readonly position: number;
  readonly proof: readonly Uint8Array[];
}

export interface BundleContent {
  readonly cut: string;
  readonly name: string;
  readonly sha256: string;
  readonly content: string;
}

export interface Bundle {
  readonly incident: IncidentState['id'];
  readonly origin: string;
  readonly verifierKey: string;
  readonly size: number;
  readonly checkpoint: string;
  readonly items: readonly BundleItem[];
  readonly entries: readonly BundleEntry[];
  readonly contents: readonly BundleContent[];
}

export function* bundleLines(bundle: Bundle): Generator<string> {
  const { incident, origin, verifierKey, size, checkpoint, items, entries, contents } = bundle;
  const format = BUNDLE_FORMAT;
  yield canonicalJson({ format, incident, origin, verifierKey, size, checkpoint, items });
  for (const { canonical, position, proof } of entries) {
    const hashes = proof.map((hash) => Buffer.from(hash).toString('base64'));
    yield `{"entry":${canonical},"position":${position},"proof":${JSON.stringify(hashes)}}`;
  }
  for (const content of contents) yield canonicalJson(content);
}

/** An entry of an incident, as far as evidence is concerned. */
export interface CustodyEntry {
  readonly kind: string;
  readonly data: JsonObject;
}

interface Captured {
  readonly name: string;
  readonly sha256: string;
}

/** What the ledger says was captured, missed and deleted: the only list of items that counts. */
export function itemsOf(entries: readonly CustodyEntry[]): readonly BundleItem[] {
  const items = new Map<string, BundleItem>();
  for (const { kind, data } of entries) {
    if (kind === 'cut.recorded' || kind === 'evidence.captured') {
      const cut = textIn(data['cut']);
      for (const { name, sha256 } of capturedIn(data['captured'])) {
        items.set(keyOf({ cut, name, sha256 }), { cut, name, sha256, state: 'kept', why: null });
      }
      for (const missed of textsIn(data['missed'])) {
        const [name = '', ...rest] = missed.split(': ');
        const why = rest.length === 0 ? null : rest.join(': ');
        const item = { cut, name, sha256: null, state: 'not-available', why } as const;
        items.set(keyOf(item), item);
      }
    }
    if (kind !== 'evidence.deleted') continue;
    const why = textIn(data['why']);
    for (const deleted of listIn(data['items'])) {
      const item = items.get(keyOf(deleted));
      if (item !== undefined) items.set(keyOf(deleted), { ...item, state: 'deleted', why });
    }
  }
  return [...items.values()];
}

export function keyOf(item: {
  readonly cut?: unknown;
  readonly name?: unknown;
  readonly sha256?: unknown;
}): string {
  return JSON.stringify([item.cut, item.name, item.sha256]);
}

function listIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item): item is Readonly<Record<string, unknown>> => typeof item === 'object' && item !== null,
  );
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function capturedIn(value: unknown): readonly Captured[] {
  return listIn(value).flatMap(({ name, sha256 }) =>
    typeof name === 'string' && typeof sha256 === 'string' ? [{ name, sha256 }] : [],
  );
}
