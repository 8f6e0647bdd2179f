import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Download } from 'src/core/http/serve';
import { Storage, type ByteRange, type OpenObject } from 'src/core/storage/storage';
import { contentDisposition } from 'src/modules/files/file-names';
import type { ThumbnailQuery } from 'src/modules/files/files.dto';
import { FileProcessing, FileProcessingFailed, NoThumbnail } from 'src/modules/files/files.errors';
import type { FileRow } from 'src/modules/files/files.repository';
import { FileUses } from 'src/modules/files/file-uses.service';
import { FilesService } from 'src/modules/files/files.service';
import { RenditionsRepository, type RenditionRow } from 'src/modules/files/renditions.repository';

/** What a browser may show in place: it can run nothing in these. */
const SHOWN = /^(image\/(jpeg|png|gif|webp|avif)|video\/(mp4|webm|quicktime)|audio\/[\w.+-]+|text\/plain)$/;
const LINK_SECONDS = 300;

interface FileDownload extends Download {
  fileId?: number;
}

/** Hands bytes out to those who may read them. */
@Injectable()
export class DownloadsService {
  constructor(
    private readonly files: FilesService,
    private readonly uses: FileUses,
    private readonly renditions: RenditionsRepository,
    private readonly storage: Storage,
  ) {}

  /**
   * The original for its owner, for others what was made clean of it. Throws `file.not_found`; to others also `file.processing` and
   * `file.processing_failed`.
   */
  async of(userId: string, id: number, { save }: { save: boolean }): Promise<Download> {
    const file = await this.files.access(userId, id);
    const bytes = file.owner_id === userId ? file : await this.cleanOf(file);
    return downloadOf(file, bytes, save);
  }

  /** Throws `file.not_found`, `file.processing`, `file.processing_failed`, `file.no_thumbnail`. */
  async thumbnail(userId: string, id: number, { size, format }: ThumbnailQuery): Promise<Download> {
    return this.thumbnailOf(await this.files.access(userId, id), { size, format });
  }

  /** Of a file that the caller keeps, gone or not: what others than its owner got of it. Throws as `of` does to them. */
  async ofKept(id: number, { save }: { save: boolean }): Promise<Download> {
    const file = await this.files.kept(id);
    return downloadOf(file, await this.cleanOf(file), save);
  }

  /** The same; throws as `thumbnail` does. */
  async keptThumbnail(id: number, query: ThumbnailQuery): Promise<Download> {
    return this.thumbnailOf(await this.files.kept(id), query);
  }

  /** Where the client should read it for himself, soon; undefined if `open` is to serve it. */
  async link({ key, contentType, contentDisposition, fileId }: FileDownload): Promise<string | undefined> {
    const link = await this.storage.linkTo(key, { seconds: LINK_SECONDS, contentType, contentDisposition });
    if (link === undefined || fileId === undefined) return link;
    // keys name a chat or a person
    return (await this.uses.passedOn([fileId])).has(fileId) ? undefined : link;
  }

  private async thumbnailOf(file: FileRow, { size, format }: ThumbnailQuery): Promise<Download> {
    requireReady(file);
    const found = (await this.renditions.of(file.id)).find((one) => one.variant === size && one.format === format);
    if (!found) throw NoThumbnail({ file_id: file.id });
    return downloadOf(file, found, false);
  }

  private async cleanOf(file: FileRow): Promise<RenditionRow | FileRow> {
    requireReady(file);
    return (await this.renditions.of(file.id)).find(({ variant }) => variant === 'clean') ?? file;
  }

  open({ key }: Download, range?: ByteRange): Promise<OpenObject> {
    return this.storage.get(key, range);
  }
}

function requireReady({ id, status }: FileRow) {
  if (status === 'processing') throw FileProcessing({ file_id: id, retry_after: 1 });
  if (status === 'processing_failed') throw FileProcessingFailed({ file_id: id });
}

function downloadOf(file: FileRow, bytes: RenditionRow | FileRow, save: boolean): FileDownload {
  const { content_type: type, storage_key: key, file_size: size } = bytes;
  const how = !save && SHOWN.test(type) ? 'inline' : 'attachment';
  return {
    key,
    size,
    contentType: type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
    contentDisposition: contentDisposition(how, file.file_name),
    etag: etagOf(key),
    modifiedAt: file.created_at,
    fileId: file.id,
  };
}

/** Of bytes that never change it is enough to name them, but not by their key. */
const etagOf = (key: string) => `"${createHash('sha256').update(key).digest('base64url').slice(0, 22)}"`;
