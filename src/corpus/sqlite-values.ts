import { OperatorError } from '../errors.ts';

/** The driver ends a text at its first NUL, and UTF-8 has no halves of surrogate pairs. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

export function optional(text: string | null | undefined): string | null {
  return text === undefined || text === null ? null : storable(text);
}

export function takenOver(spec: string): OperatorError {
  return new OperatorError(
    `Another process has taken over the run of ${spec}. Look there how far it is: npm run sources`,
  );
}
