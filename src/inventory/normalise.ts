import type { ExternalRef } from './model.ts';

type Form = (value: string) => string;

const lower: Form = (value) => value.trim().toLowerCase();
const upper: Form = (value) => value.trim().toUpperCase();

/** `AB:CD:...`, `0xABCD`, `ab cd`: one number, written in several ways. */
const hexadecimal: Form = (value) => {
  const digits = value.replaceAll(/^0x|[:\s-]/giu, '').toLowerCase();
  return /^[0-9a-f]+$/u.test(digits) ? digits : value.trim();
};

const serial: Form = (value) => {
  const digits = hexadecimal(value);
  return /^[0-9a-f]+$/u.test(digits) ? digits.replace(/^0+(?=.)/u, '') : digits;
};

/** OpenSSH writes base64 without padding, other tools with it; MD5 comes with and without its name. */
const sshFingerprint: Form = (value) => {
  const text = value.trim();
  const sha = /^sha256:(?<hash>[A-Za-z0-9+/]+)=*$/iu.exec(text)?.groups?.['hash'];
  if (sha !== undefined) return `SHA256:${sha}`;
  return /^(?:md5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/iu.test(text)
    ? text.replace(/^md5:/iu, '').toLowerCase()
    : text;
};

/** A session of a role speaks for the role. */
const arn: Form = (value) => {
  const text = value.trim();
  const session =
    /^arn:(?<partition>[^:]+):sts::(?<account>\d+):assumed-role\/(?<role>[^/]+)\/.+$/u.exec(text);
  if (session?.groups === undefined) return text;
  const { partition, account, role } = session.groups;
  return `arn:${partition}:iam::${account}:role/${role}`;
};

/** Scheme and trust domain know no case, the path does. */
const spiffe: Form = (value) =>
  value.trim().replace(/^spiffe:\/\/[^/]+/iu, (head) => head.toLowerCase());

const kubernetes: Form = (value) => {
  const parts = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/u.exec(value.trim());
  if (parts?.groups === undefined) return value.trim();
  return `${parts.groups['namespace']}/${parts.groups['name']}`;
};

/** `'app'@'%'` and `app@%`; the host knows no case. */
const roleAtHost: Form = (value) => {
  const text = value.trim().replaceAll(/['"`]/gu, '');
  const at = text.lastIndexOf('@');
  return at < 0 ? text : `${text.slice(0, at)}@${text.slice(at + 1).toLowerCase()}`;
};

const clientId: Form = (value) => {
  const text = value.trim();
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text) ? text.toLowerCase() : text;
};

const trimmed: Form = (value) => value.trim();

// table: what a reference's type says about the ways to write its value
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['access-key', upper],
  ['access-key-id', upper],
  ['arn', arn],
  ['app', trimmed],
  ['installation', trimmed],
  ['client', clientId],
  ['client-id', clientId],
  ['spiffe', spiffe],
  ['spiffe-id', spiffe],
  ['service-account', kubernetes],
  ['serviceaccount', kubernetes],
  ['role', roleAtHost],
  ['user', roleAtHost],
  ['certificate-serial', serial],
  ['serial', serial],
  ['certificate-sha256', hexadecimal],
  ['sha256', hexadecimal],
  ['thumbprint', hexadecimal],
  ['ssh-fingerprint', sshFingerprint],
  ['ssh-key', sshFingerprint],
  ['email', lower],
  ['e-mail', lower],
  ['mail', lower],
]);

/** Whether values of this type are written in several ways. */
export function hasForms(type: string): boolean {
  return FORMS.has(type);
}

/** The one form under which a reference is kept and looked up; the record keeps what was written. */
export function normaliseRef(ref: ExternalRef): ExternalRef {
  const form = FORMS.get(ref.type);
  if (form === undefined) return ref;
  const value = form(ref.value);
  return value === ref.value || value === '' ? ref : { ...ref, value };
}

// table: bare values whose kind shows in their form
const SHAPES: readonly (readonly [RegExp, Form])[] = [
  [/^a[ks]ia[0-9a-z]{12,}$/iu, upper],
  [/^arn:/u, arn],
  [/^spiffe:\/\//iu, spiffe],
  [/^system:serviceaccount:/u, kubernetes],
  [/^sha256:/iu, sshFingerprint],
  [/^(?:md5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/iu, sshFingerprint],
  [/^(?:0x)?[0-9a-f]+(?:[:\s-][0-9a-f]+)*$/iu, hexadecimal],
  [/^(?:0x)?[0-9a-f]+(?:[:\s-][0-9a-f]+)*$/iu, serial],
  [/^[0-9a-f-]{36}$/iu, clientId],
  [/@/u, roleAtHost],
  [/@.+\./u, lower],
];

/** Every form under which a value without system and type may be kept, the given one first. */
export function valueForms(value: string): readonly string[] {
  const text = value.trim();
  const forms = SHAPES.flatMap(([shape, form]) => (shape.test(text) ? [form(text)] : []));
  return [...new Set([value, text, ...forms])].filter((form) => form !== '');
}
