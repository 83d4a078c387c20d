import { FirebreakError } from '../kernel/index.ts';

/** The members of a request body, read once and complained about by name. */
export interface Fields {
  readonly text: (name: string) => string;
  readonly optionalText: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[] | undefined;
  readonly number: (name: string) => number | undefined;
  readonly flag: (name: string) => boolean | undefined;
  readonly choice: <Choice extends string>(
    name: string,
    choices: readonly Choice[],
  ) => Choice | undefined;
  readonly choices: <Choice extends string>(
    name: string,
    choices: readonly Choice[],
  ) => readonly Choice[] | undefined;
  readonly groups: (name: string, known: readonly string[]) => readonly Fields[] | undefined;
  readonly isNull: (name: string) => boolean;
}

export function invalid(problem: string): never {
  throw new FirebreakError('world-request-invalid', { problem });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneOf<Choice extends string>(
  where: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value);
  return found ?? invalid(`\`${where}\` must be one of ${choices.join(', ')}`);
}

/** `known` are the members there may be: a misspelt one is an error, not silence. */
export function fieldsOf(value: unknown, known: readonly string[], where = 'the body'): Fields {
  if (!isRecord(value)) invalid(`${where} must be a JSON object`);
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    invalid(`\`${stranger}\` is not known in ${where}; known are ${known.join(', ') || 'none'}`);
  }
  return readers(value);
}

function readers(value: Readonly<Record<string, unknown>>): Fields {
  const member = <Type>(
    name: string,
    kind: string,
    fits: (found: unknown) => found is Type,
  ): Type | undefined => {
    const found = value[name];
    if (found === undefined || found === null) return undefined;
    return fits(found) ? found : invalid(`\`${name}\` must be ${kind}`);
  };
  const optionalText: Fields['optionalText'] = (name) =>
    member(
      name,
      'a non-empty string',
      (found): found is string => typeof found === 'string' && found !== '',
    );
  const list = (name: string): readonly unknown[] | undefined =>
    member(name, 'a list', (found): found is readonly unknown[] => Array.isArray(found));
  return {
    optionalText,
    text: (name) => optionalText(name) ?? invalid(`\`${name}\` is missing`),
    texts: (name) =>
      list(name)?.map((each) =>
        typeof each === 'string' ? each : invalid(`\`${name}\` must be a list of strings`),
      ),
    number: (name) =>
      member(
        name,
        'a number of at least 0',
        (found): found is number =>
          typeof found === 'number' && Number.isFinite(found) && found >= 0,
      ),
    flag: (name) => member(name, 'true or false', (found) => typeof found === 'boolean'),
    choice: (name, choices) => {
      const found = value[name];
      return found === undefined || found === null ? undefined : oneOf(name, found, choices);
    },
    choices: (name, choices) => list(name)?.map((each) => oneOf(name, each, choices)),
    groups: (name, inside) =>
      list(name)?.map((each) => fieldsOf(each, inside, `each of \`${name}\``)),
    isNull: (name) => value[name] === null,
  };
}
