import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Handlers } from 'src/core/discovery/discovery';
import { inChunks } from 'src/core/personal-data/chunks';
import {
  PERSONAL_DATA,
  type Erasure,
  type Holding,
  type PersonalData,
  type PersonalFile,
  type Section,
} from 'src/core/personal-data/personal-data';

/** Rows of an export in memory at once. */
export const PAGE = 500;

/** A file of JSON Lines: its lines, without their ends, some at a time, read as they are asked for. */
export interface ExportedSection {
  name: string;
  pages: AsyncIterable<string[]>;
}

/** All that is kept of people, as the features declare it. */
@Injectable()
export class PersonalDataRegister implements OnApplicationBootstrap {
  private readonly features = new Map<string, PersonalData>();

  constructor(
    private readonly db: Database,
    private readonly handlers: Handlers,
  ) {}

  onApplicationBootstrap() {
    for (const { name, label, run } of this.handlers.of(PERSONAL_DATA)) {
      if (this.features.has(name)) throw new Error(`${label} declares the personal data of ${name} once more`);
      this.features.set(name, run() as PersonalData);
    }
    requireUnique(this.holdings.map(({ table, column }) => `the holding ${table}.${column}`));
    requireUnique(this.sections.map(({ section }) => `the section ${section}`));
  }

  get holdings(): Holding[] {
    return [...this.features.values()].flatMap(({ holdings }) => holdings);
  }

  /** The user's rows, section by section. */
  *sectionsOf(userId: string): Iterable<ExportedSection> {
    for (const holding of this.holdings)
      if ('section' in holding.exports)
        yield { name: holding.exports.section, pages: this.pages(holding, holding.exports, userId) };
  }

  /** The user's files in the storage. */
  async *filesOf(userId: string): AsyncIterable<PersonalFile> {
    for (const { files } of this.features.values()) if (files) yield* files(userId);
  }

  /** Forgets a user, feature by feature; safe to run again after it was interrupted anywhere. His own row is the caller's. */
  async erase(erasure: Erasure): Promise<void> {
    // those of higher rank first: what they have let go of, the lower ones need not keep
    for (const { erase, holdings } of [...this.features.values()].reverse()) {
      await erase?.(erasure);
      for (const holding of holdings) await this.eraseHolding(holding, erasure);
    }
  }

  private get sections(): Section[] {
    return this.holdings.flatMap(({ exports }) => ('section' in exports ? exports : []));
  }

  private async *pages({ table, column }: Holding, section: Section, userId: string) {
    const order = section.order ?? ['id'];
    const place = order.map((name) => `t.${name}`);
    const after = order.map((_, index) => `$${index + 2}`);
    const sql = (from: string) => `
      SELECT row_to_json(line)::text AS line, place FROM (
        SELECT ARRAY[${place.map((name) => `${name}::text`).join(', ')}] AS place, l AS line
        FROM ${table} t ${section.join ?? ''} CROSS JOIN LATERAL (SELECT ${section.select}) l
        WHERE t.${column} = $1 ${from} ORDER BY ${place.join(', ')} LIMIT ${PAGE}) page`;
    const next = sql(`AND (${place.join(', ')}) > (${after.join(', ')})`);
    for (let last: string[] | undefined; ;) {
      const rows = await this.db.query<{ line: string; place: string[] }>(last ? next : sql(''), [
        userId,
        ...(last ?? []),
      ]);
      if (rows.length) yield rows.map(({ line }) => line);
      if (rows.length < PAGE) return;
      last = rows.at(-1)!.place;
    }
  }

  private async eraseHolding({ table, column, fate, blank = [] }: Holding, { userId, standInId }: Erasure) {
    const named = `${column} = $1`;
    if (fate === 'deleted') await inChunks(this.db, table, `DELETE FROM ${table}`, named, [userId]);
    if (fate === 'anonymous') {
      const set = [`${column} = $2`, ...blank.map((name) => `${name} = NULL`)].join(', ');
      await inChunks(this.db, table, `UPDATE ${table} SET ${set}`, named, [userId, standInId]);
    }
  }
}

function requireUnique(names: string[]) {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length) throw new Error(`${twice.join(', ')}: declared more than once`);
}
