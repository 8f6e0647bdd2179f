import { handlerDecorator } from 'src/core/discovery/discovery';

/** What becomes of a row when the user whom its column names leaves. */
export type Fate =
  /** The row goes. */
  | 'deleted'
  /** The row stays and names the stand-in, of whom nobody knows who he was. */
  | 'anonymous'
  /** The feature's own `erase` has seen to it. */
  | 'by the feature'
  /** It stays as it is; the reason is for `docs/privacy.md` and whoever asks. */
  | { kept: string };

/** The rows of one table that name a user in one column. */
export interface Holding {
  table: string;
  /** The column that names the user; a table that names several people has a holding for each. */
  column: string;
  exports: Section | { not: string };
  fate: Fate;
  /** Columns to be emptied in rows that become anonymous. */
  blank?: string[];
}

/** A part of the export: one file of JSON Lines. */
export interface Section {
  /** The file's name without `.jsonl`: lower case and underscores. */
  section: string;
  /** What each row shows, as an SQL select list; `t` is the holding's table: `t.id, t.name, c.name AS chat`. Never secrets. */
  select: string;
  /** Further tables: `JOIN chats c ON c.id = t.chat_id`. */
  join?: string;
  /**
   * Columns of `t` that together are unique and by which an index finds a user's rows in order; `['id']` if not given. Rows come in
   * this order, a page at a time.
   */
  order?: string[];
}

/** A file of the user's in the storage. */
export interface PersonalFile {
  key: string;
  /** What it is called in the export; two of one name are told apart there. */
  name: string;
}

/** Who is forgotten, and who stands in for him where rows must name somebody. */
export interface Erasure {
  userId: string;
  standInId: string;
  /** What he was called, for copies of it that others have; there the stand-in's name is put. */
  names: string[];
  standInName: string;
}

/** What one feature keeps of people, how it is shown to them, and how it is forgotten. */
export interface PersonalData {
  /** Erased in this order. Rows of other tables that go with these by ON DELETE CASCADE need no holding. */
  holdings: Holding[];
  /** The user's files, one after the other. */
  files?: (userId: string) => AsyncIterable<PersonalFile>;
  /**
   * Forgets what no holding can tell: objects in the storage, keys in Redis, what must be handed over. It runs before the
   * feature's holdings, outside a transaction, and may run again after it was interrupted anywhere.
   */
  erase?: (erasure: Erasure) => Promise<void>;
}

export const PERSONAL_DATA = Symbol('DeclaresPersonalData');

/**
 * The method of a feature that returns its `PersonalData`, called once at the start:
 * `@DeclaresPersonalData('location') declare(): PersonalData { … }`. A house test finds tables that nobody has declared.
 */
export const DeclaresPersonalData = handlerDecorator<string>(PERSONAL_DATA);
