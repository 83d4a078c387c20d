import type { Severity } from '../../authority/index.ts';

/**
 * How bad it is by where it is. Null when the environment is not known: the charter says what that means. Services that
 * are not known yet (null) count as critical ones.
 */
export function severityOf(
  environment: string | null,
  services: readonly { readonly tier: number | null }[] | null,
): Severity | null {
  if (environment === null) return null;
  const production = environment === 'prod' || environment === 'production';
  const critical = services === null || services.some((service) => service.tier === 1);
  if (production) return critical ? 'sev1' : 'sev2';
  return critical ? 'sev2' : 'sev3';
}
