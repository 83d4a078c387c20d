import type { Reply } from './model.ts';

export function refusal(status: number, error: string, detail: string, more: object = {}): Reply {
  return { status, body: { error, detail, ...more } };
}
