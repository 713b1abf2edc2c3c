import { OperatorError } from '../errors.ts';

/** What was asked for is not there, or not for us to see: GitHub does not say which. */
export class MissingError extends OperatorError {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** GitHub does not take what an App says of itself. */
export class RefusedAppError extends OperatorError {}

/** GitHub refuses to page any further. */
export class WallError extends OperatorError {}
