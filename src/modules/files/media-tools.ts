import { Injectable } from '@nestjs/common';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnv } from 'src/config/child-env';
import { DecoderEnded, PictureRefused } from 'src/modules/files/picture';
import { z } from 'zod';

/** What is known of a recording. */
export interface Recording {
  durationMs: number | null;
  /** As seen; null of what is only heard. */
  width: number | null;
  height: number | null;
}

/** ffmpeg's name of what we take; it may not choose for itself, for some of its formats name other files to be read. */
const DEMUXERS: Record<string, string> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'audio/mp4': 'mov',
  'audio/x-m4a': 'mov',
  'audio/mpeg': 'mp3',
  'audio/aac': 'aac',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/vnd.wave': 'wav',
};
const LONGEST_MS = 60_000;
const MEMORY_KB = 2_000_000;
const MOST_OUTPUT = 32 * 1024 * 1024;
const PEAKS = 64;
const SAMPLES_PER_SECOND = 4000;

const Probe = z.object({
  format: z.object({ duration: z.coerce.number().optional() }).default({}),
  streams: z
    .array(
      z.object({
        codec_type: z.string().optional(),
        width: z.number().optional(),
        height: z.number().optional(),
        disposition: z.object({ attached_pic: z.number().optional() }).optional(),
        side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
      }),
    )
    .default([]),
});

const run = promisify(execFile);

/** What a tool that failed leaves behind. */
interface Failure extends Error {
  /** What it returned; a name if it did not come so far. */
  code?: number | string;
  signal?: string;
  /** By us, for it took too long. */
  killed?: boolean;
  stderr?: Buffer;
}
/** How the shell says that there is no such tool. */
const NO_TOOL = 127;
const TOO_MUCH = 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
/** What ffmpeg says of the machine, not of the film. Not so that memory was refused: what it may take is a limit of ours. */
const OF_THE_MACHINE =
  /No space left on device|Disk quota exceeded|Read-only file system|Input\/output error|No such file or directory|Too many open files/;

export const WITHOUT_FFMPEG =
  'films have no previews, and others get only those (MP4, MOV) from which Muster itself can take out where they were made';

/**
 * ffprobe and ffmpeg, where they are installed; each run with a limit of time and of memory, and no way to the network. They throw
 * `PictureRefused` of a recording that they can make nothing of, another error if trying again may help.
 */
@Injectable()
export class MediaTools {
  private found?: Promise<boolean>;

  /** Whether anything can be learnt of files of that type. */
  async knows(contentType: string): Promise<boolean> {
    return contentType in DEMUXERS && (await this.areInstalled());
  }

  areInstalled(): Promise<boolean> {
    return (this.found ??= Promise.all([this.tool('ffprobe', ['-version']), this.tool('ffmpeg', ['-version'])]).then(
      () => true,
      () => false,
    ));
  }

  /** What holds the streams of files of that type, as ffmpeg names it. */
  containerOf = (contentType: string): string | undefined => DEMUXERS[contentType];

  async probe(source: string, contentType: string): Promise<Recording> {
    const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', ...this.input(source, contentType)];
    const { format, streams } = probed(await this.tool('ffprobe', args));
    const picture = streams.find(
      ({ codec_type, disposition }) => codec_type === 'video' && disposition?.attached_pic !== 1,
    );
    const rotation = picture?.side_data_list?.find((one) => one.rotation !== undefined)?.rotation ?? 0;
    const [width = null, height = null] = picture ? [picture.width, picture.height] : [];
    const turned = Math.abs(rotation) % 180 === 90;
    const durationMs = format.duration === undefined ? null : Math.round(format.duration * 1000);
    return { durationMs, width: turned ? height : width, height: turned ? width : height };
  }

