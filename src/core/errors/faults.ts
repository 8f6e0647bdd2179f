import { Injectable, Logger } from '@nestjs/common';
import type { AppError, ErrorParams, FieldFault } from 'src/core/errors/app-error';
import { faultOf } from 'src/core/errors/fault';
import { I18n } from 'src/core/i18n/i18n';

export interface FaultView {
  code: string;
  message: string;
  params: ErrorParams;
  errors?: { field: string; code: string; message: string }[];
}

/** Turns any error into what the caller is told, in his language; what is our fault is logged whole and told as `internal`. */
@Injectable()
export class Faults {
  private readonly logger = new Logger('Faults');

  constructor(private readonly i18n: I18n) {}

  of(error: unknown): AppError {
    const fault = faultOf(error);
    if (fault.code === 'internal') this.logger.error('unexpected error', error);
    else if (fault.status >= 500) this.logger.warn(`${fault.code}: ${(error as Error).message}`);
    return fault;
  }

  view(fault: AppError, language: string): FaultView {
    const text = (key: string, params?: ErrorParams) => this.i18n.text(language, `errors:${key}`, params);
    const errors = fault.fields.map(({ field, code, message, params }: FieldFault) => ({
      field,
      code,
      message: message ?? text(`field.${code}`, params),
    }));
    const { code, params } = fault;
    return { code, message: text(code, params), params, ...(errors.length && { errors }) };
  }
}
