export type ErrorParams = Record<string, string | number | boolean | null>;

/**
 * One field of the input that was refused: where, and a stable code. Its reason is `message`, already in the caller's language, or
 * else the text `field.<code>` of `i18n/<lang>/errors.json`, filled by `params`.
 */
export interface FieldFault {
  field: string;
  code: string;
  message?: string;
  params?: ErrorParams;
}

/**
 * A fault the caller may be told about. `code` is stable and dotted, and is also the key of its text in `i18n/<lang>/errors.json`;
 * `params` fill that text. In a job it means "trying again will not help".
 */
export class AppError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly params: ErrorParams = {},
    readonly fields: FieldFault[] = [],
  ) {
    super(code);
    this.name = 'AppError';
  }
}

const defined = new Map<string, number>();

/** Declares an error of a feature: `ChatNotFound = defineError('chat.not_found', 404)`; throw `ChatNotFound({ chat_id })`. */
export function defineError(code: string, status: number) {
  if (defined.has(code)) throw new Error(`The error ${code} is defined twice`);
  defined.set(code, status);
  return (params: ErrorParams = {}, fields: FieldFault[] = []) => new AppError(code, status, params, fields);
}

/** Every declared error, code → status: for the documentation, and for the test that each has its text. */
export const definedErrors: ReadonlyMap<string, number> = defined;
