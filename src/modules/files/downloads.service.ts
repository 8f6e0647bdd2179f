import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Storage, type ByteRange, type OpenObject } from 'src/core/storage/storage';
import { contentDisposition } from 'src/modules/files/file-names';
import { FilesService } from 'src/modules/files/files.service';

/** Bytes that somebody may read, and how they are to be served. */
export interface Download {
  key: string;
  size: number;
  contentType: string;
  contentDisposition: string;
  /** Strong and with its quotes: the bytes never change. */
  etag: string;
  modifiedAt: Date;
}

/** What a browser may show in place: it can run nothing in these. */
const SHOWN = /^(image\/(jpeg|png|gif|webp|avif)|video\/(mp4|webm|quicktime)|audio\/[\w.+-]+|text\/plain)$/;
const LINK_SECONDS = 300;

/** Hands bytes out to those who may read them. */
@Injectable()
export class DownloadsService {
  constructor(
    private readonly files: FilesService,
    private readonly storage: Storage,
  ) {}

  /** Throws `file.not_found`. */
  async of(userId: string, id: number, { save }: { save: boolean }): Promise<Download> {
    const file = await this.files.access(userId, id);
    const how = !save && SHOWN.test(file.content_type) ? 'inline' : 'attachment';
    return {
      key: file.storage_key,
      size: file.file_size,
      contentType: file.content_type === 'text/plain' ? 'text/plain; charset=utf-8' : file.content_type,
      contentDisposition: contentDisposition(how, file.file_name),
      etag: etagOf(file.storage_key),
      modifiedAt: file.created_at,
    };
  }

  /** Where the client should read it for himself, soon; undefined if `open` is to serve it. */
  link({ key, contentType, contentDisposition }: Download): Promise<string | undefined> {
    return this.storage.linkTo(key, { seconds: LINK_SECONDS, contentType, contentDisposition });
  }

  open({ key }: Download, range?: ByteRange): Promise<OpenObject> {
    return this.storage.get(key, range);
  }
}

/** Of bytes that never change it is enough to name them, but not by their key. */
const etagOf = (key: string) => `"${createHash('sha256').update(key).digest('base64url').slice(0, 22)}"`;
