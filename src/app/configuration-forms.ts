import { Type, type TString } from 'typebox';

/** Forms that several parts of firebreak.yaml share. */
export const reference = (description: string): TString =>
  Type.String({ pattern: '^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$', description });
export const duration = (description: string): TString =>
  Type.String({
    pattern: '^P(?=.)(?:\\d+D)?(?:T(?=.)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?)?$',
    description,
  });
export const closed = { additionalProperties: false } as const;
