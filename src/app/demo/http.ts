import { createHmac } from 'node:crypto';
import { type JsonObject, reveal, type Secret } from '../../kernel/index.ts';

export type Send = (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;

/** JSON over HTTP, as any client of Firebreak or of the world would do it. */
export async function callJson(
  url: string,
  token: Secret | null,
  method: string,
  path: string,
  body?: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  return await sendText(
    url,
    token,
    method,
    path,
    body === undefined ? undefined : JSON.stringify(body),
    headers,
  );
}

async function sendText(
  url: string,
  token: Secret | null,
  method: string,
  path: string,
  text: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${reveal(token)}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const said = await answer.text();
  if (!answer.ok)
    throw new Error(`${method} ${path} answered ${answer.status}: ${said.slice(0, 500)}`);
  // Both services answer objects on the paths used here.
  return said === '' ? {} : (JSON.parse(said) as JsonObject);
}

/** A signal as a source signs it: HMAC over the instant and the exact body. */
export async function sendSigned(
  url: string,
  source: { readonly name: string; readonly secret: Secret },
  nowMs: number,
  signal: JsonObject,
): Promise<JsonObject> {
  const text = JSON.stringify(signal);
  const at = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', reveal(source.secret)).update(`${at}.${text}`).digest('hex');
  return await sendText(url, null, 'POST', '/v1/signals', text, {
    'firebreak-source': source.name,
    'firebreak-signature': `t=${at},v1=${mac}`,
  });
}
