/**
 * Secrets that can be told from any other text by their form. What has no form of its own (a password, the secret half of
 * an AWS key) cannot be recognised, and is not guessed at: half of all references look as random.
 */
const SECRET_FORMS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/u],
  ['a GitHub token', /\b(?:gh[opsur]_[A-Za-z0-9]{30}|github_pat_\w{22})/u],
  ['a GitLab token', /\bglpat-[\w-]{20}/u],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10}/u],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{16}/u],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/u],
  ['a Google API key', /\bAIza[\w-]{35}/u],
  ['a Vault token', /\bhvs\.[\w-]{20}/u],
  ['a key of a model provider', /\bsk-(?:ant|proj)-[\w-]{20}/u],
  ['a signed token (JWT)', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}/u],
  ['an address with a password', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{3,200}@/iu],
];

/** All of them begin with one of these: most texts are let go after one look. */
const BEGINNINGS =
  /-----B|gh[opsur]_|github_p|glpat-|xox[abeoprs]-|k_live_|npm_|AIza|hvs\.|sk-|eyJ|:\/\//u;
const SHORTEST = 15;

/** What kind of secret a text holds, as far as its form tells; null = none that can be recognised. */
export function recogniseSecret(text: string): string | null {
  if (text.length < SHORTEST || !BEGINNINGS.test(text)) return null;
  return SECRET_FORMS.find(([, form]) => form.test(text))?.[0] ?? null;
}
