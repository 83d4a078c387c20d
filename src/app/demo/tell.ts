/** Tells people in plain sentences, or machines in JSON lines. */
export interface Teller {
  readonly heading: (text: string) => void;
  readonly say: (text: string, facts?: Readonly<Record<string, unknown>>) => void;
  readonly last: (result: object) => void;
}

export function createTeller(
  json: boolean,
  write: (line: string) => void,
  nowMs: () => number,
): Teller {
  const startedAtMs = nowMs();
  const seconds = (): string => ((nowMs() - startedAtMs) / 1_000).toFixed(1).padStart(5);
  if (json) {
    return {
      heading: (text) => {
        write(JSON.stringify({ event: 'scenario', text }));
      },
      say: (text, facts = {}) => {
        write(
          JSON.stringify({
            event: 'told',
            atMs: Math.round(nowMs() - startedAtMs),
            text,
            ...facts,
          }),
        );
      },
      last: (result) => {
        write(JSON.stringify(result));
      },
    };
  }
  return {
    heading: (text) => {
      write(`\n${text}\n${'-'.repeat(text.length)}`);
    },
    say: (text) => {
      write(`${seconds()} s  ${text}`);
    },
    last: () => undefined,
  };
}
