import { Injectable } from '@nestjs/common';
import path from 'node:path';
import { bare } from 'src/modules/files/bare-film';
import type { FileRow } from 'src/modules/files/files.repository';
import { MediaTools } from 'src/modules/files/media-tools';
import type { Rendition } from 'src/modules/files/picture';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import type { Discovered, NewRendition } from 'src/modules/files/renditions.repository';

const TYPES = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' };

/** What has been made of a file: what is known of it, and further files in the folder. */
export interface Outcome {
  discovered: Discovered;
  made: Made[];
}
export interface Made {
  variant: NewRendition['variant'];
  format: string;
  contentType: string;
  path: string;
  width: number | null;
  height: number | null;
}

/** Looks into a file that is on the disk, and makes of it there what others get to see. */
@Injectable()
export class InspectionService {
  constructor(
    private readonly pictures: PictureRenderer,
    private readonly media: MediaTools,
  ) {}

  /** Throws `PictureRefused` of what is wrong with the file, another error if it is to be tried again. */
  async examine(file: FileRow, source: string, folder: string): Promise<Outcome> {
    if (file.kind === 'image') return this.picture(source, folder, true);
    if (await this.media.knows(file.content_type)) return this.recording(file, source, folder);
    return this.unknown(file, source);
  }

  private async picture(source: string, folder: string, clean: boolean): Promise<Outcome> {
    const { renditions, ...about } = await this.pictures.render({ source, folder, clean });
    const made = renditions.map((one: Rendition) => ({ ...one, contentType: TYPES[one.format] }));
    return { discovered: { ...about, hasThumbnails: true }, made };
  }

  /** Nothing is learnt of it; but of a film others get only what does not tell where it was made. */
  private async unknown(
    { kind, content_type: contentType, storage_key: key }: FileRow,
    source: string,
  ): Promise<Outcome> {
    if (kind !== 'video') return { discovered: {}, made: [] };
    await bare(source, this.media.containerOf(contentType));
    const format = path.extname(key).slice(1);
    return {
      discovered: {},
      made: [{ variant: 'clean', format, contentType, path: source, width: null, height: null }],
    };
  }

  private async recording(file: FileRow, source: string, folder: string): Promise<Outcome> {
    const { content_type: type } = file;
    const about = await this.media.probe(source, type);
    if (file.kind === 'audio') {
      const waveform = file.waveform ?? (await this.media.waveform(source, type));
      return { discovered: { durationMs: about.durationMs, waveform }, made: [] };
    }
    const poster = await this.media.poster(source, type, folder, about);
    const { discovered, made } = await this.picture(poster, folder, false);
    const cleaned = await this.media.clean(source, type, folder);
    const format = path.extname(cleaned).slice(1);
    made.push({ ...about, variant: 'clean', format, contentType: `video/${format}`, path: cleaned });
    return { discovered: { ...discovered, ...about }, made };
  }
}
