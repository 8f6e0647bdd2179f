import { Injectable } from '@nestjs/common';
import { currentContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { Reader } from 'src/core/i18n/formats';
import { I18n } from 'src/core/i18n/i18n';
import { AuditService } from 'src/modules/audit/audit.service';
import type { NoteText } from 'src/modules/push/push.entities';
import { TemplateInvalid, TemplateNotFound } from 'src/modules/push/push.errors';
import { faultIn, fill, formOf, placesIn, stemOf } from 'src/modules/push/templates';
import type { ChangeTemplate, TemplateView } from 'src/modules/push/templates.dto';
import { TemplatesRepository } from 'src/modules/push/templates.repository';

const NAMESPACE = 'push';
/** So long a change may take to be heard of by other processes. */
const FRESH_MS = 5000;

/** The texts of pushes: the operator's own, where he has any, else those of `i18n/`. */
@Injectable()
export class TemplatesService {
  private own = new Map<string, string>();
  private readAt = -Infinity;

  constructor(
    private readonly db: Database,
    private readonly i18n: I18n,
    private readonly audit: AuditService,
    private readonly templates: TemplatesRepository,
  ) {}

  /** Must be called before texts are made; asks the database every few seconds. */
  async refresh(): Promise<void> {
    if (performance.now() - this.readAt < FRESH_MS) return;
    const rows = await this.templates.all();
    this.own = new Map(rows.map(({ tenantId, language, key, text }) => [nameOf(tenantId, language, key), text]));
    this.readAt = performance.now();
  }

  text({ key, params = {} }: NoteText, reader: Reader): string {
    const { tenantId } = currentContext();
    const find = (form: string) => this.own.get(nameOf(tenantId, reader.language, form));
    const { count } = params;
    const template = (typeof count === 'number' && find(formOf(key, reader.language, count))) || find(key);
    return template ? fill(template, params, reader) : this.i18n.text(reader, `${NAMESPACE}:${key}`, params);
  }

  /** Every text of a language, with what may stand in it. Throws `push.template_not_found`. */
  async list(language: string): Promise<TemplateView[]> {
    await this.refresh();
    const known = this.known(language);
    return Object.keys(this.i18n.texts(known, NAMESPACE)).map((key) => this.view(known, key));
  }

  /** Puts the operator's words in place of a text, or takes them away. Throws `push.template_not_found`, `push.template_invalid`. */
  async change(actor: Principal, { key, language, text }: ChangeTemplate): Promise<TemplateView> {
    const known = this.known(language);
    if (!Object.hasOwn(this.i18n.texts(known, NAMESPACE), key)) throw TemplateNotFound({ key, language });
    const { tenantId } = currentContext();
    const fault = text === null ? undefined : faultIn(text, this.placesOf(key));
    if (fault !== undefined) throw TemplateInvalid({ place: fault, allowed: this.placesOf(key).join(', ') });
    await this.db.tx(async () => {
      if (text === null) await this.templates.remove({ tenantId, language: known, key });
      else await this.templates.save({ tenantId, language: known, key, text });
      await this.audit.note(actor, 'push_template.changed', null, { key, language: known });
    });
    this.readAt = -Infinity;
    await this.refresh();
    return this.view(known, key);
  }

  private view(language: string, key: string): TemplateView {
    return {
      key,
      language,
      text: this.own.get(nameOf(currentContext().tenantId, language, key)) ?? null,
      default_text: this.i18n.texts(language, NAMESPACE)[key]!,
      placeholders: this.placesOf(key),
    };
  }

  /** Those that any form of the text has in the source language. */
  private placesOf(key: string): string[] {
    const source = Object.entries(this.i18n.texts('en', NAMESPACE));
    return placesIn(
      source
        .filter(([name]) => stemOf(name) === stemOf(key))
        .map(([, text]) => text)
        .join(),
    );
  }

  private known(language: string): string {
    const known = this.i18n.known(language);
    if (!known) throw TemplateNotFound({ key: '', language });
    return known;
  }
}

const nameOf = (...parts: [tenantId: string, language: string, key: string]) => parts.join(' ');
