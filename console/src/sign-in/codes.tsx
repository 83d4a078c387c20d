import type { ReactElement } from 'react';

/** Shown once: whoever leaves this page without them makes new ones. */
export function Codes({ codes }: { readonly codes: readonly string[] }): ReactElement | null {
  if (codes.length === 0) return null;
  return (
    <section className="notice" aria-label="Recovery codes">
      <p className="strong">Your recovery codes</p>
      <p>Keep them where no passkey of yours is. Each works once. They are not shown again.</p>
      <ul className="plain codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
