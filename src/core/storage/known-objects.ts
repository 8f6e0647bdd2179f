import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';

const KNOWS = Symbol('KnowsObjects');

/**
 * A method `(keys: string[]) => Promise<string[]>` by which a feature tells which of the objects below folders of its own belong to
 * something. What is old and belongs to nothing is removed. It is named by those folders: `stickers/`.
 */
export const KnowsObjects = (...folders: string[]) => handlerDecorator(KNOWS)(folders.join(' '));

/** Which objects belong to something, by the folders of the features that put them there. */
@Injectable()
export class KnownObjects implements OnApplicationBootstrap {
  private knowers = new Map<string, Handler>();

  constructor(private readonly handlers: Handlers) {}

  onApplicationBootstrap() {
    for (const handler of this.handlers.of(KNOWS))
      for (const folder of handler.name.split(' ')) this.knowers.set(folder, handler);
  }

  folders(): string[] {
    return [...this.knowers.keys()];
  }

  /** Those of the keys, all below the folder, that belong to nothing. */
  async unknown(folder: string, keys: string[]): Promise<string[]> {
    const known = new Set((await this.knowers.get(folder)!.run(keys)) as string[]);
    return keys.filter((key) => !known.has(key));
  }
}