  /** A frame from near the beginning, as a PNG in the folder. */
  async poster(source: string, contentType: string, folder: string, { durationMs }: Recording): Promise<string> {
    const target = path.join(folder, 'poster.png');
    const at = String(Math.min(1, (durationMs ?? 0) / 3000));
    const scale = `scale='min(1600,iw)':-2`;
    const args = ['-ss', at, ...this.input(source, contentType), '-frames:v', '1', '-vf', scale, target];
    await this.tool('ffmpeg', ['-v', 'error', '-y', '-threads', '1', ...args]);
    // ffmpeg is content with a film in which there is none
    if (!existsSync(target)) throw new PictureRefused('not one frame');
    return target;
  }

  /** The same recording without what a camera wrote into it, such as where it was; pictures and sound are not touched. */
  async clean(source: string, contentType: string, folder: string): Promise<string> {
    const isMatroska = DEMUXERS[contentType] === 'matroska';
    const target = path.join(folder, isMatroska ? 'clean.webm' : 'clean.mp4');
    const container = isMatroska ? ['-f', 'matroska'] : ['-f', 'mp4', '-movflags', '+faststart'];
    const kept = ['-map', '0:v:0', '-map', '0:a?', '-c', 'copy', '-map_metadata', '-1', '-map_chapters', '-1'];
    const plain = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'];
    const args = [...this.input(source, contentType), ...kept, ...plain, ...container, target];
    await this.tool('ffmpeg', ['-v', 'error', '-y', ...args]);
    return target;
  }

  /** How loud it is, 0–255, at 64 places. */
  async waveform(source: string, contentType: string): Promise<number[]> {
    const mono = ['-ac', '1', '-ar', String(SAMPLES_PER_SECOND), '-t', '3600', '-f', 's16le', '-'];
    const pcm = await this.tool('ffmpeg', ['-v', 'error', ...this.input(source, contentType), '-vn', ...mono]);
    return peaksOf(new Int16Array(pcm.buffer, pcm.byteOffset, Math.floor(pcm.length / 2)));
  }

  private input(source: string, contentType: string): string[] {
    return ['-protocol_whitelist', 'file', '-f', DEMUXERS[contentType]!, '-i', source];
  }

  private async tool(name: string, args: string[]): Promise<Buffer> {
    const limited = ['-c', `ulimit -v ${MEMORY_KB}; exec "$@"`, 'sh', name, ...args];
    const options = { timeout: LONGEST_MS, killSignal: 'SIGKILL' as const, maxBuffer: MOST_OUTPUT };
    try {
      return (await run('sh', limited, { ...options, encoding: 'buffer', env: childEnv() })).stdout;
    } catch (error) {
      throw verdictOn(error as Failure);
    }
  }
}

function probed(output: Buffer) {
  try {
    return Probe.parse(JSON.parse(output.toString()));
  } catch (error) {
    throw new PictureRefused(`ffprobe is not understood: ${(error as Error).message.slice(0, 500)}`);
  }
}

function verdictOn(failure: Failure): Error {
  const { code, signal, killed, stderr } = failure;
  const said = String(stderr ?? failure.message);
  if (signal && !killed) return new DecoderEnded(`ffmpeg ended (${signal})`);
  const isOfTheMachine =
    code === NO_TOOL || (typeof code === 'string' && code !== TOO_MUCH) || OF_THE_MACHINE.test(said);
  return isOfTheMachine ? failure : new PictureRefused(said.slice(0, 500));
}

/** The loudest of each of 64 stretches, as a part of the loudest of all. */
export function peaksOf(samples: Int16Array): number[] {
  const loudest = Array.from({ length: PEAKS }, (_, index) => {
    const [start, end] = [index, index + 1].map((one) => Math.floor((one * samples.length) / PEAKS));
    let peak = 0;
    for (let at = start!; at < end!; at++) peak = Math.max(peak, Math.abs(samples[at]!));
    return peak;
  });
  const top = Math.max(1, ...loudest);
  return loudest.map((peak) => Math.round((peak / top) * 255));
}
