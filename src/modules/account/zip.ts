import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  name: string;
  body: Readable;
  compress: boolean;
}

/** A ZIP that is made while it is read: an entry is asked for when the one before it has been read, so only pieces are in memory. */
export function zipOf(entries: AsyncIterable<ZipEntry>): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  let current: Readable | undefined;
  zip.on('error', (error: Error) => output.destroy(error));
  output.once('close', () => current?.destroy());
  const pump = async () => {
    for await (const { name, body, compress } of entries) {
      current = body;
      if (output.destroyed) return void body.destroy();
      zip.addReadStream(body, name, { compress });
      await finished(body);
    }
    zip.end();
  };
  pump().catch((error: Error) => output.destroy(error));
  return output;
}
