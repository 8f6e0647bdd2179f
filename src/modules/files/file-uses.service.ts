import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';

const READS = Symbol('LetsReadFiles');
const USES = Symbol('UsesFiles');
const KEEPS = Symbol('KeepsFiles');
const PASSES_ON = Symbol('PassesFilesOn');

/**
 * A method `(userId: string, fileIds: number[]) => Promise<number[]>` by which a feature tells which of the files it lets the user
 * read, as things are at this moment. Its name is the feature's.
 */
export const LetsReadFiles = handlerDecorator(READS);

/**
 * A method `(fileIds: number[]) => Promise<number[]>` by which a feature tells which of the files it still needs. What no feature
 * needs is removed. It is asked within the transaction that removes, which has locked the files' rows.
 */
export const UsesFiles = handlerDecorator(USES);

/**
 * A method `(fileIds: number[]) => Promise<number[]>` by which a feature tells of which files it keeps the bytes although they are gone
 * for everybody, their owner too: for those alone to whom it shows them itself. When it needs them no more, it says `FilesService.letGo`.
 */
export const KeepsFiles = handlerDecorator(KEEPS);

/**
 * A method `(fileIds: number[]) => Promise<number[]>` by which a feature tells which of the files it shows to people who are not to learn
 * where they were first: their keys in the storage say so.
 */
export const PassesFilesOn = handlerDecorator(PASSES_ON);

/** What higher features make of files, without knowing them. */
@Injectable()
export class FileUses implements OnApplicationBootstrap {
  private readers: Handler[] = [];
  private users: Handler[] = [];
  private keepers: Handler[] = [];
  private passers: Handler[] = [];

  constructor(private readonly handlers: Handlers) {}

  onApplicationBootstrap() {
    this.readers = this.handlers.of(READS);
    this.users = this.handlers.of(USES);
    this.keepers = this.handlers.of(KEEPS);
    this.passers = this.handlers.of(PASSES_ON);
  }

  /** Those of the files that some feature lets the user read. */
  readable(userId: string, fileIds: number[]): Promise<Set<number>> {
    return this.anyOf(this.readers, [userId, fileIds]);
  }

  /** Those of the files that some feature needs. */
  used(fileIds: number[]): Promise<Set<number>> {
    return this.anyOf(this.users, [fileIds]);
  }

  /** Those of the files whose bytes some feature keeps, though they may be gone. */
  kept(fileIds: number[]): Promise<Set<number>> {
    return this.anyOf(this.keepers, [fileIds]);
  }

  /** Those of the files of which some readers are not to learn where they lie. */
  passedOn(fileIds: number[]): Promise<Set<number>> {
    return this.anyOf(this.passers, [fileIds]);
  }

  private async anyOf(handlers: Handler[], question: unknown[]): Promise<Set<number>> {
    const ids = new Set<number>();
    for (const { run } of handlers) for (const id of (await run(...question)) as number[]) ids.add(id);
    return ids;
  }
}
