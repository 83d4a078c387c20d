import type { Entry } from './timeline-lines.ts';

/** Everything that the timeline says about one cut: why, evidence, the way back, and what shows that it holds. */
export interface Dossier {
  readonly why: string | null;
  readonly evidence: {
    readonly captured: readonly { readonly name: string; readonly sha256: string }[];
    readonly missed: readonly string[];
    readonly burnt: boolean;
  } | null;
  /** As the connector wrote it down before it acted; null = there is none, or nothing was done yet. */
  readonly inverse: string | null;
  readonly isOrdered: boolean;
  readonly tries: {
    readonly count: number;
    readonly control: string | null;
    /** What the target said to the dead credential, last. */
    readonly error: string | null;
  };
}

const NOTHING: Dossier = {
  why: null,
  evidence: null,
  inverse: null,
  isOrdered: false,
  tries: { count: 0, control: null, error: null },
};

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function member(value: unknown, name: string): unknown {
  return Object(value)[name];
}

function cutOf({ data }: Entry): string | null {
  return text(data['cut']) ?? text(member(data['plan'], 'id'));
}

function evidenceOf({ data }: Entry): Dossier['evidence'] {
  return {
    captured: list(data['captured']).flatMap((one) => {
      const name = text(member(one, 'name'));
      const sha256 = text(member(one, 'sha256'));
      return name === null || sha256 === null ? [] : [{ name, sha256 }];
    }),
    missed: list(data['missed']).flatMap((one) => text(one) ?? []),
    burnt: data['burnt'] === true,
  };
}

function triedAgain(tries: Dossier['tries'], probed: unknown): Dossier['tries'] {
  return {
    count: tries.count + 1,
    control: text(member(probed, 'control')) ?? tries.control,
    error: text(member(probed, 'error')) ?? tries.error,
  };
}

function add(dossier: Dossier, entry: Entry): Dossier {
  const { kind, data } = entry;
  switch (kind) {
    case 'cut.planned':
      return { ...dossier, why: text(member(data['plan'], 'why')) };
    case 'cut.recorded':
      return { ...dossier, evidence: evidenceOf(entry) };
    case 'cut.applying': {
      const { inverse } = data;
      const written = inverse === null || inverse === undefined ? null : JSON.stringify(inverse);
      return { ...dossier, isOrdered: true, inverse: written };
    }
    case 'cut.probed':
      return { ...dossier, tries: triedAgain(dossier.tries, data['probed']) };
    default:
      return dossier;
  }
}

export function dossierOf(entries: readonly Entry[], cut: string): Dossier {
  return entries.filter((entry) => cutOf(entry) === cut).reduce(add, NOTHING);
}
