import { canonicalJson, messageOf, sha256 } from '../../kernel/index.ts';
import {
  type Checkpoint,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  verifyInclusion,
} from '../../ledger/index.ts';
import { BUNDLE_FORMAT, type CustodyEntry, itemsOf, keyOf } from './bundle.ts';

export interface BundleFinding {
  readonly code:
    | 'malformed'
    | 'key'
    | 'checkpoint'
    | 'entry-unproven'
    | 'entry-missing'
    | 'entry-foreign'
    | 'item-changed'
    | 'item-missing'
    | 'item-unknown'
    | 'manifest';
  readonly line: number | null;
  readonly message: string;
}

export interface BundleReport {
  readonly ok: boolean;
  readonly incident: string | null;
  readonly origin: string | null;
  readonly size: number | null;
  readonly entryCount: number;
  readonly itemCount: number;
  readonly keptCount: number;
  readonly isKeyGiven: boolean;
  readonly findings: readonly BundleFinding[];
}

type Line = Readonly<Record<string, unknown>>;

const ENTRY_START = '{"entry":';
const ENTRY_END = /,"position":(0|[1-9][0-9]{0,15}),"proof":(\[[^\]]*\])\}$/u;

/** Needs the bundle alone, and the public key from elsewhere to know who signed. */
export async function verifyBundle(
  lines: AsyncIterable<string> | Iterable<string>,
  given: { readonly verifierKey?: string } = {},
): Promise<BundleReport> {
  const checker = new BundleChecker(given.verifierKey ?? null);
  for await (const line of lines) if (line !== '') checker.take(line);
  return checker.end();
}

class BundleChecker {
  readonly #findings: BundleFinding[] = [];
  readonly #key: string | null;
  #line = 0;
  #header: Line | null = null;
  #checkpoint: Checkpoint | null = null;
  readonly #entries: CustodyEntry[] = [];
  readonly #contents = new Set<string>();

  constructor(key: string | null) {
    this.#key = key;
  }

  take(text: string): void {
    this.#line += 1;
    if (this.#header === null) this.#takeHeader(text);
    else if (text.startsWith(ENTRY_START)) this.#takeEntry(text);
    else this.#takeContent(text);
  }

  #find(code: BundleFinding['code'], message: string, line: number | null = this.#line): void {
    this.#findings.push({ code, line, message });
  }

  #takeHeader(text: string): void {
    const header = readLine(text);
    this.#header = header ?? {};
    if (header === null || header['format'] !== BUNDLE_FORMAT) {
      this.#find('malformed', `the first line is not a header of ${BUNDLE_FORMAT}`);
      return;
    }
    if (this.#key !== null && this.#key !== header['verifierKey'])
      this.#find('key', 'the bundle names another key than the one that was given');
    try {
      const verifier = parseVerifierKey(this.#key ?? String(header['verifierKey']));
      this.#checkpoint = openCheckpoint(String(header['checkpoint']), verifier);
    } catch (error) {
      this.#find('checkpoint', messageOf(error));
      return;
    }
    const { size, origin } = this.#checkpoint;
    if (header['size'] !== size || header['origin'] !== origin)
      this.#find('manifest', 'size or origin is not that of the signed checkpoint');
  }

  #takeEntry(text: string): void {
    const end = ENTRY_END.exec(text);
    const entry = end === null ? null : readLine(text.slice(ENTRY_START.length, end.index));
    if (end === null || entry === null) {
      this.#find('malformed', 'the entry has no position and proof in their written form');
      return;
    }
    const canonical = text.slice(ENTRY_START.length, end.index);
    const [, position = '', proof = '[]'] = end;
    const name = `entry ${String(entry['id'])}`;
    if (
      this.#checkpoint !== null &&
      !isIncluded(canonical, Number(position), proof, this.#checkpoint)
    )
      this.#find('entry-unproven', `${name} is not in the signed tree as it stands here`);
    if (entry['incident'] !== this.#header?.['incident'])
      this.#find('entry-foreign', `${name} is of another incident`);
    const wanted = this.#entries.length;
    if (entry['ordinal'] !== wanted)
      this.#find('entry-missing', `${name} has place ${String(entry['ordinal'])}, not ${wanted}`);
    const data = typeof entry['data'] === 'object' && entry['data'] !== null ? entry['data'] : {};
    // What an entry carries is plain JSON; each member is looked at before it is used.
    this.#entries.push({ kind: String(entry['kind']), data: data as CustodyEntry['data'] });
  }

  #takeContent(text: string): void {
    const item = readLine(text);
    if (item === null || typeof item['content'] !== 'string') {
      this.#find('malformed', 'the line is no entry and no item');
      return;
    }
    const hash = sha256(item['content']).toString('hex');
    if (hash !== item['sha256'])
      this.#find('item-changed', `${String(item['name'])} does not hash to what it says`);
    this.#contents.add(keyOf({ ...item, sha256: hash }));
  }

  end(): BundleReport {
    const items = itemsOf(this.#entries);
    const kept = items.filter(({ state }) => state === 'kept');
    if (this.#header === null) this.#find('malformed', 'the file is empty', null);
    else if (canonicalJson(this.#header['items'] ?? null) !== canonicalJson(items))
      this.#find('manifest', 'the list of items is not what the entries say', 1);
    const wanted = new Set(kept.map(keyOf));
    for (const item of kept) {
      if (!this.#contents.has(keyOf(item)))
        this.#find('item-missing', `${item.name} of ${item.cut} is not in the bundle`, null);
    }
    for (const key of this.#contents) {
      if (!wanted.has(key)) this.#find('item-unknown', `no entry knows the item ${key}`, null);
    }
    const header = this.#header ?? {};
    return {
      ok: this.#findings.length === 0,
      incident: textOf(header['incident']),
      origin: textOf(header['origin']),
      size: this.#checkpoint?.size ?? null,
      entryCount: this.#entries.length,
      itemCount: items.length,
      keptCount: kept.length,
      isKeyGiven: this.#key !== null,
      findings: this.#findings,
    };
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isIncluded(
  canonical: string,
  index: number,
  proof: string,
  { size, root }: Checkpoint,
): boolean {
  const hashes = readJson(proof);
  if (!Array.isArray(hashes) || !hashes.every((hash) => typeof hash === 'string')) return false;
  const leaf = leafHash(canonical);
  return verifyInclusion(
    { index, size, leaf, root },
    hashes.map((hash) => Buffer.from(hash, 'base64')),
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown; // looked at by whoever asks
  } catch {
    return null;
  }
}

function readLine(text: string): Line | null {
  const value = readJson(text);
  // An object of unknown members; each is looked at before it is used.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Line)
    : null;
}
